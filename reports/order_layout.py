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
from itertools import pairwise
from typing import Any, Final

from locales import Text, plain

TABLE_HEIGHT: Final = 150.0
"""The millimetres that head, title and signature leave of the text area's 225, with some to spare for other
fonts. The lines around the table take their own of them."""

LINE_SIZE: Final = 14.0
"""The letters of the lines around the table, in points (四号)."""

BY_HAND: Final = 12.0
"""The least millimetres of a row that is filled in by hand."""

GRID: Final = (10.0, 14.0, 19.0, 41.0, 4.0, 18.0, 18.0, 32.0)
"""The widths of the table's columns in millimetres. Together they are the text area's 156."""

# The first and the last column of a cell.
LABEL, VALUE, SECOND_LABEL, SECOND_VALUE, WHOLE = (0, 1), (2, 3), (4, 5), (6, 7), (2, 7)
ITEM: Final = ((0, 0), (1, 2), (3, 4), (5, 6), (7, 7))
# The sizes of letters for one case, and for a list, whose columns are narrow.
SIZES: Final = (14.0, 12.0, 10.5, 9.0)
LIST_SIZES: Final = (10.5, 9.0)
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
# The unit writes the first, the office the second, whoever takes the paper the third.
_BY_HAND_ROWS: Final = ("rectified", "checked", "signed")
# A paragraph that begins with two characters of space.
INDENT: Final = "　　"
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
    ``contact``, ``phone``: who issued it. ``instructions``: what leaders wrote, as the office passed it on.
    ``with_photos``: its photos follow as an annex. A paper that was kept before has none of these.
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
    contact: str = ""
    phone: str = ""
    instructions: Sequence[str] = ()
    with_photos: bool = False


@dataclass(frozen=True, slots=True)
class OrderPhoto:
    """A photo of a case as it was reported. ``content`` None: it could not be had."""

    file_id: str
    caption: str
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class OrderCell:
    """``by_hand``: it is filled in by hand, so its row needs room."""

    words: str
    span: Span
    head: bool = False
    centred: bool = True
    by_hand: bool = False


Row = Sequence[OrderCell]


@dataclass(frozen=True, slots=True)
class OrderLayout:
    """The table: its rows, the least height of each, and the size of its letters in points.

    ``before``: the paragraphs above it. ``annex``: the line above the signature that names the annex, or
    nothing. ``after``: the paragraphs below the signature. ``spread``: it takes more than a page.
    ``repeated``: so many of the first rows come again on each page.
    """

    rows: Sequence[Row]
    heights: Sequence[float]
    size: float
    before: Sequence[str] = ()
    annex: str = ""
    after: Sequence[str] = ()
    spread: bool = False
    repeated: int = 0


def clean_paper(paper: OrderPaper) -> OrderPaper:
    """The paper without characters that no XML holds."""
    names = (
        *("office", "number", "unit", "leader", "task", "indicator", "requirement", "remark"),
        *("contact", "phone"),
    )
    words: dict[str, Any] = {name: _ILLEGAL.sub("", getattr(paper, name)) for name in names}
    words["instructions"] = tuple(_ILLEGAL.sub("", said) for said in paper.instructions)
    items = [
        OrderItem(*(_ILLEGAL.sub("", getattr(item, name)) for name in OrderItem.__dataclass_fields__))
        for item in paper.items
    ]
    return replace(paper, items=items, **words)


def lay_out(paper: OrderPaper, locale: str) -> OrderLayout:
    """The table on one page with the largest letters that fit; where none fit, on as many as it takes."""
    rows = _rows(paper, locale)
    around = _Around(_before(paper, locale), _annex_line(paper, locale), _after(paper, locale))
    room = TABLE_HEIGHT - around.height()
    for size in SIZES if _is_single(paper) else LIST_SIZES:
        heights = [_row_height(row, size) for row in rows]
        left = room - sum(heights)
        if left >= 0:
            air = min(left / len(rows), AIR)
            return around.layout(rows, [height + air for height in heights], size)
    return _spread(paper, rows, around)


