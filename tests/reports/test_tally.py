"""The words of a tally: exceptions first, long lists cut with a count, and the true period."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from locales import LOCALES, Text, plain
from models.cases.case_standing import NO_CASES
from models.progress.report_sums import QuantitySum
from models.progress.task_sums import TaskQuantity
from reports import metric_rows, missed_reports
from reports import tally as report
from reports.missed_reports import DueReport, MissedReport
from reports.tally import (
    LateTask,
    Tally,
    TallyStanding,
    UnitLine,
    brief_lines,
    group_lines,
    says_something,
)
from reports.tasks_below import BelowCounts, BelowLine, ReportsBelow
from rules.duties.frequencies import Frequency
from rules.duties.report_windows import Rhythm
from rules.slots import SlotTimes
from rules.tasks.lamps import Lamp
from rules.working_days import WorkingDays
from rules.working_time import WorkingTime

ZONE = ZoneInfo("Asia/Shanghai")
AS_OF = datetime(2026, 12, 18, 10, 0, tzinfo=UTC)
QUIET = Tally(
    since=AS_OF - timedelta(days=1),
    as_of=AS_OF,
    units=[UnitLine("城管局", 1, 2, 0, Lamp.GREEN, 1)],
    late=[],
    nearly_due=[],
    not_reported=[],
    zero_reported=[],
    quantities=[],
    reports=1,
    late_reports=0,
)
LATE = LateTask("清理违规广告牌匾", "城管局", "城管局责任人", -2)
QUANTITY = QuantitySum(
    item="清理违规广告牌匾",
    measure="处",
    total=Decimal(576),
    added=Decimal(12),
    approx=False,
    added_approx=False,
)
BUSY = replace(
    QUIET,
    units=[UnitLine("城管局", 1, 2, 1, Lamp.RED, 1), *QUIET.units],
    late=[LATE],
    nearly_due=[replace(LATE, objective="整治背街小巷", days_left=2)],
    not_reported=["公安局", "教育局"],
    zero_reported=["东风街道"],
    quantities=[QUANTITY],
    late_reports=1,
)


def shown(lines: Sequence[Text], locale: str = "zh") -> str:
    return "\n".join(plain(line, locale) for line in lines)


def keys(lines: Sequence[Text]) -> list[str]:
    return [line.key for line in lines]


def test_a_busy_day() -> None:
    lines = group_lines(BUSY, ZONE)
    assert keys(lines) == [
        "tally.title",
        "tally.period",
        "tally.overall",
        "tally.late_title",
        "tally.late_line",
        "tally.not_reported",
        "tally.zero_reported",
        "tally.late_reports",
        "tally.units_title",
        "tally.unit_line",
        "tally.unit_line",
        "tally.quantities_title",
        "tally.quantity_today",
    ]
    text = shown(lines)
    for part in ("12月18日", "12月17日18:00", "已逾期2天", "公安局、教育局", "东风街道", "12处", "576处"):
        assert part in text


def test_a_report_on_a_late_task_and_one_after_the_tally_read_differently() -> None:
    """The first is an ordinary report, so only the second is 补报."""
    text = shown(group_lines(replace(BUSY, late_reports=2, made_up=1), ZONE))
    assert "逾期任务的进展报告 2 份。\n日报发出后补报 1 份。" in text
    assert text.count("补报") == 1


def test_a_quiet_day_says_so() -> None:
    lines = group_lines(QUIET, ZONE)
    assert keys(lines) == [
        "tally.title",
        "tally.period",
        "tally.overall",
        "tally.none_late",
        "tally.units_title",
        "tally.unit_line",
    ]


def test_the_overall_line_is_the_sum_of_the_units() -> None:
    (overall,) = [line for line in group_lines(BUSY, ZONE) if line.key == "tally.overall"]
    completed = Text("tally.completed.today", count=0)
    assert overall.values == {"completed": completed, "done": 2, "on_time": 4, "late": 1, "reports": 1}


def test_long_lists_are_cut_with_a_count() -> None:
    crowded = replace(
        BUSY,
        units=[UnitLine(f"单位{n}", 0, 1, 0, Lamp.GREEN, 0) for n in range(100)],
        late=[replace(LATE, objective=f"任务{n}") for n in range(100)],
        quantities=[replace(QUANTITY, item=f"事项{n}") for n in range(100)],
    )
    lines = group_lines(crowded, ZONE)
    counts = {line.key: line.values["count"] for line in lines if ".more_" in line.key}
    assert counts == {
        "tally.more_late": 100 - report.LISTED_LATE,
        "tally.more_units": 100 - report.LISTED_UNITS,
        "tally.more_quantities": 100 - metric_rows.SHOWN,
    }


def test_a_weekend_is_not_today() -> None:
    monday = replace(BUSY, since=AS_OF - timedelta(days=3))
    assert "tally.quantity_period" in keys(group_lines(monday, ZONE))
    assert "tally.quantity_today" not in keys(group_lines(monday, ZONE))


def test_approximate_sums_say_so() -> None:
    about = replace(BUSY, quantities=[replace(QUANTITY, approx=True)])
    text = shown(group_lines(about, ZONE))
    assert "约576处" in text
    assert "约12处" not in text
    both = replace(BUSY, quantities=[replace(QUANTITY, approx=True, added_approx=True)])
    assert "约12处" in shown(group_lines(both, ZONE))


def test_a_brief_begins_with_what_needs_its_reader() -> None:
    lines = brief_lines(BUSY, date(2026, 12, 18), Text("brief.scope_all"), ZONE)
    order = [
        "brief.title",
        "tally.late_title",
        "brief.nearly_due",
        "tally.not_reported",
        "tally.quantities_title",
    ]
    assert [key for key in keys(lines) if key in order] == order
    assert "tally.units_title" not in keys(lines), "a leader wants no list of all units"


def test_every_locale_renders_all_of_it() -> None:
    for locale in LOCALES:
        text = shown(
            [*group_lines(BUSY, ZONE), *brief_lines(BUSY, date(2026, 12, 18), Text("brief.scope_all"), ZONE)],
            locale,
        )
        assert "576" in text
        assert "{" not in text


def test_what_it_is_about_and_what_came_too_late() -> None:
    about_all = keys(group_lines(BUSY, ZONE))
    assert not {"tally.scope", "tally.made_up"} & set(about_all)
    made_up = group_lines(replace(BUSY, made_up=2), ZONE, Text("common.as_is", text="街道"))
    assert keys(made_up)[1] == "tally.scope"
    for locale in LOCALES:
        assert "街道" in shown(made_up[:2], locale)
        assert "2" in plain(next(line for line in made_up if line.key == "tally.made_up"), locale)


def test_what_was_overdue_before_its_deadline_moved_is_counted() -> None:
    assert "tally.was_overdue" not in keys(group_lines(BUSY, ZONE))
    for lines in (
        group_lines(replace(BUSY, was_overdue=3), ZONE),
        brief_lines(replace(BUSY, was_overdue=3), AS_OF.date(), Text("common.as_is", text="全区"), ZONE),
    ):
        assert "tally.was_overdue" in keys(lines)
        assert "3 项" in plain(next(line for line in lines if line.key == "tally.was_overdue"), "zh")


def test_where_the_tasks_stood_survives_json() -> None:
    monthly = Rhythm(Frequency.MONTHLY, SlotTimes(), WorkingTime(WorkingDays(), ZONE))
    windows = monthly.closing(AS_OF - timedelta(days=60), AS_OF)
    due = [DueReport(3, 7, "张三", windows), DueReport(4, 8, "李四", windows[-1:])]
    standing = TallyStanding(
        dict(enumerate(BUSY.units)),
        BUSY.late,
        BUSY.nearly_due,
        [7, 8],
        due,
        [("清理牌匾", "处")],
        was_overdue=2,
    )
    kept = standing.to_json()
    assert len(windows) == len(kept["windows"]) == 2
    assert TallyStanding.from_json(json.loads(json.dumps(kept))) == standing
    del kept["was_overdue"]
    assert TallyStanding.from_json(kept).was_overdue == 0, "a tally from before deadlines could move"


@pytest.mark.parametrize("frequency", Frequency)
def test_a_window_of_every_frequency_has_a_name_of_its_own(frequency: Frequency) -> None:
    rhythm = Rhythm(frequency, SlotTimes(), WorkingTime(WorkingDays(), ZONE))
    windows = rhythm.closing(AS_OF - timedelta(days=200), AS_OF)
    names = {plain(missed_reports.window_text(window.key)) for window in windows}
    assert len(names) == len(windows) > 1


def test_recurring_reports_that_did_not_come_stand_before_the_silent_units() -> None:
    missed = [MissedReport("每日巡查", "公安局", "张三", ["2026-12-17", "2026-12-18"])]
    late = [MissedReport("每周汇总", "城管局", "李四", ["2026-W51"])]
    lines = group_lines(replace(BUSY, missed=missed, come_late=late), ZONE)
    told = keys(lines)
    at = told.index("tally.missed_title")
    assert told[at : at + 5] == [
        *("tally.missed_title", "tally.missed_line", "tally.come_late_title", "tally.missed_line"),
        "tally.others_not_reported",
    ]
    text = shown(lines)
    assert "公安局：每日巡查，12月17日、12月18日（张三）" in text
    assert "其他未报告单位 1 个：教育局" in text  # 公安局 is named above
    assert "城管局：每周汇总，12月14日至12月20日当周（李四）" in text


def test_many_recurring_reports_are_cut_with_a_count() -> None:
    many = [MissedReport(f"任务{n}", f"单位{n}", "张三", ["2026-Q4"]) for n in range(30)]
    lines = group_lines(replace(QUIET, missed=many, come_late=many), ZONE)
    assert [line.values["count"] for line in lines if line.key == "tally.more_missed"] == [
        30 - missed_reports.LISTED_MISSED,
        30 - missed_reports.LISTED_LATE,
    ]
    # A unit whose line was cut is still named among the silent ones.
    silent = replace(QUIET, missed=many, not_reported=["单位0", "单位29"])
    assert "其他未报告单位 1 个：单位29" in shown(group_lines(silent, ZONE))


@pytest.mark.parametrize(
    ("key", "zh"),
    [
        ("2026-12-18", "12月18日"),
        ("2026-W53", "12月28日至1月3日当周"),
        ("2026-W49-50", "11月30日至12月13日两周"),
        ("2026-W53-01", "12月28日至1月10日两周"),
        ("2026-11", "2026年11月"),
        ("2026-Q4", "2026年第4季度"),
        ("2026-12-18/20:00", "12月18日20:00班"),
    ],
)
def test_a_window_by_its_name(key: str, zh: str) -> None:
    assert plain(missed_reports.window_text(key), "zh") == zh
    assert key[:4] in plain(missed_reports.window_text(key), "en")


def test_after_an_outage_the_last_windows_are_named() -> None:
    days = [f"2026-12-{day:02}" for day in range(1, 8)]
    lines = group_lines(replace(QUIET, missed=[MissedReport("巡查", "城管局", "张三", days)]), ZONE)
    assert "12月5日、12月6日、12月7日等7期" in shown(lines)


# -- what lies below --------------------------------------------------------------------------------------

BROKEN_DOWN = replace(
    QUIET,
    units=[
        replace(QUIET.units[0], below=BelowCounts(50, 40, 2)),
        replace(QUIET.units[0], name="公安局", below=BelowCounts(6, 2, 1)),
    ],
)


def test_what_lies_below_is_a_sum_of_the_units() -> None:
    lines = shown(group_lines(BROKEN_DOWN, ZONE)).splitlines()
    assert lines[2].startswith("任务 6 项（下级42/56）：今日办结 0 项（累计 2 项），按期在办 4 项")
    assert lines[3] == "无逾期任务（下级逾期3）。"
    assert "🟢 公安局：1/2/0（下级2/6，下级逾期1）" in lines
    punctual = replace(BROKEN_DOWN, units=[replace(QUIET.units[0], below=BelowCounts(4, 4, 0))])
    assert "🟢 城管局：1/2/0（下级4/4）" in shown(group_lines(punctual, ZONE))


def test_all_is_well_is_not_said_beside_overdue_orders_and_tasks_below() -> None:
    orders = replace(BROKEN_DOWN, cases=replace(NO_CASES, overdue=2))
    assert "无逾期任务（下级逾期3），有超时督办案卷，见下。" in shown(group_lines(orders, ZONE))
    assert "✅" not in shown(group_lines(orders, ZONE))


def test_what_is_late_or_missing_below_is_news_for_a_leader() -> None:
    assert not says_something(replace(QUIET, reports=0))
    assert says_something(replace(BROKEN_DOWN, reports=0))
    missing = ReportsBelow([BelowLine("清运垃圾", 3, 4)], 1, frozenset({"西山村"}))
    assert says_something(replace(QUIET, reports=0, reports_below=missing))
    all_there = ReportsBelow([BelowLine("清运垃圾", 4, 4)], 1)
    assert not says_something(replace(QUIET, reports=0, reports_below=all_there))
    added = BelowLine("清运垃圾", 4, 4, [TaskQuantity(1, "清运垃圾", "车", Decimal(36), approx=False)])
    assert says_something(replace(QUIET, reports=0, reports_below=ReportsBelow([added], 1)))


def test_what_was_added_where_nobody_has_reported_is_not_said_to_be_of_that_window() -> None:
    """It is of a late report, as about the day before."""
    added = [TaskQuantity(1, "开展文明劝导", "场", Decimal(2), approx=False)]
    found = ReportsBelow([BelowLine("文明劝导", 0, 4, added)], 1)
    text = shown(group_lines(replace(QUIET, reports_below=found), ZONE))
    assert "· 文明劝导：本任务下级 0/4 已报；期内另收到 2场" in text


def test_lines_below_end_in_a_count_and_brief_ones_earlier() -> None:
    added = [TaskQuantity(1, "清运垃圾", "车", Decimal(36), approx=True)]
    found = ReportsBelow([BelowLine(f"第{n}项", 3, 4, added) for n in range(8)], 11)
    lines = keys(group_lines(replace(QUIET, reports_below=found), ZONE))
    assert lines.count("tally.below.line_added") == 8
    text = shown(group_lines(replace(QUIET, reports_below=found), ZONE))
    assert "· 第0项：本任务下级 3/4 已报，约36车" in text
    assert "……另有 3 项。" in text
    brief = brief_lines(replace(QUIET, reports_below=found), AS_OF.date(), Text("brief.scope_all"), ZONE)
    assert keys(brief).count("tally.below.line_added") == 5
    assert "……另有 6 项。" in shown(brief)
    assert "第0项: 3 of 4 subtasks reported, about 36 车" in shown(brief, "en")
