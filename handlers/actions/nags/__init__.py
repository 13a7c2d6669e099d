"""Buttons of nags, of their policy and of releases."""
