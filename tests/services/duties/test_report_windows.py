"""Recurring reports: what is missing, what the tally says of it, and late reports."""

from __future__ import annotations

from datetime import datetime

import pytest

from locales import Text
from models.tasks import Task
from reports.missed_reports import window_text
from rules.duties.frequencies import Frequency
from rules.nags.policy import DutyKind
from rules.people.roles import Tier
from rules.tasks.task_lifecycle import TaskState
from services.duties import report_windows
from services.groups.group_binding import GroupScope
from services.tasks import task_card
from services.views import View
from tests.services.conftest import Local, World
from tests.services.groups import tallied
from tests.services.progress.talk import Talk, keys, line
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

pytestmark = pytest.mark.both_engines("sums")

OBJECTIVES = {
    Frequency.DAILY: "每日巡查背街小巷",
    Frequency.WEEKLY: "每周汇总市容整治",
    Frequency.MONTHLY: "每月调度集贸市场",
    Frequency.SHIFT: "主干道巡逻",
}
Recurring = dict[Frequency, Task]


@pytest.fixture
async def recurring(roster: Roster, world: World) -> Recurring:
    """城管局's recurring tasks, given on Tuesday the 15th; 东风街道 assists in each."""
    found = {}
    for frequency, objective in OBJECTIVES.items():
        who, assisting = world.responsible.contact, (world.other_unit,)
        task = await roster.task(world.unit, objective, None, who, assisting=assisting)
        task.frequency = frequency
        found[frequency] = task
    await roster.session.flush()
    return found


async def missing(talk: Talk, recurring: Recurring) -> dict[str, list[str]]:
    found = await report_windows.missing(tick_for(talk.session, talk.now, talk.campaign), recurring.values())
    names = {task.id: frequency.value for frequency, task in recurring.items()}
    return {names[task_id]: [window.key for window in many] for task_id, many in found.items()}


def told(view: View, which: str) -> list[tuple[str, object]]:
    """The lines of a tally under that title: the task, and its windows by name."""
    titles = keys(view)
    if f"tally.{which}_title" not in titles:
        return []
    at = titles.index(f"tally.{which}_title") + 1
    rest = view.lines[at:]
    end = next(n for n, one in enumerate(rest) if one.key != "tally.missed_line")
    return [(one.values["objective"], one.values["windows"]) for one in rest[:end]]


def entry(frequency: Frequency, *keys: str) -> tuple[str, list[Text]]:
    return OBJECTIVES[frequency], [window_text(key) for key in keys]


async def file(talk: Talk, task: Task, text: str) -> View:
    """Report on a task; return the receipt."""
    assert task.id is not None
    await talk.report(text, about=[task.id])
    return (await talk.receipts())[-1]


async def test_what_is_missing(talk: Talk, world: World, recurring: Recurring, local: Local) -> None:
    talk.now = local(12, 16, 10)
    everything = {
        "daily": ["2026-12-16"],
        "weekly": ["2026-W51"],
        "monthly": ["2026-12"],
        "shift": ["2026-12-16/08:00"],
    }
    assert await missing(talk, recurring) == everything
    # An assisting unit reports as well as the lead unit; a report on one task counts for no other task.
    helper = Talk(talk.session, world.other_liaison, talk.now, talk.campaign)
    await file(helper, recurring[Frequency.WEEKLY], "市容整治：清理卫生死角3处")
    await file(talk, recurring[Frequency.DAILY], "巡查背街小巷5条")
    assert set(await missing(talk, recurring)) == {"monthly", "shift"}
    await talk.withdraw(await talk.undo())
    assert set(await missing(talk, recurring)) == {"daily", "monthly", "shift"}
    # 无新增 counts for the windows of which it speaks.
    await talk.zero()
    assert set(await missing(talk, recurring)) == {"monthly"}
    await talk.zero("本月无新增")
    assert await missing(talk, recurring) == {}
    # At eight the next shift begins, at midnight the next day; the week is done.
    talk.now = local(12, 16, 20)
    assert await missing(talk, recurring) == {"shift": ["2026-12-16/20:00"]}
    talk.now = local(12, 17)
    assert await missing(talk, recurring) == {"daily": ["2026-12-17"], "shift": ["2026-12-16/20:00"]}
    # The last missed window is named until the reminder of the next one; nothing older is named.
    talk.now = local(12, 22, 10)
    assert (await missing(talk, recurring))["weekly"] == ["2026-W52"]
    talk.now = local(12, 29, 10)
    assert (await missing(talk, recurring))["weekly"] == ["2026-W52", "2026-W53"]
    recurring[Frequency.WEEKLY].state = TaskState.SUBMITTED
    assert set(await missing(talk, recurring)) == {"daily", "shift"}


