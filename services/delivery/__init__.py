"""Messages as they go out: the table of renderers, live messages, album cards, resending, dead letters.

Imports the kernel and every other folder. Start with ``rendering``: the one table that knows who renders
what.
"""
