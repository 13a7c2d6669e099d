"""Lists of cases: ``/todo``, ``/orders``, ``/case``, and ``/figures`` with the cases behind each number.

Imports the flat modules of cases below it, cards and orders. Start with ``case_piles``: ``/todo``.
"""
