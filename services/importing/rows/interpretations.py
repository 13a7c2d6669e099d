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
    """What reading makes of a cell or a line; each has a text that says so.

    The order is that of a preview: first what an office is most likely to want otherwise.
    """

    KEPT = "kept"
    ALIAS = "alias"
    LEFT_OUT = "left_out"
    PAST = "past"
    FIRST_PERSON = "first_person"
    GROUP = "group"
    GROUP_MANY = "group_many"
    FREQUENCY = "frequency"
    DEADLINE = "deadline"
    LIMIT = "limit"
    AND_OTHERS = "and_others"
    FIRST_LEADS = "first_leads"
    UNIT_OF_PLACE = "unit_of_place"
    TIER = "tier"
    SAME_PERSON = "same_person"
    HEADING = "heading"
    HEADING_UNUSED = "heading_unused"
    NOTE = "note"
    BESIDE = "beside"
    EMPTY_LINE = "empty_line"
    HEADER_AGAIN = "header_again"
    WORKING = "working"
    PHONE = "phone"
    FROM_PARENT = "from_parent"
    AS_ABOVE = "as_above"
    GROUP_ABOVE = "group_above"
    MERGED = "merged"
    NOTHING = "nothing"
    TARGET = "target"


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

    def take_back(self, line: LineRef, meaning: Meaning) -> None:
        """Forget a meaning of a line: what is stored counts instead."""
        for (kind, _), (_, lines) in self._found.items():
            if kind is meaning:
                lines.pop(line, None)

    def __iter__(self) -> Iterator[Interpretation]:
        """By kind, in the order of ``Meaning``; of one kind, in the order in which they first occur."""
        order = {meaning: number for number, meaning in enumerate(Meaning)}
        found = sorted(self._found.items(), key=lambda entry: order[entry[0][0]])
        return (Interpretation(text, tuple(lines)) for _, (text, lines) in found if lines)
