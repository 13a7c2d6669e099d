"""Tasks that were broken down, at their edges: what changed meanwhile, what is taken back, who reads what."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlmodel import col, select

from models.audit_log import Audit
from models.db import Database, ident
from models.people import Unit
from models.progress import Evidence, EvidenceKind, ProgressReport
from models.tasks import Task
from rules.tasks.task_lifecycle import TaskState
from services.campaign import Campaign
from tests.conftest import NOW
from tests.handlers.tiers import (
    BACK,
    CONFIRM,
    DEADLINE,
    DETAILS,
    NEXT,
    NONE,
    START,
    TARGET,
    UNITS,
    TierChats,
    files,
    made,
    only,
)
from tests.support.chat import Chats, Shown
from tests.support.chat import text_of as says
from tests.support.people import Roster
from tests.support.three_tiers import STREETS_OWN, WASTE

OWN_ON, OWN_OFF = says("breakdowns.own_on_button"), says("breakdowns.own_off_button")


@pytest.fixture
async def tiers(chats: Chats, database: Database) -> TierChats:
    return await made(chats, database)


async def test_a_deadline_that_the_parent_got_meanwhile_is_shown_first(tiers: TierChats) -> None:
    await tiers.presses("街道", await tiers.card("街道", STREETS_OWN), START, DETAILS, "西山村", DEADLINE)
    shown = await tiers.chats.say(tiers.person("街道"), "12月28日")
    shown = await tiers.press("街道", shown, BACK)
    shown = await tiers.press("街道", shown, says("breakdowns.who_button", unit="南山村"))
    shown = await tiers.press("街道", shown, "南山乙")
    async with tiers.database.transaction() as session:
        (await session.get_one(Task, tiers.streets)).deadline = date(2026, 12, 20)
    again = await tiers.press("街道", shown, CONFIRM)
    assert tiers.chats.toasts[-1][0] == says("breakdowns.changed")
    assert "12月28日" not in again.text
    assert not await tiers.children(tiers.streets)
    await tiers.press("街道", again, CONFIRM)
    assert {child.deadline for child in await tiers.children(tiers.streets)} == {date(2026, 12, 20)}


async def test_a_standard_that_changed_meanwhile_is_shown_first(tiers: TierChats) -> None:
    shown = await only(tiers, "街道", STREETS_OWN, "西山村")
    async with tiers.database.transaction() as session:
        (await session.get_one(Task, tiers.streets)).standard = "另一标准"
    await tiers.press("街道", shown, CONFIRM)
    assert tiers.chats.toasts[-1][0] == says("breakdowns.changed")
    assert not await tiers.children(tiers.streets)


async def test_who_decides_reads_the_reports_and_evidence_of_all_parts(tiers: TierChats) -> None:
    await tiers.break_down()
    await tiers.chats.post()
    await files(tiers, "西山", "今天清运垃圾12车")
    async with tiers.database.transaction() as session:
        report = (await session.exec(select(ProgressReport))).one()
        session.add(
            Evidence(
                report_id=ident(report),
                revision=report.revision,
                kind=EvidenceKind.PHOTO,
                file_id="photo",
                file_unique_id="unique",
            )
        )
    card = await tiers.card("局")
    seen = await tiers.press("局", card, says("tasks.evidence_button"))
    assert f"{WASTE}（共1件）" in seen.text
    assert f"· 西山村 {report.receipt_no}" in seen.text
    asked = await tiers.press("局", card, says("tasks.submit_button"))
    await tiers.press("局", asked, says("completion.submit_button"))
    (request,) = [one for one in await tiers.chats.post() if one.chat_id == tiers.accounts["创城办"]]
    for shown in (asked, request):
        assert says("completion.counts", reports=1, evidence=1) in shown.text
        assert says("completion.no_evidence") not in shown.text


async def test_existing_parts_count_in_the_sum_of_targets(tiers: TierChats) -> None:
    await tiers.set_target(36, "处")
    for unit, target in (("西山村", "24处"), ("东山村", "12处")):
        shown = await only(tiers, "街道", STREETS_OWN, unit)
        await tiers.presses("街道", shown, DETAILS, unit, TARGET)
        shown = await tiers.chats.say(tiers.person("街道"), target)
        shown = await tiers.press("街道", shown, BACK)
        differ = says("breakdowns.targets_differ", total="24处", target="36处")
        assert (differ in shown.text) is (unit == "西山村")
        card = await tiers.press("街道", shown, CONFIRM)
    assert "不一致" not in card.text


async def test_zero_reports_are_shown_before_parts_are_cancelled(tiers: TierChats) -> None:
    await tiers.break_down()
    await tiers.chats.post()
    await tiers.press(
        "西山", await tiers.chats.say(tiers.person("西山"), "今日无新增"), says("progress.confirm_button")
    )
    asked = await tiers.press("创城办", await tiers.card("创城办"), says("tasks.cancel_button"))
    first = await tiers.press("创城办", asked, says("completion.reason.changed"))
    assert says("children.cancelled_line", unit="西山村", person="西山钱", reports=1) in first.text


async def test_a_part_opened_again_before_the_parent_was_completed_is_no_flag(tiers: TierChats) -> None:
    await tiers.break_down()
    async with tiers.database.transaction() as session:
        part = await session.get_one(Task, ident((await tiers.children())[0]))
        part.state, part.reopened_at = TaskState.IN_PROGRESS, NOW
    asked = await tiers.press("创城办", await tiers.card("创城办"), says("tasks.complete_button"))
    card = await tiers.press("创城办", asked, says("completion.reason.goes_on"))
    assert says("children.reopened", count=1) not in card.text
    todo = await tiers.chats.say(tiers.person("局"), "/todo")
    assert says("children.reopened_line", count=1) not in todo.text


async def test_nothing_is_opened_again_below_a_cancelled_task(tiers: TierChats) -> None:
    await tiers.break_down()
    async with tiers.database.transaction() as session:
        part = await session.get_one(Task, ident((await tiers.children())[0]))
        part.state = TaskState.COMPLETED
    found = await tiers.chats.say(tiers.person("创城办"), "/find 完善城乡垃圾 西山村")
    cards = [await tiers.press("创城办", found, label) for label in found.labels() if label[0].isdigit()]
    (card,) = [card for card in cards if "责任单位：西山村" in card.text]
    asked = await tiers.press("创城办", card, says("tasks.reopen_button"))
    async with tiers.database.transaction() as session:
        (await session.get_one(Task, tiers.waste)).state = TaskState.CANCELLED
    await tiers.chats.press(tiers.person("创城办"), asked, says("completion.reopen_now_button"))
    assert tiers.chats.toasts[-1][0] == says("tasks.parent_cancelled")
    assert (await tiers.task(ident(part))).state is TaskState.COMPLETED
    cards = [await tiers.press("创城办", found, label) for label in found.labels() if label[0].isdigit()]
    (card,) = [card for card in cards if "责任单位：西山村" in card.text]
    assert says("tasks.reopen_button") not in card.labels()


async def test_once_all_parts_are_completed_the_lead_can_report_by_itself(tiers: TierChats) -> None:
    card = await tiers.break_down()
    assert says("children.nobody_reports") not in card.text
    async with tiers.database.transaction() as session:
        for child in await tiers.children():
            (await session.get_one(Task, child.id)).state = TaskState.COMPLETED
    card = await tiers.card("局")
    assert says("children.nobody_reports") in card.text
    card = await tiers.press("局", card, OWN_ON)
    assert tiers.chats.toasts[-1][0] == says("breakdowns.own_is_on")
    assert says("children.nobody_reports") not in card.text
    parent = await tiers.task(tiers.waste)
    assert (parent.own_reports, parent.own_switches[-1], parent.next_nag_at) == (True, NOW, NOW)
    card = await tiers.press("局", card, OWN_OFF)
    assert not (await tiers.task(tiers.waste)).own_reports
    async with tiers.database.reading() as session:
        query = select(Audit).where(Audit.event == "own_reports").order_by(col(Audit.id))
        noted = (await session.exec(query)).all()
    assert [row.after for row in noted] == [{"own_reports": True}, {"own_reports": False}]


async def test_a_grandchild_is_not_broken_down_by_an_old_button(tiers: TierChats) -> None:
    """街道's task has become the part of a part since its card was shown."""
    card = await tiers.card("街道", STREETS_OWN)
    async with tiers.database.transaction() as session:
        waste = await session.get_one(Task, tiers.waste)
        roster = Roster(session, NOW, Campaign())
        above = await roster.task(
            await session.get_one(Unit, waste.lead_unit_id), "全区总任务", date(2026, 12, 31)
        )
        waste.parent_id = above.id
        (await session.get_one(Task, tiers.streets)).parent_id = waste.id
    await tiers.chats.press(tiers.person("街道"), card, START)
    assert tiers.chats.toasts[-1][0] == says("breakdowns.too_deep", most=3)


