"""Progress reports: from the first words to the card, filing, figures, corrections, reports in groups.

Imports the kernel and the folders up to groups. Start with ``progress_dialogue``, then ``filing``.
"""
