"""Reports whose words name a unit, or say of which units they are, on a task that is broken down."""

from __future__ import annotations

import pytest
from sqlmodel import col, select

from models.db import Database, ident
from models.people import Contact, Unit
from models.people.aliases import UnitAlias
from services.campaign import Campaign
from tests.conftest import NOW
from tests.handlers.tiers import TierChats, broken_down, files
from tests.support.chat import Chats, edit, message, update
from tests.support.chat import text_of as says
from tests.support.people import Roster


@pytest.fixture
async def tiers(chats: Chats, database: Database) -> TierChats:
    return await broken_down(chats, database)


async def stands_in(tiers: TierChats, name: str = "西山钱", absent: str = "东山吴") -> None:
    """``name`` answers for the village of ``absent``, too."""
    async with tiers.database.transaction() as session:
        query = select(Contact).where(col(Contact.name).in_((name, absent)))
        people = {one.name: one for one in await session.exec(query)}
        await Roster(session, NOW, Campaign()).leave(people[absent], people[name], NOW.date())


@pytest.mark.parametrize("words", ["东山村拉了3车", "今天东山村拉了3车", "东城街道东山村这边又拉了3车"])
async def test_the_name_of_the_own_unit_is_no_part_of_the_item(tiers: TierChats, words: str) -> None:
    await files(tiers, "东山", "今天清运建筑垃圾21车")
    card = await tiers.chats.say(tiers.person("东山"), words)
    assert "1. 清运建筑垃圾（原文“拉”） <b>3车</b>" in card.text


async def test_nor_is_one_that_says_nothing_else(tiers: TierChats) -> None:
    await files(tiers, "东山", "今天清运建筑垃圾21车")
    card = await tiers.chats.say(tiers.person("东山"), "今天东山村3车")
    assert "1. 清运建筑垃圾 <b>3车</b>" in card.text


async def test_nor_is_a_unit_for_which_they_stand_in(tiers: TierChats) -> None:
    await files(tiers, "东山", "今天清运建筑垃圾21车")
    await stands_in(tiers)
    card = await tiers.chats.say(tiers.person("西山"), "东山村拉了9车")
    assert "任务：东山村：" in card.text
    assert "1. 清运建筑垃圾（原文“拉”） <b>9车</b>" in card.text


async def test_nor_is_a_unit_below(tiers: TierChats) -> None:
    await files(tiers, "街道", "今天清运建筑垃圾21车")
    card = await tiers.chats.say(tiers.person("街道"), "今天西山村拉了4车，空村拉了5车")
    assert "1. 清运建筑垃圾（原文“拉”） <b>4车</b>" in card.text
    assert "2. 清运建筑垃圾（原文“拉”） <b>5车</b>" in card.text


async def test_nor_is_another_name_of_theirs(tiers: TierChats) -> None:
    async with tiers.database.transaction() as session:
        unit = (await session.exec(select(Unit).where(Unit.name == "东山村"))).one()
        session.add(UnitAlias(name="东山坳", unit_id=ident(unit), made_at=NOW))
    await files(tiers, "东山", "今天清运建筑垃圾21车")
    card = await tiers.chats.say(tiers.person("东山"), "东山坳拉了3车")
    assert "1. 清运建筑垃圾（原文“拉”） <b>3车</b>" in card.text


async def test_a_thing_in_the_words_stays(tiers: TierChats) -> None:
    card = await tiers.chats.say(tiers.person("东山"), "东山村垃圾拉了3车")
    assert "1. 拉垃圾 <b>3车</b>" in card.text


async def test_an_edit_to_the_number_alone_mends_it(tiers: TierChats) -> None:
    await files(tiers, "东山", "今天清运建筑垃圾21车")
    sent = update("message", message(tiers.person("东山"), text="东山村拉了3车"))
    await tiers.press("东山", await tiers.chats.answer(sent), says("progress.confirm_button"))
    await tiers.chats.post()
    await tiers.chats.answers(edit(sent, text="9车"))
    (receipt,) = [one for one in await tiers.chats.post() if one.chat_id == tiers.person("东山").id]
    assert "3车 → 9车" in receipt.text
    assert "清运建筑垃圾" in receipt.text
