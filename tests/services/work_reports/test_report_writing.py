"""A 工作情况汇报 from the facts: its sentences, what is left out, and the ids behind every figure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook

from locales import plain
from models import activities
from models.activities import Activity, ActivityFigure
from models.db import Session, ident
from models.progress import figure_sources
from models.tasks import Task
from reports.formats import quantity_text
from reports.work_report import WorkReport
from rules.activities.activity_kinds import ActivityKind
from rules.tasks.task_lifecycle import TaskState
from services.campaign import Campaign
from services.tallies import source_sheets
from services.tallies.number_sources import (
    CountedReports,
    SourceRow,
    SummedFigures,
    TracedNumber,
)
from services.turn import TickTurn
from services.work_reports import report_facts, report_writing
from services.work_reports.report_facts import ReportOrder
from services.work_reports.report_pen import ReportPen
from tests.services.conftest import World
from tests.services.progress.talk import Talk
from tests.support.people import Roster

FIRST, LAST = date(2026, 12, 1), date(2026, 12, 15)


class Writer:
    """Writes reports of the test's district."""

    def __init__(self, session: Session, campaign: Campaign, talk: Talk) -> None:
        self.session, self.campaign, self.talk = session, campaign, talk

    async def write(
        self, first: date = FIRST, last: date = LAST, units: frozenset[int] | None = None, locale: str = "zh"
    ) -> tuple[WorkReport, list[TracedNumber]]:
        order = ReportOrder(first, last, units, "区创城办")
        facts = await report_facts.gather(self.session, self.campaign, order, self.talk.now)
        report, numbers = await report_writing.write(self.session, facts, locale)
        return report, list(numbers)

    async def enter(
        self, unit_id: int, kind: ActivityKind, title: str, *numbers: tuple[str, int, str], day: date = LAST
    ) -> Activity:
        at = self.talk.now
        entry = Activity(
            number=f"J{at:%H%M%S%f}{title}"[:20],
            kind=kind,
            day=day,
            title=title,
            text=title,
            unit_id=unit_id,
            recorded_at=at,
        )
        self.session.add(entry)
        await self.session.flush()
        self.session.add_all(
            ActivityFigure(activity_id=ident(entry), item=item, unit=unit, amount=Decimal(amount))
            for item, amount, unit in numbers
        )
        await self.session.flush()
        return entry


@pytest.fixture
def writer(session: Session, campaign: Campaign, talk: Talk) -> Writer:
    return Writer(session, campaign, talk)


def paragraphs(report: WorkReport) -> list[str]:
    found = []
    for chapter in report.chapters:
        found.append(chapter.heading)
        for section in chapter.sections:
            found += [section.heading, *section.paragraphs] if section.heading else list(section.paragraphs)
    return found


async def test_nothing_to_report_is_one_sentence(
    session: Session, campaign: Campaign, writer: Writer
) -> None:
    report, sources = await writer.write(date(2020, 1, 1), date(2020, 1, 31), units=frozenset({999}))
    assert (report.chapters, sources, report.sources) == ([], [], [])
    assert report.lead == "2020年1月1日至2020年1月31日没有可汇报的内容。"


async def test_a_broken_down_task_is_one_task_and_its_parts(
    writer: Writer, world: World, roster: Roster, session: Session, talk: Talk
) -> None:
    """Each number of parts has its sources; late parts are counted, not named."""
    done, open_, gone = TaskState.COMPLETED, TaskState.ASSIGNED, TaskState.CANCELLED
    for number, (state, day) in enumerate([(done, 31), (open_, 10), (open_, 31), (gone, 9)]):
        part = await roster.task(world.other_unit, f"第{number}部分", date(2026, 12, day), state=state)
        part.parent_id = world.task_id
    await session.flush()
    report, numbers = await writer.write()
    said = "\n".join(paragraphs(report))
    assert "将创城工作分解为1项任务，落实到1个责任单位，并分解到下级3项（其中已办结1项）" in said
    assert "截至2026年12月15日，分解到下级的任务逾期未完成1项。" in said
    assert "第1部分" not in said
    rows = {
        one.about: [row.task_id for row in await one.source.rows(session, 10)]
        for one in numbers
        if one.about.startswith("分解到下级")
    }
    first = world.task_id
    assert rows == {
        "分解到下级的任务": [first + 3, first + 2, first + 1],
        "分解到下级、已办结的任务": [first + 1],
        "分解到下级、逾期未完成的任务": [first + 2],
    }
    english, _ = await writer.write(locale="en")
    words = " ".join(" ".join(paragraphs(english)).split())
    assert "broken down into 3 subtasks, of which 1 are completed" in words
    street = frozenset({ident(world.other_unit)})
    theirs, _ = await writer.write(units=street)
    assert "逾期未完成的任务1项：第1部分" in "\n".join(paragraphs(theirs))


