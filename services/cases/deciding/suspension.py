"""挂账: until when the clock of a case stands."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from locales import Text
from reports.formats import moment_text
from rules.slots import local_slot
from rules.written_days import read_day
from services.campaign import Campaign
from services.errors import DomainError

DAYS: Final = (3, 7, 15, 30)
LONGEST: Final = timedelta(days=366)


def end_of(day: date, campaign: Campaign) -> datetime:
    """When the office hours of a local day end, be it a working day or not."""
    return local_slot(day, campaign.hours.on(day)[-1][1], campaign.zone)


def in_days(days: int, now: datetime, campaign: Campaign) -> datetime:
    return end_of(campaign.today(now) + timedelta(days=days), campaign)


def read(words: str, now: datetime, campaign: Campaign) -> datetime:
    """The end that a written day means (2026-12-20, 12月20日, 20天).

    ``DomainError``: no day is readable, or a suspension may not end then.
    """
    day = read_day(words, campaign.today(now))
    if day is None:
        raise DomainError("checking.no_day")
    until = end_of(day, campaign)
    require(until, now)
    return until


def require(until: datetime | None, now: datetime) -> None:
    """Raise ``DomainError`` unless a suspension may end then."""
    if until is None:
        raise ValueError("a suspension has an end")
    if until <= now:
        raise DomainError("checking.until_past")
    if until - now > LONGEST:
        raise DomainError("checking.until_too_far")


def until_line(until: datetime, campaign: Campaign) -> Text:
    return Text("checking.until", at=moment_text(until, campaign.zone))
