"""Reads times of day as people type them (22:00, 7点半, 晚10点, 下午三点一刻) and spans of two times."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time
from typing import Final

from rules.numerals import parse_chinese
from rules.people.typed_names import normalise

_NUMBER: Final = r"(?:\d{1,2}|[〇零一二三四五六七八九十两]{1,4})"
_TIME: Final = (
    r"(?P<part>凌晨|清晨|早晨|早上|明早|次日|第二天|上午|早|中午|下午|傍晚|晚上|今晚|夜里|夜间|晚|夜)?"
    rf"(?P<hour>{_NUMBER})(?::(?P<minute>\d\d)(?::\d\d)?|[点时](?:(?P<half>半|一刻|三刻|整)|(?P<chinese>{_NUMBER})分?)?)"
)
_WHOLE: Final = re.compile(_TIME)
_BETWEEN: Final = re.compile(r"[-—–~―至到]+")
_QUARTERS: Final[Mapping[str, int]] = {"半": 30, "一刻": 15, "三刻": 45, "整": 0}
_AFTER_NOON: Final = frozenset({"下午", "傍晚", "晚上", "今晚", "夜里", "夜间", "晚", "夜"})
_NOON: Final = 12


def read_time(text: str) -> time | None:
    """The time of day that the text states; None if it states none for certain. 24:00 is midnight."""
    found = _WHOLE.fullmatch(normalise(text))
    if found is None:
        return None
    hour, minute = _number(found["hour"]), _minute(found)
    if hour is None or minute is None:
        return None
    if found["part"] in _AFTER_NOON and hour <= _NOON:
        hour = 24 if hour == _NOON and found["part"] not in {"下午", "傍晚"} else hour % _NOON + _NOON
    if (hour, minute) == (24, 0):
        hour = 0
    return time(hour, minute) if hour < 24 and minute < 60 else None


def read_span(text: str) -> tuple[time, time] | None:
    """The begin and the end of ``22:00-07:30`` or 晚10点到早7点半; None if the text is not two times."""
    parts = _BETWEEN.split(normalise(text))
    times = [read_time(part) for part in parts]
    if len(times) != 2 or times[0] is None or times[1] is None:
        return None
    return times[0], times[1]


def _minute(found: re.Match[str]) -> int | None:
    if found["minute"]:
        return int(found["minute"])
    if found["half"]:
        return _QUARTERS[found["half"]]
    return _number(found["chinese"]) if found["chinese"] else 0


def _number(text: str) -> int | None:
    if text.isascii():
        return int(text)
    parsed = parse_chinese(text)
    return None if parsed is None or parsed[1] else int(parsed[0])
