"""The nag engine: what is due, who hears, when, in one message; and why it was sent or not."""
