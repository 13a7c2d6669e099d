"""Changes between two ticks: the policy, the hour of the digest, what is put off, who can be reached."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from functools import partial

import pytest
from sqlmodel import col, select

from models import people
from models.db import Session
from models.delivery.messages import Outbox
from models.nags import Nag, NagReason, NagState
from models.people import ContactState
from rules.delivery.delivery import MessageKind
from rules.nags.policy import DEFAULT, DutyKind, Policy, Rung, RungMeasure
from rules.nags.snooze import SnoozeChoice
from rules.tasks.task_lifecycle import TaskState
from services import calendar, outbox
from services.campaign import Campaign
from services.delivery import rendering
from services.duties.task_duties import TaskDuty, Tone
from services.nags import nag_digest, nag_engine, policies, rehearsal, snoozing
from services.nags.messages import nag_message
from services.nags.snoozing import SnoozeSubject
from services.nags.subject import NagReader
from services.nags.tasks.task_page import TaskFacts, task_page
from services.views import say
from tests.services.conftest import Local, World
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for


@pytest.fixture(autouse=True)
async def _late(session: Session, world: World) -> None:
    """The task has been late since Monday the 14th."""
    world.task.state, world.task.deadline = TaskState.IN_PROGRESS, date(2026, 12, 14)
    session.add(world.task)
    await session.flush()


async def told(session: Session, at: datetime, campaign: Campaign) -> list[int | None]:
    """The people who hear something about the task."""
    there = await calendar.current_campaign(session, campaign)
    return [one.chat for one in await nag_engine.tick(tick_for(session, at, there)) if "task" in one.subjects]


async def put_in_force(session: Session, policy: Policy, seen: int, now: datetime) -> None:
    await policies.put_in_force(session, policy, seen=seen, actor_id=None, now=now)


# -- the policy ----------------------------------------------------------------------------------------


async def test_a_new_policy_does_not_reach_back_into_the_day(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    """At two o'clock a new policy says that everybody hears at ten and at four."""
    responsible = world.responsible.contact.telegram_user_id
    assert responsible in await told(session, local(12, 15, 9), campaign)
    daily = next(rung for rung in DEFAULT.of(DutyKind.TASK) if rung.every is not None)
    hours = [replace(daily, at=time(10)), replace(daily, at=time(16))]
    rest = [rung for rung in DEFAULT.rungs if rung.kind is not DutyKind.TASK]
    await put_in_force(session, replace(DEFAULT, rungs=(*hours, *rest)), 0, local(12, 15, 14))
    assert await told(session, local(12, 15, 14, 1), campaign) == []
    assert await told(session, local(12, 15, 16), campaign) == [responsible]


