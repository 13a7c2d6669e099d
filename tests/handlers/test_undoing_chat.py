"""撤回分解 in the chat, and what becomes of tasks that were attached."""

from __future__ import annotations

from datetime import date

import pytest
from sqlmodel import select

from models.db import Database
from models.delivery import live_messages
from models.people import Unit
from models.tasks import Task
from rules.duties.frequencies import Frequency
from rules.tasks.task_lifecycle import TaskState
from services.campaign import Campaign
from services.delivery import live_views
from tests.conftest import NOW
from tests.handlers.tiers import CONFIRM, START, TierChats, files, made, only, own_task
from tests.support.chat import Chats, Shown
from tests.support.chat import text_of as says
from tests.support.people import Roster
from tests.support.three_tiers import WASTE
from tests.support.turns import tick_for

UNDO, UNDO_NOW = says("breakdowns.undo_button"), says("breakdowns.undo_now_button")
RELEASE, RELEASE_NOW = says("breakdowns.release_button"), says("breakdowns.release_now_button")
OWN_ON, OWN_OFF = says("breakdowns.own_on_button"), says("breakdowns.own_off_button")


@pytest.fixture
async def tiers(chats: Chats, database: Database) -> TierChats:
    return await made(chats, database)


async def test_what_was_attached_has_its_own_frequency_again(tiers: TierChats) -> None:
    own = await own_task(tiers)
    card = await tiers.break_down()
    assert (await tiers.task(own)).frequency is Frequency.DAILY
    await tiers.press("局", await tiers.press("局", card, UNDO), UNDO_NOW)
    alone = await tiers.task(own)
    assert (alone.parent_id, alone.frequency, alone.rhythm_from) == (None, None, None)
    assert alone.next_nag_at is not None


async def test_the_button_stands_only_while_nobody_has_begun(tiers: TierChats) -> None:
    card = await tiers.break_down()
    assert UNDO in card.labels()
    await tiers.press("西山", await tiers.card("西山"), says("tasks.acknowledge_button"))
    assert UNDO not in (await tiers.card("局")).labels()


async def _part_card(tiers: TierChats, name: str, unit: str) -> Shown:
    listed = await tiers.press(name, await tiers.card(name), says("children.button.all", count=4))
    return await tiers.press(name, listed, unit)


async def test_an_attached_task_stands_alone_again_at_any_time(tiers: TierChats) -> None:
    own = await own_task(tiers)
    await tiers.break_down()
    await files(tiers, "西山", "今天清运垃圾12车")
    await tiers.chats.post()
    assert "12车" in (await tiers.card("局")).text
    part = await _part_card(tiers, "局", "西山村")
    asked = await tiers.press("局", part, RELEASE)
    assert (await tiers.task(own)).parent_id == tiers.waste, "it asks first"
    assert RELEASE in (await tiers.press("局", asked, says("completion.back_button"))).labels()
    card = await tiers.press("局", asked, RELEASE_NOW)
    alone = await tiers.task(own)
    assert (alone.parent_id, alone.frequency, alone.rhythm_from) == (None, None, None)
    assert says("children.button.all", count=3) in card.labels()
    assert "12车" not in card.text, "what it reports is its own"
    (told,) = await tiers.chats.post()
    assert told.chat_id == tiers.accounts["西山"]
    assert told.text == says("breakdowns.told_released", objective=WASTE, reports="无需定期报告")
    await tiers.chats.press(tiers.person("局"), asked, RELEASE_NOW)
    assert tiers.chats.toasts[-1][0] == says("tasks.not_yours")


