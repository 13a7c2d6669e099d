"""The numbers of a report's words as they are understood: under which metric of the task, 新增 or 累计."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from models.progress import FigureMode
from models.tasks import Metric
from rules.progress.quantities import Doubt, Quantity, metric_name
from rules.progress.report_words import says_the_same

NO_TOTAL: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class DraftFigure:
    """A number as understood so far.

    ``metric_id`` None: a metric named ``item`` is to be made. ``mode`` None: it still has to be asked.
    ``dropped``: the number does not count. ``read_item``, ``read_unit`` and ``cumulative`` are what the words
    say, whatever metric the number was filed under since; ``wording`` is how they name it where they leave
    the mode open. ``touched``: the person changed something about it; ``chosen``: they chose the mode;
    ``recalled``: the mode is the one that their unit chose last. ``doubt``: why the number itself is asked
    about (``Doubt``); the choice of a mode answers it.
    """

    item: str
    value: str
    unit: str
    approx: bool
    read_item: str
    read_unit: str
    metric_id: int | None = None
    mode: str | None = None
    dropped: bool = False
    cumulative: bool | None = None
    touched: bool = False
    chosen: bool = False
    doubt: str | None = None
    wording: str | None = None
    recalled: bool = False

    @property
    def amount(self) -> Decimal:
        return Decimal(self.value)

    @property
    def recall_key(self) -> tuple[int, str] | None:
        """Metric and wording by which the choice of the mode is remembered; None: it is not."""
        if self.metric_id is None or self.wording is None or self.doubt or self.dropped:
            return None
        return self.metric_id, self.wording


def understood(
    quantity: Quantity,
    cumulative: bool | None,
    wording: str,
    known: Sequence[Metric],
    totals: Mapping[int, Decimal],
) -> DraftFigure:
    """The figure that a number of the words becomes. ``known``: the task's metrics, with their ``totals``."""
    name = metric_name(quantity.item, quantity.unit)
    metric = match_metric(quantity.item, quantity.unit, known)
    if metric is None and name:
        metric = match_metric(name, quantity.unit, known)
    if metric is None and quantity.doubt is Doubt.UNIT:
        metric = _named_alike(quantity.item, known)
    figure = DraftFigure(
        item=metric.item if metric else name,
        value=f"{quantity.value:f}",
        unit=metric.unit if metric else quantity.unit,
        approx=quantity.approx,
        read_item=quantity.item,
        read_unit=quantity.unit,
        metric_id=metric.id if metric else None,
        cumulative=cumulative,
        doubt=quantity.doubt.value if quantity.doubt else None,
        wording=wording if cumulative is None else None,
    )
    total = totals.get(metric.id, NO_TOTAL) if metric and metric.id is not None else NO_TOTAL
    return with_mode(figure, total)


def with_mode(figure: DraftFigure, total: Decimal) -> DraftFigure:
    """The figure with the mode, if its words and the metric's ``total`` so far leave no doubt.

    A mode that the person chose stays.
    """
    return figure if figure.chosen else replace(figure, mode=_mode(figure, total), recalled=False)


def _mode(figure: DraftFigure, total: Decimal) -> str | None:
    if figure.doubt or is_falling(figure, total):
        return None
    if figure.cumulative is not None:
        return (FigureMode.CUMULATIVE if figure.cumulative else FigureMode.INCREMENT).value
    # Nothing was reported before, so both readings add the same; and no 累计 is below the total before it.
    return FigureMode.INCREMENT.value if total == 0 or figure.amount < total else None


def is_falling(figure: DraftFigure, total: Decimal) -> bool:
    """Whether the words say 累计, but of less than the ``total`` before: a mistake somewhere."""
    return figure.cumulative is True and figure.amount < total


def recalled(figure: DraftFigure, modes: Mapping[tuple[int, str], FigureMode]) -> DraftFigure:
    """The figure in the mode that the unit chose last for this wording, if it is open otherwise."""
    key = figure.recall_key
    if figure.mode is not None or figure.cumulative is not None or key is None or key not in modes:
        return figure
    return replace(figure, mode=modes[key].value, recalled=True)


def match_metric(item: str, unit: str, known: Sequence[Metric]) -> Metric | None:
    """The metric under which the number is filed without asking.

    It has the same name, or is the only one of that unit of measure whose name may mean the same in a shorter
    or longer wording.
    """
    same_unit = [metric for metric in known if metric.unit == unit]
    for metric in same_unit:
        if metric.item == item:
            return metric
    near = [metric for metric in same_unit if says_the_same(item, metric.item)]
    return near[0] if len(near) == 1 else None


def _named_alike(item: str, known: Sequence[Metric]) -> Metric | None:
    """The one metric of that name, for a number without a unit; the person is asked about it."""
    same = [metric for metric in known if metric.item == item]
    near = same or [metric for metric in known if item and says_the_same(item, metric.item)]
    return near[0] if len(near) == 1 else None


def fits(figure: DraftFigure, metric: Metric) -> bool:
    """Whether the number may be filed there: tonnes are not added to places.

    A number without a unit of measure takes the metric's.
    """
    return figure.read_unit in {"", metric.unit}


def without_repeats(figures: Sequence[DraftFigure]) -> list[DraftFigure]:
    """Drop repeats: 今日清理12处，累计576处 names one metric twice; the total only checks the increment.

    A number that says neither is 新增 beside such a total. Behind one that is 新增 it is asked about, for it
    may be the sum.
    """
    seen: dict[tuple[str, str], int] = {}
    kept = list(figures)
    for index, figure in enumerate(figures):
        key = (figure.item, figure.unit)
        if key not in seen:
            seen[key] = index
            continue
        first = kept[seen[key]]
        if figure.mode == FigureMode.CUMULATIVE.value:
            kept[index] = replace(figure, dropped=True)
            if first.mode is None and first.cumulative is None and not first.doubt:
                kept[seen[key]] = replace(first, mode=FigureMode.INCREMENT.value, cumulative=False)
        elif first.mode == FigureMode.CUMULATIVE.value:
            kept[seen[key]] = replace(first, dropped=True)
            seen[key] = index
        elif first.cumulative is False and figure.cumulative is None and not figure.chosen:
            kept[index] = replace(figure, mode=None, doubt=figure.doubt or Doubt.NUMBER.value)
    return kept
