"""Enrolment: invitations, binding an account to a contact, releasing it, and losing contact with a person."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from locales import LOCALES, Text, name_of
from models import audit_log, drafts, people
from models.db import Session, ident
from models.delivery import messages
from models.people import Contact, ContactState, Invitation, JoinState, Unit, joining
from reports.formats import moment_text
from rules.delivery.delivery import MessageKind
from rules.people.office_subjects import OfficeSubject
from rules.people.roles import Tier
from services import audit, office_notices, outbox, questions
from services.access import Actor, actor_of, require_office
from services.campaign import Campaign
from services.errors import DomainError
from services.people import invitation_requests
from services.recipients import OfficeShare
from services.turn import Turn
from services.views import View, say

INVITE: Final = "invite"


@dataclass(frozen=True, slots=True)
class ReplacedLink:
    """A link that could still be used when a new one took its place: who made it, and when."""

    maker: Text
    at: datetime
    is_own: bool


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """A link's token, shown once; only its hash is stored."""

    unit: str
    contact: Contact
    token: str
    expires_at: datetime
    replaced: ReplacedLink | None = None


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


async def invite(
    session: Session,
    *,
    now: datetime,
    valid_for: timedelta,
    names: Collection[str] = (),
    again: Collection[str] = (),
) -> list[NewInvitation]:
    """New links for the contacts that are not enrolled, for all or only the named ones; older links end.

    ``again``: names that get one although they are enrolled, because their phone or account has changed.
    """
    units = {unit.id: unit for unit in await people.all_units(session, retired=True)}
    made = []
    for contact in await people.all_contacts(session):
        if _wants_link(contact, names, again):
            unit = units[contact.unit_id]
            made.append(await _invite_one(session, contact, unit, now, now + valid_for))
    return made


async def invite_contact(turn: Turn, contact_id: int) -> NewInvitation:
    """A new link for one contact, enrolled or not, by the office. It is shown at once and stored nowhere."""
    contact = await office_contact(turn.session, turn.actor, contact_id)
    unit = await turn.session.get_one(Unit, contact.unit_id)
    until = turn.now + timedelta(days=turn.campaign.invitation_days)
    replaced = await _replaced_by(turn, contact_id)
    made = await _invite_one(turn.session, contact, unit, turn.now, until, turn.actor.id)
    return replace(made, replaced=replaced)


async def _replaced_by(turn: Turn, contact_id: int) -> ReplacedLink | None:
    """The open link that a new one takes the place of."""
    there = await joining.open_invitation(turn.session, contact_id, turn.now)
    if there is None:
        return None
    noted = await audit_log.last_of_events(turn.session, ("contact", contact_id), {INVITE})
    maker_id = None if noted is None else noted.actor_id
    maker = await audit.name_of(turn.session, maker_id)
    return ReplacedLink(maker, there.created_at, maker_id == turn.actor.id)


def link_view(made: NewInvitation, bot_name: str, campaign: Campaign) -> View:
    """The link, shown only to the person who asked for it, and whose link it ends.

    It is never promised: the outbox would store it.
    """
    again = made.contact.telegram_user_id is not None
    zone = campaign.zone
    shown = say(
        "people.invitation_again" if again else "people.invitation",
        unit=made.unit,
        name=made.contact.name,
        until=moment_text(made.expires_at, zone),
        link=f"https://t.me/{bot_name}?start={made.token}",
    )
    old = made.replaced
    if old is None:
        return shown
    key = "people.invitation_replaced_own" if old.is_own else "people.invitation_replaced"
    return View([*shown.lines, Text(key, who=old.maker, at=moment_text(old.at, zone))])


async def office_contact(session: Session, actor: Actor, contact_id: int) -> Contact:
    """The contact on whom a member of the office wants to act.

    ``DomainError`` if the actor is not of the office, or if the contact has left.
    """
    require_office(actor)
    contact = await session.get(Contact, contact_id, populate_existing=True)
    if contact is None or contact.state is ContactState.LEFT:
        raise DomainError("people.left", name=contact.name if contact else "")
    return contact


