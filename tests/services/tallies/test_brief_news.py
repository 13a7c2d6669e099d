"""A brief says something, or is one line; a leader may have it once a week. 今日办结 is the day's own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from locales import Text, plain
from models.db import Session
from reports.tally import TallyStanding, group_lines
from rules.tasks.task_lifecycle import AwaitedAnswer, TaskState
from rules.working_days import WorkingDays
from services.campaign import Campaign
from services.nags import quiet_hours
from services.tallies import brief_pushes, briefs, tally_counting
from services.tallies.brief_rhythm import BriefRhythm, ChosenRhythm, brief_before
from services.tasks import task_steps
from services.views import View
from tests.services.conftest import Local, World
from tests.services.progress.talk import Talk, keys, line
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

SENTENCE = "今天清理违规广告牌匾1处"


async def briefed(session: Session, world: World, at: datetime, campaign: Campaign) -> list[View]:
    """The briefs that the leader of 城管局 is promised at that moment."""
    account = world.leader.contact.telegram_user_id
    return [
        one.view
        for one in await brief_pushes.brief_tick(tick_for(session, at, campaign))
        if one.chat == account
    ]


async def test_a_brief_without_news_is_one_line(
    talk: Talk, session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    world.task.deadline = date(2026, 12, 31)
    session.add(world.task)
    (told,) = await briefed(session, world, local(12, 16, 8), campaign)
    assert keys(told) == ["brief.no_news"]
    assert "无逾期" in told.plain("zh")
    talk.now = local(12, 16, 10)
    await talk.report(SENTENCE)
    (told,) = await briefed(session, world, local(12, 17, 8), campaign)
    assert line(told, "tally.overall").values["reports"] == 1
    asked = await briefs.brief(turn_for(session, world.leader, local(12, 18, 9), campaign))
    assert "tally.overall" in keys(asked), "who asks gets the whole"


async def test_who_wants_it_weekly_gets_it_on_the_first_working_day_of_a_week(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    """The 28th is a day off, so the brief of that week comes on the 29th and begins with that of the 21st."""
    campaign = replace(campaign, calendar=WorkingDays({date(2026, 12, 28): False}))
    at = turn_for(session, world.leader, local(12, 15, 9), campaign)
    shown = await quiet_hours.choose_brief(at, BriefRhythm.WEEKLY)
    assert "每周首个工作日" in shown.plain("zh")
    mornings = [local(12, day, 8) for day in range(16, 32)]
    found = {at: await briefed(session, world, at, campaign) for at in mornings}
    assert [at for at, told in found.items() if told] == [local(12, 21, 8), local(12, 29, 8)]
    assert "12月21日08:00—12月29日08:00" in found[local(12, 29, 8)][0].plain("zh")
    daily = turn_for(session, world.leader, local(12, 31, 9), campaign)
    assert "每个工作日早上" in (await quiet_hours.choose_brief(daily, BriefRhythm.DAILY)).plain("zh")


async def test_the_first_daily_brief_goes_back_to_the_last_weekly_one(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    """They change their mind on a Wednesday: what came in since Monday's brief is in Thursday's, once."""
    periods: dict[int, list[View]] = {}
    for day in (14, 21, 22, 23, 24, 25):
        periods[day] = await briefed(session, world, local(12, day, 8), campaign)
        if rhythm := {14: BriefRhythm.WEEKLY, 23: BriefRhythm.DAILY}.get(day):
            turn = turn_for(session, world.leader, local(12, day, 9), campaign)
            await quiet_hours.choose_brief(turn, rhythm)
    assert [day for day, told in periods.items() if told] == [14, 21, 24, 25]
    assert "12月21日08:00—12月24日08:00" in periods[24][0].plain("zh")
    assert "12月24日08:00—12月25日08:00" in periods[25][0].plain("zh")


@pytest.mark.parametrize(
    ("chosen", "day", "before"),
    [
        ((12, 23), (12, 24), (12, 21)),
        ((12, 21), (12, 22), (12, 21)),
        ((12, 20), (12, 21), (12, 14)),  # on a Sunday: Monday's brief would have been a weekly one, too
        ((12, 28), (12, 29), (12, 21)),  # the week's first working day is the 29th
        ((12, 23), (12, 25), (12, 24)),
        (None, (12, 24), (12, 23)),
    ],
)
def test_the_brief_before_a_daily_one(
    chosen: tuple[int, int] | None, day: tuple[int, int], before: tuple[int, int]
) -> None:
    since = None if chosen is None else date(2026, *chosen)
    calendar = WorkingDays({date(2026, 12, 28): False})
    found = brief_before(date(2026, *day), ChosenRhythm(BriefRhythm.DAILY, since), calendar)
    assert found == date(2026, *before)


async def test_only_leaders_choose_how_often_the_brief_comes(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    shown = await quiet_hours.show_quiet_hours(turn_for(session, world.responsible, now, campaign))
    assert "简报" not in shown.plain("zh")


async def test_a_tally_counts_what_was_completed_in_its_period(
    session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """One was completed yesterday, one today: 今日办结 1 项（累计 2 项）."""
    before = await roster.task(world.unit, "已办结", date(2026, 12, 31))
    for at, task_id in ((local(12, 14, 15), before.id or 0), (local(12, 15, 10), world.task_id)):
        await task_steps.complete(turn_for(session, world.office, at), task_id)
    counted = await tally_counting.count(
        session, since=local(12, 14, 18), as_of=local(12, 15, 18), campaign=campaign
    )
    (overall,) = [one for one in group_lines(counted, campaign.zone) if one.key == "tally.overall"]
    assert "今日办结 1 项（累计 2 项）" in plain(overall, "zh")


async def test_a_brief_names_the_periodic_reports_that_did_not_come(
    session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    daily = await roster.task(world.unit, "每日清扫", None, world.responsible.contact)
    daily.state = TaskState.IN_PROGRESS
    await session.flush()
    (told,) = await briefed(session, world, local(12, 17, 8), campaign)
    assert line(told, "tally.missed_title").values["count"] == 1
    assert "每日清扫，12月16日（城管局责任人）" in told.plain("zh")


@pytest.mark.parametrize("waits", AwaitedAnswer)
async def test_a_late_task_says_that_it_waits_for_the_office(
    session: Session, world: World, local: Local, campaign: Campaign, waits: AwaitedAnswer
) -> None:
    world.task.deadline = date(2026, 12, 14)
    if waits is AwaitedAnswer.SUBMITTED:
        world.task.state = TaskState.SUBMITTED
    else:
        world.task.state, world.task.extension_until = TaskState.IN_PROGRESS, date(2026, 12, 31)
    await session.flush()
    (told,) = await briefed(session, world, local(12, 16, 8), campaign)
    assert plain(Text(f"tally.waits.{waits.value}"), "zh") in told.plain("zh")
    counted = await tally_counting.stand(
        session, since=local(12, 15), as_of=local(12, 16), campaign=campaign, scope=None
    )
    assert TallyStanding.from_json(counted.to_json()).late[0].waits is waits
