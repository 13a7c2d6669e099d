"""Alarms: what keeps the program from working is told to the office directly. Start with ``alarms``."""
