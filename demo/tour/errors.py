"""The error with which a tour ends early."""

from __future__ import annotations

from locales import Text


class TourError(Exception):
    """Something expected did not come. The text says in one sentence what."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.text = Text(key, **values)
