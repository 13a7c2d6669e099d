"""What comes in and what goes out: inbox, outbox, live messages, buttons, questions."""
