"""A task with a deadline of which reports are owed until it is done: 时限12月31日，每周报送."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest
from sqlmodel import col, select

from models import tasks
from models.db import Session, ident
from models.delivery.messages import Outbox
from models.nags import Nag, NagState
from models.tasks import Task, counted_tasks
from rules.duties.frequencies import Frequency
from rules.nags.policy import DutyKind
from rules.tasks.lamps import Lamp
from rules.tasks.task_lifecycle import TaskState
from services.campaign import Campaign
from services.dry_run import PlannedMessage
from services.duties import report_windows, task_duties
from services.duties.task_duties import DutyStanding, TaskDuty
from services.nags import nag_engine
from services.nags.tasks import task_done, task_pauses
from services.nags.tasks.task_pauses import PauseMatter
from services.nags.tasks.task_subject import TASKS
from services.tallies import tally_counting
from services.task_wording import due_text, reports_text, task_lamp
from services.tasks import extension_steps, task_card, task_lists, task_steps
from tests.services.conftest import Local, World
from tests.services.progress.talk import Talk, buttons, keys, line
from tests.support.turns import tick_for, turn_for


@pytest.fixture(autouse=True)
async def both(session: Session, world: World, local: Local) -> Task:
    """The task of the world is due on Friday the 18th, and is reported on each week; it is in work."""
    task = world.task
    task.frequency, task.state = Frequency.WEEKLY, TaskState.IN_PROGRESS
    session.add(task)
    await session.flush()
    return task


async def played(
    session: Session, begin: datetime, end: datetime, campaign: Campaign
) -> list[tuple[datetime, PlannedMessage]]:
    """What the engine would send, at each moment at which it has something to do."""
    told, at = [], begin
    for _ in range(200):
        await session.exec(select(Task).execution_options(populate_existing=True))
        planned = await nag_engine.tick(tick_for(session, at, campaign))
        told += [(at, await one.made()) for one in planned if not one.slot.endswith("nag-office")]
        at = max(await nag_engine.next_due(session) or end, at + timedelta(seconds=1))
        if at > end:
            return told
    raise AssertionError("it does not come to its end")


async def kinds(session: Session) -> dict[str, list[str]]:
    """The cycles of which something was told, by kind."""
    query = select(Nag).where(col(Nag.state) == NagState.TOLD).order_by(col(Nag.id))
    found: dict[str, list[str]] = {}
    for row in await session.exec(query):
        cycles = found.setdefault(row.kind, [])
        if row.cycle not in cycles:
            cycles.append(row.cycle)
    return found


def of(told: Sequence[tuple[datetime, PlannedMessage]], talk: Talk) -> list[tuple[datetime, str]]:
    return [(at, one.view.plain("zh")) for at, one in told if one.chat == talk.chat_id]


async def test_three_weeks_ask_for_both_and_never_twice_at_once(
    session: Session, talk: Talk, local: Local, campaign: Campaign
) -> None:
    told = await played(session, local(12, 15, 8), local(1, 5, 20, year=2027), campaign)
    said = await kinds(session)
    assert said[DutyKind.TASK] == ["2026-12-18"]
    # The deadline passes, the task is not done: its weeks are owed as before.
    assert said[DutyKind.REPORT] == ["2026-W51", "2026-W52", "2026-W53"]
    per_moment = Counter((at, one.chat) for at, one in told)
    assert set(per_moment.values()) == {1}, "one message for one person at one moment"
    per_day = Counter((at.astimezone(campaign.zone).date(), one.chat) for at, one in told)
    assert max(per_day.values()) <= 2
    mine = of(told, talk)
    assert all(text.count("清理违规广告牌匾") == 1 for _, text in mine)
    friday = next(text for at, text in mine if at >= local(12, 18, 9))
    assert "清理违规广告牌匾，今天到期、每周报告未报（12月18日18:00截止）" in friday
    later = next(text for at, text in mine if at >= local(12, 24))
    assert "🔴 清理违规广告牌匾，已逾期" in later
    assert "每周报告" in later


async def test_what_a_line_offers(
    session: Session, talk: Talk, world: World, local: Local, campaign: Campaign
) -> None:
    told = await played(session, local(12, 18, 9), local(12, 18, 10), campaign)
    (view,) = [one.view for _, one in told if one.chat == talk.chat_id]
    offered = [one.action for row in view.rows for one in row]
    assert {"report.start", "nag.submit"} <= set(offered)
    (start,) = buttons(view, "report.start")
    assert start.arguments == {"task_id": world.task_id, "window": "2026-W51"}


async def test_a_report_leaves_the_deadline_and_the_end_leaves_nothing(
    session: Session, talk: Talk, world: World, local: Local, campaign: Campaign
) -> None:
    talk.now = local(12, 17, 10)

    async def owed(at: datetime) -> list[str]:
        found = await task_duties.owed(tick_for(session, at, campaign), [world.task])
        return [one.kind for one in found[world.task_id]]

    assert await owed(talk.now) == [DutyKind.TASK, DutyKind.REPORT]
    await talk.report("今天清理违规广告牌匾12处", about=[world.task_id])
    assert await owed(talk.now) == [DutyKind.TASK]
    assert await owed(local(12, 22, 10)) == [DutyKind.TASK, DutyKind.REPORT], "late, and a week is open"
    # 申请办结 ends both, and both are back when it is sent back.
    await task_steps.submit(turn_for(session, world.responsible, local(12, 22, 11), campaign), world.task_id)
    await session.refresh(world.task)
    assert await owed(local(12, 23, 10)) == []
    await task_steps.complete(turn_for(session, world.office, local(12, 23, 11), campaign), world.task_id)
    await session.refresh(world.task)
    assert await owed(local(12, 29, 10)) == []
    assert world.task.next_nag_at is None
    assert await counted_tasks.recurring_in(session, None) == []


async def test_a_report_that_says_all_is_done_offers_the_end(talk: Talk, world: World, local: Local) -> None:
    talk.now = local(12, 17, 10)
    await talk.report("违规广告牌匾已全部清理完毕，完成100%", about=[world.task_id])
    (receipt,) = await talk.receipts()
    assert buttons(receipt, "nag.submit")


async def test_card_and_list_say_both(
    session: Session, talk: Talk, world: World, local: Local, campaign: Campaign
) -> None:
    task, now = world.task, local(12, 15, 10)
    turn = turn_for(session, world.responsible, now, campaign)
    shown = await task_card.card(turn, world.task_id)
    assert "完成时限：12月18日，还剩3天，每周报告" in shown.plain("zh").replace("2026年", "")
    assert "12月14日至12月20日当周尚未报告" in shown.plain("zh")
    (zero,) = buttons(shown, "report.zero")
    assert "progress.zero_button.weekly" in str(zero.label)
    listed = await task_lists.list_view(turn)
    assert "还剩3天，每周报告" in listed.plain("zh")
    assert reports_text(task).key == "nags.report.weekly"
    # The lamp is the deadline's, whatever is not reported.
    lamps = [task_lamp(task, at, campaign) for at in (local(12, 1), now, local(12, 21))]
    assert lamps == [Lamp.GREEN, Lamp.YELLOW, Lamp.RED]
    task.state = TaskState.COMPLETED
    assert [due_text(task, now, campaign).key] == ["tasks.due_and_reports"]


async def test_the_tally_counts_the_deadline_and_names_the_week(
    session: Session, talk: Talk, world: World, local: Local, campaign: Campaign
) -> None:
    counted = await tally_counting.count(
        session, since=local(12, 20, 18), as_of=local(12, 21, 18), campaign=campaign
    )
    assert [one.objective for one in counted.late] == [world.task.objective]
    assert counted.not_reported == ["城管局"]
    span = {"since": local(12, 24, 18), "until": local(12, 25, 18)}
    (due,) = await report_windows.closing(
        session, since=span["since"], until=span["until"], campaign=campaign, scope=None
    )
    assert (due.task_id, [window.key for window in due.windows]) == (world.task_id, ["2026-W52"])


async def test_nothing_new_is_said_of_its_week(talk: Talk, world: World, local: Local) -> None:
    talk.now = local(12, 22, 10)
    card = await talk.write("本周无新增")
    said = line(card, "progress.zero.of_yours").values
    assert (said["objective"], said["frequency"].key) == (world.task.objective, "nags.report.weekly")
    assert keys(await talk.zero("本周无新增")) == ["progress.zero_taken"]
    found = await report_windows.missing(tick_for(talk.session, talk.now, talk.campaign), [world.task])
    assert [window.key for window in found.get(world.task_id, [])] == ["2026-W51"]


async def test_an_extension_moves_the_deadline_alone_and_a_pause_silences_both(
    session: Session, talk: Talk, world: World, local: Local, campaign: Campaign
) -> None:
    office = turn_for(session, world.office, local(12, 16, 10), campaign)
    await tasks.lock(session, world.task_id)
    await extension_steps.move(office, world.task, date(2026, 12, 31), None, "天气原因")
    await session.refresh(world.task)
    assert (world.task.deadline, world.task.frequency) == (date(2026, 12, 31), Frequency.WEEKLY)
    told = of(await played(session, local(12, 18, 8), local(12, 18, 20), campaign), talk)
    assert [("每周报告未报" in text, "到期" in text) for _, text in told] == [(True, False)]
    turn = turn_for(session, world.office, local(12, 21, 8), campaign)
    await task_pauses.decide(turn, PauseMatter(world.task_id, 0, date(2027, 1, 3)), "等待验收")
    assert of(await played(session, local(12, 21, 9), local(1, 3, 20, year=2027), campaign), talk) == []


async def test_a_day_is_told_from_the_deadline_of_that_day(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    """The report of the 18th and the deadline of the 18th: both are among the next reminders."""
    world.task.frequency = Frequency.DAILY
    session.add(world.task)
    await session.flush()
    await played(session, local(12, 15, 8), local(12, 17, 19), campaign)
    turn = turn_for(session, world.office, local(12, 17, 20), campaign)
    coming = {one.at for one in (await TASKS.file(turn, ident(world.task))).coming or ()}
    assert {local(12, 18, 9), local(12, 18, 16, 24)} <= coming


async def test_the_report_marks_its_part_of_the_line(
    session: Session, talk: Talk, world: World, local: Local, campaign: Campaign
) -> None:
    """Friday's line names both; a report leaves the deadline and its buttons."""
    (*_, (_, last)) = await played(session, local(12, 15, 8), local(12, 18, 10), campaign)
    query = select(Outbox).where(Outbox.view == "nag").order_by(col(Outbox.id).desc())
    row = (await session.exec(query)).first()
    assert row is not None
    assert row.chat_id == talk.chat_id == last.chat
    (duty,) = row.content["duties"]
    assert duty["owed"] == [["task", "2026-12-18"], ["report", "2026-W51"]]
    talk.now = local(12, 18, 11)
    await talk.report("今天清理违规广告牌匾12处", about=[world.task_id])
    standing = await DutyStanding.of(session, [world.task_id], talk.now, campaign)
    done = await task_done.done(session, standing, row, world.responsible.contact, campaign)
    assert [text.key for text in done.values()] == ["nags.done.reported"]
    left = standing.still(TaskDuty.from_json(duty), world.responsible.contact)
    assert left is not None
    assert left.owed == (("task", "2026-12-18"),)
