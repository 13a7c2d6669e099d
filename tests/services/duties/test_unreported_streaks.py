"""Daily reports and shifts that nobody files: those above the responsible person hear of the row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from locales import plain
from models import progress
from models.tasks import Task
from reports.missed_reports import missed_lines
from rules.duties.frequencies import Frequency
from rules.tasks.task_lifecycle import TaskState
from rules.working_days import WorkingDays
from services import audit
from services.duties import report_windows, unreported_streaks
from services.nags import nag_engine
from services.nags.nag_forecast import forecast
from services.progress import zero_reports
from services.tallies.tally_counting import unit_names
from services.tasks import task_steps
from tests.services.conftest import Local, World
from tests.services.progress.talk import Talk
from tests.support.turns import tick_for, turn_for


@pytest.fixture
async def daily(talk: Talk, world: World) -> Task:
    """A task given on Tuesday the 15th, so that its first whole day is Wednesday the 16th."""
    world.task.state, world.task.deadline = TaskState.IN_PROGRESS, None
    world.task.frequency = Frequency.DAILY
    talk.session.add(world.task)
    await talk.session.flush()
    return world.task


async def heard(talk: Talk, world: World, *moments: datetime) -> list[tuple[datetime, str]]:
    """When the leader is told what, over the ticks at these moments."""
    found = []
    for at in moments:
        told = await nag_engine.tick(tick_for(talk.session, at, talk.campaign))
        to_them = [one for one in told if one.chat == world.leader.contact.telegram_user_id]
        found += [(at, (await one.made()).view.plain("zh")) for one in to_them]
    return found


async def test_the_leader_hears_once_of_what_is_missing_since_the_last_report(
    talk: Talk, world: World, daily: Task, local: Local
) -> None:
    """Nobody reports on the 16th and the 17th; the person is reminded of each day while it lasts."""
    week = [local(12, day, hour) for day in (16, 17, 18, 21, 22, 23) for hour in (0, 9, 17)]
    ((at, text),) = await heard(talk, world, *week)
    assert at == local(12, 18, 9)
    assert "1项未报告" in text
    assert "自12月16日起每日报告连续未报" in text


@pytest.mark.parametrize("words", ["巡查背街小巷5条", "今日无新增"])
async def test_a_report_begins_it_anew(
    talk: Talk, world: World, daily: Task, local: Local, words: str
) -> None:
    """A report on Thursday the 17th, or the unit's zero report, makes Friday the first missing day."""
    await played(talk, world, [local(12, 16, 10)], [])
    talk.now = local(12, 17, 10)
    await (talk.zero(words) if "无" in words else talk.report(words, about=[world.task_id]))
    thursday = [local(12, 17, 11), local(12, 18, 9), local(12, 21, 9)]
    assert await heard(talk, world, *thursday) == []
    ((_, text),) = await heard(talk, world, local(12, 22, 0, 1), local(12, 22, 9))
    assert "自12月18日起" in text


async def test_a_late_report_on_an_earlier_day_leaves_the_days_after_it_missed(
    talk: Talk, world: World, daily: Task, local: Local
) -> None:
    """On Friday the 18th somebody reports what was done on Thursday. Friday's own report never comes."""
    await played(talk, world, [local(12, 16, 10)], [])
    talk.now = local(12, 18, 10)
    await talk.report("12月17日巡查背街小巷5条", about=[world.task_id])
    ((at, text),) = await heard(talk, world, *(local(12, day, 9) for day in (18, 21, 22, 23)))
    assert (at, "自12月18日起" in text) == (local(12, 22, 9), True)


async def test_what_is_withdrawn_was_no_report(talk: Talk, world: World, daily: Task, local: Local) -> None:
    talk.now = local(12, 17, 10)
    await talk.report("巡查背街小巷5条", about=[world.task_id])
    (report,) = await progress.last_reports(talk.session, world.task_id)
    report.withdrawn = True
    talk.session.add(report)
    ((_, text),) = await heard(talk, world, local(12, 18, 0, 1), local(12, 18, 9))
    assert "自12月16日起" in text


async def test_what_waits_for_the_leader_is_dropped_when_a_report_comes(
    talk: Talk, world: World, daily: Task, local: Local
) -> None:
    night = world.leader.contact
    night.quiet_from, night.quiet_until = local(12, 1, 20).time(), local(12, 1, 10).time()
    talk.session.add(night)
    assert await heard(talk, world, local(12, 18, 0, 1), local(12, 18, 9)) == []
    talk.now = local(12, 18, 9, 30)
    await talk.report("巡查背街小巷5条", about=[world.task_id])
    assert await heard(talk, world, local(12, 18, 10)) == []


