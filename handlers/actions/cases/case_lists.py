"""Buttons of lists of cases and of their figures: pages, parts, breakdowns and the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.binding import Binding, acts, opens, replaces
from handlers.work import Work
from locales import Text
from services.access import Actor
from services.cases.lists import case_figure_views, case_finding, case_listing
from services.office.ledger import ledger_orders


async def _ledger(work: Work, actor: Actor) -> None:
    await ledger_orders.order(work.turn(actor))
    work.flash(Text("ledger.ordered"), alert=True)


ACTIONS: Final[Mapping[str, Binding]] = {
    "caselist.page": replaces(case_listing.list_view),
    "caselist.open": opens(case_listing.list_view),
    "caselist.found": replaces(case_finding.find),
    "caselist.figures": replaces(case_figure_views.overview),
    "caselist.breakdown": replaces(case_figure_views.breakdown),
    "caselist.behind": replaces(case_figure_views.behind),
    "caselist.ledger": acts(_ledger),
}
