"""Lines of the card about how the words were read: a number that is asked about, and what does not count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from locales import Text
from models.progress import FigureMode
from reports.formats import quantity_text, short, stated_text
from rules.progress.quantities import Doubt
from services.drafts import draft_figures
from services.drafts.draft_figures import DraftFigure
from services.drafts.task_metrics import Filing

# With these the line has at most 60 characters.
_SHOWN: Final = 2
_LONGEST: Final = 12


def figure_line(number: int, figure: DraftFigure, total: Decimal, *, above: bool) -> Text:
    """A number of the card; ``total``: of the unit so far under its metric.

    ``above``: the metric is one of the task above the unit's part.
    """
    item: Text | str = figure.item or Text("progress.card.unnamed")
    elsewhere = figure.metric_id is not None or figure.filed_as == Filing.SHORTER.value
    if figure.filed_as and elsewhere and figure.read_item not in {"", figure.item}:
        item = Text("progress.card.filed_under", item=item, words=short(figure.read_item, _LONGEST))
    how = _how_counted(figure, total, _ABOVE if above else _OWN)
    return Text("progress.card.figure", number=number, item=item, quantity=stated_quantity(figure), how=how)


def stated_quantity(figure: DraftFigure) -> Text:
    """The amount in the metric's unit of measure; where it was converted, with what the words say beside."""
    quantity = stated_text(figure.amount, figure.unit, approx=figure.approx)
    if not figure.is_converted:
        return quantity
    stated = stated_text(figure.stated, figure.read_unit, approx=figure.approx)
    return Text("progress.card.converted", quantity=quantity, stated=stated)


def converted_additions(figures: Sequence[DraftFigure]) -> dict[tuple[str, str], Text]:
    """By item and unit of measure what a report adds, where that is one converted number alone."""
    counted = [figure for figure in figures if not figure.dropped]
    alone = Counter((figure.item, figure.unit) for figure in counted)
    return {
        (figure.item, figure.unit): stated_quantity(figure)
        for figure in counted
        if figure.is_converted
        and figure.mode == FigureMode.INCREMENT.value
        and alone[figure.item, figure.unit] == 1
    }


@dataclass(frozen=True, slots=True)
class _HowKeys:
    """The keys of what a number adds to the unit's total, or of what is asked about it."""

    increment: str
    cumulative: str
    open: str
    falling: str


_OWN: Final = _HowKeys(
    "progress.card.increment",
    "progress.card.cumulative",
    "progress.card.mode_open",
    "progress.card.mode_falling",
)
_ABOVE: Final = _HowKeys(
    "progress.card.above.increment",
    "progress.card.above.cumulative",
    "progress.card.above.mode_open",
    "progress.card.above.mode_falling",
)


def _how_counted(figure: DraftFigure, total: Decimal, keys: _HowKeys) -> Text:
    """What the number adds to the unit's ``total`` so far, or what is asked about it."""
    if figure.dropped:
        return Text("progress.card.dropped")
    if figure.mode is None:
        key = keys.falling if draft_figures.is_falling(figure, total) else keys.open
        return Text(key, total=quantity_text(total, figure.unit))
    if figure.mode == FigureMode.INCREMENT.value:
        how = Text(keys.increment, total=quantity_text(total + figure.amount, figure.unit))
    else:
        how = Text(keys.cumulative, added=quantity_text(figure.amount - total, figure.unit))
    return Text("progress.card.recalled", how=how) if figure.recalled else how


def doubt_lines(figure: DraftFigure) -> list[Text]:
    """The question about the number itself, until the person answers it by a choice."""
    if figure.doubt is None or figure.mode is not None or figure.dropped:
        return []
    if figure.lacks_unit:
        return [Text("progress.card.doubt.unit")]
    if figure.doubt == draft_figures.NO_TASK:
        return [Text("progress.card.task_open")]
    if figure.doubt == draft_figures.WITH_BELOW:
        below = Decimal(figure.below or 0)
        own = stated_text(figure.amount - below, figure.unit)
        return [Text("progress.card.below_open", below=quantity_text(below, figure.unit), own=own)]
    if figure.doubt == Doubt.UNIT.value:
        return [Text("progress.card.unit_open", quantity=stated_text(figure.amount, figure.unit))]
    return [Text(f"progress.card.doubt.{figure.doubt}")]


def aside_lines(asides: Sequence[tuple[str, str]]) -> list[Text]:
    """One line on the numbers that were read but not done now: each as written, with its reason."""
    if not asides:
        return []
    shown = [
        Text(
            "progress.card.aside", words=short(words, _LONGEST), why=Text(f"progress.card.why_aside.{aside}")
        )
        for words, aside in asides[:_SHOWN]
    ]
    if len(asides) > _SHOWN:
        return [Text("progress.card.more_asides", asides=shown, more=len(asides) - _SHOWN)]
    return [Text("progress.card.asides", asides=shown)]
