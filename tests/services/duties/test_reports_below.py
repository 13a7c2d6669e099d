"""Recurring tasks that are broken down: whose reports are owed, and how the windows stand below."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from models.db import Session, ident
from models.progress import ReportKind
from models.tasks import Task, child_duties
from rules.duties.frequencies import Frequency
from rules.tasks.task_lifecycle import TaskState
from services.campaign import Campaign
from services.duties import report_windows, reports_below, unreported_streaks
from services.duties.not_reported import silent_units
from services.duties.reports_below import WindowBelow
from services.progress import filing, zero_reports
from services.tasks import task_card
from tests.services.conftest import Local
from tests.services.nags.families import Broken, Family, Village, make_family, village
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

DAILY = Frequency.DAILY


async def family_of(roster: Roster, since: datetime, *names: str, own: bool = False) -> Family:
    broken = Broken(frequency=DAILY, since=since, own=own)
    return await make_family(roster, broken, *(names or ("西山村", "东山村", "南山村", "北山村")))


async def report(session: Session, one: Village, at: datetime) -> None:
    """今日无新增."""
    await zero_reports.of_task(turn_for(session, one.person, at), ident(one.task))


def counts(found: list[WindowBelow]) -> list[tuple[str, int, int]]:
    return [(one.window.key, one.met, one.owed) for one in found]


async def below(session: Session, task: Task, at: datetime) -> list[tuple[str, int, int]]:
    return counts(await reports_below.standing(tick_for(session, at), task))


# -- whose reports are owed ----------------------------------------------------------------------------


@pytest.mark.parametrize("own", [False, True])
async def test_the_lead_owes_reports_only_with_its_own(
    session: Session, roster: Roster, local: Local, campaign: Campaign, own: bool
) -> None:
    family = await family_of(roster, local(12, 14, 1), own=own)
    turn = tick_for(session, local(12, 16, 10), campaign)
    every = [family.task, *family.parts]
    owing = {ident(part) for part in family.parts} | ({family.task_id} if own else set())
    assert (await report_windows.missing(turn, every)).keys() == owing
    assert (await report_windows.expected(turn, every, local(12, 18, 10))).keys() == owing
    assert (await report_windows.unreported(turn, every, None)).keys() == owing
    assert report_windows.current(every, turn.now, campaign).keys() == owing
    assert (await unreported_streaks.obligations(turn, every, turn.now)).keys() == owing
    opens = report_windows.next_open(family.task, turn.now, campaign)
    assert opens == (local(12, 17) if own else None)
    silent = {one.unit_id for one in await silent_units(turn, [family.unit.id or 0])}
    assert silent == {family.unit.id}, "neither it nor a part has reported"


async def test_a_report_of_the_lead_stays_possible(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """It is late for no window, and meets none of the children's. Of 无新增 there is no need."""
    family = await family_of(roster, local(12, 14, 1))
    turn = turn_for(session, family.decider, local(12, 16, 20), campaign)
    refused = await zero_reports.of_task(turn, family.task_id)
    assert [line.key for line in refused.lines] == ["progress.zero.below_reports"]
    await filing.new_report(turn, family.task, ReportKind.PROGRESS, text="抽查两村")
    window = report_windows.of_key(family.task, "2026-12-16", campaign)
    assert window is not None
    found = await report_windows.first_report(session, family.task, window)
    assert found is not None
    assert found.window_closed_at is None
    assert await below(session, family.task, local(12, 16, 21)) == [("2026-12-16", 0, 4)]


