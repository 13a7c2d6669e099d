"""The leader who wrote a 批示 hears what becomes of it: when it is released and when the case is closed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from locales import Text
from models import cases, people
from models.cases import Case, Instruction, SupervisionOrder, instructions
from models.db import ident
from models.people import Contact, Unit
from reports.formats import short
from rules.cases.case_lifecycle import OPEN
from rules.delivery.delivery import MessageKind
from rules.people.roles import LEADERS
from services import office_notices, outbox
from services.cases import case_wording
from services.cases.case_buttons import open_button
from services.turn import TickTurn
from services.views import View

_NAMED: Final = 10
"""So many closed cases are named; of an order with more, the rest is counted."""


async def tell_released(
    turn: TickTurn, row: Instruction, order: SupervisionOrder, found: Sequence[Case]
) -> None:
    """Tell the leader that the unit has their words, or which of them."""
    unit = await turn.session.get_one(Unit, order.unit_id)
    whole = row.excerpt == row.text
    key = "checking.answer_released" if whole else "checking.answer_excerpt"
    lines = [*_head(row, order), Text(key, unit=unit.name, excerpt=row.excerpt or "")]
    await _tell(turn, row, f"instruction:{row.id}:answer", lines, found)


async def void(turn: TickTurn, row: Instruction, order: SupervisionOrder, by: int | None) -> bool:
    """Note, once, that no case is left on the order, and tell the leader that nobody got their words.

    ``by``: who found that out; None: the program. False: it was released or void before.
    """
    if not await instructions.withdraw(turn.session, ident(row), now=turn.now):
        return False
    said = Text("checking.answer_void")
    about = ("instruction", ident(row))
    await office_notices.settle(turn.session, about, by, said, now=turn.now)
    await _tell(turn, row, f"instruction:{row.id}:answer", [*_head(row, order), said], ())
    return True


def _head(row: Instruction, order: SupervisionOrder) -> list[Text]:
    return [
        Text("checking.answer_title", number=order.number),
        Text("checking.said", words=short(row.text, 60)),
    ]


async def tell_closed(turn: TickTurn, case: Case) -> None:
    """Tell the leaders who wrote on an order of the case that it is closed.

    Of an order with several cases they hear once, when no case on it is open any more.
    """
    for row, order in await instructions.instructions_of(turn.session, ident(case)):
        found = [case]
        if case.order_id == order.id:
            found = list(await cases.cases_of_order(turn.session, row.order_id))
            if any(one.state in OPEN for one in found):
                continue
        await _tell_outcome(turn, row, order, found, f"{case.id}:{case.steps}")


async def tell_rest(turn: TickTurn, order_id: int) -> None:
    """Tell the leaders who wrote on an order that its cases are closed, once no open one is left."""
    found = list(await cases.cases_of_order(turn.session, order_id))
    if any(one.state in OPEN for one in found):
        return
    order = await turn.session.get_one(SupervisionOrder, order_id)
    if not found:
        for row in await instructions.unreleased(turn.session, [order_id]):
            await void(turn, row, order, None)
        return
    for row in await instructions.sent_on(turn.session, order_id):
        await _tell_outcome(turn, row, order, found, f"rest:{max(one.steps for one in found)}")


async def _tell_outcome(
    turn: TickTurn, row: Instruction, order: SupervisionOrder, found: Sequence[Case], key: str
) -> None:
    lines = [*_head(row, order), *await _outcomes(turn, order, found)]
    if row.released_at is None:
        lines.append(Text("checking.answer_unreleased"))
    await _tell(turn, row, f"instruction:{row.id}:closed:{key}", lines, found)


async def _outcomes(turn: TickTurn, order: SupervisionOrder, found: Sequence[Case]) -> list[Text]:
    """How each case ended; of one that was given to another unit, that it was."""
    lines = []
    for case in found[:_NAMED]:
        state = case_wording.state_text(case, turn.now)
        values = {"number": case.number, "category": case.category, "state": state}
        if case.order_id == order.id or case.unit_id is None:
            lines.append(Text("checking.answer_case", **values))
            continue
        unit = await turn.session.get_one(Unit, case.unit_id)
        lines.append(Text("checking.answer_moved", unit=unit.name, **values))
    more = len(found) - _NAMED
    return lines if more <= 0 else [*lines, Text("checking.answer_more", count=more)]


async def _tell(
    turn: TickTurn, row: Instruction, key: str, lines: Sequence[Text], found: Sequence[Case]
) -> None:
    """Promise it to the leader, as long as they are one."""
    leader = await turn.session.get_one(Contact, row.leader_id)
    if not LEADERS & await people.roles_of(turn.session, row.leader_id):
        return
    rows = [[open_button(found[0], leader.id)]] if found else []
    view = View([*lines], rows, case_ids=[ident(case) for case in found])
    await outbox.enqueue(turn.session, MessageKind.NOTICE, key, view, now=turn.now, contact=leader)
