"""What every use case needs to know about the deployment.

Zone, slot times, calendar, office hours and language; how long links are valid; the 代字 of supervision
orders, the office's full name ("": that of its unit), the names of colours and the address of the map; and
the office's own rules: the policy of the ladder and the 迎检 periods.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from rules.cases.case_facts import Colour
from rules.cases.colour_names import DEFAULT_NAMES
from rules.duties import signing
from rules.duties.report_windows import SHIFTS
from rules.nags.ladder import Period
from rules.nags.policy import DEFAULT, Policy
from rules.nags.quiet_hours import QuietHours
from rules.office_hours import OfficeHours
from rules.slots import SlotTimes, latest_slot, local_date, local_slot
from rules.tally_hours import TallyHour, time_of
from rules.working_days import WorkingDays
from rules.working_time import WorkingTime

# Amap's address for showing a point; it takes the degrees that phones send.
MAP_LINK: Final = "https://uri.amap.com/marker?position={longitude},{latitude}&coordinate=wgs84"


@dataclass(frozen=True, slots=True)
class Campaign:
    slots: SlotTimes = field(default_factory=SlotTimes)
    calendar: WorkingDays = field(default_factory=WorkingDays)
    locale: str = "zh"
    invitation_days: int = 14
    order_word: str = "创城督办"
    office_name: str = ""
    colour_names: Mapping[Colour, str] = field(default_factory=lambda: DEFAULT_NAMES, hash=False)
    map_link: str = MAP_LINK
    quiet: QuietHours = field(default_factory=QuietHours)
    hours: OfficeHours = field(default_factory=OfficeHours)
    policy: Policy = DEFAULT
    inspections: tuple[Period, ...] = ()
    shifts: tuple[time, ...] = SHIFTS

    @property
    def zone(self) -> ZoneInfo:
        return self.slots.zone

    @property
    def working_time(self) -> WorkingTime:
        """Works out time limits with the calendar as it is now."""
        return WorkingTime(self.calendar, self.zone, self.hours)

    def today(self, now: datetime) -> date:
        return local_date(now, self.zone)

    def sign_by(self, assigned_at: datetime) -> date:
        """The last day on which 签收 is in time, for a task that was handed over at ``assigned_at``."""
        return signing.sign_by(assigned_at, self.zone, self.calendar, self.inspections)

    def tally_time(self, hour: TallyHour) -> time:
        """The local time of a group's tally; of a group that gets none, that of the usual one."""
        return time_of(hour, self.slots.tally, self.quiet) or self.slots.tally

    def last_tally(self, now: datetime, hour: TallyHour = TallyHour.USUAL) -> datetime:
        """The end of the last tally that is due at or before ``now`` to groups of that hour.

        That is the close of its day, or the hour itself if it is earlier; ``now`` where there was none.
        """
        at = self.tally_time(hour)
        day = latest_slot(now, at, self.zone, self.calendar.is_working_day)
        if day is None:
            return now
        return min(local_slot(day, at, self.zone), local_slot(day, self.slots.day_closes, self.zone))

    def midnight(self, day: date) -> datetime:
        """The beginning of that local day, in UTC."""
        return local_slot(day, time(0), self.zone)

    def last_second(self, day: date) -> datetime:
        """The last second of that local day, in UTC."""
        return self.midnight(day + timedelta(days=1)) - timedelta(seconds=1)
