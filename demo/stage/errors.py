"""The error with which the demo ends early."""

from __future__ import annotations

from locales import Text


class DemoError(Exception):
    """Something expected did not come. The text says in one sentence what."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.text = Text(key, **values)
