"""提示主要领导: the office tells a unit's 主要领导 of red cases, once for each time that a case turns red."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from locales import Text
from models.cases import Case
from models.cases.case_piles import Pile
from models.db import ident, known
from models.people import Contact
from rules.cases.case_ladder import CaseNewsKind
from rules.cases.case_lifecycle import CaseEvent
from rules.delivery.delivery import MessageKind
from rules.nags.levels import Level
from rules.slots import slot_key
from services import outbox
from services.access import require_office
from services.cases import case_steps
from services.cases.orders import picked_cases
from services.cases.orders.picked_cases import PickedCase
from services.errors import DomainError
from services.nags.orders.case_escalation import CaseEntry, Escalation
from services.turn import Turn
from services.views import TurnOutcome, View


@dataclass(frozen=True, slots=True)
class LeaderHint:
    """What one leader is told in one message."""

    leader: Contact
    cases: list[Case] = field(default_factory=list)


async def hint_about_one(turn: Turn, case_id: int, seen: int | None) -> Text:
    """Promise the unit's 主要领导 one 提示, once, and return the result in words.

    ``DomainError``: the actor may not release it, or nobody would hear. Then the caller keeps nothing.
    """
    case = await case_steps.take(turn, case_id, CaseEvent.RELEASE, actor=turn.actor, seen=seen)
    escalation = Escalation(turn.session, turn.campaign, turn.now)
    leaders = await escalation.readers(case, Level.PRINCIPAL_LEADER)
    if not leaders:
        raise DomainError("colours.no_leader", unit=await escalation.name_of(known(case.unit_id)))
    for leader in leaders:
        await _promise(turn, LeaderHint(leader, [case]))
    return Text("colours.released_to", names=[leader.name for leader in leaders])


async def hint_about_picked(turn: Turn, picked: tuple[PickedCase, ...]) -> TurnOutcome:
    """提示主要领导 for many: each leader gets one message about all of these cases of their unit.

    Cases that moved on meanwhile, and those whose unit has no such leader, are named; the rest goes through.
    """
    require_office(turn.actor)
    found = await picked_cases.split(turn, picked, CaseEvent.RELEASE, lock=True)
    hints, alone = await _hints(turn, found.still)
    done = [case for case in found.still if case not in alone]
    for case in done:
        await case_steps.take(turn, ident(case), CaseEvent.RELEASE, actor=turn.actor)
    for hint in hints:
        await _promise(turn, hint)
    names = [hint.leader.name for hint in hints]
    head = Text("colours.released_many", count=len(done), names=names) if done else None
    lines = [head or Text("colours.released_none"), *found.moved_lines()]
    if alone:
        lines.append(Text("colours.no_leader_for", numbers=[case.number for case in alone]))
    back = picked_cases.back_to_list(turn.actor, Pile.TO_RELEASE)
    return TurnOutcome(View(lines, [[back]]), lines[0], done=bool(done))


async def _hints(turn: Turn, found: Sequence[Case]) -> tuple[list[LeaderHint], list[Case]]:
    """What each leader hears, and the cases of which nobody would hear."""
    escalation = Escalation(turn.session, turn.campaign, turn.now)
    hints: dict[int, LeaderHint] = {}
    alone = []
    for case in found:
        leaders = await escalation.readers(case, Level.PRINCIPAL_LEADER)
        for leader in leaders:
            hints.setdefault(ident(leader), LeaderHint(leader)).cases.append(case)
        if not leaders:
            alone.append(case)
    return list(hints.values()), alone


async def _promise(turn: Turn, hint: LeaderHint) -> None:
    entries = [
        CaseEntry(ident(case), known(case.unit_id), Level.PRINCIPAL_LEADER, CaseNewsKind.RELEASED)
        for case in hint.cases
    ]
    content = {"day": turn.today.isoformat(), "entries": [entry.to_json() for entry in entries]}
    # The key names a case and its step: only this message tells of it.
    about = f"{entries[0].case_id}.{hint.cases[0].steps}"
    key = f"{slot_key(turn.today, 'cases')}:{about}:unit:{hint.leader.id}"
    await outbox.enqueue_raw(
        turn.session, MessageKind.HINT, key, ("nag", content), now=turn.now, contact=hint.leader
    )
