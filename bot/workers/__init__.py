"""Processes beside the running program: they load what it does not, and end with their work."""