async def test_who_gets_a_task_late_in_a_window_owes_the_next(
    talk: Talk, world: World, recurring: Recurring, local: Local
) -> None:
    weekly = recurring[Frequency.WEEKLY]
    weekly.assigned_at = talk.now = local(12, 17, 18)
    assert "weekly" not in await missing(talk, recurring)
    weekly.assigned_at = local(12, 17, 17, 59)
    assert (await missing(talk, recurring))["weekly"] == ["2026-W51"]
    (window,) = report_windows.current([weekly], talk.now, talk.campaign)[weekly.id or 0]
    owed = report_windows.obligation(window)
    assert (owed.kind, owed.cycle, owed.limit) == (DutyKind.REPORT, "2026-W51", local(12, 18, 18))
    assert report_windows.next_open(weekly, talk.now, talk.campaign) == local(12, 21)
    assert report_windows.next_open(world.task, talk.now, talk.campaign) is None


async def test_the_tally_lists_it_and_a_late_report_corrects_that(
    talk: Talk, world: World, recurring: Recurring, local: Local
) -> None:
    recurring.pop(Frequency.SHIFT).state = TaskState.CANCELLED
    await tallied.bind(talk.session, world.office, local(12, 18, 10), talk.campaign)
    (view,) = await tallied.run(talk.session, local(12, 18, 18), talk.campaign)
    daily, weekly = entry(Frequency.DAILY, "2026-12-18"), entry(Frequency.WEEKLY, "2026-W51")
    assert told(view, "missed") == [daily, weekly]
    # 城管局 is named with each of them, and not once more as silent.
    assert not {"tally.not_reported", "tally.others_not_reported"} & set(keys(view))

    async def now_reads(at: datetime) -> tuple[object, object]:
        assert (await tallied.dirty(talk.session))[0]
        view = (await tallied.reread(talk.session, talk.campaign, at))[0]
        return told(view, "missed"), told(view, "come_late")

    talk.now = local(12, 18, 20)
    receipt = await file(talk, recurring[Frequency.DAILY], "今天巡查背街小巷5条")
    assert line(receipt, "windows.late_receipt").values["windows"] == [window_text("2026-12-18")]
    assert await now_reads(talk.now) == ([weekly], [daily])
    # In the next week, a report names a day of the missed week.
    talk.now = local(12, 22, 9)
    receipt = await file(talk, recurring[Frequency.WEEKLY], "补报12月17日：整治市容12处")
    assert line(receipt, "windows.late_receipt").values["windows"] == [window_text("2026-W51")]
    assert await now_reads(talk.now) == ([], [daily, weekly])
    assert await missing(talk, recurring) == {
        "daily": ["2026-12-22"],
        "weekly": ["2026-W52"],
        "monthly": ["2026-12"],
    }
    # After the withdrawal the report is missing again.
    await talk.withdraw(await talk.undo())
    assert await now_reads(talk.now) == ([weekly], [daily])


async def test_a_month_is_made_up_for_when_it_is_over(
    talk: Talk, world: World, recurring: Recurring, local: Local
) -> None:
    await tallied.bind(talk.session, world.office, local(12, 31, 10), talk.campaign)
    monthly = recurring[Frequency.MONTHLY]
    only: Recurring = {Frequency.MONTHLY: monthly}
    (view,) = await tallied.run(talk.session, local(12, 31, 18), talk.campaign)
    assert entry(Frequency.MONTHLY, "2026-12") in told(view, "missed")
    talk.now = local(1, 8, 9, year=2027)
    card = await talk.write("补报12月份：调度集贸市场3次", about=[monthly.id or 0])
    assert line(card, "windows.about_day").values["day"].values["day"] == 31
    await talk.confirm(card)
    report = (await talk.reports())[-1]
    # Nobody reads the numbers of that tally any more, so they count today.
    assert (report.counted_at, report.window_closed_at) == (talk.now, local(12, 31, 18))
    view = (await tallied.reread(talk.session, talk.campaign, talk.now))[0]
    assert told(view, "come_late") == [entry(Frequency.MONTHLY, "2026-12")]
    assert await missing(talk, only) == {"monthly": ["2027-01"]}
    # The task's card shows the month that is over, the open month, and the report as late.
    shown = await task_card.card(turn_for(talk.session, talk.actor, talk.now, talk.campaign), monthly.id or 0)
    assert {"windows.filed_late", "windows.open", "tasks.card.report_late"} <= set(keys(shown))
    # A second report on a month is not late: the month has its report.
    receipt = await file(talk, monthly, "补报12月25日：本次调度集贸市场1次")
    assert "windows.late_receipt" not in keys(receipt)


