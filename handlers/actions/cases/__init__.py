"""Buttons of cases and orders."""
