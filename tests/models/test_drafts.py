"""Queries of draft reports: their owner and chat, cards to be shown, and moves to another chat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from models import drafts as report_drafts
from models.db import Session
from models.drafts import Draft
from models.people import Contact
from tests.support.people import Roster
from tests.support.rows import Rows, id_of

SECOND = timedelta(seconds=1)
OLD, NEW = -7, -1007


@dataclass(frozen=True, slots=True)
class Pair:
    one: Contact
    other: Contact


@pytest.fixture
async def pair(roster: Roster) -> Pair:
    unit = await roster.unit("城管局")
    return Pair(await roster.contact(unit, "张三"), await roster.contact(unit, "李四"))


async def test_a_draft_is_of_one_person_in_one_chat(session: Session, rows: Rows, pair: Pair) -> None:
    in_group = await rows.draft(pair.one, OLD)
    private = await rows.draft(pair.one, 5)
    of_other = await rows.draft(pair.other, OLD)
    assert await report_drafts.draft_of(session, id_of(pair.one), OLD) == in_group
    assert await report_drafts.draft_of(session, id_of(pair.other), OLD) == of_other
    assert await report_drafts.draft_of(session, id_of(pair.other), 5) is None
    assert await report_drafts.drafts_of(session, id_of(pair.one)) == [in_group, private]
    with pytest.raises(IntegrityError):
        await rows.draft(pair.one, OLD)


async def test_what_was_begun_in_the_new_group_stays(session: Session, rows: Rows, pair: Pair) -> None:
    await rows.draft(pair.one, OLD)
    await rows.draft(pair.one, NEW)
    moves = await rows.draft(pair.other, OLD)
    await rows.draft(pair.other, 5)
    assert await report_drafts.drafts_to_move(session, OLD, NEW) == [moves]


async def test_cards_to_come_the_first_due_first(
    session: Session, rows: Rows, pair: Pair, now: datetime
) -> None:
    later = await rows.draft(pair.one, 1, card_due_at=now + SECOND)
    await rows.draft(pair.one, 2)
    sooner = await rows.draft(pair.other, 3, card_due_at=now)
    assert await report_drafts.cards_to_come(session) == [
        (id_of(sooner), now),
        (id_of(later), now + SECOND),
    ]


CARDS = [
    pytest.param(0, 0, None, id="nothing has come in since"),
    pytest.param(2, 0, 2, id="a part has come in since"),
    pytest.param(2, None, 2, id="the card was not due"),
    pytest.param(None, 0, None, id="it is due no more"),
]


@pytest.mark.parametrize(("due", "shown_for", "left"), CARDS)
async def test_a_card_that_is_out_is_shown_no_more(
    session: Session,
    rows: Rows,
    pair: Pair,
    now: datetime,
    due: int | None,
    shown_for: int | None,
    left: int | None,
) -> None:
    """``due``, ``shown_for`` and ``left`` are seconds from ``now``."""
    draft, other = [
        await rows.draft(pair.one, chat, card_due_at=None if due is None else now + due * SECOND)
        for chat in (1, 2)
    ]
    for_moment = None if shown_for is None else now + shown_for * SECOND
    await report_drafts.note_card(session, id_of(draft), 77, for_moment)
    await rows.read(draft)
    assert draft.card_due_at == (None if left is None else now + left * SECOND)
    assert draft.card_message_id == 77
    await rows.read(other)
    assert (other.card_due_at, other.card_message_id) == (None if due is None else now + due * SECOND, None)


async def test_the_card_of_a_draft(session: Session, rows: Rows, pair: Pair) -> None:
    shown = await rows.draft(pair.one, 5, card_message_id=9)
    unshown = await rows.draft(pair.one, 6)
    await rows.draft(pair.other, 5, card_message_id=8)
    assert await report_drafts.card_out(session, id_of(pair.one), 5) == (id_of(shown), 9)
    assert await report_drafts.card_out(session, id_of(pair.one), 6) is None
    assert await report_drafts.card_out(session, id_of(pair.other), 6) is None
    found = [await report_drafts.card_of(session, one) for one in (id_of(shown), id_of(unshown), 99)]
    assert found == [(True, 9), (True, None), (False, None)]


async def test_a_draft_goes_along_to_another_account(session: Session, rows: Rows, pair: Pair) -> None:
    draft = await rows.draft(pair.one, 5, card_message_id=9)
    elsewhere = await rows.draft(pair.one, OLD, card_message_id=9)
    of_other = await rows.draft(pair.other, 5, card_message_id=9)
    await report_drafts.move_draft(session, id_of(pair.one), 5, 6)
    drafts = [await rows.read(row) for row in (draft, elsewhere, of_other)]
    found = [(row.chat_id, row.card_message_id) for row in drafts]
    assert found == [(6, None), (OLD, 9), (5, 9)]


async def test_a_draft_that_is_there_already_is_not_displaced(
    session: Session, rows: Rows, pair: Pair
) -> None:
    await rows.draft(pair.one, 5, card_message_id=9)
    await rows.draft(pair.one, 6)
    await report_drafts.move_draft(session, id_of(pair.one), 5, 6)
    assert await rows.column(Draft.chat_id) == [5, 6]
    assert await rows.column(Draft.card_message_id) == [9, None]
