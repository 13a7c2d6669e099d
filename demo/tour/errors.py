"""Why a tour ends early."""

from __future__ import annotations

from locales import Text


class TourError(Exception):
    """Something expected did not come; the text says what, in one sentence."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.text = Text(key, **values)
