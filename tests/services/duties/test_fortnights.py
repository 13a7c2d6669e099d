"""Reports of every two weeks: counted from the week of 交办, for each task by its own."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from models.db import ident
from models.tasks import Task, counted_tasks
from reports.missed_reports import window_text
from rules.duties.frequencies import Frequency
from rules.tasks.task_lifecycle import TaskState
from services.duties import report_windows
from services.nags import nag_engine
from services.progress import zero_reports
from services.tallies import tally_counting
from services.tasks import reassign, task_card
from tests.services.conftest import Local, World
from tests.services.progress.talk import Talk, keys, line
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

pytestmark = pytest.mark.both_engines("sums")

ODD, EVEN = "2026-W51-52", "2026-W50-51"


@pytest.fixture
async def fortnightly(roster: Roster, world: World, local: Local) -> tuple[Task, Task]:
    """Two tasks of the responsible person: given on Tuesday the 15th, and on the Sunday before."""
    found = []
    for name, given in (("汇总市容整治", local(12, 15, 8)), ("汇总占道经营", local(12, 13, 23))):
        task = await roster.task(world.unit, name, None, world.responsible.contact)
        task.frequency, task.state = Frequency.FORTNIGHTLY, TaskState.IN_PROGRESS
        task.created_at = task.assigned_at = given
        found.append(task)
    world.task.state = TaskState.CANCELLED
    await roster.session.flush()
    return found[0], found[1]


async def missing(talk: Talk, found: tuple[Task, ...]) -> list[list[str]]:
    left = await report_windows.missing(tick_for(talk.session, talk.now, talk.campaign), found)
    return [[window.key for window in left.get(ident(task), ())] for task in found]


async def test_each_counts_from_the_week_in_which_it_was_given(
    talk: Talk, world: World, fortnightly: tuple[Task, Task], local: Local
) -> None:
    talk.now = local(12, 17, 10)
    # Who got it on the last day of its first week owes both weeks: most of them still lay ahead.
    assert await missing(talk, fortnightly) == [[ODD], ["2026-W50-51"]]
    talk.now = local(12, 22, 10)
    assert await missing(talk, fortnightly) == [[ODD], ["2026-W50-51", "2026-W52-53"]]
    first, second = fortnightly
    opens = [report_windows.next_open(task, talk.now, talk.campaign) for task in fortnightly]
    assert opens == [local(12, 28), local(1, 4, year=2027)]
    assert report_windows.of_key(first, EVEN, talk.campaign) is None
    window = report_windows.of_key(second, EVEN, talk.campaign)
    assert window is not None
    assert (window.opens, window.closes) == (local(12, 7), local(12, 18, 18))


async def test_who_gets_it_by_a_handover_has_the_same_fortnights(
    talk: Talk, world: World, roster: Roster, fortnightly: tuple[Task, Task], local: Local
) -> None:
    before = [report_windows.rhythm(task, talk.campaign) for task in fortnightly]
    colleague = await roster.contact(world.unit, "李四")
    turn = turn_for(talk.session, world.office, local(12, 22, 9), talk.campaign)
    await reassign.move_tasks(turn, [ident(task) for task in fortnightly], ident(colleague))
    for task in fortnightly:
        await talk.session.refresh(task)
        assert task.assigned_at == local(12, 22, 9)
    assert [report_windows.rhythm(task, talk.campaign) for task in fortnightly] == before


async def test_tasks_of_the_same_weeks_share_their_windows(
    talk: Talk, roster: Roster, world: World, fortnightly: tuple[Task, Task], local: Local
) -> None:
    for number in range(5):
        task = await roster.task(world.unit, f"第{number}项", None)
        task.frequency, task.created_at = Frequency.FORTNIGHTLY, local(12, 14) - timedelta(days=7 * number)
    found = list(await counted_tasks.recurring_in(talk.session, None))
    assert len(found) == 7
    assert len(report_windows.rhythms(found, talk.campaign)) == 2
    assert len(report_windows.all_rhythms(talk.campaign)) == len(Frequency) + 1
    owed = report_windows.current(found, local(12, 17, 10), talk.campaign)
    assert len({id(window) for many in owed.values() for window in many}) == 2


async def test_a_report_of_the_second_week_is_in_time_and_a_later_one_is_not(
    talk: Talk, world: World, fortnightly: tuple[Task, Task], local: Local
) -> None:
    first, second = fortnightly
    talk.now = local(12, 21, 9)
    card = await talk.report("汇总市容整治3处", about=[ident(first)])
    assert card.window_closed_at is None
    await talk.report("汇总占道经营2处", about=[ident(second)])
    assert await missing(talk, fortnightly) == [[], [EVEN]]
    # On a day of the last fortnight, by the words: 上双周 is the day two weeks ago.
    shown = await talk.write("补报上双周：汇总占道经营1处", about=[ident(second)])
    assert line(shown, "windows.about_day").values["day"].values["day"] == 7
    assert line(shown, "windows.goes_to").values["windows"] == [window_text(EVEN)]
    await talk.confirm(shown)
    assert await missing(talk, fortnightly) == [[], []]
    assert (await talk.reports())[-1].window_closed_at == local(12, 18, 18)


async def test_nothing_new_is_said_for_two_weeks(
    talk: Talk, fortnightly: tuple[Task, Task], local: Local
) -> None:
    first, second = fortnightly
    talk.now = local(12, 17, 10)
    answer = await talk.write("本周无新增", about=[ident(first)])
    assert keys(answer) == ["progress.zero.other_span"]
    (offered,) = [one for row in answer.rows for one in row] if answer is not None else []
    assert offered.label.key == "progress.zero_button.fortnightly"
    card = await talk.write("这两周无新增")
    named = [one.values["objective"] for one in (card.lines if card else ()) if one.key.endswith("of_yours")]
    assert named == [first.objective, second.objective]
    await talk.zero("这两周无新增")
    assert await missing(talk, fortnightly) == [[], []]
    talk.now = local(12, 22, 10)
    turn = turn_for(talk.session, talk.actor, talk.now, talk.campaign)
    assert keys(await zero_reports.of_window(turn, ident(second), "2026-W52-53")) == [
        "progress.zero.taken_for"
    ]
    assert await missing(talk, fortnightly) == [[], []]


async def test_card_tally_and_nag_name_both_weeks(
    talk: Talk, world: World, fortnightly: tuple[Task, Task], local: Local
) -> None:
    first, second = fortnightly
    shown = await task_card.card(turn_for(talk.session, talk.actor, talk.now, talk.campaign), ident(first))
    assert "长期坚持，每两周报告" in shown.plain("zh")
    assert "12月14日至12月27日两周尚未报告" in shown.plain("zh")

    async def tally(day: int) -> list[tuple[str, list[str]]]:
        since, until = local(12, day - 1, 18), local(12, day, 18)
        campaign, session = talk.campaign, talk.session
        due = await report_windows.closing(session, since=since, until=until, campaign=campaign, scope=None)
        missed, _ = await report_windows.outcome(session, due, await tally_counting.unit_names(session))
        return [(one.objective, list(one.windows)) for one in missed]

    assert await tally(18) == [(second.objective, [EVEN])]
    assert await tally(25) == [(first.objective, [ODD])]
    assert [await tally(day) for day in (17, 24)] == [[], []]
    told = await _told(talk, local(12, 17, 9), local(12, 25, 12))
    late = [at for at, text in told if f"{second.objective}，每两周报告逾期未报（12月18日18:00截止" in text]
    due = [at for at, text in told if f"{first.objective}，每两周报告未报（12月25日18:00截止" in text]
    assert late
    assert due
    assert min(due) < local(12, 25, 18)


async def _told(talk: Talk, begin: datetime, end: datetime) -> list[tuple[datetime, str]]:
    """What the person hears, hour by hour."""
    told, at = [], begin
    while at <= end:
        planned = await nag_engine.tick(tick_for(talk.session, at, talk.campaign))
        mine = [await one.made() for one in planned if one.chat == talk.chat_id]
        told += [(at, one.view.plain("zh")) for one in mine]
        at = max(await nag_engine.next_due(talk.session) or end, at) + timedelta(seconds=1)
    return told