async def test_the_chapters_of_a_small_district(writer: Writer, talk: Talk, world: World) -> None:
    await talk.report("今天清理违规广告牌匾576处，清理野广告11.6万张")
    await talk.report("今天清理野广告500张")
    unit = ident(world.unit)
    await writer.enter(unit, ActivityKind.MEETING, "召开全区创城动员大会", ("参加人数", 320, "人"))
    await writer.enter(unit, ActivityKind.DOCUMENT, "印发《任务分工方案》")
    report, _ = await writer.write()
    said = paragraphs(report)
    assert said[4].startswith("将创城工作分解为")
    assert [*said[:4], said[5]] == [
        "一、前段工作开展情况",
        "（一）迅速动员部署，明确工作任务",
        "召开全区创城动员大会，参加人数320人。",
        "印发《任务分工方案》。",
        "（二）突出工作重点，提高创城水平",
    ]
    (focus,) = [one for one in said if "违规广告牌匾" in one and "。" in one and "完成" not in one]
    assert focus.endswith("清理野广告11.65万张，清理违规广告牌匾576处。")
    assert "三、下一步打算" not in said
    assert said[-2:] == ["二、下一步打算", said[-1]]
    assert said[-1].startswith("12月底前完成1项：")
    assert report.unit == "区创城办"
    assert [line.shown for line in report.sources][:1] == ["320人"]


async def test_of_many_units_without_their_reports_the_worst_are_named(
    session: Session, campaign: Campaign, writer: Writer, talk: Talk
) -> None:
    facts = await report_facts.gather(session, campaign, ReportOrder(FIRST, LAST, None, ""), talk.now)
    missed = {f"单位{n:02d}": 50 - n for n in range(40)}
    report, sources = await report_writing.write(session, replace(facts, missed=missed), "zh")
    (told,) = [one for one in paragraphs(report) if "未按要求报告" in one]
    named = "、".join(f"单位{n:02d}{50 - n}次" for n in range(6))
    assert told == f"未按要求报告{sum(missed.values())}次：{named}等。"
    (counted,) = [one for one in sources if one.source.count == 40]
    rows = await counted.source.rows(session, 100)
    assert counted.shown == quantity(sum(missed.values()))
    assert sum(row.added or 0 for row in rows) == sum(missed.values())


def quantity(number: int) -> str:
    return plain(quantity_text(Decimal(number), ""), "zh")


async def test_many_meetings_are_counted_and_their_numbers_added(
    writer: Writer, talk: Talk, world: World
) -> None:
    unit = ident(world.unit)
    for n in range(5):
        talk.now += timedelta(seconds=1)
        await writer.enter(unit, ActivityKind.MEETING, f"召开第{n + 1}次调度会", ("参加人数", 20, "人"))
    report, _ = await writer.write()
    said = paragraphs(report)
    assert said[2] == "召开第1次调度会、第2次调度会、第3次调度会等5次会议，参加人数共100人。"
    first, second = report.sources[:2]
    assert (first.shown, first.about, first.count) == ("5", "工作纪实·会议", 5)
    assert (second.shown, second.about, second.count) == ("100人", "工作纪实·会议·参加人数", 5)


async def test_the_same_work_as_a_report_is_not_told_twice(
    writer: Writer, talk: Talk, world: World, session: Session
) -> None:
    filed = await talk.report("今天清理违规广告牌匾12处")
    entry = await writer.enter(
        ident(world.unit), ActivityKind.EVENT, "开展集中整治行动", ("清理违规广告牌匾", 12, "处")
    )
    (figure,) = (await activities.figures_of(session, [ident(entry)]))[ident(entry)]
    figure.report_id = filed.id
    await session.flush()
    report, _ = await writer.write()
    told = [one for one in paragraphs(report) if "违规广告牌匾12处" in one]
    assert len(told) == 1
    assert "开展集中整治行动。" in paragraphs(report)


