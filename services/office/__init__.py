"""What the office does across subjects: ``/who``, handing duties over, leaving.

Imports the kernel and the folders up to importing. Start with ``who_overview``.
"""
