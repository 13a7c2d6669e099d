"""Reports that are corrected: edited, withdrawn, late or doubted; the tally follows them."""

from __future__ import annotations

from rules.delivery.delivery import DeliveryState
from sandbox.shapes import MessageRecord
from services.groups import evening_tallies
from tests.bot.town import CONFIRM, Town, at, one

CORRECTED = "今天清理违规广告牌匾21处"
TITLE = "【创城工作日报】"


async def edit(town: Town, who: int, said: MessageRecord, text: str) -> list[MessageRecord]:
    await town.people.edit_text(who, who, said.message_id, text)
    return await town.news(who)


async def test_edited_withdrawn_and_late(town: Town) -> None:
    person = town["责任人"]
    chat, thread = await town.group("责任人", topics=["每日播报"])

    async def tally(*parts: str) -> MessageRecord:
        """Check that the tally is one message in its topic with these words, and return it."""
        await town.program.look()
        await town.quiet()
        shown = one(await town.people.messages(chat, sender="bot"), TITLE)
        assert shown.thread_id == thread
        assert [part for part in parts if part not in shown.text] == []
        return shown

    said = await town.report(person)
    (receipt,) = await edit(town, person, said, CORRECTED)
    assert "【更正回执】20261215-0001（第1次修订）" in receipt.text
    assert "12处 → 21处" in receipt.text
    assert await edit(town, person, said, CORRECTED) == [], "the same words again"
    assert await edit(town, person, said, "/undo") == []

    await town.tick(evening_tallies.tally_tick, at(18))
    first = await tally("今日 21处，累计 21处", "收到报告 1 份")
    assert "更正" not in first.text
    town.desk.clock.moment = at(18, 30)
    await town.report(person, "今天清理违规广告牌匾5处")
    assert "（补报：计入12月15日日报，已发出的日报同步更正。）" in (await receipt_of(town, person)).text
    corrected = await tally(
        "今日 26处，累计 26处", "收到报告 2 份", "日报发出后补报 1 份", "更正：12月15日18:30"
    )
    assert corrected.message_id == first.message_id

    asked = await town.ask(person, "/undo")
    assert "清理违规广告牌匾：5处" in asked.text
    withdrawn = await town.press(person, asked, "确认撤销")
    assert one(withdrawn, "【撤销回执】20261215-0002", "5处 → 不再计入，各单位累计 21处")
    await tally("今日 21处，累计 21处", "收到报告 1 份")
    (again,) = await town.press(person, asked, "确认撤销", force=True)
    assert "该报告已撤销，不计入统计。" in again.text
    assert await edit(town, person, said, "今天清理违规广告牌匾22处")
    await tally("今日 22处，累计 22处")

    mine = await town.ask(person, "/mine")
    assert "20261215-0002（12月15日18:30）" in mine.text
    assert "已撤销、补报，计入12月15日日报" in mine.text
    (opened,) = await town.press(person, mine, "2. 查看 20261215-0001")
    for part in ("第2次修订", "此前的内容", "内容：今天清理违规广告牌匾12处", f"内容：{CORRECTED}"):
        assert part in opened.text


async def receipt_of(town: Town, who: int) -> MessageRecord:
    return [m for m in await town.people.messages(who, sender="bot") if "【回执】" in m.text][-1]


async def test_a_number_that_is_unusual_and_commands_that_are_edited(town: Town) -> None:
    person = town["责任人"]
    for number in (9, 10, 12):
        await town.report(person, f"今天清理违规广告牌匾{number}处")
    card = await town.ask(person, "今天清理违规广告牌匾400处")
    assert "平时约 10处，这次是它的 40 倍" in card.text
    (asked,) = await town.press(person, card, CONFIRM)
    assert "请再核对一次" in asked.text
    assert await town.press(person, card, CONFIRM, force=True) == [], "a double tap is no answer"
    assert "20261215-0004" not in (await town.ask(person, "/mine")).text
    receipt, _ = await town.press(person, asked, "数字没错，确认")
    assert "本次 400处，各单位累计 431处" in receipt.text

    command = await town.people.send_text(person, person, "/undo")
    (asked,) = await town.news(person)
    assert "20261215-0004" in asked.text
    assert await edit(town, person, command, "/undo 了") == []
    assert await edit(town, person, command, "/mine") == []
    (told,) = await edit(town, person, command, "今天清理违规广告牌匾7处")
    assert "这条消息没有对应的报告" in told.text
    assert "我的最近 4 份报告" in (await town.ask(person, "/mine")).text
    assert {row.state for row in (await town.desk.rows()).values()} == {DeliveryState.SENT}
