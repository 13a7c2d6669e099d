"""Reads the earlier day that a late report is about: 补报昨天…, 昨日清理…, 12月14日清理….

If in doubt there is none, and the report stays with the day on which it is made. That holds for a deadline,
for other people's dates (针对12月14日督查反馈问题) and for several days in one report.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from rules.date_marks import plain_dates

DAYS_BACK: Final = 7
_DAY: Final = timedelta(days=1)
_YEAR: Final = timedelta(days=366)
_WEEKDAYS: Final[Mapping[str, int]] = {**{name: at for at, name in enumerate("一二三四五六日")}, "天": 6}
_MENTION: Final = re.compile(
    r"(?P<today>今[天日早晚])"
    r"|(?P<yesterday>昨[天日晚夜]|昨(?=[上下]午))"
    r"|(?<![以之年])(?P<before>前[天晚]|(?:(?<=^)|(?<=[补报,。;:!?]))前日)"
    r"|上个?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天])"
    r"|(?:(?<!\d)(?P<year>20\d\d)年)?(?<!\d)(?P<month>\d{1,2})月(?P<day>\d{1,2})[日号]?(?![\d./个项次%场处条人])"
    r"|(?<![\d.])(?P<iso_year>20\d\d)(?P<sign>[./-])(?P<iso_month>\d{1,2})(?P=sign)(?P<iso_day>\d{1,2})[日号]?(?!\d)"
    # 14日 alone only where a sentence begins or a range ends: elsewhere it is a house or a number of days.
    r"|(?:^|(?<=[补报,。;:!?])|(?<=[日号\d][至到~—–-]))(?P<bare>\d{1,2})[日号]"
    r"(?![\d楼院线路街巷门厅桥井库地点车机仓桩站馆栋幢区段口内之游])"
)
_MADE_UP: Final = re.compile(
    r"补(?:报|交|填)(?:一?下)?[:,]?(?:"
    r"(?P<last_week>上个?(?:周|星期|礼拜)(?![一二三四五六日天]))"
    r"|(?P<last_fortnight>上个?双周)"
    r"|(?P<last_month>上个?月(?!\d))"
    r"|(?P<last_quarter>上个?季)"
    r"|(?:(?P<year>20\d\d)年)?(?:第?(?P<quarter>[一二三四1-4])季|(?P<month>\d{1,2})月(?:(?P<day>\d{1,2})[日号]?)?)"
    r")"
)
# Words before a date that is not the day of the work.
_LED_AWAY: Final = re.compile(
    r"(?:按照?|根据|依据|针对|对照|落实|贯彻|结合|[收接]到|时限|期限|日期|时间|限期?|计划|[预原]?[计定]|预期|拟|将|力争|确保"
    r"|争取|要求|自|从|不迟于|最迟|务必|延[长期]?[至到])[于在为是至到:]?$"
)
# Words behind such a date: a deadline, the begin of a period, or what others did on that day.
_GOES_ON: Final = re.compile(
    r"(?:[之以]?[前后内]|底|起|开始|以来|[至到~—–-])"
    r"|的?[^,。;:\d]{0,6}?会议?(?:上|精神|要求|部署|明确|通报|反馈)"
    r"|的(?:会议?|通知|文件|方案|批示|通报|工单|督查)"
    r"|[^,。;:\d]{0,6}?(?:印发|下发|召开|交办|反馈|转办|移交|通报|派发|受理|投诉|举报|曝光|发布)的"
    r"|[^,。;:\d]{0,6}?(?:交办|反馈|转办|移交|通报|派发|投诉|举报|曝光)(?:[的问案工事件]|中的|指出)"
    r"|(?:[^,。;:\d]{0,4}?)(?:督[查导办]|检查|巡查|暗访|测评)(?:反馈|通报|发现|交办|指出|组|意见)"
)


def is_day_of_work(text: str, start: int, end: int) -> bool:
    """Whether a date at ``text[start:end]`` is of the work: no deadline, no beginning, not of others."""
    led_away = _LED_AWAY.search(text, max(0, start - 8), start)
    return not led_away and not _GOES_ON.match(text, end)


def stated_day(text: str, today: date) -> date | None:
    """The one day before ``today``, at most ``DAYS_BACK`` days back, that a report states; else None."""
    days = mentioned_days(text, today)
    day = days.pop() if len(days) == 1 else None
    return day if day != today else None


def mentioned_days(text: str, today: date) -> set[date]:
    """All days of the work within reach that a report mentions, ``today`` among them."""
    plain = plain_dates(re.sub(r"[\r\n]+", ";", text))
    days: set[date] = set()
    for match in _MENTION.finditer(plain):
        if is_day_of_work(plain, *match.span()):
            days.update(_days_of(match, today))
    return days


def made_up_day(text: str, today: date) -> date | None:
    """The earlier day, within a year, that a report with the word 补报 names; else None.

    It is the day of 补报11月27日…, and the last day of the period of 补报上周…, 补报11月份…, 补报第三季度….
    Of 补报上双周… it is the day two weeks ago: whenever a fortnight begins, that one lies in the last.
    """
    match = _MADE_UP.search(plain_dates(re.sub(r"[\r\n]+", ";", text)))
    day = None if match is None else _last_day_of(match, today)
    return day if day is not None and today - _YEAR < day < today else None


def _last_day_of(match: re.Match[str], today: date) -> date | None:
    if match["last_week"]:
        return today - (today.weekday() + 1) * _DAY
    if match["last_fortnight"]:
        return today - 14 * _DAY
    if match["last_month"]:
        return today.replace(day=1) - _DAY
    if match["last_quarter"]:
        return today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1) - _DAY
    month = int(match["month"] or 0) or 3 * _number(match["quarter"])
    years = [int(match["year"])] if match["year"] else [today.year, today.year - 1]
    days = (_day_in(year, month, match["day"]) for year in years)
    return next((day for day in days if day is not None and day < today), None)


def _number(quarter: str) -> int:
    return "一二三四".find(quarter) + 1 or int(quarter)


def _day_in(year: int, month: int, day: str | None) -> date | None:
    """That day, or the last one of the month if ``day`` is None; None if there is no such day."""
    try:
        return date(year, month, int(day or monthrange(year, month)[1]))
    except ValueError:
        return None


def _days_of(match: re.Match[str], today: date) -> list[date]:
    """The day that the words mean, if it is within reach. ``today`` itself counts as another day."""
    if match["today"]:
        return [today]
    if match["yesterday"] or match["before"]:
        return [today - (_DAY if match["yesterday"] else 2 * _DAY)]
    reach = [today - back * _DAY for back in range(DAYS_BACK + 1)]
    if match["weekday"]:
        monday = today - today.weekday() * _DAY - 7 * _DAY
        meant = monday + _WEEKDAYS[match["weekday"]] * _DAY
        return [day for day in reach if day == meant]
    year = match["year"] or match["iso_year"]
    month = match["month"] or match["iso_month"]
    number = int(match["day"] or match["iso_day"] or match["bare"])
    return [
        day
        for day in reach
        if day.day == number
        and (not month or day.month == int(month))
        and (not year or day.year == int(year))
    ]
