"""A person's own quiet hours: set, bounded, given up, and on record."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time
from typing import Any

import pytest
from sqlmodel import select

from models.audit_log import Audit
from models.db import Session
from rules.nags.quiet_hours import QuietHours
from rules.office_hours import read_office_hours
from services.campaign import Campaign
from services.nags import quiet_hours
from services.people import person_history
from services.people.free_hours import quiet_of
from tests.services.conftest import World
from tests.services.progress.talk import refused
from tests.support.turns import turn_for


async def test_set_and_given_up(session: Session, world: World, campaign: Campaign, now: datetime) -> None:
    mine, at = world.responsible, {"now": now, "campaign": campaign}

    async def hours(words: str) -> QuietHours:
        await quiet_hours.set_own(turn_for(session, mine, **at), words)  # type: ignore[arg-type]
        return quiet_of(mine.contact, campaign)

    assert quiet_of(mine.contact, campaign) == campaign.quiet
    assert await hours("22:00-07:30") == QuietHours(time(22), time(7, 30))
    assert await hours("晚10点半") == QuietHours(time(22, 30), time(7, 30))
    assert await hours("早9点") == QuietHours(time(22, 30), time(9))
    assert await hours("22点到7点半") == QuietHours(time(22), time(7, 30))
    assert await hours("0点到7点") == QuietHours(time(23, 59), time(7))
    shown = await quiet_hours.show_quiet_hours(turn_for(session, mine, **at))  # type: ignore[arg-type]
    assert "23:59-07:00（本人设置）" in shown.plain("zh")
    assert "红单和计紧急工作时的督办单不受此限" in shown.plain("zh")
    # They cover nights only: days off are as they are for everybody.
    nights = replace(campaign, quiet=QuietHours(days_off=False))
    assert quiet_of(mine.contact, nights) == QuietHours(time(23, 59), time(7), days_off=False)
    cleared = await quiet_hours.clear(turn_for(session, mine, now, campaign))
    assert quiet_of(mine.contact, campaign) == campaign.quiet
    assert not cleared.rows
    rows = (await session.exec(select(Audit).where(Audit.event == "quiet"))).all()
    assert len(rows) == 6
    assert (rows[0].before, rows[0].after) == ({"quiet": None}, {"quiet": "22:00-07:30"})
    told = await person_history.view(turn_for(session, world.office, campaign=campaign), mine.id)
    assert "设置免打扰时段" in told.plain("zh")
    assert "（无） → 22:00-07:30" in told.plain("zh")


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("今晚", "quiet.unreadable"),
        ("22:00-7:00-8:00", "quiet.unreadable"),
        ("07:00-22:00", "quiet.not_a_night"),
        ("12:00-14:00", "quiet.not_a_night"),
        ("12:00-08:01", "quiet.too_much"),
        ("17:59-14:00", "quiet.too_much"),
        ("12:00-08:00", None),
        ("18:00-14:00", None),
    ],
)
async def test_four_hours_of_a_working_day_remain(
    session: Session, world: World, campaign: Campaign, now: datetime, words: str, key: str | None
) -> None:
    doing = quiet_hours.set_own(turn_for(session, world.responsible, now, campaign), words)
    if key is None:
        await doing
    else:
        assert await refused(doing) == key


async def test_in_summer_too(session: Session, world: World, campaign: Campaign, now: datetime) -> None:
    summer: Any = read_office_hours("08:00-12:00,14:00-18:00", "06-01..09-30 08:00-12:00,15:00-19:00")
    known = replace(campaign, hours=summer)
    doing = quiet_hours.set_own(turn_for(session, world.responsible, now, known), "18:00-14:00")
    assert await refused(doing) == "quiet.too_much"
