"""Invitations, enrolment, and contacts that are lost and come back. Follows point 4 of the issue."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlmodel import col, select

from models.campaign import Audit
from models.db import Database, Session
from models.messages import Outbox
from models.people import Contact, ContactState, Invitation
from rules.people import Role
from services import people
from services.campaign import Campaign
from services.errors import DomainError
from tests.services.conftest import World
from tests.support.people import Roster

DAY = timedelta(days=1)
ACCOUNT = 7_000_000_001


@pytest.fixture
async def newcomer(roster: Roster) -> Contact:
    return await roster.contact(await roster.unit("公安局"), "公安局联络员", Role.LIAISON, enrolled=False)


async def invite_one(session: Session, now: datetime, name: str = "公安局联络员") -> str:
    (made,) = await people.invite(session, now=now, valid_for=DAY, names=[name])
    return made.token


async def enrol(session: Session, token: str, now: datetime, account: int = ACCOUNT) -> None:
    await people.enrol(session, token_hash=people.hash_token(token), telegram_user_id=account, now=now)


async def refusal(session: Session, token: str, now: datetime, account: int = ACCOUNT) -> str:
    with pytest.raises(DomainError) as refused:
        await enrol(session, token, now, account)
    return refused.value.text.key


async def test_only_the_hash_of_a_token_is_kept(session: Session, newcomer: Contact, now: datetime) -> None:
    token = await invite_one(session, now)
    kept = (await session.exec(select(Invitation))).one()
    assert kept.token_hash == people.hash_token(token)
    assert token not in str(kept.model_dump())
    assert (kept.created_at, kept.expires_at, kept.used_at) == (now, now + DAY, None)
    assert len(token) <= 64, "Telegram's limit for what follows ?start="


async def test_enrolment_binds_the_account(session: Session, newcomer: Contact, now: datetime) -> None:
    await enrol(session, await invite_one(session, now), now)
    assert (newcomer.telegram_user_id, newcomer.state) == (ACCOUNT, ContactState.ENROLLED)
    assert newcomer.enrolled_at == now
    entry = (await session.exec(select(Audit).where(Audit.event == "enrol"))).one()
    assert (entry.actor_id, entry.subject_id) == (newcomer.id, newcomer.id)
    assert (entry.before, entry.after) == ({"state": "not_enrolled"}, {"state": "enrolled"})


async def test_a_link_works_once(session: Session, newcomer: Contact, now: datetime) -> None:
    token = await invite_one(session, now)
    await enrol(session, token, now)
    assert await refusal(session, token, now, ACCOUNT + 1) == "enrolment.used_link"
    assert newcomer.telegram_user_id == ACCOUNT


@pytest.mark.parametrize(
    ("after", "key"), [(DAY, "enrolment.expired_link"), (2 * DAY, "enrolment.expired_link")]
)
async def test_a_link_expires(
    session: Session, newcomer: Contact, now: datetime, after: timedelta, key: str
) -> None:
    token = await invite_one(session, now)
    assert await refusal(session, token, now + after) == key
    assert newcomer.telegram_user_id is None


async def test_a_link_works_until_its_last_second(session: Session, newcomer: Contact, now: datetime) -> None:
    token = await invite_one(session, now)
    await enrol(session, token, now + DAY - timedelta(seconds=1))
    assert newcomer.reachable


async def test_a_foreign_token_is_unknown(session: Session, newcomer: Contact, now: datetime) -> None:
    await invite_one(session, now)
    assert await refusal(session, "made-up", now) == "enrolment.unknown_link"
    assert await refusal(session, "", now) == "enrolment.unknown_link"


async def test_older_links_end_with_a_new_one(session: Session, newcomer: Contact, now: datetime) -> None:
    old = await invite_one(session, now)
    new = await invite_one(session, now + timedelta(hours=1))
    assert await refusal(session, old, now + timedelta(hours=2)) == "enrolment.expired_link"
    await enrol(session, new, now + timedelta(hours=2))
    assert newcomer.reachable


async def test_a_bound_account_is_told_who_it_is(
    session: Session, world: World, newcomer: Contact, now: datetime
) -> None:
    """The link stays good for him for whom it was made."""
    token = await invite_one(session, now)
    account = world.liaison.contact.telegram_user_id
    assert account is not None
    assert await refusal(session, token, now, account) == "enrolment.already_enrolled"
    await enrol(session, token, now)
    assert newcomer.reachable


async def test_invitations_are_for_those_who_are_not_in(
    session: Session, world: World, newcomer: Contact, now: datetime
) -> None:
    assert await people.count_uninvited(session) == 1
    assert await people.count_uninvited(session, ["城管局联络员"]) == 0
    made = await people.invite(session, now=now, valid_for=DAY)
    assert [(link.unit, link.contact.name) for link in made] == [("公安局", "公安局联络员")]


async def test_two_presses_on_one_link_enrol_one(
    database: Database, now: datetime, campaign: Campaign
) -> None:
    async with database.transaction() as session:
        roster = Roster(session, now, campaign)
        await roster.contact(await roster.unit("公安局"), "公安局联络员", enrolled=False)
        token = await invite_one(session, now)

    async def press(account: int) -> bool:
        try:
            async with database.transaction() as session:
                await enrol(session, token, now, account)
        except DomainError:
            return False
        return True

    assert sorted(await asyncio.gather(press(ACCOUNT), press(ACCOUNT + 1))) == [False, True]


async def lose(session: Session, world: World, now: datetime) -> None:
    account = world.liaison.contact.telegram_user_id
    assert account is not None
    await people.lose(session, account, now=now)


async def test_a_lost_contact_is_told_to_the_office_once(
    session: Session, world: World, now: datetime
) -> None:
    await lose(session, world, now)
    await lose(session, world, now + timedelta(minutes=1))
    assert world.liaison.contact.state is ContactState.UNREACHABLE
    (notice,) = (await session.exec(select(Outbox))).all()
    assert notice.contact_id == world.office.id
    assert notice.content["lines"][0]["values"] == {"unit": "城管局", "name": "城管局联络员"}


async def test_losing_a_stranger_is_nothing(session: Session, world: World, now: datetime) -> None:
    await people.lose(session, 1, now=now)
    assert (await session.exec(select(Outbox))).all() == []


async def test_who_was_lost_comes_back_once(session: Session, world: World, now: datetime) -> None:
    await lose(session, world, now)
    assert await people.regain(session, world.liaison, now=now)
    assert not await people.regain(session, world.liaison, now=now)
    assert world.liaison.contact.reachable
    events = (await session.exec(select(Audit.event).order_by(col(Audit.id)))).all()
    assert list(events) == ["unreachable", "reachable"]


async def test_who_was_lost_may_be_invited_to_another_account(
    session: Session, world: World, now: datetime
) -> None:
    await lose(session, world, now)
    await enrol(session, await invite_one(session, now, "城管局联络员"), now)
    assert (world.liaison.contact.telegram_user_id, world.liaison.contact.reachable) == (ACCOUNT, True)


async def test_a_token_may_hold_anything(session: Session, newcomer: Contact, now: datetime) -> None:
    assert await refusal(session, "\ud800\0" * 50, now) == "enrolment.unknown_link"
