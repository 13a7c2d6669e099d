"""Windows of recurring reports: which are reported on, in time or late, and which are still owed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Protocol, TypeVar

from models import progress, tasks
from models.db import Session, ident
from models.progress import ProgressReport, zero_covers
from models.tasks import Task, counted_tasks
from reports.missed_reports import DueReport, MissedReport
from rules.duties.frequencies import Frequency
from rules.duties.named_windows import named_windows
from rules.duties.report_windows import REMINDED, Rhythm, Window, week_parity
from rules.nags.ladder import Obligation
from rules.nags.policy import DutyKind
from rules.tasks.task_lifecycle import NAGGED_STATES, TaskState
from services.campaign import Campaign
from services.duties.filed_reports import FiledReports
from services.turn import TickTurn

OwedWindows = dict[int, list[Window]]
"""By the id of the task."""
Beat = tuple[Frequency, int]
"""A frequency and the parity of its fortnights: tasks that have both in common have the same windows."""


class Reporting(Protocol):
    """What the windows of a task depend on: a task, or these columns of one."""

    @property
    def id(self) -> int | None: ...
    @property
    def state(self) -> TaskState: ...
    @property
    def frequency(self) -> Frequency | None: ...
    @property
    def own_reports(self) -> bool: ...
    @property
    def own_switches(self) -> tuple[datetime, ...]: ...
    @property
    def rhythm_from(self) -> datetime | None: ...
    @property
    def assigned_at(self) -> datetime: ...
    @property
    def created_at(self) -> datetime: ...


ReportingT = TypeVar("ReportingT", bound=Reporting)


def rhythm(task: Reporting, campaign: Campaign) -> Rhythm | None:
    """The rhythm of a task's reports; None: none are asked for."""
    return None if task.frequency is None else _rhythm(_beat(task, task.frequency, campaign), campaign)


def rhythms(found: Iterable[Reporting], campaign: Campaign) -> list[Rhythm]:
    """The rhythms of these tasks, each once."""
    beats = dict.fromkeys(_beat(task, task.frequency, campaign) for task in found if task.frequency)
    return [_rhythm(beat, campaign) for beat in beats]


def all_rhythms(campaign: Campaign) -> list[Rhythm]:
    """Every rhythm that a task can have."""
    beats = [(frequency, 0) for frequency in Frequency]
    return [_rhythm(beat, campaign) for beat in (*beats, (Frequency.FORTNIGHTLY, 1))]


def _rhythm(beat: Beat, campaign: Campaign) -> Rhythm:
    frequency, parity = beat
    return Rhythm(frequency, campaign.slots, campaign.working_time, campaign.shifts, parity)


def _beat(task: Reporting, frequency: Frequency, campaign: Campaign) -> Beat:
    """Fortnights are counted from the week of 交办; 转派 does not shift them. A child has its parent's."""
    fortnightly = frequency is Frequency.FORTNIGHTLY
    begun = task.rhythm_from or task.created_at
    return frequency, week_parity(campaign.today(begun)) if fortnightly else 0


def obligation(window: Window) -> Obligation:
    """The obligation that the ladder is asked about: the report of this window."""
    return Obligation(
        DutyKind.REPORT,
        cycle=window.key,
        opens=window.opens,
        limit=window.closes,
        day=window.day,
        ends=window.ends,
        all_hours=window.all_hours,
        told_until=window.told_until,
    )


def next_open(task: Task, now: datetime, campaign: Campaign) -> datetime | None:
    """When the task's next window opens; None: it has none, or its children's reports are its own."""
    found = rhythm(task, campaign) if task.own_reports else None
    return None if found is None else _next_open(found, now)


# A scan asks this for each of its tasks, with the same answer.
@lru_cache(maxsize=64)
def _next_open(found: Rhythm, now: datetime) -> datetime:
    return found.next_open(now)


async def missing(turn: TickTurn, found: Iterable[Task], *, put_off: bool = False) -> OwedWindows:
    """The windows of each recurring task that have no report, but may still be nagged about.

    These are the open window and the last one before it; with ``put_off`` also the one of which only
    postponed nags are left. Tasks without such windows are left out.
    """
    mine = _nagged(found)
    owed = _owed(
        mine, turn.campaign, lambda one: [*(one.lately(turn.now) if put_off else ()), *one.current(turn.now)]
    )
    return await _unreported(turn.session, mine, owed)


async def unreported(
    turn: TickTurn, found: Iterable[Task], about: date | None, words: str = ""
) -> OwedWindows:
    """The windows of these tasks to which a report made now would belong, and that have none.

    ``about``: the earlier day that the report is about; ``words``: what it says.
    """
    mine = list(found)
    owed = _owed(
        mine,
        turn.campaign,
        lambda one: named_windows(one, words, about, turn.now) or one.taking(turn.now, about),
    )
    return await _unreported(turn.session, mine, owed)