@pytest.mark.parametrize("what", ["withdrawn", "after the last day"])
async def test_what_no_report_of_the_period_counts_is_told_by_the_log(
    writer: Writer, talk: Talk, world: World, session: Session, what: str
) -> None:
    """Somebody said that it is the same work; the report does not count any more, or counts later."""
    filed = await talk.report("今天清理违规广告牌匾12处")
    entry = await writer.enter(
        ident(world.unit), ActivityKind.EVENT, "开展集中整治行动", ("清理违规广告牌匾", 12, "处")
    )
    (figure,) = (await activities.figures_of(session, [ident(entry)]))[ident(entry)]
    figure.report_id = filed.id
    if what == "withdrawn":
        filed.withdrawn = True
    else:
        filed.counted_at, filed.about_day = talk.now + timedelta(days=3), LAST
    session.add(filed)
    await session.flush()
    said = "".join(paragraphs((await writer.write())[0]))
    assert said.count("违规广告牌匾12处") == 1
    assert "开展集中整治行动，清理违规广告牌匾12处。" in said


@pytest.mark.parametrize(
    ("title", "number", "said"),
    [
        ("召开2026年度动员大会", ("印发文件", 2, "份"), "召开2026年度动员大会，印发文件2份。"),
        ("落实创城经费", ("落实创城经费", 500000, "元"), "召开落实创城经费，落实创城经费50万元。"),
        ("召开320人参加的动员大会", ("参加人数", 320, "人"), "召开320人参加的动员大会。"),
        ("召开1320人参加的动员大会", ("参加人数", 320, "人"), "召开1320人参加的动员大会，参加人数320人。"),
    ],
)
async def test_a_number_is_left_out_only_where_the_title_says_it(
    writer: Writer, world: World, title: str, number: tuple[str, int, str], said: str
) -> None:
    await writer.enter(ident(world.unit), ActivityKind.MEETING, title, number)
    assert said in paragraphs((await writer.write())[0])


async def test_a_title_that_begins_with_its_unit_has_no_second_verb(writer: Writer, world: World) -> None:
    unit = ident(world.unit)
    for title in ("城管局召开创城推进会", "召开动员大会", "市领导在城管局召开现场会"):
        await writer.enter(unit, ActivityKind.MEETING, title)
    assert "市领导在城管局召开现场会；召开创城推进会、动员大会。" in paragraphs((await writer.write())[0])


async def test_equal_numbers_of_two_kinds_have_a_line_each(writer: Writer, world: World) -> None:
    unit = ident(world.unit)
    meeting = await writer.enter(unit, ActivityKind.MEETING, "召开动员大会", ("参加人数", 400, "人"))
    event = await writer.enter(unit, ActivityKind.EVENT, "开展志愿服务", ("参加人数", 400, "人"))
    report, _ = await writer.write()
    traced = {one.references for one in report.sources if one.shown == "400人"}
    assert len(traced) == 2
    assert all(any(entry.number in one for one in traced) for entry in (meeting, event))


async def test_the_ids_behind_every_figure_make_the_same_sum_and_count(
    writer: Writer, talk: Talk, session: Session
) -> None:
    for amount in (3, 4, 5):
        await talk.report(f"今天清理违规广告牌匾{amount}处，清理垃圾{amount}吨")
    report, numbers = await writer.write()
    sources = [one.source for one in numbers]
    summed = [one for one in sources if isinstance(one, SummedFigures)]
    assert {one.total.total for one in summed} == {Decimal(12)}
    for one in summed:
        behind = await figure_sources.of_item(session, one.selection, one.total, 1000)
        assert sum(figure.added for figure in behind) == one.total.total
        assert len(behind) == one.count == one.total.figures
    (counted,) = [one for one in sources if isinstance(one, CountedReports)]
    assert counted.count == len(await counted.rows(session, 1000)) == 3
    line = next(line for line in report.sources if line.shown == "12处")
    assert line.references == "20261215-0003、20261215-0002、20261215-0001"


