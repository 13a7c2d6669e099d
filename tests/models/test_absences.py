"""Queries of leaves, which include both of their days, and of tasks that are offered to others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from models.db import Session
from models.people import Contact, absences
from models.people.absences import Absence, OfferState, TransferOffer
from models.tasks import Task
from tests.support.people import Roster
from tests.support.rows import Rows, id_of, ids_of

MONDAY = date(2026, 12, 14)
HOUR = timedelta(hours=1)


def day(offset: int) -> date:
    return MONDAY + timedelta(days=offset)


@dataclass(frozen=True, slots=True)
class Desk:
    rows: Rows
    one: Contact
    deputy: Contact
    third: Contact
    tasks: list[Task]

    async def away(
        self,
        first: int,
        last: int,
        *,
        who: Contact | None = None,
        by: Contact | None = None,
        ended: bool = False,
    ) -> Absence:
        """Add a leave of ``one`` with ``deputy``, unless others are named; days count from Monday."""
        row = Absence(
            contact_id=id_of(who or self.one),
            deputy_id=id_of(by or self.deputy),
            first=day(first),
            last=day(last),
            made_by=id_of(self.one),
            made_at=self.rows.now,
            ended_at=self.rows.now if ended else None,
        )
        return await self.rows.add(row)

    async def offer(
        self, state: OfferState = OfferState.PENDING, task: int = 0, **values: int | None
    ) -> TransferOffer:
        usual: dict[str, Any] = {"from_id": self.one.id, "to_id": self.deputy.id}
        row = TransferOffer(
            task_id=id_of(self.tasks[task]), state=state, made_at=self.rows.now, **(usual | values)
        )
        return await self.rows.add(row)


@pytest.fixture
async def desk(roster: Roster, rows: Rows) -> Desk:
    unit = await roster.unit("城管局")
    people = [await roster.contact(unit, name) for name in ("张三", "李四", "王五")]
    one, deputy, third = people
    return Desk(rows, one, deputy, third, [await roster.task(unit, name, None) for name in "甲乙"])


DAYS = [
    pytest.param(1, 2, False, (False, True), id="begins tomorrow"),
    pytest.param(0, 2, False, (True, True), id="its first day"),
    pytest.param(-2, 2, False, (True, True), id="in between"),
    pytest.param(-2, 0, False, (True, True), id="its last day"),
    pytest.param(-2, -1, False, (False, False), id="over since yesterday"),
    pytest.param(-2, 2, True, (False, False), id="taken back"),
]


@pytest.mark.parametrize(("first", "last", "ended", "found"), DAYS)
async def test_on_which_days_a_leave_holds(
    session: Session, desk: Desk, first: int, last: int, ended: bool, found: tuple[bool, bool]
) -> None:
    """``found``: whether the leave holds on Monday, and on Monday or later."""
    leave = await desk.away(first, last, ended=ended)
    now_away, to_come = [[leave] if holds else [] for holds in found]
    assert await absences.away_on(session, MONDAY) == now_away
    assert await absences.absences_of(session, [id_of(desk.one)], MONDAY) == to_come
    assert await absences.duties_of_deputy(session, id_of(desk.deputy), MONDAY) == to_come


async def test_leaves_stand_by_their_first_day_then_as_they_were_said(session: Session, desk: Desk) -> None:
    later, sooner, again = await desk.away(3, 4), await desk.away(0, 2), await desk.away(0, 1)
    of_third = await desk.away(0, 4, who=desk.third, by=desk.one)
    assert await absences.away_on(session, MONDAY) == [sooner, again, of_third]
    assert await absences.absences_of(session, [id_of(desk.one)], MONDAY) == [sooner, again, later]
    assert await absences.duties_of_deputy(session, id_of(desk.deputy), MONDAY) == [sooner, again, later]
    assert await absences.duties_of_deputy(session, id_of(desk.one), MONDAY) == [of_third]
    two = await absences.absences_of(session, ids_of(desk.one, desk.third), MONDAY)
    assert two == [sooner, again, of_third, later]


OVERLAPS = [
    pytest.param(-3, -1, False, False, id="ends the day before"),
    pytest.param(-3, 0, False, True, id="shares the first day"),
    pytest.param(1, 1, False, True, id="inside"),
    pytest.param(-3, 9, False, True, id="around"),
    pytest.param(2, 9, False, True, id="shares the last day"),
    pytest.param(3, 9, False, False, id="begins the day after"),
    pytest.param(1, 1, True, False, id="inside, but taken back"),
]


@pytest.mark.parametrize(("first", "last", "ended", "found"), OVERLAPS)
async def test_which_leaves_share_a_day_with_monday_to_wednesday(
    session: Session, desk: Desk, first: int, last: int, ended: bool, found: bool
) -> None:
    leave = await desk.away(first, last, ended=ended)
    await desk.away(0, 2, who=desk.third)
    asked = await absences.overlapping(session, id_of(desk.one), day(0), day(2))
    assert asked == ([leave] if found else [])


async def test_a_leave_ends_once(session: Session, desk: Desk, now: datetime) -> None:
    leave, other = await desk.away(0, 2), await desk.away(0, 2, who=desk.third)
    assert await absences.end(session, id_of(leave), now)
    assert not await absences.end(session, id_of(leave), now + HOUR)
    assert await desk.rows.column(Absence.ended_at) == [now, None]
    assert other.ended_at is None


async def test_nobody_stands_in_for_himself(desk: Desk) -> None:
    with pytest.raises(IntegrityError):
        await desk.away(0, 1, by=desk.one)


async def test_a_leave_does_not_end_before_it_begins(desk: Desk) -> None:
    with pytest.raises(IntegrityError):
        await desk.away(1, 0)


@pytest.mark.parametrize("state", OfferState)
async def test_only_a_pending_offer_waits(session: Session, desk: Desk, state: OfferState) -> None:
    offer = await desk.offer(state)
    waits = [offer] if state is OfferState.PENDING else []
    assert await absences.pending_offer(session, id_of(desk.tasks[0])) == (waits[0] if waits else None)
    assert await absences.pending_offer(session, id_of(desk.tasks[1])) is None
    assert await absences.offers_with(session, id_of(desk.one)) == waits


async def test_a_task_is_offered_once_at_a_time(desk: Desk) -> None:
    await desk.offer(OfferState.DECLINED)
    await desk.offer()
    await desk.offer(task=1)
    with pytest.raises(IntegrityError):
        await desk.offer()


async def test_whom_an_offer_concerns(session: Session, desk: Desk, roster: Roster) -> None:
    stranger = await roster.contact(await roster.unit("交通局"), "外人")
    first = await desk.offer(responsible_id=desk.third.id)
    second = await desk.offer(task=1, from_id=desk.deputy.id, to_id=desk.third.id)
    concerned = {
        id_of(desk.one): [first],
        id_of(desk.deputy): [first, second],
        id_of(desk.third): [first, second],
        id_of(stranger): [],
    }
    assert {who: await absences.offers_with(session, who) for who in concerned} == concerned


async def test_an_offer_is_decided_once(session: Session, desk: Desk, now: datetime) -> None:
    offer, other = await desk.offer(), await desk.offer(task=1)
    assert await absences.decide_offer(session, id_of(offer), OfferState.DECLINED, now)
    assert not await absences.decide_offer(session, id_of(offer), OfferState.ACCEPTED, now + HOUR)
    offers = [await desk.rows.read(row) for row in (offer, other)]
    found = [(row.state, row.decided_at) for row in offers]
    assert found == [(OfferState.DECLINED, now), (OfferState.PENDING, None)]


async def test_what_waits_about_a_task_is_withdrawn(session: Session, desk: Desk, now: datetime) -> None:
    declined, pending, other = (
        await desk.offer(OfferState.DECLINED),
        await desk.offer(),
        await desk.offer(task=1),
    )
    await absences.withdraw_offers(session, id_of(desk.tasks[0]), now)
    offers = [await desk.rows.read(row) for row in (declined, pending, other)]
    found = [(row.state, row.decided_at) for row in offers]
    assert found == [(OfferState.DECLINED, None), (OfferState.WITHDRAWN, now), (OfferState.PENDING, None)]
