"""What the unit does with an order: 签收, 处置, 退单, 申请延期, and 反馈 with its photos.

Imports the flat modules of cases below it, submitting, cards and orders. Start with ``unit_side``.
"""
