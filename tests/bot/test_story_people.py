"""People join, change phones, hand over, leave, get lost and come back; each has the right menu."""

from __future__ import annotations

import json
import re

import pytest

from bot import menus
from bot.menus import MenuUpdater
from rules.people.roles import Role
from sandbox.shapes import MessageRecord
from services.menus import commands_of
from services.nags import nag_engine as nags
from tests.bot.town import TASK, Town, at, one

NOT_IN = "您还没有入册"


async def apply(town: Town, who: int, name: str) -> MessageRecord:
    """Do 申请加入 as a person of 城管局, and return the last answer."""
    await town.say(who, "/join")
    for words in ("城管局", name):
        await town.ask(who, words)
    (done,) = await town.press(who, await town.ask(who, "城管科科员"), "提交申请")
    return done


async def menu(town: Town, shown: MenuUpdater, chat: int) -> dict[str, str]:
    """The menu of this chat alone: the description of each command."""
    await shown.look()
    found = (await town.people.bot())["commands"]
    own = [one["commands"] for one in found if json.loads(one["scope"]) == {"type": "chat", "chat_id": chat}]
    return {command["command"]: command["description"] for commands in own for command in commands}


async def test_strangers_apply(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(menus, "PAUSE_SECONDS", 0.0)
    shown = MenuUpdater(town.desk.bot, town.desk.database, town.desk.campaign)
    office, second = town["组长"], town["副组长"]
    new, passer, phone = [await town.newcomer(name) for name in ("新同事", "路人", "换手机的")]
    await town.people.start(new)
    (greeting,) = await town.news(new)
    assert NOT_IN in greeting.text
    for who, name in ((new, "王新"), (passer, "路人甲"), (phone, "责任人")):
        assert "等待创城办审核" in (await apply(town, who, name)).text
    first, other, again = await town.shown(office)
    late, refused, _ = await town.shown(second)
    assert "名册中没有此人" in first.text
    assert "且已用另一账号入册" in again.text

    (role,) = await town.press(office, first, "批准")
    await town.press(office, role, "联络员")
    assert one(await town.shown(new), "您好，王新（城管局）！您已入册：联络员。")
    (outcome,) = await town.press(second, late, "拒绝")
    assert "创城办 组长 已于 12月15日08:45 批准这份申请" in outcome.text
    await town.report(new)
    assert one(await town.people.messages(new), "【回执】20261215-0001")

    await town.press(second, refused, "拒绝")
    assert "未获批准" in one(await town.shown(passer)).text
    (outcome,) = await town.press(office, other, "批准")
    assert "创城办 副组长 已于 12月15日08:45 拒绝" in outcome.text
    for words in ("今天清理违规广告牌匾12处", "/tasks", "/find 广告"):
        assert NOT_IN in (await town.ask(passer, words)).text

    (asked,) = await town.press(office, again, "批准")
    assert town["责任人"] == town.contacts["责任人"].telegram_user_id
    await town.press(office, asked, "确认改绑")
    assert "本账号已解除绑定" in one(await town.shown(town["责任人"])).text
    assert "您已入册：责任人" in one(await town.shown(phone)).text
    assert TASK in (await town.ask(phone, "/tasks")).text
    assert NOT_IN in (await town.ask(town["责任人"], "/tasks")).text

    assert list(await menu(town, shown, office)) == list(commands_of({Role.OFFICE}))
    assert list(await menu(town, shown, town["分管领导"])) == list(commands_of({Role.LEADER_IN_CHARGE}))
    assert list(await menu(town, shown, new)) == list(commands_of({Role.LIAISON}))
    assert await menu(town, shown, passer) == {}, "the one of all private chats, with /join"
    await town.press(new, await town.ask(new, "/language"), "English")
    english = await menu(town, shown, new)
    assert (list(english), english["help"]) == (list(commands_of({Role.LIAISON})), "How to use this bot")
    short = await town.ask(new, "/help")
    assert ("Report progress" in short.text, "/quiet" in short.text) == (True, False)
    (everything,) = await town.press(new, short, "More")
    assert everything.message_id == short.message_id
    assert "/quiet" in everything.text


async def test_handed_over_left_and_restored(town: Town) -> None:
    office, person, liaison = town["组长"], town["责任人"], town["联络员"]
    card = await town.ask(office, "/person 责任人")
    (asked,) = await town.press(office, card, "办理离任")
    assert "名下还有 1 项在办任务" in asked.text
    (choice,) = await town.press(office, asked, "先办理交接")
    (preview,) = await town.press(office, choice, "城管局 联络员")
    assert TASK in preview.text
    assert await town.shown(liaison) == []
    (done,) = await town.press(office, preview, "确认移交")
    assert one(await town.shown(liaison), "【任务转派】", TASK)
    assert one(await town.shown(person), "【任务转出】", TASK)
    assert "责任人：联络员" in (await town.press(liaison, await town.ask(liaison, "/tasks"), TASK))[0].text

    (asked,) = await town.press(office, done, "办理离任")
    (left,) = await town.press(office, asked, "确认离任")
    assert "状态：已离任" in left.text
    assert "创城办已为您办理离任" in one(await town.shown(person)).text
    assert NOT_IN in (await town.ask(person, "/tasks")).text
    (card,) = await town.press(office, left, "恢复在册")
    (link,) = await town.press(office, card, "生成邀请链接")
    token = re.findall(r"\?start=(\S+)", link.text)[0]
    newcomer, thief = await town.newcomer("新手机"), await town.newcomer("路人")
    await town.people.start(newcomer, token)
    assert "您好，责任人（城管局）！您已入册" in (await town.news(newcomer))[0].text
    await town.people.start(thief, token)
    assert "已经使用过" in one(await town.news(thief)).text
    (changes,) = await town.press(office, await town.ask(office, "/person 城管局 责任人"), "变更记录")
    for event in ("交接在办任务", "离任", "恢复在册", "生成邀请链接", "入册"):
        assert event in changes.text


async def test_blocked_and_back(town: Town) -> None:
    """A refused message and then Telegram's update tell of the block; the office is told once."""
    office, liaison, person = town["组长"], town["联络员"], town["责任人"]
    await town.people.block(person)
    await town.tick(nags.tick, at(9))
    assert one(await town.shown(office), "城管局 责任人 已停用机器人")
    await town.program.take_in()
    assert await town.shown(office) == []
    assert "联系不上的人员：1" in (await town.ask(office, "/who")).text
    assert await town.people.messages(person, sender="bot") == []
    # In the same slot the unit's 联络员 hears in their place.
    await town.tick(nags.tick, at(9, 1))
    assert one(await town.shown(liaison), "代为转告", "应通知：责任人")
    await town.tick(nags.tick, at(9, day=16))
    await town.tick(nags.tick, at(9, day=18))
    told = await town.shown(liaison)
    assert one(told, "代为转告", "应通知：责任人")
    assert not [shown for shown in told if "【请协助】" in shown.text], "their list says it"
    assert one(await town.shown(town["分管领导"]), "【请协助】", "责任人（已停用机器人）")
    assert one(await town.shown(office), "【无法通知】", "城管局 责任人（已停用机器人）")
    await town.people.start(person)
    assert one(await town.news(person), "您可以这样使用")
    assert "联系不上的人员：0" in (await town.ask(office, "/who")).text

    await unknown_things(town, person)


async def unknown_things(town: Town, person: int) -> None:
    """Unknown input gets a helpful line once; a mistyped command always gets its suggestion."""
    for _ in range(2):
        assert "您是不是要发送 /tasks" in (await town.ask(person, "/taks")).text
    assert "没有这条命令" in (await town.ask(person, "/qwxz")).text
    assert await town.say(person, "/qwxz") == []
    await town.people.send_other(person, person, "sticker")
    assert "暂不支持这种消息" in one(await town.news(person)).text
    await town.people.send_other(person, person, "sticker")
    assert await town.news(person) == []