async def test_a_unit_that_moved_away_since_the_preview_is_left_out(tiers: TierChats) -> None:
    shown = await only(tiers, "街道", STREETS_OWN, "西山村")
    async with tiers.database.transaction() as session:
        (await session.exec(select(Unit).where(Unit.name == "西山村"))).one().parent_id = None
    await tiers.press("街道", shown, CONFIRM)
    assert tiers.chats.toasts[-1][0] == says("breakdowns.changed")
    assert not await tiers.children(tiers.streets)


async def test_each_number_on_the_card_opens_its_list(tiers: TierChats) -> None:
    await tiers.break_down()
    await tiers.chats.post()
    await files(tiers, "西山", "今天清运垃圾12车")
    states = {
        "东山吴": TaskState.SUBMITTED,
        "南山甲": TaskState.COMPLETED,
    }
    async with tiers.database.transaction() as session:
        for child in await tiers.children():
            part = await session.get_one(Task, child.id)
            part.state = states.get(part.responsible_person, part.state)
            if part.responsible_person == "北山冯":
                part.deadline = NOW.date() - timedelta(days=1)
    card = await tiers.card("局")
    expected = {
        "signed": {"西山村", "东山村", "南山村"},
        "reported": {"西山村"},
        "submitted": {"东山村"},
        "completed": {"南山村"},
        "overdue": {"北山村"},
    }
    for number, units in expected.items():
        listed = await tiers.press("局", card, says(f"children.button.{number}", count=len(units)))
        shown = {f"{name}村" for name in ("西山", "东山", "南山", "北山") if f"{name}村" in listed.text}
        assert shown == units, number


