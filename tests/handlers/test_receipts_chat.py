"""What receipts say of a part, of a task that is broken down, and of a report for the task above."""

from __future__ import annotations

import pytest
from sqlmodel import col, select

from locales import Text
from models.db import Database
from models.people import Contact, ContactState
from models.tasks import Task
from rules.tasks.task_lifecycle import TaskState
from tests.handlers.tiers import CONFIRM, START, TierChats, broken_down, files, made
from tests.support.chat import Chats, Shown
from tests.support.chat import text_of as says
from tests.support.three_tiers import STREETS_OWN, WASTE

SUBMIT = says("progress.confirm_button")
UP, DOWN = says("progress.to_parent_button"), says("progress.to_part_button")


@pytest.fixture
async def tiers(chats: Chats, database: Database) -> TierChats:
    """农业农村局 has broken its task down; the villages assist with it, so they see it."""
    return await broken_down(chats, database)


@pytest.fixture
async def street(chats: Chats, database: Database) -> TierChats:
    """东城街道 has broken its own task down. Its villages have no other, and do not see the street's."""
    tiers = await made(chats, database)
    who = says("breakdowns.who_button", unit="南山村")
    await tiers.presses("街道", await tiers.card("街道", STREETS_OWN), START, who, "南山甲", CONFIRM)
    async with database.transaction() as session:
        (await session.get_one(Task, tiers.waste)).state = TaskState.CANCELLED
    await tiers.chats.post()
    return tiers


async def files_above(tiers: TierChats, name: str, words: str) -> Shown:
    """Report and press 归入上级任务; the receipt."""
    card = await tiers.chats.say(tiers.person(name), words)
    await tiers.presses(name, card, UP, SUBMIT)
    return (await tiers.chats.post())[-1]


async def test_the_receipt_of_a_report_above_names_whose_task_it_is(street: TierChats) -> None:
    """And the total of the own unit there: they do not see what others have reported."""
    await files(street, "街道", "整治背街小巷7条")
    await files(street, "西山", "整治背街小巷3条")
    await files_above(street, "西山", "整治背街小巷4条")
    receipt = await files_above(street, "西山", "今天整治背街小巷5条")
    assert says("progress.receipt.above", unit="东城街道") in receipt.text
    assert "本次 5条，本单位计入上级任务累计 9条" in receipt.text
    await files(street, "西山", "今天整治背街小巷2条")
    receipt = (await street.chats.post())[-1]
    assert "上级任务" not in receipt.text
    assert "本次 2条，本单位任务累计 5条" in receipt.text


async def test_who_sees_the_task_above_reads_the_total_of_all(tiers: TierChats) -> None:
    await files(tiers, "东山", "今天清运垃圾9车")
    receipt = await files_above(tiers, "西山", "今天清运垃圾12车")
    assert says("progress.receipt.above", unit="农业农村局") in receipt.text
    assert "本次 12车，各单位累计 21车" in receipt.text


async def test_a_report_above_in_words_names_whose_task_it_is(street: TierChats) -> None:
    receipt = await files_above(street, "西山", "背街小巷已整治完毕")
    assert says("progress.receipt.above", unit="东城街道") in receipt.text


async def corrected(tiers: TierChats, name: str, words: str) -> str:
    """更正 of the last report; the text of the receipt."""
    asked = await tiers.chats.say(tiers.person(name), "/undo")
    await tiers.press(name, asked, says("corrections.correct_button"))
    card = await tiers.chats.say(tiers.person(name), words)
    await tiers.press(name, card, SUBMIT)
    return (await tiers.chats.post())[-1].text


async def test_the_correction_of_a_part_names_the_total_of_the_part(tiers: TierChats) -> None:
    await files(tiers, "东山", "今天清运垃圾93车")
    await files(tiers, "西山", "今天清运垃圾120车")
    text = await corrected(tiers, "西山", "今天清运垃圾100车")
    assert "120车 → 100车，本单位任务累计 100车" in text
    text = await corrected(tiers, "西山", "今天清运垃圾100车，清扫道路3公里")
    assert "100车（不变），本单位任务累计 100车" in text
    assert "3公里（新计入），本单位任务累计 3公里" in text
    asked = await tiers.chats.say(tiers.person("西山"), "/undo")
    await tiers.press("西山", asked, says("corrections.withdraw_button"))
    text = (await tiers.chats.post())[-1].text
    assert "100车 → 不再计入，本单位任务累计 0车" in text
    assert "各单位" not in text


async def test_the_correction_of_the_whole_adds_its_parts(tiers: TierChats) -> None:
    await files(tiers, "西山", "今天清运垃圾12车")
    await files(tiers, "局", "今天清运垃圾9车")
    await tiers.chats.post()
    text = await corrected(tiers, "局", "今天清运垃圾8车")
    assert "9车 → 8车，各单位累计 20车" in text


async def test_the_correction_of_a_report_above_says_the_same_as_its_receipt(street: TierChats) -> None:
    await files(street, "街道", "整治背街小巷7条")
    await files_above(street, "西山", "整治背街小巷4条")
    asked = await street.chats.say(street.person("西山"), "/undo")
    above = says("progress.receipt.above", unit="东城街道")
    assert above in asked.text
    text = await corrected(street, "西山", "整治背街小巷5条")
    assert above in text
    assert "4条 → 5条，本单位计入上级任务累计 5条" in text


