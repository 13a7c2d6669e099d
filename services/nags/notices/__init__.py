"""Who has not answered a notice, as a subject of the nag engine: one line, and later those above.

Imports the notices and the engine. Start with ``notice_subject``.
"""