async def test_a_part_that_was_made_is_not_released(tiers: TierChats) -> None:
    own = await own_task(tiers, "东山村", "东山吴")
    await tiers.break_down()
    assert RELEASE not in (await _part_card(tiers, "局", "西山村")).labels()
    part = await _part_card(tiers, "局", "东山村")
    assert RELEASE in part.labels()
    listed = await tiers.chats.say(tiers.person("东山"), "/tasks")
    cards = [await tiers.press("东山", listed, one) for one in listed.labels() if WASTE[:6] in one]
    assert cards
    assert not [card for card in cards if RELEASE in card.labels()], "nobody decides on what they answer for"
    asked = await tiers.press("局", part, RELEASE)
    async with tiers.database.transaction() as session:
        (await session.get_one(Task, own)).state = TaskState.COMPLETED
    await tiers.chats.press(tiers.person("局"), asked, RELEASE_NOW)
    assert tiers.chats.toasts[-1][0] == says("breakdowns.not_attached")
    assert len(await tiers.children()) == 4


async def test_a_released_task_keeps_a_frequency_that_it_got_since(tiers: TierChats) -> None:
    own = await own_task(tiers)
    await tiers.break_down()
    async with tiers.database.transaction() as session:
        (await session.get_one(Task, own)).frequency = Frequency.WEEKLY
    part = await _part_card(tiers, "创城办", "西山村")
    card = await tiers.presses("创城办", part, RELEASE, RELEASE_NOW)
    assert (await tiers.task(own)).frequency is Frequency.WEEKLY
    assert says("children.above", objective=WASTE, unit="农业农村局", person="农业张") not in card.text
    assert says("tasks.complete_button") in card.labels(), "the office goes on deciding on it"


async def test_a_report_on_an_attached_task_is_a_beginning(tiers: TierChats) -> None:
    own = await own_task(tiers)
    async with tiers.database.transaction() as session:
        (await session.get_one(Task, own)).state = TaskState.IN_PROGRESS
    card = await tiers.break_down()
    await files(tiers, "西山", "今天清运垃圾12车")
    await tiers.chats.press(tiers.person("局"), card, UNDO)
    assert tiers.chats.toasts[-1][0] == says("breakdowns.undo_begun", count=1, person="西山钱")
    assert (await tiers.task(own)).parent_id == tiers.waste


async def test_two_that_are_taken_back_one_after_the_other(tiers: TierChats) -> None:
    """The second has chosen 本级另报; the first had not."""
    first = await only(tiers, "局", WASTE, "西山村")
    await tiers.press("局", first, CONFIRM)
    assert not (await tiers.task(tiers.waste)).own_reports
    second = await only(tiers, "局", WASTE, "东山村")
    second = await tiers.press("局", second, OWN_ON)
    assert OWN_OFF in second.labels()
    card = await tiers.press("局", second, CONFIRM)
    assert (await tiers.task(tiers.waste)).own_reports
    card = await tiers.press("局", await tiers.press("局", card, UNDO), UNDO_NOW)
    assert not (await tiers.task(tiers.waste)).own_reports
    await tiers.press("局", await tiers.press("局", card, UNDO), UNDO_NOW)
    assert (await tiers.task(tiers.waste)).own_reports, "without parts it reports by itself"
    assert {child.state for child in await tiers.children()} == {TaskState.CANCELLED}


async def test_what_was_told_is_edited_once_it_is_taken_back(tiers: TierChats) -> None:
    own = await own_task(tiers, "东山村", "东山吴")
    card = await tiers.break_down()
    sent = {one.chat_id: one for one in await tiers.chats.post()}
    await tiers.press("局", await tiers.press("局", card, UNDO), UNDO_NOW)
    async with tiers.database.transaction() as session:
        live = {one.chat_id: one for one in await live_messages.dirty_live(session)}
        rendered = {chat: await live_views.render(tick_for(session, NOW), one) for chat, one in live.items()}
    assert live.keys() == sent.keys()
    assert all(one.message_ids == [sent[chat].message_id] for chat, one in live.items())
    west, east = (rendered[tiers.accounts[name]] for name in ("西山", "东山"))
    assert west is not None
    assert east is not None
    assert says("breakdowns.told_undone", count=1) in west[0].plain("zh")
    assert not west[0].rows
    assert says("breakdowns.told_released", objective=WASTE, reports="无需定期报告") in east[0].plain("zh")
    assert (await tiers.task(own)).parent_id is None
    assert not await tiers.chats.post(), "nobody gets a further message"


