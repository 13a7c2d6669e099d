"""核实: an inspector or the office says whether a problem is there, by a button or with photos and words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from locales import Text, plain
from models import cases, people
from models.cases import Case, CasePhase
from models.db import Session, ident, known
from models.drafts import Draft, DraftKind
from models.people import Contact, Unit
from reports.formats import short
from rules.cases.case_lifecycle import CaseEvent
from rules.delivery.delivery import MessageKind
from rules.people.roles import Role
from rules.text_parts import clip_plain
from services import audit, office_notices, outbox, questions
from services.access import Actor
from services.cases import case_access, case_steps, case_wording
from services.cases.cards import case_card
from services.cases.cards.case_card_rows import verdict_rows
from services.cases.case_buttons import open_button
from services.cases.case_steps import StepDetails
from services.cases.submitting import case_filing
from services.drafts import draft_changes, draft_kinds, draft_parts, repeated_words
from services.drafts.draft_changes import Addition
from services.drafts.draft_kinds import draft_button
from services.errors import DomainError
from services.turn import Turn
from services.views import ButtonSpec, TurnOutcome, View, button

SHOWN: Final = 500


async def choose_inspector(turn: Turn, case_id: int, seen: int) -> View:
    """Ask which inspector goes and looks (交办核实)."""
    case = await case_steps.case_for_step(
        turn.session, turn.actor, case_id, CaseEvent.ASK_VERIFICATION, seen, now=turn.now
    )
    able = [
        c for c in await people.enrolled_with_role(turn.session, Role.INSPECTOR) if c.id != case.reporter_id
    ]
    rows = []
    for contact in able:
        unit = await turn.session.get_one(Unit, contact.unit_id)
        label = Text(
            "desk.inspector_button", unit=clip_plain(unit.name, 20), name=clip_plain(contact.name, 20)
        )
        rows.append(
            [button(label, "desk.entrust", turn.actor.id, case_id=case_id, seen=seen, contact_id=contact.id)]
        )
    line = Text("desk.choose_inspector", number=case.number) if rows else Text("desk.no_inspector")
    return View([line], [*rows, [back_button(turn.actor, case_id)]], case_ids=[case_id])


def back_button(actor: Actor, case_id: int) -> ButtonSpec:
    """The button back to the card, for every question here."""
    return button("desk.back_button", "desk.back", actor.id, case_id=case_id)


async def entrust(turn: Turn, case_id: int, seen: int, contact_id: int) -> TurnOutcome:
    """Entrust the verification to an inspector, and tell them."""
    case = await case_steps.case_for_step(
        turn.session, turn.actor, case_id, CaseEvent.ASK_VERIFICATION, seen, now=turn.now
    )
    contact = await turn.session.get(Contact, contact_id)
    roles = await people.roles_of(turn.session, contact_id)
    if contact is None or not contact.reachable or Role.INSPECTOR not in roles:
        raise DomainError("desk.inspector_gone")
    if contact_id == case.reporter_id:
        raise DomainError("cases.not_for_you.verifier")
    case = await case_steps.take(
        turn,
        case_id,
        CaseEvent.ASK_VERIFICATION,
        actor=turn.actor,
        seen=seen,
        change=StepDetails(reason=contact.name, data={"verifier": contact_id}),
        verifier_id=contact_id,
    )
    await _tell_verifier(turn.session, case, contact, now=turn.now)
    return TurnOutcome(await case_card.card(turn, case_id), Text("desk.entrusted", name=contact.name))


async def _tell_verifier(session: Session, case: Case, contact: Contact, *, now: datetime) -> None:
    lines = [
        Text("desk.verify_this", number=case.number, category=case.category),
        Text("cases.card.place", value=case_wording.place_text(case)),
    ]
    if case.text:
        lines.insert(1, Text("cases.card.text", value=short(case.text, 200)))
    key = f"case:{case.id}:{case.steps}:verify:{contact.id}"
    rows = [*verdict_rows(contact.id, case), [open_button(case, contact.id)]]
    view = View(lines, rows, case_ids=[ident(case)])
    await outbox.enqueue(session, MessageKind.ORDER, key, view, now=now, contact=contact)


async def ask_verdict(turn: Turn, case_id: int, seen: int) -> View:
    """Ask the office, which has been there itself, what it found."""
    case = await case_steps.case_for_step(
        turn.session, turn.actor, case_id, CaseEvent.VERIFY, seen, now=turn.now
    )
    rows = [*verdict_rows(turn.actor.id, case), [back_button(turn.actor, case_id)]]
    return View([Text("desk.what_found", number=case.number)], rows, case_ids=[case_id])


async def verify(turn: Turn, case_id: int, seen: int, found: bool) -> TurnOutcome:
    """属实 or 不属实, without words or photos."""
    await case_steps.case_for_step(turn.session, turn.actor, case_id, CaseEvent.VERIFY, seen, now=turn.now)
    return await _verify(turn, case_id, seen, found, "")


async def _verify(turn: Turn, case_id: int, seen: int, found: bool, words: str) -> TurnOutcome:
    finding = Text("desk.finding_true" if found else "desk.finding_false")
    said = Text("desk.finding_said", finding=finding, words=words) if words else finding
    case = await case_steps.take(
        turn,
        case_id,
        CaseEvent.VERIFY,
        actor=turn.actor,
        seen=seen,
        change=StepDetails(reason=plain(said, turn.campaign.locale), data={"found": found}),
    )
    if not turn.actor.is_office:
        await _tell_office(turn, case, said)
    return TurnOutcome(await case_card.card(turn, case_id), Text("desk.verified"))


async def _tell_office(turn: Turn, case: Case, said: Text) -> None:
    who = await audit.name_of(turn.session, turn.actor.id)
    lines = [
        Text("desk.verified_told", number=case.number, category=case.category),
        Text("desk.finding_line", who=who, said=said),
    ]
    view = View(lines, [[open_button(case)]], case_ids=[ident(case)])
    key = f"case:{case.id}:{case.steps}:verified"
    await office_notices.tell(turn.session, key, view, now=turn.now, **case_wording.noticed(case, turn.today))


async def begin(turn: Turn, case_id: int, seen: int) -> View:
    """Begin a verification with photos and words. What was already sent for this case is shown again."""
    case, draft = await open_draft(turn, case_id, seen)
    if not draft_changes.is_empty(draft):
        return await show_verification(turn.session, turn.actor, draft)
    await questions.ask_for_paper(turn)
    return View([Text("desk.send_photos", number=case.number)], case_ids=[case_id])


async def open_draft(turn: Turn, case_id: int, seen: int) -> tuple[Case, Draft]:
    """The case and the half-made verification of it.

    ``DomainError``: another half-made paper has to be finished first.
    """
    case = await case_steps.case_for_step(
        turn.session, turn.actor, case_id, CaseEvent.VERIFY, seen, now=turn.now
    )
    return case, await draft_kinds.open_as(turn, DraftKind.VERIFICATION, case_id=case_id)


async def receive_verification(turn: Turn, draft: Draft, addition: Addition) -> View | None:
    """Add a message to the draft, and return its card; None while an album comes in: its card comes later."""
    if not (addition.files or addition.text):
        raise DomainError("desk.only_photos_and_words")
    if repeated_words.set_aside(turn, draft, addition):
        return await show_verification(turn.session, turn.actor, draft)
    if not await draft_changes.add(turn, draft, addition):
        return None
    return await show_verification(turn.session, turn.actor, draft)


async def show_verification(session: Session, actor: Actor, draft: Draft) -> View:
    """The draft's card. Its buttons hold for exactly what it shows."""
    case = await case_access.visible_case(session, actor, known(draft.case_id))
    lines = [Text("desk.verification_title", number=case.number, category=case.category)]
    if draft.text:
        lines.append(Text("desk.verification_text", text=short(draft.text, SHOWN)))
    lines += [*_file_lines(draft), *repeated_words.lines(draft)]
    lines.append(Text("desk.verification_ask"))
    rows = [
        [
            draft_button("desk.true_button", "desk.verify_file", actor.id, draft, found=True),
            draft_button("desk.false_button", "desk.verify_file", actor.id, draft, found=False),
        ],
        [draft_button("desk.verify_cancel_button", "desk.verify_cancel", actor.id, draft)],
    ]
    return View(lines, rows, draft_id=draft.id, case_ids=[ident(case)])


