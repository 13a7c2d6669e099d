"""Pictures: what a phone shows at a glance. Start with ``picture``: what one says; ``png`` draws it.

``room`` cuts a picture to the rows that it has room for. Only a process that draws loads matplotlib: nothing
outside of ``lettering``, ``canvas`` and what is drawn with them up to ``png`` imports it.
"""
