"""A case's card: its text, its history, its photos, and the buttons that its reader has.

Imports the flat modules of cases below it. Start with ``case_card``.
"""
