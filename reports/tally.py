"""A tally: where the units stand, what came in and what was counted, and how groups and leaders read it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from locales import Text
from models.cases.case_standing import NO_CASES, CaseStanding
from models.progress.report_sums import QuantitySum
from reports.case_lines import case_lines, none_late
from reports.formats import day_text, days_text, first_moment_text, hour_text, moment_text, short
from reports.late_news import LateNews, late_news_lines
from reports.metric_rows import metric_rows
from reports.missed_reports import (
    DueReport,
    MissedReport,
    due_from_json,
    due_to_json,
    missed_lines,
    named_units,
    windows_from_json,
    windows_to_json,
)
from reports.tasks_below import (
    NO_REPORTS_BELOW,
    NONE_BELOW,
    BelowCounts,
    DueBelow,
    ReportsBelow,
    all_due,
    below_from_json,
    below_lines,
    below_to_json,
)
from rules.tasks.lamps import Lamp
from rules.tasks.task_lifecycle import AwaitedAnswer

LISTED_LATE: Final = 8
LISTED_UNITS: Final = 60
BRIEF_LATE: Final = 5


@dataclass(frozen=True, slots=True)
class UnitLine:
    """One unit's tasks: done, open in time, open and late, its worst lamp, and what lies below them."""

    name: str
    done: int
    on_time: int
    late: int
    lamp: Lamp
    reports: int
    below: BelowCounts = NONE_BELOW

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> UnitLine:
        below = data.get("below", {})  # older tallies knew of no children
        return cls(**{**data, "lamp": Lamp(data["lamp"]), "below": BelowCounts(**below)})


@dataclass(frozen=True, slots=True)
class LateTask:
    """A task that is late or nearly due. ``waits``: the office's answer for which it waits."""

    objective: str
    unit: str
    person: str
    days_left: int
    waits: AwaitedAnswer | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> LateTask:
        waits = data.get("waits")  # older tallies did not say it
        return cls(**{**data, "waits": None if waits is None else AwaitedAnswer(waits)})

    @property
    def days(self) -> Text:
        """How many days are left or over, with the mark of what it waits for."""
        days = days_text(self.days_left)
        if self.waits is None:
            return days
        return Text("tally.waiting", days=days, mark=Text(f"tally.waits.{self.waits.value}"))


