"""工作纪实: the log of what was done beside the tasks: entries, their cards, lists and rights.

Imports the kernel and the folders up to progress. Start with ``activity_dialogue``, then ``activity_filing``.
"""