def _file_lines(draft: Draft) -> Sequence[Text]:
    lines = []
    if count := len(draft_parts.files_of(draft)):
        lines.append(Text("desk.verification_files", count=count))
    if left_out := draft_parts.left_out_of(draft):
        lines.append(Text("desk.verification_left_out", count=left_out, limit=draft_parts.EVIDENCE_LIMIT))
    if draft_parts.lost_words(draft):
        lines.append(Text("desk.verification_words_lost", limit=draft_parts.TEXT_LIMIT))
    return lines


async def file_verification(turn: Turn, revision: int, found: bool) -> TurnOutcome:
    """File the verdict once, with the words and photos sent for it.

    If somebody else has given a verdict by then, the draft ends and the case is shown as it stands.
    """
    draft = await draft_kinds.current(turn, DraftKind.VERIFICATION, revision)
    case_id, words, files = known(draft.case_id), draft.text, draft_parts.files_of(draft)
    # The lock keeps others away from here on: a person who is told that they are late is not asked again.
    await cases.locked_case(turn.session, case_id)
    case = await case_access.visible_case(turn.session, turn.actor, case_id)
    await draft_changes.take(turn.session, draft)
    if not case_steps.can(turn.actor, case, CaseEvent.VERIFY, now=turn.now):
        return TurnOutcome(await case_card.card(turn, case_id), Text("cases.moved_on"), done=False)
    outcome = await _verify(turn, case_id, case.steps, found, words)
    case_filing.keep_files(turn.session, case, files, CasePhase.VERIFICATION)
    await turn.session.flush()
    return outcome


async def cancel(turn: Turn, revision: int) -> TurnOutcome:
    """取消: drop the draft; the case waits for its verification as before."""
    draft = await draft_kinds.current(turn, DraftKind.VERIFICATION, revision)
    case_id = known(draft.case_id)
    await draft_changes.take(turn.session, draft)
    return TurnOutcome(await case_card.card(turn, case_id), Text("desk.verify_cancelled"))
