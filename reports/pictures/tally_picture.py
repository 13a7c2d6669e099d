"""The picture of a tally or a brief: progress by unit, the worst first, with the sums below it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from locales import Text, plain
from reports.formats import day_text, moment_text
from reports.pictures.picture import Picture, UnitBar, UnitPanel
from reports.tally import Tally, UnitLine

UNITS: Final = 14
"""So many units are legible at once. The others are one line."""


def tally_title(day: date, scope: Text | None) -> Text:
    """The title of an evening tally's picture. ``scope`` None: it is about all units."""
    if scope is None:
        return Text("pictures.tally_title", day=day_text(day))
    return Text("pictures.scoped_tally_title", day=day_text(day), scope=scope)


def tally_picture(tally: Tally, title: Text, zone: ZoneInfo, locale: str) -> Picture:
    """The picture of what the words of the tally say, in the language ``locale``."""
    stamp = Text("pictures.as_of", at=moment_text(tally.as_of, zone))
    panels = [_unit_panel(tally.units, locale)] if tally.units else []
    return Picture(plain(title, locale), plain(stamp, locale), panels, _notes(tally, locale))


def _unit_panel(units: Sequence[UnitLine], locale: str) -> UnitPanel:
    shown, others = units[:UNITS], units[UNITS:]
    rest = Text(
        "pictures.more_units",
        count=len(others),
        done=sum(unit.done for unit in others),
        on_time=sum(unit.on_time for unit in others),
        late=sum(unit.late for unit in others),
    )
    done, on_time, late = (plain(Text(f"pictures.{name}"), locale) for name in ("done", "on_time", "late"))
    return UnitPanel(
        plain(Text("pictures.units"), locale),
        (done, on_time, late),
        [UnitBar(unit.name, unit.lamp, unit.done, unit.on_time, unit.late) for unit in shown],
        [plain(_progress(unit), locale) for unit in shown],
        plain(rest, locale) if others else "",
    )


def _progress(unit: UnitLine) -> Text:
    total = unit.done + unit.on_time + unit.late
    key = "pictures.late_progress" if unit.late else "pictures.progress"
    return Text(key, done=unit.done, total=total, late=unit.late)


def _notes(tally: Tally, locale: str) -> list[str]:
    late, cases = len(tally.late), tally.cases
    values = {"done": tally.done, "on_time": tally.on_time, "late": late, "reports": tally.reports}
    notes = [Text("pictures.overall", **values)]
    if cases.says_something:
        counts = {"registered": cases.registered, "closed": cases.closed, "overdue": cases.overdue}
        notes.append(Text("pictures.cases", **counts))
    return [plain(note, locale) for note in notes]
