"""周报、月报: what groups and leaders are told, by itself, of the week and the month that are over."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from locales import Text
from reports.formats import day_of_year_text
from reports.period_tally import digest_lines, says_something
from reports.pictures.picture import Picture
from rules.period_days import told_days
from rules.periods import FigureDays, FigurePeriod, days_of
from rules.slots import slot_key
from services.tallies import period_pictures, period_tallies, tally_periods
from services.tallies.period_tallies import TallyCut
from services.tallies.tally_sources import sources_button
from services.turn import TickTurn
from services.views import ButtonSpec


@dataclass(frozen=True, slots=True)
class PeriodDigest:
    """What a reader is told of a period. ``cut``: what it counts.

    ``says_something`` False: nothing came in or was done, and its only line says so.
    """

    period: FigurePeriod
    picture_title: Text
    lines: list[Text]
    button: list[ButtonSpec]
    cut: TallyCut
    says_something: bool


def slot_of(turn: TickTurn, period: FigurePeriod) -> str:
    """The key of the period that is over, whenever it is told of: the first of its days."""
    first = days_of(period, turn.today).first
    if first is None:
        raise ValueError(f"{period} has no beginning")
    return slot_key(first, period.value)


async def digest(
    turn: TickTurn, period: FigurePeriod, units: Collection[int] | None, scope: Text
) -> PeriodDigest:
    """The digest of a period that is over. ``units`` None: all; ``scope``: their common title."""
    days = told_days(period, turn.today, turn.campaign.calendar)
    # A week that told of nothing is told of with the next one: then these are days.
    asked = period if days_of(period, turn.today).first == days.first else FigurePeriod.DAYS
    spans = tally_periods.spans_of(asked, turn.now, turn.campaign, days)
    cut = TallyCut(spans, units, None, None, runs=False, days=days)
    tally = await period_tallies.count(turn, cut, await period_tallies.tasks_of(turn, cut))
    title, of_picture = _titles(turn, period, days, scope)
    lines = digest_lines(tally, title, turn.campaign.zone, turn.today.year)
    span = cut.spans.now
    button = [sources_button(span.until, units, since=span.since)] if tally.quantities else []
    return PeriodDigest(asked, of_picture, lines, button, cut, says_something(tally))


async def picture(turn: TickTurn, made: PeriodDigest, locale: str) -> Picture | None:
    """The picture of a digest. None: there is nothing to show."""
    if not made.says_something:
        return None
    return await period_pictures.picture(turn, made.cut, made.period, made.picture_title, locale)


def _titles(turn: TickTurn, period: FigurePeriod, days: FigureDays, scope: Text) -> tuple[Text, Text]:
    """The titles of the words and of the picture: the days of the period, and whose it is."""
    if period is FigurePeriod.LAST_MONTH:
        said = {"year": days.first.year, "month": days.first.month, "scope": scope}
        return Text("digest.month", **said), Text("digest.month_picture", **said)
    first, last = (day_of_year_text(day, turn.today.year) for day in (days.first, days.last))
    spanned = {"first": first, "last": last, "scope": scope}
    return Text("digest.week", **spanned), Text("digest.week_picture", **spanned)
