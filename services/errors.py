"""Errors that a person caused and can mend: each carries the one sentence to be shown."""

from __future__ import annotations

from locales import Text


class DomainError(Exception):
    """Refused, with nothing changed; ``text`` says what to do instead."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.text = Text(key, **values)


class StrangerError(DomainError):
    """Refused because nobody is known behind this account; how to get in is said instead."""

    def __init__(self) -> None:
        super().__init__("enrolment.stranger")
