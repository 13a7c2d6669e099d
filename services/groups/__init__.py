"""Group chats: what a group is about, its board, its evening tally, and tallies that are corrected later.

Imports the kernel and the folders up to tallies. Start with ``group_binding``: how a group is bound to a
scope.
"""
