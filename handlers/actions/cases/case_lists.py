"""Buttons of lists of cases and of their figures: pages, parts, breakdowns and the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.binding import Arguments, Binding, acts, replaces
from handlers.work import Work
from locales import Text
from rules.cases.case_figures import CaseCount, FigureBreakdown
from services.access import Actor
from services.cases import ledger
from services.cases.lists import case_figure_views, case_finding, case_listing
from services.cases.lists.case_figure_views import FigureSelection


async def _figures(work: Work, actor: Actor, *, arguments: Arguments) -> None:
    asked = FigureSelection.of(arguments, work.now)
    work.replace(await case_figure_views.overview(work.turn(actor), asked))


async def _breakdown(
    work: Work, actor: Actor, *, broken_by: FigureBreakdown, offset: int, arguments: Arguments
) -> None:
    work.replace(
        await case_figure_views.breakdown(
            work.turn(actor),
            FigureSelection.of(arguments, work.now),
            broken_by,
            offset=offset,
        )
    )


async def _behind(work: Work, actor: Actor, *, figure: CaseCount, offset: int, arguments: Arguments) -> None:
    work.replace(
        await case_figure_views.behind(
            work.turn(actor),
            FigureSelection.of(arguments, work.now),
            figure,
            offset=offset,
        )
    )


async def _ledger(work: Work, actor: Actor) -> None:
    await ledger.order(work.turn(actor))
    work.flash(Text("caselist.ledger_ordered"), alert=True)


ACTIONS: Final[Mapping[str, Binding]] = {
    "caselist.page": replaces(case_listing.list_view),
    "caselist.found": replaces(case_finding.find),
    "caselist.figures": acts(_figures),
    "caselist.breakdown": acts(_breakdown),
    "caselist.behind": acts(_behind),
    "caselist.ledger": acts(_ledger),
}
