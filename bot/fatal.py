"""The error that ends the program, apart: commands that never poll need no Telegram library for it."""

from __future__ import annotations


class FatalError(Exception):
    """The program cannot go on; ``key`` names the sentence that says why and what to do."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key
