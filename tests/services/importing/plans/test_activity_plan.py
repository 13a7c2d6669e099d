"""The activity log from a sheet to the entries, and again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import col, select

from models import activities
from models.activities import Activity, ActivityFigure
from models.audit_log import Audit
from models.db import Session, ident
from rules.activities.activity_kinds import ActivityKind
from services.campaign import Campaign
from services.importing.jobs import plan_steps
from services.importing.jobs.import_steps import ROWS, ImportOccasion
from services.importing.plans.activity_plan import ActivityPlan, plan_activities, write_activities
from services.importing.plans.preview_making import preview_of
from services.importing.rows.activity_rows import ParsedActivities, parse_activities
from services.importing.rows.task_units import Roster as Units
from services.people.enrolment import known_units
from services.turn import TickTurn
from tests.services.conftest import World
from tests.services.importing.builders import said, workbook
from tests.services.progress.talk import Talk

HEADER = ("日期", "标题", "单位", "类别", "内容", "参加人数", "印发份数", "经费（万元）")
MEETING = (date(2026, 12, 10), "全区创城动员大会", "城管局", "会议", None, 320, 200, None)
FUNDS = ("12月11日", "落实工作经费", "城管局", None, None, None, None, 30)
Line = Sequence[Any]


@dataclass
class LogOffice:
    """Imports sheets of the log as the command does, in the test's own transaction."""

    session: Session
    now: datetime
    campaign: Campaign

    @property
    def turn(self) -> TickTurn:
        return TickTurn(self.session, self.now, self.campaign)

    async def read(self, *lines: Line, header: Line = HEADER) -> ParsedActivities:
        units = Units(await known_units(self.session))
        today = self.campaign.today(self.now)
        return parse_activities(workbook([header, *lines]), "纪实.xlsx", roster=units, today=today)

    async def import_(self, *lines: Line, header: Line = HEADER) -> ActivityPlan:
        plan = await plan_activities(self.session, await self.read(*lines, header=header))
        await write_activities(self.turn, plan.to_write())
        return plan

    async def entries(self) -> list[Activity]:
        return list((await self.session.exec(select(Activity).order_by(col(Activity.id)))).all())

    async def numbers(self) -> list[tuple[str, Decimal, str]]:
        rows = await self.session.exec(select(ActivityFigure).order_by(col(ActivityFigure.id)))
        return [(one.item, one.amount, one.unit) for one in rows]


@pytest.fixture
def office(session: Session, now: datetime, campaign: Campaign, world: World) -> LogOffice:
    return LogOffice(session, now, campaign)


def statuses(plan: ActivityPlan) -> list[str]:
    return [line.status for line in plan.lines]


async def test_entries_with_their_numbers(office: LogOffice, world: World) -> None:
    plan = await office.import_(MEETING, FUNDS)
    assert statuses(plan) == ["new", "new"]
    first, second = await office.entries()
    assert (first.number, first.kind, first.day, first.title) == (
        "J20261215-0001",
        ActivityKind.MEETING,
        date(2026, 12, 10),
        "全区创城动员大会",
    )
    assert first.text == "全区创城动员大会，参加人数320人，印发文件200份"
    assert (first.unit_id, first.recorded_by) == (world.unit.id, None)
    assert (second.kind, second.day) == (ActivityKind.FUNDS, date(2026, 12, 11))
    assert await office.numbers() == [
        ("参加人数", Decimal(320), "人"),
        ("印发文件", Decimal(200), "份"),
        ("投入经费", Decimal(300_000), "元"),
    ]
    rows = (await office.session.exec(select(Audit).where(Audit.subject_type == "activity"))).all()
    assert [row.event for row in rows] == ["import", "import"]


async def test_the_same_sheet_again_and_one_that_is_changed(office: LogOffice) -> None:
    await office.import_(MEETING, FUNDS)
    again = await office.import_(MEETING, FUNDS)
    assert statuses(again) == ["unchanged", "unchanged"]
    changed = (*MEETING[:3], None, None, 350, 200, None)
    plan = await office.import_(changed)
    assert statuses(plan) == ["changed"]
    (remark,) = plan.changes
    assert said(remark.texts) == [
        "内容：全区创城动员大会，参加人数320人，印发文件200份 → "
        "全区创城动员大会，参加人数350人，印发文件200份"
    ]
    first, second = await office.entries()
    assert (first.revision, first.kind, second.revision) == (2, ActivityKind.MEETING, 1)
    assert ("参加人数", Decimal(350), "人") in await office.numbers()
    row = (await office.session.exec(select(Audit).order_by(col(Audit.id).desc()))).first()
    assert row is not None
    assert (row.before or {})["figures"] == ["参加人数 320人", "印发文件 200份"]
    assert "title" not in (row.before or {})


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ((None, "召开会议", "城管局"), "没有填写日期"),
        (("十二月", "召开会议", "城管局"), "日期“十二月”无法识别，请写成 2026-10-10 的形式"),
        (("2026-12-20", "召开会议", "城管局"), "日期 2026-12-20 在今天之后，纪实只记已做的工作"),
        (("2026-12-10", None, "城管局"), "没有填写标题"),
        (("2026-12-10", "召" * 201, "城管局"), "标题超过 200 字"),
        (("2026-12-10", "召开会议", None), "没有填写单位"),
        (("2026-12-10", "召开会议", "不存在的单位"), None),
        (
            ("2026-12-10", "召开会议", "城管局", None, None, "很多"),
            "参加人数“很多”不是可以识别的数量，请写数字，如 320",
        ),
    ],
)
async def test_lines_that_are_refused(office: LogOffice, line: Line, reason: str | None) -> None:
    plan = await office.import_(line, FUNDS)
    (refused,) = plan.refused
    assert reason is None or said(refused.reasons) == [reason]
    assert len(await office.entries()) == 1


