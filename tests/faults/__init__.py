"""Processes are killed at the worst moments; nothing is lost and nothing is sent twice."""