async def test_who_answers_for_the_task_hears_that_somebody_else_broke_it_down(tiers: TierChats) -> None:
    card = await tiers.break_down("局联络员")
    told = {one.chat_id: one.text for one in await tiers.chats.post()}
    said = says("breakdowns.owner_told", who="农业李", objective=WASTE, count=4)
    assert told[tiers.accounts["局"]] == said
    await tiers.press("局联络员", await tiers.press("局联络员", card, UNDO), UNDO_NOW)
    (again,) = await tiers.chats.post()
    assert (again.chat_id, again.text) == (
        tiers.accounts["局"],
        says("breakdowns.owner_told_undone", who="农业李", objective=WASTE, count=4),
    )


async def test_parts_of_an_attached_task_follow_its_frequency_and_back(tiers: TierChats) -> None:
    """西山村 has broken its own weekly task down to 空村; a completed part keeps what it had."""
    own = await own_task(tiers)
    async with tiers.database.transaction() as session:
        whole = await session.get_one(Task, own)
        whole.frequency, whole.own_reports = Frequency.WEEKLY, False
        roster = Roster(session, NOW, Campaign())
        for name, state in (("空村", TaskState.ASSIGNED), ("外村", TaskState.COMPLETED)):
            unit = (await session.exec(select(Unit).where(Unit.name == name))).one()
            part = await roster.task(unit, WASTE, date(2026, 12, 20), state=state)
            part.parent_id, part.frequency = own, Frequency.WEEKLY
    card = await tiers.break_down()
    assert [one.frequency for one in await tiers.children(own)] == [Frequency.DAILY, Frequency.WEEKLY]
    await tiers.press("局", await tiers.press("局", card, UNDO), UNDO_NOW)
    assert (await tiers.task(own)).frequency is Frequency.WEEKLY
    assert {one.frequency for one in await tiers.children(own)} == {Frequency.WEEKLY}


async def test_what_is_broken_down_again_begins_without_own_reports(tiers: TierChats) -> None:
    card = await tiers.break_down()
    await tiers.press("局", await tiers.press("局", card, UNDO), UNDO_NOW)
    assert (await tiers.task(tiers.waste)).own_reports, "nobody is left to report in its place"
    shown = await tiers.press("局", await tiers.card("局"), START)
    assert says("breakdowns.no_own_reports", reports="每日报告") in shown.text


async def test_a_task_that_is_attached_says_how_often_it_is_reported(tiers: TierChats) -> None:
    await own_task(tiers)
    shown = await tiers.press("局", await tiers.card("局"), START)
    assert "西山村：已有同一任务，归入，报送要求改为每日报告" in shown.text
    await tiers.break_down()
    told = {one.chat_id: one.text for one in await tiers.chats.post()}
    assert (
        says("breakdowns.told_attached", objective=WASTE, reports="每日报告") in told[tiers.accounts["西山"]]
    )
    asked = await tiers.press("局", await _part_card(tiers, "局", "西山村"), RELEASE)
    assert says("breakdowns.release_reports", reports="无需定期报告") in asked.text


async def test_who_broke_it_down_hears_that_another_has_taken_it_back(tiers: TierChats) -> None:
    await tiers.break_down("局联络员")
    await tiers.chats.post()
    asked = await tiers.press("局", await tiers.card("局"), UNDO)
    await tiers.press("局", asked, UNDO_NOW)
    told = {one.chat_id: one.text for one in await tiers.chats.post()}
    said = says("breakdowns.maker_told_undone", who="农业张", objective=WASTE, count=4)
    assert told == {tiers.accounts["局联络员"]: said}
