"""您不在期间: what met a blocked chat is told in one message when its reader writes again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from locales import Text, plain
from models import cases, tasks
from models.cases import Case
from models.db import ident
from models.delivery import messages
from models.delivery.messages import Outbox
from models.tasks import Task
from reports.formats import moment_text, short
from rules.cases.case_lifecycle import OPEN
from rules.delivery.delivery import DeliveryState, MessageKind
from rules.tasks.task_lifecycle import OPEN_STATES
from services import outbox
from services.delivery import rendering
from services.task_wording import card_button
from services.turn import Turn
from services.views import ButtonSpec, View, button

LISTED: Final = 10
_WIDTH: Final = 60


@dataclass(frozen=True, slots=True)
class MissedMessage:
    """A message that its reader has not got: what it said, and what of it is still to be done."""

    promised_at: datetime
    words: str
    task: Task | None = None
    case: Case | None = None

    def buttons(self, turn: Turn, number: int) -> list[ButtonSpec]:
        if self.task is not None:
            return [card_button(turn.actor, number, self.task)]
        if self.case is not None:
            label = Text("outbox.away.case_button", number=number, case=self.case.number)
            return [button(label, "case.card", turn.actor.id, case_id=self.case.id)]
        return []


async def tell(turn: Turn) -> None:
    """Promise the list to the person of this turn; the messages themselves are withdrawn.

    Open orders come first, then receipts, the last ten in all. Orders that are over are left out.
    """
    found: dict[MessageKind, list[MissedMessage]] = {MessageKind.ORDER: [], MessageKind.RECEIPT: []}
    rows = await messages.undelivered_to(turn.session, turn.actor.id, list(found))
    for row in rows:
        if (missed := await _missed(turn, row)) is not None:
            found[row.kind].append(missed)
        lost = [DeliveryState.UNDELIVERABLE]
        await messages.move_delivery(turn.session, ident(row), lost, DeliveryState.WITHDRAWN)
    orders, receipts = found.values()
    if orders or receipts:
        # Each row is listed once, so the newest one names the list; a moment could come again.
        key = f"away:{turn.actor.id}:{ident(rows[0])}"
        view = _view(turn, orders, receipts)
        to = turn.actor.contact
        await outbox.enqueue(turn.session, MessageKind.RECEIPT, key, view, now=turn.now, contact=to)


def _view(turn: Turn, orders: Sequence[MissedMessage], receipts: Sequence[MissedMessage]) -> View:
    listed = [*orders, *receipts][:LISTED]
    lines = [Text("outbox.away.title", orders=len(orders), receipts=len(receipts))]
    rows = []
    for number, one in enumerate(listed, 1):
        at = moment_text(one.promised_at, turn.campaign.zone)
        lines.append(Text("outbox.away.line", number=number, at=at, words=one.words))
        rows += [[made] for made in one.buttons(turn, number)]
    if (rest := len(orders) + len(receipts) - len(listed)) > 0:
        lines.append(Text("outbox.away.rest", count=rest))
    return View(lines, rows)


async def _missed(turn: Turn, row: Outbox) -> MissedMessage | None:
    """What the message says now; None: its reader needs it no more."""
    rendered = await rendering.render(turn, row)
    if rendered is None:
        return None
    view, locale = rendered
    about = (await tasks.tasks_by_id(turn.session, view.task_ids)).values()
    problems = (await cases.cases_by_id(turn.session, view.case_ids)).values()
    words = short(" ".join(plain(line, locale) for line in view.lines[:2]).replace("\n", " "), _WIDTH)
    if row.kind is MessageKind.RECEIPT:
        return MissedMessage(row.created_at, words)
    task = next((one for one in about if one.state in OPEN_STATES), None)
    case = next((one for one in problems if one.state in OPEN), None)
    if task is None and case is None and (about or problems):
        return None
    return MissedMessage(row.created_at, words, task, case)
