"""Counts what the picture of a period's tally shows. Start with ``picture``.

Whatever the period, a picture shows the numbers of its words: within the same units and tasks, and as of the
same moment. Where tasks stood earlier is known by when they were made and completed, and by the deadlines
that they have now.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TypeVar

from locales import Text, plain
from models.cases import case_standing
from models.cases.case_standing import MovedCases
from models.db import Session
from models.progress import bucket_sums, report_sums
from models.tasks.counted_tasks import CountedTask
from reports.metric_rows import biggest_first
from reports.pictures import period_picture
from reports.pictures.period_picture import QUANTITIES, BucketQuantity, OpenTasks, PanelDraft
from reports.pictures.picture import Picture
from rules.period_buckets import BucketLength, length_of
from rules.periods import FigurePeriod, PeriodSpan
from rules.tasks.task_lifecycle import TaskState
from services.campaign import Campaign
from services.tallies import period_axis, period_tallies, period_units
from services.tallies.period_axis import WEEKS, PeriodAxis
from services.tallies.period_tallies import TallyCut
from services.tallies.period_units import done_at
from services.tasks import task_targets
from services.turn import TickTurn

Time = TypeVar("Time", date, datetime)


async def picture(
    turn: TickTurn, cut: TallyCut, asked_period: FigurePeriod, title: Text, locale: str
) -> Picture | None:
    """The picture of a cut in the language ``locale``, at most 1920 px high. None: there is nothing to show.

    A day shows units and targets, a week who has done most, quantities and cases, and longer periods also how
    the open tasks become fewer.
    """
    found = await period_tallies.tasks_of(turn, cut)
    drafts = await _drafts(turn, cut, asked_period, found, locale)
    if not drafts:
        return None
    stamp = period_picture.span_stamp(cut.spans.now, turn.campaign.zone, turn.today.year)
    return period_picture.fitted_picture(plain(title, locale), plain(stamp, locale), drafts)


async def _drafts(
    turn: TickTurn, cut: TallyCut, period: FigurePeriod, found: Sequence[CountedTask], locale: str
) -> list[PanelDraft]:
    units = await period_units.by_unit(turn.session, cut, found)
    if period is FigurePeriod.DAY:
        lines = period_units.standing(units, cut.spans.now.until, turn.campaign, locale)
        shown = [period_picture.units_draft(lines, locale)] if lines else []
        return [*shown, *await _targets(turn, cut, locale)]
    axis = await period_axis.axis_of(turn, cut, period, found)
    places = period_units.ranked(units, cut.spans.now, locale)
    rank = [period_picture.rank_draft(places, locale)] if len(places) > 1 else []
    cases = await _cases(turn.session, cut, axis, locale)
    if period in WEEKS:
        return [*rank, *await _quantities(turn.session, cut, axis, locale), *cases]
    burn_down = _burn_down(found, axis, turn.campaign, locale)
    drafts = [*await _targets(turn, cut, locale), *burn_down, *rank, *cases]
    return drafts or await _quantities(turn.session, cut, axis, locale)


async def _targets(turn: TickTurn, cut: TallyCut, locale: str) -> list[PanelDraft]:
    until = cut.spans.now.until
    targets = await task_targets.target_sums(
        turn.session, cut.units, until, action=cut.action, focus=cut.focus
    )
    return [period_picture.targets_draft(targets, locale)] if targets else []


async def _quantities(session: Session, cut: TallyCut, axis: PeriodAxis, locale: str) -> list[PanelDraft]:
    shown, count = await quantities(session, cut, axis.spans)
    if not shown:
        return []
    return [period_picture.quantities_draft(*_names(axis, locale), shown, count, locale)]


def _names(axis: PeriodAxis, locale: str) -> tuple[list[str], BucketLength]:
    length = length_of(axis.buckets[0].first, axis.buckets[-1].end)
    return period_picture.bucket_names(axis.buckets, length, locale), length


async def quantities(
    session: Session, cut: TallyCut, spans: Sequence[PeriodSpan], most: int = QUANTITIES
) -> tuple[list[BucketQuantity], int]:
    """The items to which most was added, in the order of the words, by span; and how many items there are.

    The spans of an item add up to what the tally says was added to it.
    """
    sums = await report_sums.quantity_sums(session, cut.selection(cut.spans.now))
    moved = biggest_first([line for line in sums if line.added])
    items = [(line.item, line.measure) for line in moved[:most]]
    added = await bucket_sums.added_by_span(session, cut.selection(cut.spans.now), spans, items)
    shown = [
        BucketQuantity(line.item, line.measure, line.added, line.added_approx, added[line.item, line.measure])
        for line in moved[:most]
    ]
    return shown, len(moved)


async def _cases(session: Session, cut: TallyCut, axis: PeriodAxis, locale: str) -> list[PanelDraft]:
    moved = await cases(session, cut, axis.spans)
    if not any(one.registered or one.closed for one in moved):
        return []
    return [period_picture.cases_draft(_names(axis, locale)[0], moved, locale)]


async def cases(session: Session, cut: TallyCut, spans: Sequence[PeriodSpan]) -> list[MovedCases]:
    """The cases that came and went in each span. None where the cut is not one of units alone."""
    return await case_standing.moved_by_span(session, spans, cut.units) if cut.of_units else []


def _burn_down(
    found: Iterable[CountedTask], axis: PeriodAxis, campaign: Campaign, locale: str
) -> list[PanelDraft]:
    tasks = open_tasks(found, axis, campaign)
    if not any((*tasks.left, *tasks.planned)):
        return []
    return [period_picture.burn_down_draft(_names(axis, locale)[0], tasks, locale)]


def open_tasks(found: Iterable[CountedTask], axis: PeriodAxis, campaign: Campaign) -> OpenTasks:
    """How many tasks with a deadline are open at the end of each bucket, and would be by their deadlines.

    A task is there since it was made. Cancelled ones never were.
    """
    made: list[datetime] = []
    done: list[datetime] = []
    made_on: list[date] = []
    due_on: list[date] = []
    for task in found:
        if task.deadline is None or task.state is TaskState.CANCELLED:
            continue
        made.append(task.created_at)
        if (ended := done_at(task)) is not None:
            done.append(ended)
        made_on.append(campaign.today(task.created_at))
        due_on.append(max(task.deadline, made_on[-1]))
    ends, lasts = [span.until for span in axis.spans], [bucket.last for bucket in axis.buckets]
    return OpenTasks(_less(made, done, ends), _less(made_on, due_on, lasts))


def _less(come: list[Time], gone: list[Time], ends: Iterable[Time]) -> list[int]:
    """How many have come and not gone by each of the ends."""
    come, gone = sorted(come), sorted(gone)
    return [bisect_right(come, end) - bisect_right(gone, end) for end in ends]
