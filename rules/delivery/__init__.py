"""Delivery: what becomes of a message after an attempt to send it, and back-off."""
