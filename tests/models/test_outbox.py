"""Queries of promised messages: their order, and the guarded changes of their states."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from models.db import Session
from models.delivery import messages
from models.delivery.messages import Outbox, Question, SentMessage
from models.people import Contact
from rules.delivery.delivery import DeliveryState, MessageKind
from tests.support.people import Roster
from tests.support.rows import Rows, id_of

pytestmark = pytest.mark.both_engines("outbox")

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


async def test_what_is_still_to_go(session: Session, rows: Rows) -> None:
    found = {state: await rows.message(place, state=state) for place, state in enumerate(DeliveryState)}
    to_go = [found[DeliveryState.NEW], found[DeliveryState.RETRY]]
    assert await messages.chats_to_send(session) == {row.chat_id: False for row in to_go}
    for row in found.values():
        assert await messages.next_to_send(session, row.chat_id, 9) == ([row] if row in to_go else [])
    assert await messages.orphaned(session) == [found[DeliveryState.SENDING]]


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


async def test_parts_are_noted_while_a_message_is_being_sent(session: Session, rows: Rows) -> None:
    found = [await rows.message(state=state) for state in (*DeliveryState, DeliveryState.SENDING)]
    for row in found[:-1]:
        session.expunge(row)
        row.parts_sent = 2  # the number that the sender knows
        await messages.note_part(session, row)
    noted = [2 if state is DeliveryState.SENDING else 0 for state in DeliveryState]
    assert await rows.column(Outbox.parts_sent) == [*noted, 0]


async def test_what_is_held_is_sent_again(session: Session, rows: Rows) -> None:
    """A message that may have arrived is marked as a possible repeat."""
    unknown, lost, retry = DeliveryState.UNKNOWN, DeliveryState.UNDELIVERABLE, DeliveryState.RETRY
    found = {state: await rows.message(state=state, attempts=4) for state in DeliveryState}
    again = {state: await messages.send_again(session, id_of(row)) for state, row in found.items()}
    assert again == {state: state in {unknown, lost} for state in DeliveryState}
    expected = {state: (state, 4, 0) for state in DeliveryState}
    expected |= {unknown: (retry, 0, 1), lost: (retry, 0, 0)}
    for state, row in found.items():
        await rows.read(row)
        assert (row.state, row.attempts, row.repeats) == expected[state]


async def test_only_a_new_promise_is_taken_back(session: Session, rows: Rows) -> None:
    for state in DeliveryState:
        await rows.message(dedupe_key=state.value, state=state)
    await rows.message(dedupe_key="another")
    for state in DeliveryState:
        await messages.take_back(session, state.value)
    left = [state.value for state in DeliveryState if state is not DeliveryState.NEW]
    assert await rows.column(Outbox.dedupe_key) == [*left, "another"]


async def test_what_waits_or_is_held_follows_a_group_and_leaves_a_topic(session: Session, rows: Rows) -> None:
    for state in DeliveryState:
        await rows.message(-7, thread_id=3, state=state)
    await messages.leave_thread(session, -7, 3)
    await messages.repoint_chat(session, -7, -1007)
    over = [state in OVER for state in DeliveryState]
    assert await rows.column(Outbox.chat_id) == [-7 if one else -1007 for one in over]
    assert await rows.column(Outbox.thread_id) == [3 if one else None for one in over]


async def test_what_waits_or_is_held_follows_an_account_from_its_beginning(
    session: Session, rows: Rows, person: Contact
) -> None:
    for state in DeliveryState:
        await rows.message(5, contact_id=person.id, state=state, parts_sent=1)
    await messages.follow_account(session, id_of(person), 5, 6)
    over = [state in OVER for state in DeliveryState]
    assert await rows.column(Outbox.chat_id) == [5 if one else 6 for one in over]
    assert await rows.column(Outbox.parts_sent) == [1 if one else 0 for one in over]


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


async def test_a_question_that_is_not_known_to_be_out(session: Session, rows: Rows, now: datetime) -> None:
    asked: dict[str, Any] = {"user_id": 1, "action": "a", "asked_at": now, "prompt": {"locale": "zh"}}
    first, other, out = [
        await rows.add(Question(**{**asked, "chat_id": chat, **values}))
        for chat, values in ((1, {}), (2, {}), (3, {"prompt": None}))
    ]
    assert await messages.questions_to_come(session) == [first, other]
    await messages.note_question(session, 1, 1, now)
    await messages.note_question(session, 1, 2, now - timedelta(seconds=1))
    await messages.note_question(session, 1, 3, now)
    assert [(await rows.read(one)).prompt for one in (first, other, out)] == [None, asked["prompt"], None]
