"""From the bytes of a file to grids of cells, within limits, and the search for the header.

Imports the kernel only. Start with ``grids``.
"""
