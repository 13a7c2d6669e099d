"""What met a blocked chat comes in one message when its reader writes again."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import chain

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from locales import Text
from models.db import Session
from models.delivery import messages
from models.delivery.messages import Outbox
from models.tasks import Task
from rules.cases.case_lifecycle import OPEN, CaseState
from rules.delivery.delivery import DeliveryState, MessageKind
from rules.tasks.task_lifecycle import TaskState
from services import outbox
from services.access import Actor
from services.campaign import Campaign
from services.delivery import rendering
from services.importing.jobs import import_notices
from services.people import enrolment
from services.turn import TickTurn
from services.views import View, say
from tests.services.conftest import World
from tests.support.case_rows import make_case_rows
from tests.support.cases import CaseDesk
from tests.support.people import Roster
from tests.support.rows import Rows, id_of
from tests.support.turns import tick_for, turn_for

pytestmark = pytest.mark.both_engines("outbox")

MET_403 = {"state": DeliveryState.UNDELIVERABLE, "error": messages.BLOCKED}


async def lost(session: Session) -> list[Outbox]:
    """All that is promised meets a 403; the rows."""
    rows = (await session.exec(select(Outbox).order_by(col(Outbox.id)))).all()
    await session.execute(sa.update(Outbox).values(**MET_403))
    return list(rows)


async def told(session: Session, reader: Actor, now: datetime, campaign: Campaign) -> View | None:
    """The list that a person gets on their return, and nothing else is left for them."""
    await outbox.promise_missed(session, reader.contact, now=now)
    mine = (await session.exec(select(Outbox).where(Outbox.contact_id == reader.id))).all()
    await session.refresh(reader.contact)
    assert DeliveryState.UNDELIVERABLE not in {row.state for row in mine}
    (row,) = [row for row in mine if row.state is DeliveryState.NEW]
    rendered = await rendering.render(tick_for(session, now, campaign), row)
    return None if rendered is None else rendered[0]


async def receipts(session: Session, world: World, now: datetime, count: int) -> None:
    for number in range(1, count + 1):
        view = say("progress.receipt.title", number=f"20261215-{number:04d}")
        to = world.responsible.contact
        await outbox.enqueue(session, MessageKind.RECEIPT, f"receipt:{number}", view, now=now, contact=to)


async def assigned(
    session: Session, roster: Roster, world: World, now: datetime, objective: str, state: TaskState
) -> Task:
    task = await roster.task(world.unit, objective, date(2026, 12, 18), world.responsible.contact)
    await import_notices.tell(TickTurn(session, now, Campaign()), [task.id or 0], objective)
    task.state = state
    return task


async def test_open_orders_come_first_then_the_last_receipts(
    session: Session, roster: Roster, world: World, now: datetime, campaign: Campaign
) -> None:
    await receipts(session, world, now, 12)
    await assigned(session, roster, world, now, "补植行道树", TaskState.ASSIGNED)
    await assigned(session, roster, world, now, "拆除旧围挡", TaskState.COMPLETED)
    await lost(session)
    view = await told(session, world.responsible, now + timedelta(days=3), campaign)
    assert view is not None
    first, order, *others, rest = view.plain("zh").splitlines()
    assert first == "您不在期间：待办1件，回执12条"
    assert "补植行道树" in order
    assert [line.split("】")[1][:13] for line in others] == [f"20261215-{n:04d}" for n in range(12, 3, -1)]
    assert "另有3条" in rest
    assert "拆除旧围挡" not in view.plain("zh")
    assert [made.action for row in view.rows for made in row] == ["task.card"]
    assert "While you were away" in view.plain("en")


async def test_each_return_has_a_list_of_its_own(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    """Also when the clock reads the same: it may stand still or be put back."""
    for number in ("0001", "0002"):
        view = say("progress.receipt.title", number=f"20261215-{number}")
        to = world.responsible.contact
        await outbox.enqueue(session, MessageKind.RECEIPT, f"receipt:{number}", view, now=now, contact=to)
        waiting = sa.update(Outbox).where(col(Outbox.state) == DeliveryState.NEW)
        await session.execute(waiting.values(**MET_403))
        listed = await told(session, world.responsible, now, campaign)
        assert listed is not None
        assert number in listed.plain("zh")
        await session.execute(waiting.values(state=DeliveryState.SENT))


@pytest.mark.parametrize("state", [CaseState.DISPATCHED, CaseState.CLOSED])
async def test_an_order_about_a_case_has_its_button_while_the_case_is_open(
    session: Session,
    roster: Roster,
    world: World,
    case_desk: CaseDesk,
    now: datetime,
    campaign: Campaign,
    state: CaseState,
) -> None:
    rows = await make_case_rows(roster, case_desk, Rows(session, now))
    case = await rows.add(state)
    view = View([Text("progress.cancelled")], case_ids=[id_of(case)])
    to = world.office.contact
    await outbox.enqueue(session, MessageKind.ORDER, "order", view, now=now, contact=to)
    await lost(session)
    listed = await told(session, world.office, now, campaign)
    buttons = [] if listed is None else list(chain(*listed.rows))
    assert [made.arguments for made in buttons] == ([{"case_id": case.id}] if state in OPEN else [])


async def test_nothing_was_missed(session: Session, world: World, now: datetime) -> None:
    """Neither a nag nor a notice comes late, and another person's receipt is not shown."""
    to = world.responsible.contact
    await outbox.enqueue(session, MessageKind.NOTICE, "n", say("progress.cancelled"), now=now, contact=to)
    await outbox.enqueue(
        session, MessageKind.RECEIPT, "r", say("progress.cancelled"), now=now, contact=world.liaison.contact
    )
    rows = await lost(session)
    await outbox.promise_missed(session, world.responsible.contact, now=now)
    for row in rows:
        await session.refresh(row)
    assert {row.state for row in rows} == {DeliveryState.UNDELIVERABLE}
    assert (await session.exec(select(Outbox.id).where(Outbox.state == DeliveryState.NEW))).all() == []