def said_windows(
    found: Iterable[Task], words: str, about: date | None, written: datetime, campaign: Campaign
) -> tuple[str, ...]:
    """The keys of the windows of all these tasks to which a report belongs, if its words name windows.

    Empty: they name none, so the day or the moment of the report decides. ``written``: when they were said.
    """
    there = rhythms(found, campaign)
    named = {one: named_windows(one, words, about, written) for one in there}
    if not any(named.values()):
        return ()
    keys = (window.key for one in there for window in named[one] or one.taking(written, about))
    return tuple(dict.fromkeys(keys))


def of_key(task: Task, key: str, campaign: Campaign) -> Window | None:
    """The task's window with that key; None: it has none, as after another frequency was set."""
    found = rhythm(task, campaign)
    return None if found is None else found.keyed(key)


def is_reminded(task: Task, key: str, now: datetime, campaign: Campaign) -> bool:
    """Whether people were to be reminded of that window's report by ``now``, if there was none."""
    one, window = rhythm(task, campaign), of_key(task, key, campaign)
    return one is not None and window is not None and one.share(window, REMINDED) <= now


async def reported(
    session: Session, found: Mapping[int, Task], asked: Collection[tuple[int, str]], campaign: Campaign
) -> set[tuple[int, str]]:
    """Those of the windows, by task id and key, that have a report, late or in time."""
    windows = {one: of_key(found[one[0]], one[1], campaign) for one in asked}
    known = {one: window for one, window in windows.items() if window is not None}
    mine = {task_id: found[task_id] for task_id, _ in known}
    filed = await FiledReports.of(session, list(mine), list(known.values()))
    return {one for one, window in known.items() if filed.on(one[0], window) is not None}


async def first_report(session: Session, task: Task, window: Window) -> ProgressReport | None:
    """The first report on that window that stands, late or in time; None: there is none."""
    arrivals = [
        one
        for one in await progress.reports_since(session, [ident(task)], window.opens)
        if window.takes(one.reported_at, one.about_day, one.windows)
    ]
    first = min(arrivals, key=lambda one: (one.reported_at, one.id), default=None)
    return None if first is None else await session.get(ProgressReport, first.id)


async def expected(turn: TickTurn, found: Iterable[Task], until: datetime) -> OwedWindows:
    """As ``missing``, with the windows that open until ``until``."""
    mine = _nagged(found)
    owed = _owed(mine, turn.campaign, lambda one: _opening(one, turn.now, until))
    return await _unreported(turn.session, mine, owed)


def _opening(one: Rhythm, now: datetime, until: datetime) -> list[Window]:
    found, at = [*one.lately(now), *one.current(now)], one.next_open(now)
    while at <= until:
        found += [window for window in one.current(at) if window not in found]
        at = one.next_open(at)
    return found


def current(found: Iterable[Reporting], now: datetime, campaign: Campaign) -> OwedWindows:
    """The windows of these tasks that may be nagged about at ``now``, reported or not."""
    return _owed(_nagged(found), campaign, lambda one: one.current(now))


def last_and_open(found: Iterable[Reporting], now: datetime, campaign: Campaign) -> OwedWindows:
    """The last windows of these tasks that closed, and those that are open, reported or not."""
    return _owed(_nagged(found), campaign, lambda one: one.last_and_open(now))


def _nagged(found: Iterable[ReportingT]) -> list[ReportingT]:
    return [task for task in found if task.state in NAGGED_STATES]


async def closing(
    session: Session, *, since: datetime, until: datetime, campaign: Campaign, scope: Collection[int] | None
) -> list[DueReport]:
    """What was due on the tasks that count in ``scope`` (None: all) in windows that closed in (since, until].

    It does not say whether the reports came.
    """
    found = await counted_tasks.recurring_in(session, scope)
    owed = due_then(found, since, until, campaign)
    return [
        DueReport(task.id, task.lead_unit_id, task.responsible_person, owed[task.id])
        for task in found
        if task.id in owed
    ]


def due_then(found: Collection[Task], since: datetime, until: datetime, campaign: Campaign) -> OwedWindows:
    """The windows of these tasks that close in (since, until], reported or not.

    What a handover comes too late for stays owed: only for a new task it counts when it came.
    """
    return _owed(found, campaign, lambda one: one.closing(since, until), _owed_then)


def closing_then(
    found: Collection[Task], since: datetime, until: datetime, campaign: Campaign
) -> OwedWindows:
    """As ``due_then``, whether their leads owe these reports or the units of their parts."""
    return _owed(
        found,
        campaign,
        lambda one: one.closing(since, until),
        lambda task, reminded: task.created_at < reminded,
    )


def _owes(task: Reporting, reminded: datetime) -> bool:
    """Whether its person owes the report of the window of which people are reminded then.

    Who gets a task when most of a window is over owes only the next window.
    """
    return task.own_reports and max((task.assigned_at, *task.own_switches[-1:])) < reminded