async def test_what_is_reported_on_a_day_off_belongs_to_the_week_that_ends(
    talk: Talk, world: World, recurring: Recurring, local: Local
) -> None:
    await tallied.bind(talk.session, world.office, local(12, 18, 10), talk.campaign)
    await tallied.run(talk.session, local(12, 18, 18), talk.campaign)
    talk.now = local(12, 20, 10)
    receipt = await file(talk, recurring[Frequency.WEEKLY], "整治市容12处")
    assert line(receipt, "windows.late_receipt").values["windows"] == [window_text("2026-W51")]
    (view,) = await tallied.reread(talk.session, talk.campaign, talk.now)
    assert told(view, "come_late") == [entry(Frequency.WEEKLY, "2026-W51")]
    # A late 零报告 of the whole unit covers what is left of that day; said twice, it is taken once.
    talk.now = local(12, 21, 9)
    assert keys(await talk.zero("补报12月18日：无新增")) == ["progress.zero_taken"]
    assert keys(await talk.zero("补报12月18日：无新增")) == ["progress.zero_already"]
    assert keys(await talk.zero()) == ["progress.zero_taken"]
    (view,) = await tallied.reread(talk.session, talk.campaign, talk.now)
    assert entry(Frequency.DAILY, "2026-12-18") in told(view, "come_late")
    assert told(view, "missed") == [entry(Frequency.SHIFT, "2026-12-17/08:00", "2026-12-17/20:00")]


async def test_a_card_says_to_which_day_and_window_the_words_go(
    talk: Talk, recurring: Recurring, local: Local
) -> None:
    """昨天 on a Monday is a Sunday, which belongs to the week that is over."""
    talk.now = local(12, 21, 9)
    weekly, daily = recurring[Frequency.WEEKLY], recurring[Frequency.DAILY]
    card = await talk.write("昨天整治市容3处", about=[weekly.id or 0])
    assert line(card, "windows.about_day").values["day"].values["day"] == 20
    assert line(card, "windows.goes_to").values["windows"] == [window_text("2026-W51")]
    await talk.confirm(card)
    card = await talk.write("补报上周：整治市容2处", about=[weekly.id or 0])
    assert line(card, "windows.goes_to").values["windows"] == [window_text("2026-W51")]
    await talk.confirm(card)
    card = await talk.write("整治市容1处", about=[weekly.id or 0])
    assert not {"windows.about_day", "windows.goes_to"} & set(keys(card)), "it is about today"
    await talk.confirm(card)
    card = await talk.write("补报12月18日巡查背街小巷5条", about=[daily.id or 0])
    assert line(card, "windows.goes_to").values["windows"] == [window_text("2026-12-18")]


async def test_shifts(talk: Talk, world: World, recurring: Recurring, local: Local) -> None:
    """Each shift owes its own report, at night and on Sundays too; a 零报告 is one."""
    duty = recurring[Frequency.SHIFT]

    async def zero(at: datetime, text: str = "无情况") -> str:
        talk.now = at
        return keys(await talk.write(text, about=[duty.id or 0]))[0]

    await tallied.bind(talk.session, world.office, local(12, 18, 10), talk.campaign)
    assert await zero(local(12, 19, 9)) == "progress.zero_taken"
    assert await zero(local(12, 19, 19)) == "progress.zero_already"
    assert await zero(local(12, 19, 21)) == "progress.zero_taken"
    assert await zero(local(12, 20, 2)) == "progress.zero_already"
    await tallied.run(talk.session, local(12, 18, 18), talk.campaign)
    views = await tallied.run(talk.session, local(12, 21, 18), talk.campaign)
    missed = dict(told(views[-1], "missed"))
    weekend = [window_text(f"2026-12-20/{begins}") for begins in ("08:00", "20:00")]
    friday = [window_text(f"2026-12-18/{begins}") for begins in ("08:00", "20:00")]
    several = Text("windows.several", last=[friday[1], *weekend], count=4)
    assert missed[OBJECTIVES[Frequency.SHIFT]] == several
    # A 零报告 for yesterday covers both shifts of that day.
    assert await zero(local(12, 21, 19), "补报昨天：无情况") == "progress.zero_taken"
    view = (await tallied.reread(talk.session, talk.campaign, talk.now))[-1]
    assert dict(told(view, "missed"))[OBJECTIVES[Frequency.SHIFT]] == friday
    assert dict(told(view, "come_late"))[OBJECTIVES[Frequency.SHIFT]] == weekend


async def test_a_group_hears_of_its_own_units_only(
    talk: Talk, world: World, recurring: Recurring, local: Local
) -> None:
    street = GroupScope(tier=Tier.STREET)
    await tallied.bind(talk.session, world.office, local(12, 18, 10), talk.campaign, scope=street)
    (view,) = await tallied.run(talk.session, local(12, 18, 18), talk.campaign)
    assert told(view, "missed") == []
