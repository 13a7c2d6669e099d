"""A refused line of a sheet in which every row is one thing."""

from __future__ import annotations

from dataclasses import dataclass

from locales import Text
from services.importing.rows.line_refs import LineRef
from services.importing.rows.questions import Ask


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A refused line, with every reason.

    ``key``: the key that it would have, as far as the line states it. ``asks`` as for a line of tasks.
    """

    row: int
    name: str
    key: str
    reasons: tuple[Text, ...]
    asks: tuple[Ask, ...] = ()

    @property
    def line(self) -> LineRef:
        return LineRef(0, self.row)

    @property
    def about(self) -> str:
        return self.name