@dataclass(frozen=True, slots=True)
class TallyStanding:
    """Where the tasks stand at one moment, which nobody can find again later.

    ``units``: id → line, without reports. ``owing``: ids of the units from which a report could be expected.
    ``due``: the reports whose windows had closed, ``due_below``: those below the tasks that count.
    ``targeted``: item and unit of measure of the metrics that had a target. ``was_overdue``: how many tasks
    were overdue when their deadline moved, and are not now. ``completed``: how many tasks were completed in
    the period. ``cases``: how the cases stood.
    """

    units: Mapping[int, UnitLine]
    late: Sequence[LateTask]
    nearly_due: Sequence[LateTask]
    owing: Sequence[int]
    due: Sequence[DueReport] = field(default_factory=list)
    targeted: Sequence[tuple[str, str]] = ()
    was_overdue: int = 0
    completed: int = 0
    cases: CaseStanding = NO_CASES
    due_below: Sequence[DueBelow] = field(default_factory=list)

    @property
    def all_due(self) -> list[DueReport]:
        """All reports whose windows had closed, also below the tasks that count."""
        return all_due(self.due, self.due_below)

    def to_json(self) -> dict[str, Any]:
        return {
            "units": [[unit_id, asdict(line)] for unit_id, line in self.units.items()],
            "late": [asdict(task) for task in self.late],
            "nearly_due": [asdict(task) for task in self.nearly_due],
            "owing": list(self.owing),
            "targeted": self.targeted,
            "was_overdue": self.was_overdue,
            "completed": self.completed,
            "cases": asdict(self.cases),
            "windows": windows_to_json(self.all_due),
            "due": due_to_json(self.due),
            "due_below": below_to_json(self.due_below),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> TallyStanding:
        windows = windows_from_json(data)
        return cls(
            {unit_id: UnitLine.from_json(line) for unit_id, line in data["units"]},
            [LateTask.from_json(task) for task in data["late"]],
            [LateTask.from_json(task) for task in data["nearly_due"]],
            data["owing"],
            due_from_json(data, windows),
            [(item, unit) for item, unit in data["targeted"]],
            data.get("was_overdue", 0),  # no deadline had moved when older tallies were made
            # A tally that was sent by an earlier version did not count them.
            data.get("completed", 0),
            CaseStanding.from_json(data.get("cases")),
            below_from_json(data, windows),
        )


@dataclass(frozen=True, slots=True)
class Tally:
    """A tally as it was at ``as_of``. ``since`` is the moment at which the period begins (exclusive).

    ``late_reports`` came in after the task's deadline, ``made_up`` after the tally in which they count.
    ``missed`` are the recurring reports that have not come, ``come_late`` those that came after their close;
    ``reports_below``: what came of those that were due below the tasks. ``from_below``: how many reports
    other units filed on tasks that have parts, for a brief; they are in no other number. ``targeted``,
    ``was_overdue``, ``completed``, ``cases``: see ``TallyStanding``. ``closes``: when the day closes, for a
    tally from before; until then nobody is called 未报告. ``late_news``: what came after the close of the
    day, where a tally shows it apart and everything else as the day closed.
    """

    since: datetime
    as_of: datetime
    units: Sequence[UnitLine]
    late: Sequence[LateTask]
    nearly_due: Sequence[LateTask]
    not_reported: Sequence[str]
    zero_reported: Sequence[str]
    quantities: Sequence[QuantitySum]
    reports: int
    late_reports: int
    made_up: int = 0
    missed: Sequence[MissedReport] = ()
    come_late: Sequence[MissedReport] = ()
    targeted: Sequence[tuple[str, str]] = ()
    was_overdue: int = 0
    completed: int = 0
    cases: CaseStanding = NO_CASES
    closes: datetime | None = None
    late_news: LateNews | None = None
    reports_below: ReportsBelow = NO_REPORTS_BELOW
    from_below: int = 0

    @property
    def came_by(self) -> datetime | None:
        """The moment by which everything had come in that is counted. None: what is late counts, too."""
        return None if self.late_news is None else self.as_of

    @property
    def done(self) -> int:
        return sum(line.done for line in self.units)

    @property
    def on_time(self) -> int:
        return sum(line.on_time for line in self.units)

    @property
    def below(self) -> BelowCounts:
        """All that lies below the tasks that it counts."""
        return BelowCounts.together(line.below for line in self.units)


def group_lines(tally: Tally, zone: ZoneInfo, scope: Text | None = None) -> list[Text]:
    """The evening tally of a group: exceptions come first, and it takes ten seconds to read.

    ``scope``: the units that it is about, if it is not about all.
    """
    day = tally.as_of.astimezone(zone).date()
    lines = [Text("tally.title", day=day_text(day))]
    lines += [] if scope is None else [Text("tally.scope", scope=scope)]
    span = "today" if is_daily(tally.since, tally.as_of, zone) else "period"
    lines += [_period(tally, zone), *_overall(tally, span)]
    lines += _late_lines(tally, LISTED_LATE)
    lines += case_lines(tally.cases, zone, named=LISTED_LATE)
    lines += _reporting_lines(tally, zone)
    lines.append(Text("tally.units_title"))
    lines += [_unit_line(line) for line in tally.units[:LISTED_UNITS]]
    if len(tally.units) > LISTED_UNITS:
        lines.append(Text("tally.more_units", count=len(tally.units) - LISTED_UNITS))
    lines += _metric_lines(tally, daily=is_daily(tally.since, tally.as_of, zone))
    return lines


def preview_lines(tally: Tally, zone: ZoneInfo) -> list[Text]:
    """The numbers of a tally that has not gone out yet, without what takes longer to read."""
    span = "today" if is_daily(tally.since, tally.as_of, zone) else "period"
    lines = [_period(tally, zone), *_overall(tally, span), *_late_lines(tally, 0)[:1]]
    if not tally.not_reported:
        return lines
    count, units = len(tally.not_reported), list(tally.not_reported)
    if tally.closes is None:
        return [*lines, Text("tally.not_reported", count=count, units=units)]
    closes = hour_text(tally.closes, zone)
    return [*lines, Text("tally.not_yet_reported", closes=closes, count=count, units=units)]


def _reporting_lines(tally: Tally, zone: ZoneInfo) -> list[Text]:
    """Who has reported, and who has not; before the close of the day nobody is called 未报告."""
    below = below_lines(tally.reports_below)
    if tally.closes is not None:
        lines = [*missed_lines(tally.missed, tally.come_late, before_close=True), *below]
        return lines + _silence_lines(tally, closes=hour_text(tally.closes, zone))
    lines = [*missed_lines(tally.missed, tally.come_late), *below]
    lines += _silence_lines(tally, named_units(tally.missed))
    if tally.late_news is not None:
        lines += late_news_lines(tally.late_news, hour_text(tally.as_of, zone))
    return lines


def brief_lines(tally: Tally, day: date, scope: Text, zone: ZoneInfo) -> list[Text]:
    """A leader's brief: first what needs them, then where things stand."""
    period = _period(tally, zone)
    lines = [Text("brief.title", day=day_text(day), scope=scope), period, *_overall(tally, "period")]
    if tally.from_below:
        lines.append(Text("period_tally.reports_below", count=tally.from_below))
    lines += _late_lines(tally, BRIEF_LATE)
    lines += case_lines(tally.cases, zone, named=BRIEF_LATE)
    lines += _nearly_due_lines(tally.nearly_due)
    lines += missed_lines(tally.missed, (), BRIEF_LATE)
    lines += below_lines(tally.reports_below, BRIEF_LATE)
    lines += _silence_lines(tally, named_units(tally.missed, BRIEF_LATE))
    lines += _metric_lines(tally, daily=False)
    return lines


def says_something(tally: Tally) -> bool:
    """Whether a leader learns anything from it: what needs them, or what came in or was completed."""
    below = (tally.below.late, tally.reports_below.missing)
    needs = (tally.late, tally.nearly_due, tally.not_reported, tally.missed, *below)
    came = (
        tally.reports
        or tally.from_below
        or tally.completed
        or any(line.added for line in tally.reports_below.lines)
    )
    return any(needs) or bool(came) or tally.cases.says_something


def no_news_line(tally: Tally, day: date, scope: Text) -> Text:
    """The brief of a day that has nothing to tell."""
    values = {"day": day_text(day), "scope": scope, "done": tally.done, "on_time": tally.on_time}
    if not tally.below.every:
        return Text("brief.no_news", **values)
    return Text("brief.no_news_below", **values, below=tally.below.text)


def is_daily(since: datetime, until: datetime, zone: ZoneInfo) -> bool:
    """Whether the period is a day. After a weekend it is longer, and so it is not "today"."""
    return (until.astimezone(zone).date() - since.astimezone(zone).date()).days <= 1


def _period(tally: Tally, zone: ZoneInfo) -> Text:
    since = first_moment_text(tally.since, zone)  # 18:00 may be the last moment before, or the first of it
    return Text("tally.period", since=since, until=moment_text(tally.as_of, zone))


def _overall(tally: Tally, period: str) -> list[Text]:
    values = {
        "completed": Text(f"tally.completed.{period}", count=tally.completed),
        "done": tally.done,
        "on_time": tally.on_time,
        "late": len(tally.late),
        "reports": tally.reports,
    }
    overall = Text("tally.overall", **values)
    if tally.below.every:
        every = tally.done + tally.on_time + len(tally.late)
        overall = Text("tally.below.overall", **values, every=every, below=tally.below.text)
    again = tally.was_overdue
    return [overall, Text("tally.was_overdue", count=again)] if again else [overall]


def _late_lines(tally: Tally, limit: int) -> list[Text]:
    late, below = tally.late, tally.below.late
    if not late:
        return [none_late(tally.cases, below)]
    title = Text("tally.late_title", count=len(late))
    lines = [Text("tally.below.late_title", count=len(late), below=below) if below else title]
    for task in late[:limit]:
        values = {"unit": task.unit, "person": task.person, "days": task.days}
        lines.append(Text("tally.late_line", objective=short(task.objective, 36), **values))
    if len(late) > limit:
        lines.append(Text("tally.more_late", count=len(late) - limit))
    return lines


def _nearly_due_lines(nearly_due: Sequence[LateTask]) -> list[Text]:
    if not nearly_due:
        return []
    lines = [Text("brief.nearly_due", count=len(nearly_due))]
    for task in nearly_due[:BRIEF_LATE]:
        values = {"unit": task.unit, "days": task.days}
        lines.append(Text("brief.nearly_due_line", objective=short(task.objective, 36), **values))
    if len(nearly_due) > BRIEF_LATE:
        lines.append(Text("brief.more_nearly_due", count=len(nearly_due) - BRIEF_LATE))
    return lines


def _silence_lines(
    tally: Tally, named_already: Collection[str] = (), *, closes: str | None = None
) -> list[Text]:
    """``closes``: the hour until which they may report."""
    lines = []
    silent = [unit for unit in tally.not_reported if unit not in named_already]
    if silent and closes is not None:
        lines.append(Text("tally.not_yet_reported", closes=closes, count=len(silent), units=silent))
    elif silent:
        key = "tally.others_not_reported" if named_already else "tally.not_reported"
        lines.append(Text(key, count=len(silent), units=silent))
    if tally.zero_reported:
        lines.append(
            Text("tally.zero_reported", count=len(tally.zero_reported), units=list(tally.zero_reported))
        )
    if tally.late_reports:
        lines.append(Text("tally.late_reports", count=tally.late_reports))
    if tally.made_up:
        lines.append(Text("tally.made_up", count=tally.made_up))
    return lines


def _unit_line(line: UnitLine) -> Text:
    values = {
        "lamp": Text(f"common.lamp.{line.lamp.value}"),
        "unit": line.name,
        "done": line.done,
        "on_time": line.on_time,
        "late": line.late,
    }
    if not line.below.every:
        return Text("tally.unit_line", **values)
    return Text("tally.below.unit_line", **values, below=line.below.text_with_late)


def _metric_lines(tally: Tally, *, daily: bool) -> list[Text]:
    rows = metric_rows(tally.quantities, tally.targeted, daily=daily)
    return [Text("tally.quantities_title"), *rows] if rows else []
