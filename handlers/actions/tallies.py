"""Buttons of tallies: the sources of figures, all metrics, missing reports; and tallies of any period."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from handlers.binding import Binding, acts, flashes, opens, replaces, says
from handlers.work import Work
from locales import Text
from services.access import Actor
from services.cases.lists import period_cases
from services.tallies import missed_list, period_tally_views, tally_metrics, tally_sources
from services.tallies.tally_sources import SourceSelection
from services.views import View


async def _sources(work: Work, actor: Actor, *, asked: SourceSelection, offset: int | None = None) -> None:
    """Show the sources of figures; from a group they go to the private chat, by the reader's own rights.

    ``offset``: their page was turned.
    """
    view = await tally_sources.sources(work.turn(actor), asked, offset=offset or 0)
    await _show_list(work, actor, view, "sources", turned=offset is not None)


async def _metrics(
    work: Work,
    actor: Actor,
    *,
    since: datetime | None,
    until: datetime | None,
    units: Collection[int] | None,
    by_arrival: bool = False,
    came_by: datetime | None = None,
    offset: int | None = None,
) -> None:
    """Show all metrics, as the sources are shown. ``offset``: their page was turned."""
    view = await tally_metrics.all_metrics(
        work.turn(actor),
        since=since,
        until=until,
        units=units,
        by_arrival=by_arrival,
        came_by=came_by,
        offset=offset or 0,
    )
    await _show_list(work, actor, view, "metrics", turned=offset is not None)


async def _missed(
    work: Work,
    actor: Actor,
    *,
    since: datetime,
    until: datetime,
    units: Collection[int] | None,
    came_by: datetime | None = None,
    offset: int | None = None,
) -> None:
    """Show all missing reports, as the metrics are shown."""
    view = await missed_list.all_missed(
        work.turn(actor), since=since, until=until, units=units, came_by=came_by, offset=offset or 0
    )
    await _show_list(work, actor, view, "missed", turned=offset is not None)


async def _show_list(work: Work, actor: Actor, view: View, name: str, *, turned: bool) -> None:
    if not work.private:
        await _send_privately(work, actor, view, name)
    elif turned:
        work.replace(view)
    else:
        work.say(view)


async def _send_privately(work: Work, actor: Actor, view: View, name: str) -> None:
    sent = await tally_sources.send_privately(work.turn(actor), view, name)
    work.flash(Text("sources.sent_privately" if sent else "sources.start_first"), alert=not sent)


ACTIONS: Final[Mapping[str, Binding]] = {
    "figures.sources": acts(_sources),
    "figures.of_item": opens(tally_sources.of_item),
    "figures.metrics": acts(_metrics),
    "figures.missed": acts(_missed),
    "periods.tally": replaces(period_tally_views.overview),
    "periods.parts": replaces(period_tally_views.breakdown),
    "periods.reports": replaces(period_tally_views.reports),
    "periods.completed": replaces(period_tally_views.completed),
    "periods.cases": replaces(period_cases.behind),
    "periods.sources": flashes(period_tally_views.source_sheet),
    "periods.export": says(period_tally_views.export),
    "periods.paper": says(period_tally_views.paper),
    "periods.picture": says(period_tally_views.picture),
}
