"""The ladder of an order's colours: who hears of each rise, one level higher each time, and at what hours."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from rules.cases.case_facts import CaseFacts, Colour
from rules.cases.case_lifecycle import RUNNING, CaseState
from rules.nags.levels import Level
from rules.nags.policy import DutyKind, Policy, Rung, RungMeasure
from rules.nags.quiet_hours import QuietHours
from rules.people.roles import LEADERS, Role
from rules.working_days import WorkingDays
from rules.working_time import TimeUnit


class CaseNewsKind(StrEnum):
    """What people are told of an order.

    ``UNSIGNED``: nobody has signed for it in time. ``BLUE``, ``YELLOW``, ``RED``: it has that colour.
    ``OVERDUE``: it is red and still overdue. ``RELEASED``: it is red, and the office lets the 主要领导 know.
    ``EXTENSION``: an extension waits for the office.
    """

    UNSIGNED = "unsigned"
    BLUE = "blue"
    YELLOW = "yellow"
    RED = "red"
    OVERDUE = "overdue"
    RELEASED = "released"
    EXTENSION = "extension"


def signing_cycle(sign_by: datetime) -> str:
    """The cycle of an order's 签收 that is due by that moment (UTC); cycles sort as their moments do."""
    return f"sign:{sign_by:%Y%m%dT%H%M%S}"


DAILY: Final = frozenset({CaseNewsKind.UNSIGNED, CaseNewsKind.OVERDUE})
"""The news that is repeated every working day: people may put it off, and it has a next slot."""
RISING: Final = frozenset({CaseNewsKind.BLUE, CaseNewsKind.YELLOW})
"""The news that more of an order's time is over. It may wait a little for others; red does not."""
_SHARE: Final[Mapping[CaseNewsKind, int]] = {
    CaseNewsKind.BLUE: 70,
    CaseNewsKind.YELLOW: 90,
    CaseNewsKind.RED: 100,
}
"""Per cent of an order's time that is over when it turns that colour. A policy names the colour by it."""


def hears(policy: Policy, news: CaseNewsKind, state: CaseState) -> tuple[Level, ...]:
    """Who hears that an order has that colour.

    After a rework the 责任人 does not hear of yellow: they were told when the case was sent back.
    """
    told = {level for rung in policy.of(DutyKind.ORDER) if _is_about(rung, news) for level in rung.hears}
    if news is CaseNewsKind.YELLOW and state is CaseState.REWORK:
        told.discard(Level.RESPONSIBLE)
    return tuple(level for level in Level if level in told)


def _is_about(rung: Rung, news: CaseNewsKind) -> bool:
    return rung.measure is RungMeasure.PERCENT and rung.offset == _SHARE.get(news)


_RANK: Final[Mapping[Colour, int]] = {
    colour: rank for rank, colour in enumerate((Colour.NONE, Colour.BLUE, Colour.YELLOW, Colour.RED))
}


def rank(colour: Colour) -> int:
    return _RANK[colour]


def rises(old: Colour, new: Colour) -> bool:
    """Whether the colour rises. Only then people are told; an extension lets a colour fall silently."""
    return rank(new) > rank(old)


def is_nag(level: Level, roles: Collection[Role]) -> bool:
    """Whether the message is a 催办: it goes to the person who has to act. A leader gets a 提示 instead."""
    return level is Level.RESPONSIBLE and not LEADERS & set(roles)


def still_news(
    news: CaseNewsKind, facts: CaseFacts, unit_id: int | None, level: Level, policy: Policy
) -> bool:
    """Whether the news still holds when the message goes out.

    It holds while the unit works on the order and the order's colour has not fallen.
    If the colour has risen further, a person who hears of the higher colour too gets only that later
    message. So news that could not be delivered for days does not arrive as three messages in a row.
    """
    if facts.state not in RUNNING or facts.unit_id != unit_id:
        return False
    match news:
        case CaseNewsKind.UNSIGNED:
            return facts.state is CaseState.DISPATCHED
        case CaseNewsKind.EXTENSION:
            return facts.extension_asked
        case CaseNewsKind.OVERDUE:
            return facts.colour is Colour.RED
        case CaseNewsKind.RELEASED:
            return facts.released and facts.colour is Colour.RED
    told = Colour(news.value)
    if facts.colour is told:
        return True
    if not rises(told, facts.colour):
        return False
    return level not in hears(policy, CaseNewsKind(facts.colour.value), facts.state)


def told_at(
    colour: Colour, unit: TimeUnit, now: datetime, zone: ZoneInfo, quiet: QuietHours, calendar: WorkingDays
) -> datetime:
    """When an order may turn that colour and people may be told: ``now``, or when the quiet hours end.

    Overdue and urgent orders have no quiet hours.
    """
    return now if is_exempt(colour, unit) else quiet.end_of(now, zone, calendar)


def is_exempt(colour: Colour, unit: TimeUnit) -> bool:
    """Whether people are told at any hour: of 红 orders, and of limits in 紧急工作时."""
    return colour is Colour.RED or unit is TimeUnit.URGENT_HOUR
