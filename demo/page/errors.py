"""The error with which the page says no."""

from __future__ import annotations

from typing import Any

from locales import Text


class PageError(Exception):
    """Something cannot be done. The text says in one sentence what, and what to do."""

    def __init__(self, key: str, **values: Any) -> None:
        super().__init__(key)
        self.text = Text(key, **values)
