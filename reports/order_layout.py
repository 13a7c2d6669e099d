"""Lays out a 督办单 as one table: which letters fit on one page, and how it goes on where none do.

Nothing is left out of it: it is the paper as it was issued.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from locales import Text, plain

TABLE_HEIGHT: Final = 156.0
"""The millimetres that head, title and signature leave of the text area's 225."""

GRID: Final = (10.0, 14.0, 19.0, 45.0, 4.0, 20.0, 20.0, 24.0)
"""The widths of the table's columns in millimetres. Together they are the text area's 156."""

# The first and the last column of a cell.
LABEL, VALUE, SECOND_LABEL, SECOND_VALUE, WHOLE = (0, 1), (2, 3), (4, 5), (6, 7), (2, 7)
ITEM: Final = ((0, 0), (1, 2), (3, 4), (5, 6), (7, 7))
# The sizes of letters for one case, and for a list, whose columns are narrow.
SIZES: Final = (14.0, 12.0, 10.5, 9.0, 8.0)
LIST_SIZES: Final = (10.5, 9.0, 8.0)
# The size where one page is not enough: there is room to read, so the letters need not be small.
SPREAD_SIZE: Final = 12.0
SPREAD_LIST_SIZE: Final = 10.5
# Rows that come again on each page may take so much of it, in millimetres.
REPEATED: Final = 60.0
# A higher row may be split between two pages: it would leave too much of the first one empty.
UNSPLIT: Final = 90.0
LEADING: Final = 1.35
PADDING: Final = 1.0
"""The millimetres between a cell's words and its border, on either side."""

AIR: Final = 5.0
"""A row may be so many millimetres higher than its words, if there is room."""

