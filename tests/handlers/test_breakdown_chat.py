"""分解到下级 by chat alone: choosing, confirming, deciding, taking back."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import select

from models.db import Database, ident
from models.people import Contact, ContactState, Unit
from models.tasks import Task, TaskAssistingUnit
from rules.tasks.task_lifecycle import TaskState
from services.campaign import Campaign
from tests.conftest import NOW
from tests.handlers.tiers import BACK, CONFIRM, DEADLINE, DETAILS, START, TARGET, TierChats, made
from tests.support.chat import Chats
from tests.support.chat import text_of as says
from tests.support.people import Roster
from tests.support.three_tiers import STREETS_OWN, WASTE

UNDO, UNDO_NOW = says("breakdowns.undo_button"), says("breakdowns.undo_now_button")


@pytest.fixture
async def tiers(chats: Chats, database: Database) -> TierChats:
    return await made(chats, database)


async def test_four_villages_by_one_press_and_a_confirmation(tiers: TierChats) -> None:
    shown = await tiers.press("局", await tiers.card("局"), START)
    assert says("breakdowns.choose_people") in shown.text
    assert not any(CONFIRM in label for label in shown.labels()), "somebody must be chosen in 南山村 first"
    card = await tiers.break_down()
    assert tiers.chats.toasts[-1][0] == "已分解：新下达 4 项。"
    assert "下级任务：4项" in card.text
    found = await tiers.children()
    assert [child.responsible_person for child in found] == ["西山钱", "东山吴", "南山甲", "北山冯"]
    parent = await tiers.task(tiers.waste)
    for child in found:
        assert (child.objective, child.standard, child.action) == (WASTE, parent.standard, parent.action)
        assert (child.deadline, child.frequency, child.state) == (None, parent.frequency, TaskState.ASSIGNED)
        assert child.next_nag_at is not None
    assert not parent.own_reports
    assert parent.state is TaskState.ACKNOWLEDGED, "who breaks it down has seen it"
    for name in ("西山", "东山", "南山甲", "北山"):
        assert await tiers.told(name) == ["breakdown"]
    assert not await tiers.told("南山乙")
    assert not await tiers.told("创城办"), "the office gets no push about children"


async def test_the_button_stands_only_while_a_unit_has_no_part(tiers: TierChats) -> None:
    card = await tiers.break_down()
    assert START not in card.labels(), "all four villages have a part"
    async with tiers.database.transaction() as session:
        (await session.get_one(Task, (await tiers.children())[0].id)).state = TaskState.CANCELLED
    card = await tiers.card("局")
    assert START in card.labels()
    shown = await tiers.press("局", card, START)
    assert says("breakdowns.line.new", number=1, unit="西山村", parts=["西山钱"])[:8] in shown.text


async def test_a_second_person_sees_what_exists(tiers: TierChats) -> None:
    begun = await tiers.press("局联络员", await tiers.card("局联络员"), START)
    card = await tiers.card("局")
    await tiers.break_down()
    await tiers.chats.press(tiers.person("局联络员"), begun, says("breakdowns.units_button"))
    assert tiers.chats.toasts[-1][0] == says("breakdowns.no_units")
    await tiers.chats.press(tiers.person("局"), card, START)
    assert tiers.chats.toasts[-1][0] == says("breakdowns.no_units")
    assert len(await tiers.children()) == 4


async def test_confirmed_twice_it_is_made_once(tiers: TierChats) -> None:
    shown = await tiers.press("局", await tiers.card("局"), START)
    shown = await tiers.press("局", shown, says("breakdowns.who_button", unit="南山村"))
    shown = await tiers.press("局", shown, "南山乙")
    await tiers.press("局", shown, CONFIRM)
    await tiers.press("局", shown, CONFIRM)
    assert tiers.chats.toasts[-1][0] == says("breakdowns.made_before")
    assert len(await tiers.children()) == 4
    assert await tiers.told("南山乙") == ["breakdown"]


async def test_who_left_since_the_preview_gets_nothing(tiers: TierChats) -> None:
    shown = await tiers.press("局", await tiers.card("局"), START)
    shown = await tiers.press("局", shown, says("breakdowns.who_button", unit="南山村"))
    shown = await tiers.press("局", shown, "南山甲")
    async with tiers.database.transaction() as session:
        gone = (await session.exec(select(Contact).where(Contact.name == "西山钱"))).one()
        gone.state = ContactState.LEFT
    shown = await tiers.press("局", shown, CONFIRM)
    assert tiers.chats.toasts[-1][0] == says("breakdowns.changed")
    assert not await tiers.children()
    assert says("breakdowns.nobody", units=["西山村"]) in shown.text
    await tiers.press("局", shown, CONFIRM)
    assert [child.responsible_person for child in await tiers.children()] == ["东山吴", "南山甲", "北山冯"]


async def test_a_task_that_was_closed_meanwhile(tiers: TierChats) -> None:
    shown = await tiers.press("局", await tiers.card("局"), START)
    async with tiers.database.transaction() as session:
        (await session.get_one(Task, tiers.waste)).state = TaskState.CANCELLED
    card = await tiers.press("局", shown, says("breakdowns.units_button"))
    assert tiers.chats.toasts[-1][0] == says("breakdowns.closed", state="已取消")
    assert card.message_id == shown.message_id, "the present card takes the place of the preview"
    assert "已取消" in card.text
    assert START not in card.labels()


async def test_a_task_that_went_to_another_unit_meanwhile(tiers: TierChats) -> None:
    shown = await tiers.press("局", await tiers.card("局"), START)
    async with tiers.database.transaction() as session:
        task = await session.get_one(Task, tiers.waste)
        street = (await session.exec(select(Unit).where(Unit.name == "东城街道"))).one()
        session.add(TaskAssistingUnit(task_id=ident(task), unit_id=task.lead_unit_id))
        task.lead_unit_id, task.responsible_id = ident(street), None
    card = await tiers.press("局", shown, says("breakdowns.units_button"))
    assert tiers.chats.toasts[-1][0] == says("breakdowns.not_yours")
    assert card.message_id == shown.message_id
    assert START not in card.labels()


async def test_an_older_copy_of_a_confirmed_preview_becomes_the_card(tiers: TierChats) -> None:
    shown = await tiers.press("局", await tiers.card("局"), START)
    other = await tiers.press("局", await tiers.card("局"), START)
    await tiers.presses("局", other, says("breakdowns.who_button", unit="南山村"), "南山甲", CONFIRM)
    card = await tiers.press("局", shown, says("breakdowns.units_button"))
    assert tiers.chats.toasts[-1][0] == says("breakdowns.over")
    assert card.message_id == shown.message_id
    assert "下级任务：4项" in card.text


async def test_a_street_among_its_own_villages(tiers: TierChats) -> None:
    """空村 has nobody: it is named, and the office is asked to invite somebody. 外村 is never offered."""
    shown = await tiers.press("街道", await tiers.card("街道", STREETS_OWN), START)
    assert "外村" not in shown.text
    assert says("breakdowns.nobody", units=["空村"]) in shown.text
    await tiers.chats.press(tiers.person("街道"), shown, says("breakdowns.invite_button", unit="空村"))
    assert tiers.chats.toasts[-1][0] == says("breakdowns.invited", unit="空村")
    assert len(await tiers.told("创城办")) == 1
    shown = await tiers.press("街道", shown, says("breakdowns.who_button", unit="南山村"))
    shown = await tiers.press("街道", shown, "南山乙")
    await tiers.press("街道", shown, CONFIRM)
    found = await tiers.children(tiers.streets)
    assert [child.responsible_person for child in found] == ["西山钱", "东山吴", "南山乙", "北山冯"]
    assert {child.deadline for child in found} == {date(2026, 12, 31)}
    assert (await tiers.task(tiers.streets)).own_reports, "it has no reports to be made"


@pytest.mark.parametrize(
    ("words", "key"),
    [("随便", "no_day"), ("2026年12月1日", "past_day"), ("2027年1月5日", "after_parent")],
)
async def test_a_bad_deadline_is_asked_for_again(tiers: TierChats, words: str, key: str) -> None:
    await tiers.presses("街道", await tiers.card("街道", STREETS_OWN), START, DETAILS, "西山村", DEADLINE)
    days = {"past_day": "2026年12月1日", "after_parent": "2026年12月31日"}
    said: dict[str, Any] = {"day": days[key]} if key in days else {}
    assert (await tiers.chats.say(tiers.person("街道"), words)).text == says(f"breakdowns.{key}", **said)
    assert "2026年12月20日" in (await tiers.chats.say(tiers.person("街道"), "12月20日")).text


async def test_targets_that_do_not_add_up_are_named(tiers: TierChats) -> None:
    await tiers.set_target(36, "处")
    await tiers.presses("街道", await tiers.card("街道", STREETS_OWN), START, DETAILS, "西山村", TARGET)
    assert (await tiers.chats.say(tiers.person("街道"), "12车")).text == says(
        "breakdowns.other_measure", measure="处"
    )
    shown = await tiers.chats.say(tiers.person("街道"), "12处")
    shown = await tiers.press("街道", shown, BACK)
    differ = says("breakdowns.targets_differ", total="12处", target="36处")
    assert differ in shown.text
    shown = await tiers.press("街道", shown, says("breakdowns.who_button", unit="南山村"))
    shown = await tiers.press("街道", shown, "南山乙")
    card = await tiers.press("街道", shown, CONFIRM)
    assert differ in card.text
    assert (await tiers.children(tiers.streets))[0].target_value == Decimal(12)


async def test_a_unit_that_has_the_same_task_is_attached(tiers: TierChats, database: Database) -> None:
    async with database.transaction() as session:
        roster = Roster(session, NOW, Campaign())
        person = (await session.exec(select(Contact).where(Contact.name == "西山钱"))).one()
        unit = (await session.exec(select(Unit).where(Unit.name == "西山村"))).one()
        own = ident(await roster.task(unit, WASTE, None, person))
    card = await tiers.break_down()
    assert tiers.chats.toasts[-1][0] == "已分解：新下达 3 项、归入已有任务 1 项。"
    found = await tiers.children()
    assert own in {child.id for child in found}
    assert len(found) == 4
    told = [shown.text for shown in await tiers.chats.post() if "已归入上级任务" in shown.text]
    assert len(told) == 1
    await tiers.press("局", await tiers.press("局", card, UNDO), UNDO_NOW)
    assert (await tiers.task(own)).parent_id is None
    assert (await tiers.task(own)).state is TaskState.ASSIGNED


async def test_taken_back_within_the_hour(tiers: TierChats) -> None:
    card = await tiers.break_down()
    asked = await tiers.press("局", card, UNDO)
    await tiers.press("局", asked, UNDO_NOW)
    assert {child.state for child in await tiers.children()} == {TaskState.CANCELLED}
    assert (await tiers.task(tiers.waste)).own_reports, "nothing is below it any more"
    assert not await tiers.chats.post(), "what has not gone out never does"
    await tiers.break_down()
    alive = [child for child in await tiers.children() if child.state is TaskState.ASSIGNED]
    assert len(alive) == 4, "the same units get the task anew"


async def test_not_taken_back_once_somebody_has_begun(tiers: TierChats) -> None:
    card = await tiers.break_down()
    asked = await tiers.press("局", card, UNDO)
    await tiers.press("西山", await tiers.card("西山"), says("tasks.acknowledge_button"))
    await tiers.chats.press(tiers.person("局"), asked, UNDO_NOW)
    assert tiers.chats.toasts[-1][0] == says("breakdowns.undo_begun", count=1, person="西山钱")
    assert TaskState.CANCELLED not in {child.state for child in await tiers.children()}


async def test_not_taken_back_after_an_hour(tiers: TierChats) -> None:
    card = await tiers.break_down()
    tiers.chats.clock.moment += timedelta(minutes=61)
    assert UNDO not in (await tiers.card("局")).labels()
    await tiers.chats.press(tiers.person("局"), card, UNDO)
    assert tiers.chats.toasts[-1][0] == says("breakdowns.undo_too_late")


async def test_a_task_that_ends_later_is_not_attached(tiers: TierChats, database: Database) -> None:
    async with database.transaction() as session:
        (await session.get_one(Task, tiers.waste)).deadline = date(2026, 12, 31)
        person = (await session.exec(select(Contact).where(Contact.name == "西山钱"))).one()
        unit = (await session.exec(select(Unit).where(Unit.name == "西山村"))).one()
        own = await Roster(session, NOW, Campaign()).task(unit, WASTE, date(2027, 3, 1), person)
    shown = await tiers.press("局", await tiers.card("局"), START)
    assert says("breakdowns.line.later", number=1, unit="西山村") in shown.text
    await tiers.break_down()
    assert (await tiers.task(ident(own))).parent_id is None
    assert len(await tiers.children()) == 3


async def test_an_attached_task_takes_over_the_frequency(tiers: TierChats, database: Database) -> None:
    async with database.transaction() as session:
        person = (await session.exec(select(Contact).where(Contact.name == "西山钱"))).one()
        unit = (await session.exec(select(Unit).where(Unit.name == "西山村"))).one()
        own = await Roster(session, NOW, Campaign()).task(unit, WASTE, date(2026, 12, 20), person)
    card = await tiers.break_down()
    assert (await tiers.task(ident(own))).frequency is (await tiers.task(tiers.waste)).frequency
    await tiers.chats.post()
    await tiers.press("局", await tiers.press("局", card, UNDO), UNDO_NOW)
    told = await tiers.chats.post()
    assert not any(says("breakdowns.told_undone", count=1) in shown.text for shown in told)
