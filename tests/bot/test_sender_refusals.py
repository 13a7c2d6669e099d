"""Messages that cannot arrive as they are: refused, unrenderable, unwanted, or to a group that moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from locales import Text
from models.delivery.inbox import Inbox
from models.groups import GroupChat
from models.people import Contact, ContactState
from rules.delivery.delivery import DeliveryState, MessageKind
from services import outbox
from services.duties.task_duties import TaskDuty, Tone
from services.views import View, say
from tests.bot.desk import Desk, GoingClock, account
from tests.support.people import Roster

pytestmark = pytest.mark.both_engines("outbox")

SENT, RETRY, UNKNOWN = DeliveryState.SENT, DeliveryState.RETRY, DeliveryState.UNKNOWN
UNDELIVERABLE, WITHDRAWN = DeliveryState.UNDELIVERABLE, DeliveryState.WITHDRAWN


async def test_403_makes_the_contact_unreachable_once(desk: Desk) -> None:
    contact, office = await desk.contact("责任人"), await desk.office()
    for number in range(3):
        await desk.promise(f"第{number}条", to=contact)
    await desk.people.block(account(contact))
    desk.start()
    rows = await desk.until_settled()
    assert {rows[f"第{number}条"].state for number in range(3)} == {UNDELIVERABLE}
    assert await desk.texts(account(office)) == [
        "城管局 责任人 已停用机器人，暂时无法联系，其提醒改由单位联络员（没有的由创城办）接收。"
    ]
    async with desk.database.transaction() as session:
        found = await session.get(Contact, contact.id)
        assert found is not None
        assert found.state is ContactState.UNREACHABLE
        refused = not await outbox.enqueue(
            session,
            MessageKind.NAG,
            "催办",
            say("common.as_is", text="一"),
            now=desk.clock.moment,
            contact=found,
        )
    assert refused


@pytest.mark.parametrize(
    ("whose", "after", "state"),
    [
        ("theirs", timedelta(minutes=1), SENT),
        ("theirs", -timedelta(minutes=1), UNDELIVERABLE),
        ("another's", timedelta(minutes=1), UNDELIVERABLE),
    ],
)
async def test_403_is_out_of_date_when_they_wrote_during_the_call(
    whose: str, after: timedelta, state: DeliveryState, desk: Desk
) -> None:
    contact = await desk.contact("责任人")
    await desk.people.fail("sendMessage", chat=account(contact), status=403)
    lane = account(contact) if whose == "theirs" else 1
    async with desk.database.transaction() as session:
        when = datetime.now(UTC) + after
        session.add(Inbox(bot_id=desk.bot.id, update_id=1, lane=lane, payload="{}", received_at=when))
    await desk.promise("一", to=contact)
    desk.start()
    assert (await desk.until_state("一", state)).parts_sent == (state is SENT)
    async with desk.database.reading() as session:
        found = await session.get(Contact, contact.id)
    assert found is not None
    assert found.reachable is (state is SENT)


@pytest.mark.parametrize("kind", [MessageKind.RECEIPT, MessageKind.TALLY])
async def test_400_is_undeliverable_and_stops_nothing(kind: MessageKind, desk: Desk) -> None:
    place, office = await desk.place(kind), await desk.office()
    await desk.people.fail("sendMessage", chat=place.chat, status=400)
    await desk.promise("一", kind=kind, **place.where)
    await desk.promise("二", kind=kind, **place.where)
    desk.start()
    rows = await desk.until_settled()
    assert (rows["一"].state, rows["二"].state) == (UNDELIVERABLE, SENT)
    (told,) = await desk.received(account(office))
    assert told.labels == ["重发"]
    assert "未能送达" in told.text


async def test_a_notice_that_cannot_be_delivered_is_not_announced(desk: Desk) -> None:
    contact, office = await desk.contact("责任人"), await desk.office()
    await desk.people.fail("sendMessage", chat=account(contact), status=400)
    await desk.promise("一", to=contact, kind=MessageKind.NOTICE)
    desk.start()
    await desk.until_state("一", UNDELIVERABLE)
    await desk.until_settled()
    assert await desk.texts(account(office)) == []


NO_TEXT = View([Text("no.such.key")]).to_json()
NO_TASK = {"day": "2026-12-15", "duties": [TaskDuty(99, Tone.NAG).to_json()]}
POISON: list[tuple[str, dict[str, Any]]] = [("?", {}), ("view", NO_TEXT), ("view", {}), ("nag", NO_TASK)]


async def test_a_message_that_cannot_be_rendered_stops_nothing(desk: Desk) -> None:
    desk.clock = GoingClock(desk.clock.moment)
    desk.new_sender()
    contact, office = await desk.contact("责任人"), await desk.office()
    for number, body in enumerate(POISON):
        async with desk.database.transaction() as session:
            await outbox.enqueue_raw(
                session, MessageKind.NAG, f"poison {number}", body, now=desk.clock.moment, contact=contact
            )
    await desk.promise("一", to=contact)
    desk.start()
    rows = await desk.until_settled()
    poison = [row.state for key, row in rows.items() if key.startswith("poison")]
    assert poison == [UNDELIVERABLE] * len(POISON)
    assert await desk.texts(account(contact)) == ["一"]
    # A list names all that are held when it goes out, so the last one names all.
    last = (await desk.texts(account(office)))[-1]
    assert last.count("未能送达") == len(POISON)


async def test_what_is_not_wanted_any_more_is_withdrawn(desk: Desk) -> None:
    contact, office = await desk.contact("责任人"), await desk.office()
    async with desk.database.transaction() as session:
        roster = Roster(session, desk.clock.moment, desk.campaign)
        other = await roster.unit("公安交警大队")
        foreign = await roster.task(other, "别单位的任务", None)
    await desk.promise("昨天的提醒", to=contact, kind=MessageKind.NAG)
    await desk.promise("别单位的回执", to=contact, task_ids=[foreign.id or 0])
    desk.clock.moment += timedelta(days=1)
    await desk.promise("一", to=contact)
    desk.start()
    rows = await desk.until_settled()
    assert [row.state for row in rows.values()] == [WITHDRAWN, WITHDRAWN, SENT]
    assert await desk.texts(account(contact)) == ["一"]
    assert await desk.texts(account(office)) == []


# -- groups ----------------------------------------------------------------------------------------


async def test_a_migration_repoints_the_group_and_nothing_comes_twice(desk: Desk) -> None:
    group = await desk.group(kind="group")
    for number in range(3):
        await desk.promise(f"第{number}份", chat=group, kind=MessageKind.TALLY)
    owner = next(iter((await desk.people.chat(group)).members))
    new = await desk.people.migrate(group, owner)
    desk.start()
    rows = await desk.until_settled()
    assert [(row.state, row.chat_id) for row in rows.values()] == [(SENT, new.id)] * 3
    assert await desk.texts(new.id) == ["第0份", "第1份", "第2份"]
    assert await desk.texts(group) == []
    async with desk.database.reading() as session:
        (found,) = (await session.exec(select(GroupChat))).all()
    assert (found.chat_id, found.active) == (new.id, True)


async def test_a_group_that_removed_the_bot_is_let_go(desk: Desk) -> None:
    group = await desk.group()
    owner = next(iter((await desk.people.chat(group)).members))
    await desk.people.remove_bot(group, owner)
    await desk.promise("一份", chat=group, kind=MessageKind.TALLY)
    desk.start()
    await desk.until_state("一份", UNDELIVERABLE)
    async with desk.database.reading() as session:
        (found,) = (await session.exec(select(GroupChat))).all()
    assert not found.active
