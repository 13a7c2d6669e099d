"""批示, the office's side: all of it or an excerpt is released once, and unit and leader are told."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from locales import Text
from models import cases
from models.cases import Case, Instruction, SupervisionOrder, instructions
from models.db import Session, ident
from reports.formats import moment_text
from rules.cases.case_facts import refusal
from rules.cases.case_lifecycle import OPEN, CaseEvent
from rules.delivery.delivery import MessageKind
from services import audit, office_notices, outbox, questions
from services.access import Actor
from services.campaign import Campaign
from services.cases import case_steps, instruction_answers
from services.cases.case_buttons import open_button
from services.cases.case_steps import StepDetails
from services.cases.deciding import case_rulings
from services.cases.leader_instructions import leader_text
from services.errors import DomainError
from services.recipients import unit_readers
from services.turn import Turn
from services.views import TurnOutcome, View, button

LIMIT: Final = 500


async def show_instruction(turn: Turn, instruction_id: int) -> View:
    """The instruction as the office is asked about it, or how it was released."""
    row, order = await _for_office(turn.session, turn.actor, instruction_id)
    return await as_asked(turn.session, row, order, turn.campaign)


async def ask_excerpt(turn: Turn, instruction_id: int) -> TurnOutcome:
    """摘录后转发: ask for the excerpt; the next words in this chat are the answer."""
    row, order = await _for_office(turn.session, turn.actor, instruction_id)
    view = await as_asked(turn.session, row, order, turn.campaign)
    if (over := _over(row)) is not None:
        return TurnOutcome(view, over, done=False)
    arguments = {"instruction_id": instruction_id}
    await questions.ask_here(turn, "instruction.excerpt", arguments)
    back = button("checking.back_button", "instruction.show", turn.actor.id, **arguments)
    lines = [*view.lines, Text("checking.write_excerpt", limit=LIMIT)]
    return TurnOutcome(View(lines, [[back]], case_ids=view.case_ids))


async def release(turn: Turn, instruction_id: int, words: str | None = None) -> TurnOutcome:
    """Release an instruction to the unit, once.

    ``words``: the excerpt; None: all of it. If the unit holds no case of the order any more, there is nobody
    to tell, and nothing is released.
    """
    row, order = await _for_office(turn.session, turn.actor, instruction_id)
    excerpt = row.text if words is None else case_rulings.in_words(words, LIMIT)
    found = list(await cases.cases_of_order(turn.session, row.order_id))
    if not found and await instruction_answers.void(turn, row, order, turn.actor.id):
        row, order = await _for_office(turn.session, turn.actor, instruction_id)
        view = await as_asked(turn.session, row, order, turn.campaign)
        return TurnOutcome(view, Text("checking.nothing_on_order", number=order.number), done=False)
    new = await instructions.release(turn.session, instruction_id, excerpt, by=turn.actor.id, now=turn.now)
    row, order = await _for_office(turn.session, turn.actor, instruction_id)
    if not new:
        view = await as_asked(turn.session, row, order, turn.campaign)
        return TurnOutcome(view, _over(row) or Text("checking.released_before"), done=False)
    about, outcome = ("instruction", instruction_id), Text("cases.event.instruct")
    await office_notices.settle(turn.session, about, turn.actor.id, outcome, now=turn.now)
    told = await _tell(turn.session, row, order, found, turn.today, now=turn.now)
    await instruction_answers.tell_released(turn, row, order, found)
    await _note(turn, row, found)
    view = await as_asked(turn.session, row, order, turn.campaign)
    return TurnOutcome(view, Text("checking.released_now" if told else "checking.nobody_told"))


def _over(row: Instruction) -> Text | None:
    """Why it cannot be released any more. None: it can."""
    if row.withdrawn_at is not None:
        return Text("checking.instruction_withdrawn")
    return None if row.released_at is None else Text("checking.released_before")


async def _for_office(
    session: Session, actor: Actor, instruction_id: int
) -> tuple[Instruction, SupervisionOrder]:
    row = await instructions.instruction_by_id(session, instruction_id)
    if row is None or row.sent_at is None or not actor.is_office:
        raise DomainError("cases.not_for_you.office")
    return row, await session.get_one(SupervisionOrder, row.order_id)


async def _note(turn: Turn, row: Instruction, found: list[Case]) -> None:
    """Write the release into the history of those cases of the order that the unit still works on."""
    change = StepDetails(reason=row.excerpt, data={"instruction_id": row.id})
    for case in found:
        locked = await cases.locked_case(turn.session, ident(case))
        if locked is None or locked.order_id != row.order_id:
            continue
        if refusal(locked.facts, CaseEvent.INSTRUCT, turn.now) is None:
            await case_steps.take(turn, ident(case), CaseEvent.INSTRUCT, actor=turn.actor, change=change)


async def _tell(
    session: Session,
    row: Instruction,
    order: SupervisionOrder,
    found: list[Case],
    today: date,
    *,
    now: datetime,
) -> bool:
    """Promise the excerpt to the unit's contacts. False: there are none."""
    readers = await unit_readers(session, order.unit_id, today, *(case.responsible_id for case in found))
    who = await leader_text(session, row.leader_id)
    lines = [
        Text("checking.excerpt_title", number=order.number),
        Text("checking.instruction", who=who, words=row.excerpt),
        Text("checking.excerpt_next" if _is_open(found) else "checking.excerpt_over"),
    ]
    for contact in readers:
        view = View(lines, [[open_button(found[0], contact.id)]], case_ids=_ids(found))
        key = f"instruction:{row.id}:unit:{contact.id}"
        await outbox.enqueue(session, MessageKind.ORDER, key, view, now=now, contact=contact)
    return bool(readers)


async def as_asked(session: Session, row: Instruction, order: SupervisionOrder, campaign: Campaign) -> View:
    """What the leader wrote, with the buttons for its release while it waits for that."""
    found = list(await cases.cases_of_order(session, row.order_id))
    lines = [
        Text("checking.instruction_title", number=order.number),
        Text(
            "checking.instruction_by",
            who=await leader_text(session, row.leader_id),
            at=moment_text(row.written_at, campaign.zone),
        ),
        Text("checking.said", words=row.text),
    ]
    looks = [open_button(found[0])] if found else []
    if found and row.released_at is None and not _is_open(found):
        lines.append(Text("checking.order_over"))
    if row.withdrawn_at is not None:
        lines.append(Text("checking.instruction_withdrawn"))
        return View(lines, [looks] if looks else (), case_ids=_ids(found))
    if row.released_at is not None:
        who = await audit.name_of(session, row.released_by)
        at = moment_text(row.released_at, campaign.zone)
        lines.append(Text("checking.released", who=who, at=at, excerpt=row.excerpt))
        return View(lines, [looks] if looks else (), case_ids=_ids(found))
    rows = [
        [button("checking.release_button", "instruction.release", instruction_id=row.id)],
        [button("checking.excerpt_button", "instruction.excerpt", instruction_id=row.id)],
    ]
    return View(lines, [*rows, looks] if looks else rows, case_ids=_ids(found))


def _is_open(found: list[Case]) -> bool:
    return any(case.state in OPEN for case in found)


def _ids(found: list[Case]) -> list[int]:
    return [case.id for case in found if case.id is not None]
