"""分解到下级: a task is broken down among the units below its lead unit and those that assist.

Imports the kernel and the folders up to tasks. Start with ``unit_choice``, then
``breakdown_writing``: the one transaction that makes the parts.
"""