async def deadline_sent(tiers: TierChats, words: str) -> Shown:
    """The answer to these words as 西山村's deadline, in a 分解 of 街道's task (until 2026-12-31)."""
    await tiers.presses("街道", await tiers.card("街道", STREETS_OWN), START, DETAILS, "西山村", DEADLINE)
    return await tiers.chats.say(tiers.person("街道"), words)


async def test_a_day_that_is_over_is_not_next_years(tiers: TierChats) -> None:
    refused = await deadline_sent(tiers, "12月1日")
    assert refused.text == says("breakdowns.past_day", day="2026年12月1日")


async def test_a_day_of_the_next_year_that_is_near_is_read(tiers: TierChats) -> None:
    async with tiers.database.transaction() as session:
        (await session.get_one(Task, tiers.streets)).deadline = date(2027, 3, 31)
    shown = await deadline_sent(tiers, "1月5日")
    assert says("breakdowns.unit_deadline", day="2027年1月5日") in shown.text


@pytest.mark.parametrize(
    ("words", "key"), [("-5处", "no_target"), ("负5处", "no_target"), ("5吨", "other_measure"), ("12", None)]
)
async def test_a_target_in_words(tiers: TierChats, words: str, key: str | None) -> None:
    await tiers.set_target(36, "处")
    await tiers.presses("街道", await tiers.card("街道", STREETS_OWN), START, DETAILS, "西山村", TARGET)
    answer = await tiers.chats.say(tiers.person("街道"), words)
    if key is not None:
        assert answer.text == says(f"breakdowns.{key}", measure="处")
        return
    assert says("breakdowns.unit_target", target="12处") in answer.text
    shown = await tiers.press("街道", answer, BACK)
    for label in (UNITS, NONE, "西山村", NEXT, CONFIRM):
        shown = await tiers.press("街道", shown, label)
    (told,) = await tiers.chats.post()
    assert "本单位目标" not in told.text, "全不选 has let go of what was chosen"


async def test_who_gets_a_part_reads_its_own_target(tiers: TierChats) -> None:
    await tiers.set_target(36, "处")
    shown = await only(tiers, "街道", STREETS_OWN, "西山村")
    await tiers.presses("街道", shown, DETAILS, "西山村", TARGET)
    shown = await tiers.chats.say(tiers.person("街道"), "12处")
    shown = await tiers.press("街道", shown, BACK)
    await tiers.press("街道", shown, CONFIRM)
    (told,) = await tiers.chats.post()
    assert "本单位目标 12处" in told.text
