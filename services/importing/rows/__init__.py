"""From grids to rows of each kind of sheet, with the lines that are refused and why.

Imports reading. Start with ``task_rows``.
"""
