"""The questions that a file leaves open, made from the lines that wait for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, Protocol

from locales import Text
from reports.formats import full_day_text
from rules.duties.frequencies import Frequency
from services.importing.reading.headers import SheetSource
from services.importing.rows.chosen_columns import ask_columns
from services.importing.rows.file_kinds import FileKind
from services.importing.rows.line_refs import LineRef
from services.importing.rows.questions import (
    Answers,
    Ask,
    AskKind,
    ImportQuestion,
    Option,
    about_lines,
    decline,
    waiting,
)
from services.importing.rows.roster_units import NEW_UNIT
from services.importing.rows.table_kinds import TABLES
from services.importing.rows.task_columns import lacking as lacking_of_tasks
from services.importing.rows.task_units import Roster
from services.importing.rows.unread import UnreadColumn
from services.task_wording import report_name

AT_ONCE_DAYS: Final = (3, 1, 5, 10)
"""Working days that are offered for 立行立改, the proposed one first."""


class RefusedByReading(Protocol):
    """A refused line of any kind of sheet."""

    @property
    def line(self) -> LineRef: ...
    @property
    def reasons(self) -> Sequence[Text]: ...
    @property
    def asks(self) -> Sequence[Ask]: ...
    @property
    def waits(self) -> bool: ...


class ReadFile(Protocol):
    """What reading makes of a file of any kind."""

    @property
    def sources(self) -> Sequence[SheetSource]: ...
    @property
    def unread(self) -> Sequence[UnreadColumn]: ...


@dataclass(frozen=True, slots=True)
class QuestionMaker:
    """Makes the questions of one file. ``roster``: the units that may be meant.

    ``workday``: the so many-th working day after the file was sent.
    """

    kind: FileKind
    answers: Answers
    roster: Roster
    workday: Callable[[int], date]

    def of(self, parsed: ReadFile, refused: Sequence[RefusedByReading]) -> list[ImportQuestion]:
        """The open questions: about columns first, for the lines depend on them; else about the lines."""
        return self._columns(parsed) or list(self._lines(refused))

    def _columns(self, parsed: ReadFile) -> list[ImportQuestion]:
        labels = list(dict.fromkeys(one.label for one in parsed.unread if one.label and one.twin is None))
        lacking: dict[StrEnum, None] = {}
        for source in parsed.sources:
            lacking |= dict.fromkeys(self._lacking(source))
        return ask_columns(self.kind, list(lacking), labels, self.answers)

    def _lacking(self, source: SheetSource) -> Sequence[StrEnum]:
        if self.kind is FileKind.TASKS:
            return lacking_of_tasks(source.header.columns)
        return [column for column in TABLES[self.kind].asked if column not in source.header.columns]

    def _lines(self, refused: Sequence[RefusedByReading]) -> Iterator[ImportQuestion]:
        lines = [(one.line, one.asks) for one in refused if one.waits]
        for ask, where in waiting(lines).items():
            yield ImportQuestion(ask.key, self._text(ask, where), [*self._options(ask), decline()])

    def _text(self, ask: Ask, where: Sequence[LineRef]) -> Text:
        more = {"like": ask.like} if ask.like else {}
        return about_lines(ask.kind, ask.said, where, **more)

    def _options(self, ask: Ask) -> Iterator[Option]:
        match ask.kind:
            case AskKind.FREQUENCY:
                for frequency in Frequency:
                    yield Option(report_name(frequency), frequency.value)
            case AskKind.AT_ONCE:
                for days in AT_ONCE_DAYS:
                    day = self.workday(days)
                    label = Text("importing.ask.workdays_button", day=full_day_text(day), count=days)
                    yield Option(label, day.isoformat())
            case AskKind.UNIT:
                for unit in self.roster.like(ask.said):
                    yield Option(Text("importing.ask.unit_button", unit=unit), unit)
            case AskKind.NEW_UNIT:
                yield Option(Text("importing.ask.unit_button", unit=ask.like), ask.like)
                yield Option(Text("importing.ask.new_unit_button", unit=ask.said), NEW_UNIT)
            case _:
                return
