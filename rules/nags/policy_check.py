"""Checks whether a policy of the ladder can be put in force: it nags somebody, in time, and never twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from rules.nags.levels import Level
from rules.nags.policy import KINDS, DutyKind, Rung, RungMeasure

FARTHEST: Final = {RungMeasure.WORKING_DAY: 60, RungMeasure.WORKING_HOUR: 480}
BUDGETS: Final = range(1, 11)
MOST: Final = 100
"""Rungs of a sheet: each scan looks at all of them for each duty, and ``/ladder`` shows them."""
COLOURS: Final = (70, 90, 100)
"""Per cent of an order's time at which its colour changes. People can hear of it only then."""

_LEADERS: Final = frozenset({Level.LEADER_IN_CHARGE, Level.PRINCIPAL_LEADER})
_SHARED: Final = frozenset[str]({DutyKind.REPORT, DutyKind.ORDER})
_DAY_HOURS: Final = 8


class PolicyFault(StrEnum):
    """What is wrong with a rung or, for ``SILENT``, with all rungs of a kind together."""

    TOO_MANY = "too_many"
    TOO_FAR = "too_far"
    NO_SHARE = "no_share"
    SHARE = "share"
    COLOUR = "colour"
    EVERY = "every"
    TIME = "time"
    NOBODY = "nobody"
    OFFICE_ONLY = "office_only"
    PERSON_ONLY = "person_only"
    ONCE = "once"
    EARLY = "early"
    COLOURS_ONLY = "colours_only"
    TWICE = "twice"
    LEADER_FIRST = "leader_first"
    SILENT = "silent"


_ONE_READER: Final[Mapping[str, tuple[Level, PolicyFault]]] = {
    DutyKind.EXTENSION: (Level.OFFICE, PolicyFault.OFFICE_ONLY),
    DutyKind.BELOW_DONE: (Level.RESPONSIBLE, PolicyFault.PERSON_ONLY),
    DutyKind.BELOW_ASKED: (Level.RESPONSIBLE, PolicyFault.PERSON_ONLY),
}
_TOO_EARLY: Final[Mapping[str, PolicyFault]] = {
    # They have no limit of their own: the time since the request, or since the last 办结, counts.
    DutyKind.EXTENSION: PolicyFault.EARLY,
    DutyKind.BELOW_DONE: PolicyFault.EARLY,
    DutyKind.BELOW_ASKED: PolicyFault.EARLY,
    # Before its limit an order is looked at when its colour changes, and at no other time.
    DutyKind.ORDER: PolicyFault.COLOURS_ONLY,
}


@dataclass(frozen=True, slots=True)
class RungFault:
    """A fault of the rung at index ``at``. ``other``: the index of the rung with which it collides."""

    at: int
    fault: PolicyFault
    other: int | None = None


def faults_of(rungs: Sequence[Rung]) -> list[RungFault]:
    """All faults that keep the rungs from being a policy, in their order. Kinds without rungs have none."""
    if len(rungs) > MOST:
        return [RungFault(at, PolicyFault.TOO_MANY) for at in range(MOST, len(rungs))]
    found = [RungFault(at, fault) for at, rung in enumerate(rungs) for fault in _of_one(rung)]
    found += _twice(rungs)
    for kind in dict.fromkeys(rung.kind for rung in rungs):
        mine = [at for at, rung in enumerate(rungs) if rung.kind == kind]
        found += _of_kind(rungs, mine, kind)
    return sorted(found, key=lambda one: one.at)


def _of_one(rung: Rung) -> Iterator[PolicyFault]:
    if rung.measure is RungMeasure.PERCENT:
        yield from _of_share(rung)
    elif abs(rung.offset) > FARTHEST[rung.measure]:
        yield PolicyFault.TOO_FAR
    if rung.every is not None and (
        rung.measure is RungMeasure.PERCENT or not 1 <= rung.every <= FARTHEST[rung.measure]
    ):
        yield PolicyFault.EVERY
    if rung.at is not None and rung.measure is not RungMeasure.WORKING_DAY:
        yield PolicyFault.TIME
    if not rung.hears:
        yield PolicyFault.NOBODY
    yield from _of_one_reader(rung)
    if rung.measure is not RungMeasure.PERCENT and rung.offset < 0 and rung.kind in _TOO_EARLY:
        yield _TOO_EARLY[rung.kind]


def _of_one_reader(rung: Rung) -> Iterator[PolicyFault]:
    """What is wrong with a rung of a kind that only one level hears of."""
    level, fault = _ONE_READER.get(rung.kind, (None, None))
    if fault is not None and rung.hears and rung.hears != (level,):
        yield fault
    if rung.kind == DutyKind.BELOW_DONE and rung.every is not None:
        yield PolicyFault.ONCE


def _of_share(rung: Rung) -> Iterator[PolicyFault]:
    if rung.kind not in _SHARED:
        yield PolicyFault.NO_SHARE
    elif rung.kind == DutyKind.ORDER and rung.offset not in COLOURS:
        yield PolicyFault.COLOUR
    elif not 1 <= rung.offset <= 100:
        yield PolicyFault.SHARE


def _twice(rungs: Sequence[Rung]) -> Iterator[RungFault]:
    """The rungs by which somebody hears twice at one time. Of two, the later one is wrong."""
    first: dict[object, int] = {}
    for at, rung in enumerate(rungs):
        for level in rung.hears:
            place = (rung.kind, rung.measure, rung.offset, rung.at, rung.inspection, level)
            if (other := first.setdefault(place, at)) != at:
                yield RungFault(at, PolicyFault.TWICE, other)
                break


def _of_kind(rungs: Sequence[Rung], mine: Sequence[int], kind: str) -> Iterator[RungFault]:
    whose = Level.OFFICE if kind == DutyKind.EXTENSION else Level.RESPONSIBLE
    if KINDS[kind].goes_on and not any(_keeps_on(rungs[at], whose) for at in mine):
        yield RungFault(mine[-1], PolicyFault.SILENT)
    told = [rungs[at] for at in mine if whose in rungs[at].hears]
    for at in mine:
        # A rung of 迎检 only does not count as earlier than one that holds at all times.
        before = [_place(rung) for rung in told if rungs[at].inspection or not rung.inspection]
        if before and _LEADERS & {*rungs[at].hears} and _place(rungs[at]) < min(before):
            yield RungFault(at, PolicyFault.LEADER_FIRST)


def _keeps_on(rung: Rung, whose: Level) -> bool:
    """Whether by this rung people who are late hear each working day, also when there is no 迎检."""
    if whose not in rung.hears or rung.inspection or rung.every is None:
        return False
    most = 1 if rung.measure is RungMeasure.WORKING_DAY else _DAY_HOURS
    return 0 <= rung.offset <= most and 1 <= rung.every <= most


def _place(rung: Rung) -> float:
    """Where a rung stands, in working days from the limit. A share of the time is never after the limit."""
    match rung.measure:
        case RungMeasure.PERCENT:
            return (rung.offset - 100) / 100
        case RungMeasure.WORKING_HOUR:
            return rung.offset / _DAY_HOURS
        case RungMeasure.WORKING_DAY:
            return rung.offset
