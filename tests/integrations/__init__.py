"""The outside world, as it really answers."""
