"""The texts that the tour looks for in chats: the program's own, so that the tour follows their changes."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from demo.stage.pieces import piece_of
from locales import Text, plain
from reports.formats import quantity_text


class Wording:
    """The program's texts in the language of the chats."""

    def __init__(self, locale: str) -> None:
        self.locale = locale

    def piece(self, key: str) -> str:
        """The longest part of a text on one line that is the same whatever values are filled in."""
        return piece_of(key, self.locale)

    def text(self, text: Text) -> str:
        return plain(text, self.locale)

    def quantity(self, amount: Decimal, unit: str, *, approx: bool = False) -> str:
        """An amount as the program writes it: 116000, 张 → 11.6万张."""
        return self.text(quantity_text(amount, unit, approx=approx))

    def in_order(self, said: str, keys: Sequence[str]) -> bool:
        """Whether ``said`` holds a piece of each text, one after the other."""
        places = [said.find(self.piece(key)) for key in keys]
        return -1 not in places and places == sorted(places)
