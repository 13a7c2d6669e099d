"""Writes years of reports in bulk: into the tables of revision 0024, from which migrations go on.

It writes SQL of its own and knows no models, so that the same rows can be made for any later code.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

REVISION: Final = "0024"
ZONE: Final = ZoneInfo("Asia/Shanghai")
NOW: Final = datetime(2026, 12, 15, 9, 30, tzinfo=UTC)
"""A Tuesday, half past five in Shanghai."""
UNITS, TASKS, A_DAY = 100, 3_000, 1_000
OFFICE, LEADER, GROUP = 1, 2, 1
FIRST_ACCOUNT: Final = 6_300_000_000
TODAY_ENDS: Final = NOW.astimezone(ZONE).hour * 3600
ITEMS: Final = (
    *(("清理小广告", "处"), ("清理违规广告牌匾", "处"), ("整治占道经营", "起"), ("清运垃圾", "吨")),
    *(("修复破损路面", "平方米"), ("规范非机动车停放", "辆"), ("清理卫生死角", "处"), ("检查餐饮单位", "家")),
    *(("发放宣传单", "份"), ("入户宣传", "户"), ("补植绿化", "平方米"), ("清理乱堆乱放", "处")),
    *(("更换公益广告", "幅"), ("疏通下水道", "米"), ("粉刷墙面", "平方米"), ("劝导不文明行为", "人次")),
    *(("拆除违建", "平方米"), ("清洗护栏", "米"), ("维修路灯", "盏"), ("消杀病媒生物", "处")),
)
HELPERS: Final = ("出动志愿者", "人次")
"""An item that every other task has, too."""
SCALE: Final = 10_000
BATCH: Final = 20_000
Values = tuple[Any, ...]


def moment(at: datetime) -> str:
    """A moment as SQLite keeps it."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


LONG_AGO: Final = moment(NOW - timedelta(days=1_100))


