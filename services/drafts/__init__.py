"""Half-made papers of a chat: reports, problems, feedback and verifications, before they are confirmed.

Imports the kernel only. Start with ``draft_changes``: what becomes of the one draft that a chat has.
"""
