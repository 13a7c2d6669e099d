"""The ladder of colours: who hears, what is still news, and the hours in which nobody is disturbed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from rules.cases.case_facts import CaseFacts, Colour
from rules.cases.case_ladder import CaseNewsKind, hears, is_nag, rises, still_news, told_at
from rules.cases.case_lifecycle import RUNNING, CaseState
from rules.nags.levels import Level
from rules.nags.policy import DEFAULT, DutyKind, Policy, Rung, RungMeasure
from rules.nags.quiet_hours import QuietHours
from rules.people.roles import Role
from rules.working_days import WorkingDays
from rules.working_time import TimeUnit

ZONE = ZoneInfo("Asia/Shanghai")
RISING = (Colour.NONE, Colour.BLUE, Colour.YELLOW, Colour.RED)


def local(month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


PERSON, SECTION, IN_CHARGE, OFFICE = Level.RESPONSIBLE, Level.SECTION, Level.LEADER_IN_CHARGE, Level.OFFICE


@pytest.mark.parametrize(
    ("news", "levels"),
    [
        (CaseNewsKind.BLUE, (PERSON, SECTION, OFFICE)),
        (CaseNewsKind.YELLOW, (PERSON, IN_CHARGE, OFFICE)),
        (CaseNewsKind.RED, (PERSON, IN_CHARGE, OFFICE)),
        # These follow the days of the policy or the office's button, not a colour.
        (CaseNewsKind.OVERDUE, ()),
        (CaseNewsKind.EXTENSION, ()),
        (CaseNewsKind.RELEASED, ()),
    ],
)
def test_each_colour_is_told_one_level_higher(news: CaseNewsKind, levels: tuple[Level, ...]) -> None:
    assert hears(DEFAULT, news, CaseState.HANDLING) == levels


def test_a_red_one_is_repeated_by_the_policy() -> None:
    days = [rung for rung in DEFAULT.of(DutyKind.ORDER) if rung.measure is RungMeasure.WORKING_DAY]
    assert [(rung.offset, rung.every, rung.hears) for rung in days] == [
        (1, 1, (PERSON,)),
        (3, 3, (IN_CHARGE, OFFICE)),
    ]


def test_no_colour_reaches_a_principal_leader_unreleased() -> None:
    assert not [rung for rung in DEFAULT.of(DutyKind.ORDER) if Level.PRINCIPAL_LEADER in rung.hears]


def test_an_office_may_have_another_policy() -> None:
    told = Rung(DutyKind.ORDER, 90, RungMeasure.PERCENT, (OFFICE, PERSON))
    others = (
        Rung(DutyKind.TASK, 90, RungMeasure.PERCENT, (SECTION,)),
        Rung(DutyKind.ORDER, 90, RungMeasure.WORKING_DAY, (IN_CHARGE,)),
    )
    policy = Policy((told, *others))
    assert hears(policy, CaseNewsKind.YELLOW, CaseState.HANDLING) == (PERSON, OFFICE), "the lowest first"
    assert hears(policy, CaseNewsKind.RED, CaseState.HANDLING) == ()


def test_of_rework_the_person_was_told_by_whoever_sent_it_back() -> None:
    assert hears(DEFAULT, CaseNewsKind.YELLOW, CaseState.REWORK) == (IN_CHARGE, OFFICE)
    assert hears(DEFAULT, CaseNewsKind.RED, CaseState.REWORK) == (PERSON, IN_CHARGE, OFFICE)


@pytest.mark.parametrize("level", Level)
def test_only_who_answers_for_it_is_nagged(level: Level) -> None:
    assert is_nag(level, {Role.RESPONSIBLE_PERSON}) is (level is Level.RESPONSIBLE)


@pytest.mark.parametrize("role", [Role.LEADER_IN_CHARGE, Role.PRINCIPAL_LEADER, Role.DISTRICT_LEADER])
def test_a_leader_is_never_nagged(role: Role) -> None:
    assert not any(is_nag(level, {role, Role.RESPONSIBLE_PERSON}) for level in Level)


def test_what_rises() -> None:
    assert all(rises(low, high) and not rises(high, low) for low, high in pairwise(RISING))
    assert not any(rises(colour, colour) for colour in RISING)


def still(news: CaseNewsKind, facts: CaseFacts, unit_id: int, level: Level) -> bool:
    return still_news(news, facts, unit_id, level, DEFAULT)


class TestStillNews:
    FACTS = CaseFacts(state=CaseState.HANDLING, unit_id=7, colour=Colour.YELLOW)

    @pytest.mark.parametrize("state", CaseState)
    def test_only_while_the_unit_works_on_it(self, state: CaseState) -> None:
        facts = replace(self.FACTS, state=state)
        assert still(CaseNewsKind.YELLOW, facts, 7, Level.RESPONSIBLE) is (state in RUNNING)

    def test_not_for_the_unit_that_had_it(self) -> None:
        assert not still(CaseNewsKind.YELLOW, self.FACTS, 8, Level.OFFICE)

    def test_not_once_it_has_fallen(self) -> None:
        assert not still(CaseNewsKind.RED, self.FACTS, 7, Level.OFFICE)

    def test_whoever_hears_of_the_higher_colour_hears_of_that_alone(self) -> None:
        red = replace(self.FACTS, colour=Colour.RED)
        assert not still(CaseNewsKind.BLUE, self.FACTS, 7, Level.RESPONSIBLE)
        assert not still(CaseNewsKind.BLUE, self.FACTS, 7, Level.OFFICE)
        assert not still(CaseNewsKind.YELLOW, red, 7, Level.LEADER_IN_CHARGE)

    def test_the_section_hears_of_no_other_colour(self) -> None:
        for colour in (Colour.BLUE, Colour.YELLOW, Colour.RED):
            facts = replace(self.FACTS, colour=colour)
            assert still(CaseNewsKind.BLUE, facts, 7, Level.SECTION)

    def test_what_is_overdue_is_so_while_it_is_red(self) -> None:
        assert not still(CaseNewsKind.OVERDUE, self.FACTS, 7, Level.RESPONSIBLE)
        assert still(CaseNewsKind.OVERDUE, replace(self.FACTS, colour=Colour.RED), 7, Level.RESPONSIBLE)

    def test_an_extension_waits_until_it_is_decided(self) -> None:
        assert not still(CaseNewsKind.EXTENSION, self.FACTS, 7, Level.OFFICE)
        assert still(CaseNewsKind.EXTENSION, replace(self.FACTS, extension_asked=True), 7, Level.OFFICE)

    def test_a_principal_leader_hears_of_what_is_red_and_released(self) -> None:
        red = replace(self.FACTS, colour=Colour.RED, released=True)
        assert still(CaseNewsKind.RELEASED, red, 7, Level.PRINCIPAL_LEADER)
        assert not still(CaseNewsKind.RELEASED, replace(red, released=False), 7, Level.PRINCIPAL_LEADER)
        assert not still(CaseNewsKind.RELEASED, replace(red, colour=Colour.YELLOW), 7, Level.PRINCIPAL_LEADER)


class TestQuietHours:
    @pytest.mark.parametrize(
        ("now", "told"),
        [
            # Thursday: told at once from 08:00 until 21:00.
            (local(10, 8, 8), local(10, 8, 8)),
            (local(10, 8, 20, 59), local(10, 8, 20, 59)),
            (local(10, 8, 21), local(10, 9, 8)),
            (local(10, 8, 7, 59), local(10, 8, 8)),
            (local(10, 9, 0), local(10, 9, 8)),
            # Friday night: the Saturday is a working day.
            (local(10, 9, 23), local(10, 10, 8)),
            (local(10, 10, 10), local(10, 10, 10)),
            # Saturday night and Sunday: told on Monday.
            (local(10, 10, 22), local(10, 12, 8)),
            (local(10, 11, 10), local(10, 12, 8)),
            # The whole National Day week.
            (local(9, 30, 21), local(10, 8, 8)),
        ],
    )
    def test_blue_and_yellow_wait(self, now: datetime, told: datetime) -> None:
        for colour in (Colour.BLUE, Colour.YELLOW):
            assert told_at(colour, TimeUnit.NATURAL_DAY, now, ZONE, QuietHours(), WorkingDays()) == told

    @pytest.mark.parametrize("hour", range(24))
    def test_red_and_urgent_do_not(self, hour: int) -> None:
        now = local(10, 11, hour)
        assert told_at(Colour.RED, TimeUnit.WORKING_DAY, now, ZONE, QuietHours(), WorkingDays()) == now
        assert told_at(Colour.BLUE, TimeUnit.URGENT_HOUR, now, ZONE, QuietHours(), WorkingDays()) == now

    def test_it_never_waits_for_a_moment_that_is_itself_quiet(self) -> None:
        now = datetime(2026, 9, 25, tzinfo=UTC)
        for step in range(24 * 20):
            at = now + timedelta(hours=step, minutes=17)
            told = told_at(Colour.BLUE, TimeUnit.WORKING_DAY, at, ZONE, QuietHours(), WorkingDays())
            assert told >= at
            assert told_at(Colour.BLUE, TimeUnit.WORKING_DAY, told, ZONE, QuietHours(), WorkingDays()) == told
