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
from tests.handlers.tiers import CONFIRM, TierChats, files, made, only, own_task
from tests.support.chat import Chats
from tests.support.chat import text_of as says
from tests.support.people import Roster
from tests.support.three_tiers import WASTE
from tests.support.turns import tick_for

UNDO, UNDO_NOW = says("breakdowns.undo_button"), says("breakdowns.undo_now_button")
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
    assert says("breakdowns.told_released", objective=WASTE) in east[0].plain("zh")
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
