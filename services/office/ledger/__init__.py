"""台账: one workbook with everything, streamed from the database to a file.

Imports the kernel and all folders below office. Start with ``ledger_orders``, then ``ledger_making``.
"""