def write(path: Path, reports: int) -> None:
    """Fill an empty database of that revision. The same number of reports makes the same rows."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA foreign_keys=OFF")
        _fill(connection, "unit", ("id", "name", "tier"), _units())
        _fill(connection, "contact", CONTACT, _contacts())
        _fill(connection, "contact_role", ("contact_id", "role"), _roles())
        _fill(connection, "group_chat", GROUP_CHAT, [_group()])
        _fill(connection, "task", TASK, map(_task, range(1, TASKS + 1)))
        _fill(connection, "metric", ("id", "task_id", "item", "unit"), _metrics())
        _write_reports(connection, reports)
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _fill(connection: sqlite3.Connection, table: str, columns: Sequence[str], rows: Iterable[Values]) -> None:
    marks = ", ".join("?" * len(columns))
    statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608  # our own names
    connection.executemany(statement, rows)


def _units() -> Iterator[Values]:
    for number in range(1, UNITS + 1):
        yield number, f"第{number}街道", "street" if number % 3 else "department"


CONTACT: Final = ("id", "unit_id", "name", "telegram_user_id", "state", "enrolled_at")


def _contacts() -> Iterator[Values]:
    """The office, a leader of the district, and three people for each unit."""
    for number in range(1, 3 * UNITS + 3):
        unit = 1 if number <= LEADER else unit_of(number)
        yield number, unit, f"第{number}人", FIRST_ACCOUNT + number, "enrolled", LONG_AGO


def _roles() -> Iterator[Values]:
    yield from ((OFFICE, "office"), (LEADER, "district_leader"))
    for number in range(LEADER + 1, 3 * UNITS + 3):
        yield number, "liaison" if number % 3 == 0 else "responsible_person"


def unit_of(contact: int) -> int:
    return 1 + (contact - LEADER - 1) // 3


def responsible_of(task: int) -> int:
    """The contact who answers for a task: the second or the third of its unit."""
    unit = 1 + task % UNITS
    return LEADER + 3 * (unit - 1) + 2 + task // UNITS % 2


GROUP_CHAT: Final = (
    *("id", "chat_id", "title", "may_pin", "active", "bound_by", "bound_at", "tallied_until"),
)


def _group() -> Values:
    return GROUP, -1_001_000_000_001, "创城工作群", 1, 1, OFFICE, LONG_AGO, LONG_AGO


TASK: Final = (
    *("id", "identity", "action", "objective", "standard", "deadline", "frequency", "lead_unit_id"),
    *("responsible_person", "responsible_id", "state", "assigned_at", "completed_at", "nagged_until"),
    *("created_at", "updated_at"),
)


def _task(number: int) -> Values:
    person, done = responsible_of(number), number % 5 == 4
    item, _ = ITEMS[number % len(ITEMS)]
    deadline = (NOW + timedelta(days=number % 400 - 20)).date().isoformat()
    state = "completed" if done else "in_progress"
    days = (None, "daily") if number % 10 == 3 else (deadline, None)
    moments = (LONG_AGO, LONG_AGO if done else None, moment(NOW), LONG_AGO, LONG_AGO)
    words = ("市容环境整治", f"{item}，第{number}片区", "达到创城标准")
    who = (1 + number % UNITS, f"第{person}人", person)
    return number, f"bench:{number}", *words, *days, *who, state, *moments


def _metrics() -> Iterator[Values]:
    """Two metrics of each task: one of its own, and one that many tasks have."""
    for task in range(1, TASKS + 1):
        yield 2 * task - 1, task, *ITEMS[task % len(ITEMS)]
        yield 2 * task, task, *(HELPERS if task % 2 else ITEMS[(task + 7) % len(ITEMS)])


REPORT: Final = (
    *("id", "receipt_no", "kind", "task_id", "unit_id", "contact_id", "text", "late"),
    *("revision", "withdrawn", "reported_at", "counted_at", "about_day"),
)
FIGURE: Final = (*("report_id", "revision", "metric_id", "filed_under", "mode", "stated", "added", "approx"),)
PART: Final = ("chat_id", "message_id", "report_id", "position", "text")
WORDING: Final = ("report_id", "number", "text", "withdrawn", "ended_at", "ended_by")


def _write_reports(connection: sqlite3.Connection, reports: int) -> None:
    made = _reports(reports)
    while batch := list(islice(made, BATCH)):
        _fill(connection, "progress_report", REPORT, (report for report, _ in batch))
        _fill(connection, "report_part", PART, (_part(report) for report, _ in batch))
        _fill(connection, "report_revision", WORDING, (_wording(r) for r, _ in batch if r[8] > 1))
        _fill(connection, "figure", FIGURE, (figure for _, figures in batch for figure in figures))
    today = NOW.astimezone(ZONE).date()
    _fill(connection, "counter", ("name", "value"), [(f"receipt/{today:%Y%m%d}", A_DAY)])


def _part(report: Values) -> Values:
    return FIRST_ACCOUNT + report[5], report[0], report[0], 0, report[6]


def _wording(report: Values) -> Values:
    return report[0], 1, report[6], 0, report[10], report[5]


def _reports(count: int) -> Iterator[tuple[Values, list[Values]]]:
    """Reports with their figures, ``A_DAY`` a day up to now, in the order in which they came in.

    A few are zero reports, late, withdrawn or corrected, as in life.
    """
    draw = random.Random(7)  # noqa: S311  # the same rows each time, and no secret
    days = -(-count // A_DAY)
    last = NOW.astimezone(ZONE).date()
    for number in range(1, count + 1):
        day = last - timedelta(days=days - 1 - (number - 1) // A_DAY)
        yield _report(draw, number, day, (number - 1) % A_DAY, today=day == last)


def _report(
    draw: random.Random, number: int, day: date, place: int, *, today: bool
) -> tuple[Values, list[Values]]:
    task = draw.randint(1, TASKS)
    # From eight in the morning on, evenly.
    second = 8 * 3600 + place * ((TODAY_ENDS if today else 20 * 3600) - 8 * 3600) // A_DAY
    at = datetime(day.year, day.month, day.day, tzinfo=ZONE) + timedelta(seconds=second)
    zero, late = draw.random() < 0.04, draw.random() < 0.01
    withdrawn, revision = draw.random() < 0.005, 2 if draw.random() < 0.02 else 1
    counted = at.replace(hour=17, minute=0, second=0) - timedelta(days=1) if late else at
    about = counted.date().isoformat() if late else None
    amount, helpers = draw.randint(1, 40), draw.randint(1, 20)
    item, measure = ITEMS[task % len(ITEMS)]
    words = "今日无新增" if zero else f"今天{item}{amount}{measure}，出动志愿者{helpers}人"
    kind, about_task = ("zero", None) if zero else ("progress", task)
    report = (
        *(number, f"{day:%Y%m%d}-{place + 1:04d}", kind, about_task, 1 + task % UNITS, responsible_of(task)),
        *(words, 0, revision, int(withdrawn), moment(at), moment(counted), about),
    )
    return report, [] if zero else list(_figures(draw, number, revision, task, (amount, helpers)))


def _figures(
    draw: random.Random, report: int, revision: int, task: int, amounts: tuple[int, int]
) -> Iterator[Values]:
    """One figure or two, of each revision."""
    both, approx = draw.random() < 0.5, int(draw.random() < 0.03)
    for number in range(1, revision + 1):
        for metric, amount in ((2 * task - 1, amounts[0]), (2 * task, amounts[1]))[: 1 + both]:
            added = (amount + number - 1) * SCALE
            yield report, number, metric, metric, "increment", added, added, approx
