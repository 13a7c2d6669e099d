"""The meanings that reading gives to what is written, each with the lines to which it is applied.

An office sees all of them before it confirms: no meaning is applied in silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from locales import Text
from models.db import RowJson
from services.importing.rows.line_refs import LineRef, lines_text


class Meaning(StrEnum):
    """What reading makes of a cell or a line; each has a text that says so."""

    DEADLINE = "deadline"
    FREQUENCY = "frequency"
    TARGET = "target"
    PHONE = "phone"
    MERGED = "merged"
    GROUP_ABOVE = "group_above"
    AS_ABOVE = "as_above"
    NOTHING = "nothing"
    HEADING = "heading"
    HEADING_UNUSED = "heading_unused"
    NOTE = "note"
    BESIDE = "beside"
    EMPTY_LINE = "empty_line"
    HEADER_AGAIN = "header_again"
    GROUP = "group"
    ALIAS = "alias"
    UNIT_OF_PLACE = "unit_of_place"
    FIRST_LEADS = "first_leads"
    AND_OTHERS = "and_others"
    TIER = "tier"
    PAST = "past"
    SAME_PERSON = "same_person"
    WORKING = "working"


@dataclass(frozen=True, slots=True)
class Interpretation:
    """``text``: what was written and what it means; ``lines``: where."""

    text: Text
    lines: tuple[LineRef, ...]

    @property
    def shown(self) -> Text:
        where = lines_text(self.lines)
        return Text("importing.meaning.shown", meaning=self.text, count=len(self.lines), lines=where)

    def to_json(self) -> dict[str, object]:
        return {"text": self.text.to_json(), "lines": [line.to_json() for line in self.lines]}

    @classmethod
    def from_json(cls, data: RowJson) -> Interpretation:
        return cls(Text.from_json(data["text"]), tuple(map(LineRef.from_json, data["lines"])))


class Interpretations:
    """Collects what reading takes cells to mean; the same meaning of several lines is one entry."""

    def __init__(self) -> None:
        self._found: dict[tuple[Meaning, str], tuple[Text, dict[LineRef, None]]] = {}

    def add(self, line: LineRef, meaning: Meaning, **values: object) -> None:
        """Record a meaning that was given to the line or to one of its cells."""
        key = (meaning, str(values))
        if key not in self._found:
            self._found[key] = (Text(f"importing.meaning.{meaning.value}", **values), {})
        self._found[key][1][line] = None

    def __iter__(self) -> Iterator[Interpretation]:
        """In the order in which the meanings first occur."""
        return (Interpretation(text, tuple(lines)) for text, lines in self._found.values())