async def test_the_sheet_of_sources_has_every_report_of_each_number(
    writer: Writer, talk: Talk, world: World, tmp_path: Path
) -> None:
    for amount in range(1, 10):
        await talk.report(f"今天清理违规广告牌匾{amount}处")
    unit = ident(world.unit)
    entry = await writer.enter(unit, ActivityKind.MEETING, "召开动员大会", ("参加人数", 320, "人"))
    report, numbers = await writer.write()
    line = next(line for line in report.sources if line.shown == "45处")
    assert (line.count, line.references.count("-"), line.references[-1]) == (9, 6, "等")
    turn = TickTurn(writer.session, talk.now, writer.campaign)
    written = await source_sheets.build(turn, numbers, tmp_path, name="来源.xlsx", locale="zh")
    book = load_workbook(written.path)
    listed = [row[1:] for row in book["数字"].iter_rows(min_row=2, values_only=True)]
    every = [(one.shown, one.about, one.count, one.count) for one in report.sources]
    assert listed == every
    behind = list(book["来源"].iter_rows(min_row=2, values_only=True))
    assert sum(int(str(row[7])) for row in behind if row[1] == "45处") == 45
    assert len({row[3] for row in behind if row[1] == "45处"}) == 9
    assert [(row[3], row[7]) for row in behind if row[1] == "320人"] == [(entry.number, 320)]


async def test_months_with_as_many_tasks_have_a_line_each(
    writer: Writer, world: World, roster: Roster, session: Session
) -> None:
    await roster.task(world.unit, "整治背街小巷", date(2027, 1, 10))
    await roster.task(world.unit, "建设示范点", date(2027, 2, 20))
    report, _ = await writer.write()
    lines = [(one.about, one.references) for one in report.sources if one.about.endswith("的在办任务")]
    assert ("2027年1月底前完成的在办任务", "“整治背街小巷”") in lines
    assert ("2027年2月底前完成的在办任务", "“建设示范点”") in lines
    assert len(lines) == len(set(lines))


async def test_a_report_with_two_figures_of_an_item_is_named_once(writer: Writer, talk: Talk) -> None:
    """With seven figures of six reports all six are named; with more than are read, there are others."""
    source = NumberOfSeven(count=7)
    numbers = [TracedNumber("7处", "清理", source)]
    said = [await report_writing.source_line(writer.session, ReportPen("zh"), one) for one in numbers]
    assert said[0].references == "报告1、报告2、报告3、报告4、报告5、报告6"
    more = TracedNumber("8处", "清理", NumberOfSeven(count=8))
    assert (await report_writing.source_line(writer.session, ReportPen("zh"), more)).references[-1] == "等"


@dataclass(frozen=True)
class NumberOfSeven:
    """A number of ``count`` figures, of which the first two are of one report."""

    count: int

    async def rows(self, session: Session, limit: int) -> list[SourceRow]:
        return [SourceRow(f"报告{max(n, 1)}") for n in range(self.count)][:limit]


async def test_problems_and_plans(writer: Writer, talk: Talk, world: World, roster: Roster) -> None:
    await roster.task(world.other_unit, "整治背街小巷", date(2026, 12, 10))
    await roster.task(world.other_unit, "建设示范点", date(2027, 2, 20))
    report, _ = await writer.write()
    said = paragraphs(report)
    assert "截至2026年12月15日，逾期未完成的任务1项：整治背街小巷（东风街道，应于12月10日前完成）。" in said
    assert "抓紧完成逾期的1项任务。" in said
    assert "2027年2月底前完成1项：建设示范点（东风街道）。" in said


async def test_a_units_leaders_read_of_their_units(
    writer: Writer, talk: Talk, world: World, roster: Roster
) -> None:
    await talk.report("今天清理违规广告牌匾12处")
    await writer.enter(ident(world.unit), ActivityKind.MEETING, "召开城管局部署会")
    report, _ = await writer.write(units=frozenset({ident(world.other_unit)}))
    assert not [one for one in paragraphs(report) if "违规广告牌匾" in one or "部署会" in one]


async def test_in_english_nothing_is_chinese_but_peoples_words(writer: Writer, talk: Talk) -> None:
    await talk.report("今天清理垃圾3吨")
    report, _ = await writer.write(locale="en")
    assert report.chapters[0].heading == "1. What was done"
    assert "None" not in "".join(paragraphs(report))


async def test_tasks_without_action_or_focus(
    writer: Writer, talk: Talk, world: World, session: Session
) -> None:
    task = await session.get_one(Task, world.task.id)
    task.focus = "背街小巷"
    await session.flush()
    await talk.report("今天清理垃圾3吨")
    report, numbers = await writer.write()
    assert [one for one in paragraphs(report) if one == f"背街小巷。围绕{task.action}，清理垃圾3吨。"]
    (source,) = [one.source for one in numbers if isinstance(one.source, SummedFigures)]
    assert (source.selection.focus, source.selection.no_focus) == ("背街小巷", False)
