"""Answers to a notice at the same moment, and beside its end and 撤回: one counts, and nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import pytest
from sqlmodel import col, select

from locales import Text
from models.db import Database, ident
from models.notices import Notice, NoticeCopy, NoticeParty, NoticeReceipt
from models.people import Contact
from rules.notices.notice_lifecycle import NoticeState
from rules.notices.receipt_kinds import NoticeAsk, ReceiptKind
from rules.people.roles import Role
from services.access import Actor, actor_of
from services.campaign import Campaign
from services.errors import DomainError
from services.notices import notice_ending, notice_revising, receipts
from services.turn import Turn
from services.views import TurnOutcome, View
from tests.support.people import Roster
from tests.support.turns import turn_for

pytestmark = pytest.mark.both_engines("side by side")

Press = Callable[[Turn], Awaitable[TurnOutcome]]
Change = Callable[[Turn, int, int, str], Awaitable[View]]


@dataclass
class Two:
    """A notice to two people of a unit, of whom one stands in for a third; each has a connection."""

    engines: tuple[Database, Database]
    people: dict[str, Contact]
    notice_id: int
    party_id: int
    now: datetime
    campaign: Campaign

    async def at_once(self, mine: tuple[str, Press], others: tuple[str, Press]) -> list[str | None]:
        """The key of each refusal; None: it was done."""

        async def run(engine: Database, name: str, press: Press) -> str | None:
            try:
                async with engine.transaction() as session:
                    actor: Actor = await actor_of(
                        session, await session.get_one(Contact, self.people[name].id), today=self.now.date()
                    )
                    outcome = await press(turn_for(session, actor, self.now, self.campaign))
                    assert outcome.text is not None
                    return None if outcome.done else outcome.text.key
            except DomainError as refusal:
                return refusal.text.key

        return list(await asyncio.gather(run(self.engines[0], *mine), run(self.engines[1], *others)))

    def answer(self, kind: ReceiptKind, seen: int = 0) -> Press:
        async def press(turn: Turn) -> TurnOutcome:
            return await receipts.press(turn, self.party_id, seen, kind)

        return press

    async def end(self, turn: Turn) -> TurnOutcome:
        return await notice_ending.end(turn, self.notice_id)

    async def withdraw(self, turn: Turn) -> TurnOutcome:
        return await notice_ending.withdraw(turn, self.notice_id)

    def change(self, how: Change, words: str = "改到周五") -> Press:
        async def press(turn: Turn) -> TurnOutcome:
            return TurnOutcome(await how(turn, self.notice_id, 1, words), Text("notices.same_text"))

        return press

    async def receipts(self) -> list[tuple[int, int]]:
        """(number, who) of each receipt."""
        async with self.engines[0].reading() as session:
            rows = (await session.exec(select(NoticeReceipt).order_by(col(NoticeReceipt.id)))).all()
        return [(row.number, row.actor_id) for row in rows]

    async def party(self) -> NoticeParty:
        async with self.engines[0].reading() as session:
            return await session.get_one(NoticeParty, self.party_id)

    async def state(self) -> NoticeState:
        async with self.engines[0].reading() as session:
            return (await session.get_one(Notice, self.notice_id)).state


async def made(database: Database, now: datetime, campaign: Campaign) -> tuple[dict[str, Contact], int, int]:
    async with database.transaction() as session:
        roster = Roster(session, now, campaign)
        office, unit = await roster.unit("创城办"), await roster.unit("城管局")
        people = {
            "创城办": await roster.contact(office, "创城办老周", Role.OFFICE),
            "责任人": await roster.contact(unit, "城管张", Role.RESPONSIBLE_PERSON),
            "联络员": await roster.contact(unit, "城管李", Role.LIAISON),
            "休假": await roster.contact(unit, "城管王", Role.RESPONSIBLE_PERSON),
        }
        await roster.leave(people["休假"], people["联络员"], now.date())
        notice = Notice(
            issuer_id=ident(people["创城办"]),
            text="召开创城推进会",
            ask=NoticeAsk.ATTEND,
            per_unit=True,
            urgent=False,
            answer_by=datetime(2026, 12, 16, 10, tzinfo=now.tzinfo),
            audience={"tier": None, "units": [], "roles": ["liaison"], "people": []},
            state=NoticeState.OPEN,
            sent_at=now,
        )
        session.add(notice)
        await session.flush()
        party = NoticeParty(notice_id=ident(notice), unit_id=ident(unit), look_at=now, nagged_until=now)
        session.add(party)
        await session.flush()
        for name, place in (("责任人", ""), ("联络员", "城管王")):
            reader = ident(people[name])
            about = NoticeCopy(notice_id=ident(notice), party_id=ident(party), contact_id=reader, place=place)
            session.add(about)
        return people, ident(notice), ident(party)


@pytest.fixture
async def two(database: Database, database_url: str, now: datetime, campaign: Campaign) -> AsyncIterator[Two]:
    other = Database(database_url)
    people, notice_id, party_id = await made(database, now, campaign)
    yield Two((database, other), people, notice_id, party_id, now, campaign)
    await other.close()


@pytest.mark.parametrize("second", ["责任人", "联络员"])
async def test_of_two_answers_one_counts(two: Two, second: str) -> None:
    """Two of a unit, the person and a deputy; or one person on two devices."""
    attend = two.answer(ReceiptKind.ATTEND)
    found = await two.at_once(("责任人", attend), (second, attend))
    assert sorted(map(str, found)) == ["None", "notices.answered_before"]
    assert [number for number, _ in await two.receipts()] == [1]
    party = await two.party()
    assert (party.answers, party.answered_by) == (1, (await two.receipts())[0][1])


@pytest.mark.parametrize("how", ["end", "withdraw"])
async def test_an_answer_beside_the_end_counts_or_is_refused(two: Two, how: str) -> None:
    """If the answer is first, it is kept; if the end is, nothing is."""
    over: Press = two.end if how == "end" else two.withdraw
    answered, ended = await two.at_once(("责任人", two.answer(ReceiptKind.ATTEND)), ("创城办", over))
    assert ended is None
    assert answered in {None, "notices.over.ended", "notices.over.withdrawn"}
    kept = await two.receipts()
    assert (len(kept) == 1) is (answered is None)
    assert (await two.party()).answers == len(kept)
    assert await two.state() is (NoticeState.ENDED if how == "end" else NoticeState.WITHDRAWN)


async def test_it_is_ended_once(two: Two) -> None:
    found = await two.at_once(("创城办", two.end), ("创城办", two.end))
    assert sorted(map(str, found)) == ["None", "notices.over.ended"]


async def test_the_end_beside_its_withdrawal(two: Two) -> None:
    """Who ended it too soon may still take it back; a withdrawn one has no other end."""
    ended, withdrawn = await two.at_once(("创城办", two.end), ("创城办", two.withdraw))
    assert withdrawn is None
    assert ended in {None, "notices.over.withdrawn"}
    assert await two.state() is NoticeState.WITHDRAWN


async def test_an_answer_beside_a_correction_counts(two: Two) -> None:
    """Whoever is first: the answer stays, and says which text was seen."""
    changes = ("创城办", two.change(notice_revising.correct))
    assert await two.at_once(("责任人", two.answer(ReceiptKind.ATTEND)), changes) == [None, None]
    assert len(await two.receipts()) == 1
    assert (await two.party()).answer is ReceiptKind.ATTEND


async def test_an_answer_beside_a_sending_anew_is_kept_or_refused(two: Two) -> None:
    """It is one to the earlier text, or none; it never counts for the new one."""
    changes = ("创城办", two.change(notice_revising.renew))
    answered, changed = await two.at_once(("责任人", two.answer(ReceiptKind.ATTEND)), changes)
    assert changed is None
    assert answered in {None, "notices.newer"}
    kept = await two.receipts()
    assert (len(kept) == 1) is (answered is None)
    party = await two.party()
    assert (party.answer, party.answered_by) == (None, None)
    assert party.answers == len(kept) + 1


@pytest.mark.parametrize("first", [notice_revising.correct, notice_revising.renew])
async def test_of_two_changes_one_is_made(two: Two, first: Change) -> None:
    """One person on two devices, or two of the office."""
    mine, others = two.change(first, "改到周四"), two.change(notice_revising.renew)
    found = await two.at_once(("创城办", mine), ("创城办", others))
    assert sorted(map(str, found)) == ["None", "notices.changed_meanwhile"]


async def test_a_change_beside_the_withdrawal_is_first_or_refused(two: Two) -> None:
    changes = ("创城办", two.change(notice_revising.renew))
    changed, withdrawn = await two.at_once(changes, ("创城办", two.withdraw))
    assert withdrawn is None
    assert changed in {None, "notices.over.withdrawn"}
    assert await two.state() is NoticeState.WITHDRAWN
