"""The questions that a file leaves open, made from the lines that wait for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, Protocol

from locales import Text
from reports.formats import full_day_text, short, weekday_text
from rules.duties.frequencies import Frequency
from services.importing.plans.moved_leads import moved_options
from services.importing.reading.headers import SheetSource
from services.importing.rows.chosen_columns import ask_columns
from services.importing.rows.file_kinds import FileKind
from services.importing.rows.questions import (
    KEPT,
    LEFT_OUT,
    RETURN_REST,
    Answers,
    Ask,
    AskKind,
    ImportQuestion,
    Option,
    RefusedByReading,
    about_lines,
    decline,
    only_waits,
    waiting,
)
from services.importing.rows.roster_units import NEW_UNIT
from services.importing.rows.table_kinds import TABLES
from services.importing.rows.task_columns import lacking as lacking_of_tasks
from services.importing.rows.task_units import Roster
from services.importing.rows.unread import UnreadColumn
from services.task_wording import report_name

MOST_ASKED: Final = 12
"""Questions about lines in one round; a file with more of them has another round, or its lines go back."""
_NAME: Final = 16
_OF_UNITS: Final = frozenset({AskKind.UNIT, AskKind.NEW_UNIT, AskKind.HELPER})
AT_ONCE_DAYS: Final = (3, 1, 2, 5, 7, 10)
"""Working days that are offered for 立行立改, the proposed one first."""


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
        return self._columns(parsed) or list(self._lines(refused))[:MOST_ASKED]

    def _columns(self, parsed: ReadFile) -> list[ImportQuestion]:
        labels = list(dict.fromkeys(one.label for one in parsed.unread if one.label and one.twin is None))
        lacking: dict[StrEnum, list[str]] = {}
        for source in parsed.sources:
            for column in self._lacking(source):
                lacking.setdefault(column, []).append(source.grid.name)
        several = len(parsed.sources) > 1
        sheets = {column: names if several else [] for column, names in lacking.items()}
        return ask_columns(self.kind, list(lacking), labels, self.answers, sheets=sheets)

    def _lacking(self, source: SheetSource) -> Sequence[StrEnum]:
        if self.kind is FileKind.TASKS:
            return lacking_of_tasks(source.header.columns)
        return [column for column in TABLES[self.kind].asked if column not in source.header.columns]

    def _lines(self, refused: Sequence[RefusedByReading]) -> Iterator[ImportQuestion]:
        if RETURN_REST in self.answers:
            return
        waits = [one for one in refused if only_waits(one)]
        by_line = {one.line: one for one in waits}
        for ask, where in waiting((one.line, one.asks) for one in waits).items():
            of_choice = ask.kind in _OF_UNITS and bool(ask.like or self.roster.like(ask.said))
            examples = [_example(ask, by_line[line]) for line in where]
            text = about_lines(ask, where, examples, of_choice=of_choice)
            options = [*self._options(ask), decline(len(where), of_choice=of_choice)]
            yield ImportQuestion(ask.key, text, options)

    def _options(self, ask: Ask) -> Iterable[Option]:
        match ask.kind:
            case AskKind.FREQUENCY:
                return [Option(report_name(frequency), frequency.value) for frequency in Frequency]
            case AskKind.AT_ONCE:
                return map(self._workday_option, AT_ONCE_DAYS)
            case AskKind.WEEKDAY:
                days = map(date.fromisoformat, ask.like.split())
                return [Option(_with_weekday(day), day.isoformat()) for day in days]
            case AskKind.PAST:
                return [Option(Text("importing.ask.past_button"), KEPT)]
            case AskKind.UNIT:
                return map(_unit_option, self.roster.like(ask.said))
            case AskKind.HELPER:
                omitted = Text("importing.ask.leave_out_button", unit=ask.said)
                return [*map(_unit_option, self.roster.like(ask.said)), Option(omitted, LEFT_OUT)]
            case AskKind.NEW_UNIT:
                new = Text("importing.ask.new_unit_button", unit=ask.said)
                return [_unit_option(ask.like), Option(new, NEW_UNIT)]
            case AskKind.MOVED:
                return moved_options(ask)
        return ()

    def _workday_option(self, count: int) -> Option:
        day = self.workday(count)
        return Option(
            Text("importing.ask.workdays_button", day=full_day_text(day), count=count), day.isoformat()
        )


def _with_weekday(day: date) -> Text:
    return Text("importing.ask.weekday_button", day=full_day_text(day), weekday=weekday_text(day))


def _example(ask: Ask, refused: RefusedByReading) -> Text:
    """A line by what it is about; where its deadline is over, with the day."""
    name = short(refused.about, _NAME)
    if ask.kind is AskKind.PAST:
        day = refused.reasons[0].values["day"]
        return Text("importing.ask.past_example", name=name, day=day)
    return Text("importing.ask.example", name=name)


def _unit_option(unit: str) -> Option:
    return Option(Text("importing.ask.unit_button", unit=unit), unit)
