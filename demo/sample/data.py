"""The sample's data, read from its TOML files: each once, for the page asks for them at every look."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
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
        """Whether the person has tasks to report on, their own or those of their unit."""
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
    """A line of the sheet of tasks; an empty ``focus`` or ``action`` is merged with the line above."""

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
    """The sheet of tasks.

    ``columns``: field of ``SampleTask`` (and ``serial``) → head, in order. ``below``: field → its own head
    where two columns stand under one head.
    """

    titles: Sequence[str]
    columns: Mapping[str, str]
    below: Mapping[str, str]
    tasks: Sequence[SampleTask]
    notes: Sequence[str]


@dataclass(frozen=True, slots=True)
class SampleCategory:
    """A line of the sheet of categories; an empty ``area`` is merged with the line above."""

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
class SampleEntry:
    """A line of the activity log; its numbers as an office writes them, or empty."""

    day: date
    kind: str
    title: str
    unit: str
    attendance: str = ""
    copies: str = ""
    funds: str = ""


@dataclass(frozen=True, slots=True)
class Register(Generic[Line]):
    """A sheet with a line for each thing. ``columns``: field of a line (and ``serial``) → head, in order."""

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
    """A person's report at one time of the day; ``way``: how they report it.

    ``instead``: the words before their correction on the card (way ``edit``). ``adds``: item → amount that
    the report adds to it. ``first`` and ``first_adds``: words and amounts with a slip, as they were filed;
    the slip is mended only after the tally.
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
        """The report as it was filed, before any slip is mended."""
        return replace(self, text=self.first, adds=self.first_adds) if self.first else self


@dataclass(frozen=True, slots=True)
class SampleNag:
    """The message that a person gets at the nag slot; it holds all ``parts``.

    ``tone``: about their own task, or in place of a person who has not joined.
    """

    who: str
    tone: Literal["own", "instead"]
    parts: Sequence[str]


@dataclass(frozen=True, slots=True)
class SampleTotal:
    """The amount that the evening tally states for an item; ``approx``: with 约."""

    amount: Decimal
    unit: str
    approx: bool = False


@dataclass(frozen=True, slots=True)
class StreetCase:
    """A case that is sent back once for rework.

    ``place``: latitude and longitude in degrees. ``answers``: the unit's feedbacks in their order. ``hears``:
    the leader who is told of the rework.
    """

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
    """A case that runs over its limit. ``said``: the place in words."""

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
    """A day of the office's own calendar."""

    day: date
    working: str
    note: str


@dataclass(frozen=True, slots=True)
class TourVillages:
    """The task ``objective`` that ``person`` breaks down among the units of ``people`` (unit → who answers).

    ``first``, ``second``: the loads that each unit reports on two days, in ``words`` and in ``measure``; 0 is
    said as ``nothing``. Who is not named reports nothing.
    """

    times: Mapping[str, datetime]
    objective: str
    person: str
    words: str
    nothing: str
    measure: str
    people: Mapping[str, str]
    first: Mapping[str, int]
    second: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class TourWeek:
    """The week after the day: the task ``objective`` from its last day on.

    ``person`` answers for the task, and ``deputy`` stands in for them. ``finder`` finds a problem that comes
    to the same person; ``found``: where. ``quiet`` and ``leave``: the person's words after these commands.
    """

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
    villages: TourVillages


@dataclass(frozen=True, slots=True)
class TourDay:
    """The day that the tour plays.

    ``briefed``: leader → what their morning brief must tell. ``totals``: the evening's totals by item, when
    all slips are mended. ``completed``: the task for which ``completed_by`` asks 办结; the office returns it
    first, and it is submitted again with what ``mended`` says.
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


@cache
def roster() -> SampleRoster:
    table = _table("roster.toml")
    units = [
        SampleUnit(**{**unit, "people": [SamplePerson(**person) for person in unit["people"]]})
        for unit in table.pop("units")
    ]
    return SampleRoster(units=units, **table)


@cache
def breakdown() -> Breakdown:
    table = _table("breakdown.toml")
    return Breakdown(tasks=[SampleTask(**task) for task in table.pop("tasks")], **table)


@cache
def categories() -> Register[SampleCategory]:
    table = _table("categories.toml")
    return Register(lines=[SampleCategory(**line) for line in table.pop("categories")], **table)


@cache
def points() -> Register[SamplePoint]:
    table = _table("points.toml")
    return Register(lines=[SamplePoint(**line) for line in table.pop("points")], **table)


@cache
def log() -> Register[SampleEntry]:
    table = _table("log.toml")
    return Register(lines=[SampleEntry(**line) for line in table.pop("entries")], **table)


@cache
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


@cache
def week() -> TourWeek:
    table = _table("week.toml")
    calendar = table.pop("calendar")
    lines = [DayLine(**line) for line in calendar.pop("lines")]
    villages = TourVillages(**table.pop("villages"))
    return TourWeek(calendar=Register(lines=lines, **calendar), villages=villages, **table)


def _amounts(table: Mapping[str, int]) -> dict[str, Decimal]:
    return {item: Decimal(amount) for item, amount in table.items()}
