"""您不在期间: what met a blocked chat is told in one message when its reader writes again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from locales import Text, plain
from models import cases, tasks
from models.cases import Case
from models.delivery import messages
from models.delivery.messages import Outbox
from models.tasks import Task
from reports.formats import moment_text, short
from rules.cases.case_lifecycle import OPEN
from rules.delivery.delivery import MessageKind
from rules.tasks.task_lifecycle import OPEN_STATES
from services.task_wording import card_button
from services.turn import Turn
from services.views import ButtonSpec, View, button

log = structlog.get_logger(__name__)
Rendering = Callable[[Outbox], Awaitable[tuple[View, str] | None]]
"""Renders a message for the person who returns, in their language; None: it is no longer wanted."""
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


async def render(turn: Turn, row: Outbox, shown: Rendering) -> View | None:
    """The list for the person of this turn as it is when it goes out; None: nothing of it is of use.

    Open orders come first, then receipts, the last ten in all. Orders that are over are left out.
    """
    found: dict[MessageKind, list[MissedMessage]] = {MessageKind.ORDER: [], MessageKind.RECEIPT: []}
    for one in await messages.messages_by_id(turn.session, row.content["rows"]):
        try:
            async with turn.session.begin_nested():
                missed = await _missed(turn, one, await shown(one))
        except Exception:
            # A message that an older release has promised must not keep the others from their reader.
            log.exception("missed message cannot be rendered", outbox_id=one.id)
            continue
        if missed is not None:
            found[one.kind].append(missed)
    orders, receipts = found.values()
    return _view(turn, orders, receipts) if orders or receipts else None


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


async def _missed(turn: Turn, row: Outbox, rendered: tuple[View, str] | None) -> MissedMessage | None:
    """What the message says now; None: its reader needs it no more."""
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
