"""How an entry of the log is shown: its fields, its numbers, its files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from locales import Text
from models.activities import ActivityFigure
from models.activities.filed_numbers import FiledNumber
from reports.formats import full_day_text, stated_text, weekday_text
from rules.activities.activity_kinds import ActivityKind
from services.activities.activity_numbers import ActivityNumber

EXCERPT = 1000


def kind_text(kind: ActivityKind) -> Text:
    return Text(f"activities.kind.{kind.value}")


def day_line(day: date, *, said: bool = True) -> Text:
    """The day with its weekday. ``said`` False: nobody named it."""
    key = "activities.day" if said else "activities.day_unsaid"
    return Text(key, day=full_day_text(day), weekday=weekday_text(day))


def head_lines(day: Text, kind: ActivityKind, unit: str, title: str) -> list[Text]:
    return [
        day,
        Text("activities.kind_line", kind=kind_text(kind)),
        Text("activities.unit", unit=unit),
        Text("activities.title", title=title) if title else Text("activities.no_title"),
    ]


def words_line(text: str, title: str) -> list[Text]:
    """The words, unless the title says all of them."""
    if not text or text.strip() == title:
        return []
    return [Text("activities.text", text=text if len(text) <= EXCERPT else text[: EXCERPT - 1] + "…")]


def quantity(item: str, unit: str, amount: Decimal, *, approx: bool) -> Text:
    """参加人数 320人; a number whose words name nothing stands alone."""
    amount_text = stated_text(amount, unit, approx=approx)
    return Text("activities.number", item=item, quantity=amount_text) if item else amount_text


def number_text(number: ActivityNumber) -> Text:
    return quantity(number.item, number.unit, number.amount, approx=number.approx)


def filed_text(filed: FiledNumber) -> Text:
    """What the report states, with its number."""
    stated = quantity(filed.item, filed.unit, filed.stated, approx=filed.approx)
    return Text("activities.filed", number=filed.receipt_no, stated=stated)


def figure_texts(figures: Iterable[ActivityFigure]) -> list[Text]:
    return [quantity(one.item, one.unit, one.amount, approx=one.approx) for one in figures]


def numbered(lines: Sequence[Text]) -> list[Text]:
    return [Text("activities.numbered", n=n, line=line) for n, line in enumerate(lines, 1)]
