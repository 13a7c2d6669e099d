"""周报 and 月报 of groups: once each, by scope, after an outage too."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from sqlmodel import select

from models.db import Session
from models.delivery.messages import Outbox
from models.delivery.pictures import PromisedPicture
from rules.delivery.delivery import MessageKind
from rules.nags.quiet_hours import QuietHours
from rules.people.roles import Tier
from rules.periods import FigurePeriod
from rules.working_days import WorkingDays
from services import rescan
from services.campaign import Campaign
from services.delivery import rendering
from services.dry_run import PlannedMessage
from services.groups import group_digests
from services.groups.group_binding import GroupScope
from services.nags import rehearsal
from tests.services.conftest import Local, World
from tests.services.groups import tallied
from tests.services.progress.talk import Talk
from tests.support.turns import tick_for

ITEM = "清理违规广告牌匾"
WEEK, MONTH = FigurePeriod.LAST_WEEK.value, FigurePeriod.LAST_MONTH.value


async def told(session: Session, at: datetime, campaign: Campaign) -> list[PlannedMessage]:
    return await group_digests.digest_tick(tick_for(session, at, campaign))


@pytest.fixture
async def bound(talk: Talk, world: World, local: Local, campaign: Campaign) -> None:
    """A group, and a week with reports: 12处 on the 15th, 30处 on the 18th."""
    await tallied.bind(talk.session, world.office, local(12, 14, 9), campaign)
    for day, amount in ((15, 12), (18, 30)):
        talk.now = local(12, day, 10)
        await talk.report(f"今天{ITEM}{amount}处")


async def test_the_week_is_told_on_its_first_working_day_once(
    talk: Talk, bound: None, local: Local, campaign: Campaign
) -> None:
    assert await told(talk.session, local(12, 21, 8, 29), campaign) == []
    (week,) = await told(talk.session, local(12, 21, 8, 30), campaign)
    assert week.slot == f"2026-12-14/{WEEK}"
    words = week.view.plain("zh").split("\n")
    assert words[:3] == [
        "【创城工作周报】12月14日—12月20日 全区",
        "收到报告：2 份",
        "其中：报告单位 1 个",
    ]
    assert f"· {ITEM}：42处，累计 42处" in words
    (picture,) = (await talk.session.exec(select(PromisedPicture))).all()
    assert picture.promise_key == f"2026-12-14/{WEEK}/picture:1"
    assert picture.content["title"] == "创城工作周报 12月14日—12月20日 · 全区"
    assert [button.action for row in week.view.rows for button in row] == ["figures.sources"]
    for hour in (8, 9, 17):
        assert await told(talk.session, local(12, 21, hour, 31), campaign) == []
    assert await told(talk.session, local(12, 22, 9), campaign) == []


async def test_the_month_is_told_on_its_first_working_day(
    talk: Talk, bound: None, local: Local, campaign: Campaign
) -> None:
    await told(talk.session, local(12, 28, 9), campaign)
    assert await told(talk.session, datetime.fromisoformat("2027-01-03T09:00+08:00"), campaign) == []
    both = await told(talk.session, datetime.fromisoformat("2027-01-04T08:30+08:00"), campaign)
    assert [one.slot for one in both] == [f"2026-12-01/{MONTH}", f"2026-12-28/{WEEK}"]
    month, week = (one.view.plain("zh") for one in both)
    assert month.startswith("【创城工作月报】2026年12月 全区\n收到报告：2 份")
    assert week == "【创城工作周报】2026年12月28日—1月3日 全区：没有新的报告、办结任务和案卷。"


async def test_after_an_outage_it_comes_later_in_the_week_in_working_hours(
    talk: Talk, bound: None, local: Local, campaign: Campaign
) -> None:
    assert await told(talk.session, local(12, 21, 22), campaign) == [], "these are quiet hours"
    assert await told(talk.session, local(12, 22, 8, 10), campaign) == []
    (week,) = await told(talk.session, local(12, 22, 8, 40), campaign)
    assert week.slot == f"2026-12-14/{WEEK}"


async def test_a_month_is_not_told_of_weeks_later(
    talk: Talk, bound: None, local: Local, campaign: Campaign
) -> None:
    late = await told(talk.session, datetime.fromisoformat("2027-01-14T09:00+08:00"), campaign)
    assert [one.slot for one in late] == [f"2027-01-04/{WEEK}"]


async def test_a_group_hears_of_its_own_units_and_of_no_week_before_it_was_bound(
    talk: Talk, bound: None, world: World, local: Local, campaign: Campaign
) -> None:
    await tallied.bind(talk.session, world.office, local(12, 20, 9), campaign, -5, GroupScope(Tier.VILLAGE))
    await tallied.bind(talk.session, world.office, local(12, 21, 8, 31), campaign, -6, GroupScope())
    planned = await told(talk.session, local(12, 21, 8, 32), campaign)
    assert [one.chat for one in planned] == [tallied.GROUP, -5]
    assert "没有新的报告" in planned[1].view.plain("zh")


async def test_quiet_hours_that_end_later_hold_it(
    talk: Talk, bound: None, local: Local, campaign: Campaign
) -> None:
    campaign = replace(campaign, quiet=QuietHours(ends=time(9, 30)))
    assert await told(talk.session, local(12, 21, 9), campaign) == []
    assert len(await told(talk.session, local(12, 21, 9, 30), campaign)) == 1


@pytest.mark.parametrize(("hour", "minute", "count"), [(8, 29, 0), (8, 30, 1), (8, 31, 0), (12, 0, 0)])
async def test_a_rehearsal_shows_it_at_its_minute(
    talk: Talk, bound: None, local: Local, campaign: Campaign, hour: int, minute: int, count: int
) -> None:
    at = local(12, 21, hour, minute)
    planned = await rehearsal.rehearse_slots(talk.session, at=at, campaign=campaign)
    assert len([one for one in planned if one.slot.endswith(WEEK)]) == count


async def test_a_day_that_becomes_a_day_off_afterwards_tells_nothing_twice(
    talk: Talk, bound: None, local: Local, campaign: Campaign
) -> None:
    assert len(await told(talk.session, local(12, 21, 9), campaign)) == 1
    off = replace(campaign, calendar=WorkingDays({date(2026, 12, 21): False}))
    assert await told(talk.session, local(12, 22, 9), off) == []


async def test_a_week_without_working_days_is_told_of_with_the_week_before_it(
    talk: Talk, bound: None, local: Local, campaign: Campaign
) -> None:
    """Nothing tells of the 14th to the 20th in the week after, which is off: the next one does."""
    days = {date(2026, 12, 21) + timedelta(days=n): False for n in range(7)}
    campaign = replace(campaign, calendar=WorkingDays(days))
    assert await told(talk.session, local(12, 23, 9), campaign) == []
    (week,) = await told(talk.session, local(12, 28, 9), campaign)
    words = week.view.plain("zh")
    assert words.startswith("【创城工作周报】12月14日—12月27日 全区\n收到报告：2 份")


async def test_one_that_comes_late_is_not_of_the_past_in_the_evening(
    talk: Talk, bound: None, local: Local, campaign: Campaign
) -> None:
    """The program was down all day: what is promised at half past six still goes out."""
    at = local(12, 21, 18, 30)
    assert len(await told(talk.session, at, campaign)) == 1
    (row,) = (await talk.session.exec(select(Outbox).where(Outbox.kind == MessageKind.DIGEST))).all()
    assert await rendering.render(tick_for(talk.session, at, campaign), row) is not None


async def test_what_a_clock_that_was_ahead_told_is_told_again_in_its_time(
    talk: Talk, bound: None, local: Local, campaign: Campaign
) -> None:
    """On Saturday the clock said Monday."""
    assert len(await told(talk.session, local(12, 21, 9), campaign)) == 1
    await rescan.after_wrong_time(tick_for(talk.session, local(12, 19, 9), campaign))
    (again,) = await told(talk.session, local(12, 21, 9), campaign)
    assert again.slot == f"2026-12-14/{WEEK}"
    rows = (await talk.session.exec(select(Outbox).where(Outbox.kind == MessageKind.DIGEST))).all()
    assert len(rows) == 2
