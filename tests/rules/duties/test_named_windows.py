"""The windows that the words of a report name: one shift of a day, or both days of a weekend."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from rules.duties.frequencies import Frequency
from rules.duties.named_windows import named_windows, shifts_named
from rules.duties.report_windows import SHIFTS, Rhythm
from rules.progress.stated_days import stated_day
from rules.slots import SlotTimes
from rules.working_days import WorkingDays
from rules.working_time import WorkingTime

ZONE = ZoneInfo("Asia/Shanghai")
THREE = (time(0), time(8), time(16))


def rhythm(frequency: Frequency) -> Rhythm:
    return Rhythm(frequency, SlotTimes(zone=ZONE), WorkingTime(WorkingDays(), zone=ZONE))


def named(frequency: Frequency, words: str, day: int, hour: int) -> list[str]:
    written = datetime(2026, 12, day, hour, 30, tzinfo=ZONE)
    about = stated_day(words, written.date())
    return [window.key for window in named_windows(rhythm(frequency), words, about, written)]


@pytest.mark.parametrize(
    ("words", "day", "hour", "keys"),
    [
        ("12月14日夜班值守正常", 15, 10, ["2026-12-14/20:00"]),
        ("12月19日白班巡查正常", 20, 10, ["2026-12-19/08:00"]),
        ("昨晚夜班正常", 15, 10, ["2026-12-14/20:00"]),
        ("昨夜巡查3次", 15, 10, ["2026-12-14/20:00"]),
        ("12月14日20:00班巡查正常", 15, 10, ["2026-12-14/20:00"]),
        ("昨天白班、夜班均正常", 15, 10, ["2026-12-14/08:00", "2026-12-14/20:00"]),
        # Without a day it is the last that has begun.
        ("夜班值守正常", 15, 9, ["2026-12-14/20:00"]),
        ("夜班值守正常", 15, 2, ["2026-12-14/20:00"]),
        ("夜班值守正常", 15, 21, ["2026-12-15/20:00"]),
        ("白班值守正常", 15, 21, ["2026-12-15/08:00"]),
        ("早班值守正常", 15, 7, ["2026-12-14/08:00"]),
        ("今天晚班值守正常", 15, 21, ["2026-12-15/20:00"]),
        # Nothing is named, or nobody knows which.
        ("值守正常", 15, 10, []),
        ("12月14日值守正常", 15, 10, []),
        ("检查早班车12辆", 15, 10, []),
        ("12月14日夜班、12月15日白班正常", 15, 21, []),
        ("组织3个班巡查", 15, 10, []),
        # A weekend is both its days, as far as they have come.
        (
            "周六周日值守正常",
            21,
            9,
            ["2026-12-19/08:00", "2026-12-19/20:00", "2026-12-20/08:00", "2026-12-20/20:00"],
        ),
        ("周末夜班值守正常", 21, 9, ["2026-12-19/20:00", "2026-12-20/20:00"]),
        ("上周末夜班值守正常", 20, 9, ["2026-12-12/20:00", "2026-12-13/20:00"]),
        ("周末白班值守正常", 20, 9, ["2026-12-19/08:00", "2026-12-20/08:00"]),
        ("开展周末卫生大扫除", 21, 9, []),
        ("计划周六周日巡查", 21, 9, []),
    ],
)
def test_shifts(words: str, day: int, hour: int, keys: list[str]) -> None:
    assert named(Frequency.SHIFT, words, day, hour) == keys


def test_other_rhythms() -> None:
    assert named(Frequency.WEEKLY, "12月14日夜班值守正常", 15, 10) == []
    assert named(Frequency.DAILY, "12月14日夜班值守正常", 15, 10) == []
    assert named(Frequency.DAILY, "周六周日值守正常", 21, 10) == [], "nobody works then"


@pytest.mark.parametrize(
    ("words", "shifts", "found"),
    [
        ("夜班", SHIFTS, (time(20),)),
        ("晚班", SHIFTS, (time(20),)),
        ("白班", SHIFTS, (time(8),)),
        ("夜班", THREE, (time(0),)),
        ("晚班", THREE, (time(16),)),
        ("早班", THREE, (time(8),)),
        ("夜班", (time(20), time(22)), ()),
        ("08:00班", THREE, (time(8),)),
        ("09:00班", THREE, ()),
    ],
)
def test_names_of_shifts(words: str, shifts: tuple[time, ...], found: tuple[time, ...]) -> None:
    assert shifts_named(words, shifts) == found


@pytest.mark.parametrize("frequency", Frequency)
def test_a_window_is_found_by_its_key(frequency: Frequency) -> None:
    found = rhythm(frequency)
    for window in found.current(datetime(2026, 12, 15, 10, tzinfo=ZONE)):
        assert found.keyed(window.key) == window
        assert found.taking(window.over, date(2026, 1, 5), [window.key]) == [window]
        assert window.takes(window.over.replace(year=2027), None, [window.key])
        assert not window.takes(window.closes, window.first, ["2026-12-01"])
    assert [found.keyed(key) for key in ("c", "2026-W99", "2026-13", "2026-Q5", "")] == [None] * 5
