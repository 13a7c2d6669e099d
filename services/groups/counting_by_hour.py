"""Counts a group's tally as it shows its day: before the close, as the usual one, or as the day closed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from models.db import Session
from models.progress import late_arrivals, report_sums
from models.progress.report_selection import ReportSelection
from reports.late_news import LateNews
from reports.tally import Tally, TallyStanding
from services.duties import report_windows
from services.groups.tally_hours import DayShown
from services.tallies import tally_counting


async def count(
    session: Session,
    standing: TallyStanding,
    shown: DayShown,
    *,
    since: datetime,
    as_of: datetime,
    scope: Collection[int] | None,
) -> Tally:
    """The tally of (since, as_of], as far as it is known now."""
    told_at = shown.told_at or as_of
    if shown.apart:
        tally = await tally_counting.count_with(
            session, standing, since=since, as_of=as_of, scope=scope, came_by=as_of
        )
        late = ReportSelection(as_of, since, scope, came_by=as_of)
        tally = replace(tally, late_news=await _late_news(session, standing, late, told_at))
    else:
        tally = await tally_counting.count_with(session, standing, since=since, as_of=as_of, scope=scope)
    if shown.closes is not None:
        since_told = ReportSelection(as_of, since, scope, came_by=told_at)
        counts = await late_arrivals.late_counts(session, since_told, told_at)
        made_up = sum(found.reports for found in counts.values())
        tally = replace(tally, closes=shown.closes, made_up=made_up)
    if shown.begins is None:
        return tally
    return await _with_days(session, standing, tally, shown.begins, scope)


async def _late_news(
    session: Session, standing: TallyStanding, selection: ReportSelection, told_at: datetime
) -> LateNews:
    names = await tally_counting.unit_names(session)
    counts = await late_arrivals.late_counts(session, selection, told_at)
    units = sorted(
        ((names[unit_id], found.reports) for unit_id, found in counts.items()),
        key=lambda one: (-one[1], one[0]),
    )
    quantities = sorted(
        await late_arrivals.late_sums(session, selection), key=lambda one: one.total, reverse=True
    )
    windows = await report_windows.come_since(session, standing.due, names, selection.until)
    return LateNews(units, quantities, windows, sum(found.after for found in counts.values()))


async def _with_days(
    session: Session, standing: TallyStanding, tally: Tally, begins: datetime, scope: Collection[int] | None
) -> Tally:
    """The tally with who has reported since its days began.

    What a unit reported before, in the last hour of another day, is in the numbers, but no report of these.
    """
    names = await tally_counting.unit_names(session)
    selection = ReportSelection(tally.as_of, begins, scope, came_by=tally.came_by)
    counts = await report_sums.report_counts(session, selection)
    spoken = await tally_counting.who_reported(session, standing, selection, counts)
    # Before the close, what is missing is of windows that had closed before.
    owing = set()
    if tally.closes is None:
        owing = {one.unit for one in tally.missed} | tally.reports_below.missing
    return replace(
        tally,
        not_reported=[names[unit_id] for unit_id in spoken.silent],
        zero_reported=sorted({names[unit_id] for unit_id in spoken.nothing_new} - owing),
    )
