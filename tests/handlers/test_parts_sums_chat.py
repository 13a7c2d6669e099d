"""What parts report is added up by name, and a total stated above is not added to it twice."""

from __future__ import annotations

import pytest
from sqlmodel import col, select

from models.db import Database
from models.people import Contact
from models.tasks import Task
from services.campaign import Campaign
from tests.conftest import NOW
from tests.handlers.tiers import TierChats, broken_down, files
from tests.support.chat import Chats
from tests.support.chat import text_of as says
from tests.support.people import Roster

INCREMENT = says("progress.mode_button.increment.open", number=1)
CUMULATIVE = says("progress.mode_button.cumulative.open", number=1)
FILE, CONFIRM = says("progress.file_under_button", number=1), says("progress.confirm_button")
ASKS = "含下级请点“修改”"


@pytest.fixture
async def tiers(chats: Chats, database: Database) -> TierChats:
    return await broken_down(chats, database)


async def test_a_total_stated_above_is_asked_about(tiers: TierChats) -> None:
    await files(tiers, "局", "本级清运垃圾50车")
    await files(tiers, "西山", "今天清运垃圾33车")
    await files(tiers, "东山", "今天清运垃圾120车")
    card = await tiers.chats.say(tiers.person("局"), "全区累计清运垃圾250车")
    assert "下级已报 153车" in card.text
    assert "改为本级的 97车" in card.text
    await tiers.chats.press(tiers.person("局"), card, CONFIRM)
    assert tiers.chats.toasts[-1][0] == says("progress.choose_mode_first")
    card = await tiers.press("局", card, CUMULATIVE)
    assert ASKS not in card.text, "the choice answers it"
    assert "本次新增 200车" in card.text


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("局", "累计清运垃圾20车"),
        ("局", "今天清运垃圾250车"),
        ("局", "累计整治沟渠60条"),
        ("西山", "累计清运垃圾250车"),
    ],
)
async def test_other_numbers_are_not(tiers: TierChats, name: str, words: str) -> None:
    """A total below what the parts have, an addition, a total of something else, and one of a part itself."""
    await files(tiers, "东山", "今天清运垃圾33车")
    assert ASKS not in (await tiers.chats.say(tiers.person(name), words)).text


async def _named(tiers: TierChats, objective: str) -> None:
    async with tiers.database.transaction() as session:
        for task in [await session.get_one(Task, one.id) for one in await tiers.children()]:
            task.objective = objective
        (await session.get_one(Task, tiers.waste)).objective = objective


async def test_a_part_takes_the_name_that_another_part_gave(tiers: TierChats) -> None:
    await files(tiers, "西山", "整治背街小巷15条")
    card = await tiers.chats.say(tiers.person("东山"), "整治小巷10条")
    assert "1. 整治背街小巷（原文“整治小巷”）" in card.text
    await tiers.press("东山", card, CONFIRM)
    card = await tiers.card("局")
    assert "整治背街小巷 25条" in card.text


async def test_a_part_takes_the_name_of_what_the_task_aims_at(tiers: TierChats) -> None:
    await _named(tiers, "整治背街小巷40条")
    card = await tiers.chats.say(tiers.person("东山"), "整治小巷10条")
    assert "1. 整治背街小巷（原文“整治小巷”）" in card.text


async def test_what_the_task_aims_at_may_have_fewer_words(tiers: TierChats) -> None:
    await _named(tiers, "整治小巷40条")
    await files(tiers, "西山", "整治小巷10条")
    card = await tiers.chats.say(tiers.person("东山"), "整治背街小巷15条")
    assert "1. 整治小巷（原文“整治背街小巷”）" in card.text
    await tiers.press("东山", card, CONFIRM)
    assert "整治小巷 25条" in (await tiers.card("局", "整治小巷40条")).text


async def test_who_acts_for_two_units_reads_of_which_the_report_is(tiers: TierChats) -> None:
    async with tiers.database.transaction() as session:
        query = select(Contact).where(col(Contact.name).in_(("东山吴", "西山钱")))
        people = {one.name: one for one in await session.exec(query)}
        await Roster(session, NOW, Campaign()).leave(people["东山吴"], people["西山钱"], NOW.date())
    asked = await tiers.chats.say(tiers.person("西山"), "今天清运垃圾12车")
    card = await tiers.press("西山", asked, "东山村：完善城乡垃圾")
    assert "任务：东山村：" in card.text
    card = await tiers.chats.say(tiers.person("西山"), "/cancel")
    card = await tiers.chats.say(tiers.person("西山"), "东山村今天清运垃圾9车")
    assert "任务：东山村：" in card.text, "the words name the unit"
    await tiers.chats.say(tiers.person("西山"), "/cancel")
    card = await tiers.chats.say(tiers.person("西山"), "西山村今天清运垃圾9车")
    assert "任务：完善" in card.text


