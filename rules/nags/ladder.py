"""The ladder: the slots that a duty has by the policy, and which of them are due."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from rules.nags.levels import Level
from rules.nags.policy import Policy, Rung, RungMeasure
from rules.nags.quiet_hours import QuietHours
from rules.slots import local_date, local_slot, slot_key
from rules.working_days import EVERY_DAY, WorkingDays
from rules.working_time import TimeUnit, WorkingTime

WARNING_DAYS: Final = 3
"""Working days before a deadline from which a task's lamp is yellow."""

NAG_SLOT: Final = "nag"
_DAY: Final = timedelta(days=1)
_HORIZON: Final = timedelta(days=800)
_BEFORE_THE_NIGHT: Final = timedelta(minutes=30)
Period = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Obligation:
    """One thing that somebody owes: a task's deadline, its 签收, the report of one window, an order.

    ``cycle`` tells it from others of its kind about the same subject (a deadline, a window). With a new cycle
    the ladder begins anew. ``opens``: it has no slots before this moment. If it was late when it came, the
    responsible person hears in the first slot after, and those above from the next working day on. ``limit``:
    the moment until which it is in time. ``day``: the limit's local day. ``ends``: from then on it has no
    slots, and nothing more is said of it. Only messages that were put off go out still, before
    ``told_until``. ``all_hours``: it runs day and night, and its share of time and its days are counted so.
    ``above``: the responsible person is told in other ways. So only slots after the limit count, and only the
    people above them hear.
    """

    kind: str
    cycle: str
    opens: datetime
    limit: datetime
    day: date
    ends: datetime | None = None
    all_hours: bool = False
    told_until: datetime | None = None
    above: bool = False


@dataclass(frozen=True, slots=True)
class Slot:
    """A moment (UTC) at which people hear of an obligation. ``key``: local date and name."""

    at: datetime
    key: str
    rungs: tuple[Rung, ...]

    @property
    def hears(self) -> tuple[Level, ...]:
        """The levels that hear in this slot, the lowest first."""
        told = {level for rung in self.rungs for level in rung.hears}
        return tuple(level for level in Level if level in told)


@dataclass(frozen=True, slots=True)
class DueSlots:
    """Slots that are due, in order.

    They collapse into the last one. The people of all of them hear in that slot.
    """

    slots: Sequence[Slot]

    @property
    def slot(self) -> Slot:
        last = self.slots[-1]
        if len(self.slots) == 1:
            return last
        rungs = dict.fromkeys(rung for slot in self.slots for rung in slot.rungs)
        return Slot(last.at, last.key, tuple(rungs))

    @property
    def skipped(self) -> Sequence[Slot]:
        return self.slots[:-1]


def _by_level(rung: Rung) -> list[Rung]:
    """The rung as one for the responsible person and one for the levels above them."""
    person = tuple(level for level in rung.hears if level is Level.RESPONSIBLE)
    above = tuple(level for level in rung.hears if level is not Level.RESPONSIBLE)
    return [replace(rung, hears=hears) for hears in (person, above) if hears]


def _for_those_above(rung: Rung) -> Rung | None:
    """A rung after the limit, without the responsible person; None if nobody else hears, or it is earlier."""
    hears = tuple(level for level in rung.hears if level is not Level.RESPONSIBLE)
    late = rung.measure is not RungMeasure.PERCENT and rung.offset > 0
    return replace(rung, hears=hears) if hears and late else None


def _came_late(owed: Obligation) -> bool:
    """Whether it was late already when it came, as a task that is imported after its deadline."""
    return owed.opens > owed.limit and not owed.above


