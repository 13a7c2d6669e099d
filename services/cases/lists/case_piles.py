"""``/todo``: the piles of cases that wait for the reader, and the list of each pile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count as count_from
from typing import Final

from locales import Text
from models.cases import Case, case_piles, instructions
from models.cases.case_piles import Pile as Pile
from models.cases.case_piles import PileFilter
from models.db import Session, ident, row_of
from models.people import Unit
from reports.formats import short
from rules.cases.case_lifecycle import CaseEvent
from rules.people.office_subjects import OfficeSubject
from rules.people.roles import Role
from rules.tasks.task_lifecycle import AwaitedAnswer
from services.access import Actor
from services.cases import case_wording
from services.cases.deciding import instruction_writing
from services.cases.lists import pile_bulk
from services.cases.orders.picked_cases import PickedCase, PickedCases
from services.errors import DomainError
from services.recipients import others_of_office
from services.tasks import deciders, task_lists
from services.tasks.children_card import reopened_button
from services.turn import Turn
from services.views import LISTED, ButtonSpec, View, button, paging

_OFFICES: Final = (
    *(Pile.TO_REGISTER, Pile.TO_DISPATCH, Pile.EXTENSIONS, Pile.APPEALS, Pile.TO_CHECK),
    *(Pile.TO_RELAY, Pile.TO_RELEASE, Pile.OVERDUE, Pile.VERIFYING),
)
_UNITS: Final = (Pile.TO_SIGN, Pile.TO_HANDLE, Pile.DUE_SOON)
_SHARED: Final = frozenset({OfficeSubject.CASES, OfficeSubject.COMPLETION})
_REOPENED: Final = 5
"""So many completed tasks below which something was reopened have a button at once."""
# The step whose reason says why the case is in the pile. A later dispatch outdates it.
_SAID: Final[Mapping[Pile, CaseEvent]] = {
    Pile.TO_DISPATCH: CaseEvent.SEND_BACK,
    Pile.EXTENSIONS: CaseEvent.ASK_EXTENSION,
    Pile.APPEALS: CaseEvent.APPEAL,
    Pile.TO_HANDLE: CaseEvent.REWORK,
    Pile.VERIFYING: CaseEvent.ASK_VERIFICATION,
}
_DISPATCHING: Final = (CaseEvent.DISPATCH, CaseEvent.REASSIGN)


def piles_of(actor: Actor, *, of_office: bool = True) -> dict[Pile, PileFilter]:
    """The piles that wait for an actor, by their roles, with the filter for their part of each pile.

    ``of_office`` False: without those that wait for them as one of the office.
    """
    found: dict[Pile, PileFilter] = {}
    if actor.reports:
        found |= dict.fromkeys(_UNITS, PileFilter(unit_ids=actor.reporting_units))
    if actor.is_leader:
        found[Pile.OVERDUE] = PileFilter(unit_ids=actor.oversight)
    if Role.INSPECTOR in actor.roles:
        found[Pile.TO_VERIFY] = PileFilter(verifier_id=actor.id)
        found[Pile.TO_CHECK] = PileFilter(not_unit=actor.contact.unit_id)
    if of_office and actor.is_office:
        found |= dict.fromkeys(_OFFICES, PileFilter())
        # Nobody checks the work of their own unit.
        found[Pile.TO_CHECK] = PileFilter(not_unit=actor.contact.unit_id)
    return {pile: found[pile] for pile in Pile if pile in found}


async def front(turn: Turn, *, whole: bool = False) -> View:
    """``/todo``: what waits for the reader, each with its number and a button to its list.

    What another section of the office sees to is one button, unless the ``whole`` is asked for.
    """
    left = frozenset() if whole else await others_of_office(turn, _SHARED)
    piles = piles_of(turn.actor, of_office=OfficeSubject.CASES not in left)
    counts = await _counts(turn, piles_of(turn.actor))
    waiting = {pile: count for pile, count in counts.items() if count and pile in piles}
    of_tasks = await _of_tasks(turn, of_office=OfficeSubject.COMPLETION not in left)
    others = sum(counts.values()) - sum(waiting.values())
    if OfficeSubject.COMPLETION in left:
        others += sum((await _of_tasks(turn)).values()) - sum(of_tasks.values())
    view = await _front(turn, piles, waiting, of_tasks)
    if not others:
        return view
    label = Text("desk.whole_button", count=others)
    rows = [*view.rows, [button(label, "desk.front", turn.actor.id, whole=True)]]
    return replace(view, lines=[*view.lines, Text("desk.of_others", count=others)], rows=rows)


async def _counts(turn: Turn, piles: Mapping[Pile, PileFilter]) -> dict[Pile, int]:
    return {
        pile: await case_piles.count_pile(turn.session, pile, narrow, turn.now)
        for pile, narrow in piles.items()
    }


async def _front(
    turn: Turn,
    piles: Mapping[Pile, PileFilter],
    waiting: Mapping[Pile, int],
    of_tasks: Mapping[AwaitedAnswer, int],
) -> View:
    # Who is no leader any more could not send it.
    unsent = await instructions.unsent_of(turn.session, turn.actor.id) if turn.actor.is_leader else ()
    handles = not turn.actor.is_leader or bool(piles.keys() - {Pile.OVERDUE})
    reopened = await deciders.reopened(turn)
    if not (waiting or of_tasks or unsent or reopened):
        return View([Text("desk.nothing" if handles else "desk.nothing_to_know")])
    lines, rows = [], []
    if unsent:
        lines += [Text("desk.title"), Text("desk.unsent_line", count=len(unsent))]
        rows += [[instruction_writing.unsent_button(turn.actor, row, order)] for row, order in unsent]
    if handles and not unsent:
        lines.append(Text("desk.title"))
    elif not handles and waiting:
        lines.append(Text("desk.title_to_know"))
    for answer, count in of_tasks.items():
        lines.append(Text(f"tasks.waits_line.{answer.value}", count=count))
        rows.append([task_lists.waits_button(turn.actor, answer, count)])
    if reopened:
        lines.append(Text("children.reopened_line", count=len(reopened)))
        rows += [[reopened_button(turn.actor, task)] for task in reopened[:_REOPENED]]
    for pile, count in waiting.items():
        named = {"pile": Text(f"desk.pile.{pile.value}"), "count": count}
        lines.append(Text("desk.pile_line", **named))
        label = Text("desk.pile_button", **named)
        rows.append([button(label, "desk.list", turn.actor.id, pile=pile, offset=0)])
    return View(lines, rows)


async def _of_tasks(turn: Turn, *, of_office: bool = True) -> dict[AwaitedAnswer, int]:
    """How many tasks wait for which answer of the reader."""
    waiting = await deciders.waiting(turn, of_office=of_office)
    return {answer: len(found) for answer, found in waiting.items() if found}


async def list_view(
    turn: Turn,
    pile: Pile,
    *,
    offset: int = 0,
    picked: PickedCases = (),
    toggle: PickedCase | None = None,
) -> View:
    """One pile, page by page. In some piles the office picks several cases at once.

    ``toggle``: the case that the press adds to the ``picked`` ones, or takes from them.
    """
    narrow = piles_of(turn.actor).get(pile)
    if narrow is None:
        raise DomainError("desk.not_your_pile")
    count = await case_piles.count_pile(turn.session, pile, narrow, turn.now)
    offset = offset if offset < count else 0
    shown = await case_piles.pile_page(turn.session, pile, narrow, turn.now, offset=offset, limit=LISTED)
    notes = await _notes(turn.session, pile, shown)
    relays = await _relays(turn.session, turn.actor, pile, shown)
    bulk = await pile_bulk.load(turn, pile, picked, toggle)
    lines = [Text("desk.list_title", pile=Text(f"desk.pile.{pile.value}"), count=count)]
    rows: list[list[ButtonSpec]] = []
    numbered = zip(count_from(offset + 1), shown, await case_wording.lines(turn, shown, offset), strict=False)
    for number, case, line in numbered:
        lines.append(line)
        lines += [*notes.get(ident(case), ()), *bulk.notes(case)]
        label = Text("desk.open_button", n=number, number=case.number)
        card = button(label, "case.card", turn.actor.id, case_id=case.id)
        rows.append([*bulk.toggle(number, case, offset), card, *(row_of(relays, case.order_id) or ())])
    if not shown:
        lines.append(Text("desk.list_empty"))
    rows += bulk.rows(offset, shown)
    rows += paging("desk.list", turn.actor.id, offset, count, pile=pile, **bulk.kept())
    rows.append([button("desk.front_button", "desk.front", turn.actor.id)])
    return View(lines, rows, case_ids=[case.id for case in shown if case.id is not None])


async def _relays(
    session: Session, actor: Actor, pile: Pile, shown: Sequence[Case]
) -> dict[int, list[ButtonSpec]]:
    """By order: buttons to the leaders' instructions on it that the unit has not been told."""
    if pile is not Pile.TO_RELAY:
        return {}
    found: dict[int, list[ButtonSpec]] = {}
    for row in await instructions.unreleased(
        session, [case.order_id for case in shown if case.order_id is not None]
    ):
        label = Text("desk.relay_button", words=short(row.text, 12))
        relay = button(label, "instruction.show", actor.id, instruction_id=row.id)
        found.setdefault(row.order_id, []).append(relay)
    return found


async def _notes(session: Session, pile: Pile, shown: Sequence[Case]) -> dict[int, list[Text]]:
    """By case: why it is in the pile, in the words of the person who brought it there."""
    event = _SAID.get(pile)
    if event is None:
        return {}
    ids = [case.id for case in shown if case.id is not None]
    said = await case_piles.last_steps(session, ids, [event])
    dispatched = await case_piles.last_steps(session, ids, _DISPATCHING)
    found = {}
    for case_id, step in said.items():
        order = dispatched.get(case_id)
        if not step.reason or (order is not None and order.number > step.number):
            continue
        unit = None if order is None or order.unit_id is None else await session.get(Unit, order.unit_id)
        values = {"event": Text(f"cases.event.{event.value}"), "reason": short(step.reason, 60)}
        if event is CaseEvent.SEND_BACK and unit is not None:
            found[case_id] = [Text("desk.note_of_unit", unit=unit.name, **values)]
        else:
            found[case_id] = [Text("desk.note", **values)]
    return found
