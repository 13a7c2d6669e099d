"""Invitations, enrolment, and contacts that are lost and come back."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from models.audit_log import Audit
from models.db import Database, Session, ident
from models.delivery.messages import Outbox
from models.drafts import Draft
from models.people import Contact, ContactState, Invitation, joining
from rules.delivery.delivery import DeliveryState, MessageKind
from rules.people.roles import Role
from services import outbox
from services.campaign import Campaign
from services.delivery import rendering, resending
from services.errors import DomainError
from services.people import enrolment
from services.views import say
from tests.services.conftest import World
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

DAY = timedelta(days=1)
ACCOUNT = 7_000_000_001


@pytest.fixture
async def newcomer(roster: Roster) -> Contact:
    return await roster.contact(await roster.unit("公安局"), "公安局联络员", Role.LIAISON, enrolled=False)


async def invite_one(session: Session, now: datetime, name: str = "公安局联络员") -> str:
    (made,) = await enrolment.invite(session, now=now, valid_for=DAY, names=[name])
    return made.token


async def enrol(session: Session, token: str, now: datetime, account: int = ACCOUNT) -> None:
    await enrolment.enrol(session, token_hash=enrolment.hash_token(token), telegram_user_id=account, now=now)


async def refusal(session: Session, token: str, now: datetime, account: int = ACCOUNT) -> str:
    with pytest.raises(DomainError) as refused:
        await enrol(session, token, now, account)
    return refused.value.text.key


async def test_only_the_hash_of_a_token_is_kept(session: Session, newcomer: Contact, now: datetime) -> None:
    token = await invite_one(session, now)
    kept = (await session.exec(select(Invitation))).one()
    assert kept.token_hash == enrolment.hash_token(token)
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
    assert await refusal(session, old, now + timedelta(hours=2)) == "enrolment.replaced_link"
    assert await refusal(session, old, now + 2 * DAY) == "enrolment.expired_link", "the new one is over, too"
    await enrol(session, new, now + timedelta(hours=2))
    assert newcomer.reachable


async def test_a_bound_account_is_told_who_it_is(
    session: Session, world: World, newcomer: Contact, now: datetime
) -> None:
    """The link stays good for the person for whom it was made."""
    token = await invite_one(session, now)
    account = world.liaison.contact.telegram_user_id
    assert account is not None
    assert await refusal(session, token, now, account) == "enrolment.already_enrolled"
    await enrol(session, token, now)
    assert newcomer.reachable


async def test_invitations_are_for_those_who_are_not_in(
    session: Session, world: World, newcomer: Contact, now: datetime
) -> None:
    assert await enrolment.count_uninvited(session) == 1
    assert await enrolment.count_uninvited(session, ["城管局联络员"]) == 0
    made = await enrolment.invite(session, now=now, valid_for=DAY)
    assert [(link.unit, link.contact.name) for link in made] == [("公安局", "公安局联络员")]


@pytest.mark.both_engines("side by side")
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


@pytest.mark.both_engines("side by side")
async def test_of_two_at_the_same_instant_the_second_hears_that_the_link_is_used(
    database: Database, now: datetime, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with database.transaction() as session:
        roster = Roster(session, now, campaign)
        await roster.contact(await roster.unit("公安局"), "公安局联络员", enrolled=False)
        token = await invite_one(session, now)
    used, asked, claim = asyncio.Event(), asyncio.Event(), joining.use_invitation

    async def second() -> str:
        await used.wait()
        async with database.transaction() as session:
            # PostgreSQL lets both read the link as unused; SQLite lets the second in after the first.
            monkeypatch.setattr(joining, "use_invitation", claimed)
            return await refusal(session, token, now, ACCOUNT + 1)

    async def claimed(*values: Any) -> bool:
        asked.set()
        return await claim(*values)

    async def first() -> None:
        async with database.transaction() as session:
            await enrol(session, token, now, ACCOUNT)
            used.set()
            if not database.is_sqlite:
                await asked.wait()

    _, key = await asyncio.gather(first(), second())
    assert key == "enrolment.used_link"


async def lose(session: Session, world: World, now: datetime) -> None:
    account = world.liaison.contact.telegram_user_id
    assert account is not None
    await enrolment.lose_contact(session, account, now=now, today=now.date())


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
    await enrolment.lose_contact(session, 1, now=now, today=now.date())
    assert (await session.exec(select(Outbox))).all() == []


async def test_who_was_lost_comes_back_once(session: Session, world: World, now: datetime) -> None:
    await lose(session, world, now)
    assert await enrolment.regain(turn_for(session, world.liaison, now))
    assert not await enrolment.regain(turn_for(session, world.liaison, now))
    assert world.liaison.contact.reachable
    events = (await session.exec(select(Audit.event).order_by(col(Audit.id)))).all()
    assert list(events) == ["unreachable", "reachable"]


async def test_who_was_lost_may_be_invited_to_another_account(
    session: Session, world: World, now: datetime
) -> None:
    await lose(session, world, now)
    await enrol(session, await invite_one(session, now, "城管局联络员"), now)
    assert (world.liaison.contact.telegram_user_id, world.liaison.contact.reachable) == (ACCOUNT, True)


async def test_who_answers_for_two_units_reads_how_to_act_for_both(
    session: Session, world: World, newcomer: Contact, roster: Roster, now: datetime
) -> None:
    bound = world.liaison.contact
    newcomer.name, newcomer.unit_id = bound.name, ident(await roster.unit("北社区"))
    await session.flush()
    token = await invite_one(session, now, bound.name)
    assert await refusal(session, token, now, bound.telegram_user_id or 0) == "enrolment.enrolled_elsewhere"
    await enrol(session, token, now)
    assert newcomer.reachable, "the link stays good for another account"


async def test_a_token_may_hold_anything(session: Session, newcomer: Contact, now: datetime) -> None:
    assert await refusal(session, "\ud800\0" * 50, now) == "enrolment.unknown_link"


# -- another phone, another account --------------------------------------------------------------------


async def test_a_link_made_again_moves_the_contact_to_the_new_account(
    session: Session, world: World, now: datetime
) -> None:
    contact = world.liaison.contact
    old = contact.telegram_user_id or 0
    assert await enrolment.count_uninvited(session, again=["城管局联络员"]) == 1
    (made,) = await enrolment.invite(session, now=now, valid_for=DAY, again=["城管局联络员"])
    assert contact.telegram_user_id == old, "the old account works until the link is opened"
    assert await refusal(session, made.token, now, old) == "enrolment.already_enrolled"
    later = now + timedelta(hours=1)
    await enrol(session, made.token, later)
    assert (contact.telegram_user_id, contact.state, contact.enrolled_at) == (
        ACCOUNT,
        ContactState.ENROLLED,
        later,
    )
    (word,) = (await session.exec(select(Outbox))).all()
    assert (word.chat_id, word.contact_id) == (old, None)
    assert word.content["lines"][0]["$text"] == "enrolment.released"
    entry = (await session.exec(select(Audit).where(Audit.event == "rebind"))).one()
    assert entry.actor_id == contact.id
    assert await refusal(session, made.token, later, old) == "enrolment.used_link"


async def test_an_account_that_blocked_the_bot_is_released_without_a_word(
    session: Session, world: World, now: datetime
) -> None:
    await lose(session, world, now)
    (made,) = await enrolment.invite(session, now=now, valid_for=DAY, names=["城管局联络员"])
    await enrol(session, made.token, now)
    chats = set(await session.exec(select(Outbox.chat_id)))
    assert chats == {world.office.contact.telegram_user_id}, "only the office, which was told of the loss"


async def test_links_made_again_are_for_who_is_named(session: Session, world: World, now: datetime) -> None:
    made = await enrolment.invite(session, now=now, valid_for=DAY, again=["城管局联络员"])
    assert [link.contact.name for link in made] == ["城管局联络员"]
    assert await enrolment.invite(session, now=now, valid_for=DAY, again=["没有这个人"]) == []


async def test_an_unfinished_report_goes_along_to_the_new_account(
    session: Session, world: World, now: datetime
) -> None:
    contact = world.liaison.contact
    chat = contact.telegram_user_id or 0
    session.add(
        Draft(contact_id=contact.id or 0, chat_id=chat, text="没报完", card_message_id=5, updated_at=now)
    )
    await session.flush()
    (made,) = await enrolment.invite(session, now=now, valid_for=DAY, again=["城管局联络员"])
    await enrol(session, made.token, now)
    draft = (await session.exec(select(Draft).execution_options(populate_existing=True))).one()
    assert (draft.chat_id, draft.text, draft.card_message_id) == (ACCOUNT, "没报完", None)


async def test_a_language_is_chosen(session: Session, world: World, now: datetime) -> None:
    for _ in range(2):
        view = await enrolment.set_language(turn_for(session, world.liaison, now), "en")
    assert view.lines[0].key == "people.language_set"
    assert world.liaison.contact.locale == "en"
    entry = (await session.exec(select(Audit))).one()
    assert (entry.event, entry.before, entry.after) == ("language", {"locale": None}, {"locale": "en"})
    with pytest.raises(ValueError, match="no such language"):
        await enrolment.set_language(turn_for(session, world.liaison, now), "xx")


async def test_what_was_not_delivered_follows_them_to_their_new_account(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    """What waits goes there, and 重发 of what was held reaches the new account."""
    contact = world.responsible.contact
    old = contact.telegram_user_id
    for state in (DeliveryState.NEW, DeliveryState.UNDELIVERABLE, DeliveryState.SENT):
        key = state.value
        await outbox.enqueue(session, MessageKind.ORDER, key, say("help.voice"), now=now, contact=contact)
        row = (await session.exec(select(Outbox).where(Outbox.dedupe_key == key))).one()
        row.state, row.parts_sent = state, 1
    await session.flush()
    made = await enrolment.invite_contact(turn_for(session, world.office, now, campaign), contact.id or 0)
    await enrol(session, made.token, now)
    query = select(Outbox).where(Outbox.contact_id == contact.id).order_by(col(Outbox.id))
    rows = (await session.exec(query.execution_options(populate_existing=True))).all()
    assert [(row.chat_id, row.parts_sent) for row in rows] == [(ACCOUNT, 0), (ACCOUNT, 0), (old, 1)]
    resent = await resending.resend(turn_for(session, world.office, now, campaign), rows[1].id or 0)
    assert resent.lines[0].key == "outbox.resent"
    for row in rows[:2]:
        assert await rendering.render(tick_for(session, now, campaign), row) is not None
