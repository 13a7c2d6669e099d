"""What a merged message listed when it went out: later its lines are marked in their places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from locales import Text
from models.db import RowJson
from services.nags.subject import ItemKey, MessagePart


@dataclass(frozen=True, slots=True)
class ListedItem:
    """One line, without its number."""

    key: ItemKey
    line: Text


@dataclass(frozen=True, slots=True)
class ListedPart:
    """A heading, and the lines under it."""

    heading: Text
    items: Sequence[ListedItem]


@dataclass(frozen=True, slots=True)
class NagList:
    """All lines of a message in their order. ``offset``: where the page begins that its chat shows."""

    title: Text
    parts: Sequence[ListedPart]
    offset: int = 0

    @classmethod
    def of(cls, title: Text, parts: Sequence[MessagePart], offset: int = 0) -> Self:
        listed = [
            ListedPart(part.heading, [ListedItem(item.key, item.line) for item in part.items])
            for part in parts
        ]
        return cls(title, listed, offset)

    @property
    def count(self) -> int:
        return sum(len(part.items) for part in self.parts)

    def to_json(self) -> dict[str, object]:
        parts = [
            {
                "heading": part.heading.to_json(),
                "items": [[list(item.key), item.line.to_json()] for item in part.items],
            }
            for part in self.parts
        ]
        return {"title": self.title.to_json(), "parts": parts, "offset": self.offset}

    @classmethod
    def from_json(cls, data: RowJson) -> Self:
        parts = [
            ListedPart(
                Text.from_json(part["heading"]),
                [
                    ListedItem((word, number, place), Text.from_json(line))
                    for (word, number, place), line in part["items"]
                ],
            )
            for part in data["parts"]
        ]
        return cls(Text.from_json(data["title"]), parts, data["offset"])