async def test_what_a_policy_had_done_with_is_looked_at_by_the_next(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    once = Rung(DutyKind.TASK, 1, RungMeasure.WORKING_DAY, DEFAULT.rungs[0].hears)
    rest = [rung for rung in DEFAULT.rungs if rung.kind is not DutyKind.TASK]
    await put_in_force(session, replace(DEFAULT, rungs=(once, *rest)), 0, local(12, 14, 12))
    assert len(await told(session, local(12, 15, 9), campaign)) == 1
    assert await told(session, local(12, 16, 9), campaign) == []
    await session.refresh(world.task)
    assert world.task.next_nag_at is None
    await put_in_force(session, DEFAULT, 1, local(12, 16, 11))
    assert await told(session, local(12, 16, 12), campaign) == []
    assert world.responsible.contact.telegram_user_id in await told(session, local(12, 17, 9), campaign)


# -- the digest ----------------------------------------------------------------------------------------


async def test_the_digest_comes_at_the_hour_of_the_nags_with_all_of_the_morning(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    """A message of the night goes out at eight; the office's digest counts the nags of nine, too."""
    await told(session, local(12, 15, 9), campaign)
    query = select(Outbox).where(Outbox.view == "nag_office").order_by(col(Outbox.id))
    assert len((await session.exec(query)).all()) == 1
    kept = (await session.exec(select(Nag).where(Nag.contact_id == world.responsible.id))).first()
    assert kept is not None
    kept.state, kept.hold_until, kept.reason = NagState.WAITING, local(12, 16, 8), NagReason.QUIET
    session.add(kept)
    await session.flush()
    assert await told(session, local(12, 16, 8), campaign) == [world.responsible.contact.telegram_user_id]
    assert len((await session.exec(query)).all()) == 1
    await told(session, local(12, 16, 9), campaign)
    await told(session, local(12, 16, 9, 1), campaign)
    rows = (await session.exec(query)).all()
    assert len(rows) == 2
    shown = await rendering.render(tick_for(session, local(12, 16, 9, 1), campaign), rows[1])
    assert shown is not None
    assert "已催办责任人 1 人、1 项" in shown[0].plain("zh")


async def test_the_digest_says_what_waits_for_the_office(
    session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    submitted = await roster.task(world.unit, "更新公益广告", date(2026, 12, 31))
    submitted.state = TaskState.SUBMITTED
    world.task.extension_until, world.task.extension_asked_at = date(2026, 12, 31), local(12, 14, 16)
    await session.flush()
    view = await nag_digest.digest_view(tick_for(session, local(12, 15, 9), campaign), date(2026, 12, 15), 1)
    assert "待创城办处理：办结申请 1 项、延期申请 1 项" in view.plain("zh")
    assert [one.action for one in view.rows[0]] == ["desk.open", "nags.front"]


async def test_a_rehearsal_of_the_hour_shows_the_digest_that_has_gone_out(
    session: Session, local: Local, campaign: Campaign
) -> None:
    await told(session, local(12, 15, 9), campaign)
    async with session.begin_nested() as rehearsed:
        planned = await rehearsal.rehearse(
            tick_for(session, local(12, 15, 9, 30), campaign), at=local(12, 15, 9)
        )
        await rehearsed.rollback()
    assert "nag-office" in {one.slot.rpartition("/")[2] for one in planned}


# -- put off -------------------------------------------------------------------------------------------


async def test_what_waits_for_their_morning_is_put_off_along(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    """The person sleeps until eleven and at ten puts the task off until afternoon: it comes then, once."""
    contact = world.responsible.contact
    contact.quiet_from, contact.quiet_until = time(20), time(11)
    session.add(contact)
    assert contact.telegram_user_id not in await told(session, local(12, 15, 9), campaign)
    turn = turn_for(session, world.responsible, local(12, 15, 10), campaign)
    await snoozing.snooze(
        turn, SnoozeSubject(subject="task", subject_id=world.task_id), SnoozeChoice.AFTERNOON
    )
    assert await told(session, local(12, 15, 11), campaign) == []
    assert await told(session, local(12, 15, 15), campaign) == [contact.telegram_user_id]
    assert await told(session, local(12, 15, 15, 1), campaign) == []


# -- who can be reached --------------------------------------------------------------------------------


async def test_who_is_back_by_now_is_not_missed(session: Session, world: World) -> None:
    contact = world.responsible.contact
    contact.state = ContactState.UNREACHABLE
    session.add(contact)
    await session.flush()
    assert await people.missing(session, {world.responsible.id}) == {world.responsible.id}
    contact.state = ContactState.ENROLLED
    session.add(contact)
    await session.flush()
    assert await people.missing(session, {world.responsible.id}) == set()


async def test_a_tally_for_a_group_that_has_just_moved_is_sent(
    session: Session, local: Local, campaign: Campaign
) -> None:
    """The old chat is no longer known here; Telegram says where the group has gone."""
    at, view = local(12, 15, 18), say("common.as_is", text="日报")
    await outbox.enqueue(session, MessageKind.TALLY, "k", view, now=at, chat=(-100, None))
    row = (await session.exec(select(Outbox).where(Outbox.dedupe_key == "k"))).one()
    assert await rendering.render(tick_for(session, at, campaign), row) is not None


# -- the line's button ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "owed", "day", "actions"),
    [
        # A person who reports has signed by that.
        (TaskState.ASSIGNED, [DutyKind.REPORT], 15, ["report.start", "nag.zero"]),
        (TaskState.ASSIGNED, [DutyKind.REPORT, DutyKind.UNSIGNED], 15, ["report.start", "nag.zero"]),
        (TaskState.ASSIGNED, [DutyKind.TASK], 15, ["nag.sign"]),
        (TaskState.ASSIGNED, [DutyKind.UNSIGNED], 15, ["nag.sign"]),
        (TaskState.ASSIGNED, [DutyKind.TASK], 21, ["nag.sign", "nag.submit", "nag.explain"]),
        (TaskState.ACKNOWLEDGED, [DutyKind.TASK], 15, ["report.start"]),
        (TaskState.ACKNOWLEDGED, [DutyKind.TASK], 18, ["report.start", "nag.submit"]),
        (TaskState.ACKNOWLEDGED, [DutyKind.TASK], 21, ["report.start", "nag.submit", "nag.explain"]),
        (
            TaskState.IN_PROGRESS,
            [DutyKind.TASK, DutyKind.REPORT],
            21,
            ["report.start", "nag.zero", "nag.submit", "nag.explain"],
        ),
    ],
)
async def test_the_buttons_of_a_line_answer_it(
    world: World,
    local: Local,
    campaign: Campaign,
    state: TaskState,
    owed: list[DutyKind],
    day: int,
    actions: list[str],
) -> None:
    world.task.state, world.task.deadline = state, date(2026, 12, 18)
    duty = TaskDuty(world.task_id, Tone.NAG, None, owed=tuple((kind, "c") for kind in owed))
    known = TaskFacts({world.task_id: world.task}, {}, {world.unit.id or 0: world.unit.name}, [])
    at = local(12, day, 9)
    reading = NagReader(world.responsible.id, date(2026, 12, day), at, campaign, outbox_id=1)
    view = nag_message.build([partial(task_page, [duty], known)], reading)
    assert [one.action for one in view.rows[0]] == actions
