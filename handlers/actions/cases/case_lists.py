"""Buttons of lists of cases and of their figures: pages, parts, breakdowns and the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.work import Action, Arguments, Work
from locales import Text
from rules.cases.case_figures import CaseCount, FigureBreakdown
from rules.cases.case_parts import CaseListPart
from services.access import Actor
from services.cases import ledger
from services.cases.lists import case_figure_views, case_finding, case_listing
from services.cases.lists.case_figure_views import FigureSelection
from services.cases.lists.case_listing import CaseListSide


async def _page(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(
        await case_listing.list_view(
            work.turn(actor),
            side=CaseListSide(arguments["side"]),
            which=CaseListPart(arguments["which"]),
            offset=arguments["offset"],
        )
    )


async def _found(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(await case_finding.find(work.turn(actor), arguments["words"], offset=arguments["offset"]))


async def _figures(work: Work, actor: Actor, arguments: Arguments) -> None:
    asked = FigureSelection.of(arguments, work.now)
    work.replace(await case_figure_views.overview(work.turn(actor), asked))


async def _breakdown(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(
        await case_figure_views.breakdown(
            work.turn(actor),
            FigureSelection.of(arguments, work.now),
            FigureBreakdown(arguments["broken_by"]),
            offset=arguments["offset"],
        )
    )


async def _behind(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(
        await case_figure_views.behind(
            work.turn(actor),
            FigureSelection.of(arguments, work.now),
            CaseCount(arguments["figure"]),
            offset=arguments["offset"],
        )
    )


async def _ledger(work: Work, actor: Actor, arguments: Arguments) -> None:
    await ledger.order(work.turn(actor))
    work.flash(Text("caselist.ledger_ordered"), alert=True)


ACTIONS: Final[Mapping[str, Action]] = {
    "caselist.page": _page,
    "caselist.found": _found,
    "caselist.figures": _figures,
    "caselist.breakdown": _breakdown,
    "caselist.behind": _behind,
    "caselist.ledger": _ledger,
}
