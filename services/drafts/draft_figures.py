"""The numbers of a report's words as they are understood: under which metric of the task, 新增 or 累计."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from models.db import ident
from models.progress import FigureMode
from models.tasks import Metric
from rules.progress.measures import as_measured
from rules.progress.quantities import Doubt, Quantity, metric_name
from services.drafts.task_metrics import Filing, TaskMetrics

NO_TOTAL: Final = Decimal(0)
# Doubts of ours beside those of the reader: which of the draft's tasks the number is about …
NO_TASK: Final = "task"
# … and whether a total holds what the parts of its task have reported.
WITH_BELOW: Final = "below"
OURS: Final = frozenset({NO_TASK, WITH_BELOW})


@dataclass(frozen=True, slots=True)
class DraftFigure:
    """A number as understood so far.

    ``metric_id`` None: a metric named ``item`` is to be made. ``mode`` None: it still has to be asked.
    ``dropped``: the number does not count. ``read_item``, ``read_unit`` and ``cumulative`` are what the words
    say, whatever metric the number was filed under since; ``wording`` is how they name it where they leave
    the mode open. ``touched``: the person changed something about it; ``chosen``: they chose the mode;
    ``recalled``: the mode is the one that their unit chose last. ``doubt``: why the number itself is asked
    about (``Doubt``); the choice of a mode answers it. ``read_value``: the number as stated, where ``value``
    is in the metric's unit of measure. ``filed_as``: how the metric was found, if not by its name
    (``Filing``). ``likely_id``: for a new metric, an older one that may be meant. ``named_id``: the metric
    of its name, if it was merged into the one under which it counts. ``task_id``: its task. ``below``: what
    the parts of its task have reported of it, if the total may hold that (``WITH_BELOW``).
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
    read_value: str | None = None
    filed_as: str | None = None
    likely_id: int | None = None
    task_id: int | None = None
    named_id: int | None = None
    below: str | None = None

    @property
    def amount(self) -> Decimal:
        return Decimal(self.value)

    @property
    def stated(self) -> Decimal:
        return Decimal(self.value if self.read_value is None else self.read_value)

    @property
    def is_converted(self) -> bool:
        return self.stated != self.amount

    @property
    def lacks_unit(self) -> bool:
        """Whether neither the words, nor a metric, nor the task's target says what the number counts."""
        return not self.unit and self.metric_id is None and not self.dropped

    @property
    def has_to_be_seen(self) -> bool:
        """Whether the person has to look at it before it counts.

        It is open, its mode is only recalled, or its metric only probable; or it makes a new metric where an
        older one may be meant.
        """
        return not self.dropped and (
            self.mode is None
            or self.recalled
            or self.filed_as == Filing.SHORTER.value
            or self.likely_id is not None
        )

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
    known: TaskMetrics,
    totals: Mapping[int, Decimal],
) -> DraftFigure:
    """The figure that a number of the words becomes. ``totals``: of the ``known`` metrics."""
    value = f"{quantity.value:f}"
    figure = DraftFigure(
        item=metric_name(quantity.item, quantity.unit),
        value=value,
        unit=quantity.unit,
        approx=quantity.approx,
        read_item=quantity.item,
        read_unit=quantity.unit,
        read_value=value,
        cumulative=cumulative,
        doubt=quantity.doubt.value if quantity.doubt else None,
        wording=wording if cumulative is None else None,
    )
    found = known.match(quantity)
    if found is None:
        if (beside := known.named_beside(quantity)) is not None:
            return with_mode(replace(figure, item=beside, filed_as=Filing.SHORTER.value), NO_TOTAL)
        item, unit = known.aimed_at(quantity) or (figure.item, figure.unit)
        likely = known.likely(quantity)
        figure = replace(figure, item=item, unit=unit, likely_id=likely.id if likely else None)
        return with_mode(figure, NO_TOTAL)
    figure = replace(under(figure, found.metric), filed_as=found.how, named_id=found.named_id)
    return with_mode(figure, totals.get(ident(found.metric), NO_TOTAL))


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


def fits(figure: DraftFigure, metric: Metric) -> bool:
    """Whether the number may be filed there: tonnes are not added to places.

    A number without a unit of measure takes the metric's.
    """
    return not figure.read_unit or as_measured(figure.stated, figure.read_unit, metric.unit) is not None


def under(figure: DraftFigure, metric: Metric) -> DraftFigure:
    """The figure under a metric that it ``fits``, in the metric's unit of measure."""
    amount = as_measured(figure.stated, figure.read_unit, metric.unit) if figure.read_unit else None
    return replace(
        figure,
        metric_id=metric.id,
        item=metric.item,
        unit=metric.unit,
        value=f"{figure.stated if amount is None else amount:f}",
        likely_id=None,
        named_id=None,
    )


def without_repeats(figures: Sequence[DraftFigure]) -> list[DraftFigure]:
    """Drop repeats: 今日清理12处，累计576处 names one metric twice; the total only checks the increment.

    A number that says neither is 新增 beside such a total. Behind one that is 新增 it is asked about, for it
    may be the sum.
    """
    seen: dict[tuple[str, str, int | None], int] = {}
    kept = list(figures)
    for index, figure in enumerate(figures):
        key = (figure.item, figure.unit, figure.task_id)
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
