"""Where the parts of a panel stand and how high they are, from the widths of its words.

Nothing here loads matplotlib: ``room`` counts with it how many rows a picture has room for. All lengths are
px. A wider measure of words never makes a plan lower.

A row is one line (``ROW`` high) where all names and words of its panel fit beside the bars. Otherwise each
bar stands below its name: a row of ``STACKED_ROW``, and ``LINE`` more for each further line of words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from reports.pictures.picture import (
    BurnDownPanel,
    CasePanel,
    DailyPanel,
    Panel,
    QuantityPanel,
    RankPanel,
    TargetPanel,
    UnitPanel,
)
from reports.pictures.wording import (
    CONTENT,
    HEADING,
    HEADING_LINE,
    LINE,
    MARGIN,
    MOST_LINES,
    NAME,
    SMALL,
    Measure,
    clipped,
    widest,
    wrapped,
)

GAP: Final = 24
"""Between a name, its bar and its words."""
LAMP: Final = 28
SWATCH: Final = 32
SWATCH_GAP: Final = 10
LABEL_GAP: Final = 36
LABEL_LINE: Final = 42
UNDER_HEADING: Final = 10

ROW: Final = 52
BAR: Final = 20
THIN_BAR: Final = 14
STACKED_PADDING: Final = 24
UNDER_WORDS: Final = 14
"""Below a row of words that has no bar."""
STACKED_ROW: Final = LINE + THIN_BAR + STACKED_PADDING
MOST_NAME: Final = 340
"""The widest name that has a bar beside it."""
MOST_WORDS: Final = 260
"""The widest words that have a bar beside them."""
MOST_CORNER: Final = 330
"""The widest words that stand to the right of a name which has its bar below."""

STRIP: Final = 96
"""The height of an item's bars by day, with the numbers above them."""
STRIP_PADDING: Final = 22
DAYS: Final = 46
"""The height of the names of the days below a plot."""
PLOT: Final = 270

REST: Final = LINE + 6
EMPTY: Final = ROW


@dataclass(frozen=True, slots=True)
class PlacedLabel:
    """A word of a legend. ``left``: the left edge of its swatch in px; ``line``: 0 is that of the heading;
    ``place``: among the labels.
    """

    left: float
    line: int
    words: str
    place: int


@dataclass(frozen=True, slots=True)
class HeadPlan:
    """A panel's heading and its legend. ``height`` in px."""

    lines: tuple[str, ...]
    labels: tuple[PlacedLabel, ...]
    height: float


@dataclass(frozen=True, slots=True)
class RowPlan:
    """A row's words in lines. ``below``: its words stand under its name, not beside it. ``height`` in px."""

    name: tuple[str, ...]
    words: tuple[str, ...]
    below: bool
    height: float

    @property
    def text_height(self) -> float:
        """The height in px of the words of a row that has its bar below."""
        return LINE * (len(self.name) + (len(self.words) if self.below else 0))


@dataclass(frozen=True, slots=True)
class RowsPlan:
    """The rows of a panel. ``beside``: all have their bars beside their names.

    ``name_left``, ``bar_left``, ``bar_width``: px from the left edge of the picture.
    """

    beside: bool
    name_left: float
    bar_left: float
    bar_width: float
    rows: tuple[RowPlan, ...]


def head_plan(heading: str, labels: Sequence[str], measure: Measure) -> HeadPlan:
    """The legend stands to the right of the heading where there is room, else below it."""
    lines = wrapped(heading, HEADING, CONTENT, measure)
    swatch = SWATCH + SWATCH_GAP
    shown = [(place, clipped(words, SMALL, CONTENT - swatch, measure)) for place, words in enumerate(labels)]
    widths = [swatch + measure(words, SMALL) for _, words in shown]
    whole = sum(widths) + LABEL_GAP * (len(widths) - 1)
    in_line = len(lines) == 1 and measure(lines[0], HEADING) + 2 * GAP + whole <= CONTENT
    left, line = (MARGIN + CONTENT - whole, 0) if in_line else (float(MARGIN), 1)
    placed = []
    for (place, words), width in zip(shown, widths, strict=True):
        if not in_line and left > MARGIN and left + width > MARGIN + CONTENT:
            left, line = float(MARGIN), line + 1
        placed.append(PlacedLabel(left, line, words, place))
        left += width + LABEL_GAP
    below = line if placed else 0
    return HeadPlan(lines, tuple(placed), HEADING_LINE * len(lines) + LABEL_LINE * below + UNDER_HEADING)


def rows_plan(texts: Sequence[tuple[str, str]], lead: float, measure: Measure) -> RowsPlan:
    """Rows of a name, a bar and words. ``lead``: the px that a lamp or a place takes before each name."""
    names = widest((name for name, _ in texts), NAME, measure)
    words = widest((said for _, said in texts), SMALL, measure)
    left = MARGIN + lead
    if names <= MOST_NAME and words <= MOST_WORDS:
        bar_left = left + names + GAP
        bar_width = MARGIN + CONTENT - (words + GAP if words else 0) - bar_left
        rows = tuple(RowPlan(_line(name), _line(said), False, ROW) for name, said in texts)
        return RowsPlan(True, left, bar_left, bar_width, rows)
    room = CONTENT - lead
    rows = tuple(_stacked(name, said, room, THIN_BAR + STACKED_PADDING, measure) for name, said in texts)
    return RowsPlan(False, left, left, room, rows)


