"""What every use case needs to know of the deployment: zone, slot times, calendar, language, how long
links are good."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from rules.slots import SlotTimes, local_date
from rules.working_days import WorkingDays


@dataclass(frozen=True, slots=True)
class Campaign:
    slots: SlotTimes = field(default_factory=SlotTimes)
    calendar: WorkingDays = field(default_factory=WorkingDays)
    locale: str = "zh"
    invitation_days: int = 14

    @property
    def zone(self) -> ZoneInfo:
        return self.slots.zone

    def today(self, now: datetime) -> date:
        return local_date(now, self.zone)
