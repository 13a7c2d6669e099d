"""What a unit does with an order: 签收, 开始处置, 退单, 申请延期, 超时申诉. It cannot pass the order on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from locales import Text
from models import cases
from models.cases import Case
from models.db import Session, ident
from reports.formats import moment_text
from rules.cases.case_facts import StepRefusal, refusal
from rules.cases.case_lifecycle import CaseEvent, CaseState
from services import audit, office_notices, questions
from services.access import Actor
from services.cases import case_steps, case_wording
from services.cases.cards import case_card
from services.cases.case_buttons import open_button, step_button
from services.cases.case_steps import StepDetails
from services.cases.orders import order_view
from services.errors import DomainError
from services.reasons import REASON_LIMIT, named_reason, reason_rows, written_reason
from services.turn import Turn
from services.views import ButtonSpec, TurnOutcome, View, button

UnitReason = Literal[
    "not_ours", "not_here", "not_found", "big_work", "weather", "others_needed", "wrong_unit", "beyond_us"
]
# The reasons with a button; any other reason is written.
REASONS: Final[Mapping[CaseEvent, Sequence[UnitReason]]] = {
    CaseEvent.SEND_BACK: ("not_ours", "not_here", "not_found"),
    CaseEvent.ASK_EXTENSION: ("big_work", "weather", "others_needed"),
    CaseEvent.APPEAL: ("wrong_unit", "others_needed", "beyond_us"),
}


async def sign_all(turn: Turn, order_id: int) -> int:
    """签收 of all cases of an order that wait for it; returns how many.

    0 is no error: others have signed. ``DomainError``: the actor may not sign.
    """
    found = await order_view.cases_for(turn.session, turn.actor, order_id)
    if not found:
        raise DomainError("orders.not_yours")
    signed, refused = 0, False
    for known in found:
        case = await cases.locked_case(turn.session, ident(known))
        if case is None or case.order_id != order_id or case.state is not CaseState.DISPATCHED:
            continue
        if not case_steps.can(turn.actor, case, CaseEvent.ACKNOWLEDGE, now=turn.now):
            refused = True
            continue
        await case_steps.take(turn, ident(case), CaseEvent.ACKNOWLEDGE, actor=turn.actor)
        signed += 1
    if refused and not signed:
        raise DomainError("cases.not_for_you.unit")
    return signed


async def ask(turn: Turn, case_id: int, event: CaseEvent, seen: int) -> View:
    """Ask for the reason of 退单, 申请延期 or 超时申诉."""
    case = await _may_ask(turn, case_id, event, seen)
    labels = {name: Text(f"orders.reason.{name}") for name in REASONS[event]}
    write = step_button("orders.write_button", "order.write", turn.actor.id, case, event=event)
    rows = reason_rows(turn.actor, labels, "order.reason", write.arguments, write)
    await _take_words(turn, case_id, event, seen)
    return View(
        [Text(f"orders.why.{event.value}", number=case.number)],
        [*rows, _back(turn.actor, case)],
        case_ids=[case_id],
    )


async def _may_ask(turn: Turn, case_id: int, event: CaseEvent, seen: int | None) -> Case:
    """The locked case, if the actor may take the step now.

    ``DomainError``: they may not. Who asks for an extension too late learns when the limit passed.
    """
    case = await case_steps.case_as_seen(turn.session, turn.actor, case_id, seen, lock=True)
    case_steps.require_right(turn.actor, case, event)
    why_not = refusal(case.facts, event, turn.now)
    if why_not is not None:
        said = why_refused(turn, case, why_not)
        raise DomainError(said.key, **said.values)
    return case


def why_refused(turn: Turn, case: Case, why: StepRefusal) -> Text:
    """The sentence that says why the step cannot be taken on this case."""
    if why is StepRefusal.OVERDUE and case.limit_at is not None:
        at = moment_text(case.limit_at, turn.campaign.zone)
        return Text("orders.extension_too_late", number=case.number, at=at)
    return Text(f"cases.refused.{why.value}")


def why_none(turn: Turn, found: Sequence[Case], event: CaseEvent) -> Text:
    """Why the step cannot be taken on any case of an order, as far as one sentence can say it."""
    whys = {ident(case): refusal(case.facts, event, turn.now) for case in found}
    late = [case for case in found if whys[ident(case)] is StepRefusal.OVERDUE and case.limit_at]
    if late:
        last = max(late, key=lambda case: case.limit_at or turn.now)
        return why_refused(turn, last, StepRefusal.OVERDUE)
    (why, *others) = whys.values()
    if others or why is None or why is StepRefusal.NOT_NOW:
        return Text("orders.none_left")
    return why_refused(turn, found[0], why)


async def _take_words(turn: Turn, case_id: int, event: CaseEvent, seen: int) -> None:
    """Let the next words in this chat be the reason."""
    arguments = {"case_id": case_id, "event": event, "seen": seen}
    await questions.ask_here(turn, "case.order_reason", arguments)


async def ask_in_words(turn: Turn, case_id: int, event: CaseEvent, seen: int) -> View:
    """Ask for a written reason: the next words in this chat are the answer."""
    case = await _may_ask(turn, case_id, event, seen)
    await _take_words(turn, case_id, event, seen)
    line = Text(f"orders.write.{event.value}", number=case.number, limit=REASON_LIMIT)
    return View([line], [_back(turn.actor, case)], case_ids=[case_id])


async def decide_for(
    turn: Turn, case_id: int, event: CaseEvent, seen: int | None, reason: UnitReason
) -> TurnOutcome:
    """Take the step for the reason on a button."""
    said = named_reason(f"orders.reason.{reason}", turn.campaign)
    return await decide(turn, case_id, event, seen, said)


async def answer(turn: Turn, case_id: int, event: CaseEvent, seen: int | None, words: str) -> TurnOutcome:
    """Take the step for the written reason."""
    return await decide(turn, case_id, event, seen, written_reason(words))


async def decide(turn: Turn, case_id: int, event: CaseEvent, seen: int | None, reason: str) -> TurnOutcome:
    """Take the step 退单, 申请延期 or 超时申诉, and ask the office to decide on it."""
    case = await _may_ask(turn, case_id, event, seen)
    order_id, unit_id = case.order_id, case.unit_id
    await _tell_office(turn, case, event, reason)
    data = {"unit_id": unit_id} if event is CaseEvent.SEND_BACK else None
    change = StepDetails(reason=reason, data=data)
    case = await case_steps.take(turn, case_id, event, actor=turn.actor, change=change)
    done = Text(f"orders.done.{event.value}")
    if event is not CaseEvent.SEND_BACK:
        return TurnOutcome(await case_card.card(turn, case_id), done)
    return TurnOutcome(await _without_it(turn.session, turn.actor, case, order_id), done)


async def _without_it(session: Session, actor: Actor, case: Case, order_id: int | None) -> View:
    """What a unit sees after it gave a case back, with a button to the rest of the order."""
    line = Text("orders.gone", number=case.number)
    left = [] if order_id is None else await order_view.cases_for(session, actor, order_id)
    back = button("orders.back_button", "order.show", actor.id, order_id=order_id)
    return View([line], [[back]] if left else ())


async def _tell_office(turn: Turn, case: Case, event: CaseEvent, reason: str) -> None:
    """Tell the office, under the key of the followers' notice, so that nobody there hears it twice."""
    lines = [
        Text(
            f"orders.told.{event.value}",
            number=case.number,
            category=case.category,
            who=await audit.name_of(turn.session, turn.actor.id),
        ),
        Text("cases.reason_line", reason=reason),
        Text("cases.card.place", value=case_wording.place_text(case)),
        Text("cases.card.limit", value=case_wording.limit_text(case, turn.campaign)),
    ]
    view = View(lines, [[open_button(case)]], case_ids=[ident(case)])
    about = case_wording.noticed(case, turn.today)
    await office_notices.tell(turn.session, step_key(case), view, now=turn.now, **about)


def step_key(case: Case) -> str:
    """The first part of the key of a notice about the case's next step; the reader's id follows.

    See ``services.cases.follower_notices``.
    """
    return f"case:{case.id}:{case.steps + 1}"


def _back(actor: Actor, case: Case) -> list[ButtonSpec]:
    return [step_button("orders.back_button", "order.back", actor.id, case)]
