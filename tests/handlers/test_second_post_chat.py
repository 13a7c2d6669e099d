"""A person who answers for two units acts for both from one account: the office registers them as deputy."""

from __future__ import annotations

from sqlmodel import select

from models.db import Database
from models.people import Unit
from rules.people.roles import Role
from services.campaign import Campaign
from tests.conftest import NOW
from tests.handlers.tiers import CONFIRM, START, TierChats, made
from tests.support.chat import Chats
from tests.support.chat import text_of as says
from tests.support.people import Roster
from tests.support.three_tiers import STREETS_OWN


async def test_the_deputy_of_their_own_second_post(chats: Chats, database: Database) -> None:
    tiers: TierChats = await made(chats, database)
    async with database.transaction() as session:
        empty = (await session.exec(select(Unit).where(Unit.name == "空村"))).one()
        await Roster(session, NOW, Campaign()).contact(
            empty, "西山钱", Role.RESPONSIBLE_PERSON, enrolled=False
        )
    asked = await tiers.chats.say(tiers.person("创城办"), "/leave 西山钱 12月15日-12月31日 由西山钱代")
    assert asked.text == says("leave.which_person", name="西山钱")
    shown = await tiers.press("创城办", asked, "空村")
    assert "西山村 西山钱" in shown.text, "what was typed is not lost"
    shown = await tiers.press("创城办", shown, says("leave.confirm_button"))
    assert "空村 西山钱12月15日至12月31日请假，由西山村 西山钱代办" in shown.text
    await tiers.chats.post()
    who = says("breakdowns.who_button", unit="南山村")
    await tiers.presses("街道", await tiers.card("街道", STREETS_OWN), START, who, "南山甲", CONFIRM)
    (notice,) = [one for one in await tiers.chats.post() if one.chat_id == tiers.accounts["西山"]]
    assert "新交办空村 西山钱 1 项任务，其请假期间由您代办" in notice.text
    for unit in ("空村", "西山村"):
        listed = await tiers.chats.say(tiers.person("西山"), "/tasks")
        card = await tiers.press("西山", listed, f". {unit}")
        await tiers.press("西山", card, says("tasks.report_button"))
        card = await tiers.chats.say(tiers.person("西山"), "整治背街小巷3条")
        await tiers.press("西山", card, says("progress.confirm_button"))
    card = await tiers.card("街道", STREETS_OWN)
    assert "已报告2" in card.text
    assert "整治背街小巷 6条" in card.text
