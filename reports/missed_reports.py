"""Recurring reports that did not come or came late, and how a tally names them and their windows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from locales import Text
from reports.formats import day_text, short
from rules.duties.report_windows import Window

LISTED_MISSED: Final = 8
LISTED_LATE: Final = 5
NAMED_WINDOWS: Final = 3


@dataclass(frozen=True, slots=True)
class DueReport:
    """A recurring task whose report was due in these windows, with the unit and the person of that time."""

    task_id: int
    unit_id: int
    person: str
    windows: Sequence[Window]


@dataclass(frozen=True, slots=True)
class MissedReport:
    """A recurring task, and the keys of the windows in which nobody reported, or only late."""

    objective: str
    unit: str
    person: str
    windows: Sequence[str]


def windows_to_json(due: Iterable[DueReport]) -> list[Any]:
    """The windows of due reports as JSON. Each is in it once, because hundreds of tasks share it."""
    return [one.to_json() for one in {window.key: window for o in due for window in o.windows}.values()]


def windows_from_json(data: Mapping[str, Any]) -> dict[str, Window]:
    """The windows by their keys."""
    return {window["key"]: Window.from_json(window) for window in data["windows"]}


def due_to_json(due: Sequence[DueReport]) -> list[Any]:
    """The due reports as JSON. The windows are named by their keys."""
    return [[one.task_id, one.unit_id, one.person, [w.key for w in one.windows]] for one in due]


def due_from_json(data: Mapping[str, Any], windows: Mapping[str, Window]) -> list[DueReport]:
    return [
        DueReport(task_id, unit_id, person, [windows[key] for key in keys])
        for task_id, unit_id, person, keys in data["due"]
    ]


def missed_lines(
    missed: Sequence[MissedReport],
    come_late: Sequence[MissedReport],
    limit: int = LISTED_MISSED,
    *,
    before_close: bool = False,
) -> list[Text]:
    """The lines of reports that did not come, then of those that came late. Long lists end in a count.

    ``before_close``: those that did not come are of windows that closed before the day.
    """
    title = "still_missing" if before_close else "missed"
    return [*_lines(title, missed, limit), *_lines("come_late", come_late, LISTED_LATE)]


def late_window_lines(found: Sequence[MissedReport]) -> list[Text]:
    """The lines of reports that were missing at the close of the day and came since."""
    return _lines("came_since", found, LISTED_LATE)


def named_units(missed: Sequence[MissedReport], limit: int = LISTED_MISSED) -> frozenset[str]:
    """The units whose names stand in the lines."""
    return frozenset(one.unit for one in missed[:limit])


def _lines(name: str, found: Sequence[MissedReport], limit: int) -> list[Text]:
    if not found:
        return []
    lines = [Text(f"tally.{name}_title", count=len(found))]
    lines += map(missed_line, found[:limit])
    if len(found) > limit:
        lines.append(Text("tally.more_missed", count=len(found) - limit))
    return lines


def missed_line(one: MissedReport) -> Text:
    values = {"unit": one.unit, "person": one.person, "windows": _windows_text(one.windows)}
    return Text("tally.missed_line", objective=short(one.objective, 36), **values)


def _windows_text(keys: Sequence[str]) -> Text | list[Text]:
    """The last windows by name. If there are more, as after an outage, their number too."""
    names = [window_text(key) for key in keys[-NAMED_WINDOWS:]]
    return names if len(keys) <= NAMED_WINDOWS else Text("windows.several", last=names, count=len(keys))


def window_text(key: str) -> Text:
    """The window with that key: 12月18日, 12月14日至20日当周, 2026年12月, 2026年第4季度, 12月18日08:00班.

    A fortnight is 12月14日至27日两周.
    """
    if found := re.fullmatch(r"(\d+)-W(\d+)(-\d+)?", key):
        monday = date.fromisocalendar(int(found[1]), int(found[2]), 1)
        last = day_text(monday + timedelta(days=13 if found[3] else 6))
        return Text("windows.fortnight" if found[3] else "windows.week", first=day_text(monday), last=last)
    if found := re.fullmatch(r"(\d+)-Q(\d)", key):
        return Text("windows.quarter", year=int(found[1]), quarter=int(found[2]))
    if found := re.fullmatch(r"(\d+)-(\d+)", key):
        return Text("windows.month", year=int(found[1]), month=int(found[2]))
    day, _, begins = key.partition("/")
    shown = day_text(date.fromisoformat(day))
    return Text("windows.shift", day=shown, begins=begins) if begins else shown
