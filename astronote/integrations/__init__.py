"""The outside world: the SMS provider, the embedded storage."""
