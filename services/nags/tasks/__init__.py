"""Tasks in the nag engine: deadlines, 签收 and recurring reports; how a line reads, and what lies ahead.

Imports the flat modules of nags below it. Start with ``task_subject``.
"""