async def test_it_can_be_filed_under_its_own_name(tiers: TierChats) -> None:
    await files(tiers, "西山", "整治背街小巷15条")
    card = await tiers.chats.say(tiers.person("东山"), "整治小巷10条")
    choices = await tiers.presses("东山", card, says("progress.adjust_button"), FILE)
    card = await tiers.press("东山", choices, "新设指标：整治小巷（条）")
    assert "1. 整治小巷 " in card.text
    await tiers.press("东山", card, CONFIRM)
    assert "整治小巷 10条" in (await tiers.card("局")).text


async def test_two_possible_names_are_none(tiers: TierChats) -> None:
    await files(tiers, "西山", "整治背街小巷15条")
    await files(tiers, "西山", "整治临街小巷2条")
    card = await tiers.chats.say(tiers.person("东山"), "整治小巷10条")
    assert "原文" not in card.text


OWN = "清理农村积存垃圾300吨"


async def _of_the_street(tiers: TierChats) -> None:
    """The task of 农业农村局 is about 300 tonnes, and a part has reported on it."""
    await _named(tiers, OWN)
    await files(tiers, "西山", "清理积存垃圾20吨")


@pytest.mark.parametrize("words", ["今天清理积存垃圾120吨", "本级清理积存垃圾6吨"])
async def test_the_task_itself_takes_the_name_of_its_parts(tiers: TierChats, words: str) -> None:
    await _of_the_street(tiers)
    card = await tiers.chats.say(tiers.person("局"), words)
    assert "1. 清理农村积存垃圾（原文“清理积存垃圾”）" in card.text
    await tiers.press("局", card, CONFIRM)
    whole = (await tiers.card("局", OWN)).text
    assert whole.count("积存垃圾 ") == 1, whole


async def test_so_does_a_report_of_a_part_for_the_task_above(tiers: TierChats) -> None:
    await _of_the_street(tiers)
    card = await tiers.chats.say(tiers.person("东山"), "今天清理积存垃圾12吨")
    card = await tiers.press("东山", card, says("progress.to_parent_button"))
    assert "1. 清理农村积存垃圾（原文“清理积存垃圾”）" in card.text


async def test_before_any_part_has_reported_its_aim_names_it(tiers: TierChats) -> None:
    await _named(tiers, OWN)
    card = await tiers.chats.say(tiers.person("局"), "今天清理积存垃圾120吨")
    assert "1. 清理农村积存垃圾（原文“清理积存垃圾”）" in card.text


async def test_a_name_that_no_aim_says_comes_from_the_parts(tiers: TierChats) -> None:
    await files(tiers, "西山", "整治背街小巷15条")
    card = await tiers.chats.say(tiers.person("局"), "今天整治小巷2条")
    assert "1. 整治背街小巷（原文“整治小巷”）" in card.text


@pytest.mark.parametrize("words", ["今天清理农村积存建筑垃圾12吨", "今天清理河道积存垃圾12吨"])
async def test_a_longer_or_crossing_wording_on_the_task_itself_is_its_own(
    tiers: TierChats, words: str
) -> None:
    await _of_the_street(tiers)
    assert "原文" not in (await tiers.chats.say(tiers.person("局"), words)).text


async def test_a_shorter_wording_of_two_names_below_is_neither(tiers: TierChats) -> None:
    await files(tiers, "西山", "整治背街小巷15条")
    await files(tiers, "东山", "整治临街小巷2条")
    assert "原文" not in (await tiers.chats.say(tiers.person("局"), "今天整治小巷2条")).text


async def test_a_task_without_parts_names_by_its_own_metrics_alone(tiers: TierChats) -> None:
    async with tiers.database.transaction() as session:
        (await session.get_one(Task, tiers.streets)).objective = "整治背街小巷40条"
    card = await tiers.chats.say(tiers.person("街道"), "今天整治小巷2条")
    assert "1. 整治小巷 <b>2条</b>" in card.text
