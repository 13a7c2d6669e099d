"""The office's side of 申请加入: who asks, whether the roster knows them, and the decision.

The first decision counts.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from locales import Text
from models import people
from models.db import Session, ident
from models.people import Contact, ContactState, JoinRequest, JoinState, Unit, joining
from reports.formats import full_day_text, moment_text
from rules.delivery.delivery import MessageKind
from rules.people.office_subjects import OfficeSubject
from rules.people.roles import Role
from rules.people.typed_names import normalise
from services import access, audit, help_texts, office_notices, outbox
from services.access import Actor, require_office
from services.campaign import Campaign
from services.errors import DomainError
from services.people.enrolment import bind_account
from services.recipients import OfficeShare
from services.task_wording import list_button
from services.turn import Turn
from services.views import ButtonSpec, View, button, in_rows

# The roster or a link admits the office and the district's leaders; a request does not.
ROLES_TO_ASK: Final = (
    Role.RESPONSIBLE_PERSON,
    Role.LIAISON,
    Role.INSPECTOR,
    Role.LEADER_IN_CHARGE,
    Role.PRINCIPAL_LEADER,
)


def particulars(unit: str, name: str, post: str | None) -> list[Text]:
    """What applicants say of themselves."""
    lines = [Text("joining.line.unit", value=unit), Text("joining.line.name", value=name)]
    return [*lines, Text("joining.line.post", value=post)] if post else lines


async def ask_office(session: Session, request: JoinRequest, *, now: datetime, today: date) -> None:
    """Send each member of the office one message with the decision's buttons under it."""
    view = await _question(session, request)
    key, share = f"join:{request.id}", OfficeShare(OfficeSubject.PEOPLE, today)
    await office_notices.tell(session, key, view, now=now, share=share, about=("join", ident(request)))


async def _question(session: Session, request: JoinRequest) -> View:
    """Who asks, whether the roster knows them and in which roles, and the decision's buttons."""
    unit = await session.get_one(Unit, request.unit_id)
    lines = [Text("joining.asked"), *particulars(unit.name, request.name, request.post)]
    row = [
        button("joining.approve_button", "join.approve", request_id=request.id),
        button("joining.refuse_button", "join.refuse", request_id=request.id),
    ]
    return View([*lines, await _standing(session, await _known(session, request))], [row])


async def _known(session: Session, request: JoinRequest) -> Contact | None:
    """The contact of that name in that unit; one that has left only if there is no other."""
    name = normalise(request.name)
    everybody = await people.contacts_of_unit(session, request.unit_id)
    found = [contact for contact in everybody if normalise(contact.name) == name]
    return min(found, key=lambda contact: contact.state is ContactState.LEFT, default=None)


async def _standing(session: Session, known: Contact | None) -> Text:
    """What the roster says of the name. It shows the roles, for an admitted person gets them at once."""
    if known is None:
        return Text("joining.roster.unknown")
    if known.state is ContactState.LEFT:
        return Text("joining.roster.left")
    if await _lacks_role(session, known):
        return Text("joining.roster.no_role")
    held = sorted(await people.roles_of(session, ident(known)))
    roles = [Text(f"common.role.{role.value}") for role in held]
    state = "waiting" if known.telegram_user_id is None else "bound"
    return Text(f"joining.roster.{state}", roles=roles or Text("units.no_role"))


async def _lacks_role(session: Session, known: Contact | None) -> bool:
    """Whether the office must choose a role before it can admit the applicant."""
    if known is None or known.state is ContactState.LEFT:
        return True
    return known.telegram_user_id is None and not await people.roles_of(session, ident(known))


async def approve(
    turn: Turn, request_id: int, *, role: Role | None = None, replacing: int | None = None
) -> View:
    """Admit an account as the contact of that name, or as a new contact with ``role``.

    ``role`` is for a name that the roster does not know, or knows without a role; if it is missing, the
    office is asked for it. ``replacing``: the account that the office has seen and gives up; if the contact
    has another one, the office is asked about that first.
    """
    request = await _open_request(turn.session, turn.actor, request_id)
    if request.state is not JoinState.PENDING:
        return await _decided(turn.session, request, turn.campaign)
    bound = await people.contact_by_account(turn.session, request.telegram_user_id)
    if bound is not None:
        if await _decided_meanwhile(turn.session, request):
            return await _decided(turn.session, request, turn.campaign)
        raise DomainError("joining.bound_elsewhere", name=bound.name)
    known = await _known(turn.session, request)
    if not await _lacks_role(turn.session, known):
        role = None  # the roster has learned of the name since the office was asked
    elif role is None:
        return await _ask_role(turn.session, request)
    if known is not None and known.telegram_user_id not in {None, replacing}:
        return await _ask_rebinding(turn.session, request, known, turn.campaign)
    if await _decide(turn, request, JoinState.APPROVED):
        await _let_in(turn, request, known, role, replacing)
    return await _decided(turn.session, request, turn.campaign)


async def _decided_meanwhile(session: Session, request: JoinRequest) -> bool:
    """Whether somebody has decided since the request was read."""
    await session.refresh(request)
    return request.state is not JoinState.PENDING


