"""What /leave reads from words: the days, for whom, and who stands in."""

from __future__ import annotations

from datetime import date

import pytest

from rules.leave_words import LeaveFault, LeaveWords, fault_of, read_leave, read_person

TODAY = date(2026, 11, 27)  # a Friday
FIRST, FIFTH = date(2026, 12, 1), date(2026, 12, 5)


@pytest.mark.parametrize(
    "words",
    [
        "12月1日-12月5日 由李四代",
        "12月1日到5日由李四代",
        "12月1日至5日,由李四代理",
        "12.1-12.5 由李四代",
        "12/1—12/5 由李四同志代",
        "2026年12月1日至2026年12月5日 由李四代办",
        "2026-12-01到2026-12-05 由李四代班",
        "2026.12.1-2026.12.5 由李四代",
        "十二月一日至五日 由李四代",
        "１２月１日－１２月５日　由李四代",
        "由李四代 12月1日-12月5日",
        "由李四代,12月1日-12月5日",
        "由李四代12月1日-12月5日",
        "请假12月1日到5日,由李四代。",
        "自12月1日起5天 由李四代",
        "12月1日起五天,由李四代",
        "下周二到下周六 由李四代",
        "下周二-周六 由李四代",
        "12月1日-5 由李四代",
        "12月1日 - 12月5日 李四代",
        "12月1日-12月5日 李四",
        "12月1日-12月5日 deputy 李四",
        "12月1日（周二）-12月5日（周六），共5天，由李四代",
        "26年12月1日-12月5日（5天） 由李四代",
    ],
)
def test_the_same_leave_in_many_words(words: str) -> None:
    assert read_leave(words, TODAY) == LeaveWords(None, FIRST, FIFTH, "李四")


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("明天", date(2026, 11, 28), date(2026, 11, 28)),
        ("今天", TODAY, TODAY),
        ("明天-周五", date(2026, 11, 28), date(2026, 12, 4)),
        ("周五", TODAY, TODAY),
        ("下周五", date(2026, 12, 4), date(2026, 12, 4)),
        ("今天请假三天", TODAY, date(2026, 11, 29)),
        ("12月30日-1月3日", date(2026, 12, 30), date(2027, 1, 3)),
        ("1月3日", date(2027, 1, 3), date(2027, 1, 3)),
        ("28日至30日", date(2026, 11, 28), date(2026, 11, 30)),
        ("5日", FIFTH, FIFTH),
        ("明天出差", date(2026, 11, 28), date(2026, 11, 28)),
    ],
)
def test_days(words: str, first: date, last: date) -> None:
    assert read_leave(words, TODAY) == LeaveWords(None, first, last)


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ("", LeaveFault.NO_DATES),
        ("由李四代", LeaveFault.NO_DATES),
        ("过几天", LeaveFault.NO_DATES),
        ("11月20日-12月5日", LeaveFault.PAST),
        ("本周一", LeaveFault.PAST),
        ("12月5日-12月1日", LeaveFault.ORDER),
        ("2026-12-05到2026-12-01", LeaveFault.ORDER),
        ("12月1日到3月1日", LeaveFault.TOO_LONG),
        ("12月32日", LeaveFault.NO_SUCH_DAY),
        ("11月28日-31日", LeaveFault.NO_SUCH_DAY),
        ("2月30日", LeaveFault.NO_SUCH_DAY),
        ("99.99", LeaveFault.NO_SUCH_DAY),
        ("明天起999天", LeaveFault.TOO_LONG),
        # Half of these words does not say what the writer means.
        ("12月16日-9999年1月1日 由李四代", LeaveFault.UNCLEAR),
        ("9999年1月1日 由李四代", LeaveFault.UNCLEAR),
        ("12月1日、12月5日 由李四代", LeaveFault.UNCLEAR),
        ("12月1日上午-12月5日 由李四代", LeaveFault.UNCLEAR),
        ("1-5日 由李四代", LeaveFault.UNCLEAR),
        ("Dec 1 - Dec 5 by Li Si", LeaveFault.UNCLEAR),
        ("20 January by Li Si", LeaveFault.UNCLEAR),
        # Words longer than a line are not read: they would take quadratic time.
        ("由" * 4096, LeaveFault.UNCLEAR),
    ],
)
def test_what_cannot_be(words: str, fault: LeaveFault) -> None:
    found = read_leave(words, TODAY)
    assert (found.first, found.last, found.fault) == (None, None, fault)


@pytest.mark.parametrize(
    ("words", "person", "deputy"),
    [
        ("张三 12月1日-12月5日 由李四代", "张三", "李四"),
        ("张三(城管局) 12月1日-5日 由李四（东风街道）代", "张三(城管局)", "李四(东风街道)"),
        ("城管局张三12月1日到5日 由代小明代", "城管局张三", "代小明"),
        ("张三请假12月1日到5日", "张三", None),
        ("Jan 12月1日到5日 by May", "Jan", "May"),
        ("张三", "张三", None),
    ],
)
def test_for_whom_and_by_whom(words: str, person: str, deputy: str | None) -> None:
    found = read_leave(words, TODAY)
    assert (found.person, found.deputy) == (person, deputy)


@pytest.mark.parametrize(
    ("last", "fault"),
    [
        (date(2026, 11, 27), None),
        (date(2027, 2, 24), None),
        (date(2027, 2, 25), LeaveFault.TOO_LONG),
        (date(2026, 11, 26), LeaveFault.ORDER),
    ],
)
def test_ninety_days_at_most(last: date, fault: LeaveFault | None) -> None:
    assert fault_of(TODAY, last, TODAY) is fault


def test_a_name_and_its_unit() -> None:
    assert read_person("李四（城管局）") == ("李四", "城管局")
    assert read_person(" 李 四同志 ") == ("李四", None)
