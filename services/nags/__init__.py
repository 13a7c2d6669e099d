"""The nag engine: what is due, who hears, at what hour, in one message; and why it went out or did not."""
