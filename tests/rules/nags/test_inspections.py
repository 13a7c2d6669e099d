"""迎检: how it is read, the countdown to it, and its shorter limits."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from rules.duties.signing import sign_by
from rules.nags.inspections import Countdown, InspectionWords, countdown, halved, lasts_on, read_announced
from rules.working_days import WorkingDays

TODAY = date(2026, 12, 1)
PERIOD = (date(2026, 12, 10), date(2026, 12, 15))


@pytest.mark.parametrize(
    ("words", "first", "last", "name"),
    [
        ("12月10日-12月15日 国家测评迎检", date(2026, 12, 10), date(2026, 12, 15), "国家测评迎检"),
        ("12月10日至15日国家测评迎检", date(2026, 12, 10), date(2026, 12, 15), "国家测评迎检"),
        ("１２月１０日～１２月１５日：省级 暗访", date(2026, 12, 10), date(2026, 12, 15), "省级 暗访"),
        ("十二月十日到十五日 迎检", date(2026, 12, 10), date(2026, 12, 15), "迎检"),
        ("12月10日 迎检", date(2026, 12, 10), date(2026, 12, 10), "迎检"),
        ("12.10-12.15 迎检", date(2026, 12, 10), date(2026, 12, 15), "迎检"),
        ("2027年3月1日-3月5日 2027年测评", date(2027, 3, 1), date(2027, 3, 5), "2027年测评"),
        ("12月28日-1月3日 迎检", date(2026, 12, 28), date(2027, 1, 3), "迎检"),
        ("11月28日-12月3日 迎检", date(2026, 11, 28), date(2026, 12, 3), "迎检"),
        ("1月5日-1月8日 迎检", date(2027, 1, 5), date(2027, 1, 8), "迎检"),
        ("12月10日-12月15日", date(2026, 12, 10), date(2026, 12, 15), ""),
        ("12月10日-", date(2026, 12, 10), date(2026, 12, 10), ""),
        ("12月10日—15日—省检", date(2026, 12, 10), date(2026, 12, 15), "省检"),
    ],
)
def test_what_is_announced(words: str, first: date, last: date, name: str) -> None:
    assert read_announced(words, TODAY) == InspectionWords(first, last, name)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "国家测评迎检",
        "12月 迎检",
        "12月31日-2月30日 迎检",
        "下周 迎检",
        "12月10日-9999年1月1日 迎检",
        "12月10日-15日-20日 迎检",
    ],
)
def test_what_is_no_period(words: str) -> None:
    assert read_announced(words, TODAY) is None


@pytest.mark.parametrize(
    ("day", "shown"),
    [
        (date(2026, 12, 2), None),
        (date(2026, 12, 3), Countdown(7, 0, 6)),
        (date(2026, 12, 9), Countdown(1, 0, 6)),
        (date(2026, 12, 10), Countdown(0, 1, 6)),
        (date(2026, 12, 15), Countdown(0, 6, 6)),
        (date(2026, 12, 16), None),
    ],
)
def test_the_countdown(day: date, shown: Countdown | None) -> None:
    assert countdown(day, PERIOD) == shown
    assert lasts_on(day, [PERIOD]) == (shown is not None and shown.left == 0)


@pytest.mark.parametrize(
    ("amount", "half"),
    [("4", "2"), ("3", "1.5"), ("1", "0.5"), ("0.5", "0.5"), ("2.5", "1.5"), ("0.25", "0.5")],
)
def test_half_of_a_limit(amount: str, half: str) -> None:
    assert halved(Decimal(amount)) == Decimal(half)


@pytest.mark.parametrize(
    ("assigned", "due"),
    [
        ("2026-12-09", "2026-12-10"),
        ("2026-12-10", "2026-12-10"),
        ("2026-12-15", "2026-12-15"),
        ("2026-12-16", "2026-12-17"),
        # A Saturday during 迎检 is no working day: signing is due on Monday.
        ("2026-12-12", "2026-12-14"),
    ],
)
def test_signing_is_due_on_the_same_working_day(assigned: str, due: str) -> None:
    moment = datetime.fromisoformat(f"{assigned}T10:00+08:00").astimezone(UTC)
    zone, calendar = ZoneInfo("Asia/Shanghai"), WorkingDays()
    assert sign_by(moment, zone, calendar, [PERIOD]) == date.fromisoformat(due)
    assert sign_by(moment, zone, calendar) > moment.date()
