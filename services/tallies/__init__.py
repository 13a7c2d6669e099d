"""Counting: what stands in a tally or a brief, and the reports behind each number.

Imports the kernel and the folders up to tasks; knows nothing of groups. Start with ``tally_counting``.
"""
