"""After a restore the slots of the lost time are done and say nothing by themselves; the next ones come."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col, select
from structlog.testing import capture_logs

from models.db import Database, Session
from models.delivery import messages
from models.delivery.messages import Outbox
from models.drafts import Draft
from models.nags import Nag, NagState
from models.people import Contact
from rules.delivery.delivery import DeliveryState, MessageKind
from rules.people.roles import Role, Tier
from scheduler import missed_ticks
from scheduler.ticks import SAYING, Tick
from services.campaign import Campaign
from services.delivery import restoration
from services.delivery.restoration import LastNumbers
from services.turn import TickTurn
from tests.conftest import NOW
from tests.support.people import Roster
from tests.support.rows import Rows

pytestmark = pytest.mark.both_engines("outbox")


@pytest.fixture
async def session(database: Database) -> AsyncIterator[Session]:
    async with database.transaction() as session:
        yield session


# Tuesday 08:45 to Friday 10:30.
UNTIL = NOW + timedelta(days=3, hours=1, minutes=45)


async def _begin(session: Session) -> None:
    roster, rows = Roster(session, NOW, Campaign()), Rows(session, NOW)
    office = await roster.contact(await roster.unit("创城办"), "李四", Role.OFFICE)
    await roster.contact(await roster.unit("区领导", Tier.DISTRICT), "区长", Role.DISTRICT_LEADER)
    unit = await roster.unit("城管局")
    for name, days in (("张三", 1), ("王五", 4)):
        person = await roster.contact(unit, name, Role.RESPONSIBLE_PERSON)
        await roster.task(unit, f"{name}的任务", NOW.date() + timedelta(days=days), person)
    await rows.group(-100, office)


async def _tick(session: Session, at: datetime) -> set[MessageKind]:
    """What the ticks promise at a moment."""
    before = set((await session.exec(select(Outbox.id))).all())
    for tick in SAYING:
        await tick.run(TickTurn(session, at, Campaign()))
    new = (await session.exec(select(Outbox).where(col(Outbox.id).not_in(before)))).all()
    return {row.kind for row in new}


async def test_the_lost_time_is_done_and_the_next_slots_come(session: Session) -> None:
    await _begin(session)
    await missed_ticks.play(session, Campaign(), NOW, UNTIL)
    promised = (await session.exec(select(Outbox))).all()
    days = {row.created_at.date() for row in promised if row.kind is MessageKind.TALLY}
    assert len(days) == 3
    assert {MessageKind.NAG, MessageKind.TALLY, MessageKind.BRIEF} <= {row.kind for row in promised}
    assert await messages.hold_all(session) == len(promised)
    assert await _tick(session, UNTIL) == set()
    assert await messages.chats_to_send(session) == {}
    waiting = (await session.exec(select(Nag).where(Nag.state == NagState.WAITING))).all()
    assert not [nag for nag in waiting if nag.hold_until and nag.hold_until <= UNTIL]
    assert MessageKind.TALLY in await _tick(session, UNTIL + timedelta(hours=8))


async def test_a_tick_that_fails_holds_up_no_restore(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _begin(session)

    async def fail(turn: TickTurn) -> None:
        await turn.session.execute(sa.text("DELETE FROM outbox"))
        raise ValueError("a fault of this tick alone")

    monkeypatch.setattr(missed_ticks, "SAYING", (Tick("fail", 1.0, fail), *SAYING))
    with capture_logs() as logs:
        await missed_ticks.play(session, Campaign(), NOW, NOW + timedelta(hours=2))
    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["tick failed"] * 2
    kinds = {row.kind for row in await session.exec(select(Outbox))}
    assert MessageKind.BRIEF in kinds


async def test_office_and_groups_are_told_once_and_the_list_holds_the_rest(session: Session) -> None:
    await _begin(session)
    await missed_ticks.play(session, Campaign(), NOW, UNTIL)
    held = await messages.hold_all(session)
    turn = TickTurn(session, UNTIL, Campaign())
    writers = (await session.exec(select(Contact).where(col(Contact.name).in_(("张三", "王五"))))).all()
    for contact, age in zip(writers, (timedelta(hours=1), timedelta(days=2)), strict=True):
        chat_id = contact.telegram_user_id or 0
        session.add(Draft(contact_id=contact.id or 0, chat_id=chat_id, text="清理12处", updated_at=NOW - age))
    await session.flush()
    counted = await restoration.conclude(turn, NOW, LastNumbers({}, {}), held)
    assert (counted.held, counted.set_aside, counted.ended, counted.skipping) == (held, 0, 0, [])
    going = (await session.exec(select(Outbox).where(Outbox.state == DeliveryState.NEW))).all()
    told = [row.contact_id for row in going if "restored.draft" in str(row.content)]
    left = (await session.exec(select(Draft))).all()
    assert (told, [draft.contact_id for draft in left]) == ([writers[0].id], [writers[1].id])
    assert {(row.kind, row.chat_id < 0, row.view) for row in going} == {
        (MessageKind.NOTICE, False, "view"),
        (MessageKind.NOTICE, True, "view"),
        (MessageKind.NOTICE, False, "held"),
    }