async def test_the_card_of_a_report_above_speaks_of_the_task_above(street: TierChats) -> None:
    await files(street, "西山", "整治背街小巷3条")
    await files_above(street, "西山", "整治背街小巷4条")
    card = await street.chats.say(street.person("西山"), "今天整治背街小巷5条")
    assert "本单位累计将为 8条" in card.text
    card = await street.press("西山", card, UP)
    assert "本次新增，本单位计入上级任务累计将为 9条" in card.text
    assert "本单位累计" not in card.text
    choices = await street.press("西山", card, says("progress.adjust_button"))
    choices = await street.press("西山", choices, "1 累计")
    assert "按本单位计入上级任务的累计数，本次新增 1条" in choices.text


async def test_the_card_of_a_correction_of_a_report_above_says_so(street: TierChats) -> None:
    await files_above(street, "西山", "整治背街小巷4条")
    asked = await street.chats.say(street.person("西山"), "/undo")
    await street.press("西山", asked, says("corrections.correct_button"))
    card = await street.chats.say(street.person("西山"), "整治背街小巷6条")
    assert says("progress.card.to_parent", unit="东城街道") in card.text
    assert "本单位计入上级任务累计将为 6条" in card.text


async def chosen(tiers: TierChats, name: str, card: Shown, *labels: str) -> Shown:
    """Press these behind 调整."""
    return await tiers.presses(name, card, says("progress.adjust_button"), *labels)


async def test_the_chosen_mode_goes_up_and_back(street: TierChats) -> None:
    await files(street, "西山", "整治背街小巷12条")
    card = await street.chats.say(street.person("西山"), "整治背街小巷20条")
    card = await street.press("西山", card, "1 累计")
    assert "按本单位累计数，本次新增 8条" in card.text
    card = await street.press("西山", card, UP)
    assert "本次新增 20条" in card.text
    card = await street.press("西山", card, DOWN)
    assert "按本单位累计数，本次新增 8条" in card.text
    card = await street.press("西山", card, UP)
    card = await chosen(street, "西山", card, "1 本次新增")
    card = await street.press("西山", card, DOWN)
    assert "本次新增，本单位累计将为 32条" in card.text, "the last choice prevails"


async def test_a_mode_that_does_not_fit_above_is_there_again_on_the_part(street: TierChats) -> None:
    """Above, a 累计 of 20 would be less than what the unit has there."""
    await files_above(street, "西山", "整治背街小巷30条")
    await files(street, "西山", "整治背街小巷12条")
    card = await street.chats.say(street.person("西山"), "整治背街小巷20条")
    card = await street.presses("西山", card, "1 累计", UP)
    assert "本次新增，本单位计入上级任务累计将为 50条" in card.text
    card = await street.press("西山", card, DOWN)
    assert "按本单位累计数，本次新增 8条" in card.text


FILED = "清理野广告（原文“清除非法小广告”）"


async def test_the_chosen_metric_is_there_again_after_the_way_back(street: TierChats) -> None:
    await files(street, "西山", "背街小巷清理野广告5处")
    card = await street.chats.say(street.person("西山"), "今天背街小巷清除非法小广告3处")
    card = await chosen(street, "西山", card, "1 归入…", "归入：清理野广告（处）")
    assert FILED in card.text
    card = await street.press("西山", card, UP)
    assert FILED not in card.text, "the task above has no such metric"
    card = await street.press("西山", card, DOWN)
    assert FILED in card.text
    await street.press("西山", card, SUBMIT)
    assert "本次 3处，本单位任务累计 8处" in (await street.chats.post())[-1].text


async def test_the_chosen_metric_goes_along_where_the_task_above_has_it(street: TierChats) -> None:
    await files(street, "西山", "背街小巷清理野广告5处")
    await files(street, "街道", "背街小巷清理野广告9处")
    card = await street.chats.say(street.person("西山"), "今天背街小巷清除非法小广告3处")
    card = await chosen(street, "西山", card, "1 归入…", "归入：清理野广告（处）")
    card = await street.press("西山", card, UP)
    assert FILED in card.text
    card = await street.press("西山", card, DOWN)
    assert FILED in card.text


async def test_what_does_not_count_goes_up_and_back(street: TierChats) -> None:
    dropped = says("progress.card.dropped")
    card = await street.chats.say(street.person("西山"), "整治背街小巷5条，栽种绿植3棵")
    card = await chosen(street, "西山", card, "2 归入…", says("progress.drop_button"))
    card = await street.press("西山", card, UP)
    assert card.text.count(dropped) == 1
    card = await street.press("西山", card, DOWN)
    assert card.text.count(dropped) == 1
    card = await street.press("西山", card, UP)
    card = await chosen(street, "西山", card, "2 归入…", says("progress.keep_button"))
    card = await street.press("西山", card, DOWN)
    assert dropped not in card.text, "the last choice prevails"


@pytest.mark.parametrize("alone", [False, True], ids=["by who broke it down", "by the office"])
async def test_who_can_reopen_a_completed_part_is_named(tiers: TierChats, alone: bool) -> None:
    """It is who broke the whole down; without anybody there, the office."""
    await files(tiers, "西山", "今天清运垃圾12车")
    async with tiers.database.transaction() as session:
        for part in await tiers.children():
            (await session.get_one(Task, part.id)).state = TaskState.COMPLETED
        if alone:
            for contact in await session.exec(select(Contact).where(col(Contact.name).startswith("农业"))):
                contact.state, contact.telegram_user_id = ContactState.LEFT, None
    who = Text("common.role.office") if alone else "农业张"
    said = says("corrections.task_closed", who=who, objective=WASTE)
    asked = await tiers.chats.say(tiers.person("西山"), "/undo")
    assert said in asked.text
    listed = await tiers.chats.say(tiers.person("西山"), "/mine")
    assert said in (await tiers.press("西山", listed, listed.labels()[0])).text
