"""Groups of different scopes side by side, one without rights, and one that becomes a supergroup."""

from __future__ import annotations

from sandbox.shapes import MessageRecord
from services.groups import evening_tallies
from tests.bot.town import CONFIRM, SENTENCE, Town, at, one

BOARD, TALLY = "【创城进展看板】", "【创城工作日报】"


async def say(
    town: Town, who: str, chat: int, text: str, *, to: MessageRecord | None = None
) -> MessageRecord:
    """Say something in a group, and let the program handle it."""
    answered, thread = (to.message_id, to.thread_id) if to else (None, None)
    said = await town.people.send_text(chat, town[who], text, reply_to=answered, thread=thread)
    await town.program.take_in()
    await town.quiet()
    return said


async def reactions(town: Town, said: MessageRecord) -> list[str]:
    (now,) = [m for m in await town.people.messages(said.chat_id) if m.message_id == said.message_id]
    return [emoji for given in now.reactions.values() for emoji in given]


async def shown(town: Town, chat: int, title: str) -> MessageRecord:
    """Bring live messages up to date, and return the one with this title."""
    await town.program.look()
    return one(await town.people.messages(chat, sender="bot"), title)


async def test_each_group_sees_its_own(town: Town) -> None:
    """As a plain member the bot only gets replies, and that is enough."""
    person = town["责任人"]
    groups = [
        await town.group("责任人", topics=["每日播报"]),
        await town.group("责任人", bind="部门", bot="member"),
        await town.group("责任人", bind="东风街道", topics=["播报"]),
    ]
    whole, departments, street = (chat for chat, _ in groups)
    boards = [await shown(town, chat, BOARD) for chat, _ in groups]
    assert [board.thread_id for board in boards] == [thread for _, thread in groups]
    for board, parts in zip(boards, (("全区", "0/2"), ("部门", "0/1"), ("东风街道", "0/1")), strict=True):
        assert f"{BOARD}{parts[0]}" in board.text
        assert f"办结 {parts[1]} 项" in board.text
    assert [board.pinned for board in boards] == [True, False, True]
    assert one(await town.shown(town["组长"]), "没有置顶权限")

    before = len(await town.people.messages(departments))
    talk = await say(town, "责任人", departments, SENTENCE)
    said = await say(town, "责任人", departments, SENTENCE, to=boards[1])
    assert (await reactions(town, talk), await reactions(town, said)) == ([], ["👌"])
    assert len(await town.people.messages(departments)) == before + 2, "the bot has written nothing"
    assert one(await town.shown(person), "【回执】20261215-0001", "本次 12处")
    said = await say(town, "责任人", street, "今天清理违规广告牌匾3处", to=boards[2])
    assert await reactions(town, said) == []
    assert one(await town.shown(person), "没有作为进展记录", "没有您可以报告的在办任务")

    follow = [await shown(town, chat, BOARD) for chat, _ in groups]
    assert ["今日 12处" in board.text for board in follow] == [True, True, False]
    assert follow[2].revision == boards[2].revision, "nothing of its own has changed: no edit"
    await town.tick(evening_tallies.tally_tick, at(18))
    tallies = [await shown(town, chat, TALLY) for chat in (whole, departments, street)]
    assert [tally.thread_id for tally in tallies] == [thread for _, thread in groups]
    assert ["清理违规广告牌匾" in tally.text for tally in tallies] == [True, True, False]
    assert "范围：东风街道" in tallies[2].text


async def test_a_half_made_report_moves_along(town: Town) -> None:
    """The report's card is shown in the supergroup, where message numbers repeat those of the old group."""
    person = town["责任人"]
    chat, _ = await town.group("责任人", kind="group")
    await say(town, "责任人", chat, SENTENCE, to=await shown(town, chat, BOARD))
    doubtful = await say(town, "责任人", chat, "清理违规广告牌匾30处", to=await shown(town, chat, BOARD))
    assert one(await town.people.messages(chat, sender="bot"), "请核对后提交", "30处")
    new = (await town.people.migrate(chat, town["组长"])).id
    card = one(await town.albums(new), "请核对后提交", "30处")
    board = await shown(town, new, BOARD)
    assert (await town.people.chat(new)).pinned == [board.message_id]

    said = await say(town, "责任人", new, "大家辛苦了")
    while said.message_id < doubtful.message_id:
        said = await say(town, "责任人", new, "大家辛苦了")
    await town.shown(new)
    await town.people.edit_text(new, person, said.message_id, "大家辛苦了，中午吃3碗面")
    assert await town.albums(new) == [], "it has the number of the report's message, but is another"
    (card,) = await town.press(person, card, "1 本次新增")
    (done,) = await town.press(person, card, CONFIRM)
    assert "✅ 已提交，回执号 20261215-0002" in done.text
    await town.people.edit_text(new, person, said.message_id, "大家辛苦了，中午吃4碗面")
    assert await town.news(new) == []
    assert "今日 42处，累计 42处" in (await shown(town, new, BOARD)).text


async def test_what_the_board_leaves_out_comes_privately(town: Town) -> None:
    chat, _ = await town.group("责任人")
    assert (await shown(town, chat, BOARD)).labels == []
    things = (
        *("小广告", "树枝", "落叶", "污泥", "砖石", "灰土", "废纸"),
        *("废旧轮胎", "塑料袋", "玻璃瓶", "枯草", "杂草", "积水", "油污"),
    )
    counted = "，".join(f"清理{thing}{number}处" for number, thing in enumerate(things, 1))
    await town.report(town["责任人"], f"今天{counted}")
    board = await shown(town, chat, BOARD)
    assert board.text.count("今日") == 12
    assert "……另有 2 项，可点“全部指标”查看。" in board.text
    assert "清理小广告" not in board.text
    before = len(await town.people.messages(chat))
    await town.press(town["组长"], board, "全部指标")
    assert len(await town.people.messages(chat)) == before
    assert one(await town.shown(town["组长"]), "全部指标 14 项", "· 清理小广告：今日 1处，累计 1处")
    await town.tick(evening_tallies.tally_tick, at(18))
    tally = await shown(town, chat, TALLY)
    assert tally.labels == ["数据来源", "全部指标"]
