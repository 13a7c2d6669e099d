"""A person's merged message: its lines, what of it is news, its delivery, and its marks later.

Imports the keeper, subjects, tasks and orders of the nags. Start with ``nag_message``.
"""