def was_owed(task: Reporting, window: Window, campaign: Campaign) -> bool:
    """Whether the task's lead owed the report of that window when people were to be reminded of it."""
    one = rhythm(task, campaign)
    return one is not None and _owed_then(task, one.share(window, REMINDED))


def _owed_then(task: Reporting, reminded: datetime) -> bool:
    """As ``_owes``, whoever had the task then, and with 本级另报 as it was then."""
    later = sum(reminded <= at for at in task.own_switches)
    own_then = task.own_reports if later % 2 == 0 else not task.own_reports
    return own_then and task.created_at < reminded


def _owed(
    found: Iterable[Reporting],
    campaign: Campaign,
    find: Callable[[Rhythm], list[Window]],
    owes: Callable[[Reporting, datetime], bool] = _owes,
) -> OwedWindows:
    """The windows that ``find`` finds, by task; tasks without any are left out.

    A task whose children's reports are its reports owes none. ``owes``: whether it owes the window of which
    people are reminded at that moment.
    """
    known: dict[Beat, list[tuple[Window, datetime]]] = {}
    owed: OwedWindows = {}
    for task in found:
        if task.id is None or task.frequency is None:
            continue
        beat = _beat(task, task.frequency, campaign)
        if beat not in known:
            one = _rhythm(beat, campaign)
            known[beat] = [(window, one.share(window, REMINDED)) for window in find(one)]
        if mine := [window for window, reminded in known[beat] if owes(task, reminded)]:
            owed[task.id] = mine
    return owed


async def outcome(
    session: Session, due: Sequence[DueReport], names: Mapping[int, str], came_by: datetime | None = None
) -> tuple[list[MissedReport], list[MissedReport]]:
    """The part of what was due that has not come, and the part that came late, as far as is known now.

    ``came_by``: as far as was known then.
    """
    arrivals = [
        (one, [(window, _seen(at, came_by)) for window, at in came])
        for one, came in await _arrivals(session, due)
    ]
    missed = [(one, [window.key for window, at in came if at is None]) for one, came in arrivals]
    late = [
        (one, [window.key for window, at in came if at is not None and window.is_late(at)])
        for one, came in arrivals
    ]
    return await _told(session, missed, names), await _told(session, late, names)


def _seen(at: datetime | None, came_by: datetime | None) -> datetime | None:
    return None if at is not None and came_by is not None and at > came_by else at


async def come_since(
    session: Session, due: Sequence[DueReport], names: Mapping[int, str], since: datetime
) -> list[MissedReport]:
    """The part of what was due that had not come by ``since``, and came later."""
    found = [
        (one, [window.key for window, at in came if at is not None and at > since])
        for one, came in await _arrivals(session, due)
    ]
    return await _told(session, found, names)


_Arrivals = list[tuple[DueReport, list[tuple[Window, datetime | None]]]]


async def _arrivals(session: Session, due: Sequence[DueReport]) -> _Arrivals:
    """When the first report on each window came in; None: there is none."""
    windows = [window for one in due for window in one.windows]
    filed = await FiledReports.of(session, [one.task_id for one in due], windows)
    return [(one, [(window, filed.on(one.task_id, window)) for window in one.windows]) for one in due]


async def _told(
    session: Session, found: Sequence[tuple[DueReport, list[str]]], names: Mapping[int, str]
) -> list[MissedReport]:
    """What is said of these tasks and the keys of their windows; those without any are left out."""
    there = [(one, keys) for one, keys in found if keys]
    by_id = await tasks.tasks_by_id(session, {one.task_id for one, _ in there}) if there else {}
    return [
        MissedReport(by_id[one.task_id].objective, names[one.unit_id], one.person, keys)
        for one, keys in there
    ]


async def late_for(
    session: Session, report: ProgressReport, task: Task | None, campaign: Campaign
) -> list[Window]:
    """The windows for which this report, now being filed, came after their close and is the first.

    ``task`` None: the windows of the tasks for which a zero report stands.
    """
    came, about, named = report.reported_at, report.about_day, report.windows
    covered = await zero_covers.covered_by(session, ident(report)) if task is None else ()
    found = list((await tasks.tasks_by_id(session, covered)).values()) if task is None else [task]
    late = _owed(found, campaign, lambda one: [w for w in one.taking(came, about, named) if w.is_late(came)])
    left = await _unreported(session, found, late, but=report.id)
    windows = {window.key: window for many in left.values() for window in many}
    return sorted(windows.values(), key=lambda window: window.closes)


async def _unreported(
    session: Session, found: Collection[Task], owed: OwedWindows, *, but: int | None = None
) -> OwedWindows:
    """Those of the windows that have no report; ``but``: other than that one."""
    windows = [window for many in owed.values() for window in many]
    filed = await FiledReports.of(session, list(owed), windows, but=but)
    left = {
        task.id: [window for window in owed[task.id] if filed.on(task.id, window) is None]
        for task in found
        if task.id in owed
    }
    return {task_id: many for task_id, many in left.items() if many}