@dataclass(frozen=True, slots=True)
class _Around:
    """The lines around the table."""

    before: Sequence[str]
    annex: str
    after: Sequence[str]

    def height(self) -> float:
        em, line = LINE_SIZE * MM_PER_POINT, LINE_SIZE * LEADING * MM_PER_POINT
        said = [*self.before, *([self.annex] if self.annex else ()), *self.after]
        return sum(math.ceil(ems(words) * em / sum(GRID)) for words in said) * line

    def layout(self, rows: Sequence[Row], heights: Sequence[float], size: float) -> OrderLayout:
        return OrderLayout(rows, heights, size, self.before, self.annex, self.after)


def _spread(paper: OrderPaper, rows: Sequence[Row], around: _Around) -> OrderLayout:
    """The table over several pages. The head of a list comes again on each, unless it is too high."""
    size = SPREAD_SIZE if _is_single(paper) else SPREAD_LIST_SIZE
    heights = [_row_height(row, size) for row in rows]
    repeated = 0 if _is_single(paper) else _first_item(rows)
    fits = sum(heights[:repeated]) <= REPEATED
    return replace(around.layout(rows, heights, size), spread=True, repeated=repeated if fits else 0)


def _first_item(rows: Sequence[Row]) -> int:
    """How many rows stand above the first case of a list: those down to the list's own head."""
    return 1 + next(at for at, row in enumerate(rows) if len(row) == len(ITEM))


def _row_height(row: Row, size: float) -> float:
    """The approximate height of a row, in millimetres."""
    line = size * LEADING * MM_PER_POINT
    words = max(_lines(cell, size) for cell in row) * line
    return max(words, BY_HAND if any(cell.by_hand for cell in row) else 0.0) + 2 * PADDING


def _lines(cell: OrderCell, size: float) -> int:
    room = width(cell.span) - 2 * PADDING - 0.5
    em = size * MM_PER_POINT
    return sum(max(math.ceil(ems(part) * em / room), 1) for part in cell.words.split("\n"))


def ems(words: str) -> float:
    """The width of a line in em. Chinese characters have one each, letters and digits about half.

    Word puts a quarter between the two.
    """
    wide = [unicodedata.east_asian_width(letter) in "WFA" for letter in words]
    changes = sum(one is not other for one, other in pairwise(wide))
    return sum(wide) + (len(words) - sum(wide)) * 0.55 + changes * 0.25


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
    rows.append([_label("requirement", locale), OrderCell(paper.requirement, WHOLE, centred=False)])
    if paper.instructions:
        said = "\n".join(paper.instructions)
        rows.append([_label("instruction", locale), OrderCell(said, WHOLE, centred=False)])
    rows += [[_label(name, locale), OrderCell("", WHOLE, by_hand=True)] for name in _BY_HAND_ROWS]
    return rows


def _before(paper: OrderPaper, locale: str) -> list[str]:
    """Who the order goes to, and its opening sentence."""
    count = len(paper.items)
    opening = Text("orders.paper.opening", count=count, office=paper.office)
    return [
        plain(Text("orders.paper.to", unit=paper.unit), locale),
        INDENT + plain(opening, locale),
    ]


def _annex_line(paper: OrderPaper, locale: str) -> str:
    return INDENT + plain(Text("orders.paper.annex_line"), locale) if paper.with_photos else ""


def _after(paper: OrderPaper, locale: str) -> list[str]:
    """Whom to ask, and who has a copy."""
    lines = []
    if paper.contact:
        key = "orders.paper.contact_phone" if paper.phone else "orders.paper.contact"
        lines.append(INDENT + plain(Text(key, contact=paper.contact, phone=paper.phone), locale))
    if paper.leader:
        lines.append(plain(Text("orders.paper.copies", leader=paper.leader), locale))
    return lines


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
