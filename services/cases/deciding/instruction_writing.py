"""批示, the leader's side: they write it, confirm it, and may withdraw it until the office releases it."""

from __future__ import annotations

from dataclasses import replace

from locales import Text
from models import cases
from models.cases import Case, Instruction, SupervisionOrder, instructions
from models.db import Session, ident
from models.people import Unit
from reports.formats import short
from rules.delivery.delivery import MessageKind
from rules.people.office_subjects import OfficeSubject
from services import audit, office_notices, questions
from services.access import Actor
from services.cases import case_access
from services.cases.cards import case_card
from services.cases.deciding import case_rulings, instruction_release
from services.cases.deciding.instruction_release import LIMIT
from services.cases.leader_instructions import leads, may_instruct
from services.errors import DomainError
from services.recipients import OfficeShare
from services.turn import Turn
from services.views import ButtonSpec, TurnOutcome, View, button


async def ask(turn: Turn, case_id: int) -> View:
    """Ask for the words of a 批示: the next words in this chat are the answer.

    What the leader wrote on the order before and has not confirmed, or may still withdraw, stands above.
    """
    case, order = await _order_for(turn.session, turn.actor, case_id)
    await questions.ask_here(turn, questions.INSTRUCTION, {"case_id": case_id})
    lines = [
        case_rulings.title(case, Text("checking.instruct_button")),
        Text("checking.write_instruction", number=order.number, limit=LIMIT),
    ]
    rows: list[list[ButtonSpec]] = []
    for row in await instructions.waiting_of(turn.session, turn.actor.id, ident(order)):
        lines.append(Text("checking.instruction_waits", words=short(row.text, 60)))
        rows.append([_withdraw_button(turn.actor, row)])
    for row, on in await instructions.unsent_of(turn.session, turn.actor.id):
        if on.id == order.id:
            lines.append(Text("checking.instruction_unsent", words=short(row.text, 60)))
            rows.append([unsent_button(turn.actor, row, on)])
    leave = button("checking.no_instruction_button", "instruction.leave", turn.actor.id, case_id=case_id)
    return View(lines, [*rows, [leave]], case_ids=[case_id])


async def leave(turn: Turn, case_id: int) -> View:
    """不写了: the question ends, and the card of the case is shown."""
    await questions.end_here(turn)
    return await case_card.card(turn, case_id)


async def write(turn: Turn, case_id: int, words: str) -> View:
    """Keep what a leader wrote, and ask them to confirm it.

    Until they do, nobody else knows of it. Further words take its place.
    """
    _, order = await _order_for(turn.session, turn.actor, case_id)
    text = case_rulings.in_words(words, LIMIT)
    await instructions.drop_unsent(turn.session, turn.actor.id, ident(order), now=turn.now)
    row = Instruction(order_id=ident(order), leader_id=turn.actor.id, text=text, written_at=turn.now)
    turn.session.add(row)
    await turn.session.flush()
    await questions.ask_here(turn, questions.INSTRUCTION, {"case_id": case_id})
    return await _to_confirm(turn, row, order)


async def show_unsent(turn: Turn, instruction_id: int) -> View:
    """What the leader has not confirmed, with its buttons."""
    row, order = await _own(turn, instruction_id)
    return await _as_it_stands(turn, row, order)


async def send(turn: Turn, instruction_id: int) -> TurnOutcome:
    """发出: the office is asked to release it. A second press sends nothing."""
    row, order = await _own(turn, instruction_id)
    found = await cases.cases_of_order(turn.session, row.order_id)
    if row.sent_at is None:
        if not leads(turn.actor, order.unit_id):
            raise DomainError("checking.leaders_only")
        if not found:
            raise DomainError("checking.nothing_to_instruct", number=order.number)
    if not await instructions.send(turn.session, instruction_id, now=turn.now):
        return TurnOutcome(await _as_it_stands(turn, row, order), Text("checking.sent_before"), done=False)
    await questions.end_here(turn)
    said = {"order": order.number, "instruction": row.id, "text": row.text}
    for case in found:
        audit.note(turn, "instruction", ("case", case.id), after=said)
    row, order = await _own(turn, instruction_id)
    view = await instruction_release.as_asked(turn.session, row, order, turn.campaign)
    about = ("instruction", instruction_id)
    share = OfficeShare(OfficeSubject.CASES, turn.today)
    await office_notices.tell(
        *(turn.session, _key(row), view),
        now=turn.now,
        kind=MessageKind.ORDER,
        share=share,
        about=about,
        urgent=True,
    )
    return TurnOutcome(await _as_it_stands(turn, row, order), Text("checking.instruction_sent"))


async def discard(turn: Turn, instruction_id: int) -> View:
    """不发了: what was not confirmed is forgotten."""
    row, order = await _own(turn, instruction_id)
    if row.sent_at is not None:
        return await _as_it_stands(turn, row, order)
    await questions.end_here(turn)
    await instructions.drop_unsent(turn.session, turn.actor.id, row.order_id, now=turn.now)
    return View([Text("checking.instruction_dropped", number=order.number)])


