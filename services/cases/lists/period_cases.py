"""The cases behind a number of ``/tally``: those that were registered, or closed, in a period."""

from __future__ import annotations

from dataclasses import replace

from locales import Text
from models.cases import case_standing
from models.cases.case_standing import CaseMove
from models.cases.case_sums import CountedOne
from services.cases.lists import order_lines
from services.tallies import period_tallies, period_tally_views
from services.tallies.period_tallies import TallySelection
from services.turn import Turn
from services.views import LISTED, View, arguments_of, paging


async def behind(turn: Turn, asked: TallySelection, move: CaseMove, *, offset: int) -> View:
    """The cases that moved so in the period, the last first, with a button to each."""
    asked = replace(asked, at=asked.at or turn.now)
    cut = await period_tallies.cut_of(turn, asked)
    span = cut.spans.now
    moved = await case_standing.moved(turn.session, span.since, span.until, cut.units)
    count = moved.registered if move is CaseMove.REGISTERED else moved.closed
    found = await case_standing.moved_cases(turn.session, move, span, cut.units, offset, LISTED)
    listed = await order_lines.listed(turn, [CountedOne(case) for case in found], offset)
    title = await period_tally_views.head(turn, asked, Text(f"period_tally.{move.value}_behind", count=count))
    turning = paging("periods.cases", turn.actor.id, offset, count, **arguments_of(asked), move=move)
    back = [period_tally_views.back_button(turn, asked)]
    return View([title, *listed.lines], [*listed.rows, *turning, back], case_ids=listed.case_ids)
