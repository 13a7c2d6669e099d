"""What people owed in a played campaign, when it was done, and who was reminded: the bench's own reckoning.

It takes nothing from the nag engine: days and shifts are counted here, from what the bench itself did.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from rules.duties.frequencies import Frequency
from rules.working_days import WorkingDays

_DAY = timedelta(days=1)
_WEEKS: Final = {Frequency.WEEKLY: 1, Frequency.FORTNIGHTLY: 2}
Span = tuple[datetime, datetime]


@dataclass(slots=True)
class TaskOnLedger:
    """A task of the played campaign: what it asks for, and when its person did it.

    ``reminded``: when a 催办 about it reached somebody who has to do it. ``postponed``: when its person did
    not want to hear.
    """

    task_id: int
    given: datetime
    deadline: date | None = None
    frequency: Frequency | None = None
    signed: datetime | None = None
    over: datetime | None = None
    reports: list[datetime] = field(default_factory=list)
    reminded: list[datetime] = field(default_factory=list)
    postponed: list[Span] = field(default_factory=list)


@dataclass(slots=True)
class CaseOnLedger:
    """A case with an order: when its unit got it, its limit, when it was mended, and its reminders."""

    case_id: int
    given: datetime
    limit: datetime
    over: datetime | None = None
    reminded: list[datetime] = field(default_factory=list)
    postponed: list[Span] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class DueDuty:
    """A duty that stood open through a whole span of time, in which its person should hear of it."""

    kind: str
    subject: str
    since: datetime
    until: datetime
    reminded: bool


@dataclass(slots=True)
class DutyLedger:
    """All tasks and cases by their ids. ``shifts``: when those of a day begin."""

    zone: ZoneInfo
    calendar: WorkingDays
    shifts: tuple[time, ...]
    tasks: dict[int, TaskOnLedger] = field(default_factory=dict)
    cases: dict[int, CaseOnLedger] = field(default_factory=dict)

    def due(self, begin: datetime, end: datetime) -> list[DueDuty]:
        """All duties whose span lies in begin to end, each with whether somebody was reminded in it."""
        found = []
        for task in self.tasks.values():
            found += [self._of_task(task, kind, span) for kind, span in self._owed(task, end)]
        for case in self.cases.values():
            found += [
                _judged("order", f"case {case.case_id}", span, case)
                for span in self._order(case, end)
                if not _put_off(case, span)
            ]
        return [one for one in found if one and begin <= one.since and one.until <= end]

    def _of_task(self, task: TaskOnLedger, kind: str, span: Span) -> DueDuty | None:
        return None if _put_off(task, span) else _judged(kind, f"task {task.task_id}", span, task)

    def _owed(self, task: TaskOnLedger, end: datetime) -> Iterator[tuple[str, Span]]:
        """The spans in which something was owed and stayed so until their end."""
        if task.deadline is not None:
            first = self._midnight(self.calendar.before(task.deadline, 3))
            yield from self._open(task, "deadline", (first, self._midnight(task.deadline + _DAY)), task.over)
            for span in self._working_days(task.deadline, end):
                yield from self._open(task, "overdue", span, task.over)
        for span in self._working_days(self.calendar.add(self._day(task.given), 1), end):
            yield from self._open(task, "signing", span, task.signed)
        for span, last in self._periods(task, end):
            if task.given < span[0] and not self._is_reported(task, (span[0], last)):
                yield f"report, {task.frequency}", span

    def _open(
        self, task: TaskOnLedger, kind: str, span: Span, done: datetime | None
    ) -> Iterator[tuple[str, Span]]:
        ends = min((at for at in (done, task.over) if at is not None), default=None)
        if task.given < span[0] and (ends is None or ends > span[1]):
            yield kind, span

    def _is_reported(self, task: TaskOnLedger, span: Span) -> bool:
        over = task.over is not None and task.over <= span[1]
        return over or any(span[0] <= at < span[1] for at in task.reports)

    def _periods(self, task: TaskOnLedger, end: datetime) -> Iterator[tuple[Span, datetime]]:
        """Each period of a frequency: the span in which to remind, and until when a report is in it."""
        day, weeks = self._day(task.given), _WEEKS.get(task.frequency or Frequency.DAILY)
        while task.frequency is not None and self._midnight(day) < end:
            if task.frequency is Frequency.SHIFT:
                yield from self._shifts_of(day)
            elif task.frequency is Frequency.DAILY and self.calendar.is_working_day(day):
                yield (self._midnight(day), self._midnight(day + _DAY)), self._midnight(day + _DAY)
            elif weeks and day.weekday() == 0 and self.weeks_since(task, day) % weeks == 0:
                until = self._midnight(day + weeks * 7 * _DAY)
                yield (self._midnight(day), until), until
            day += _DAY

    def weeks_since(self, task: TaskOnLedger, day: date) -> int:
        """How many Mondays lie between the week in which the task was given and that of the day."""
        given = self._day(task.given)
        return (day - given + given.weekday() * _DAY) // (7 * _DAY)

    def _shifts_of(self, day: date) -> Iterator[tuple[Span, datetime]]:
        """A reminder about a night shift waits for the morning, so it may come while the next one lasts."""
        begins = [self._at(one, at) for one in (day, day + _DAY, day + 2 * _DAY) for at in self.shifts]
        for number in range(len(self.shifts)):
            yield (begins[number], begins[number + 2]), begins[number + 1]

    def _order(self, case: CaseOnLedger, end: datetime) -> Iterator[Span]:
        if case.over is None or case.over > case.limit + timedelta(hours=1):
            yield case.given, case.limit + timedelta(hours=1)
        for span in self._working_days(self._day(case.limit), end):
            if case.over is None or case.over > span[1]:
                yield span

    def _working_days(self, after: date, end: datetime) -> Iterator[Span]:
        day = after + _DAY
        while self._midnight(day + _DAY) <= end:
            if self.calendar.is_working_day(day):
                yield self._midnight(day), self._midnight(day + _DAY)
            day += _DAY

    def _day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def _midnight(self, day: date) -> datetime:
        return self._at(day, time(0))

    def _at(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self.zone)


def _judged(kind: str, subject: str, span: Span, told: TaskOnLedger | CaseOnLedger) -> DueDuty:
    reminded = any(span[0] <= at < span[1] for at in told.reminded)
    return DueDuty(kind, subject, *span, reminded)


def _put_off(told: TaskOnLedger | CaseOnLedger, span: Span) -> bool:
    return any(since < span[1] and until > span[0] for since, until in told.postponed)
