"""Dates, times and quantities as texts that each locale writes in its own way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from locales import Text
from rules.amounts import as_stated, grouped, in_wan

FILE_KINDS: Final = ("photo", "video", "document")
_DIGITS: Final = "零一二三四五六七八九"
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def day_text(day: date) -> Text:
    return Text("common.day", month=day.month, day=day.day, iso=day.isoformat())


def full_day_text(day: date) -> Text:
    return Text("common.full_day", year=day.year, month=day.month, day=day.day, iso=day.isoformat())


def weekday_text(day: date) -> Text:
    return Text(f"common.weekday.{_WEEKDAYS[day.weekday()]}")


def moment_text(moment: datetime, zone: ZoneInfo, this_year: int | None = None) -> Text:
    """A day and a time. ``this_year``: a moment of another year names its year."""
    local = moment.astimezone(zone)
    return Text("common.moment", day=day_of_year_text(local.date(), this_year), time=f"{local:%H:%M}")


def hour_text(moment: datetime, zone: ZoneInfo) -> str:
    """The time of the clock alone, which needs no language."""
    return f"{moment.astimezone(zone):%H:%M}"


def day_of_year_text(day: date, this_year: int | None) -> Text:
    """A day; one of another year than ``this_year`` names its year."""
    return full_day_text(day) if this_year not in (None, day.year) else day_text(day)


def first_moment_text(since: datetime, zone: ZoneInfo, this_year: int | None = None) -> Text:
    """The first moment of a span, which begins behind ``since``: at the next smallest step of a moment."""
    return moment_text(since + timedelta(microseconds=1), zone, this_year)


def stamp(moment: datetime, zone: ZoneInfo) -> str:
    """The moment as 2026-12-15 08:45, for sheets: it sorts and needs no language."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def ordinal_text(number: int) -> Text:
    """The number of a heading, below 100: 一, 二, … 九十九; in English 1, 2."""
    tens, ones = divmod(number, 10)
    before = "" if not tens else ("" if tens == 1 else _DIGITS[tens]) + "十"
    return Text("common.ordinal", chinese=before + (_DIGITS[ones] if ones else ""), number=number)


def quantity_text(value: Decimal, measure: str, *, approx: bool = False) -> Text:
    """A quantity such as 576处, 11.6万张, 约300人; in English 116,000 张, with the unit as reported."""
    key = "common.quantity_approx" if approx else "common.quantity"
    return Text(key, wan=in_wan(value), grouped=grouped(value), measure=measure)


def stated_text(value: Decimal, measure: str, *, approx: bool = False) -> Text:
    """A quantity of a report as people write it: 10100张 where ``quantity_text`` has 1.01万张."""
    key = "common.quantity_approx" if approx else "common.quantity"
    return Text(key, wan=as_stated(value), grouped=grouped(value), measure=measure)


def files_text(kinds: Iterable[str]) -> list[Text]:
    """How many files there are of each kind (photo, video, document): 4 张图片、1 个视频."""
    counts = Counter(kinds)
    return [Text(f"common.files.{kind}", count=counts[kind]) for kind in FILE_KINDS if counts[kind]]


def days_text(days_left: int) -> Text:
    """How near a deadline is: 还剩3天, 今天到期, 已逾期2天."""
    if days_left > 0:
        return Text("common.days_left", days=days_left)
    if days_left == 0:
        return Text("common.due_today")
    return Text("common.days_over", days=-days_left)


def differing(old: str, new: str, limit: int) -> tuple[str, str]:
    """Two wordings, each cut to about ``limit`` characters around the place where they begin to differ."""
    pairs = zip(old, new, strict=False)
    same = next((at for at, (one, other) in enumerate(pairs) if one != other), min(len(old), len(new)))
    start = max(same - limit // 3, 0) if max(len(old), len(new)) > limit else 0
    one, other = (("…" if start else "") + short(text[start:], limit) for text in (old, new))
    return one, other


def short(text: str, limit: int = 24) -> str:
    """``text`` in at most ``limit`` characters, for buttons and lists."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
