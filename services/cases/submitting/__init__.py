"""Submitting a problem: the half-made problem, its place, what may be the same, and 上报."""
