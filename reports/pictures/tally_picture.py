"""The picture of a tally or a brief: progress by unit, the worst first, targets, and the sums below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from locales import Text, plain
from models.progress.report_sums import QuantitySum
from reports.formats import day_text, moment_text, quantity_text
from reports.metric_rows import chosen
from reports.pictures.picture import (
    Panel,
    Picture,
    QuantityLine,
    QuantityPanel,
    TargetBar,
    TargetPanel,
    UnitBar,
    UnitPanel,
)
from reports.tally import Tally, UnitLine

UNITS: Final = 12
QUANTITIES: Final = 5
TARGETS: Final = 4
"""So many are shown. The others are one line."""


@dataclass(frozen=True, slots=True)
class TargetSum:
    """How far the targets of an item are reached, in its unit of measure."""

    item: str
    measure: str
    reached: Decimal
    target: Decimal

    @property
    def share(self) -> float:
        """Of the target; 1 is all of it."""
        return float(self.reached / self.target)


def tally_title(day: date, scope: Text | None) -> Text:
    """The title of an evening tally's picture. ``scope`` None: it is about all units."""
    if scope is None:
        return Text("pictures.tally_title", day=day_text(day))
    return Text("pictures.scoped_tally_title", day=day_text(day), scope=scope)


def tally_picture(
    tally: Tally,
    targets: Sequence[TargetSum],
    title: Text,
    zone: ZoneInfo,
    locale: str,
    *,
    daily: bool = False,
) -> Picture:
    """The picture of what the words of the tally say, in the language ``locale``.

    ``targets``: at the hour of the tally, the least reached first. ``daily``: its words say 今日.
    """
    stamp = Text("pictures.as_of", at=moment_text(tally.as_of, zone))
    panels: list[Panel] = [unit_panel(tally.units, locale)] if tally.units else []
    panels += _quantity_panel(tally, locale, daily=daily)
    panels += [target_panel(targets, locale)] if targets else []
    return Picture(plain(title, locale), plain(stamp, locale), panels, _notes(tally, locale))


def unit_panel(units: Sequence[UnitLine], locale: str, most: int = UNITS) -> UnitPanel:
    """How the tasks of the units stand. ``most``: so many are bars, the others a line."""
    shown, others = units[:most], units[most:]
    rest = Text(
        "pictures.more_units",
        count=len(others),
        done=sum(unit.done for unit in others),
        on_time=sum(unit.on_time for unit in others),
        late=sum(unit.late for unit in others),
    )
    labels = Text("pictures.done"), Text("pictures.on_time"), Text("pictures.late")
    done, on_time, late = (plain(label, locale) for label in labels)
    return UnitPanel(
        plain(Text("pictures.units"), locale),
        (done, on_time, late),
        [UnitBar(unit.name, unit.lamp, unit.done, unit.on_time, unit.late) for unit in shown],
        [plain(_progress(unit), locale) for unit in shown],
        plain(rest, locale) if others else "",
    )


def _quantity_panel(tally: Tally, locale: str, *, daily: bool) -> list[QuantityPanel]:
    """What the words tell of quantities, the biggest first."""
    sums = chosen(tally.quantities, tally.targeted)
    if not sums:
        return []
    span = "today" if daily else "period"
    lines = [QuantityLine(one.item, plain(_added(one, span), locale)) for one in sums[:QUANTITIES]]
    others = len(tally.quantities) - len(lines)
    rest = plain(Text("pictures.more_quantities", count=others), locale) if others > 0 else ""
    return [QuantityPanel(plain(Text("pictures.work_done"), locale), lines, rest)]


def _added(one: QuantitySum, span: str) -> Text:
    total = quantity_text(one.total, one.measure, approx=one.approx)
    if not one.added:
        return Text("pictures.total", total=total)
    return Text(
        f"pictures.added.{span}",
        added=quantity_text(one.added, one.measure, approx=one.added_approx),
        total=total,
    )


def target_panel(targets: Sequence[TargetSum], locale: str, most: int = TARGETS) -> TargetPanel:
    """The quantities that have a target. ``most``: so many are shown."""
    others = len(targets) - most
    bars = [TargetBar(one.item, plain(_reached(one), locale), one.share) for one in targets[:most]]
    rest = plain(Text("pictures.more_targets", count=others), locale) if others > 0 else ""
    return TargetPanel(plain(Text("pictures.targets"), locale), bars, rest)


def _reached(one: TargetSum) -> Text:
    reached, target = (quantity_text(value, one.measure) for value in (one.reached, one.target))
    return Text("pictures.reached", reached=reached, target=target)


def _progress(unit: UnitLine) -> Text:
    total = unit.done + unit.on_time + unit.late
    key = "pictures.late_progress" if unit.late else "pictures.progress"
    return Text(key, done=unit.done, total=total, late=unit.late)


def _notes(tally: Tally, locale: str) -> list[str]:
    late, cases = len(tally.late), tally.cases
    values = {"done": tally.done, "on_time": tally.on_time, "late": late, "reports": tally.reports}
    notes = [Text("pictures.overall", **values)]
    if tally.below.every:
        every = tally.done + tally.on_time + late
        below = tally.below.text_with_late
        notes = [Text("pictures.overall_below", **values, every=every, below=below)]
    if cases.says_something:
        counts = {"registered": cases.registered, "closed": cases.closed, "overdue": cases.overdue}
        notes.append(Text("pictures.cases", **counts))
    return [plain(note, locale) for note in notes]
