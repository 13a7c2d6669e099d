"""Buttons of tasks: cards, completion, 转派, 转办, histories."""