@pytest.mark.both_engines("sums")
async def test_whose_missing_reports_count_where(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """In the district neither the task's, which owes none, nor its children's, which stand below it."""
    family = await family_of(roster, local(12, 14, 1), "西山村", "东山村")
    east = family.villages[1].unit.id or 0

    async def due(*unit_ids: int, everywhere: bool = False) -> list[int]:
        found = await report_windows.closing(
            session,
            since=local(12, 15, 20),
            until=local(12, 16, 20),
            campaign=campaign,
            scope=None if everywhere else unit_ids,
        )
        return sorted(one.task_id for one in found)

    assert await due(everywhere=True) == []
    assert await due(family.unit.id or 0) == []
    assert await due(east) == [family.parts[1].id]
    assert await due(family.unit.id or 0, east) == []
    family.task.state = TaskState.CANCELLED
    await session.flush()
    assert await due(everywhere=True) == [part.id for part in family.parts]


@pytest.mark.both_engines("sums")
async def test_what_was_missed_before_it_was_broken_down_stays_missed(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """Given on the 7th, broken down on the 10th, and taken back on the 15th, always at noon."""
    family = await family_of(roster, local(12, 10, 12), "西山村")
    family.task.created_at = family.task.assigned_at = local(12, 7, 1)
    await session.flush()

    async def missed() -> list[str]:
        found = await report_windows.closing(
            session, since=local(12, 6), until=local(12, 19), campaign=campaign, scope=[family.unit.id or 0]
        )
        return [window.key[-2:] for one in found for window in one.windows]

    assert await missed() == ["07", "08", "09"]
    family.parts[0].state = TaskState.CANCELLED
    child_duties.set_own_reports(family.task, own=True, now=local(12, 15, 12))
    await session.flush()
    assert await missed() == ["07", "08", "09", "15", "16", "17", "18"]
    turn = tick_for(session, local(12, 18, 9), campaign)
    (row,) = (await unreported_streaks.obligations(turn, [family.task], turn.now)).values()
    assert row.cycle == "2026-12-16~", "the row of missed days begins when it reports by itself again"


@pytest.mark.both_engines("sums")
@pytest.mark.parametrize(("own", "first"), [(True, "2026-12-17~"), (False, "2026-12-15~")])
async def test_a_report_that_a_part_lets_count_above_ends_no_row_of_the_lead(
    session: Session, roster: Roster, local: Local, campaign: Campaign, own: bool, first: str
) -> None:
    """With 本级另报 the lead's own report of the 16th does, that of a village (归入上级任务) does not."""
    family = await family_of(roster, local(12, 14, 1), "西山村", own=True)
    who = family.decider if own else family.villages[0].person
    said = turn_for(session, who, local(12, 16, 10), campaign)
    await filing.new_report(said, family.task, ReportKind.PROGRESS, text="清运12车")
    tick = tick_for(session, local(12, 18, 9), campaign)
    (row,) = (await unreported_streaks.obligations(tick, [family.task], tick.now)).values()
    assert row.cycle == first


async def test_an_older_button_says_no_zero_report_for_the_children(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """For a window that the lead owed before the task was broken down it still may."""
    family = await family_of(roster, local(12, 14, 1))
    family.task.created_at = family.task.assigned_at = local(12, 9, 1)
    turn = turn_for(session, family.decider, local(12, 14, 20), campaign)
    answers = {
        key: await zero_reports.of_window(turn, family.task_id, key) for key in ("2026-12-14", "2026-12-11")
    }
    assert [answer.lines[0].key for answer in answers.values()] == [
        "progress.zero.below_reports",
        "progress.zero.taken_for",
    ]


@pytest.mark.parametrize("switches", [(), (10,), (10, 14), (10, 14, 16), (10, 14, 16, 18)])
async def test_a_day_is_owed_as_it_was_then(
    session: Session, roster: Roster, local: Local, campaign: Campaign, switches: Sequence[int]
) -> None:
    """本级另报 is given up and taken up in turn, at noon of these days: each moment counts."""
    family = await family_of(roster, local(12, 10), "西山村")
    family.task.created_at = family.task.assigned_at = local(12, 9, 1)
    family.task.own_reports, family.task.own_switches = True, ()
    for number, day in enumerate(switches):
        child_duties.set_own_reports(family.task, own=number % 2 == 1, now=local(12, day, 12))
    await session.flush()
    session.expire(family.task)
    found = await report_windows.closing(
        session, since=local(12, 9), until=local(12, 19), campaign=campaign, scope=[family.unit.id or 0]
    )
    owed = {int(window.key[-2:]) for one in found for window in one.windows}
    # People are reminded in the afternoon, so what is chosen at noon is true for that day.
    assert owed == {
        day for day in (9, 10, 11, 14, 15, 16, 17, 18) if sum(at <= day for at in switches) % 2 == 0
    }


async def test_to_choose_the_same_again_changes_nothing(roster: Roster, local: Local) -> None:
    family = await family_of(roster, local(12, 14, 1))
    child_duties.set_own_reports(family.task, own=False, now=local(12, 15))
    assert family.task.own_switches == (local(12, 14, 1),)


# -- how the windows stand below -----------------------------------------------------------------------


async def test_the_windows_stand_below(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """What the card of the task says: of the last window and of the open one."""
    family, at = await family_of(roster, local(12, 14, 1)), local(12, 16, 10)
    for one in family.villages[:3]:
        await report(session, one, local(12, 15, 10))
    await report(session, family.villages[0], local(12, 16, 9))
    assert await below(session, family.task, at) == [("2026-12-15", 3, 4), ("2026-12-16", 1, 4)]
    card = await task_card.card(turn_for(session, family.decider, at, campaign), family.task_id)
    text = card.plain("zh")
    assert "报送：上期（12月15日）下级 3/4 已报，已于12月15日18:00截止" in text
    assert "报送：本期（12月16日）下级 1/4 已报，12月16日18:00截止" in text
    broken = Broken(frequency=DAILY, since=local(12, 14, 1), own=True)
    own = await make_family(roster, broken, "上山村", office=family.office, where="水利局")
    card = await task_card.card(turn_for(session, own.decider, at, campaign), own.task_id)
    assert "报送：12月16日尚未报告，12月16日18:00截止" in card.plain("zh")


async def test_who_owes_no_report_is_not_counted(session: Session, roster: Roster, local: Local) -> None:
    """Three are completed, submitted and cancelled; a fourth got it when most of the day was over."""
    family = await family_of(roster, local(12, 14, 1))
    states = (TaskState.COMPLETED, TaskState.SUBMITTED, TaskState.CANCELLED)
    for part, state in zip(family.parts, states, strict=False):
        part.state = state
    late = Broken(frequency=DAILY, since=local(12, 16, 17))
    await village(roster, family.task, late, "中山村")
    await session.flush()
    windows = await below(session, family.task, local(12, 16, 17, 30))
    assert windows == [("2026-12-15", 0, 1), ("2026-12-16", 0, 1)]
    windows = await below(session, family.task, local(12, 17, 10))
    assert windows == [("2026-12-16", 0, 1), ("2026-12-17", 0, 2)]
    for part in (family.parts[3], family.task):
        part.state = TaskState.SUBMITTED
    await session.flush()
    assert await below(session, family.task, local(12, 17, 10)) == []


async def test_a_child_that_was_broken_down_has_met_it_when_all_below_have(
    session: Session, roster: Roster, local: Local
) -> None:
    """A street owes none of its own; one with 本级另报 owes its own, too."""
    family = await family_of(roster, local(12, 14, 1), "城东街道", "城西街道")
    broken = Broken(frequency=DAILY, since=local(12, 14, 1))
    below_streets = []
    for number, street in enumerate(family.villages):
        child_duties.set_own_reports(street.task, own=number == 1, now=local(12, 14, 1))
        names = (f"{street.unit.name}{name}" for name in ("甲村", "乙村"))
        below_streets.append([await village(roster, street.task, broken, name) for name in names])
    await session.flush()
    at, key = local(12, 15, 10), "2026-12-15"

    async def met() -> int:
        return next(one[1] for one in await below(session, family.task, at) if one[0] == key)

    east, west = below_streets
    steps = [east[0], east[1], west[0], west[1], family.villages[1]]
    found = []
    for number, one in enumerate(steps):
        await report(session, one, at - timedelta(minutes=10 - number))
        found.append(await met())
    assert found == [0, 1, 1, 1, 2]


async def test_children_have_the_fortnights_of_the_task(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """The task is of the week of the 7th, and its child of the week after."""
    broken = Broken(frequency=Frequency.FORTNIGHTLY, since=local(12, 7, 9))
    family = await make_family(roster, broken)
    later = Broken(frequency=Frequency.FORTNIGHTLY, since=local(12, 14, 9))
    child = (await village(roster, family.task, later, "西山村")).task
    grandchild = (await village(roster, child, later, "东山村")).task
    there = [report_windows.rhythm(task, campaign) for task in (family.task, child, grandchild)]
    assert there[0] == there[1] == there[2]
    child.rhythm_from = None
    assert report_windows.rhythm(child, campaign) != there[0]
