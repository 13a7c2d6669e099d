"""The rows of ``make bench-table``: a module each, whose ``measure`` returns what it found."""
