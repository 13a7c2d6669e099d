"""Queries of the office's changed working days, its 迎检 periods and its nag policy."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from models import calendar
from models.calendar import InspectionPeriod, OfficeRules, WorkingDayOverride
from models.db import Session
from models.nags import policies
from models.nags.policies import Inspection, LadderPolicy
from models.people import Contact
from rules.nags.policy import DEFAULT, Policy, ReleaseMode
from tests.support.people import Roster
from tests.support.rows import Rows, id_of

MONDAY = date(2026, 12, 14)
HOUR = timedelta(hours=1)


def day(offset: int) -> date:
    return MONDAY + timedelta(days=offset)


@pytest.fixture
async def office(roster: Roster) -> Contact:
    return await roster.contact(await roster.unit("创城办"), "创城办工作人员")


async def inspection(rows: Rows, office: Contact, first: int, last: int, **values: Any) -> Inspection:
    usual: dict[str, Any] = {"name": "省测评", "made_at": rows.now}
    return await rows.add(
        Inspection(first=day(first), last=day(last), made_by=id_of(office), **(usual | values))
    )


async def policy(rows: Rows, version: int, **values: Any) -> LadderPolicy:
    usual: dict[str, Any] = {
        "rungs": [DEFAULT.rungs[0].to_json()],
        "budget": version,
        "release": ReleaseMode.AUTO,
    }
    return await rows.add(LadderPolicy(version=version, made_at=rows.now, **(usual | values)))


async def override(rows: Rows, offset: int, working: bool) -> WorkingDayOverride:
    return await rows.add(WorkingDayOverride(day=day(offset), working=working, updated_at=rows.now))


async def test_an_office_that_has_said_nothing(session: Session) -> None:
    assert await calendar.known(session) == OfficeRules({}, (), 0)


async def test_own_days_are_worked_or_off(session: Session, rows: Rows) -> None:
    worked, off = await override(rows, 5, True), await override(rows, 0, False)
    assert await calendar.known(session) == OfficeRules({day(5): True, day(0): False}, (), 0)
    assert await calendar.override_rows(session) == {day(5): worked, day(0): off}


async def test_periods_stand_by_first_day_then_as_they_were_announced(
    session: Session, rows: Rows, office: Contact, now: datetime
) -> None:
    """Periods that were called off are listed too: duties handed over while they held keep their time."""
    await inspection(rows, office, 3, 4)
    await inspection(rows, office, 0, 2, made_at=now + HOUR)
    await inspection(rows, office, 0, 1, ended_at=now + HOUR)
    assert (await calendar.known(session)).inspections == (
        InspectionPeriod(day(0), day(1), now, now + HOUR),
        InspectionPeriod(day(0), day(2), now + HOUR, None),
        InspectionPeriod(day(3), day(4), now, None),
    )


async def test_all_that_was_said_comes_at_once(
    session: Session, rows: Rows, office: Contact, now: datetime
) -> None:
    await override(rows, 5, True)
    await inspection(rows, office, 5, 5)
    for version in (1, 3, 2):
        await policy(rows, version)
    assert await calendar.known(session) == OfficeRules(
        {day(5): True}, (InspectionPeriod(day(5), day(5), now, None),), 3
    )


async def test_what_the_program_comes_with_is_in_force_until_the_office_has_its_own(
    session: Session, rows: Rows
) -> None:
    assert await policies.current(session) == DEFAULT
    assert await policies.newest(session) is None
    await policy(rows, 1)
    last = await policy(rows, 10)
    await policy(rows, 2)
    assert await policies.newest(session) == last
    assert await policies.current(session) == Policy(DEFAULT.rungs[:1], 10, 10, ReleaseMode.AUTO)


async def test_periods_that_were_not_called_off(
    session: Session, rows: Rows, office: Contact, now: datetime
) -> None:
    later = await inspection(rows, office, 3, 4)
    first, second = await inspection(rows, office, 0, 2), await inspection(rows, office, 0, 1)
    await inspection(rows, office, 0, 1, ended_at=now)
    assert await policies.inspections(session) == [first, second, later]
    assert later.period == (day(3), day(4))
    assert await policies.inspection_by_id(session, id_of(later)) == later
    assert await policies.inspection_by_id(session, 99) is None


async def test_a_period_does_not_end_before_it_begins(rows: Rows, office: Contact) -> None:
    with pytest.raises(IntegrityError):
        await inspection(rows, office, 1, 0)
