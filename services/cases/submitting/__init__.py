"""Submitting a problem: the half-made problem, its place, what may be the same, and 上报.

Imports the flat modules of cases below it. Start with ``issue_submission``.
"""
