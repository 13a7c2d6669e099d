"""The sample's data as read from its TOML files."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from importlib import resources
from typing import Any, Generic, Literal, TypeVar

Line = TypeVar("Line")


@dataclass(frozen=True, slots=True)
class SamplePerson:
    name: str
    post: str
    roles: str

    @property
    def reports(self) -> bool:
        """Whether he has tasks of his own or of his unit to report on."""
        return not {"责任人", "联络员"}.isdisjoint(self.roles.split("、"))


@dataclass(frozen=True, slots=True)
class SampleUnit:
    name: str
    tier: str
    people: Sequence[SamplePerson]
    parent: str = ""


@dataclass(frozen=True, slots=True)
class SampleRoster:
    title: str
    columns: Sequence[str]
    units: Sequence[SampleUnit]
    notes: Sequence[str]

    @property
    def people(self) -> list[str]:
        """All names, in the order of the sheet."""
        return [person.name for unit in self.units for person in unit.people]

    def person(self, name: str) -> SamplePerson:
        return next(person for unit in self.units for person in unit.people if person.name == name)

    def unit_of(self, name: str) -> str:
        """The unit of a person."""
        return next(unit.name for unit in self.units if name in {person.name for person in unit.people})


@dataclass(frozen=True, slots=True)
class SampleTask:
    """A line as the sheet has it: empty ``focus`` and ``action`` are merged with the line above."""

    objective: str
    standard: str
    lead: str
    leader: str
    section: str
    person: str
    deadline: str | date
    focus: str = ""
    action: str = ""
    assisting: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The sheet of tasks. ``columns``: field of ``SampleTask`` (and ``serial``) → head, in order; ``below``:
    field → its own head where two columns stand under one."""

    titles: Sequence[str]
    columns: Mapping[str, str]
    below: Mapping[str, str]
    tasks: Sequence[SampleTask]
    notes: Sequence[str]


@dataclass(frozen=True, slots=True)
class SampleCategory:
    """A line as the sheet has it: an empty ``area`` is merged with the line above."""

    name: str
    unit: str
    limit: str
    standard: str
    indicator: str
    area: str = ""
    radius: str = ""


@dataclass(frozen=True, slots=True)
class SamplePoint:
    name: str
    unit: str
    address: str
    coordinates: str


@dataclass(frozen=True, slots=True)
class Register(Generic[Line]):
    """A sheet with a line a thing. ``columns``: field of a line (and ``serial``) → head, in order."""

    title: str
    columns: Mapping[str, str]
    lines: Sequence[Line]
    notes: Sequence[str]


Way = Literal[
    "reply",
    "nag_button",
    "command",
    "sentence",
    "album",
    "edit",
    "file_under",
    "zero_words",
    "zero_button",
]


@dataclass(frozen=True, slots=True)
class SampleReport:
    """What one person reports at one time of the day, and ``way``: how.

    ``instead``: what was written first and then corrected (way ``edit``). ``adds``: item → what the report
    adds to it. ``first`` and ``first_adds``: what was filed with a slip, and only mended after the tally.
    """

    at: datetime
    who: str
    way: Way
    objective: str = ""
    text: str = ""
    instead: str = ""
    photo: bool = False
    adds: Mapping[str, Decimal] = field(default_factory=dict)
    first: str = ""
    first_adds: Mapping[str, Decimal] = field(default_factory=dict)

    def as_filed(self) -> SampleReport:
        """The report as it was before it was mended."""
        return replace(self, text=self.first, adds=self.first_adds) if self.first else self


@dataclass(frozen=True, slots=True)
class SampleNag:
    """What one person hears at the nag slot: ``parts`` of one message. ``tone``: of his own task, a hint
    for a leader, or in place of somebody who has not joined."""

    who: str
    tone: Literal["own", "hint", "instead"]
    parts: Sequence[str]


@dataclass(frozen=True, slots=True)
class SampleTotal:
    """What the evening tally says of an item; ``approx``: 约."""

    amount: Decimal
    unit: str
    approx: bool = False