async def test_what_was_not_the_units_time_is_not_counted(
    talk: Talk, world: World, daily: Task, local: Local
) -> None:
    """The office takes three days to send back what was submitted on the 16th.

    The report is owed from the 22nd on, and not forgiven for good.
    """
    talk.now = local(12, 16, 10)
    await talk.report("巡查背街小巷5条", about=[world.task_id])
    await task_steps.submit(turn_for(talk.session, world.responsible, talk.now), world.task_id)
    waiting = [local(12, day, 9) for day in (17, 18, 21)]
    assert await heard(talk, world, *waiting) == []
    back: dict[str, Any] = {"now": local(12, 21, 15), "campaign": talk.campaign}
    await task_steps.send_back(turn_for(talk.session, world.office, **back), world.task_id, "照片不清")
    ((at, text),) = await heard(
        talk, world, *(local(12, day, hour) for day in (22, 23, 24) for hour in (0, 9))
    )
    assert (at, "自12月22日起" in text) == (local(12, 24, 9), True)


async def test_a_new_rhythm_begins_with_its_first_day(
    talk: Talk, world: World, daily: Task, local: Local
) -> None:
    """The task is weekly until the office's sheet of Thursday the 17th says 每日."""
    talk.now = local(12, 15, 10)
    await talk.report("巡查背街小巷5条", about=[world.task_id])
    frequencies = {"before": {"frequency": "weekly"}, "after": {"frequency": "daily"}}
    said: dict[str, Any] = {"now": local(12, 17, 21), **frequencies}
    audit.record(talk.session, "import", ("task", world.task_id), actor_id=None, **said)
    task_steps.schedule_nags(daily, local(12, 17, 21))
    ((at, text),) = await heard(talk, world, *(local(12, day, 9) for day in (18, 21, 22)))
    assert (at, "自12月18日起" in text) == (local(12, 22, 9), True)


async def test_of_whom_and_since_when(talk: Talk, world: World, daily: Task, local: Local) -> None:
    """A shift counts from the first missed one; longer rhythms and finished tasks have no such row."""
    now = local(12, 16, 13)
    turn = tick_for(talk.session, now, talk.campaign)
    found = await unreported_streaks.obligations(turn, [daily], now)
    assert {task_id: one.cycle for task_id, one in found.items()} == {world.task_id: "2026-12-16~"}
    assert found[world.task_id].limit == local(12, 16, 18)
    daily.frequency = Frequency.SHIFT
    found = await unreported_streaks.obligations(turn, [daily], now)
    assert found[world.task_id].cycle == "2026-12-15/20:00~"
    daily.frequency = Frequency.WEEKLY
    assert await unreported_streaks.obligations(turn, [daily], now) == {}
    daily.frequency = Frequency.DAILY
    await task_steps.complete(turn_for(talk.session, world.office, now), world.task_id)
    assert await unreported_streaks.obligations(turn, [daily], now) == {}


@pytest.fixture
async def shift(talk: Talk, daily: Task) -> Task:
    """The same task in shifts from 08:00 and from 20:00. Its first whole one is Tuesday's night."""
    daily.frequency = Frequency.SHIFT
    talk.session.add(daily)
    await talk.session.flush()
    return daily


async def played(
    talk: Talk, world: World, reports: Sequence[datetime], looks: Sequence[datetime]
) -> list[tuple[datetime, str]]:
    """As ``heard``; the responsible person reports at these moments."""
    found = []
    for at in sorted([*reports, *looks]):
        if at in reports:
            await zero_reports.of_task(turn_for(talk.session, world.responsible, at), world.task_id)
        else:
            found += await heard(talk, world, at)
    return found


def looks(local: Local, *days: int, hours: Sequence[int] = (8, 9, 20)) -> list[datetime]:
    """The ends of shifts, and the hour of the nags, on these days of December."""
    return [local(12, day, hour) for day in days for hour in hours]


async def test_every_other_shift_missed_is_heard_of_once(
    talk: Talk, world: World, shift: Task, local: Local
) -> None:
    """The nights of Tuesday, Wednesday and Thursday are missed: three of five, never two in a row."""
    reports = [local(12, day, 10) for day in (16, 17, 18)]
    ((at, text),) = await played(talk, world, reports, looks(local, 16, 17, 18, 19))
    assert at == local(12, 18, 9)
    assert "近6次轮班报告有3次以上未报（自12月15日20:00班起）" in text