async def withdraw(turn: Turn, instruction_id: int) -> TurnOutcome:
    """撤回: the office does not release it any more. Too late once it was released."""
    row, order = await _own(turn, instruction_id)
    done = await instructions.withdraw(turn.session, instruction_id, now=turn.now)
    row, order = await _own(turn, instruction_id)
    if not done:
        late = "checking.withdrawn_too_late" if row.released_at is not None else "checking.withdrawn_before"
        if row.sent_at is None:
            late = "checking.nothing_to_withdraw"
        return TurnOutcome(await _as_it_stands(turn, row, order), Text(late), done=False)
    for case in await cases.cases_of_order(turn.session, row.order_id):
        audit.note(turn, "instruction_withdrawn", ("case", case.id), after={"instruction": row.id})
    await office_notices.untell(turn.session, _key(row))
    outcome = Text("checking.withdraw_button")
    about = ("instruction", instruction_id)
    await office_notices.settle(turn.session, about, turn.actor.id, outcome, now=turn.now)
    return TurnOutcome(await _as_it_stands(turn, row, order), Text("checking.withdrawn_now"))


async def words_only(turn: Turn, case_id: int) -> View:
    """A 批示 is being waited for, and a photo or a place came: neither is taken for something else.

    If the words are there already, they are shown again, to be sent or not.
    """
    _, order = await _order_for(turn.session, turn.actor, case_id)
    for row, on in await instructions.unsent_of(turn.session, turn.actor.id):
        if on.id == order.id:
            view = await _to_confirm(turn, row, on)
            return replace(view, lines=[Text("checking.words_only_sent"), *view.lines])
    leave = button("checking.no_instruction_button", "instruction.leave", turn.actor.id, case_id=case_id)
    return View([Text("checking.words_only")], [[leave]], case_ids=[case_id])


def unsent_button(actor: Actor, row: Instruction, order: SupervisionOrder) -> ButtonSpec:
    """The button to what the leader has not confirmed."""
    label = Text("checking.unsent_button", number=order.number)
    return button(label, "instruction.unsent", actor.id, instruction_id=row.id)


def _withdraw_button(actor: Actor, row: Instruction) -> ButtonSpec:
    return button("checking.withdraw_button", "instruction.withdraw", actor.id, instruction_id=row.id)


def _key(row: Instruction) -> str:
    return f"instruction:{row.id}"


async def _order_for(session: Session, actor: Actor, case_id: int) -> tuple[Case, SupervisionOrder]:
    """The case and its order, if the actor leads the unit that holds it."""
    case = await case_access.visible_case(session, actor, case_id)
    if case.order_id is None:
        raise DomainError("checking.no_order")
    if not may_instruct(actor, case):
        raise DomainError("checking.leaders_only")
    return case, await session.get_one(SupervisionOrder, case.order_id)


async def _own(turn: Turn, instruction_id: int) -> tuple[Instruction, SupervisionOrder]:
    """The instruction that the actor wrote.

    ``DomainError``: they dropped it, or other words took its place before it was sent.
    """
    row = await instructions.instruction_by_id(turn.session, instruction_id)
    dropped = row is not None and row.sent_at is None and row.withdrawn_at is not None
    if row is None or dropped or row.leader_id != turn.actor.id:
        raise DomainError("checking.written_anew")
    return row, await turn.session.get_one(SupervisionOrder, row.order_id)


async def _to_confirm(turn: Turn, row: Instruction, order: SupervisionOrder) -> View:
    unit = await turn.session.get_one(Unit, order.unit_id)
    found = await cases.cases_of_order(turn.session, row.order_id)
    lines = [
        Text("checking.instruction_draft", number=order.number, unit=unit.name, count=len(found)),
        Text("checking.said", words=row.text),
        Text("checking.confirm_instruction"),
    ]
    yes = button("checking.send_button", "instruction.send", turn.actor.id, instruction_id=row.id)
    no = button("checking.discard_button", "instruction.discard", turn.actor.id, instruction_id=row.id)
    return View(lines, [[yes, no]])


async def _as_it_stands(turn: Turn, row: Instruction, order: SupervisionOrder) -> View:
    """The leader's own card of what they wrote: to be confirmed, sent, withdrawn or released."""
    if row.sent_at is None:
        return await _to_confirm(turn, row, order)
    found = await cases.cases_of_order(turn.session, row.order_id)
    state = "withdrawn" if row.withdrawn_at else "released" if row.released_at else "kept"
    if row.withdrawn_at is not None and not found:
        state = "void"
    lines = [
        Text("checking.instruction_title", number=order.number),
        Text("checking.said", words=row.text),
        Text(f"checking.own_instruction.{state}"),
    ]
    rows = [] if state != "kept" else [[_withdraw_button(turn.actor, row)]]
    return View(lines, rows, case_ids=[ident(case) for case in found])
