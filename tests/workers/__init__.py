"""Workers: claim, send, record, with the real simulator."""