async def _invite_one(
    session: Session,
    contact: Contact,
    unit: Unit,
    now: datetime,
    expires_at: datetime,
    actor_id: int | None = None,
) -> NewInvitation:
    if contact.id is None:
        raise ValueError("a contact must be saved before it is invited")
    await joining.expire_invitations(session, contact.id, now)
    token = secrets.token_urlsafe(24)
    session.add(
        Invitation(contact_id=contact.id, token_hash=hash_token(token), created_at=now, expires_at=expires_at)
    )
    audit.record(session, INVITE, ("contact", contact.id), now=now, actor_id=actor_id)
    return NewInvitation(unit.name, contact, token, expires_at)


async def enrol(session: Session, *, token_hash: str, telegram_user_id: int, now: datetime) -> Actor:
    """Bind a Telegram account to the invited contact, in place of an older one.

    ``DomainError`` for a used, expired or foreign link, and for an account that is bound already.
    """
    invitation = await joining.invitation_by_hash(session, token_hash)
    if invitation is None or invitation.id is None:
        raise DomainError("enrolment.unknown_link")
    await refuse_bound(session, telegram_user_id, invitation.contact_id)
    _refuse_used(invitation)
    # This link answers what the account has asked for meanwhile.
    await close_request(session, telegram_user_id, invitation.contact_id, now=now)
    if not await joining.use_invitation(session, invitation.id, now):
        # Somebody may have used it since it was read.
        await session.refresh(invitation)
        _refuse_used(invitation)
        newer = await joining.open_invitation(session, invitation.contact_id, now)
        raise DomainError("enrolment.expired_link" if newer is None else "enrolment.replaced_link")
    contact = await session.get(Contact, invitation.contact_id)
    if contact is None:
        raise DomainError("enrolment.unknown_link")
    await bind_account(session, contact, telegram_user_id, now=now, actor_id=contact.id)
    return await actor_of(session, contact)


def _refuse_used(invitation: Invitation) -> None:
    if invitation.used_at is not None:
        raise DomainError("enrolment.used_link")


async def refuse_bound(session: Session, account: int, invited_id: int | None = None) -> None:
    """Raise ``DomainError`` if the account belongs to somebody already; it tells them their name.

    A person who answers for two units stands in the roster twice, and has one account. They read how they can
    act for the other unit, too. ``invited_id``: the contact for whom their link is.
    """
    bound = await people.contact_by_account(session, account)
    if bound is None:
        return
    invited = None if invited_id is None else await session.get(Contact, invited_id)
    if invited is not None and invited.name == bound.name and invited.unit_id != bound.unit_id:
        names = await people.unit_names(session, {bound.unit_id, invited.unit_id})
        units = {"unit": names[bound.unit_id], "other": names[invited.unit_id]}
        raise DomainError("enrolment.enrolled_elsewhere", name=bound.name, **units)
    raise DomainError("enrolment.already_enrolled", name=bound.name)


async def close_request(session: Session, account: int, contact_id: int, *, now: datetime) -> None:
    """Close the request of an account that has meanwhile enrolled by a link."""
    waiting = await joining.pending_join(session, account)
    if waiting is not None and waiting.id is not None:
        values = {"decided_at": now, "contact_id": contact_id}
        await joining.decide_join(session, waiting.id, JoinState.APPROVED, **values)
        outcome = Text("joining.settled.by_link")
        await office_notices.settle(session, ("join", waiting.id), None, outcome, now=now)


async def bind_account(
    session: Session, contact: Contact, account: int, *, now: datetime, actor_id: int | None
) -> int | None:
    """Make ``account`` the contact's own; returns the account that it had before.

    An older account is released and told so. An unfinished report and undelivered messages move along; what
    met a blocked chat comes as one list. Open links end. Who stood in for a newcomer is told. Locks are taken
    in one order everywhere (request, invitations, contact), so that a link and an approval at the same moment
    wait for each other.
    """
    if contact.id is None:
        raise ValueError("a contact must be saved before an account is bound to it")
    await joining.expire_invitations(session, contact.id, now)
    await session.refresh(contact, with_for_update=True)
    old, before = contact.telegram_user_id, {"state": contact.state.value}
    joins = contact.state is ContactState.NOT_ENROLLED
    was_reachable = contact.reachable
    contact.telegram_user_id, contact.state, contact.enrolled_at = account, ContactState.ENROLLED, now
    contact.missed_at = None
    await session.flush()
    # All questions to the applicant are answered.
    await questions.drop(session, account, account)
    if old is not None:
        await drafts.move_draft(session, contact.id, old, account)
        await messages.follow_account(session, contact.id, old, account)
        if was_reachable:
            await _tell_released(session, contact, old, "enrolment.released", now=now)
    audit.record(
        session,
        "enrol" if old is None else "rebind",
        ("contact", contact.id),
        now=now,
        actor_id=actor_id,
        before=before,
        after={"state": contact.state.value},
    )
    await outbox.promise_missed(session, contact, now=now)
    if joins:
        await invitation_requests.tell_stand_ins(session, contact, now=now)
    return old


