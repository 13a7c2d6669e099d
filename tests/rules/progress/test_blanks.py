"""A report with its numbers left blank: it reads back, however it was filled in."""

from __future__ import annotations

from decimal import Decimal

import pytest

from rules.progress.quantities import read_quantities
from rules.progress.quantities.blanks import BLANK, blank_report

ITEMS = [("清理违规广告牌匾", "处"), ("清运垃圾", "吨"), ("出动志愿者", "人次"), ("张贴公益广告", "张")]
FORM = "今天清理违规广告牌匾__处、清运垃圾__吨、出动志愿者__人次、张贴公益广告__张"


def read(text: str) -> list[tuple[str, str, Decimal]]:
    return [(one.item, one.unit, one.value) for one in read_quantities(text)]


def test_items_and_units_without_a_number() -> None:
    assert blank_report(ITEMS) == FORM
    assert blank_report(ITEMS[:1]) == "今天清理违规广告牌匾__处"
    assert read(FORM) == []


@pytest.mark.parametrize("around", ["{}", "{}__", "__{}", "__{}__", "_{}_", " {} ", "__ {}", "___{}____"])
@pytest.mark.parametrize(
    ("written", "value"), [("12", 12), ("3.5", Decimal("3.5")), ("十二", 12), ("3万5", 35000), ("１２", 12)]
)
def test_what_is_left_of_a_blank_hides_no_number(around: str, written: str, value: Decimal | int) -> None:
    text = FORM.replace(BLANK, around.format(written))
    assert read(text) == [(item, unit, Decimal(value)) for item, unit in ITEMS]


@pytest.mark.parametrize("filled", range(len(ITEMS)))
@pytest.mark.parametrize("around", ["{}", "__{}__"])
def test_a_blank_that_was_left_is_part_of_no_item(filled: int, around: str) -> None:
    parts = [f"{item}{BLANK}{unit}" for item, unit in ITEMS]
    parts[filled] = parts[filled].replace(BLANK, around.format(7))
    for separator in ("、", "，", "；", "\n"):
        assert read("今天" + separator.join(parts)) == [(*ITEMS[filled], Decimal(7))]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("照片IMG_20261215，清理3处", [("清理", "处", Decimal(3))]),
        ("见file_3_5，清运垃圾2吨", [("清运垃圾", "吨", Decimal(2))]),
    ],
)
def test_other_underscores_stay(text: str, found: list[tuple[str, str, Decimal]]) -> None:
    assert read(text) == found


def test_the_number_is_where_it_was_written() -> None:
    text = "今天清理牌匾__12__处"
    (quantity,) = read_quantities(text)
    assert text[slice(*quantity.span)] == "12__处"
