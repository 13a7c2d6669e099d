"""Buttons of people: joining, leave, cards of persons."""
