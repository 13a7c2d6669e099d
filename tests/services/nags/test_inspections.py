"""迎检: announced, counted down to, with shorter limits, called off; and the alarm before a calendar ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import col, select

from models import cases
from models.audit_log import Audit
from models.db import Session
from models.delivery.messages import Outbox
from models.groups import GroupChat
from models.nags.policies import Inspection
from rules.cases.case_lifecycle import CaseEvent
from rules.delivery.delivery import MessageKind
from rules.nags.inspections import InspectionWords
from rules.people.roles import Tier
from rules.working_days import WorkingDays
from rules.working_time import TimeUnit
from services import calendar
from services.access import Actor
from services.campaign import Campaign
from services.cases.orders import order_choice
from services.cases.orders.dispatching import dispatch
from services.cases.orders.order_choice import DispatchChoice
from services.delivery import rendering
from services.nags import inspections
from services.task_wording import is_signing_overdue
from services.views import View
from tests.services.conftest import Local, World
from tests.services.progress.talk import refused
from tests.support.cases import CaseDesk
from tests.support.turns import tick_for, turn_for

SAID = InspectionWords(date(2026, 12, 17), date(2026, 12, 20), "国家测评迎检")
PERIOD = (SAID.first, SAID.last)


async def test_announced_once_and_called_off(
    session: Session, world: World, campaign: Campaign, now: datetime
) -> None:
    at: dict[str, Any] = {"now": now, "campaign": campaign}
    asked = await inspections.preview(turn_for(session, world.office, **at), "12月17日-20日 国家测评迎检")
    assert "2026年12月17日至2026年12月20日，共4天" in asked.plain("zh")
    shown = await inspections.confirm(turn_for(session, world.office, **at), SAID)
    assert "即将迎检：国家测评迎检" in shown.plain("zh")
    assert (
        await refused(inspections.confirm(turn_for(session, world.office, **at), SAID))
        == "inspection.another"
    )
    known = await calendar.current_campaign(session, campaign)
    assert known.inspections == (PERIOD,)
    ((button,),) = shown.rows
    ended = await inspections.cancel(turn_for(session, world.office, **at), button.arguments["id"])
    await inspections.cancel(turn_for(session, world.office, **at), button.arguments["id"])
    assert "目前没有迎检安排" in ended.plain("zh")
    assert (await calendar.current_campaign(session, known)).inspections == ()
    query = select(Audit.event).where(Audit.subject_type == "inspection").order_by(col(Audit.id))
    assert list(await session.exec(query)) == ["announce", "call_off"]
    for words, key in (
        ("国家测评", "inspection.unreadable"),
        ("12月17日", "inspection.name_it"),
        ("12月17日 " + "迎" * 61, "inspection.name_it"),
        ("2026年12月10日-12日 迎检", "inspection.is_over"),
        ("12月17日-3月20日 迎检", "inspection.too_long"),
    ):
        assert await refused(inspections.preview(turn_for(session, world.office, **at), words)) == key
    for doing in (
        inspections.list_inspections(turn_for(session, world.leader, **at)),
        inspections.preview(turn_for(session, world.leader, **at), "12月17日 迎检"),
        inspections.confirm(turn_for(session, world.leader, **at), SAID),
        inspections.cancel(turn_for(session, world.leader, **at), 1),
    ):
        assert await refused(doing) == "tasks.office_only"


async def test_the_groups_count_down(
    session: Session, world: World, campaign: Campaign, now: datetime, local: Local
) -> None:
    """Once a day from seven days before, on days off too; not at night, and not for a day that is over."""
    scopes: tuple[dict[str, Any], ...] = ({}, {"tier": Tier.STREET}, {"active": False})
    for number, scope in zip((-101, -102, -103), scopes, strict=True):
        bound = {"bound_by": world.office.id, "bound_at": now, "tallied_until": now}
        session.add(GroupChat(chat_id=number, title=str(number), **{**bound, **scope}))
    early = now - timedelta(days=10)
    await inspections.confirm(turn_for(session, world.office, early, campaign), SAID)

    async def said(moment: datetime) -> list[tuple[int | None, str]]:
        told = await inspections.countdown_tick(tick_for(session, moment, campaign))
        return [(one.chat, one.view.plain("zh")) for one in told]

    assert await said(local(12, 9, 8)) == []
    assert await said(local(12, 10, 7, 59)) == []
    first, second = await said(local(12, 10, 8))
    assert first == (-101, "📣 距国家测评迎检还有7天（12月17日开始）\n在办任务 1 项，其中逾期 0 项")
    assert second == (-102, "📣 距国家测评迎检还有7天（12月17日开始）\n在办任务 0 项，其中逾期 0 项")
    assert await said(local(12, 10, 8)) == await said(local(12, 10, 20)) == []
    assert await said(local(12, 11, 21)) == []
    ((_, sunday), _) = await said(local(12, 20, 9))
    assert sunday == "📣 国家测评迎检第4天（共4天）\n在办任务 1 项，其中逾期 1 项"
    assert await said(local(12, 21, 9)) == []
    slots = [row.dedupe_key for row in await session.exec(select(Outbox).order_by(col(Outbox.id)))]
    groups = [
        row.id
        for row in await session.exec(
            select(GroupChat).where(col(GroupChat.active)).order_by(col(GroupChat.id))
        )
    ]
    assert slots == [f"2026-12-{day}/countdown:{group}" for day in (10, 20) for group in groups]
    rehearsed = await inspections.rehearse(session, at=local(12, 12, 8), campaign=campaign)
    assert [one.slot for one in rehearsed] == ["2026-12-12/countdown"] * 2
    assert await inspections.rehearse(session, at=local(12, 13, 9), campaign=campaign) == []
    # A countdown that was not sent on its day says nothing later, and nothing in a group that is not bound.
    row = (await session.exec(select(Outbox).order_by(col(Outbox.id)))).first()
    assert row is not None
    assert await rendering.render(tick_for(session, local(12, 10, 9), campaign), row) is not None
    assert await rendering.render(tick_for(session, local(12, 11, 9), campaign), row) is None
    row.chat_id = -103
    assert await rendering.render(tick_for(session, local(12, 10, 9), campaign), row) is None


async def test_announced_for_today_it_is_said_today(
    session: Session, world: World, campaign: Campaign, now: datetime, local: Local
) -> None:
    """The hour of the countdown is over: it comes at once, and once, even when it is announced again."""
    bound: dict[str, Any] = {"bound_by": world.office.id, "bound_at": now, "tallied_until": now}
    session.add(GroupChat(chat_id=-101, title="群", **bound))
    assert await inspections.countdown_tick(tick_for(session, local(12, 17, 8), campaign)) == []
    for hour, told in ((10, 1), (11, 0)):
        at: dict[str, Any] = {"now": local(12, 17, hour), "campaign": campaign}
        shown = await inspections.confirm(turn_for(session, world.office, **at), SAID)
        assert len(await inspections.countdown_tick(tick_for(session, **at))) == told
        await inspections.cancel(turn_for(session, world.office, **at), shown.rows[0][0].arguments["id"])


async def test_what_was_told_stays(
    session: Session, world: World, campaign: Campaign, now: datetime, local: Local
) -> None:
    """The day of 签收 for what was handed over on the 15th stays as it was told.

    It is that day only if 迎检 was announced by then, and still so when 迎检 is called off on the 17th.
    Otherwise those above would hear of it twice, or never.
    """

    async def due(**said: Any) -> int:
        row = Inspection(
            name="迎检", first=date(2026, 12, 15), last=SAID.last, made_by=world.office.id, **said
        )
        session.add(row)
        await session.flush()
        known = await calendar.current_campaign(session, campaign)
        await session.delete(row)
        return known.sign_by(world.task.assigned_at).day

    assert await due(made_at=local(12, 14, 9)) == 15
    assert await due(made_at=local(12, 14, 9), ended_at=local(12, 17, 10)) == 15
    assert await due(made_at=local(12, 17, 10)) == 16
    assert await due(made_at=local(12, 14, 9), ended_at=local(12, 15, 10)) == 16


async def test_an_order_has_half_its_time(
    session: Session, world: World, campaign: Campaign, now: datetime, local: Local
) -> None:
    """The preview and the order say so; colours and an extension follow.

    The next order after 迎检 has its category's time.
    """
    desk = CaseDesk(session, now, campaign)
    category = await desk.category(unit=world.unit, amount=3, measure=TimeUnit.WORKING_DAY)
    case = await desk.report(world.other_liaison, category)
    case = await desk.step(case, CaseEvent.REGISTER, world.office)
    during = replace(campaign, inspections=((date(2026, 12, 15), date(2026, 12, 16)),))
    wanted = DispatchChoice(((case.id or 0, case.steps),))
    plan = await order_choice.preview(turn_for(session, world.office, now, during, chat=1), wanted)
    assert "时限12月16日14:45" in plan.plain("zh")
    assert "迎检期间，办理时限减半。" in plan.plain("zh")
    order = await _send(session, world.office, case.id, world.unit.id, now, during)
    case = await _again(session, case.id)
    assert (case.limit_amount, case.usual_amount) == (Decimal("1.5"), Decimal(3))
    assert case.limit_at == local(12, 16, 14, 45)
    assert case.sign_by == local(12, 15, 14, 45), "half a working day, not a whole one"
    assert order.requirement == "请在办理时限内按整改标准处置到位，并反馈整改后照片。迎检期间，办理时限减半。"
    # Again during 迎检: half of the whole, not of the half. After it: the whole.
    await _send(session, world.office, case.id, world.other_unit.id, now, during)
    case = await _again(session, case.id)
    assert (case.limit_amount, case.usual_amount) == (Decimal("1.5"), Decimal(3))
    after = local(12, 17, 9)
    order = await _send(session, world.office, case.id, world.unit.id, after, during)
    case = await _again(session, case.id)
    assert (case.limit_amount, case.usual_amount, case.limit_at) == (Decimal(3), None, local(12, 22, 9))
    assert case.sign_by == local(12, 18, 9)
    assert "迎检" not in order.requirement


async def _send(
    session: Session,
    actor: Actor,
    case_id: int | None,
    unit_id: int | None,
    now: datetime,
    campaign: Campaign,
) -> Any:
    return await dispatch(
        turn_for(session, actor, now, campaign), [case_id or 0], unit_id or 0, reason="改派"
    )


async def _again(session: Session, case_id: int | None) -> Any:
    case = await cases.case_by_id(session, case_id or 0)
    assert case is not None
    await session.refresh(case)
    return case


async def test_signing_is_due_the_same_day(world: World, campaign: Campaign, local: Local) -> None:
    during = replace(campaign, inspections=((date(2026, 12, 15), date(2026, 12, 16)),))
    assert [one.sign_by(world.task.assigned_at).day for one in (campaign, during)] == [16, 15]
    assert is_signing_overdue(world.task, local(12, 16, 0, 5), during)
    assert not is_signing_overdue(world.task, local(12, 16, 0, 5), campaign)


@pytest.mark.parametrize(
    ("day", "hour", "overrides", "due"),
    [
        ((11, 13), 9, {}, False),
        ((11, 16), 9, {}, True),
        ((11, 16), 7, {}, False),
        ((11, 21), 9, {}, False),
        ((12, 31), 9, {}, True),
        ((12, 31), 9, {date(2027, 1, 1): False}, False),
        ((12, 31), 9, {date(2027, 1, 2): False}, True),
        ((11, 15, 2027), 9, {date(2027, 1, 1): False}, False),
        ((11, 16, 2027), 9, {date(2027, 1, 1): False}, True),
    ],
)
async def test_the_alarm_before_the_calendar_ends(
    session: Session,
    world: World,
    campaign: Campaign,
    local: Local,
    day: tuple[int, ...],
    hour: int,
    overrides: dict[date, bool],
    due: bool,
) -> None:
    known = replace(campaign, calendar=WorkingDays(overrides))
    assert known.calendar.covered_until == date(2026, 12, 31)
    now = local(*day[:2], hour, year=day[2] if day[2:] else 2026)
    assert await calendar.alarm_tick(tick_for(session, now, known)) is due
    told = (await session.exec(select(Outbox).where(Outbox.kind == MessageKind.NOTICE))).all()
    assert [row.contact_id for row in told] == ([world.office.id] if due else [])


async def test_it_comes_once_a_week(session: Session, world: World, campaign: Campaign, local: Local) -> None:
    for day in (16, 17, 20, 23, 24):
        await calendar.alarm_tick(tick_for(session, local(11, day, 9), campaign))
    told = (await session.exec(select(Outbox).order_by(col(Outbox.id)))).all()
    assert [row.dedupe_key for row in told] == [
        f"calendar-alarm:2026-W{week}:{world.office.id}" for week in (47, 48)
    ]
    said = View.from_json(told[0].content).plain("zh")
    assert "2027年节假日安排尚未录入：12月31日之后" in said
    assert "chuangcheng import-calendar" in said
