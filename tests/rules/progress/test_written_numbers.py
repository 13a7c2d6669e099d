"""However people write a number, it is read back whole; what may be meant in two ways is asked about."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rules.progress.quantities import Doubt, Quantity, read_quantities
from tests.rules.test_numerals import DIGITS, spell

TO_FULL_WIDTH = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})
TO_FORMAL = str.maketrans("一二三四五六七八九十百千", "壹贰叁肆伍陆柒捌玖拾佰仟")
TO_TRADITIONAL = str.maketrans("万亿两", "萬億兩")
PIECE = re.compile(r"\d\s?[十百千万亿]|[百千万亿]\s?\d")


def in_sections(number: int, rest: str = "{}") -> str:
    """1亿2345万6789: a section of four places each; ``rest`` writes the last one."""
    text = ""
    for size, name in ((10**8, "亿"), (10**4, "万")):
        section, number = divmod(number, size)
        text += f"{section}{name}" if section else ""
    if not number:
        return text or "0"
    padded = number if not text else f"零{number}" if number < 1000 else number
    return text + rest.format(padded)


def in_magnitudes(number: int) -> str:
    """1亿2千万3百: Arabic digits, each with its magnitude."""
    text = ""
    for size, name in ((10**8, "亿"), (10**4, "万")):
        section, number = divmod(number, size)
        text += (places(section) + name) if section else ""
    gap = "零" if text and 0 < number < 1000 else ""
    return text + gap + places(number) if number or not text else text


def places(number: int) -> str:
    text = ""
    for size, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, size)
        if digit:
            text += f"{digit}{name}"
        elif text and number and not text.endswith("零"):
            text += "零"
    return text or "0"


def in_wan(number: int) -> str:
    return f"{Decimal(number) / 10_000:f}万"


def without_last(text: str) -> str:
    """三万五千 → 三万五, as people speak; only where the last magnitude follows from the one before it."""
    found = re.fullmatch(
        r"(.*)(万[一二三四五六七八九1-9]千|千[一二三四五六七八九1-9]百|百[一二三四五六七八九1-9]十)", text
    )
    return text[:-1] if found else text


def mixed(number: int) -> str:
    """3万五千: the first digit in Arabic, the others in Chinese with their magnitudes."""
    text = spell(number)
    return f"{DIGITS.index(text[0])}{text[1:]}" if len(text) > 1 and text[1] in "万千百十" else text


NOTATIONS: dict[str, Callable[[int], str]] = {
    "plain": str,
    "grouped": lambda number: f"{number:,}",
    "full width": lambda number: f"{number:,}".translate(TO_FULL_WIDTH),
    "decimal 万": in_wan,
    "sections": in_sections,
    "grouped sections": lambda number: in_sections(number, "{:,}" if number % 10_000 >= 1000 else "{}"),
    "magnitudes": in_magnitudes,
    "magnitudes in full width": lambda number: in_magnitudes(number).translate(TO_FULL_WIDTH),
    "Chinese": spell,
    "formal": lambda number: spell(number).translate(TO_FORMAL),
    "spoken": lambda number: without_last(spell(number)),
    "spoken in digits": lambda number: without_last(in_magnitudes(number)),
    "mixed": mixed,
    "traditional": lambda number: in_magnitudes(number).translate(TO_TRADITIONAL),
}
NUMBERS = st.one_of(
    st.integers(2, 99_999_999),
    st.builds(lambda digit, size: digit * size, st.integers(2, 9999), st.sampled_from((1, 10, 100, 1000))),
)


def found(text: str) -> list[tuple[str, int, str, bool, Doubt | None]]:
    return [(q.item, int(q.value), q.unit, q.approx, q.doubt) for q in read_quantities(text)]


@given(st.sampled_from(sorted(NOTATIONS)), NUMBERS, st.sampled_from(("份", "件", "处", "元", "平方米")))
@example("magnitudes", 35_000, "份")
@example("grouped sections", 217_240, "件")
def test_a_number_in_any_notation_is_read_back(notation: str, number: int, unit: str) -> None:
    written = NOTATIONS[notation](number)
    # 20 is 二十 and never 二: as a number of things 2 is 两.
    written = written.replace("二", "两") if written == "二" else written
    assert found(f"发放宣传单{written}{unit}") == [("发放宣传单", number, unit, False, None)]


def test_the_notations_are_many() -> None:
    written = {name: write(35_000) for name, write in NOTATIONS.items()}
    assert {"35,000", "3.5万", "3万5千", "三万五", "3万5", "3万五千", "３万５千", "3萬5千"} <= set(
        written.values()
    )
    assert len(NOTATIONS) >= 12


@pytest.mark.parametrize(
    ("text", "value", "unit", "approx"),
    [
        ("发放宣传单3万5千份", "35000", "份", False),
        ("发放宣传单1万2千份", "12000", "份", False),
        ("发放宣传单3千5百份", "3500", "份", False),
        ("投入资金1亿2千万元", "120000000", "元", False),
        ("清理小广告21万7240件", "217240", "件", False),
        ("清理小广告21萬7,240件", "217240", "件", False),
        ("发放宣传单３万５千份", "35000", "份", False),
        ("发放宣传单3万5份", "35000", "份", False),
        ("发放宣传单3.5w份", "35000", "份", False),
        ("发放宣传单5k份", "5000", "份", False),
        ("入户1o8户", "108", "户", False),
        ("检定电子秤一百单八台", "108", "台", False),
        ("张贴海报四十五副", "45", "副", False),
        ("清土十五方", "15", "立方米", False),
        ("新建二处", "2", "处", False),
        ("志愿者两百来号人", "200", "人", True),
        ("清垃圾三马车", "3", "车", False),
        ("清垃圾两大袋", "2", "袋", False),
        ("发放宣传单1w多份", "10000", "份", True),
        ("发放宣传单廿三份", "23", "份", False),
        ("发放宣传单3万零500份", "30500", "份", False),
        ("清理小广告幺二零处", "120", "处", False),
        ("走访两千零五户", "2005", "户", False),
        ("走访两千零十户", "2010", "户", False),
        ("走访群众一百二十户", "120", "户", False),
        ("清理死角两百五处", "250", "处", False),
        ("发放宣传单1.2万余份", "12000", "份", True),
        ("发放宣传单3万5千余份", "35000", "份", True),
        ("投入资金3千5百余万元", "35000000", "元", True),
        ("清运垃圾一车半", "1.5", "车", False),
        ("清运一吨半垃圾", "1.5", "吨", False),
        ("清运半吨垃圾", "0.5", "吨", False),
    ],
)
def test_mixed_and_spoken_numbers(text: str, value: str, unit: str, approx: bool) -> None:
    assert [(q.value, q.unit, q.approx, q.doubt) for q in read_quantities(text)] == [
        (Decimal(value), unit, approx, None)
    ]


@pytest.mark.parametrize(
    ("text", "proposed"),
    [
        ("发放宣传单3万50份", 30_050),
        ("发放宣传单3万500份", 30_500),
        ("发放宣传单3万05份", 30_005),
        ("清理小广告21万 7240张", 217_240),
        ("清理小广告三万 5千张", 35_000),
        ("铺设管道3万5千米", 35_000),
        ("发放宣传单1.5万3千份", 15_000),
        ("发放宣传单3万5万份", 35_000),
        ("清理死角百八十处", 100),
        ("扶正单车百十来辆", 100),
        ("清理垃圾2~3车", 2),
        ("发放宣传单3万5千到4万份", 35_000),
        ("清理垃圾2到3车", 2),
        ("清理垃圾3至5万车", 30_000),
        ("清理垃圾三四十车", 30),
        ("清理小广告3处至5处", 3),
        ("清理小广告1.200处", 1200),
    ],
)
def test_a_number_that_may_be_meant_in_two_ways_is_doubtful(text: str, proposed: int) -> None:
    [quantity] = read_quantities(text)
    assert (int(quantity.value), quantity.doubt) == (proposed, Doubt.NUMBER)


def test_a_spoken_number_at_the_end_is_whole() -> None:
    assert found("发放宣传单3万5") == [("发放宣传单", 35_000, "", False, Doubt.UNIT)]


def test_a_word_that_begins_with_one_is_no_digit() -> None:
    assert found("投入5万一次性口罩") == []


@given(st.text("3507,.十百千万亿零一二两五半余多 份处件清理", max_size=24))
def test_no_item_keeps_a_piece_of_a_number_unasked(text: str) -> None:
    for quantity in read_quantities(text):
        assert not PIECE.search(quantity.item) or asked(quantity)


def asked(quantity: Quantity) -> bool:
    return quantity.doubt is Doubt.NUMBER


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # One of several, or written in a way that may be meant otherwise.
        ("清理小广告3、4处", ["3处?"]),
        ("垃圾2、3车", ["2车?"]),
        ("清理垃圾12或13车", ["12车?"]),
        ("清理小广告15处或16处", ["15处?"]),
        ("清小广告十几二十处", ["20处?"]),
        ("发宣传单成百上千份", ["1000份?"]),
        ("清运垃圾12，5吨", ["12?", "5吨?"]),
        ("发宣传单1。200份", ["1?", "200份?"]),
        # 点 is a sign of fractions before a measure.
        ("清运垃圾1点5吨", ["1.5吨"]),
        ("清淤三点五公里", ["3.5公里"]),
        ("下午3点5人清了2车垃圾", ["5人", "2车"]),
        ("小广告3处、垃圾4车", ["3处", "4车"]),
        ("1、清理违建2处", ["2处"]),
    ],
)
def test_a_number_that_may_be_one_of_several_is_asked_about(text: str, expected: list[str]) -> None:
    assert [f"{q.value}{q.unit}{'?' if q.doubt else ''}" for q in read_quantities(text)] == expected
