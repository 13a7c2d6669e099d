"""The hour at which a group gets its tally: an hour earlier, as usual, two hours later, or never."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from rules.nags.quiet_hours import QuietHours


class TallyHour(StrEnum):
    """The choice of a group. ``OFF``: it gets no tally."""

    EARLIER = "earlier"
    USUAL = "usual"
    LATER = "later"
    OFF = "off"


SHIFTS: Final[Mapping[TallyHour, timedelta]] = {
    TallyHour.EARLIER: timedelta(hours=-1),
    TallyHour.LATER: timedelta(hours=2),
}
"""How far from the usual hour the others are."""
# Some day: only times of the day are reckoned with.
_DAY: Final = date(2000, 1, 1)


def offered_hours(usual: time, quiet: QuietHours) -> list[TallyHour]:
    """The choices that a group has where ``usual`` is the hour of the tally.

    An hour in the quiet hours, or on another day than the usual one, is none of them.
    """
    return [hour for hour in TallyHour if in_force(hour, usual, quiet) is hour]


def in_force(hour: TallyHour, usual: time, quiet: QuietHours) -> TallyHour:
    """The choice as it holds: one that the settings do not allow any more is the usual hour."""
    return TallyHour.USUAL if hour in SHIFTS and _shifted(hour, usual, quiet) is None else hour


def time_of(hour: TallyHour, usual: time, quiet: QuietHours) -> time | None:
    """The local time of a choice as it holds; None: no tally goes out."""
    if hour is TallyHour.OFF:
        return None
    return _shifted(hour, usual, quiet) or usual


def _shifted(hour: TallyHour, usual: time, quiet: QuietHours) -> time | None:
    """The time of a choice beside the usual one; None: there is none outside the quiet hours of that day."""
    if hour not in SHIFTS:
        return None
    moment = datetime.combine(_DAY, usual) + SHIFTS[hour]
    allowed = moment.date() == _DAY and quiet.ends <= moment.time() < quiet.begins
    return moment.time() if allowed else None
