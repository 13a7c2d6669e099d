"""交接 and 离任 of cases: who answers for them from then on, and how these people learn of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from locales import Text
from models import cases, people
from models.cases import Case, case_holders
from models.db import Session, ident
from models.people import Contact, Unit
from models.tasks import Task
from reports.formats import short
from rules.delivery.delivery import MessageKind
from rules.people.office_subjects import OfficeSubject
from rules.people.roles import Role
from services import audit, office_notices, outbox
from services.cases import case_wording
from services.cases.orders import dispatching
from services.recipients import OfficeShare, unit_readers
from services.tasks.reassign_notices import AlsoMoved
from services.turn import Turn
from services.views import ButtonSpec, View, button

LISTED: Final = 8


@dataclass(frozen=True, slots=True)
class HeldCases:
    """The open cases that wait for one person: they answer for them, or are to verify them."""

    answered: Sequence[Case] = ()
    verified: Sequence[Case] = ()

    @property
    def ids(self) -> list[int]:
        return sorted(ident(case) for case in (*self.answered, *self.verified))


@dataclass(frozen=True, slots=True)
class CaseShares:
    """What becomes of them.

    ``given``, ``to_verify``: the successor has them from then on. ``kept``: cases of another unit, which stay
    there and wait for its 联络员. ``unverified``: cases that the successor may not verify; any inspector may.
    """

    given: Sequence[Case] = field(default_factory=list)
    to_verify: Sequence[Case] = field(default_factory=list)
    kept: Sequence[Case] = field(default_factory=list)
    unverified: Sequence[Case] = field(default_factory=list)

    @property
    def moved(self) -> list[Case]:
        return [*self.given, *self.to_verify]


async def held_by(session: Session, contact: Contact) -> HeldCases:
    return HeldCases(
        await case_holders.answered_by(session, ident(contact)),
        await case_holders.verified_by(session, ident(contact)),
    )


async def locked(session: Session, case_ids: Collection[int]) -> None:
    """Lock the cases, always in the same order."""
    for case_id in sorted(set(case_ids)):
        await cases.locked_case(session, case_id)


async def shares(session: Session, held: HeldCases, successor: Contact | None) -> CaseShares:
    """Who gets what. A case stays with its unit: only 改派 gives it to another one. None: nobody follows."""
    if successor is None:
        return CaseShares(kept=held.answered, unverified=held.verified)
    inspects = Role.INSPECTOR in await people.roles_of(session, ident(successor))

    def verifies(case: Case) -> bool:
        return inspects and case.reporter_id != successor.id

    return CaseShares(
        given=[case for case in held.answered if case.unit_id == successor.unit_id],
        to_verify=[case for case in held.verified if verifies(case)],
        kept=[case for case in held.answered if case.unit_id != successor.unit_id],
        unverified=[case for case in held.verified if not verifies(case)],
    )


async def preview_lines(session: Session, found: CaseShares) -> list[Text]:
    """What the office reads before it confirms."""
    lines = [Text("handover.cases", count=len(found.moved))] if found.moved else []
    for number, case in enumerate(found.moved[:LISTED], 1):
        what = {"case": case.number, "category": short(case.category, 30)}
        place = case_wording.place_text(case)
        lines.append(Text("handover.case_line", number=number, place=place, **what))
    if len(found.moved) > LISTED:
        lines.append(Text("tasks.more", count=len(found.moved) - LISTED))
    return [*lines, *await warnings(session, found)]


async def warnings(session: Session, found: CaseShares) -> list[Text]:
    """What does not go to the successor, and who sees to it."""
    lines = []
    if found.kept:
        names = await people.unit_names(session, {case.unit_id or 0 for case in found.kept})
        lines.append(Text("handover.cases_kept", count=len(found.kept), units=sorted(names.values())))
    if found.unverified:
        lines.append(Text("handover.cases_unverified", count=len(found.unverified)))
    return lines


async def move(turn: Turn, found: CaseShares, successor: Contact | None) -> None:
    """Write down who answers from now on, and the record of it. The caller holds the locks."""
    for column, rows, holder in (
        ("responsible_id", found.given, successor),
        ("verifier_id", found.to_verify, successor),
        ("responsible_id", found.kept, None),
        ("verifier_id", found.unverified, None),
    ):
        for case in rows:
            before, after = getattr(case, column), None if holder is None else holder.id
            setattr(case, column, after)
            turn.session.add(case)
            about = ("case", ident(case))
            audit.note(turn, "case_handover", about, before={column: before}, after={column: after})
    await turn.session.flush()


def along(turn: Turn, contact: Contact, found: CaseShares, to: Text) -> AlsoMoved | None:
    """The part of the successor's and of the former holder's message. None: there is nothing to tell."""
    if not found.moved:
        return None
    lines = [Text("handover.cases_to", count=len(found.moved), name=contact.name, to=to)]
    for number, case in enumerate(found.moved[:LISTED], 1):
        lines.append(case_wording.line(number, case, turn.now, turn.campaign))
    if len(found.moved) > LISTED:
        lines.append(Text("tasks.more", count=len(found.moved) - LISTED))
    if found.to_verify:
        lines.append(Text("handover.verify_these", numbers=[case.number for case in found.to_verify]))
    ids = [ident(case) for case in found.moved]
    numbers = [short(case.number, 20) for case in found.moved]
    gone = [Text("handover.cases_gone", count=len(ids), to=to, numbers=numbers[:LISTED])]
    return AlsoMoved(View(lines, _open_rows(found.moved), case_ids=ids), gone)


def _open_rows(found: Sequence[Case]) -> list[list[ButtonSpec]]:
    """A button to each card, two in a row."""
    buttons = [
        button(Text("common.as_is", text=case.number), "case.card", case_id=case.id)
        for case in found[:LISTED]
    ]
    return [buttons[at : at + 2] for at in range(0, len(buttons), 2)]


async def tell(turn: Turn, contact: Contact, successor: Contact, also: AlsoMoved) -> None:
    """Tell both of the cases alone: no task went along.

    A successor who cannot be reached has the people who hear for the unit.
    """
    own = await unit_readers(turn.session, successor.unit_id, turn.today, successor.id)
    readers = [one for one in own if one.id == successor.id] or own
    key = f"{contact.id}:{turn.now.isoformat()}"
    for reader in readers:
        await outbox.enqueue(
            turn.session,
            MessageKind.ORDER,
            f"cases-to:{reader.id}:{key}",
            also.to,
            now=turn.now,
            contact=reader,
        )
    if contact.reachable:
        gone = View(list(also.gone))
        await outbox.enqueue(
            turn.session, MessageKind.NOTICE, f"cases-from:{key}", gone, now=turn.now, contact=contact
        )


async def leave_behind(turn: Turn, contact: Contact, held: HeldCases) -> None:
    """Nobody follows the contact: their cases wait for the unit's 联络员, else for the office.

    Each of these people gets one message. The next person of the unit to sign or mend a case answers for it.
    """
    found = await shares(turn.session, held, None)
    await move(turn, found, None)
    key = f"cases-left:{contact.id}:{turn.now.isoformat()}"
    share = OfficeShare(OfficeSubject.CASES, turn.today)
    for unit_id in sorted({case.unit_id for case in found.kept if case.unit_id is not None}):
        theirs = [case for case in found.kept if case.unit_id == unit_id]
        view = _left_view(turn, contact, "handover.cases_left", theirs)
        readers = await unit_readers(turn.session, unit_id, turn.today)
        for reader in readers:
            await outbox.enqueue(
                turn.session, MessageKind.ORDER, f"{key}:{reader.id}", view, now=turn.now, contact=reader
            )
        if not readers:
            await office_notices.tell(turn.session, f"{key}:{unit_id}", view, now=turn.now, share=share)
    if found.unverified:
        view = _left_view(turn, contact, "handover.verification_left", found.unverified)
        await office_notices.tell(turn.session, f"{key}:verify", view, now=turn.now, share=share)


def _left_view(turn: Turn, contact: Contact, key: str, found: Sequence[Case]) -> View:
    lines = [Text(key, name=contact.name, count=len(found))]
    for number, case in enumerate(found[:LISTED], 1):
        lines.append(case_wording.line(number, case, turn.now, turn.campaign))
    if len(found) > LISTED:
        lines.append(Text("tasks.more", count=len(found) - LISTED))
    return View(lines, _open_rows(found), case_ids=[ident(case) for case in found])


async def rename_leaders(session: Session, contact: Contact) -> None:
    """Let the unit's open orders name the leaders who are there, once one of them has left.

    The paper of an order keeps the name with which it was issued.
    """
    for order in await case_holders.open_orders_of(session, contact.unit_id):
        if contact.name in (order.leader_in_charge or "").split("、"):
            task = None if order.task_id is None else await session.get(Task, order.task_id)
            order.leader_in_charge = await dispatching.leader_in_charge(session, order.unit_id, task)
            session.add(order)
    await session.flush()


async def stands_in(session: Session, found: HeldCases) -> Text:
    """Who goes on with the cases: the 联络员 of their units or, where they only wait for 核实, the office."""
    units = {case.unit_id for case in found.answered if case.unit_id is not None}
    names = sorted([(await session.get_one(Unit, unit_id)).name for unit_id in units])
    return Text("people.liaisons_of", units=names) if names else Text("common.role.office")