async def release_account(session: Session, contact: Contact, *, now: datetime) -> None:
    """The contact leaves: release their account and tell it so. The caller writes the audit."""
    old, was_reachable = contact.telegram_user_id, contact.reachable
    contact.telegram_user_id, contact.state = None, ContactState.LEFT
    await session.flush()
    await joining.expire_invitations(session, ident(contact), now)
    if old is not None and was_reachable:
        await _tell_released(session, contact, old, "people.you_left", now=now)


async def _tell_released(session: Session, contact: Contact, old: int, key: str, *, now: datetime) -> None:
    """Send the last message to an account. It goes to the chat, for no contact has the account any more."""
    await questions.drop(session, old, old)
    view = View([Text(key, name=contact.name)])
    dedupe = f"released:{contact.id}:{old}:{now.isoformat()}"
    await outbox.enqueue(
        session, MessageKind.NOTICE, dedupe, view, now=now, chat=(old, None), locale=contact.locale
    )


async def lose_contact(session: Session, telegram_user_id: int, *, now: datetime, today: date) -> None:
    """A contact has blocked the bot: mark them as unreachable, once, and tell the office.

    ``today``: the local day.
    """
    contact = await people.contact_by_account(session, telegram_user_id)
    if contact is None or contact.id is None:
        return
    old, new = ContactState.ENROLLED, ContactState.UNREACHABLE
    if not await people.move_state(session, contact.id, old, new, account=telegram_user_id):
        return
    await session.refresh(contact)
    audit.record(session, "unreachable", ("contact", contact.id), now=now)
    unit = await session.get(Unit, contact.unit_id)
    view = View([Text("enrolment.lost", unit=unit.name if unit else "", name=contact.name)])
    key, share = f"lost:{contact.id}:{now.isoformat()}", OfficeShare(OfficeSubject.PEOPLE, today)
    await office_notices.tell(session, key, view, now=now, share=share)


async def regain(turn: Turn) -> bool:
    """Mark an unreachable contact as reachable, because they write again; they get what they missed."""
    old, new = ContactState.UNREACHABLE, ContactState.ENROLLED
    if not await people.move_state(turn.session, turn.actor.id, old, new):
        return False
    await turn.session.refresh(turn.actor.contact)
    turn.actor.contact.missed_at = None
    audit.note(turn, "reachable", ("contact", turn.actor.id))
    await outbox.promise_missed(turn.session, turn.actor.contact, now=turn.now)
    return True


async def set_language(turn: Turn, locale: str) -> View:
    """Set the contact's language to ``locale``; the answer is in that language."""
    if locale not in LOCALES:
        raise ValueError(f"no such language: {locale}")
    before = turn.actor.contact.locale
    if locale != before:
        turn.actor.contact.locale = locale
        turn.session.add(turn.actor.contact)
        await turn.session.flush()
        audit.note(
            turn, "language", ("contact", turn.actor.id), before={"locale": before}, after={"locale": locale}
        )
    return say("people.language_set", language=name_of(locale))


async def known_units(session: Session) -> dict[str, Tier]:
    """Names and tiers of the units in the roster so far."""
    return {unit.name: unit.tier for unit in await people.all_units(session)}


async def count_uninvited(session: Session, names: Collection[str] = (), again: Collection[str] = ()) -> int:
    """How many contacts ``invite`` would make links for."""
    contacts = await people.all_contacts(session)
    return len([contact for contact in contacts if _wants_link(contact, names, again)])


def _wants_link(contact: Contact, names: Collection[str], again: Collection[str]) -> bool:
    if contact.state is ContactState.LEFT:
        return False
    if contact.name in again:
        return True
    # If only ``again`` has names, nobody but those people is meant.
    asked = contact.name in names if names else not again
    return contact.state is not ContactState.ENROLLED and asked
