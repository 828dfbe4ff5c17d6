"""Astronote Retail: SMS marketing for shops."""
