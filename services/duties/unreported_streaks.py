"""Since when nobody has reported on a task that is due every day or every shift, or how often nobody did.

Each window ends when the next one opens, and its nags end with it. The levels above the responsible person
hear of the whole row of missed windows, or that of the last six so many were missed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from models import audit_log, progress
from models.db import ident
from models.progress import ReportArrival
from models.tasks import Task
from rules.duties.frequencies import Frequency
from rules.duties.report_windows import Rhythm, Window
from rules.nags.ladder import Obligation
from rules.nags.policy import DutyKind
from rules.tasks.task_lifecycle import NAGGED_STATES
from services.duties import report_windows
from services.duties.filed_reports import FiledReports
from services.turn import TickTurn

LOOKED_BACK: Final = timedelta(days=60)
"""A last report before that makes no difference: the levels that hear only once heard long ago."""
MISSED: Final = 3
OF_THE_LAST: Final = 6
"""Those above hear when so many of the last windows were missed, in a row or not."""
_SHORT: Final = frozenset({Frequency.DAILY, Frequency.SHIFT})
_SEEN: Final = 3 * OF_THE_LAST
"""So many windows are looked at. Where it has been so for longer, those above heard long ago."""
_SEEN_DAYS: Final = timedelta(days=40)
_TOLD_AFTER: Final = 2
"""Days after which a row of missed windows is heard of by itself."""


async def obligations(turn: TickTurn, found: Iterable[Task], until: datetime) -> dict[int, Obligation]:
    """What is owed on each task that is due every day or shift, by task id, if nobody reports until then.

    It is owed once the first window since the last report has closed or, if that is sooner or was sooner,
    once three of the last six were missed. A report that comes late for an earlier window is one of that
    window: those after it stay missed. Nothing is owed for the time in which the task waited for the office's
    check, was done, had another frequency, or had the reports of its children.
    """
    mine = [
        task
        for task in found
        if task.frequency in _SHORT and task.own_reports and task.state in NAGGED_STATES
    ]
    if not mine:
        return {}
    ids = [ident(task) for task in mine]
    again = await audit_log.taken_up_again(turn.session, ids)
    rhythms = {one.frequency: one for one in report_windows.rhythms(mine, turn.campaign)}
    seen = {frequency: _seen(one, turn.now, until) for frequency, one in rhythms.items()}
    filed = await FiledReports.of(turn.session, ids, [window for many in seen.values() for window in many])
    # Only of those that nobody has reported on lately is it asked when the last report came.
    silent = [one for one in ids if one not in filed.by_task]
    reported = await progress.last_arrivals(turn.session, silent, turn.now - LOOKED_BACK)
    first: dict[tuple[Frequency, datetime], Window] = {}
    owed = {}
    for task in mine:
        task_id, frequency = ident(task), task.frequency or Frequency.DAILY
        given = max((task.assigned_at, *task.own_switches[-1:], again.get(task_id, task.assigned_at)))
        last = _last(rhythms[frequency], filed.by_task.get(task_id, ())) or reported.get(task_id, given)
        key = frequency, max(given, last)
        if key not in first:
            first[key] = _first(rhythms[frequency], key[1])
        there = [window for window in seen[frequency] if window.opens > given]
        missed = {window.key for window in there if filed.on(task_id, window) is None}
        share = _share(there, missed, turn.now, cut=len(there) == len(seen[frequency]))
        owed[task_id] = share or _obligation(first[key], first[key], "~")
    return owed


def is_window(cycle: str) -> bool:
    """Whether what is owed is the report of one window, and not that of a row of windows."""
    return "~" not in cycle


def is_share(cycle: str) -> bool:
    """Whether what is owed is that of a share of the last windows, which may have a report by now."""
    return not is_window(cycle) and not cycle.endswith("~")


def _last(rhythm: Rhythm, filed: Sequence[ReportArrival]) -> datetime | None:
    """When the last report came in or, if that is sooner, the last window opened that one is about."""
    return max((_stands_at(rhythm, one) for one in filed), default=None)


def _stands_at(rhythm: Rhythm, report: ReportArrival) -> datetime:
    if report.about_day is None and not report.windows:
        return report.reported_at
    windows = rhythm.taking(report.reported_at, report.about_day, report.windows)
    return min(max((window.opens for window in windows), default=report.reported_at), report.reported_at)


def _first(rhythm: Rhythm, since: datetime) -> Window:
    """The first window that opens after that moment."""
    opens = rhythm.next_open(since)
    return next(window for window in rhythm.current(opens) if window.opens == opens)


def _seen(rhythm: Rhythm, now: datetime, until: datetime) -> list[Window]:
    """The last windows that have closed, and those that close until then."""
    found = rhythm.closing(now - _SEEN_DAYS, max(now, until))
    ahead = sum(window.closes > now for window in found)
    return found[-_SEEN - ahead :]


def _share(
    windows: Sequence[Window], missed: Collection[str], now: datetime, *, cut: bool
) -> Obligation | None:
    """What is owed because three of the last six windows are missed, now or else at the next window.

    It begins with the window that makes it so, and lasts as long as it is so. ``cut``: there are windows
    before these.
    """
    begun: Obligation | None = None
    heard = False
    for number, window in enumerate(windows):
        if window.closes > now and begun is not None:
            break
        last = windows[max(0, number - OF_THE_LAST + 1) : number + 1]
        gone = [one for one in last if one.key in missed]
        if len(gone) < MISSED:
            begun, heard = None, False
        elif cut and number < OF_THE_LAST:
            heard = True
        elif begun is None and not heard:
            heard = _is_heard_of(last, gone)
            begun = None if heard else _obligation(gone[0], window, f"~{MISSED}")
    return begun


def _is_heard_of(last: Sequence[Window], gone: Sequence[Window]) -> bool:
    """Whether the missed windows are one row that is heard of by itself."""
    begins = last.index(gone[0])
    in_a_row = list(last[begins : begins + len(gone)]) == list(gone)
    return in_a_row and (gone[-1].day - gone[0].day).days >= _TOLD_AFTER


def _obligation(first: Window, last: Window, ending: str) -> Obligation:
    """``first``: the first missed window; ``last``: the one that makes it owed."""
    return Obligation(
        DutyKind.REPORT,
        cycle=f"{first.key}{ending}",
        opens=last.closes,
        limit=first.closes,
        day=first.day,
        all_hours=first.all_hours,
        above=True,
    )
