"""Promised messages and live messages as they go out: what renders each, and who may still read it."""
