"""Promised messages: in which order they go, and the guarded changes of their states."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from models import messages
from models.db import Session
from models.messages import Outbox, SentMessage
from models.people import Contact
from rules.delivery import DeliveryState, MessageKind
from tests.support.people import Roster
from tests.support.rows import Rows, id_of

HOUR = timedelta(hours=1)
TO_GO = {DeliveryState.NEW, DeliveryState.RETRY}
OVER = {DeliveryState.SENT, DeliveryState.WITHDRAWN}


@pytest.fixture
async def person(roster: Roster) -> Contact:
    return await roster.contact(await roster.unit("城管局"), "张三")


async def test_ids_are_found_by_their_keys_however_many(session: Session, rows: Rows) -> None:
    known = {f"k{number}": id_of(await rows.message(dedupe_key=f"k{number}")) for number in (0, 499, 500)}
    asked = [f"k{number}" for number in range(501)]
    assert await messages.ids_of_keys(session, asked) == known
    assert await messages.ids_of_keys(session, []) == {}


@pytest.mark.parametrize("state", DeliveryState)
async def test_what_is_still_to_go(session: Session, rows: Rows, state: DeliveryState) -> None:
    row = await rows.message(7, state=state)
    to_go = state in TO_GO
    assert await messages.chats_to_send(session) == ({7: False} if to_go else {})
    assert await messages.next_to_send(session, 7, 9) == ([row] if to_go else [])
    assert await messages.orphaned(session) == ([row] if state is DeliveryState.SENDING else [])


async def test_in_which_chats_somebody_waits(session: Session, rows: Rows) -> None:
    for chat, kind, state in (
        (7, MessageKind.BRIEF, DeliveryState.NEW),
        (7, MessageKind.RECEIPT, DeliveryState.RETRY),
        (8, MessageKind.ORDER, DeliveryState.NEW),
        (8, MessageKind.RECEIPT, DeliveryState.SENT),
    ):
        await rows.message(chat, kind=kind, state=state)
    assert await messages.chats_to_send(session) == {7: True, 8: False}


async def test_what_somebody_waits_for_goes_first_then_the_oldest(session: Session, rows: Rows) -> None:
    nag, brief, receipt, later = [
        await rows.message(7, kind=kind)
        for kind in (MessageKind.NAG, MessageKind.BRIEF, MessageKind.RECEIPT, MessageKind.RECEIPT)
    ]
    await rows.message(8, kind=MessageKind.RECEIPT)
    assert await messages.next_to_send(session, 7, 9) == [receipt, later, nag, brief]
    assert await messages.next_to_send(session, 7, 3) == [receipt, later, nag]


MOVES = [
    pytest.param(DeliveryState.NEW, None, True, id="of the first"),
    pytest.param(DeliveryState.RETRY, None, True, id="of the second"),
    pytest.param(DeliveryState.SENT, None, False, id="of none"),
    pytest.param(DeliveryState.NEW, 7, True, id="still to that chat"),
    pytest.param(DeliveryState.NEW, 8, False, id="to another chat by now"),
]


@pytest.mark.parametrize(("present", "there", "moved"), MOVES)
async def test_a_message_leaves_its_states_once(
    session: Session, rows: Rows, present: DeliveryState, there: int | None, moved: bool
) -> None:
    row, other = await rows.message(7, state=present), await rows.message(7)
    move, sending = messages.move_delivery, DeliveryState.SENDING
    assert await move(session, id_of(row), TO_GO, sending, there=there, attempts=3) is moved
    await rows.read(row)
    assert (row.state, row.attempts) == ((sending, 3) if moved else (present, 0))
    assert (await rows.read(other)).state is DeliveryState.NEW


@pytest.mark.parametrize("state", DeliveryState)
async def test_parts_are_noted_while_a_message_is_being_sent(
    session: Session, rows: Rows, state: DeliveryState
) -> None:
    row, other = await rows.message(state=state), await rows.message(state=state)
    await messages.note_part(session, Outbox(id=row.id, parts_sent=2))
    assert (await rows.read(row)).parts_sent == (2 if state is DeliveryState.SENDING else 0)
    assert (await rows.read(other)).parts_sent == 0


@pytest.mark.parametrize("state", DeliveryState)
async def test_what_is_held_is_sent_again(session: Session, rows: Rows, state: DeliveryState) -> None:
    """What may have arrived is marked as a possible repeat."""
    row = await rows.message(state=state, attempts=4)
    held = {DeliveryState.UNKNOWN: 1, DeliveryState.UNDELIVERABLE: 0}
    assert await messages.send_again(session, id_of(row)) is (state in held)
    await rows.read(row)
    again = (DeliveryState.RETRY, 0, held.get(state))
    assert (row.state, row.attempts, row.repeats) == (again if state in held else (state, 4, 0))


@pytest.mark.parametrize("state", DeliveryState)
async def test_only_a_new_promise_is_taken_back(session: Session, rows: Rows, state: DeliveryState) -> None:
    await rows.message(dedupe_key="a", state=state)
    await rows.message(dedupe_key="b")
    await messages.take_back(session, "a")
    left = ["b"] if state is DeliveryState.NEW else ["a", "b"]
    assert await rows.column(Outbox.dedupe_key) == left


@pytest.mark.parametrize("state", DeliveryState)
async def test_what_is_over_goes_after_a_while(
    session: Session, rows: Rows, now: datetime, state: DeliveryState
) -> None:
    await rows.message(state=state, created_at=now - HOUR)
    await rows.message(state=state, created_at=now)
    assert await messages.delete_finished_outbox(session, now) == (1 if state in OVER else 0)
    assert await rows.count(Outbox) == (1 if state in OVER else 2)


@pytest.mark.parametrize("state", DeliveryState)
async def test_what_waits_or_is_held_follows_a_group_and_an_account_and_leaves_a_topic(
    session: Session, rows: Rows, person: Contact, state: DeliveryState
) -> None:
    follows = state not in OVER
    to_group = await rows.message(-7, thread_id=3, state=state)
    to_person = await rows.message(5, contact_id=person.id, state=state, parts_sent=1)
    await messages.leave_thread(session, -7, 3)
    await messages.repoint_chat(session, -7, -1007)
    await messages.follow_account(session, id_of(person), 5, 6)
    await rows.read(to_group)
    assert (to_group.chat_id, to_group.thread_id) == ((-1007, None) if follows else (-7, 3))
    await rows.read(to_person)
    assert (to_person.chat_id, to_person.parts_sent) == ((6, 0) if follows else (5, 1))


STAYS: list[Any] = [
    pytest.param({"chat_id": -8}, id="another chat"),
    pytest.param({"chat_id": -7, "thread_id": 4}, id="another topic"),
    pytest.param({"chat_id": -7, "thread_id": None}, id="the general topic"),
]


@pytest.mark.parametrize("values", STAYS)
async def test_what_leaves_no_topic(session: Session, rows: Rows, values: dict[str, Any]) -> None:
    row = await rows.message(**({"thread_id": 3} | values))
    await messages.leave_thread(session, -7, 3)
    assert (await rows.read(row)).thread_id == ({"thread_id": 3} | values)["thread_id"]


async def test_what_others_are_promised_follows_nobody(
    session: Session, roster: Roster, rows: Rows, person: Contact
) -> None:
    other = await roster.contact(await roster.unit("交通局"), "李四")
    await rows.message(5, contact_id=other.id)
    await rows.message(9, contact_id=person.id)
    await rows.message(5)
    await messages.follow_account(session, id_of(person), 5, 6)
    await messages.repoint_chat(session, -7, -1007)
    assert await rows.column(Outbox.chat_id) == [5, 9, 5]


async def test_what_a_message_was_about(session: Session, roster: Roster, rows: Rows) -> None:
    unit = await roster.unit("城管局")
    first, second = [id_of(await roster.task(unit, name, None)) for name in "甲乙"]
    for chat, message, task in ((7, 1, second), (7, 1, first), (7, 2, first), (8, 1, first)):
        await rows.add(SentMessage(chat_id=chat, message_id=message, task_id=task))
    assert await messages.subjects_of(session, 7, 1) == [first, second]
    assert await messages.subjects_of(session, 8, 2) == []