@dataclass(frozen=True, slots=True)
class StreetCase:
    """A case that is sent back once for rework. ``place``: latitude and longitude in degrees; ``answers``:
    what the unit feeds back, one after the other; ``hears``: the leader who is told of the rework."""

    reporter: str
    said: str
    place: tuple[float, float]
    category: str
    mends: str
    answers: Sequence[str]
    checks: str
    reason: str
    hears: str


@dataclass(frozen=True, slots=True)
class OverdueCase:
    """A case that runs over its limit; ``said``: where it is, in words."""

    reporter: str
    area: str
    category: str
    said: str
    mends: str
    answers: Sequence[str]
    in_charge: str
    principal: str


@dataclass(frozen=True, slots=True)
class DayLine:
    """A day of the calendar that the office keeps itself."""

    day: date
    working: str
    note: str


@dataclass(frozen=True, slots=True)
class TourWeek:
    """The week after: ``objective`` from its last day on. ``person`` answers for it, ``deputy`` stands in for
    him; ``finder`` finds a problem that comes to the same person; ``found``: where. ``quiet`` and ``leave``:
    what the person writes after the commands."""

    times: Mapping[str, datetime]
    calendar: Register[DayLine]
    objective: str
    person: str
    deputy: str
    in_charge: str
    principal: str
    finder: str
    category: str
    found: str
    mended: str
    quiet: str
    leave: str


@dataclass(frozen=True, slots=True)
class TourDay:
    """The day that the tour plays.

    ``briefed``: leader → what the morning brief has to tell him. ``totals``: those of the evening, by item,
    when all slips are mended. ``completed``: the task that ``completed_by`` asks to be completed; returned
    first, and then with what ``mended`` says.
    """

    times: Mapping[str, datetime]
    group: str
    topics: Sequence[str]
    office: str
    joining: Sequence[str]
    signing: Sequence[str]
    used_link: tuple[str, str]
    stranger: tuple[str, str]
    briefed: Mapping[str, Sequence[str]]
    nags: Sequence[SampleNag]
    reports: Sequence[SampleReport]
    refused: str
    completed: str
    completed_by: str
    mended: str
    late: str
    silent: Sequence[str]
    reminded: Sequence[str]
    zero: Sequence[str]
    asks_brief: str
    totals: Mapping[str, SampleTotal]
    street: StreetCase
    overdue: OverdueCase


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((resources.files(__name__.rpartition(".")[0]) / name).read_text("utf-8"))


def roster() -> SampleRoster:
    table = _table("roster.toml")
    units = [
        SampleUnit(**{**unit, "people": [SamplePerson(**person) for person in unit["people"]]})
        for unit in table.pop("units")
    ]
    return SampleRoster(units=units, **table)


def breakdown() -> Breakdown:
    table = _table("breakdown.toml")
    return Breakdown(tasks=[SampleTask(**task) for task in table.pop("tasks")], **table)


def categories() -> Register[SampleCategory]:
    table = _table("categories.toml")
    return Register(lines=[SampleCategory(**line) for line in table.pop("categories")], **table)


def points() -> Register[SamplePoint]:
    table = _table("points.toml")
    return Register(lines=[SamplePoint(**line) for line in table.pop("points")], **table)


def day() -> TourDay:
    table = _table("day.toml")
    reports = [
        SampleReport(**{**report, **{key: _amounts(report.get(key, {})) for key in ("adds", "first_adds")}})
        for report in table.pop("reports")
    ]
    nags = [SampleNag(**nag) for nag in table.pop("nags")]
    totals = {
        item: SampleTotal(**{**total, "amount": Decimal(total["amount"])})
        for item, total in table.pop("totals").items()
    }
    street, overdue = StreetCase(**table.pop("street")), OverdueCase(**table.pop("overdue"))
    return TourDay(reports=reports, nags=nags, totals=totals, street=street, overdue=overdue, **table)


def week() -> TourWeek:
    table = _table("week.toml")
    calendar = table.pop("calendar")
    lines = [DayLine(**line) for line in calendar.pop("lines")]
    return TourWeek(calendar=Register(lines=lines, **calendar), **table)


def _amounts(table: Mapping[str, int]) -> dict[str, Decimal]:
    return {item: Decimal(amount) for item, amount in table.items()}
