"""What an import has to ask the office before it can go on, and the answers.

An answer is kept with the job and goes into reading the file again. So a question is known by what it is
about (a text of a cell, a column), never by a line.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from locales import Text
from models.db import RowJson
from services.importing.rows.line_refs import LineRef, lines_text

Answers = Mapping[str, str]
"""The value chosen for each question, by its key; an empty one declines: the lines are returned."""

NO_ANSWERS: Final[Answers] = {}
DECLINED: Final = ""
LEFT_OUT: Final = "-"
"""The answer that a unit is not named among those that assist; the line is imported without it."""
KEPT: Final = "kept"
"""The answer that lines are imported as they are."""
RETURN_REST: Final = "rest"
"""The key of the answer that nothing more is asked about lines: those that wait go back."""
_QUOTED: Final = 40
_EXAMPLES: Final = 3
LONGEST: Final = 60
"""The characters of a text of which a question's key holds all."""


class AskKind(StrEnum):
    """What is asked: the kind of table, a column, how often, until when, which unit, whether it goes over."""

    KIND = "kind"
    COLUMN = "column"
    LABEL = "label"
    FREQUENCY = "frequency"
    AT_ONCE = "at_once"
    WEEKDAY = "weekday"
    PAST = "past"
    UNIT = "unit"
    HELPER = "helper"
    NEW_UNIT = "new_unit"
    MOVED = "moved"


def question_key(kind: AskKind, about: str) -> str:
    """The key of a question about ``about``; a long text is cut and told apart by its hash."""
    if len(about) > LONGEST:
        about = f"{about[:LONGEST]}…{hashlib.sha256(about.encode()).hexdigest()[:12]}"
    return f"{kind.value}:{about}"


@dataclass(frozen=True, slots=True)
class Ask:
    """A line waits for the answer about ``said``, the text of a cell. ``like``: what it may mean.

    ``instead``: what the line has in the place of ``like``, where that is asked about.
    """

    kind: AskKind
    said: str
    like: str = ""
    instead: str = ""

    @property
    def key(self) -> str:
        about = self.said
        if self.kind is AskKind.WEEKDAY:
            # The days in doubt are part of what is asked: under another title the words mean others.
            about = f"{self.said} {self.like}"
        elif self.instead:
            about = f"{self.like}→{self.instead}:{self.said}"
        return question_key(self.kind, about)


class RefusedByReading(Protocol):
    """A refused line of any kind of sheet."""

    @property
    def line(self) -> LineRef: ...
    @property
    def reasons(self) -> Sequence[Text]: ...
    @property
    def asks(self) -> Sequence[Ask]: ...
    @property
    def about(self) -> str: ...


def only_waits(refused: RefusedByReading) -> bool:
    """Whether answers alone would make the line good."""
    return bool(refused.asks) and len(refused.asks) == len(refused.reasons)


@dataclass(frozen=True, slots=True)
class Option:
    """A possible answer and the label of its button."""

    label: Text
    value: str

    def to_json(self) -> list[object]:
        return [self.label.to_json(), self.value]


@dataclass(frozen=True, slots=True)
class ImportQuestion:
    """A question with its possible answers, the proposed one first."""

    key: str
    text: Text
    options: Sequence[Option]

    def to_json(self) -> dict[str, object]:
        options = [option.to_json() for option in self.options]
        return {"key": self.key, "text": self.text.to_json(), "options": options}

    @classmethod
    def from_json(cls, data: RowJson) -> ImportQuestion:
        options = [Option(Text.from_json(label), value) for label, value in data["options"]]
        return cls(data["key"], Text.from_json(data["text"]), options)


def decline(count: int, *, of_choice: bool) -> Option:
    """The answer that leaves the lines out; they go back to the sender. ``of_choice``: units were offered."""
    key = "importing.ask.none_button" if of_choice else "importing.ask.return_button"
    return Option(Text(key, count=count), DECLINED)


def waiting(lines: Iterable[tuple[LineRef, Sequence[Ask]]]) -> dict[Ask, list[LineRef]]:
    """The lines that wait for each answer, in the order of the file."""
    found: dict[Ask, list[LineRef]] = {}
    for line, asks in lines:
        for ask in asks:
            found.setdefault(ask, []).append(line)
    return found


def about_lines(ask: Ask, lines: Sequence[LineRef], examples: Sequence[Text], *, of_choice: bool) -> Text:
    """The question's text: what is written, in how many lines, where, and in which tasks or entries.

    ``of_choice``: units are offered; the one that is chosen is remembered.
    """
    said = ask.said if len(ask.said) <= _QUOTED else ask.said[:_QUOTED] + "…"
    values = {
        "said": said,
        "like": ask.like,
        "instead": ask.instead,
        "count": len(lines),
        "lines": lines_text(lines),
    }
    more = "importing.ask.examples_more" if len(examples) > _EXAMPLES else "importing.ask.examples"
    shown = Text(more, names=list(examples[:_EXAMPLES]))
    if ask.kind is AskKind.HELPER and not of_choice:
        return Text("importing.ask.helper_alone", **values, examples=shown)
    return Text(f"importing.ask.{ask.kind.value}", **values, examples=shown)
