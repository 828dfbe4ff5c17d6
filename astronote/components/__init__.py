"""Views that pages are made of: pure functions over vars, styled by ``assets/astronote.css``."""