MM_PER_POINT: Final = 25.4 / 72
# Whoever takes the paper signs by hand: it says nothing of what happened after it was issued.
_AFTER_ITEMS: Final = ("requirement", "signed")
_ILLEGAL: Final = re.compile(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class OrderItem:
    """One case of the order, in words."""

    number: str
    category: str
    place: str
    text: str
    standard: str
    limit: str


@dataclass(frozen=True, slots=True)
class OrderPaper:
    """What an order says.

    ``office``: the office that issues it. ``positions``: the places of the items on the order as it was
    issued; empty for an order of one case. ``remark``: what its reader has to know about this copy.
    """

    office: str
    number: str
    unit: str
    leader: str
    task: str
    indicator: str
    requirement: str
    items: Sequence[OrderItem]
    day: str
    issued_at: datetime
    positions: Sequence[int] = ()
    remark: str = ""


@dataclass(frozen=True, slots=True)
class OrderCell:
    words: str
    span: Span
    head: bool = False
    centred: bool = True


Row = Sequence[OrderCell]


@dataclass(frozen=True, slots=True)
class OrderLayout:
    """The table: its rows, the least height of each, and the size of its letters in points.

    ``spread``: it takes more than a page. ``repeated``: so many of the first rows come again on each page.
    """

    rows: Sequence[Row]
    heights: Sequence[float]
    size: float
    spread: bool = False
    repeated: int = 0


def clean_paper(paper: OrderPaper) -> OrderPaper:
    """The paper without characters that no XML holds."""
    names = ("office", "number", "unit", "leader", "task", "indicator", "requirement", "remark")
    words: dict[str, Any] = {name: _ILLEGAL.sub("", getattr(paper, name)) for name in names}
    items = [
        OrderItem(*(_ILLEGAL.sub("", getattr(item, name)) for name in OrderItem.__dataclass_fields__))
        for item in paper.items
    ]
    return replace(paper, items=items, **words)


def lay_out(paper: OrderPaper, locale: str) -> OrderLayout:
    """The table on one page with the largest letters that fit; where none fit, on as many as it takes."""
    rows = _rows(paper, locale)
    for size in SIZES if _is_single(paper) else LIST_SIZES:
        heights = [_row_height(row, size) for row in rows]
        left = TABLE_HEIGHT - sum(heights)
        if left >= 0:
            air = min(left / len(rows), AIR)
            return OrderLayout(rows, [height + air for height in heights], size)
    return _spread(paper, rows)


def _spread(paper: OrderPaper, rows: Sequence[Row]) -> OrderLayout:
    """The table over several pages. The head of a list comes again on each, unless it is too high."""
    size = SPREAD_SIZE if _is_single(paper) else SPREAD_LIST_SIZE
    heights = [_row_height(row, size) for row in rows]
    repeated = 0 if _is_single(paper) else len(rows) - len(paper.items) - len(_AFTER_ITEMS)
    fits = sum(heights[:repeated]) <= REPEATED
    return OrderLayout(rows, heights, size, spread=True, repeated=repeated if fits else 0)


def _row_height(row: Row, size: float) -> float:
    """The approximate height of a row, in millimetres."""
    line = size * LEADING * MM_PER_POINT
    return max(_lines(cell, size) for cell in row) * line + 2 * PADDING


def _lines(cell: OrderCell, size: float) -> int:
    room = width(cell.span) - 2 * PADDING - 0.5
    em = size * MM_PER_POINT
    return sum(max(math.ceil(ems(part) * em / room), 1) for part in cell.words.split("\n"))


def ems(words: str) -> float:
    """The width of a line in em. Chinese characters have one each, letters and digits about half."""
    wide = sum(unicodedata.east_asian_width(letter) in "WFA" for letter in words)
    return wide + (len(words) - wide) * 0.55


def width(span: Span) -> float:
    return sum(GRID[span[0] : span[1] + 1])


# -- what it says --------------------------------------------------------------------------------------


def _rows(paper: OrderPaper, locale: str) -> list[Row]:
    rows: list[Row] = [
        [
            _label("unit", locale),
            OrderCell(paper.unit, VALUE),
            _label("leader", locale, SECOND_LABEL),
            OrderCell(paper.leader, SECOND_VALUE),
        ]
    ]
    for name in ("task", "indicator"):
        if words := getattr(paper, name):
            rows.append([_label(name, locale), OrderCell(words, WHOLE, centred=False)])
    rows += _form(paper.items[0], locale) if _is_single(paper) else _list(paper, locale)
    said = {"requirement": paper.requirement, "signed": ""}
    rows += [[_label(name, locale), OrderCell(said[name], WHOLE, centred=False)] for name in _AFTER_ITEMS]
    return rows


def _is_single(paper: OrderPaper) -> bool:
    return len(paper.items) == 1 and not paper.positions


def _label(name: str, locale: str, span: Span = LABEL) -> OrderCell:
    return OrderCell(plain(Text(f"orders.paper.{name}"), locale), span, head=True)


def _form(item: OrderItem, locale: str) -> list[Row]:
    """The rows of a single case, one for each thing that the order says of it."""
    first = [
        _label("number", locale),
        OrderCell(item.number, VALUE),
        _label("limit", locale, SECOND_LABEL),
        OrderCell(item.limit, SECOND_VALUE),
    ]
    others = ("category", "place", "text", "standard")
    rows = [
        [_label(name, locale), OrderCell(getattr(item, name), WHOLE, centred=False)]
        for name in others
        if getattr(item, name)
    ]
    return [first, *rows]


def _list(paper: OrderPaper, locale: str) -> list[Row]:
    places = paper.positions or range(1, len(paper.items) + 1)
    names = ("place_in_list", "case", "problem", "standard", "limit")
    rows: list[Row] = [
        [_label(name, locale, span) for name, span in zip(names, ITEM, strict=True)],
        *[_item_row(place, item, locale) for place, item in zip(places, paper.items, strict=True)],
    ]
    return rows


def _item_row(place: int, item: OrderItem, locale: str) -> Row:
    problem = item.place
    if item.text:
        problem = plain(Text("orders.paper.place_and_text", place=item.place, text=item.text), locale)
    words = (str(place), f"{item.number}\n{item.category}", problem, item.standard, item.limit)
    return [
        OrderCell(said, span, centred=span not in {ITEM[2], ITEM[3]})
        for said, span in zip(words, ITEM, strict=True)
    ]
