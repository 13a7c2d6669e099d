"""Enrolment: invitations, binding an account, and losing sight of one."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from locales import Text
from models import people
from models.db import Session
from models.people import Contact, ContactState, Invitation, Unit
from rules.people import Tier
from services import audit, outbox
from services.access import Actor, actor_of
from services.errors import DomainError
from services.views import View


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """A link's token, shown once; only its hash is kept."""

    unit: str
    contact: Contact
    token: str
    expires_at: datetime


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


async def invite(
    session: Session, *, now: datetime, valid_for: timedelta, names: Collection[str] = ()
) -> list[NewInvitation]:
    """New links for the contacts that are not enrolled, of all or of the named ones; older links end."""
    units = {unit.id: unit for unit in await people.all_units(session)}
    made = []
    for contact in await people.all_contacts(session):
        if _wants_link(contact, names):
            unit = units[contact.unit_id]
            made.append(await _invite_one(session, contact, unit, now, now + valid_for))
    return made


async def _invite_one(
    session: Session, contact: Contact, unit: Unit, now: datetime, expires_at: datetime
) -> NewInvitation:
    if contact.id is None:
        raise ValueError("a contact must be saved before it is invited")
    await people.expire_invitations(session, contact.id, now)
    token = secrets.token_urlsafe(24)
    session.add(
        Invitation(contact_id=contact.id, token_hash=hash_token(token), created_at=now, expires_at=expires_at)
    )
    audit.record(session, "invite", ("contact", contact.id), now=now)
    return NewInvitation(unit.name, contact, token, expires_at)


async def enrol(session: Session, *, token_hash: str, telegram_user_id: int, now: datetime) -> Actor:
    """Bind a Telegram account to the invited contact. ``DomainError`` for a used, expired or foreign
    link, and for an account that is bound already."""
    invitation = await people.invitation_by_hash(session, token_hash)
    if invitation is None or invitation.id is None:
        raise DomainError("enrolment.unknown_link")
    bound = await people.contact_by_account(session, telegram_user_id)
    if bound is not None:
        raise DomainError("enrolment.already_enrolled", name=bound.name)
    if invitation.used_at is not None:
        raise DomainError("enrolment.used_link")
    if not await people.use_invitation(session, invitation.id, now):
        raise DomainError("enrolment.expired_link")
    contact = await session.get(Contact, invitation.contact_id)
    if contact is None:
        raise DomainError("enrolment.unknown_link")
    before = {"state": contact.state.value}
    contact.telegram_user_id = telegram_user_id
    contact.state = ContactState.ENROLLED
    contact.enrolled_at = now
    await session.flush()
    audit.record(
        session,
        "enrol",
        ("contact", contact.id),
        now=now,
        actor_id=contact.id,
        before=before,
        after={"state": contact.state.value},
    )
    return await actor_of(session, contact)


async def lose(session: Session, telegram_user_id: int, *, now: datetime) -> None:
    """A contact has blocked the bot: unreachable, once, and the office learns it."""
    contact = await people.contact_by_account(session, telegram_user_id)
    if contact is None or contact.id is None:
        return
    if not await people.move_state(session, contact.id, ContactState.ENROLLED, ContactState.UNREACHABLE):
        return
    await session.refresh(contact)
    audit.record(session, "unreachable", ("contact", contact.id), now=now)
    unit = await session.get(Unit, contact.unit_id)
    view = View([Text("enrolment.lost", unit=unit.name if unit else "", name=contact.name)])
    await outbox.tell_office(session, f"lost:{contact.id}:{now.isoformat()}", view, now=now)


async def regain(session: Session, actor: Actor, *, now: datetime) -> bool:
    """An unreachable contact writes again: reachable from now on."""
    old, new = ContactState.UNREACHABLE, ContactState.ENROLLED
    if not await people.move_state(session, actor.id, old, new):
        return False
    await session.refresh(actor.contact)
    audit.record(session, "reachable", ("contact", actor.id), now=now, actor_id=actor.id)
    return True


async def known_units(session: Session) -> dict[str, Tier]:
    """Names and tiers of the units in the roster so far."""
    return {unit.name: unit.tier for unit in await people.all_units(session)}


async def count_uninvited(session: Session, names: Collection[str] = ()) -> int:
    """How many contacts ``invite`` would make links for."""
    return len([contact for contact in await people.all_contacts(session) if _wants_link(contact, names)])


def _wants_link(contact: Contact, names: Collection[str]) -> bool:
    return contact.state is not ContactState.ENROLLED and (not names or contact.name in names)