async def test_two_lines_about_one_entry(office: LogOffice) -> None:
    plan = await office.import_(MEETING, MEETING)
    (refused,) = plan.refused
    assert said(refused.reasons) == ["与第 2 行的日期、单位和标题都相同；如是两项工作，请在标题中区分"]


@pytest.mark.parametrize(
    ("head", "cell", "found"),
    [
        ("经费", "30万元", Decimal(300_000)),
        ("经费", "5000元", Decimal(5000)),
        ("经费（元）", "5,000", Decimal(5000)),
        ("经费（万元）", 1.5, Decimal(15_000)),
        ("经费", 30, None),
    ],
)
async def test_funds_say_in_what(office: LogOffice, head: str, cell: Any, found: Decimal | None) -> None:
    header = ("日期", "标题", "单位", head)
    plan = await office.import_(("2026-12-10", "更新果皮箱", "城管局", cell), header=header)
    if found is None:
        (refused,) = plan.refused
        assert said(refused.reasons) == ["经费“30”没有写明元或万元"]
    else:
        assert await office.numbers() == [("投入经费", found, "元")]


async def test_what_the_preview_warns_of(office: LogOffice, talk: Talk) -> None:
    await talk.confirm(await talk.write("今天清理违规广告牌匾12处"))
    lines = (
        ("2026-12-15", "集中整治行动", "城管局", "突击", "清理违规广告牌匾12处"),
        ("2026-12-14", "宣传活动", "城管局", "活动", "发放宣传单三四百份"),
    )
    parsed = await office.read(*lines)
    plan = await plan_activities(office.session, parsed)
    texts = [said(one.texts) for one in plan.warned]
    assert texts == [
        [
            "类别“突击”不在会议、文件、活动、队伍、经费、宣传、其他之中，按内容判断",
            "“清理违规广告牌匾 12处”与报告 20261215-0001 的“清理违规广告牌匾 12处”可能是同一项工作，"
            "导入后请在该条答复",
        ],
        ["数量“发放宣传单 约300份”不明确，没有记入；请改写后重新导入，或在该条中更正"],
    ]
    preview, _ = preview_of(plan, parsed)
    assert (preview.counts["new"], preview.counts["of_warnings"]) == (2, 2)
    await write_activities(office.turn, plan.to_write())
    assert [item for item, _, _ in await office.numbers()] == ["清理违规广告牌匾"]
    (figure,) = (await office.session.exec(select(ActivityFigure))).all()
    assert (figure.report_id, figure.refused_to) == (None, None)


async def test_an_answer_stays_when_the_sheet_comes_again(office: LogOffice, talk: Talk) -> None:
    await talk.confirm(await talk.write("今天清理违规广告牌匾12处"))
    line = ("2026-12-15", "集中整治行动", "城管局", "活动", "清理违规广告牌匾12处")
    await office.import_(line)
    (entry,) = await office.entries()
    (figure,) = (await activities.figures_of(office.session, [ident(entry)]))[ident(entry)]
    figure.refused_to = 1
    await office.import_((*line[:4], "清理违规广告牌匾12处，出动40人"))
    first, _ = (await activities.figures_of(office.session, [ident(entry)]))[ident(entry)]
    assert (first.item, first.refused_to) == ("清理违规广告牌匾", 1)


async def test_a_long_sheet_is_written_in_steps_and_goes_on(office: LogOffice) -> None:
    lines = [
        ("2026-12-10", f"第{n}次入户宣传", "城管局", "活动", None, n, None, None) for n in range(1, ROWS + 22)
    ]
    plan = await plan_activities(office.session, await office.read(*lines))
    occasion = ImportOccasion("1", office.now, office.campaign, None)
    first, second = plan_steps.steps_of(occasion, plan)
    assert (first.rows, second.rows) == (ROWS, 21)
    await first.write(office.session)
    # The worker was killed: the plan is made anew, and what is written is not written again.
    again = await plan_activities(office.session, await office.read(*lines))
    (rest,) = plan_steps.steps_of(occasion, again, after=first.upto)
    await rest.write(office.session)
    assert len(await office.entries()) == ROWS + 21
    assert (await plan_activities(office.session, await office.read(*lines))).to_write() == []
