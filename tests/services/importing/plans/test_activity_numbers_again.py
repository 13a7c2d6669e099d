"""A sheet of the log beside what the log has: numbers twice, entries taken back or corrected, choices."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import col, select

from models import activities
from models.activities import ActivityFigure
from models.db import ident
from services.importing.plans.activity_plan import plan_activities, write_activities
from services.importing.plans.preview_making import preview_of
from tests.services.importing.builders import said
from tests.services.importing.plans.test_activity_plan import LogOffice, statuses
from tests.services.importing.plans.test_activity_plan import office as office

HEADER = ("日期", "标题", "单位", "内容", "参加人数", "印发份数", "经费（万元）")


def line(words: str | None, people: Any = None, copies: Any = None, funds: Any = None) -> tuple[Any, ...]:
    return ("2026-12-10", "全区创城动员大会", "城管局", words, people, copies, funds)


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (("召开动员大会，320人参加", 320), ["参加人数 320人"]),
        (("召开动员大会，320名干部职工参加", 320), ["参加人数 320人"]),
        (("召开动员大会，300余人参加", "约300"), ["参加人数 300人"]),
        (("召开动员大会，参加人数320人", 320), ["参加人数 320人"]),
        (("拨付创城经费50万元", None, None, 50), ["投入经费 500000元"]),
        (("召开动员大会，320人参加，320人签名", 320), ["参加人员 320人", "参加人数 320人"]),
        (("召开动员大会，310人参加", 320), ["召开动员大会 310人", "参加人数 320人"]),
        # What the column says is there already: the other number is something else.
        (
            ("印发文件200份，发放宣传单200份", None, 200),
            ["印发文件 200份", "发放宣传单 200份"],
        ),
    ],
)
async def test_a_number_of_the_words_and_of_a_column_is_recorded_once(
    office: LogOffice, cells: tuple[Any, ...], numbers: list[str]
) -> None:
    plan = await office.import_(line(*cells), header=HEADER)
    assert plan.warned == []
    assert [f"{item} {amount:f}{unit}" for item, amount, unit in await office.numbers()] == numbers
    shown: Any = plan.to_json("zh")["activities"]
    assert [len(one["numbers"]) for one in shown] == [len(numbers)]
    again = await plan_activities(office.session, await office.read(line(*cells), header=HEADER))
    assert statuses(again) == ["unchanged"]


async def test_words_that_state_the_columns_number_are_not_lengthened(office: LogOffice) -> None:
    await office.import_(line("召开动员大会，参加人数320人。", 320), header=HEADER)
    (entry,) = await office.entries()
    assert entry.text == "召开动员大会，参加人数320人。"


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        *(("约300", 300), ("300余", 300), ("300多", 300), ("近300", 300), ("大约1,200", 1200)),
        *(("300多人", 300), ("约300人", 300)),
    ],
)
async def test_about_so_many(office: LogOffice, cell: str, amount: int) -> None:
    plan = await office.import_(line(None, cell), header=HEADER)
    assert plan.refused == []
    (figure,) = (await office.session.exec(select(ActivityFigure))).all()
    assert (figure.item, figure.amount, figure.unit, figure.approx) == (
        "参加人数",
        Decimal(amount),
        "人",
        True,
    )


async def test_an_entry_that_was_taken_back_stays_so(office: LogOffice) -> None:
    await office.import_(line("召开动员大会", 320), header=HEADER)
    (entry,) = await office.entries()
    entry.withdrawn = True
    await office.session.flush()
    parsed = await office.read(line("召开动员大会", 350), header=HEADER)
    plan = await plan_activities(office.session, parsed)
    assert statuses(plan) == ["withdrawn"]
    assert said(plan.warned[0].texts) == [
        "工作纪实 J20261215-0001 已撤回，本行跳过；如需恢复，请在该条中点“恢复”"
    ]
    preview, _ = preview_of(plan, parsed)
    assert [preview.counts[name] for name in ("new", "changed", "unchanged")] == [0, 0, 0]
    assert plan.to_write() == []
    # Of two entries the one that stands counts.
    await office.import_(("2026-12-10", "推进会", "城管局", "召开推进会", None, None, None), header=HEADER)
    _, other = await office.entries()
    other.title = entry.title
    await office.session.flush()
    (planned,) = (await plan_activities(office.session, parsed)).lines
    assert (planned.status, planned.stored_id) == ("changed", other.id)


async def test_an_entry_that_is_taken_back_meanwhile_is_not_changed(office: LogOffice) -> None:
    await office.import_(line("召开动员大会", 320), header=HEADER)
    plan = await plan_activities(office.session, await office.read(line("召开动员大会", 350), header=HEADER))
    (entry,) = await office.entries()
    entry.withdrawn = True
    await office.session.flush()
    await write_activities(office.turn, plan.to_write())
    assert [one.revision for one in await office.entries()] == [1]


async def test_an_entry_whose_title_was_corrected_is_named(office: LogOffice) -> None:
    await office.import_(line("召开动员大会", 320), header=HEADER)
    (entry,) = await office.entries()
    entry.title = "全市动员大会"
    await office.session.flush()
    plan = await plan_activities(office.session, await office.read(line("召开动员大会", 320), header=HEADER))
    assert statuses(plan) == ["new"]
    assert said(plan.warned[0].texts) == ["与工作纪实 J20261215-0001“全市动员大会”内容相同，请核对是否重复"]


async def test_what_was_chosen_for_the_numbers_stays_when_the_words_change(office: LogOffice) -> None:
    words = "召开动员大会，出动车辆12辆，发放宣传单三四百份，清理垃圾两三百吨"
    await office.import_(line(words), header=HEADER)
    (entry,) = await office.entries()
    # On the card somebody leaves the vehicles out, and takes in the leaflets, which are in doubt.
    leaflets = ActivityFigure(
        activity_id=ident(entry), item="发放宣传单", unit="份", amount=Decimal(300), approx=True
    )
    await activities.replace_figures(office.session, ident(entry), [leaflets])
    await office.session.flush()
    plan = await office.import_(line(f"{words}，慰问群众30户"), header=HEADER)
    assert statuses(plan) == ["changed"]
    assert [item for item, _, _ in await office.numbers()] == ["发放宣传单", "慰问群众"]
    assert said(plan.warned[0].texts) == [
        "数量“清理垃圾 约200吨”不明确，没有记入；请改写后重新导入，或在该条中更正"
    ]
    await office.import_(line(f"{words.replace('两三百', '200')}，慰问群众30户"), header=HEADER)
    figures = await office.session.exec(select(ActivityFigure).order_by(col(ActivityFigure.id)))
    assert [one.item for one in figures] == ["发放宣传单", "清理垃圾", "慰问群众"]


async def test_a_number_that_was_taken_from_the_words_is_not_lost(office: LogOffice) -> None:
    """Somebody chose the number of the words, and left out that of the column."""
    await office.import_(line("召开动员大会，320人参加", 320), header=HEADER)
    (entry,) = await office.entries()
    own = ActivityFigure(activity_id=ident(entry), item="召开动员大会", unit="人", amount=Decimal(320))
    await activities.replace_figures(office.session, ident(entry), [own])
    await office.session.flush()
    await office.import_(line("召开动员大会，320人参加，会期1天", 320), header=HEADER)
    assert ("召开动员大会", Decimal(320), "人") in await office.numbers()
    assert "参加人数" not in [item for item, _, _ in await office.numbers()]
