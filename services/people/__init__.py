"""People and units: joining, enrolment, cards of persons and units, leave with deputies.

Imports the kernel, drafts and duties. Start with ``enrolment``: how an account is bound to a contact.
"""
