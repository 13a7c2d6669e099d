"""全部指标: every metric behind a tally, a board or a brief, page by page, and the button to them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from locales import Text
from models.progress import report_sums
from models.progress.report_selection import ReportSelection
from reports.formats import moment_text
from reports.metric_rows import biggest_first, chosen, metric_row
from reports.tally import Tally, is_daily
from services.tallies.tally_sources import in_view, note_of_view
from services.turn import Turn
from services.views import LISTED, ButtonSpec, View, button, paging


def metrics_button(
    tally: Tally,
    units: Collection[int] | None,
    *,
    since: datetime | None,
    until: datetime | None,
    by_arrival: bool = False,
) -> list[ButtonSpec]:
    """全部指标, if the tally has metrics that it does not show. ``units`` None: all.

    ``since``, ``until``: its period; None: the day on which the button is pressed, up to that moment.
    """
    if len(chosen(tally.quantities, tally.targeted)) == len(tally.quantities):
        return []
    about: dict[str, object] = {"units": None if units is None else sorted(units), "by_arrival": by_arrival}
    if tally.came_by is not None:
        about["came_by"] = tally.came_by
    return [button("tally.metrics_button", "figures.metrics", since=since, until=until, **about)]


async def all_metrics(
    turn: Turn,
    *,
    since: datetime | None,
    until: datetime | None,
    units: Collection[int] | None,
    by_arrival: bool = False,
    came_by: datetime | None = None,
    offset: int = 0,
) -> View:
    """The metrics of ``units`` (None: all) that the actor may see, the biggest first.

    ``came_by``: as far as they had come in by then.
    """
    since, until = since or turn.campaign.midnight(turn.today), until or turn.now
    mine = in_view(turn.actor, units)
    selection = ReportSelection(until, since, mine, by_arrival=by_arrival, came_by=came_by)
    found = biggest_first(await report_sums.quantity_sums(turn.session, selection))
    if not found:
        return View([Text("sources.none"), *note_of_view(turn.actor, units)])
    daily = not by_arrival and is_daily(since, until, turn.campaign.zone)
    title = Text("tally.metrics_title", count=len(found), until=moment_text(until, turn.campaign.zone))
    rows = [metric_row(line, daily=daily) for line in found[offset : offset + LISTED]]
    turning = paging(
        "figures.metrics",
        turn.actor.id,
        offset,
        len(found),
        since=since,
        until=until,
        units=None if units is None else sorted(units),
        by_arrival=by_arrival,
        came_by=came_by,
    )
    return View([title, *rows, *note_of_view(turn.actor, units)], turning)
