"""Reflex states: they call a service and set vars."""
