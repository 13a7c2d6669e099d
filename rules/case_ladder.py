"""The ladder of an order's colours: who hears when it rises, one level higher each, and at what hours."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, time
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from rules.case_facts import CaseFacts, Colour
from rules.case_lifecycle import RUNNING, CaseState
from rules.ladder import QUIET_FROM
from rules.people import LEADERS, Role
from rules.slots import local_date, local_slot, next_slot
from rules.working_days import WorkingDays
from rules.working_time import TimeUnit

QUIET_UNTIL: Final = time(8, 0)
"""Local time of a working day from which people are told of a colour."""


class Level(StrEnum):
    """责任人 → 承办科室 → 单位分管领导 → 单位主要领导, and the office, which sees all from day one."""

    RESPONSIBLE = "responsible_person"
    SECTION = "section"
    LEADER_IN_CHARGE = "leader_in_charge"
    PRINCIPAL_LEADER = "principal_leader"
    OFFICE = "office"


class News(StrEnum):
    """What people are told of. ``RELEASED``: the office lets the 主要领导 know of a red one."""

    BLUE = "blue"
    YELLOW = "yellow"
    RED = "red"
    RELEASED = "released"


HEARS: Final[Mapping[News, tuple[Level, ...]]] = {
    News.BLUE: (Level.RESPONSIBLE, Level.SECTION, Level.OFFICE),
    News.YELLOW: (Level.RESPONSIBLE, Level.LEADER_IN_CHARGE, Level.OFFICE),
    News.RED: (Level.RESPONSIBLE, Level.LEADER_IN_CHARGE, Level.OFFICE),
    News.RELEASED: (Level.PRINCIPAL_LEADER,),
}


def hears(news: News, state: CaseState) -> tuple[Level, ...]:
    """Who hears of it. That a case has come back for rework, the 责任人 was told by whoever sent it back."""
    levels = HEARS[news]
    if news is News.YELLOW and state is CaseState.REWORK:
        return tuple(level for level in levels if level is not Level.RESPONSIBLE)
    return levels


_RANK: Final[Mapping[Colour, int]] = {
    colour: rank for rank, colour in enumerate((Colour.NONE, Colour.BLUE, Colour.YELLOW, Colour.RED))
}


def rank(colour: Colour) -> int:
    return _RANK[colour]


def rises(old: Colour, new: Colour) -> bool:
    """Only then people are told; an extension lets a colour fall silently."""
    return rank(new) > rank(old)


def is_nag(level: Level, roles: Collection[Role]) -> bool:
    """Whether it is a 催办: for whoever has to do it, unless he is a leader, who gets a 提示."""
    return level is Level.RESPONSIBLE and not LEADERS & set(roles)


def still_news(news: News, facts: CaseFacts, unit_id: int, level: Level) -> bool:
    """Whether it is to be told still when the message goes out: the unit works on it, and its colour has not
    fallen. Of one that has risen further, whoever hears of the higher colour too has a later message: what
    could not be delivered for days does not arrive as three messages in a row."""
    if facts.state not in RUNNING or facts.unit_id != unit_id:
        return False
    if news is News.RELEASED:
        return facts.released and facts.colour is Colour.RED
    told = Colour(news.value)
    if facts.colour is told:
        return True
    return rises(told, facts.colour) and level not in HEARS[News(facts.colour.value)]


def told_at(colour: Colour, unit: TimeUnit, now: datetime, zone: ZoneInfo, calendar: WorkingDays) -> datetime:
    """When people may be told that an order has become that colour: ``now``, or when the quiet hours end.

    There are none for what is overdue or urgent.
    """
    if colour is Colour.RED or unit is TimeUnit.URGENT_HOUR:
        return now
    today = local_date(now, zone)
    begins, ends = local_slot(today, QUIET_UNTIL, zone), local_slot(today, QUIET_FROM, zone)
    if calendar.is_working_day(today) and begins <= now < ends:
        return now
    return next_slot(now, QUIET_UNTIL, zone, calendar.is_working_day)