async def test_the_forecast_takes_the_coming_shifts_as_missed(
    talk: Talk, world: World, shift: Task, local: Local
) -> None:
    """On Thursday at noon two nights are missed. Without a report the leader hears on Friday."""
    reports = [local(12, day, 10) for day in (16, 17)]
    assert await played(talk, world, reports, looks(local, 16, 17, hours=(8, 9))) == []
    told = await forecast(tick_for(talk.session, local(12, 17, 12), talk.campaign))
    foreseen = [letter.at for letter in told.letters if letter.contact.id == world.leader.id]
    happened = await heard(talk, world, *looks(local, 17, hours=(20,)), *looks(local, 18, 19, 20, 21, 22, 23))
    assert foreseen == [at for at, _ in happened] == [local(12, 18, 9)]


async def test_it_is_heard_of_again_only_after_it_was_better(
    talk: Talk, world: World, shift: Task, local: Local
) -> None:
    """After a good weekend, the shifts from Monday's night on are missed."""
    reports = [local(12, day, 10) for day in (16, 17, 18, 19, 20, 21)]
    reports += [local(12, day, 21) for day in (18, 19, 20)]
    found = await played(talk, world, reports, looks(local, *range(16, 29)))
    assert [at for at, _ in found] == [local(12, 18, 9), local(12, 24, 9)]
    assert "自12月21日20:00班起" in found[1][1]


async def test_three_shifts_in_a_row_are_three_of_six(
    talk: Talk, world: World, shift: Task, local: Local
) -> None:
    """Tuesday's night and both shifts of Wednesday are missed. What comes then is too late for silence."""
    reports = [local(12, 17, 8, 30), local(12, 17, 21), local(12, 18, 8, 30)]
    ((at, text),) = await played(talk, world, reports, looks(local, 16, 17, 18, 19))
    assert (at, "有3次以上未报（自12月15日20:00班起）" in text) == (local(12, 18, 9), True)


async def test_two_shifts_of_six_are_not_heard_of(
    talk: Talk, world: World, shift: Task, local: Local
) -> None:
    reports = [local(12, day, 10) for day in (16, 17, 18, 19)] + [local(12, 17, 21), local(12, 18, 21)]
    assert await played(talk, world, reports, looks(local, 16, 17, 18, 19)) == []


async def test_days_missed_now_and_then_are_heard_of(
    talk: Talk, world: World, daily: Task, local: Local
) -> None:
    """Missed are the 16th, the 18th and the 22nd, a Tuesday."""
    reports = [local(12, day, 10) for day in (17, 21, 23)]
    ((at, text),) = await played(talk, world, reports, looks(local, *range(17, 25), hours=(0, 9)))
    assert (at, "近6次每日报告有3次以上未报（自12月16日起）" in text) == (local(12, 23, 9), True)


async def test_a_row_of_days_that_was_heard_of_is_not_told_again_as_a_share(
    talk: Talk, world: World, daily: Task, local: Local
) -> None:
    """The 16th to the 18th are missed and heard of as a row; then one report, and one more missed day."""
    reports = [local(12, 21, 10)]
    ((at, text),) = await played(talk, world, reports, looks(local, *range(17, 24), hours=(0, 9)))
    assert (at, "自12月16日起每日报告连续未报" in text) == (local(12, 18, 9), True)


async def test_a_share_of_long_standing_is_not_news(
    talk: Talk, world: World, shift: Task, local: Local
) -> None:
    """Every other shift is missed for weeks: the leader hears in the first, and not each week anew."""
    reports = [local(12, day, 10) for day in range(16, 32)]
    found = await played(talk, world, reports, looks(local, *range(16, 32)))
    assert [at for at, _ in found] == [local(12, 18, 9)]


async def test_shifts_missed_over_a_holiday_are_heard_of_in_it(
    talk: Talk, world: World, shift: Task, local: Local
) -> None:
    """Sixteen shifts over eight days off: the leader hears on the third of them."""
    off = {date(2026, 12, day): False for day in range(17, 25)}
    talk.campaign = replace(talk.campaign, calendar=WorkingDays(off))
    reports = [local(12, 15, 21), local(12, 16, 9), local(12, 16, 21)]
    ((at, text),) = await played(talk, world, reports, looks(local, *range(17, 26)))
    assert (at, "自12月17日08:00班起" in text) == (local(12, 19, 9), True)


async def test_text_and_tally_name_a_night_shift_by_the_same_day(
    talk: Talk, world: World, shift: Task, local: Local
) -> None:
    ((_, text),) = await heard(talk, world, *looks(local, 16, 17, 18))
    day = {"since": local(12, 15, 18), "until": local(12, 16, 18)}
    due = await report_windows.closing(talk.session, **day, campaign=talk.campaign, scope=None)
    missed, _ = await report_windows.outcome(talk.session, due, await unit_names(talk.session))
    (_, line) = [plain(one, "zh") for one in missed_lines(missed, [])]
    assert "12月15日20:00班" in line
    assert "自12月15日20:00班起" in text
