"""The forecast of the nags: it says what the engine then does, and writes nothing."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from itertools import cycle

import pytest
from sqlmodel import col, select

from models import retention
from models.db import Session
from models.delivery.messages import Outbox
from models.nags import BELOW, Nag, NagReason, NagState, Snooze
from models.people.absences import Absence
from rules.cases.case_lifecycle import CaseEvent
from rules.delivery.delivery import DeliveryState
from rules.duties.frequencies import Frequency
from rules.nags.levels import Level
from rules.nags.policy import DutyKind
from rules.people.roles import Role
from rules.tasks.task_lifecycle import TaskState
from rules.working_time import TimeUnit
from services.access import Actor
from services.campaign import Campaign
from services.cases.case_steps import StepDetails
from services.duties.task_duties import TaskDuty
from services.errors import DomainError
from services.nags import nag_forecast_view, nag_records
from services.nags.nag_forecast import Forecast, ForecastFate, ForecastMessage, forecast
from services.nags.nag_forecast_view import ListedMessage
from tests.services.conftest import Local, World
from tests.services.nags.families import Broken, make_family, run
from tests.support.cases import TO_DISPATCHED, CaseDesk
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

Said = dict[tuple[int, datetime], set[tuple[object, ...]]]


def _what(row: Nag) -> tuple[object, ...]:
    return row.kind, row.subject, row.subject_id, row.level, row.rung, row.instead_of


def _of_tasks(letter: ForecastMessage) -> list[TaskDuty]:
    return [line for line in letter.lines.get("task", ()) if isinstance(line, TaskDuty)]


async def _kept(session: Session) -> list[Nag]:
    query = select(Nag).order_by(col(Nag.id)).execution_options(populate_existing=True)
    return list(await session.exec(query))


async def _week(session: Session, world: World, roster: Roster, local: Local, desk: CaseDesk) -> None:
    """A week with everything that moves a nag.

    That is leave, a person's own quiet hours, a weekend, a snooze, windows of reports, what is to be passed
    on, too many pushes for one day, a 主要领导, and orders that change their colour.
    """
    responsible, unit = world.responsible.contact, world.unit
    responsible.section = "市容科"
    late_riser = await roster.contact(unit, "晚起的人", Role.RESPONSIBLE_PERSON)
    late_riser.quiet_from, late_riser.quiet_until = time(20), time(11)
    late_riser.section = "市容科"
    await roster.contact(unit, "城管局主要领导", Role.PRINCIPAL_LEADER)
    world.task.handling_section = "市容科"
    for name, day, who in (
        ("清理小广告", date(2026, 12, 8), responsible),
        ("规范停车", date(2026, 12, 21), late_riser),
        ("无人负责的任务", date(2026, 12, 17), None),
        ("无人负责的日报", None, None),
        ("每日巡查", None, late_riser),
        ("每日清扫", None, responsible),
        ("夜间巡逻", None, responsible),
        ("限期清运", date(2026, 12, 18), late_riser),
        ("限期整治", date(2026, 12, 17), responsible),
        ("双周汇总", None, late_riser),
    ):
        task = await roster.task(unit, name, day, who)
        task.state = TaskState.ACKNOWLEDGED if name != "规范停车" else TaskState.ASSIGNED
        if name == "夜间巡逻":
            task.frequency = Frequency.SHIFT
        if name == "每日清扫":
            task.frequency = Frequency.WEEKLY
        if name.startswith("限期"):
            task.frequency = Frequency.DAILY if name == "限期清运" else Frequency.WEEKLY
        if name == "双周汇总":
            task.frequency = Frequency.FORTNIGHTLY
            task.created_at = task.assigned_at = local(12, 8)
    theirs, deputy = world.responsible.id, world.liaison.id
    days = (date(2026, 12, 16), date(2026, 12, 17))
    session.add(
        Absence(
            contact_id=theirs,
            deputy_id=deputy,
            first=days[0],
            last=days[1],
            made_by=theirs,
            made_at=local(12, 14),
        )
    )
    session.add(
        Snooze(
            contact_id=theirs,
            subject="task",
            subject_id=world.task_id,
            until=local(12, 18, 15),
            created_at=local(12, 14),
        )
    )
    await session.flush()
    await _below(session, world, roster, local)
    await _cases(world, local, desk)


async def _below(session: Session, world: World, roster: Roster, local: Local) -> None:
    """Tasks that are broken down: late and silent children, a pause, requests that wait, and all done."""
    late = Broken(deadline=date(2026, 12, 15), since=local(12, 1))
    family = await make_family(roster, late, "西山村", "东山村", "南山村", office=world.office)
    family.parts[1].paused_until = local(12, 17, 16)
    family.parts[2].extension_asked_at = local(12, 15, 9, 10)
    family.parts[2].extension_until = date(2026, 12, 25)
    who = family.decider.id
    days = (date(2026, 12, 16), date(2026, 12, 17))
    session.add(
        Absence(
            contact_id=who,
            deputy_id=family.liaison.id,
            first=days[0],
            last=days[1],
            made_by=who,
            made_at=local(12, 14),
        )
    )
    daily = Broken(frequency=Frequency.DAILY, since=local(12, 14, 20))
    await make_family(roster, daily, "北山村", "中山村", office=world.office, where="水利局")
    done = Broken(deadline=date(2026, 12, 31), since=local(12, 1))
    asked = await make_family(roster, done, "下山村", office=world.office, where="商务局")
    asked.parts[0].state, asked.parts[0].next_nag_at = TaskState.SUBMITTED, None
    asked.task.below_asked_at = local(12, 15, 9, 20)
    over = await make_family(roster, done, "上山村", office=world.office, where="林业局")
    over.parts[0].state, over.parts[0].next_nag_at = TaskState.COMPLETED, None
    over.task.below_done_at = over.parts[0].completed_at = local(12, 15, 9, 20)
    await session.flush()


async def _cases(world: World, local: Local, desk: CaseDesk) -> None:
    for name, at, amount, measure in (
        ("占道经营", local(12, 15, 8, 30), 3, TimeUnit.WORKING_DAY),
        ("施工围挡", local(12, 14, 8, 30), 2, TimeUnit.WORKING_DAY),
        ("线缆下垂", local(12, 14, 8, 30), 5, TimeUnit.WORKING_DAY),
        ("井盖缺失", local(12, 17, 8, 30), 8, TimeUnit.URGENT_HOUR),
    ):
        category = await desk.category(name, unit=world.unit, amount=amount, measure=measure)
        case = await desk.report(world.office, category, at=at)
        events = (*TO_DISPATCHED, CaseEvent.ACKNOWLEDGE)
        await desk.bring(case, *events, office=world.office, unit=world.responsible, at=at)
        if name == "施工围挡":
            until = StepDetails(until=local(12, 16, 10), reason="待气温回升")
            await desk.step(case, CaseEvent.SUSPEND, world.office, at=at + timedelta(hours=1), change=until)
        if name == "线缆下垂":
            why = StepDetails(reason="须停电施工")
            await desk.step(
                case, CaseEvent.ASK_EXTENSION, world.responsible, at=at + timedelta(hours=1), change=why
            )


async def test_it_says_what_the_engine_will_do(
    session: Session,
    world: World,
    roster: Roster,
    local: Local,
    case_desk: CaseDesk,
    now: datetime,
    campaign: Campaign,
) -> None:
    await _week(session, world, roster, local, case_desk)
    # Something of yesterday waits already, and one push of today has gone out.
    await run(session, now, local(12, 15, 9, 30), campaign, most=500)
    before = [row.model_dump() for row in await _kept(session)]
    now = local(12, 15, 9, 31)
    told = await forecast(tick_for(session, now, campaign))
    await _and_its_pages(session, world, told, now, campaign)
    assert not session.new
    assert not session.dirty
    assert [row.model_dump() for row in await _kept(session)] == before, "a forecast writes nothing"
    await run(session, now, told.scene.until, campaign, most=500)

    after = [row for row in await _kept(session) if row.settled_at is None or row.settled_at >= now]
    said: Said = defaultdict(set)
    for row in after:
        if row.state is NagState.TOLD and row.settled_at is not None:
            said[row.contact_id or 0, row.settled_at].add(_what(row))
    foreseen: Said = defaultdict(set)
    for letter in told.letters:
        if letter.fate is ForecastFate.SENT:
            foreseen[letter.contact.id or 0, letter.at] |= {_what(row) for row in letter.told}
    assert foreseen == said
    assert set(DutyKind) == {kind for many in said.values() for kind, *_ in many}
    above = {what for many in said.values() for what in many if what[3] is Level.DECIDER}
    assert {(kind, subject) for kind, subject, *_ in above} == {
        *((DutyKind.TASK, BELOW), (DutyKind.REPORT, BELOW), (DutyKind.BELOW_ASKED, BELOW)),
        (DutyKind.EXTENSION, "task"),
    }
    _and_the_rest(told, after)
    await _and_the_records(session, world, told.scene.until, campaign)


async def _and_its_pages(
    session: Session, world: World, told: Forecast, now: datetime, campaign: Campaign
) -> None:
    """One letter of each sort opens as it would read, with a reason for each thing in it."""
    sorts = {(one.fate, one.office, *one.lines): one for one in told.letters}
    assert len(sorts) >= 5
    for letter in sorts.values():
        listed = ListedMessage(letter.contact.id or 0, letter.at, letter.office, letter.fate)
        turn = turn_for(session, world.office, now, campaign)
        view = await nag_forecast_view.letter_page(turn, listed, offset=0)
        subjects = [line for line in view.lines if line.key == "nags.numbered"]
        whys = [line.values["reasons"] for line in view.lines if line.key == "nags.week.why"]
        assert len(whys) == len(subjects) == letter.count
        assert all(whys)


async def _and_the_records(session: Session, world: World, now: datetime, campaign: Campaign) -> None:
    """The card's records: the office reads all of them, a colleague only what they were told themselves."""

    async def read(actor: Actor) -> str:
        turn = turn_for(session, actor, now, campaign)
        return (await nag_records.of_subject(turn, "task", world.task_id)).plain("zh")

    shown, theirs, colleagues = [await read(who) for who in (world.office, world.responsible, world.liaison)]
    assert "任务时限·限期前3个工作日（稍后提醒至12月18日15:00，未发）" in shown
    assert "12月21日09:00 提示 城管局分管领导：任务时限·限期后第1个工作日" in shown
    assert "下次提醒：12月23日09:00 → 城管局责任人、城管局分管领导" in shown
    assert "限期前3个工作日" in theirs
    assert "代城管局责任人" in theirs, "what was told to who stood in for them"
    assert "提示 城管局分管领导" not in theirs
    assert "下次提醒：12月23日09:00 → 城管局责任人\n" in theirs
    assert colleagues.splitlines()[1:] == [line for line in theirs.splitlines() if "联络员" in line]
    with pytest.raises(DomainError):
        await read(world.other_liaison)

    states = [DeliveryState.SENT, DeliveryState.UNDELIVERABLE, DeliveryState.UNKNOWN]
    for row, state in zip(await session.exec(select(Outbox)), cycle(states), strict=False):
        row.state = state
    shown = await read(world.office)
    for delete in (retention.delete_finished_messages, retention.delete_held_messages):
        assert await delete(session, now + timedelta(days=1)) > 0
    assert (await session.exec(select(Outbox.id))).all() == []
    assert await read(world.office) == shown, "the records outlive their messages"


def _and_the_rest(told: Forecast, after: list[Nag]) -> None:
    waits = {
        (row.contact_id, row.created_at, *_what(row)) for row in after if row.reason is NagReason.RELEASE
    }
    release = [letter for letter in told.letters if letter.fate is ForecastFate.RELEASE]
    assert {(row.contact_id, row.created_at, *_what(row)) for one in release for row in one.told} == waits
    assert waits, "the scene has one"
    held = {_what(row) for row in after if row.state is NagState.HELD}
    assert {_what(row) for row in told.held} == held
    assert NagReason.SNOOZED in {row.reason for row in told.held}
    assert any(row.instead_of and row.settled_at and row.settled_at < row.due_at for row in after)
    assert any(letter.fate is ForecastFate.MERGED for letter in told.letters), "too much for one day"
    assert any(duty.deputy for letter in told.letters for duty in _of_tasks(letter)), "somebody stood in"
    days = {one.at.astimezone(told.scene.turn.campaign.zone).date() for one in told.letters if _of_tasks(one)}
    assert date(2026, 12, 18) in days
