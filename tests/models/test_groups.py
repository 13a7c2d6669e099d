"""Queries of groups with their tallies, and of the turns of ticks."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from models import groups, ticks
from models.db import Session
from models.groups import GroupTally
from models.people import Contact
from models.ticks import TickMark
from rules.people.roles import Tier
from rules.tally_hours import TallyHour
from tests.support.people import Roster
from tests.support.rows import Rows, id_of

HOUR = timedelta(hours=1)


@pytest.fixture
async def office(roster: Roster) -> Contact:
    return await roster.contact(await roster.unit("创城办"), "创城办工作人员")


async def tally(rows: Rows, group: groups.GroupChat, slot: str, as_of: datetime) -> GroupTally:
    since = as_of - timedelta(days=1)
    return await rows.add(
        GroupTally(group_id=id_of(group), slot_key=slot, since=since, as_of=as_of, frozen={})
    )


async def test_groups_that_are_bound(session: Session, rows: Rows, office: Contact) -> None:
    first, left = await rows.group(-1, office), await rows.group(-2, office, active=False)
    last = await rows.group(-3, office, tier=Tier.STREET)
    assert await groups.active_groups(session) == [first, last]
    assert [await groups.is_bound(session, chat) for chat in (-1, -2, -4)] == [True, False, False]
    assert await groups.group_by_chat(session, -2) == left
    assert await groups.group_by_chat(session, -4) is None


async def test_a_group_is_about_a_tier_or_a_unit(rows: Rows, office: Contact) -> None:
    with pytest.raises(IntegrityError):
        await rows.group(-1, office, tier=Tier.STREET, unit_id=office.unit_id)


async def test_a_tally_is_found_by_its_slot_or_its_moment(
    session: Session, rows: Rows, office: Contact, now: datetime
) -> None:
    group, other = await rows.group(-1, office), await rows.group(-2, office)
    promised = await tally(rows, group, "15", now)
    await tally(rows, other, "16", now + HOUR)
    assert await groups.group_tally(session, id_of(group), "15") == promised
    assert await groups.group_tally(session, id_of(group), "16") is None
    assert await groups.got_tally_of(session, id_of(group), now)
    assert not await groups.got_tally_of(session, id_of(group), now + HOUR)


async def test_what_is_kept_for_a_tally_is_no_tally_yet(
    session: Session, rows: Rows, office: Contact, now: datetime
) -> None:
    group = await rows.group(-1, office)
    promised, kept = await tally(rows, group, "14", now - HOUR), await tally(rows, group, "15", now)
    kept.promised = False
    await session.flush()
    assert await groups.tallies_of_slot(session, "15") == {id_of(group): kept}
    assert not await groups.got_tally_of(session, id_of(group), now)
    assert await groups.last_promised(session, id_of(group), now) == now - HOUR
    assert await groups.last_promised(session, id_of(group), now - 2 * HOUR) is None
    asked = await groups.tallies_to_correct(session, counted_from=now - HOUR, since=now - 2 * HOUR)
    assert asked == [promised]
    await groups.forget_closed(session, id_of(group))
    assert await rows.count(GroupTally) == 1


async def test_the_hours_that_groups_have_chosen(session: Session, rows: Rows, office: Contact) -> None:
    assert await groups.chosen_hours(session) == set()
    for chat, hour in ((-1, TallyHour.LATER), (-2, TallyHour.LATER), (-3, TallyHour.USUAL)):
        await rows.group(chat, office, tally_hour=hour)
    await rows.group(-4, office, tally_hour=TallyHour.EARLIER, active=False)
    assert await groups.chosen_hours(session) == {TallyHour.LATER, TallyHour.USUAL}


@pytest.mark.parametrize(
    ("as_of", "counted_from", "since", "found"),
    [
        pytest.param(0, 0, -1, True, id="of the very moment"),
        pytest.param(0, 1, -1, False, id="before it counts"),
        pytest.param(1, 0, -1, True, id="after it counts"),
        pytest.param(0, -2, 0, False, id="no later than that"),
    ],
)
async def test_which_tallies_a_report_corrects(
    session: Session,
    rows: Rows,
    office: Contact,
    now: datetime,
    as_of: int,
    counted_from: int,
    since: int,
    found: bool,
) -> None:
    """``as_of``, ``counted_from`` and ``since`` are hours from ``now``."""
    group, left = await rows.group(-1, office), await rows.group(-2, office, active=False)
    wanted = await tally(rows, group, "a", now + as_of * HOUR)
    await tally(rows, left, "a", now + as_of * HOUR)
    asked = await groups.tallies_to_correct(
        session, counted_from=now + counted_from * HOUR, since=now + since * HOUR
    )
    assert asked == ([wanted] if found else [])


async def test_tallies_to_correct_stand_by_id(
    session: Session, rows: Rows, office: Contact, now: datetime
) -> None:
    group = await rows.group(-1, office)
    late, early = await tally(rows, group, "b", now + HOUR), await tally(rows, group, "a", now)
    asked = await groups.tallies_to_correct(session, counted_from=now, since=now - HOUR)
    assert asked == [late, early]


@pytest.mark.both_engines("locks")
async def test_a_turn_is_noted_with_its_tick_alone(session: Session, rows: Rows, now: datetime) -> None:
    other = await ticks.tick_turn(session, "tally", now - HOUR)
    mark = await ticks.tick_turn(session, "nags", now)
    assert (mark.name, mark.slot_key, mark.ran_at) == ("nags", "", now)
    mark.slot_key = "15"
    again = await ticks.tick_turn(session, "nags", now + HOUR)
    assert (again.slot_key, again.ran_at) == ("15", now + HOUR)
    assert (await rows.read(other)).ran_at == now - HOUR
    assert await rows.count(TickMark) == 2


@pytest.mark.both_engines("locks")
async def test_when_a_tick_ran_last(session: Session, rows: Rows, now: datetime) -> None:
    """Guarding a tick's turn makes its row if there is none; only looking makes none."""
    assert await ticks.ran_at(session, "nags") is None
    assert await rows.count(TickMark) == 0
    assert await ticks.last_tick(session, "nags") is None
    assert await rows.count(TickMark) == 1
    await ticks.tick_turn(session, "nags", now)
    assert await ticks.ran_at(session, "nags") == now
    assert await ticks.last_tick(session, "nags") == now
