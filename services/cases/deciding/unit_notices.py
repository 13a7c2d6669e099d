"""Notices to the unit that holds or held a case, about decisions on that case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from locales import Text
from models.cases import Case
from models.delivery import messages
from models.people import Contact
from reports.formats import moment_text
from rules.cases.case_lifecycle import TRANSITIONS, CaseEvent
from rules.delivery.delivery import MessageKind
from services import audit, outbox
from services.access import Actor
from services.cases import case_wording
from services.cases.case_buttons import open_button, step_button
from services.recipients import unit_readers
from services.turn import TickTurn
from services.views import View

# After these steps the limit has changed, or the unit should know that it has not.
_ABOUT_LIMITS: Final = frozenset(
    {
        CaseEvent.REWORK,
        CaseEvent.EXTEND,
        CaseEvent.REFUSE_EXTENSION,
        CaseEvent.SUSPEND,
        CaseEvent.RESUME,
    }
)


@dataclass(frozen=True, slots=True)
class CaseHolder:
    """The unit that held a case at the moment of the decision, and the person who answered for it there."""

    unit_id: int
    responsible_id: int | None = None

    @classmethod
    def of(cls, case: Case) -> CaseHolder | None:
        return None if case.unit_id is None else cls(case.unit_id, case.responsible_id)


async def tell(
    turn: TickTurn,
    case: Case,
    event: CaseEvent,
    holder: CaseHolder | None,
    reason: str | None = None,
    *,
    actor: Actor | None = None,
) -> bool:
    """Promise each contact of ``holder`` one message about the step that ``case`` has just taken.

    The person who took the step gets none. ``actor`` None: the program. False: there is nobody to tell.
    """
    if holder is None:
        return False
    readers = await unit_readers(turn.session, holder.unit_id, turn.today, holder.responsible_id)
    lines = await _lines(turn, case, event, reason, actor)
    for contact in readers:
        if actor is not None and contact.id == actor.id:
            continue
        # A contact who also follows the case hears of the step once: as a member of the unit.
        key = f"case:{case.id}:{case.steps}:{contact.id}"
        await messages.take_back(turn.session, key)
        view = _view(case, holder, lines, contact)
        await outbox.enqueue(turn.session, MessageKind.ORDER, key, view, now=turn.now, contact=contact)
    return bool(readers)


async def _lines(
    turn: TickTurn, case: Case, event: CaseEvent, reason: str | None, actor: Actor | None
) -> list[Text]:
    who = await audit.name_of(turn.session, None if actor is None else actor.id)
    lines = [
        Text(
            "cases.told",
            number=case.number,
            category=case.category,
            event=Text(f"cases.event.{event.value}"),
        ),
        Text("cases.card.place", value=case_wording.place_text(case)),
        Text("checking.told_by", who=who, at=moment_text(turn.now, turn.campaign.zone)),
    ]
    if reason:
        lines.append(Text("cases.reason_line", reason=reason))
    if event in _ABOUT_LIMITS:
        lines.append(Text("cases.card.limit", value=case_wording.limit_text(case, turn.campaign)))
    return [*lines, Text(f"checking.next.{event.value}")]


def _view(case: Case, holder: CaseHolder, lines: list[Text], reader: Contact) -> View:
    if case.id is None or case.unit_id != holder.unit_id:
        # The unit no longer holds the case: its contacts learn that, and may not open the case.
        return View(lines)
    row = [open_button(case, reader.id)]
    if (case.state, CaseEvent.FEEDBACK) in TRANSITIONS:
        row.insert(0, step_button("orders.feedback_button", "order.feedback", reader.id, case))
    return View(lines, [row], case_ids=[case.id])
