"""Properties that hold for any text, and linear time."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from opencc import OpenCC

from rules.progress.quantities import Quantity, read_quantities
from tests.support.repeats import Part

GRAMMAR = (
    "清理拆除违建牌匾处个张人次台车的了共约近余多万千百十一二两半、,。:();“”《》每第至到-0123456789.% \n"
)
TEXTS = st.one_of(
    st.text(), st.text(GRAMMAR), st.text(st.characters(categories=("Lo", "So", "Nd", "Cc", "Cs")))
)

VERBS = st.sampled_from(("清理", "拆除", "整治", "取缔", "规范"))
NOUNS = st.sampled_from(("小广告", "违规牌匾", "违建", "乱堆乱放", "卫生死角"))
UNITS = st.sampled_from(("处", "个", "张", "块", "条", "起", "吨", "平方米", "车", "袋"))
FILLERS = st.sampled_from(
    ("", "今天,", "2026年12月20日,", "辖区环境明显好转。", "我局高度重视,", "第三届会议后,")
)
TAILS = st.sampled_from(("", "。", ",成效明显。", ",整改率98%。", "\n"))
TO_TRADITIONAL = OpenCC("s2t")
FULL_WIDTH = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})


def read(text: str) -> list[tuple[str, int, str, bool]]:
    """The quantities of a text without their spans; the values are whole numbers."""
    return [(q.item, int(q.value), q.unit, q.approx) for q in read_quantities(text)]


@given(TEXTS)
@example("12处" + "\ud800" + "違建3處")
@example("違\x00建3處")
def test_any_text_is_read_and_every_quantity_is_sound(text: str) -> None:
    end = 0
    for quantity in read_quantities(text):
        assert quantity.value >= 0
        assert quantity.value.is_finite()
        start, stop = quantity.span
        assert end <= start < stop <= len(text)
        assert len(quantity.item) <= 60
        end = start


@given(FILLERS, VERBS, NOUNS, st.integers(1, 99_999), UNITS, TAILS)
def test_an_inserted_quantity_is_found(
    filler: str, verb: str, noun: str, number: int, unit: str, tail: str
) -> None:
    assert read(f"{filler}{verb}{noun}{number}{unit}{tail}") == [(verb + noun, number, unit, False)]


@given(FILLERS, VERBS, NOUNS, st.integers(1, 99_999), UNITS, TAILS)
def test_a_number_before_its_noun_is_found(
    filler: str, verb: str, noun: str, number: int, unit: str, tail: str
) -> None:
    assert read(f"{filler}{verb}了{number}{unit}{noun}{tail}") == [(verb + noun, number, unit, False)]


@given(VERBS, NOUNS, st.integers(1, 99_999), UNITS)
def test_full_width_reads_as_half_width(verb: str, noun: str, number: int, unit: str) -> None:
    text = f"{verb}{noun}{number}{unit},共{number}人(次)"
    assert read(text.translate(FULL_WIDTH)) == read(text)


@given(FILLERS, VERBS, NOUNS, st.integers(1, 99_999), UNITS, TAILS)
def test_traditional_reads_as_simplified(
    filler: str, verb: str, noun: str, number: int, unit: str, tail: str
) -> None:
    text = f"{filler}{verb}{noun}{number}{unit}{tail}"
    assert read(TO_TRADITIONAL.convert(text)) == read(text)


@given(st.lists(st.tuples(VERBS, NOUNS, st.integers(1, 9999), UNITS), min_size=1, max_size=6))
def test_a_list_gives_one_quantity_for_each_number(parts: list[tuple[str, str, int, str]]) -> None:
    text = ",".join(f"{verb}{noun}{number}{unit}" for verb, noun, number, unit in parts)
    assert read(text) == [(verb + noun, number, unit, False) for verb, noun, number, unit in parts]


def seconds(pattern: str, size: int) -> float:
    """CPU seconds to read ``size`` bytes of a repeated pattern."""
    text = pattern * (size // len(pattern.encode()))
    started = time.process_time()
    read_quantities(text)
    return time.process_time() - started


@pytest.mark.parametrize(
    "pattern",
    [
        *(
            "12处",
            "3处的",
            "3台(",
            "1",
            "一",
            "一百",
            "1,",
            "1.",
            "1-",
            "1万",
            "1余",
            "1 ",
            "3\n12\n",
            "3处-",
            "3万5",
            "三万5",
            "21万 7240",
            "共3处,其中1处,",
            "3处,1处,2处,",
            "从3处增加到5处",
            "明天计划3处,",
            "比昨天多3处,",
            "小广告30 ",
            "今天社区",
            "清理违规广告牌匾576处,出动执法人员120人次、车辆35台次;",
            "清理違規廣告牌匾576處。",
            "环境明显好转。",
        ),
        *(
            "3处共计",
            "每天3次",
            "一户一",
            "“",
            "《",
            "(",
            "<a",
            "清理",
            "约",
            " ",
            "\n",
            "的",
            "🎉",
            "\x00",
            "12 ",
            "牌匾⑫处",
            "①",
            "1\u200b2处",
            "\u202e12处",
            "\u200b",
        ),
    ],
)
def test_long_texts_stay_linear(pattern: str, part: Part) -> None:
    # Linear time of the whole is some tenths of a second; quadratic time would be minutes.
    assert seconds(pattern, part(100_000)) < part(5)


def test_ten_thousand_emoji_around_a_quantity() -> None:
    [quantity] = read_quantities("🎉" * 5000 + "清理牌匾12处" + "🎉" * 5000)
    assert (quantity.item, int(quantity.value), quantity.span) == ("清理牌匾", 12, (5004, 5007))


def test_quantities_are_values() -> None:
    first, second = read_quantities("清理牌匾12处"), read_quantities("清理牌匾12处")
    assert first == second
    assert hash(first[0]) == hash(second[0])
    assert isinstance(first[0], Quantity)
