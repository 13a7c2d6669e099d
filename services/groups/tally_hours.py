"""When a group's tally goes out, and how it shows its day: before, at or after the close of the day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from models.db import RowJson
from rules.slots import LOOK_BACK_DAYS, latest_slot, local_slot, slot_key
from rules.tally_hours import TallyHour, in_force
from services.campaign import Campaign

INSTANT: Final = timedelta(microseconds=1)
"""The smallest step of a moment."""
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DayShown:
    """How a tally shows its day.

    ``closes``: it is from before the close. ``apart``: what came after the close stands apart. Neither: it is
    from the close. ``begins``: the days that it tells of began later than its period, which goes on from a
    tally before a close. ``told_at``: when it was promised.
    """

    begins: datetime | None = None
    closes: datetime | None = None
    apart: bool = False
    told_at: datetime | None = None

    def to_json(self) -> dict[str, object]:
        if self.closes is None and self.begins is None and not self.apart:
            return {}
        moments = {"begins": self.begins, "closes": self.closes, "told_at": self.told_at}
        said = {name: None if at is None else at.isoformat() for name, at in moments.items()}
        return {"day": {**said, "apart": self.apart}}

    @classmethod
    def from_json(cls, data: RowJson) -> DayShown:
        said = data.get("day")
        if said is None:
            return USUAL  # so are all tallies of earlier releases
        begins, closes, told_at = (
            None if said[name] is None else datetime.fromisoformat(said[name])
            for name in ("begins", "closes", "told_at")
        )
        return cls(begins, closes, said["apart"], told_at)


USUAL = DayShown()


@dataclass(frozen=True, slots=True)
class TallySlot:
    """A tally that is due: its day, the moment up to which it counts, and how it shows the day.

    ``ends``: the moment up to which it counts if it goes out at its hour. Who was tallied until then had it.
    """

    day: date
    ends: datetime
    as_of: datetime
    shown: DayShown

    @property
    def key(self) -> str:
        return slot_key(self.day, "tally")

    def told(self, since: datetime, now: datetime, campaign: Campaign) -> TallySlot:
        """The same, promised now to a group whose period begins with ``since``."""
        begins = self.shown.begins or _begins(since, self.as_of, campaign)
        return replace(self, shown=replace(self.shown, begins=begins, told_at=now))


def latest_tally(hour: TallyHour, now: datetime, campaign: Campaign) -> TallySlot | None:
    """The last tally that is due at ``now`` to groups of that hour. None: there is none.

    Once the day has closed, a tally shows it as it closed, also one that should have gone out before.
    """
    holds = in_force(hour, campaign.slots.tally, campaign.quiet)
    at = campaign.tally_time(hour)
    day = latest_slot(now, at, campaign.zone, campaign.calendar.is_working_day)
    if holds is TallyHour.OFF or day is None:
        return None
    closes = _close(day, campaign)
    ends = min(local_slot(day, at, campaign.zone), closes)
    if now < closes:
        return TallySlot(day, ends, ends, DayShown(campaign.last_tally(ends), closes))
    return TallySlot(day, ends, closes, DayShown(apart=True) if holds is TallyHour.LATER else USUAL)


def waited_for(now: datetime, campaign: Campaign) -> TallySlot | None:
    """The tally of a day that has closed, for which groups of a later hour still wait."""
    day = latest_slot(now, campaign.slots.day_closes, campaign.zone, campaign.calendar.is_working_day)
    if day is None or now >= local_slot(day, campaign.tally_time(TallyHour.LATER), campaign.zone):
        return None
    closes = _close(day, campaign)
    return TallySlot(day, closes, closes, DayShown(apart=True))


def _begins(since: datetime, as_of: datetime, campaign: Campaign) -> datetime | None:
    """The first close after the period has begun; None: it begins with a close, or there is none in it."""
    day = campaign.today(since)
    for _ in range(LOOK_BACK_DAYS):
        closes = _close(day, campaign)
        if closes >= as_of:
            return None
        if closes >= since and campaign.calendar.is_working_day(day):
            return closes if closes - since > INSTANT else None
        day += _DAY
    return None


def _close(day: date, campaign: Campaign) -> datetime:
    return local_slot(day, campaign.slots.day_closes, campaign.zone)
