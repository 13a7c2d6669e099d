"""Buttons of reports, before and after they are filed."""
