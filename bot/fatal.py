"""The error that ends the program, apart so that commands that never poll load no Telegram library."""

from __future__ import annotations


class FatalError(Exception):
    """The program cannot go on. ``key`` names the sentence that says why and what to do."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key
