"""The periods of figures: how somebody names one, and the moments that it covers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from locales import LOCALES, Text, plain
from reports.formats import short
from rules.periods import (
    NAMED,
    EarlierPeriod,
    FigureDays,
    FigurePeriod,
    PeriodDays,
    PeriodSpan,
    before,
    days_of,
    year_before,
)
from rules.slots import local_slot
from rules.written_spans import read_past_days
from services.campaign import Campaign
from services.errors import DomainError

# A span begins behind its ``since``. So that the first moment of a day is in it, it begins this much earlier.
_STEP: Final = timedelta(microseconds=1)
_WORDS: Final = 40


@dataclass(frozen=True, slots=True)
class TallySpans:
    """A period, and those with which it is compared, as far as it has run itself. None: there is none."""

    now: PeriodSpan
    before: PeriodSpan | None
    year_before: PeriodSpan | None


def spans_of(
    period: FigurePeriod, at: datetime, campaign: Campaign, days: FigureDays | None = None
) -> TallySpans:
    """The moments of a period, as it runs at ``at``, and of those before it."""
    today = campaign.today(at)
    earlier = (before(period, today, days), year_before(period, today, days))
    compared = [None if one is None else _so_far(one, at, campaign) for one in earlier]
    return TallySpans(_span(days_of(period, today, days), at, campaign), *compared)


def _span(days: PeriodDays, at: datetime, campaign: Campaign) -> PeriodSpan:
    since = None if days.first is None else campaign.midnight(days.first) - _STEP
    return PeriodSpan(since, at if days.end is None else campaign.midnight(days.end) - _STEP)


def _so_far(earlier: EarlierPeriod, at: datetime, campaign: Campaign) -> PeriodSpan:
    """An earlier period: whole if the other one is over, else up to the same day and hour of it."""
    whole = _span(earlier.days, at, campaign)
    if earlier.place is None:
        return whole
    hour = at.astimezone(campaign.zone).time()
    return replace(whole, until=local_slot(earlier.place, hour, campaign.zone))


def first_day(span: PeriodSpan, campaign: Campaign) -> date | None:
    """The day of the first moment of a span; None: it has no beginning."""
    return None if span.since is None else campaign.today(span.since + _STEP)


def read_period(words: str, today: date, command: str) -> tuple[FigurePeriod, FigureDays | None]:
    """The period that somebody wrote behind a command: by its name, or by its days. Errors: ``read_days``."""
    if (period := period_named(words)) is not None:
        return period, None
    return FigurePeriod.DAYS, read_days(words, today, command)


def period_named(words: str) -> FigurePeriod | None:
    """The period that has this name in any language."""
    named = "".join(words.split()).casefold()
    for period in NAMED:
        names = (plain(Text(f"periods.{period.value}"), locale) for locale in LOCALES)
        if named in {"".join(name.split()).casefold() for name in names}:
            return period
    return None


def read_days(words: str, today: date, command: str) -> FigureDays:
    """The days that somebody wrote behind a command.

    ``DomainError``: they cannot be read, end too early, or are to come.
    """
    found = read_past_days(words, today)
    if found is None:
        raise DomainError("periods.no_days", words=short(words, _WORDS), command=command)
    first, last = found
    if last < first:
        raise DomainError("periods.days_backwards", command=command)
    if first > today:
        raise DomainError("periods.days_to_come")
    return FigureDays(first, last)
