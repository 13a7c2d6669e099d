"""What people owe: the windows of recurring reports, who has not reported, and what stands in a nag.

Imports the kernel and drafts. Start with ``task_duties``: the duties of tasks, as obligations of the ladder.
"""
