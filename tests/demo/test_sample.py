"""The sample campaign: its files are read correctly, and the figures of its day add up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import groupby, pairwise
from pathlib import Path

import pytest

from demo.sample import data, documents, workbooks
from locales import plain
from rules.people.roles import Role, Tier
from rules.progress.quantities import read_quantities
from rules.progress.report_words import is_zero_report
from rules.working_days import WorkingDays
from services.importing.rows.roster_rows import ParsedRoster, parse_roster
from services.importing.rows.task_rows import ParsedTasks, Roster, parse_tasks, resolve_tasks

ROSTER, BREAKDOWN, DAY = data.roster(), data.breakdown(), data.day()
TODAY = date(2026, 12, 18)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("sample")
    workbooks.write_roster(made / "roster.xlsx", ROSTER)
    workbooks.write_tasks(made / "tasks.xlsx", BREAKDOWN)
    documents.write_tasks(made / "tasks.docx", BREAKDOWN)
    return made


@pytest.fixture(scope="module")
def roster(folder: Path) -> ParsedRoster:
    return parse_roster((folder / "roster.xlsx").read_bytes(), "roster.xlsx")


@pytest.fixture(scope="module", params=["tasks.docx", "tasks.xlsx"])
def tasks(request: pytest.FixtureRequest, folder: Path, roster: ParsedRoster) -> ParsedTasks:
    file = folder / request.param
    known = Roster(
        {unit.name: unit.tier for unit in roster.units},
        frozenset((contact.unit, contact.name) for contact in roster.contacts),
    )
    return resolve_tasks(parse_tasks(file.read_bytes(), file.name, today=TODAY), known)


def test_roster_is_read_whole(roster: ParsedRoster) -> None:
    assert not roster.refused
    assert not roster.notices
    assert [contact.name for contact in roster.contacts] == ROSTER.people
    assert {unit.name: unit.parent or "" for unit in roster.units} == {
        unit.name: unit.parent for unit in ROSTER.units
    }
    assert {unit.tier for unit in roster.units} == set(Tier)


def test_office_has_eight_people(roster: ParsedRoster) -> None:
    office = [contact for contact in roster.contacts if Role.OFFICE in contact.roles]
    assert len(office) == 8
    assert {contact.unit for contact in office} == {"创城办"}


def test_both_files_say_what_the_data_say(tasks: ParsedTasks) -> None:
    expected = [task for task in BREAKDOWN.tasks if task.objective != DAY.refused]
    assert not tasks.notices
    assert [row.objective for row in tasks.rows] == [task.objective for task in expected]
    for row, task in zip(tasks.rows, expected, strict=True):
        assert not row.warnings
        assert (row.standard, row.lead_unit, row.leader_in_charge) == (task.standard, task.lead, task.leader)
        assert (row.handling_section, row.responsible_person) == (task.section, task.person)
        assert row.remark == task.remark


def test_groups_are_inherited_through_merged_cells(tasks: ParsedTasks) -> None:
    focuses = [focus for focus, _ in groupby(row.focus for row in tasks.rows)]
    actions = [action for action, _ in groupby(row.action for row in tasks.rows)]
    assert focuses == ["提升市民综合素质", "规范城市秩序", "环境综合整治"]
    assert len(actions) == 8
    assert all(actions)


def test_deadlines_are_read(tasks: ParsedTasks) -> None:
    days = {row.objective: row.deadline for row in tasks.rows}
    assert days[DAY.late] == date(2026, 12, 16)
    assert days[DAY.completed] == date(2026, 12, 15)
    assert days["整治农村集市环境"] == date(2026, 12, 23)
    assert days["扎实开展“扫黄打非”工作"] == date(2026, 12, 31)
    assert sum(day is None for day in days.values()) == 3
    assert all((row.deadline is None) != (row.frequency is None) for row in tasks.rows)


def test_every_street_assists(tasks: ParsedTasks) -> None:
    assisting = {row.objective: row.assisting_units for row in tasks.rows}
    boards = next(task for task in BREAKDOWN.tasks if "违规广告牌匾" in task.objective)
    assert assisting[boards.objective] == ("东城街道", "西城街道", "南苑街道", "北苑街道", "高新园区")


def test_one_line_is_refused_and_says_why(tasks: ParsedTasks) -> None:
    (refused,) = tasks.refused
    assert refused.objective == DAY.refused
    assert [plain(reason) for reason in refused.reasons] == [
        "完成时限“尽快完成”无法识别，请写明日期，如“2026年12月20日前”"
    ]


def test_day_is_a_working_day_in_order() -> None:
    moments = list(DAY.times.values())
    assert all(before < after for before, after in pairwise(moments))
    assert {moment.date() for moment in moments} == {TODAY}
    assert WorkingDays().is_working_day(TODAY)
    assert [report.at for report in DAY.reports] == sorted(report.at for report in DAY.reports)


def test_everybody_and_everything_of_the_day_is_in_the_files() -> None:
    people = set(ROSTER.people)
    assert len(people) == len(ROSTER.people)
    named = [*DAY.joining, *DAY.signing, *DAY.briefed, DAY.office, DAY.asks_brief, DAY.used_link[1]]
    named += [nag.who for nag in DAY.nags] + [report.who for report in DAY.reports]
    assert set(named) <= people
    assert set(named) <= set(DAY.joining)
    objectives = {task.objective for task in BREAKDOWN.tasks}
    assert {report.objective for report in DAY.reports if report.objective} <= objectives
    assert {DAY.refused, DAY.completed, DAY.late} <= objectives


def test_reports_add_up_to_the_published_numbers() -> None:
    sums = {item: sum(report.adds.get(item, Decimal(0)) for report in DAY.reports) for item in DAY.totals}
    assert sums == {item: total.amount for item, total in DAY.totals.items()}
    assert (sums["清理违规广告牌匾"], sums["清理野广告"]) == (576, 116_000)
    assert {item for report in DAY.reports for item in report.adds} == set(DAY.totals)


@pytest.mark.parametrize("report", DAY.reports, ids=lambda report: f"{report.at:%H%M}-{report.who}")
def test_what_people_write_says_what_it_adds(report: data.SampleReport) -> None:
    read = read_quantities(report.text)
    assert [quantity.unit for quantity in read] == [DAY.totals[item].unit for item in report.adds]
    if "累计" in report.text:
        earlier = [one for one in DAY.reports if one.who == report.who and one.at < report.at]
        before = [sum(one.adds[item] for one in earlier) for item in report.adds]
        assert [quantity.value - known for quantity, known in zip(read, before, strict=True)] == list(
            report.adds.values()
        )
    else:
        assert [quantity.value for quantity in read] == list(report.adds.values())
    assert is_zero_report(report.text) == (report.way == "zero_words")
