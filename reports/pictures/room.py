"""How high a picture is and how many rows it has room for, without drawing it and without matplotlib."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from reports.pictures.layout import panel_height
from reports.pictures.picture import (
    DailyPanel,
    Panel,
    Picture,
    QuantityPanel,
    RankPanel,
    TargetPanel,
    UnitPanel,
)
from reports.pictures.wording import (
    CONTENT,
    LINE,
    MORE,
    SMALL,
    TITLE,
    TITLE_LINE,
    Measure,
    estimate,
    wrapped,
)

MOST_HEIGHT: Final = 1920
TOP: Final = 36
BOTTOM: Final = 40
PANEL_GAP: Final = 56
"""Between two panels; a line is in its middle."""
FIRST_GAP: Final = 30
NOTES_GAP: Final = 24
"""Above the notes."""


def picture_height(picture: Picture, measure: Measure = estimate) -> float:
    """The height in px of the whole picture. With ``estimate`` it is an upper bound."""
    title = len(wrapped(picture.title, TITLE, CONTENT, measure))
    stamp = len(wrapped(picture.stamp, SMALL, CONTENT, measure))
    panels = sum(panel_height(panel, measure) for panel in picture.panels)
    gaps = FIRST_GAP + PANEL_GAP * (len(picture.panels) - 1) if picture.panels else 0
    notes = sum(len(wrapped(note, SMALL, CONTENT, measure)) for note in picture.notes)
    below = NOTES_GAP + LINE * notes if notes else 0
    return TOP + TITLE_LINE * title + LINE * stamp + gaps + panels + below + BOTTOM


def fitted(picture: Picture, measure: Measure = estimate, most: int = MOST_HEIGHT) -> Picture:
    """The picture with as many rows as make at most ``most`` px. The last rows of the longest panel go.

    A panel that loses rows has … before its ``rest``, so that no row goes without a sign. Who counts the rows
    that are left may write a better one, which is no longer. A picture of more plots than have room, and of
    no rows, is higher than ``most``.
    """
    panels = list(picture.panels)
    while picture_height(shown := replace(picture, panels=panels), measure) > most:
        rows = [row_count(panel) for panel in panels]
        if max(rows, default=0) <= 1:
            break
        at = rows.index(max(rows))
        panels[at] = first_rows(panels[at], rows[at] - 1)
    return shown


def row_count(panel: Panel) -> int:
    """How many rows a panel has; 0 for one that is a single plot."""
    match panel:
        case UnitPanel() | TargetPanel():
            return len(panel.bars)
        case DailyPanel():
            return len(panel.quantities)
        case QuantityPanel() | RankPanel():
            return len(panel.lines)
        case _:
            return 0


def first_rows(panel: Panel, count: int) -> Panel:
    """The panel with its first ``count`` rows. Where rows go, its ``rest`` begins with …."""
    if row_count(panel) <= count:
        return panel
    match panel:
        case UnitPanel():
            bars, numbers = panel.bars[:count], panel.numbers[:count]
            return replace(panel, bars=bars, numbers=numbers, rest=_more(panel.rest))
        case TargetPanel():
            return replace(panel, bars=panel.bars[:count], rest=_more(panel.rest))
        case DailyPanel():
            return replace(panel, quantities=panel.quantities[:count], rest=_more(panel.rest))
        case QuantityPanel():
            return replace(panel, lines=panel.lines[:count], rest=_more(panel.rest))
        case RankPanel():
            return replace(panel, lines=panel.lines[:count], rest=_more(panel.rest))
        case _:
            return panel


def _more(rest: str) -> str:
    return rest if rest.startswith(MORE) else f"{MORE} {rest}".rstrip()