@dataclass(frozen=True, slots=True)
class Ladder:
    """Finds the slots of duties by one policy.

    ``inspections``: the first and last days of each 迎检. ``quiet``: the hours in which nobody is told of a
    shift.
    """

    policy: Policy
    clock: WorkingTime
    nag_time: time
    inspections: Sequence[Period] = ()
    quiet: QuietHours | None = None

    def due(self, owed: Obligation, seen_until: datetime, now: datetime) -> DueSlots | None:
        """The slots after ``seen_until`` that are due at ``now``; None if there is none."""
        if now <= seen_until:
            return None
        found = self.between(owed, seen_until, now)
        return DueSlots(found) if found else None

    def next_after(self, owed: Obligation, moment: datetime) -> datetime | None:
        """The moment of the next slot, strictly after ``moment``; None if there is none within two years."""
        firsts = (next(self._moments(rung, owed, moment), None) for rung in self._rungs(owed))
        return min((at for at, _ in filter(None, firsts)), default=None)

    def hears_again(self, owed: Obligation, moment: datetime, level: Level) -> bool:
        """Whether a level hears of it once more, strictly after ``moment``, if it stays owed."""
        rungs = (rung for rung in self._rungs(owed) if level in rung.hears)
        return any(next(self._moments(rung, owed, moment), None) is not None for rung in rungs)

    def standing(self, owed: Obligation, slot: Slot) -> tuple[RungMeasure, int]:
        """How far a slot is from the limit: the rung's measure and offset.

        For a rung that repeats by working days, the number is that of the slot's working day after the
        limit.
        """
        rung = slot.rungs[-1]
        if rung.measure is not RungMeasure.WORKING_DAY or rung.every is None:
            return rung.measure, rung.offset
        day, last, count = owed.day, local_date(slot.at, self.clock.zone), 0
        while day < last:
            day += _DAY
            count += self._calendar(owed).is_working_day(day)
        return rung.measure, count

    def between(self, owed: Obligation, after: datetime, until: datetime) -> list[Slot]:
        """All slots in (after, until], in order."""
        found: dict[tuple[datetime, str], list[Rung]] = {}
        for rung in self._rungs(owed):
            for at, key in self._moments(rung, owed, after):
                if at > until:
                    break
                found.setdefault((at, key), []).append(rung)
        return [Slot(at, key, tuple(dict.fromkeys(found[at, key]))) for at, key in sorted(found)]

    def _rungs(self, owed: Obligation) -> tuple[Rung, ...]:
        rungs = self.policy.of(owed.kind)
        if owed.above:
            rungs = tuple(filter(None, map(_for_those_above, rungs)))
        elif _came_late(owed):
            rungs = tuple(one for rung in rungs for one in _by_level(rung))
        return rungs if self.inspections else tuple(rung for rung in rungs if not rung.inspection)

    def _moments(self, rung: Rung, owed: Obligation, after: datetime) -> Iterator[tuple[datetime, str]]:
        """The rung's moments strictly after ``after`` with their keys, in order."""
        # Slots before the duty opened are not made up for; a slot at that very moment counts.
        begins = self._begins(rung, owed)
        horizon = max(after, begins, owed.limit) + _HORIZON
        if rung.inspection:
            horizon = min(horizon, self._inspected_until())
        for at, key in self._all(rung, owed, after):
            if at > horizon or (owed.ends is not None and at >= owed.ends):
                return
            if at > after and at >= begins and self._applies(rung, at):
                yield at, key

    def _begins(self, rung: Rung, owed: Obligation) -> datetime:
        """The moment from which the rung counts.

        Of what was late when it came, the responsible person hears first, and those above from the next
        working day on.
        """
        if not _came_late(owed) or Level.RESPONSIBLE in rung.hears:
            return owed.opens
        first = self._first_day(rung, owed.opens, self.clock.calendar)
        return local_slot(self.clock.calendar.add(first, 1), time(0), self.clock.zone)

    def _first_day(self, rung: Rung, opens: datetime, calendar: WorkingDays) -> date:
        """The first working day on which the rung's hour has not passed."""
        day = local_date(opens, self.clock.zone)
        while not calendar.is_working_day(day) or self._of_day(rung, day)[0] < opens:
            day += _DAY
        return day

    def _inspected_until(self) -> datetime:
        """The moment at which the last 迎检 is over. The search stops there and looks at no day in vain."""
        last = max(last for _, last in self.inspections)
        return local_slot(last + _DAY, time(0), self.clock.zone)

    def _applies(self, rung: Rung, at: datetime) -> bool:
        if not rung.inspection:
            return True
        day = local_date(at, self.clock.zone)
        return any(first <= day <= last for first, last in self.inspections)

    def _all(self, rung: Rung, owed: Obligation, after: datetime) -> Iterator[tuple[datetime, str]]:
        match rung.measure:
            case RungMeasure.WORKING_DAY:
                yield from self._carried(rung, owed)
                for day in self._days(rung, owed, after):
                    yield self._of_day(rung, day)
            case RungMeasure.WORKING_HOUR:
                for at in self._hours(rung, owed):
                    yield at, self._key(at)
            case RungMeasure.PERCENT:
                at = self._share(rung, owed)
                yield at, self._key(at)

    def _of_day(self, rung: Rung, day: date) -> tuple[datetime, str]:
        name = NAG_SLOT if rung.at is None else f"{rung.at:%H:%M}"
        return local_slot(day, rung.at or self.nag_time, self.clock.zone), slot_key(day, name)

    def _carried(self, rung: Rung, owed: Obligation) -> Iterator[tuple[datetime, str]]:
        """The first slot of a duty that was late already when it came, if the rung's moment was before."""
        calendar = self._calendar(owed)
        first, begins = (
            self._of_day(rung, day_of(owed.day, rung.offset, calendar))[0],
            self._begins(rung, owed),
        )
        if owed.limit < first < begins:
            yield self._of_day(rung, self._first_day(rung, begins, calendar))

    def _calendar(self, owed: Obligation) -> WorkingDays:
        """The days that count as working days of what is owed."""
        return EVERY_DAY if owed.all_hours else self.clock.calendar

    def _key(self, at: datetime) -> str:
        local = at.astimezone(self.clock.zone)
        return slot_key(local.date(), f"{local:%H:%M}")

    def _days(self, rung: Rung, owed: Obligation, after: datetime) -> Iterator[date]:
        calendar = self._calendar(owed)
        day = day_of(owed.day, rung.offset, calendar)
        yield day
        if rung.every is None:
            return
        # Starts a day early: where clocks fall back over midnight, its last minutes may still lie ahead.
        near = local_date(after, self.clock.zone) - _DAY
        if rung.every == 1:
            day = max(day, near - _DAY)
        while True:
            step = rung.every
            while step:
                day += _DAY
                step -= calendar.is_working_day(day)
            if day >= near:
                yield day

    def _hours(self, rung: Rung, owed: Obligation) -> Iterator[datetime]:
        at = self.clock.add(owed.limit, rung.offset, TimeUnit.WORKING_HOUR)
        yield at
        while rung.every is not None:
            at = self.clock.add(at, rung.every, TimeUnit.WORKING_HOUR)
            yield at

    def _share(self, rung: Rung, owed: Obligation) -> datetime:
        unit = TimeUnit.NATURAL_DAY if owed.all_hours else TimeUnit.WORKING_DAY
        whole = self.clock.between(owed.opens, owed.limit, unit)
        if not whole:  # no working time lies in it
            whole, unit = owed.limit - owed.opens, TimeUnit.NATURAL_DAY
        part = whole * float(Decimal(rung.offset) / 100)
        at = self.clock.add_time(owed.opens, part, unit).astimezone(UTC)
        return self._before_the_night(owed, at) if owed.all_hours else at

    def _before_the_night(self, owed: Obligation, at: datetime) -> datetime:
        """``at`` or, if it would be told only when it is too late, half an hour before that night begins."""
        if self.quiet is None:
            return at
        told = replace(self.quiet, days_off=False).end_of(at, self.clock.zone, EVERY_DAY)
        if told == at or told < owed.limit:
            return at
        evening = local_date(told, self.clock.zone) - _DAY
        begins = local_slot(evening, self.quiet.begins, self.clock.zone)
        return at if owed.opens >= begins else max(owed.opens, begins - _BEFORE_THE_NIGHT)


def day_of(limit: date, offset: int, calendar: WorkingDays) -> date:
    """The day of a rung ``offset`` working days from a limit.

    0 is the limit's own day or, if that is a day off, the working day before it: work that is due on a Sunday
    has to be done on Friday.
    """
    if offset:
        return calendar.add(limit, offset)
    return limit if calendar.is_working_day(limit) else calendar.before(limit, 1)
