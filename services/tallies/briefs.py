"""The brief of a leader, in words: what needs them first, and where things stand in their scope."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from locales import Text
from models.progress import from_below
from models.progress.report_selection import ReportSelection
from reports.tally import Tally, brief_lines, no_news_line, says_something
from rules.cases.case_parts import CaseListPart
from rules.slots import local_slot
from services import calendar
from services.errors import DomainError
from services.tallies import reports_below, tally_counting, tally_metrics, tally_sources
from services.task_wording import list_button
from services.turn import Turn
from services.views import View, button


async def brief(turn: Turn) -> View:
    """``/brief``: the reader's scope since the brief of the working day before."""
    if not (turn.actor.is_leader or turn.actor.scope is None):
        raise DomainError("brief.leaders_only")
    return view_of(turn, await tally_of(turn, turn.campaign.calendar.before(turn.today, 1)), whole=True)


async def tally_of(turn: Turn, before: date) -> Tally:
    """The tally of a brief since the hour of the one of that day.

    A brief is not corrected later, so it contains everything that came in since the last one.
    """
    units = turn.actor.oversight
    since = local_slot(before, turn.campaign.slots.brief, turn.campaign.zone)
    standing = await tally_counting.stand(
        turn.session, since=since, as_of=turn.now, campaign=turn.campaign, scope=units
    )
    standing = await reports_below.with_due(
        turn.session, standing, since=since, until=turn.now, campaign=turn.campaign, scope=units
    )
    tally = await tally_counting.count_with(
        turn.session,
        standing,
        since=since,
        as_of=turn.now,
        scope=units,
        by_arrival=True,
    )
    if not tally.below.every:
        return tally
    selection = ReportSelection(turn.now, since, units, by_arrival=True)
    return replace(tally, from_below=await from_below.reports_below(turn.session, selection))


def scope_of(turn: Turn) -> Text:
    """The title of what the reader sees."""
    if turn.actor.scope is None:
        return Text("brief.scope_all")
    return Text("common.as_is", text=turn.actor.unit.name)


def view_of(turn: Turn, tally: Tally, *, whole: bool) -> View:
    """The brief in words. Unless it is to be ``whole``, no news is one line."""
    day, units, scope = turn.today, turn.actor.oversight, scope_of(turn)
    guessed = calendar.fallback_lines(day, turn.campaign)
    if not (whole or says_something(tally)):
        return View([no_news_line(tally, day, scope), *guessed], [[list_button(turn.actor.id)]])
    row = [
        tally_sources.sources_button(turn.now, units),
        *tally_metrics.metrics_button(tally, units, since=tally.since, until=turn.now, by_arrival=True),
    ]
    lines = [*brief_lines(tally, day, scope, turn.campaign.zone), *guessed]
    last = [list_button(turn.actor.id)]
    if tally.cases.overdue:
        label = Text("tally.overdue_button", count=tally.cases.overdue)
        last.append(button(label, "caselist.open", turn.actor.id, which=CaseListPart.RED))
    return View(lines, [row, last])
