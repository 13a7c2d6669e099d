"""One page on which one person plays the whole district. Start reading at ``serving``.

Its process holds the sandbox and is the parent of the program. Of the product it imports ``locales`` alone.
"""