async def test_a_message_that_nobody_can_render_keeps_nothing_from_its_reader(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    """A text was renamed, or a renderer is gone: that line is left out, once and for all."""
    await receipts(session, world, now, 1)
    to = world.responsible.contact
    renamed = View([Text("progress.receipt.of_an_older_release")])
    await outbox.enqueue(session, MessageKind.RECEIPT, "renamed", renamed, now=now, contact=to)
    await outbox.enqueue_raw(session, MessageKind.ORDER, "gone", ("old renderer", {}), now=now, contact=to)
    await lost(session)
    view = await told(session, world.responsible, now, campaign)
    assert view is not None
    first, line = view.plain("zh").splitlines()
    assert first == "您不在期间：待办0件，回执1条"
    assert "20261215-0001" in line


@pytest.mark.parametrize("blocked", [False, True])
async def test_a_return_with_a_new_account_is_a_return(
    session: Session, world: World, now: datetime, campaign: Campaign, blocked: bool
) -> None:
    """The list goes to the new account, and still does when the account changes before it is out."""
    contact = world.responsible.contact
    await receipts(session, world, now, 1)
    rows = await lost(session)
    if blocked:
        await enrolment.lose_contact(session, contact.telegram_user_id or 0, now=now, today=now.date())
    for account in (7_000_000_001, 7_000_000_002):
        made = await enrolment.invite_contact(turn_for(session, world.office, now, campaign), contact.id or 0)
        hashed = enrolment.hash_token(made.token)
        await enrolment.enrol(session, token_hash=hashed, telegram_user_id=account, now=now)
    query = select(Outbox).where(Outbox.view == outbox.WHILE_AWAY).execution_options(populate_existing=True)
    (row,) = (await session.exec(query)).all()
    assert (row.chat_id, row.state, row.content) == (
        7_000_000_002,
        DeliveryState.NEW,
        {"rows": [id_of(one) for one in rows]},
    )
    rendered = await rendering.render(tick_for(session, now, campaign), row)
    assert rendered is not None
    assert "20261215-0001" in rendered[0].plain("zh")


async def test_what_is_promised_to_a_blocked_chat_is_kept_for_the_return(
    session: Session, roster: Roster, world: World, now: datetime, campaign: Campaign
) -> None:
    """It was never tried, for the chat was known to be blocked. The office has nothing to send again."""
    contact = world.responsible.contact
    await enrolment.lose_contact(session, contact.telegram_user_id or 0, now=now, today=now.date())
    await receipts(session, world, now, 2)
    await assigned(session, roster, world, now, "补植行道树", TaskState.ASSIGNED)
    assert await messages.held(session) == []
    waiting = await session.exec(select(Outbox).where(Outbox.state == DeliveryState.NEW))
    assert [row.contact_id for row in waiting] == [world.office.id]
    assert await enrolment.regain(turn_for(session, world.responsible, now, campaign))
    view = await told(session, world.responsible, now, campaign)
    assert view is not None
    first, order, *others = view.plain("zh").splitlines()
    assert first == "您不在期间：待办1件，回执2条"
    assert "补植行道树" in order
    assert len(others) == 2


async def test_nothing_is_kept_for_those_who_never_came(
    session: Session, roster: Roster, world: World, now: datetime
) -> None:
    """They see their tasks when they enrol."""
    contact = await roster.contact(world.unit, "新任责任人", enrolled=False)
    task = await roster.task(world.unit, "补植行道树", date(2026, 12, 18), contact)
    await import_notices.tell(TickTurn(session, now, Campaign()), [task.id or 0], "import")
    receipt = say("progress.cancelled")
    await outbox.enqueue(session, MessageKind.RECEIPT, "r", receipt, now=now, contact=contact)
    assert (await session.exec(select(Outbox))).all() == []


async def test_a_list_that_is_lost_itself_becomes_part_of_the_next(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    await receipts(session, world, now, 2)
    await lost(session)
    await told(session, world.responsible, now, campaign)
    waiting = sa.update(Outbox).where(col(Outbox.state) == DeliveryState.NEW)
    await session.execute(waiting.values(**MET_403))
    view = await told(session, world.responsible, now, campaign)
    assert view is not None
    assert len(view.lines) == 3
    assert "20261215-0001" in view.plain("zh")