def strips_plan(panel: DailyPanel, measure: Measure) -> RowsPlan:
    """Rows of a name over its words, and bars by day to the right of both or below."""
    texts = [(one.item, one.words) for one in panel.quantities]
    names = widest((name for name, _ in texts), NAME, measure)
    words = widest((said for _, said in texts), SMALL, measure)
    if max(names, words) <= MOST_NAME:
        left = MARGIN + max(names, words) + GAP
        height = STRIP + STRIP_PADDING
        rows = tuple(RowPlan(_line(name), _line(said), True, height) for name, said in texts)
        return RowsPlan(True, MARGIN, left, MARGIN + CONTENT - left, rows)
    rows = tuple(_stacked(name, said, CONTENT, STRIP + STRIP_PADDING, measure) for name, said in texts)
    return RowsPlan(False, MARGIN, MARGIN, CONTENT, rows)


def rank_lead(panel: RankPanel, measure: Measure) -> tuple[float, float]:
    """The px that the places take, and the px that the changes take: 0 if no unit had a place before."""
    places = widest((str(line.place) for line in panel.lines), NAME, measure)
    changes = [str(abs(line.change)) for line in panel.lines if line.change is not None]
    return places + GAP, widest(changes, SMALL, measure) + 54 if changes else 0


def unit_rows(panel: UnitPanel, measure: Measure) -> RowsPlan:
    names = [bar.name for bar in panel.bars]
    return rows_plan(list(zip(names, panel.numbers, strict=True)), LAMP + 16, measure)


def target_rows(panel: TargetPanel, measure: Measure) -> RowsPlan:
    return rows_plan([(bar.item, bar.words) for bar in panel.bars], 0, measure)


def quantity_rows(panel: QuantityPanel, measure: Measure) -> RowsPlan:
    """Rows of an item and its words, which have no bar."""
    texts = [(line.item, line.words) for line in panel.lines]
    beside = all(measure(item, NAME) + GAP + measure(words, SMALL) <= CONTENT for item, words in texts)
    rows = tuple(
        RowPlan(_line(item), _line(words), False, ROW)
        if beside
        else _stacked(item, words, CONTENT, UNDER_WORDS, measure)
        for item, words in texts
    )
    return RowsPlan(beside, MARGIN, MARGIN, CONTENT, rows)


def rank_rows(panel: RankPanel, measure: Measure) -> RowsPlan:
    lead = sum(rank_lead(panel, measure))
    return rows_plan([(line.name, line.words) for line in panel.lines], lead, measure)


def rest_lines(rest: str, measure: Measure) -> tuple[str, ...]:
    return wrapped(rest, SMALL, CONTENT, measure)


def panel_height(panel: Panel, measure: Measure) -> float:
    """The height in px of a panel, without the gap above it."""
    match panel:
        case UnitPanel():
            head, rows = head_plan(panel.heading, panel.labels, measure), unit_rows(panel, measure)
        case TargetPanel():
            head, rows = head_plan(panel.heading, (), measure), target_rows(panel, measure)
        case QuantityPanel():
            head, rows = head_plan(panel.heading, (), measure), quantity_rows(panel, measure)
        case RankPanel():
            head, rows = head_plan(panel.heading, (), measure), rank_rows(panel, measure)
        case DailyPanel():
            head, rows = head_plan(panel.heading, (), measure), strips_plan(panel, measure)
        case BurnDownPanel() | CasePanel():
            plot = PLOT + DAYS if panel.days else EMPTY
            return head_plan(panel.heading, panel.labels, measure).height + plot
    height = sum(row.height for row in rows.rows) if rows.rows else EMPTY
    days = DAYS - STRIP_PADDING if isinstance(panel, DailyPanel) and rows.rows and panel.days else 0
    return head.height + height + days + REST * len(rest_lines(panel.rest, measure))


def _stacked(name: str, words: str, room: float, bar: float, measure: Measure) -> RowPlan:
    """A row of ``room`` px that has its bar, ``bar`` px with its padding, below its name."""
    corner = measure(words, SMALL)
    narrow = room - (corner + GAP if corner else 0)
    below = corner > MOST_CORNER or len(wrapped(name, NAME, narrow, measure, MOST_LINES + 1)) > MOST_LINES
    names = wrapped(name, NAME, room if below else narrow, measure) or ("",)
    said = wrapped(words, SMALL, room, measure) if below else _line(words)
    return RowPlan(names, said, below, LINE * (len(names) + (len(said) if below else 0)) + bar)


def _line(words: str) -> tuple[str, ...]:
    return (words,) if words else ()
