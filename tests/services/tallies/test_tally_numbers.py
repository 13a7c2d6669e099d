"""What the numbers of ``/tally`` are made of: the workbook of all sources, the cases, the earlier periods."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook
from sqlmodel import select

from models import people
from models.cases.case_standing import CaseMove
from models.db import Session, ident
from models.importing import Job, JobKind, JobState
from models.progress import ReportKind
from reports.period_tally import PeriodTally
from rules.people.roles import Role
from rules.periods import FigurePeriod
from rules.tasks.task_lifecycle import TaskState
from services.campaign import Campaign
from services.cases.lists import period_cases
from services.paper_orders import MadeWorkbook
from services.tallies import period_tallies, period_tally_views, source_sheets, tally_numbers
from services.tallies.number_sources import NamedSources, TracedNumber
from services.tallies.period_tallies import TallySelection
from services.turn import TickTurn, Turn
from tests.services.conftest import Local, World
from tests.services.progress.talk import buttons, refused
from tests.services.tallies.districts import District
from tests.support.cases import TO_CLOSED, TO_DISPATCHED, CaseDesk
from tests.support.people import Roster
from tests.support.turns import turn_for

WEEK = TallySelection(FigurePeriod.WEEK)
DAY = timedelta(days=1)


@pytest.fixture
def at(local: Local) -> datetime:
    """A Wednesday morning."""
    return local(12, 16, 8, 37)


@pytest.fixture
async def district(session: Session, world: World, roster: Roster, at: datetime) -> District:
    made = District(session, world, roster, at)
    await made.begin()
    return made


@pytest.fixture
def office(session: Session, world: World, campaign: Campaign, at: datetime) -> Turn:
    return turn_for(session, world.office, at, campaign)


async def ordered(turn: Turn, asked: TallySelection) -> Job:
    """The job of a sheet, as its worker finds it."""
    await period_tally_views.source_sheet(turn, asked)
    await turn.session.flush()
    return (await turn.session.exec(select(Job).order_by(Job.id.desc()).limit(1))).one()  # type: ignore[union-attr]


async def made(turn: Turn, job: Job, folder: Path) -> Workbook:
    """The workbook that the worker makes of the job."""
    tick = TickTurn(turn.session, turn.now, turn.campaign)
    numbers, locale = await tally_numbers.asked_for(tick, job)
    written = await source_sheets.build(tick, numbers, folder, name="明细.xlsx", locale=locale)
    return load_workbook(written.path)


async def counted(turn: Turn, asked: TallySelection) -> PeriodTally:
    cut = await period_tallies.cut_of(turn, asked)
    return await period_tallies.count(turn, cut, await period_tallies.tasks_of(turn, cut))


def rows(book: Workbook, sheet: str) -> list[tuple[object, ...]]:
    """The lines below the heads."""
    return list(book[sheet].iter_rows(min_row=2, values_only=True))


async def test_the_rows_behind_every_number_make_the_number(
    district: District, office: Turn, local: Local, tmp_path: Path
) -> None:
    for hour in (8, 9, 10):
        await district.file("城管局", hour, local(12, 15, hour))
    await district.file("西山村", 5, local(12, 15, 9), reported_at=local(12, 15, 12), late=True)
    await district.file("东风街道", 0, local(12, 15, 9), kind=ReportKind.ZERO)
    await district.file("城管局", 1000, local(12, 8, 9))
    done = district.tasks["西山村"]
    done.state, done.completed_at = TaskState.COMPLETED, local(12, 15, 11)
    book = await made(office, await ordered(office, WEEK), tmp_path)
    numbers = rows(book, "数字")
    assert [row[1:] for row in numbers] == [
        ("5份", "收到报告", 5, 5),
        ("1份", "其中：零报告", 1, 1),
        ("1份", "其中：逾期任务的报告", 1, 1),
        ("1份", "其中：补报", 1, 1),
        ("1项", "办结任务", 1, 1),
        ("32处", "清理小广告", 4, 4),
    ]
    behind = defaultdict(list)
    for row in rows(book, "来源"):
        behind[row[0]].append(row)
    assert [len(behind[row[0]]) for row in numbers] == [row[3] for row in numbers]
    assert sum(Decimal(str(row[7])) for row in behind[6]) == Decimal(32)
    assert {row[5] for row in behind[6]} == {"城管局", "西山村"}
    assert {row[6] for row in behind[6]} == {"城管局清理小广告", "西山村清理小广告"}
    assert [row[5:7] for row in behind[5]] == [("西山村", "西山村清理小广告")]
    assert behind[5][0][4] == datetime(2026, 12, 15, 11)  # noqa: DTZ001  # a cell has no zone
    # A moment of the campaign's zone, as a moment.
    assert behind[6][0][4] == datetime(2026, 12, 15, 10)  # noqa: DTZ001  # a cell has no zone


async def test_of_a_cut_only_its_own_is_listed(
    district: District, office: Turn, local: Local, tmp_path: Path
) -> None:
    for unit in ("城管局", "东风街道", "西山村"):
        await district.file(unit, 3, local(12, 15, 9))
    asked = replace(WEEK, action="市容环境整治", unit_id=district.world.other_unit.id)
    book = await made(office, await ordered(office, asked), tmp_path)
    assert [row[5] for row in rows(book, "来源")] == ["东风街道", "东风街道"]


async def test_a_number_of_more_than_a_workbook_holds_names_the_last(
    office: Turn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_sheets, "OF_ONE", 4)
    monkeypatch.setattr(source_sheets, "MOST", 6)
    named = [TracedNumber("5", f"第{n}个", NamedSources.of(list("甲乙丙丁戊"))) for n in range(3)]
    tick = TickTurn(office.session, office.now, office.campaign)
    written = await source_sheets.build(tick, named, tmp_path, name="明细.xlsx", locale="zh")
    book = load_workbook(written.path)
    assert [row[3:] for row in rows(book, "数字")] == [(5, 4), (5, 2), (5, 0)]
    assert [row[3] for row in rows(book, "来源")] == ["甲", "乙", "丙", "丁", "甲", "乙"]
    assert written.rows == 9


async def test_a_sheet_is_made_of_what_its_reader_may_see_then(
    district: District, world: World, session: Session, campaign: Campaign, at: datetime, local: Local
) -> None:
    for unit in ("城管局", "东风街道"):
        await district.file(unit, 3, local(12, 15, 9))
    turn = turn_for(session, world.responsible, at, campaign)
    job = await ordered(turn, WEEK)
    assert (job.kind, job.state) == (JobKind.TALLY_SOURCES, JobState.CONFIRMED)
    numbers, _ = await tally_numbers.asked_for(TickTurn(session, at, campaign), job)
    assert [one.shown for one in numbers] == ["1份", "3处"]
    other = replace(WEEK, unit_id=ident(world.other_unit))
    assert await refused(period_tally_views.source_sheet(turn, other)) == "period_tally.not_yours"
    assert await refused(period_tally_views.source_sheet(turn, WEEK)) == "sources.on_its_way"


async def test_who_has_moved_to_another_unit_gets_nothing_of_the_first(
    district: District, world: World, session: Session, campaign: Campaign, at: datetime
) -> None:
    street = await district.roster.actor(world.other_unit, "街道主任", Role.PRINCIPAL_LEADER)
    job = await ordered(
        turn_for(session, street, at, campaign), replace(WEEK, unit_id=ident(district.village))
    )
    street.contact.unit_id = ident(world.unit)
    await session.flush()
    asked = tally_numbers.asked_for(TickTurn(session, at, campaign), job)
    assert await refused(asked) == "period_tally.not_yours"


async def test_who_sees_other_units_meanwhile_gets_no_sheet_of_the_first(
    district: District, world: World, session: Session, campaign: Campaign, at: datetime, tmp_path: Path
) -> None:
    """The role changes before the sheet is made, or while it is."""
    turn = turn_for(session, world.office, at, campaign)
    job, tick = await ordered(turn, WEEK), TickTurn(session, at, campaign)
    await tally_numbers.asked_for(tick, job)
    await people.set_roles(session, world.office.id, {Role.LIAISON})
    assert await refused(tally_numbers.asked_for(tick, job)) == "sources.scope_changed"
    book = MadeWorkbook("明细.xlsx", tmp_path / "none.xlsx", 0)
    assert await refused(tally_numbers.deliver(tick, job, book)) == "sources.scope_changed"


async def test_the_cases_of_a_period_open_by_their_number(
    district: District, office: Turn, session: Session, campaign: Campaign, at: datetime, world: World
) -> None:
    desk = CaseDesk(session, at - DAY, campaign)
    category = await desk.category()
    first, second = [await desk.report(world.office, category, text=f"第{n}处") for n in range(2)]
    await desk.bring(first, *TO_CLOSED, office=world.office, unit=world.responsible)
    await desk.bring(second, *TO_DISPATCHED, office=world.office, unit=world.responsible)
    view = await period_tally_views.overview(office, WEEK)
    registered, closed = buttons(view, "periods.cases")
    assert [one.label.values["count"] for one in (registered, closed)] == [2, 1]
    for found, expected in ((registered, [second.id, first.id]), (closed, [first.id])):
        move = CaseMove(found.arguments["move"])
        listed = await period_cases.behind(office, replace(WEEK, at=at), move, offset=0)
        assert set(listed.case_ids) == set(expected)
        assert len(listed.lines) == 1 + len(expected)
        assert buttons(listed, "periods.tally")
    (closing,) = [
        one
        for one in await tally_numbers.numbers(office, await period_tallies.cut_of(office, WEEK), "zh")
        if one.about == "结案"
    ]
    assert [row.at for row in await closing.source.rows(session, 9)] == [first.closed_at]
    numbers = await tally_numbers.numbers(office, await period_tallies.cut_of(office, WEEK), "zh")
    sources = {one.about: [row.reference for row in await one.source.rows(session, 9)] for one in numbers}
    assert sources == {"新立案卷": [second.number, first.number], "结案": [first.number]}
    # Their unit has no cases.
    villager = await district.roster.actor(district.village, "村书记", Role.RESPONSIBLE_PERSON)
    other = turn_for(session, villager, at, campaign)
    assert not buttons(await period_tally_views.overview(other, WEEK), "periods.cases")


@pytest.mark.parametrize("period", [FigurePeriod.WEEK, FigurePeriod.LAST_WEEK, FigurePeriod.MONTH])
async def test_the_button_of_an_earlier_period_opens_the_number_that_was_shown(
    district: District, office: Turn, local: Local, period: FigurePeriod
) -> None:
    """Up to the same day and hour of a period that runs, the whole of one that is over."""
    for day, hour in ((5, 9), (30, 10)):
        await district.file("城管局", 1, local(11, day, hour))
    for day, hour in ((2, 9), (7, 9), (9, 8), (9, 9), (12, 9), (15, 9), (16, 8)):
        await district.file("城管局", 1, local(12, day, hour))
    asked = TallySelection(period)
    shown = await counted(office, asked)
    view = await period_tally_views.overview(office, asked)
    (found,) = [one for one in buttons(view, "periods.tally") if one.label.key.endswith("before_button")]
    opened = await counted(office, tally_numbers._ASKED.validate_python(found.arguments))
    assert opened.reports.now == shown.reports.before
    assert opened.span == shown.before
    assert opened.standing is None


async def test_a_morning_without_reports_opens_the_day_before(
    district: District, office: Turn, local: Local
) -> None:
    await district.file("城管局", 1, local(12, 15, 8))
    view = await period_tally_views.overview(office, TallySelection())
    (found,) = [one for one in buttons(view, "periods.tally") if one.label.key.endswith("before_button")]
    opened = await counted(office, tally_numbers._ASKED.validate_python(found.arguments))
    assert opened.reports.now == 1
