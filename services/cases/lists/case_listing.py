"""``/orders``: lists of cases by role, by colour and by limit, page by page, with a button to each card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Final

from locales import Text
from models.cases import Case, case_lists
from models.cases.case_lists import CaseListFilter
from reports.formats import short
from rules.cases.case_parts import COLOURED, CaseListPart
from services.access import Actor
from services.campaign import Campaign
from services.cases import case_wording
from services.errors import DomainError
from services.turn import Turn
from services.views import LISTED, ButtonSpec, View, button, in_rows, paging

LATELY: Final = timedelta(days=30)
"""How long a closed case stays in the list."""

_PARTS: Final = (
    *(CaseListPart.RED, CaseListPart.YELLOW, CaseListPart.BLUE, CaseListPart.NONE),
    *(CaseListPart.SUSPENDED, CaseListPart.CHECKING, CaseListPart.WAITING),
)


class CaseListSide(StrEnum):
    """Whose cases a list shows: all, the unit's, those the reader signed for, those they reported."""

    ALL = "all"
    UNIT = "unit"
    SIGNED = "signed"
    REPORTED = "reported"


def sides_of(actor: Actor) -> list[CaseListSide]:
    """The sides that ``actor`` may look at. The first one is shown if they ask for no other."""
    if actor.scope is not None and not (actor.reports or actor.is_leader):
        return [CaseListSide.REPORTED, CaseListSide.UNIT]
    sides = [CaseListSide.ALL] if actor.scope is None else [CaseListSide.UNIT]
    if actor.reports:
        sides += [CaseListSide.UNIT] if actor.scope is None else []
        sides.append(CaseListSide.SIGNED)
    return [*sides, CaseListSide.REPORTED]


async def list_view(
    turn: Turn, *, side: CaseListSide | None = None, which: CaseListPart = CaseListPart.OPEN, offset: int = 0
) -> View:
    """A page of cases, the soonest limit first.

    A person who answers for a unit sees the cases they signed for before the others of the unit.
    ``DomainError``: the actor may not look at this side any more.
    """
    sides = sides_of(turn.actor)
    side = side or sides[0]
    if side not in sides:
        raise DomainError("caselist.not_your_side")
    whose, since = _whose(turn.actor, side), turn.now - LATELY
    counts = await case_lists.open_counts(turn.session, whose)
    counts[CaseListPart.CLOSED] = await case_lists.count_closed(turn.session, whose, since)
    first = turn.actor.id if side is CaseListSide.UNIT and turn.actor.reports else None
    found = await case_lists.page(
        turn.session, whose, which, since=since, first=first, offset=offset, limit=LISTED
    )
    lines = [_title(side, which, counts, turn.campaign), *_summary(which, counts, turn.campaign)]
    lines += await case_wording.lines(turn, found, offset)
    if not found:
        lines.append(Text("caselist.none"))
    rows = [[card_button(turn.actor, n, case)] for n, case in enumerate(found, offset + 1)]
    rows += paging("caselist.page", turn.actor.id, offset, counts[which], side=side, which=which)
    rows += _filters(turn.actor, side, which, counts, turn.campaign) + _sides(turn.actor, sides, side)
    if turn.actor.is_office:
        rows.append([button("caselist.ledger_button", "caselist.ledger", turn.actor.id)])
    return View(lines, rows, case_ids=[case.id for case in found if case.id is not None])


def _whose(actor: Actor, side: CaseListSide) -> CaseListFilter:
    match side:
        case CaseListSide.ALL:
            return CaseListFilter()
        case CaseListSide.SIGNED:
            # A person who has moved to another unit does not see what they signed for in the old one.
            return CaseListFilter(actor.scope, signed_by=actor.id)
        case CaseListSide.REPORTED:
            return CaseListFilter(reported_by=actor.id)
    own = actor.reporting_units | {actor.contact.unit_id}
    return CaseListFilter(unit_ids=own if actor.scope is None else actor.scope)


def _title(
    side: CaseListSide, which: CaseListPart, counts: Mapping[CaseListPart, int], campaign: Campaign
) -> Text:
    return Text(
        "caselist.title",
        side=Text(f"caselist.side.{side.value}"),
        which=which_text(which, campaign),
        count=counts[which],
    )


def which_text(which: CaseListPart, campaign: Campaign) -> Text:
    """The name of a part of the list. The deployment chooses the names of colours."""
    if which not in COLOURED:
        return Text(f"caselist.which.{which.value}")
    colour = COLOURED[which]
    return Text(
        "caselist.colour",
        lamp=case_wording.sign_text(colour, campaign),
        name=case_wording.colour_text(colour, campaign),
    )


def _summary(which: CaseListPart, counts: Mapping[CaseListPart, int], campaign: Campaign) -> list[Text]:
    """How many cases each part has, shown under the title of all open cases."""
    shown = [
        Text("caselist.part", name=which_text(part, campaign), count=counts[part])
        for part in _PARTS
        if counts[part]
    ]
    return [Text("caselist.parts", parts=shown)] if shown and which is CaseListPart.OPEN else []


def card_button(actor: Actor, number: int, case: Case) -> ButtonSpec:
    """The button from a line of the list to the card."""
    label = Text(
        "caselist.open_button",
        number=number,
        category=case.category.rpartition("·")[2],
        place=short(case.place or "", 16),
    )
    return button(label, "case.card", actor.id, case_id=case.id)


def _filters(
    actor: Actor,
    side: CaseListSide,
    which: CaseListPart,
    counts: Mapping[CaseListPart, int],
    campaign: Campaign,
) -> list[list[ButtonSpec]]:
    """A button for each part that is not empty, four in a row, and one back to all open cases."""
    parts: Sequence[CaseListPart] = [CaseListPart.OPEN, *_PARTS, CaseListPart.CLOSED]
    offered = [part for part in parts if part is not which and (counts[part] or part is CaseListPart.OPEN)]
    buttons = [
        button(
            Text("caselist.part_button", name=which_text(part, campaign), count=counts[part]),
            "caselist.page",
            actor.id,
            side=side,
            which=part,
            offset=0,
        )
        for part in offered
    ]
    return in_rows(buttons, 4)


def _sides(actor: Actor, sides: Sequence[CaseListSide], side: CaseListSide) -> list[list[ButtonSpec]]:
    return [
        [
            button(
                f"caselist.side.{other.value}",
                "caselist.page",
                actor.id,
                side=other.value,
                which=CaseListPart.OPEN.value,
                offset=0,
            )
            for other in sides
            if other is not side
        ]
    ]
