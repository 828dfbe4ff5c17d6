"""Background work: actors and the schedule, a few lines over a service each."""
