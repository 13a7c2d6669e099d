"""A task broken down to very many units, and what is told to a person who gets several parts."""

from __future__ import annotations

import pytest
from sqlmodel import col, select

from models.db import Database
from models.people import Contact, ContactState, Unit
from models.tasks import Task
from models.tasks.breakdowns import TaskBreakdown
from rules.people.roles import Role, Tier
from rules.tasks.breakdown import MOST_UNITS
from services.campaign import Campaign
from tests.conftest import NOW
from tests.handlers.tiers import CONFIRM, NEXT, START, TierChats, made
from tests.support.chat import Chats
from tests.support.chat import text_of as says
from tests.support.people import Roster
from tests.support.three_tiers import STREETS_OWN, WASTE

# So many villages lie below 东城街道 already.
THERE = 5


@pytest.fixture
async def tiers(chats: Chats, database: Database) -> TierChats:
    return await made(chats, database)


async def test_two_hundred_are_chosen_at_once_and_the_rest_later(tiers: TierChats) -> None:
    async with tiers.database.transaction() as session:
        roster = Roster(session, NOW, Campaign())
        street = await session.get_one(Unit, (await session.get_one(Task, tiers.streets)).lead_unit_id)
        for number in range(MOST_UNITS):
            village = await roster.unit(f"第{number}村", Tier.VILLAGE)
            village.parent_id = street.id
            await roster.contact(village, f"村长{number}", Role.RESPONSIBLE_PERSON)
    shown = await tiers.press("街道", await tiers.card("街道", STREETS_OWN), START)
    assert says("breakdowns.choose", count=0, able=MOST_UNITS + THERE, most=MOST_UNITS) in shown.text
    shown = await tiers.press("街道", shown, says("breakdowns.all_button"))
    chosen = says("breakdowns.choose", count=MOST_UNITS, able=MOST_UNITS + THERE, most=MOST_UNITS)
    assert chosen in shown.text
    while (more := says("tasks.next_button")) in shown.labels():
        shown = await tiers.press("街道", shown, more)
    open_ones = [label for label in shown.labels() if label.startswith("第")]
    await tiers.chats.press(tiers.person("街道"), shown, open_ones[-1])
    assert tiers.chats.toasts[-1][0] == says("breakdowns.too_many", most=MOST_UNITS, count=MOST_UNITS + 1)
    async with tiers.database.reading() as session:
        row = (await session.exec(select(TaskBreakdown))).one()
    assert len(row.plan["units"]) == MOST_UNITS
    shown = await tiers.press("街道", shown, NEXT)
    who = says("breakdowns.who_button", unit="南山村")
    card = await tiers.presses("街道", shown, who, "南山甲", CONFIRM)
    parts = await tiers.children(tiers.streets)
    assert len({part.lead_unit_id for part in parts}) == len(parts) == MOST_UNITS - 1, "nobody is in 空村"
    assert says("children.button.all", count=len(parts)) in card.labels()
    told = await tiers.chats.post()
    assert len(told) == len({one.chat_id for one in told}) == len(parts), "each person one notice"


async def test_who_stands_in_for_another_gets_one_notice_of_both_tasks(tiers: TierChats) -> None:
    async with tiers.database.transaction() as session:
        query = select(Contact).where(col(Contact.name).in_(("东山吴", "西山钱")))
        people = {one.name: one for one in await session.exec(query)}
        await Roster(session, NOW, Campaign()).leave(people["东山吴"], people["西山钱"], NOW.date())
        people["东山吴"].state = ContactState.NOT_ENROLLED
    preview = await tiers.press("局", await tiers.card("局"), START)
    assert "东山吴（请假，由西山钱代办）" in preview.text
    assert "尚未加入" not in preview.text, "the deputy hears"
    await tiers.break_down()
    told = [one for one in await tiers.chats.post() if one.chat_id == tiers.accounts["西山"]]
    (notice,) = told
    assert notice.text.count(WASTE) == 3, "their own, that of 东山吴, and what both are parts of"
    assert "新交办东山村 东山吴 1 项任务" in notice.text, "in whose place, of which unit, they get it"
    assert len(notice.labels()) == 2, "signed by one press for both"
