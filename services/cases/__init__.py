"""Cases: problems that are reported, orders to units, handling, checking, lists and figures.

Imports the kernel and the folders up to progress. Start with ``case_steps``: the one way to change a case.
Inside, lowest first: the flat modules, submitting, cards, deciding and orders, handling and lists, and
``message_routing`` at the top.
"""
