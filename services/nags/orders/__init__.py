"""Supervision orders in the nag engine: their colours, who hears, how a line reads, 催办 by hand.

Imports the flat modules of nags below it. Start with ``order_subject``.
"""
