"""通知与回执: a notice is written, goes round once, is answered, and followed until it ends.

Imports what lies below in ``services``, nothing of the nags. Start with ``notice_dialogue`` (writing one),
``receipts`` (answering one) and ``notice_following`` (what its issuer sees).
"""
