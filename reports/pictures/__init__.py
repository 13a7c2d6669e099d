"""Pictures: what a phone shows at a glance. Start with ``picture``: what one says; ``png`` draws it.

Only a process that draws loads matplotlib: nothing outside of ``canvas``, the panels and ``png`` imports it.
"""
