"""Which windows the words of a report name: one shift of a day (12月14日夜班), or both days of a weekend.

In doubt they name none, and the day or the moment of the report decides.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from rules.date_marks import plain_dates
from rules.duties.frequencies import Frequency
from rules.duties.report_windows import Rhythm, Window
from rules.hidden_characters import readable
from rules.progress.stated_days import is_day_of_work, mentioned_days
from rules.slots import local_date

_DAY: Final = timedelta(days=1)
_SHORT: Final = frozenset({Frequency.DAILY, Frequency.SHIFT})
# 早班车, 夜班公交 are things, and no shift.
_NOT_A_THING: Final = "(?![车船机]|公交|地铁|出租|司机|护士)"
_MORNING: Final = re.compile(f"(?:白|早|日)班{_NOT_A_THING}")
_NIGHT: Final = re.compile(f"夜班{_NOT_A_THING}|昨[晚夜]|前晚")
_EVENING: Final = re.compile(f"晚班{_NOT_A_THING}")
_HOUR: Final = re.compile(r"(?<![\d:])(\d{1,2}):(\d{2})(?:[的这那]|当值)?班")
_WEEKEND: Final = re.compile(
    r"(?<![每这本下到至和])(?P<last>上个?)?(?:周|星期|礼拜)六[、,和及与至到~—–-]?(?:周|星期|礼拜)?[日天]"
    r"|(?:^|(?<=[补报,。;:!?]))(?P<again>上个?)?(?:周末|双休日)(?:两[天日])?(?!卫生|大|活动|行动|清洁|整治|专项|志愿)"
)


def named_windows(rhythm: Rhythm, words: str, about: date | None, written: datetime) -> list[Window]:
    """The windows of that rhythm that the words name, in order; empty: they name none.

    ``about``: the earlier day that they state; ``written``: when they were written. A shift without a day is
    the last one of its kind that has begun by then.
    """
    if rhythm.frequency not in _SHORT or not words:
        return []
    today = local_date(written, rhythm.slots.zone)
    begins = shifts_named(words, rhythm.shifts) if rhythm.frequency is Frequency.SHIFT else ()
    days = weekend_days(words, today) or (() if about is None else (about,))
    if not begins and len(days) < 2:
        return []
    if not days and len(mentioned_days(words, today)) > 1:
        return []  # 14日夜班和15日白班: nobody knows which shift is of which day
    near = days or (today - _DAY, today)
    begun = [
        window
        for day in near
        for window in rhythm.taking(written, day)
        if window.opens <= written and (not begins or _begin(window) in begins)
    ]
    if days:
        return begun
    last = {_begin(window): window for window in begun}
    return sorted(last.values(), key=lambda window: window.opens)


def shifts_named(words: str, shifts: Sequence[time]) -> tuple[time, ...]:
    """The begins of the shifts that the words name, in order: 白班, 早班, 夜班, 晚班, 昨晚, 20:00班.

    A name that fits no shift, or several, names none.
    """
    flat = "".join(readable(words).split())
    night = [at for at in shifts if at >= time(18) or at < time(5)]
    late = [at for at in shifts if at >= time(18)] or [at for at in shifts if at >= time(14)] or night
    meant = [
        (_MORNING, [at for at in shifts if time(5) <= at < time(12)]),
        (_NIGHT, night),
        (_EVENING, late),
    ]
    found = {one[0] for name, one in meant if len(one) == 1 and name.search(flat)}
    hours = {f"{int(hour):02}:{minute}" for hour, minute in _HOUR.findall(flat)}
    return tuple(at for at in shifts if at in found or f"{at:%H:%M}" in hours)


def weekend_days(words: str, today: date) -> tuple[date, ...]:
    """The days of the weekend that the words are about as one, up to ``today``; empty: they are not."""
    plain = plain_dates(re.sub(r"[\r\n]+", ";", words))
    found = next((one for one in _WEEKEND.finditer(plain) if is_day_of_work(plain, *one.span())), None)
    if found is None:
        return ()
    monday = today - today.weekday() * _DAY
    this_one = today.weekday() >= 5 and not (found["last"] or found["again"])
    saturday = monday + (5 if this_one else -2) * _DAY
    return tuple(day for day in (saturday, saturday + _DAY) if day <= today)


def _begin(window: Window) -> time | None:
    begins = window.key.partition("/")[2]
    return time.fromisoformat(begins) if begins else None
