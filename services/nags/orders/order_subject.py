"""The cases under supervision orders as a subject of the nag engine."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from models import cases
from models.cases import case_due
from models.db import RowJson, ident
from models.delivery.messages import Outbox
from models.people import Contact
from rules.cases.case_facts import Colour
from rules.cases.case_ladder import DAILY, CaseNewsKind
from rules.nags.levels import Level
from rules.nags.policy import ORDER_KINDS, DutyKind
from services.cases import case_access
from services.nags.nag_keeper import ladder_of
from services.nags.orders import case_scan
from services.nags.orders.case_colour_view import CaseDuty
from services.nags.orders.case_escalation import CaseEntry, Escalation
from services.nags.orders.order_standing import CasesAhead, OrderStanding
from services.nags.subject import NagFile, OwedPart, Subject, SubjectScan, TurnDirectory
from services.turn import TickTurn, Turn


async def _scan(turn: TickTurn, _everybody: TurnDirectory) -> SubjectScan[CaseDuty]:
    escalation = Escalation(turn.session, turn.campaign, turn.now)
    scanned = await case_scan.scan(escalation, ladder_of(turn.campaign))
    standing = OrderStanding(escalation, {ident(case): case for case in scanned.found})
    return SubjectScan(scanned.due, standing, scanned.more)


async def _stand_at(turn: TickTurn, moment: datetime, backlog: bool) -> None:
    """Nobody knows which colours the cases will have at a moment ahead."""
    if moment < turn.now:
        await case_due.stand_at(turn.session, moment, backlog=backlog)


async def _standing(
    turn: TickTurn, case_ids: Collection[int], _everybody: TurnDirectory | None = None
) -> OrderStanding:
    found = await cases.cases_by_id(turn.session, sorted(case_ids))
    return OrderStanding(Escalation(turn.session, turn.campaign, turn.now), found)


async def _left(
    turn: TickTurn, row: Outbox, items: Sequence[RowJson], reader: Contact
) -> tuple[Sequence[CaseDuty], OrderStanding]:
    entries = [CaseEntry.from_json(item) for item in items]
    standing = await _standing(turn, {entry.case_id for entry in entries})
    return await standing.still(entries, reader), standing


def _is_told_late(item: RowJson) -> bool:
    """A colour has no next slot."""
    return item["news"] not in DAILY


async def _own(turn: Turn, case_id: int) -> Sequence[CaseDuty]:
    case = await case_access.visible_case(turn.session, turn.actor, case_id)
    entry = CaseEntry(case_id, case.unit_id, Level.RESPONSIBLE, _news(case.colour))
    standing = await _standing(turn, {case_id})
    return [duty for duty in await standing.still([entry], turn.actor.contact) if duty.nag]


def _put_off(line: CaseDuty) -> Sequence[OwedPart]:
    return [OwedPart(DutyKind.ORDER, str(line.case.steps), _news(line.case.colour).value)]


async def _file(turn: Turn, case_id: int) -> NagFile:
    case = await case_access.visible_case(turn.session, turn.actor, case_id)
    whole = case_access.sees_inside(turn.actor, case)
    return NagFile(f"{case.number} {case.category}", case.unit_id, case.responsible_id, whole)


def _news(colour: Colour) -> CaseNewsKind:
    """What the person is reminded of again. Without a colour, only their signature is missing."""
    if colour is Colour.NONE:
        return CaseNewsKind.UNSIGNED
    return CaseNewsKind.OVERDUE if colour is Colour.RED else CaseNewsKind(colour.value)


ORDERS: Final = Subject(
    "case",
    "entries",
    ORDER_KINDS,
    "nags.week.orders",
    scan=_scan,
    next_look=case_due.next_look,
    look_again=case_due.look_again,
    stand_at=_stand_at,
    standing=_standing,
    left=_left,
    own=_own,
    put_off=_put_off,
    file=_file,
    ahead=CasesAhead.read,
    is_told_late=_is_told_late,
    in_digest=False,
    is_foreseen=False,
)
"""A line stands for one case, with its latest news."""
