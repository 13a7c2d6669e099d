"""全部未报: every missing recurring report behind a tally, page by page, and the button to them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from locales import Text
from reports.formats import moment_text
from reports.missed_reports import LISTED_MISSED, missed_line
from reports.tally import Tally
from services.duties import report_windows
from services.tallies.tally_counting import unit_names
from services.tallies.tally_sources import in_view, note_of_view
from services.turn import Turn
from services.views import LISTED, ButtonSpec, View, button, paging


def missed_button(tally: Tally, units: Collection[int] | None) -> list[ButtonSpec]:
    """全部未报, if reports are missing that the tally does not name. ``units`` None: all."""
    if len(tally.missed) <= LISTED_MISSED:
        return []
    about = _about(tally.since, tally.as_of, units, tally.came_by)
    return [button("tally.missed_button", "figures.missed", **about)]


async def all_missed(
    turn: Turn,
    *,
    since: datetime,
    until: datetime,
    units: Collection[int] | None,
    came_by: datetime | None = None,
    offset: int = 0,
) -> View:
    """The missing reports of ``units`` (None: all) that the actor may see, as far as is known now.

    They are on tasks that count in these units, whatever the actor sees.

    ``came_by``: as far as was known then.
    """
    mine = in_view(turn.actor, units)
    every = await report_windows.closing(
        turn.session, since=since, until=until, campaign=turn.campaign, scope=units
    )
    due = [one for one in every if mine is None or one.unit_id in mine]
    names = await unit_names(turn.session)
    missed, _ = await report_windows.outcome(turn.session, due, names, came_by)
    title = Text("tally.all_missed", count=len(missed), until=moment_text(until, turn.campaign.zone))
    lines = [title, *map(missed_line, missed[offset : offset + LISTED]), *note_of_view(turn.actor, units)]
    about = _about(since, until, units, came_by)
    return View(lines, paging("figures.missed", turn.actor.id, offset, len(missed), **about))


def _about(
    since: datetime, until: datetime, units: Collection[int] | None, came_by: datetime | None
) -> dict[str, Any]:
    about = {"since": since, "until": until, "units": None if units is None else sorted(units)}
    return about if came_by is None else {**about, "came_by": came_by}
