"""The nag engine: what is due, who hears at which hour, in one message, and why it went out or did not.

Imports the kernel and the folders up to cases. Start with ``nag_engine``, then ``subject``, ``nag_keeper``
and ``nag_sending``; ``tasks`` and ``orders`` are what people are nagged about. The ladder's policy,
迎检, quiet hours and 催办 by hand live here too.
"""
