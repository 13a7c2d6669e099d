"""The messages promised when a unit confirms 反馈: 待核查 to the checkers, and the sender's receipt."""

from __future__ import annotations

from dataclasses import replace

from locales import Text
from models import cases, people
from models.cases import Case
from models.db import Session, ident
from models.people import Contact
from reports.formats import short
from rules.cases.case_lifecycle import CaseEvent, CaseState
from rules.delivery.delivery import MessageKind
from rules.people.roles import Role
from services import audit, office_notices, outbox
from services.cases import case_steps, case_wording
from services.cases.case_buttons import open_button
from services.cases.handling.unit_side import step_key
from services.turn import Turn
from services.views import View, button


async def tell_checkers(turn: Turn, case: Case, words: str, files: int) -> None:
    """Tell the office, and the inspectors who verify, reported or follow the case.

    This comes before the step is taken, under the key of the followers' notice, so that nobody hears it
    twice.
    """
    then = case_steps.foreseen(case, CaseEvent.FEEDBACK, turn.now, turn.campaign.working_time)
    lines = [
        Text("orders.feedback.to_check", number=case.number, category=case.category),
        Text("orders.feedback.by", who=await audit.name_of(turn.session, turn.actor.id)),
        Text("cases.card.place", value=case_wording.place_text(case)),
        Text("cases.card.standard", value=short(case.standard, 200)),
        Text("orders.feedback.files", count=files),
        Text("cases.card.limit", value=case_wording.due_text(case, then.limit_at, turn.campaign)),
    ]
    if words:
        lines.insert(2, Text("progress.card.text", text=short(words, 300)))
    if case.state is CaseState.SUSPENDED:
        lines.append(Text("orders.feedback.ends_suspension"))
    if then.late:
        lines.append(Text("orders.feedback.late"))
    row = [
        button("checking.check_button", "case.check", case_id=case.id, seen=case.steps + 1),
        open_button(case),
    ]
    view = View(lines, [row], case_ids=[ident(case)])
    for contact in await _inspectors(turn.session, case):
        key = f"{step_key(case)}:{contact.id}"
        await outbox.enqueue(
            turn.session, MessageKind.NOTICE, key, view, now=turn.now, contact=contact, role=Role.INSPECTOR
        )
    # Nobody of the office checks their own unit's work: they read it without the button to check.
    own = await people.enrolled_with_role(turn.session, Role.OFFICE, case.unit_id)
    instead = {ident(contact): replace(view, rows=[row[1:]]) for contact in own}
    about = case_wording.noticed(case, turn.today)
    await office_notices.tell(turn.session, step_key(case), view, now=turn.now, instead=instead, **about)


async def _inspectors(session: Session, case: Case) -> list[Contact]:
    """The inspectors to tell: nobody of the unit itself, and nobody who has muted the case."""
    followers = await cases.followers_of(session, ident(case))
    ids = {follower.contact_id for follower in followers if not follower.muted}
    ids |= set() if case.verifier_id is None else {case.verifier_id}
    roles = await people.roles_of_all(session, ids)
    found = [
        await session.get(Contact, contact_id)
        for contact_id in sorted(ids)
        if Role.INSPECTOR in roles.get(contact_id, frozenset())
    ]
    return [contact for contact in found if contact is not None and contact.unit_id != case.unit_id]


async def promise_receipt(turn: Turn, case: Case, files: int, *, was_suspended: bool) -> None:
    lines = [
        Text("orders.feedback.receipt", number=case.number),
        Text("orders.feedback.files", count=files),
    ]
    if was_suspended:
        lines.append(Text("orders.feedback.ends_suspension"))
    if case.facts.late:
        lines.append(Text("orders.feedback.late"))
    view = View(lines, case_ids=[ident(case)])
    key = f"feedback:{case.id}:{case.steps}"
    await outbox.enqueue(
        turn.session, MessageKind.RECEIPT, key, view, now=turn.now, contact=turn.actor.contact
    )
