"""Time limits of categories as offices type them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.cases.time_limits import LONGEST, LimitFault, TimeLimit, read_limit
from rules.working_time import TimeUnit
from tests.rules.test_numerals import spell
from tests.services.importing.builders import full_width

URGENT, HOUR = TimeUnit.URGENT_HOUR, TimeUnit.WORKING_HOUR
DAY, NATURAL = TimeUnit.WORKING_DAY, TimeUnit.NATURAL_DAY
WORDS = {URGENT: "紧急工作时", HOUR: "工作时", DAY: "工作日", NATURAL: "自然日"}
AMOUNTS = st.sampled_from(TimeUnit).flatmap(
    lambda unit: st.tuples(st.integers(1, LONGEST[unit]), st.just(unit))
)


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        *(("2紧急工作时", 2, URGENT), ("8紧急工作小时", 8, URGENT), ("2紧急工时", 2, URGENT)),
        *(("4工作时", 4, HOUR), ("4工作小时", 4, HOUR), ("4工时", 4, HOUR), ("4个工作时", 4, HOUR)),
        *(("3工作日", 3, DAY), ("3个工作日", 3, DAY), ("1工作天", 1, DAY), ("1.5工作日", "1.5", DAY)),
        *(("7自然日", 7, NATURAL), ("7个自然天", 7, NATURAL), ("7日历日", 7, NATURAL), ("7天", 7, NATURAL)),
        *(("三十日", 30, NATURAL), ("2周", 14, NATURAL), ("一个星期", 7, NATURAL)),
        # Numbers in words, and halves.
        *(("七天", 7, NATURAL), ("两个工作日", 2, DAY), ("二十四紧急工作时", 24, URGENT)),
        *(("两个半工作日", "2.5", DAY), ("半个工作日", "0.5", DAY), ("2个半工作时", "2.5", HOUR)),
        # Other words and spaces around the limit.
        *(("4 个 工作\n时", 4, HOUR), ("派遣后4工作时内办结", 4, HOUR), ("限3日内完成", 3, NATURAL)),
        *(("10个工作日以内", 10, DAY), ("不超过2个工作日", 2, DAY), ("接单后1个工作日之内处置完毕", 1, DAY)),
    ],
)
def test_a_limit_in_all_its_spellings(text: str, amount: int | str, unit: TimeUnit) -> None:
    expected = TimeLimit(Decimal(amount), unit)
    assert read_limit(text) == expected
    assert read_limit(full_width(text)) == expected


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        *((text, LimitFault.NO_UNIT) for text in ("4", "四", "两个半", "1.5", "4个", "半")),
        *((text, LimitFault.BARE_HOURS) for text in ("2小时", "24h", "2H", "4时", "两个小时", "3个钟头")),
        *((text, LimitFault.ZERO) for text in ("0工作日", "零天", "0.0工作时")),
        *((text, LimitFault.TOO_LONG) for text in ("53周", "366天", "251工作日", "721紧急工作时")),
        *((text, LimitFault.TOO_LONG) for text in ("2001工作时", "999999999工作时")),
        # No number, or no certain number.
        *((text, LimitFault.UNREADABLE) for text in ("", "工作日", "立即", "长期", "尽快办结", "12月20日前")),
        *((text, LimitFault.UNREADABLE) for text in ("三五天", "3-5天", "2至3个工作日", "约3天", "-3天")),
        *(
            (text, LimitFault.UNREADABLE)
            for text in ("+3天", "1e3天", "1/2工作日", "1.234工作日", "4.工作时")
        ),
        *((text, LimitFault.UNREADABLE) for text in ("9999999999天", "1.5个半工作日", "半个半工作日")),
        # No defined unit, or two units.
        *((text, LimitFault.UNREADABLE) for text in ("1个月", "30分钟", "4工作时/1工作日", "第3个工作日")),
        # Half a natural day would end in the middle of the night.
        *((text, LimitFault.UNREADABLE) for text in ("半天", "1.5天", "两天半", "两个半天", "0.5周")),
    ],
)
def test_what_is_no_certain_limit(text: str, fault: LimitFault) -> None:
    assert read_limit(text) is fault


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("4", "工作时", TimeLimit(Decimal(4), HOUR)),
        ("4个", "工作日", TimeLimit(Decimal(4), DAY)),
        ("两", "个工作日", TimeLimit(Decimal(2), DAY)),
        ("两个半", "工作日", TimeLimit(Decimal("2.5"), DAY)),
        ("4工作时", "工作时", TimeLimit(Decimal(4), HOUR)),
        ("4工时", " 工作时 ", TimeLimit(Decimal(4), HOUR)),
        ("7天", "自然日", TimeLimit(Decimal(7), NATURAL)),
        ("2周", "天", TimeLimit(Decimal(14), NATURAL)),
        ("4工作时", "工作日", LimitFault.UNREADABLE),
        ("4工作时", "秒", LimitFault.UNREADABLE),
        ("4", "秒", LimitFault.UNREADABLE),
        ("4", "小时", LimitFault.BARE_HOURS),
        ("0", "工作日", LimitFault.ZERO),
        ("300", "工作日", LimitFault.TOO_LONG),
        ("1.5", "天", LimitFault.UNREADABLE),
        ("", "工作日", LimitFault.UNREADABLE),
    ],
)
def test_the_unit_in_a_column_of_its_own(text: str, unit: str, expected: TimeLimit | LimitFault) -> None:
    assert read_limit(text, unit) == expected


@given(AMOUNTS)
def test_however_it_is_written_it_is_the_same(limit: tuple[int, TimeUnit]) -> None:
    amount, unit = limit
    expected = TimeLimit(Decimal(amount), unit)
    for number in (str(amount), f"{amount}.0", spell(amount)):
        assert read_limit(f"{number}个{WORDS[unit]}") == expected
        assert read_limit(number, WORDS[unit]) == expected


@given(st.decimals("0.01", 200, places=2), st.sampled_from([URGENT, HOUR, DAY]))
def test_hundredths_are_kept(amount: Decimal, unit: TimeUnit) -> None:
    assert read_limit(f"{amount}{WORDS[unit]}") == TimeLimit(amount, unit)


@given(st.text(), st.text(max_size=6))
def test_whatever_is_typed_is_a_positive_limit_or_a_fault(text: str, unit: str) -> None:
    found = read_limit(text, unit)
    if isinstance(found, TimeLimit):
        assert 0 < found.amount <= LONGEST[found.unit]
    else:
        assert found in LimitFault


@given(st.text(alphabet="0123456789.半个两三十紧急工作时日天周小h派遣后内以限办结 ", max_size=14))
def test_words_that_belong_there_in_any_order(text: str) -> None:
    found = read_limit(text)
    if isinstance(found, TimeLimit):
        assert 0 < found.amount <= LONGEST[found.unit]
        assert read_limit(f"{found.amount}{WORDS[found.unit]}") == found
