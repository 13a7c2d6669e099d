"""What is set for one unit in the preview of a 分解, and how it is taken back; what the preview warns of."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from models.db import Database
from models.tasks import Task
from rules.tasks.task_lifecycle import TaskState
from tests.handlers.tiers import CONFIRM, DEADLINE, DETAILS, START, TARGET, TierChats, made
from tests.support.chat import Chats, Shown
from tests.support.chat import text_of as says
from tests.support.three_tiers import STREETS_OWN

CLEAR_DAY = says("breakdowns.clear_deadline_button")
CLEAR_TARGET = says("breakdowns.clear_target_button")


@pytest.fixture
async def tiers(chats: Chats, database: Database) -> TierChats:
    return await made(chats, database)


async def _west(tiers: TierChats) -> Shown:
    return await tiers.presses("街道", await tiers.card("街道", STREETS_OWN), START, DETAILS, "西山村")


async def _says(tiers: TierChats, words: str) -> Shown:
    return await tiers.chats.say(tiers.person("街道"), words)


async def test_a_deadline_and_a_target_can_be_taken_back(tiers: TierChats) -> None:
    await tiers.set_target(36, "处")
    shown = await _west(tiers)
    assert not {CLEAR_DAY, CLEAR_TARGET} & {*shown.labels()}
    await tiers.press("街道", shown, DEADLINE)
    await tiers.press("街道", await _says(tiers, "周五"), TARGET)
    shown = await _says(tiers, "12")
    assert "2026年12月18日" in shown.text
    assert "12处" in shown.text
    shown = await tiers.press("街道", shown, CLEAR_DAY)
    assert "2026年12月31日" in shown.text
    assert "12处" in shown.text
    shown = await tiers.press("街道", shown, CLEAR_TARGET)
    assert says("breakdowns.unit_target", target=says("breakdowns.none")) in shown.text
    assert not {CLEAR_DAY, CLEAR_TARGET} & {*shown.labels()}


async def test_a_unit_can_have_a_target_where_the_task_has_none(tiers: TierChats) -> None:
    await tiers.press("街道", await _west(tiers), TARGET)
    assert (await _says(tiers, "12")).text == says("breakdowns.no_any_target")
    shown = await _says(tiers, "12处")
    shown = await tiers.press("街道", shown, says("breakdowns.back_button"))
    assert says("breakdowns.own_target", target="12处") in shown.text
    who = says("breakdowns.who_button", unit="南山村")
    await tiers.presses("街道", shown, who, "南山乙", CONFIRM)
    west, *others = await tiers.children(tiers.streets)
    assert (west.target_value, west.target_unit) == (Decimal(12), "处")
    assert {(one.target_value, one.target_unit) for one in others} == {(None, None)}


@pytest.mark.parametrize("words", ["12，13", "12处 3处", "1200000000000", "0处"])
async def test_what_is_no_target_is_asked_for_again(tiers: TierChats, words: str) -> None:
    await tiers.set_target(36, "处")
    await tiers.press("街道", await _west(tiers), TARGET)
    assert (await _says(tiers, words)).text == says("breakdowns.no_target", measure="处")
    assert "1200处" in (await _says(tiers, "1,200")).text


async def test_a_task_without_an_end_says_so(tiers: TierChats) -> None:
    shown = await tiers.presses("局", await tiers.card("局"), START, DETAILS, "西山村")
    assert says("breakdowns.unit_deadline", day="长期坚持，每日报告") in shown.text


async def test_the_preview_of_an_overdue_task_says_who_can_move_its_deadline(tiers: TierChats) -> None:
    async with tiers.database.transaction() as session:
        (await session.get_one(Task, tiers.streets)).deadline = date(2026, 12, 14)
    shown = await tiers.press("街道", await tiers.card("街道", STREETS_OWN), START)
    assert says("breakdowns.overdue_already", who="创城办") in shown.text
    assert says("extensions.move_button") not in shown.labels()
    office = await tiers.press("创城办", await tiers.card("创城办", STREETS_OWN), START)
    asked = await tiers.press("创城办", office, says("extensions.move_button"))
    assert says("extensions.choose_day") in asked.text
    shown = await tiers.presses("街道", await tiers.card("街道", STREETS_OWN), START, DETAILS, "西山村")
    assert DEADLINE not in shown.labels(), "no day is left"


async def test_the_preview_says_that_the_task_was_submitted(tiers: TierChats) -> None:
    async with tiers.database.transaction() as session:
        (await session.get_one(Task, tiers.streets)).state = TaskState.SUBMITTED
    shown = await tiers.press("街道", await tiers.card("街道", STREETS_OWN), START)
    assert says("breakdowns.submitted_already") in shown.text
