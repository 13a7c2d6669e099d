"""From rows to a plan: what is new, changed, left alone or moved, and its preview.

Imports rows. Start with ``task_plan``.
"""
