"""Lines of what figures count: cases, and the orders of cases that have gone on since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from locales import Text, plain
from models import people
from models.cases import Case, OrderCase
from models.cases.case_sums import CountedOne
from reports.formats import moment_text, short
from rules.cases.order_facts import OrderFacts, OrderOutcome
from services.cases import case_access, case_wording
from services.cases.lists.case_listing import card_button
from services.turn import Turn
from services.views import ButtonSpec


@dataclass(frozen=True, slots=True)
class CountedLines:
    """A page of lines, with a button for each case that the reader may open."""

    lines: Sequence[Text]
    rows: Sequence[Sequence[ButtonSpec]]
    case_ids: Sequence[int]


async def listed(turn: Turn, found: Sequence[CountedOne], offset: int) -> CountedLines:
    """The lines, numbered on from ``offset``. A case that has left the reader's units cannot be opened."""
    several = turn.actor.scope is None or len(turn.actor.scope) > 1
    ids = {_unit_id(one) for one in found} if several or any(map(_is_former, found)) else set()
    names = await people.unit_names(turn.session, ids - {0}) if ids else {}
    lines, rows, case_ids = [], [], dict[int, None]()
    for number, one in enumerate(found, offset + 1):
        lines.append(_line(turn, number, one, names.get(_unit_id(one)), several=several))
        if one.case.id is not None and await case_access.may_see(turn.session, turn.actor, one.case):
            rows.append([card_button(turn.actor, number, one.case)])
            case_ids[one.case.id] = None
    return CountedLines(lines, rows, list(case_ids))


def _unit_id(one: CountedOne) -> int:
    return (one.order.unit_id if one.order is not None else one.case.unit_id) or 0


def _is_former(one: CountedOne) -> bool:
    """Whether the case alone would not say which of its orders is meant."""
    return one.order is not None and (one.case.orders > 1 or one.case.unit_id is None)


def _line(turn: Turn, number: int, one: CountedOne, unit: str | None, *, several: bool) -> Text:
    if one.order is None or not _is_former(one):
        shown = unit if several else None
        return case_wording.line(number, one.case, turn.now, turn.campaign, unit=shown)
    return _order_line(turn, number, one.case, one.order, unit or "")


def _order_line(turn: Turn, number: int, case: Case, order: OrderCase, unit: str) -> Text:
    zone = turn.campaign.zone
    return Text(
        "caselist.order_line",
        n=number,
        lamp=case_wording.lamp_text(case, turn.campaign) if order.number == case.orders else "",
        number=case.number,
        category=case.category,
        place=short(plain(case_wording.place_text(case), turn.campaign.locale), 20),
        unit=unit,
        order=order.number,
        dispatched=moment_text(order.dispatched_at, zone),
        outcome=_outcome_text(order.facts, overdue=order.facts.overdue(turn.now)),
        limit=moment_text(order.limit_at, zone),
    )


def _outcome_text(order: OrderFacts, *, overdue: bool) -> Text:
    """What has come of the order, and whether in time."""
    outcome = Text(f"caselist.outcome.{order.outcome.value}")
    if overdue:
        return Text("cases.state_overdue", state=outcome)
    if order.late and not order.exempt:
        return Text("cases.state_late", state=outcome)
    if order.outcome is OrderOutcome.CLOSED:
        return Text("cases.state_in_time", state=outcome)
    return outcome
