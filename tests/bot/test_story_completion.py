"""The way from 申请办结 over 退回 to 销号 and 复开, with its record, as the chats show it."""

from __future__ import annotations

import pytest

from sandbox.shapes import MessageRecord
from tests.bot.town import CONFIRM, TASK, Town, at, one

REASON = "照片看不清门牌，请补拍"


async def submit(town: Town, who: int) -> None:
    """Press 申请办结 on the card from the list, and confirm the question that replaces the card."""
    (card,) = await town.press(who, await town.ask(who, "/tasks"), TASK)
    (asked,) = await town.press(who, card, "申请办结")
    assert asked.message_id == card.message_id
    (waits,) = await town.press(who, asked, CONFIRM)
    assert "当前状态：申请办结" in waits.text
    assert "申请办结" not in waits.labels


async def mend(town: Town, who: int, returned: MessageRecord) -> list[str]:
    """Answer the return with three photos and a document; return the ids of the files."""
    photos = await town.people.send_media_group(
        who, who, count=3, caption="补拍，出动20人", reply_to=returned.message_id
    )
    (card,) = await town.albums(who)
    assert "佐证：3 张图片" in card.text
    ledger = await town.people.send_document(who, who, name="台账.txt")
    (card,) = await town.news(who)
    assert "佐证：3 张图片、1 个文件" in card.text
    await town.press(who, card, CONFIRM)
    return [one.file_id or "" for one in (*photos, ledger)]


async def test_returned_mended_completed_and_reopened(town: Town) -> None:
    office, second, person = town["组长"], town["副组长"], town["责任人"]
    await town.report(person)
    await submit(town, person)
    (request,), (other,) = await town.shown(office), await town.shown(second)
    for part in ("工作标准：达到创城标准", "已报进展 1 份，佐证 0 件", "12处／目标 50处（24%）"):
        assert part in request.text
        assert part in other.text

    (why,) = await town.press(office, request, "退回")
    (write,) = await town.press(office, why, "其他（自行填写）")
    assert write.message_id == why.message_id == request.message_id
    assert "退回原因" in (await town.ask(office, REASON)).text
    returned = one(await town.shown(person), "【退回】", f"原因：{REASON}")
    (late,) = await town.press(second, other, "办结")
    assert "当前状态：已退回（创城办 组长" in late.text, "their message is about a submission that is no more"
    files = await mend(town, person, returned)
    await submit(town, person)
    (request,), (other,) = await town.shown(office), await town.shown(second)
    assert "已报进展 2 份，佐证 4 件" in request.text

    words, *album = await town.press(office, request, "查看佐证")
    assert "佐证材料" in words.text
    assert [one.kind for one in album] == ["photo", "photo", "photo", "document"]
    assert len({photo.media_group_id for photo in album[:3]} - {None}) == 1
    assert [await town.people.file(one.file_id or "") for one in album] == [
        await town.people.file(file_id) for file_id in files
    ]
    await town.ask(town["街道"], "/tasks")
    assert await town.forge(town["街道"], request, "办结") == (
        "没有找到该任务，或该任务不在您的职责范围内。发送 /tasks 可查看您的任务。",
        True,
    )

    town.desk.clock.moment = at(9)
    (done,) = await town.press(second, other, "办结")
    assert "当前状态：已办结（创城办 副组长，12月15日09:00）" in done.text
    (late,) = await town.press(office, request, "办结")
    assert await town.toast(office) == (
        "该任务现为“已办结”（创城办 副组长，12月15日09:00），本次操作未生效。",
        True,
    )
    assert late.labels == done.labels
    assert "【办结】" in (await town.shown(person))[-1].text
    assert "【办结】" in (await town.shown(town["联络员"]))[-1].text
    await read_the_records(town, office)


async def read_the_records(town: Town, office: int) -> None:
    listed = await town.ask(office, "/done")
    assert "销号清单 共 1 项" in listed.text
    _, file = await town.press(office, listed, "导出表格")
    assert [row[2::7] for row in await town.sheet(file)] == [["目标任务", "办结人"], [TASK, "创城办 副组长"]]

    (card,) = await town.press(office, listed, TASK)
    (asked,) = await town.press(office, card, "复开")
    (card,) = await town.press(office, asked, "直接复开")
    assert "当前状态：办理中" in card.text
    assert "【复开】" in (await town.shown(town["责任人"]))[-1].text
    assert (await town.ask(office, "/done")).text == "目前没有已销号的任务。"

    history = await town.ask(office, "/history 广告牌匾")
    for part in (
        "退回 创城办 组长（12月15日08:45）",
        f"原因：{REASON}",
        "状态：申请办结 → 已办结",
        "复开 创城办 组长",
    ):
        assert part in history.text
    assert "没有找到该任务" in (await town.ask(town["街道"], "/history 广告牌匾")).text
    _, file = await town.press(office, history, "导出表格")
    head, *rows = await town.sheet(file)
    assert head[1:5] == ["时间", "单位", "操作人", "事项"]
    assert [row[4] for row in rows if row[4] not in ("报送进展", "开始办理")] == [
        "申请办结",
        "退回",
        "申请办结",
        "办结",
        "复开",
    ]
    (back,) = [row for row in rows if row[4] == "退回"]
    assert back[1:4] == ["2026-12-15 08:45", "创城办", "组长"]
    assert back[6:] == ["状态：申请办结", f"状态：已退回\n原因：{REASON}", REASON]


@pytest.mark.both_engines("side by side")
async def test_two_press_at_once(town: Town) -> None:
    """Two people press, each more than once: one press decides, and all see the same."""
    office, second, person = town["组长"], town["副组长"], town["责任人"]
    await submit(town, person)
    (request,), (other,) = await town.shown(office), await town.shown(second)
    for _ in range(2):
        await town.people.press(office, office, request.message_id, "办结")
        await town.people.press(second, second, other.message_id, "退回")
        await town.people.press(second, second, other.message_id, "办结")
    await town.program.take_in(at_once=True)
    answers = [query.answers[0].text for query in await town.people.callback_answers()]
    assert sum("已办结销号" in answer for answer in answers) == 1
    for chat in (office, second):
        assert "当前状态：已办结" in (await town.shown(chat))[-1].text
    assert len([m for m in await town.shown(person) if "【办结】" in m.text]) == 1
    assert "（共2条）" in (await town.ask(office, "/history 广告牌匾")).text