async def refuse(turn: Turn, request_id: int) -> View:
    """Refuse the request. The applicant is told so, and whom to ask."""
    request = await _open_request(turn.session, turn.actor, request_id)
    if await _decide(turn, request, JoinState.REFUSED):
        view = View([Text("joining.you_are_refused")])
        chat = (request.telegram_user_id, None)
        key = f"refused:{request.id}"
        await outbox.enqueue(
            turn.session, MessageKind.NOTICE, key, view, now=turn.now, chat=chat, locale=request.locale
        )
    return await _decided(turn.session, request, turn.campaign)


async def show_request(turn: Turn, request_id: int) -> View:
    """Go back from a question to the request itself."""
    request = await _open_request(turn.session, turn.actor, request_id)
    if request.state is not JoinState.PENDING:
        return await _decided(turn.session, request, turn.campaign)
    return await _question(turn.session, request)


async def _open_request(session: Session, actor: Actor, request_id: int) -> JoinRequest:
    require_office(actor)
    request = await session.get(JoinRequest, request_id, populate_existing=True)
    if request is None:
        raise DomainError("buttons.expired")
    return request


async def _ask_role(session: Session, request: JoinRequest) -> View:
    unit = await session.get_one(Unit, request.unit_id)
    buttons = [
        button(f"common.role.{role.value}", "join.approve", request_id=request.id, role=role)
        for role in ROLES_TO_ASK
    ]
    lines = [Text("joining.which_role"), *particulars(unit.name, request.name, request.post)]
    return View(lines, [*in_rows(buttons, 3), [_back(request)]])


async def _ask_rebinding(session: Session, request: JoinRequest, known: Contact, campaign: Campaign) -> View:
    """Ask whether to replace the account that is enrolled already.

    Before it decides, the office sees since when that one is enrolled.
    """
    unit = await session.get_one(Unit, request.unit_id)
    said = {"request_id": request.id, "replacing": known.telegram_user_id}
    enrolled = (known.enrolled_at or request.asked_at).astimezone(campaign.zone)
    since = full_day_text(enrolled.date())
    lines = [
        Text("joining.bound_since", name=known.name, since=since),
        *particulars(unit.name, request.name, request.post),
    ]
    rebind = button("joining.rebind_button", "join.approve", **said)
    refuse_ = button("joining.refuse_button", "join.refuse", request_id=request.id)
    return View(lines, [[rebind], [refuse_, _back(request)]])


def _back(request: JoinRequest) -> ButtonSpec:
    return button("progress.back_button", "join.show", request_id=request.id)


async def _let_in(
    turn: Turn, request: JoinRequest, contact: Contact | None, role: Role | None, replacing: int | None
) -> None:
    if contact is None:
        contact = Contact(unit_id=request.unit_id, name=request.name)
        turn.session.add(contact)
    if contact.post is None:
        contact.post = request.post
    await turn.session.flush()
    if role is not None:
        await people.set_roles(turn.session, ident(contact), {role})
    request.contact_id = contact.id
    await turn.session.flush()
    old = await bind_account(
        turn.session, contact, request.telegram_user_id, now=turn.now, actor_id=turn.actor.id
    )
    if old not in {None, replacing}:
        # The contact enrolled by a link at this very moment: nobody has agreed to take that account away.
        raise DomainError("joining.changed")
    await _welcome(turn.session, request, contact, turn.now)


async def _decide(turn: Turn, request: JoinRequest, state: JoinState) -> bool:
    """Claim the decision; False when another member was first. Either way ``request`` is read again."""
    first = request.id is not None and await joining.decide_join(
        turn.session, request.id, state, decided_at=turn.now, decided_by=turn.actor.id
    )
    await turn.session.refresh(request)
    if first:
        audit.note(
            turn,
            f"join_{state.value}",
            ("join", request.id),
            before={"state": JoinState.PENDING.value},
            after={"state": state.value, "name": request.name, "unit_id": request.unit_id},
        )
        outcome = Text(f"joining.settled.{state.value}")
        about = ("join", ident(request))
        await office_notices.settle(turn.session, about, turn.actor.id, outcome, now=turn.now)
    return first


async def _welcome(session: Session, request: JoinRequest, contact: Contact, now: datetime) -> None:
    welcome = help_texts.welcome(await access.actor_of(session, contact))
    view = View(welcome.lines, [[list_button(contact.id)]])
    await outbox.enqueue(
        session, MessageKind.NOTICE, f"admitted:{request.id}", view, now=now, contact=contact
    )


async def _decided(session: Session, request: JoinRequest, campaign: Campaign) -> View:
    """The outcome of a request, who decided it and when."""
    unit = await session.get_one(Unit, request.unit_id)
    by = await audit.name_of(session, request.decided_by)
    at = moment_text(request.decided_at or request.asked_at, campaign.zone)
    # No member of the office is named: the applicant enrolled by a link before anybody decided.
    outcome = "by_link" if request.decided_by is None else request.state.value
    lines = [Text(f"joining.outcome.{outcome}", by=by, at=at)]
    if request.contact_id is not None:
        contact = await session.get_one(Contact, request.contact_id)
        roles = sorted(await people.roles_of(session, request.contact_id))
        shown = [Text(f"common.role.{role.value}") for role in roles]
        lines.append(Text("joining.line.admitted", name=contact.name, roles=shown or Text("units.no_role")))
    return View([*lines, *particulars(unit.name, request.name, request.post)])
