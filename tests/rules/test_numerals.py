"""Chinese and Arabic numerals, their magnitudes, and their marks of approximation."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.numerals import parse_chinese, scan_numerals

DIGITS = "零一二三四五六七八九"


def spell(number: int) -> str:
    """The full Chinese spelling of a number below 100 million."""
    if number >= 10_000:
        high, low = divmod(number, 10_000)
        gap = "零" if 0 < low < 1000 else ""
        return spell(high) + "万" + gap + (spell(low) if low else "")
    text = ""
    for power, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, power)
        if digit:
            text += DIGITS[digit] + name
        elif text and number and not text.endswith("零"):
            text += "零"
    return text or "零"


@pytest.mark.parametrize(
    ("text", "value", "approx"),
    [
        ("两千三百五十", 2350, False),
        ("一百二十", 120, False),
        ("十", 10, False),
        ("十二", 12, False),
        ("六十", 60, False),
        ("一百零五", 105, False),
        ("三万五", 35_000, False),
        ("一百二", 120, False),
        ("三万零五", 30_005, False),
        ("一亿三千万", 130_000_000, False),
        ("两万亿", 2 * 10**12, False),
        ("二〇二六", 2026, False),
        ("叁佰", 300, False),
        ("两三", 2, True),
        ("三五", 3, True),
        ("七八十", 70, True),
        ("三四百", 300, True),
    ],
)
def test_chinese_numerals_are_read(text: str, value: int, approx: bool) -> None:
    assert parse_chinese(text) == (Decimal(value), approx)


@pytest.mark.parametrize("text", ["", "牌匾", "12", "三个", "百千三", "一十三百", "三三百"])
def test_other_texts_are_no_chinese_numeral(text: str) -> None:
    assert parse_chinese(text) is None


@given(st.integers(0, 99_999_999))
def test_every_spelt_number_reads_back(number: int) -> None:
    assert parse_chinese(spell(number)) == (Decimal(number), False)


@pytest.mark.parametrize(
    ("text", "value", "approx"),
    [
        ("576处", "576", False),
        ("11.6万张", "116000", False),
        ("1,200条", "1200", False),
        ("1,200,300.5", "1200300.5", False),
        ("300余万平方米", "3000000", True),
        ("三百余万", "3000000", True),
        ("3千多万元", "30000000", True),
        ("2万多人", "20000", True),
        ("5百米", "500", False),
        ("近3000平方米", "3000", True),
        ("十来个", "10", True),
        ("十几个", "10", True),
        ("500+人", "500", True),
        ("不足300人", "300", True),
        ("网上预约300人", "300", False),
        ("附近12处", "12", False),
        ("3-5处", "3", True),
        ("3至5万张", "30000", True),
        ("半吨", "0.5", False),
        ("总数三百", "300", False),
    ],
)
def test_one_numeral_is_found_with_its_marks(text: str, value: str, approx: bool) -> None:
    [numeral] = scan_numerals(text)
    assert (numeral.value, numeral.approx) == (Decimal(value), approx)


@pytest.mark.parametrize("text", ["数十处", "几百人", "好几十个", "若干处", "一" * 40, "9" * 40])
def test_numbers_without_a_usable_value_are_skipped(text: str) -> None:
    assert list(scan_numerals(text)) == []


@pytest.mark.parametrize(
    ("text", "bare", "approx"),
    [
        ("百姓", True, False),
        ("千余人", True, True),
        ("上百人", True, True),
        ("以上百个", True, False),
        ("三百人", False, False),
    ],
)
def test_magnitudes_without_a_digit_are_marked(text: str, bare: bool, approx: bool) -> None:
    [numeral] = scan_numerals(text)
    assert (numeral.bare, numeral.approx) == (bare, approx)


def test_thousand_is_not_taken_from_a_unit() -> None:
    numeral = next(iter(scan_numerals("5千米")))
    assert numeral.value == 5


def test_lia_brings_its_classifier() -> None:
    [numeral] = scan_numerals("拆了俩牌匾")
    assert (int(numeral.value), numeral.implied_unit) == (2, "个")
