"""What a merged message listed when it went out: later its lines are marked in their places."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
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
    """All lines of a message in their order: first what is news, then what is the ``same`` as before.

    ``folded``: of the same only the number is shown. ``offset``: where the page begins that its chat shows.
    """

    title: Text
    parts: Sequence[ListedPart]
    same: Sequence[ListedItem] = ()
    folded: bool = True
    offset: int = 0

    @classmethod
    def of(cls, title: Text, parts: Sequence[MessagePart], same: Collection[ItemKey]) -> Self:
        """A list without news stands as it is."""
        listed = [
            ListedPart(part.heading, [ListedItem(item.key, item.line) for item in part.items])
            for part in parts
        ]
        old = [item for part in listed for item in part.items if item.key in same]
        news = [replace(part, items=[one for one in part.items if one.key not in same]) for part in listed]
        news = [part for part in news if part.items]
        return cls(title, news, old) if news and old else cls(title, listed)

    @property
    def visible(self) -> Sequence[ListedPart]:
        """The headings and lines that are shown, through all pages."""
        if self.folded or not self.same:
            return self.parts
        return [*self.parts, ListedPart(Text("nags.same", count=len(self.same)), self.same)]

    @property
    def keys(self) -> frozenset[ItemKey]:
        parts = (*self.parts, ListedPart(self.title, self.same))
        return frozenset(item.key for part in parts for item in part.items)

    @property
    def count(self) -> int:
        return sum(len(part.items) for part in self.visible)

    def to_json(self) -> dict[str, object]:
        parts = [{"heading": part.heading.to_json(), "items": _kept(part.items)} for part in self.parts]
        return {
            "title": self.title.to_json(),
            "parts": parts,
            "same": _kept(self.same),
            "folded": self.folded,
            "offset": self.offset,
        }

    @classmethod
    def from_json(cls, data: RowJson) -> Self:
        parts = [ListedPart(Text.from_json(part["heading"]), _read(part["items"])) for part in data["parts"]]
        title, same = Text.from_json(data["title"]), _read(data["same"])
        return cls(title, parts, same, data["folded"], data["offset"])


def _kept(items: Sequence[ListedItem]) -> list[object]:
    return [[list(item.key), item.line.to_json()] for item in items]


def _read(items: Sequence[tuple[tuple[str, int, str], RowJson]]) -> list[ListedItem]:
    return [ListedItem((word, number, place), Text.from_json(line)) for (word, number, place), line in items]
