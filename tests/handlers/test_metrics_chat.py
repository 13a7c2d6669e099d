"""指标 in the office's chat: opened from the task card, renamed in words, merged and taken back."""

from __future__ import annotations

from models.db import Database
from tests.handlers.conftest import People
from tests.support.chat import Chats, Shown
from tests.support.chat import text_of as says

CONFIRM = says("progress.confirm_button")
METRICS = says("metrics.button")


async def report(chats: Chats, people: People, text: str) -> None:
    await chats.press(people.responsible, await chats.say(people.responsible, text), CONFIRM)


async def metrics_of_the_task(chats: Chats, people: People) -> Shown:
    (card,) = await chats.press(people.office, await chats.say(people.office, "/tasks"), "清理违规广告牌匾")
    (listed,) = await chats.press(people.office, card, METRICS)
    assert not listed.edit, "the card stays"
    return listed


async def test_a_metric_is_merged_and_parted(chats: Chats, people: People) -> None:
    await report(chats, people, "今天清运垃圾3吨，清运建筑垃圾5吨")
    listed = await metrics_of_the_task(chats, people)
    assert "1. 清运垃圾：各单位累计 3吨\n2. 清运建筑垃圾：各单位累计 5吨" in listed.text
    (one,) = await chats.press(people.office, listed, says("metrics.open_button", number=2))
    (choice,) = await chats.press(people.office, one, says("metrics.merge_button"))
    (done,) = await chats.press(
        people.office, choice, says("metrics.into_button", item="清运垃圾", unit="吨")
    )
    assert done.text.startswith("✅ “清运建筑垃圾”已并入“清运垃圾”。")
    assert "1. 清运垃圾：各单位累计 8吨" in done.text
    (undone,) = await chats.press(people.office, done, says("metrics.undo_button"))
    assert "2. 清运建筑垃圾：各单位累计 5吨" in undone.text


async def test_a_metric_is_renamed_in_words(chats: Chats, people: People, database: Database) -> None:
    await report(chats, people, "今天清运垃圾3吨")
    listed = await metrics_of_the_task(chats, people)
    (one,) = await chats.press(people.office, listed, says("metrics.open_button", number=1))
    (asked,) = await chats.press(people.office, one, says("metrics.rename_button"))
    assert "请发送“清运垃圾”（吨）的新名称" in asked.text
    done = await chats.say(people.office, "生活垃圾清运量")
    assert "1. 生活垃圾清运量：各单位累计 3吨" in done.text
    (back,) = await chats.press(people.office, done, says("metrics.undo_button"))
    assert "1. 清运垃圾：各单位累计 3吨" in back.text


async def test_going_back_ends_the_question(chats: Chats, people: People) -> None:
    await report(chats, people, "今天清运垃圾3吨")
    listed = await metrics_of_the_task(chats, people)
    (one,) = await chats.press(people.office, listed, says("metrics.open_button", number=1))
    (asked,) = await chats.press(people.office, one, says("metrics.rename_button"))
    (back,) = await chats.press(people.office, asked, says("metrics.back_button"))
    assert "1. 清运垃圾" in back.text
    answer = await chats.say(people.office, "生活垃圾清运量")
    assert "已更名" not in answer.text
