"""The whole way of a problem, from the photo in the street to 结案, as the chats show it."""

from __future__ import annotations

import pytest

from sandbox.shapes import MessageRecord
from tests.bot.streets import (
    CARD,
    CLOSE,
    CONFIRM_FEEDBACK,
    DISPATCH,
    FEEDBACK,
    HERE,
    HIDE_ME,
    HISTORY,
    MORE_TIME,
    MUTE,
    NEAR,
    PHOTOS,
    QUICK,
    REWORK,
    SIGN,
    STALLS,
    SUBMIT,
    Streets,
    number_in,
    piece,
    streets_in,
)
from tests.bot.town import Town, at, one
from tests.support.chat import text_of as says

NAME = "周晓岚"


@pytest.fixture
async def streets(town: Town) -> Streets:
    return await streets_in(town)


async def reported(streets: Streets) -> str:
    """Report an album with a caption step by step; the reporter does not want to be named."""
    town, who = streets.town, streets[NAME]
    card = await streets.photograph(who, "人民路口摆了六个摊子", count=3)
    assert "照片等附件：3 个" in card.text
    assert piece("issues.ask_category") in card.text
    card = await streets.tap(who, card, "街面秩序", STALLS)
    assert piece("issues.ask_place") in card.text
    summary = await streets.locate(who, HERE)
    for part in (
        "类别：街面秩序·占道经营",
        "问题：人民路口摆了六个摊子",
        "照片等附件：3 个",
        "地点：30.5200",
    ):
        assert part in summary.text
    summary = await streets.tap(who, summary, HIDE_ME)
    shown = await town.press(who, summary, SUBMIT)
    number = number_in(one(shown, "【回执】", "🙈 不向承办单位公开上报人"))
    assert one(shown, f"已上报，案卷号 {number}")
    assert await town.press(who, summary, SUBMIT, force=True) == [], "pressed twice"
    assert piece("issues.no_draft") in (await town.toast(who))[0]
    return number


async def followed(streets: Streets, name: str, number: str) -> MessageRecord:
    """Another person near by reports the same; they are shown the open case first, and follow it."""
    town, who = streets.town, streets[name]
    await streets.photograph(who, "占道经营，人都过不去")
    same = await streets.tap(who, await streets.locate(who, NEAR), SUBMIT)
    for part in (piece("issues.same.title"), number, "约100米"):
        assert part in same.text
    assert [label for label in same.labels if "仍要提交" in label]
    (done,) = await town.press(who, same, f"就是这个，关注 {number}")
    assert f"已关注案卷 {number}" in done.text
    return done


async def test_from_the_album_to_closing(streets: Streets) -> None:
    town = streets.town
    number = await reported(streets)
    for name in ("吴小满", "郑路遥"):
        await followed(streets, name, number)
    order = await registered(streets, number)
    await mute(streets, "郑路遥", number)
    order = await more_time(streets, order)
    await mended(streets, order, number)
    returned = await sent_back(streets, number)
    town.desk.clock.moment = at(11)
    await streets.feed_back(streets["联络员"], returned, "桌椅也收走了")
    words, *album = await streets.check(streets["督导员"], number)
    assert "此前已返工 1 次" in words.text
    assert [photo.text for photo in album] == ["整改前"] * 3 + ["整改后"]
    (closed,) = await town.press(streets["督导员"], words, CLOSE)
    assert "状态：已结案" in closed.text
    assert (
        "核查通过，结案"
        in one(await town.shown(streets["联络员"]), number, piece("checking.next.close")).text
    )
    await what_was_heard(streets, number)
    await the_name_is_kept(streets, number)


async def registered(streets: Streets, number: str) -> MessageRecord:
    """Do 立案 and 派遣 in two taps from the notice; return the order as the unit gets it."""
    town, office = streets.town, streets["组长"]
    news = one(await town.shown(office), piece("cases.new"), number)
    assert number in one(await town.shown(streets["副组长"]), piece("cases.new")).text
    card = await streets.tap(office, news, CARD)
    assert f"上报人：东风街道 {NAME}" in card.text
    plan = await streets.tap(office, card, QUICK)
    for part in ("派遣给：城管局，共 1 件", "分管领导：分管领导", "｜时限12月15日14:45"):
        assert part in plan.text
    (card,) = await town.press(office, plan, DISPATCH)
    assert "督办单：创城督办〔2026〕1号" in card.text
    assert await town.shown(streets["责任人"]) == [], (
        "who answers for it is not known before it is signed for"
    )
    order, *album = await town.shown(streets["联络员"])
    for part in ("【督办单】创城督办〔2026〕1号（1件）", number, "人民路口摆了六个摊子", "请于"):
        assert part in order.text
    assert [photo.kind for photo in album] == ["photo"] * 3
    return order


async def mute(streets: Streets, name: str, number: str) -> None:
    notice = one(await streets.town.shown(streets[name]), number, "：派遣")
    await streets.town.press(streets[name], notice, MUTE)
    assert await streets.town.toast(streets[name]) == (
        says("caselist.muted"),
        False,
    )


async def more_time(streets: Streets, order: MessageRecord) -> MessageRecord:
    """签收, then 延期: the unit asks, one of the office grants it, the other sees the new state."""
    town, unit, office, second = (streets.town, *(streets[name] for name in ("联络员", "组长", "副组长")))
    signed = await streets.tap(unit, order, SIGN)
    assert "（已签收）" in signed.text
    asks = await streets.tap(unit, signed, MORE_TIME)
    card = await streets.tap(unit, asks, says("orders.reason.weather"))
    assert MORE_TIME not in card.labels
    views = {}
    for who in (office, second):
        asked = one(await town.shown(who), piece("orders.told.ask_extension"), "原因：受天气影响")
        views[who] = await streets.tap(who, asked, CARD, says("checking.extension_button"))
        assert "同意后时限：12月16日08:45" in views[who].text
    card = await streets.tap(office, views[office], says("checking.extend_button"))
    assert "办理时限：12月16日08:45" in card.text
    present = await streets.tap(second, views[second], says("checking.refuse_extension_button"))
    assert await town.toast(second) == (says("cases.moved_on"), True)
    assert "办理时限：12月16日08:45" in present.text
    assert one(await town.shown(unit), says("checking.extend_button"), "12月16日08:45")
    return signed


async def mended(streets: Streets, order: MessageRecord, number: str) -> None:
    """Do 反馈 with an album; one of its photos arrives after the confirmation."""
    town, unit = streets.town, streets["联络员"]
    asks = await streets.tap(unit, order, FEEDBACK)
    assert number in asks.text
    sent = await town.people.send_media_group(unit, unit, count=2, caption="摊主已劝离")
    (card,) = await town.albums(unit)
    assert "整改后：2 个文件" in card.text
    shown = await town.press(unit, card, CONFIRM_FEEDBACK)
    assert one(shown, "【回执】", "整改后：2 个文件")
    assert one(shown, "状态：待核查")
    await town.people.act("send_photo", chat=unit, user=unit, media_group_id=sent[0].media_group_id)
    assert f"晚到的照片已补入案卷 {number}" in one(await town.news(unit)).text
    for name in ("组长", "副组长"):
        assert one(await town.shown(streets[name]), piece("orders.feedback.to_check"), number, "摊主已劝离")


async def sent_back(streets: Streets, number: str) -> MessageRecord:
    """Send the case back: the inspector sees photos of before and after, the unit hears the reason."""
    town, checker = streets.town, streets["督导员"]
    words, *album = await streets.check(checker, number)
    for part in ("整改前照片 3 张，整改后照片 3 张", "反馈：城管局 联络员", "整改标准：恢复原状，人走场清"):
        assert part in words.text
    assert len({photo.media_group_id for photo in album} - {None}) == 1
    assert [photo.text for photo in album] == ["整改前"] * 3 + ["整改后"] * 3
    await streets.tap(checker, words, REWORK, says("checking.write_reason_button"))
    answer = await town.ask(checker, "桌椅还堆在盲道上")
    assert "状态：返工中" in answer.text
    returned = one(await town.shown(streets["联络员"]), "核查未通过，返工", "原因：桌椅还堆在盲道上")
    await town.press(checker, words, CLOSE, force=True)
    assert (await town.toast(checker))[1], "their question was answered with 返工"
    return returned


async def what_was_heard(streets: Streets, number: str) -> None:
    """Check that both followers heard each step in order, and that nobody hears more after muting."""
    taken = ("dispatch", "acknowledge", "extend", "feedback", "rework", "feedback", "close")
    steps = [says(f"cases.event.{event}") for event in taken]
    for name in (NAME, "吴小满"):
        await streets.town.shown(streets[name])
        assert await streets.heard(name, number) == steps
    assert await streets.town.shown(streets["郑路遥"]) == []
    assert await streets.heard("郑路遥", number) == steps[:1]
    notice = one(await streets.town.people.messages(streets["吴小满"], sender="bot"), REWORK)
    assert "原因：桌椅还堆在盲道上" in notice.text


async def the_name_is_kept(streets: Streets, number: str) -> None:
    """Check that the unit finds the reporter's name nowhere, and that the office finds it."""
    town = streets.town
    for name in ("联络员", "责任人", "分管领导", "主要领导"):
        who = streets[name]
        card = await streets.open(who, number)
        assert says("cases.card.reporter_hidden") in card.text
        if HISTORY in card.labels:
            card = await streets.tap(who, card, HISTORY)
        assert f"上报（{says('cases.card.somebody')}）" in card.text
        await town.press(who, card, PHOTOS)
        _, paper = await town.press(who, card, "📄 督办单文件")
        words = await streets.paper(paper)
        assert number in words
        assert "[照片]" in words, "the photo was fetched from Telegram"
        for words in ("/orders", "/todo", f"/case {NAME}", f"/person {NAME}"):
            await town.say(who, words)
        said = await streets.everything(name)
        said = said.replace(f"与“{NAME}”有关", "")
        assert NAME not in said, name
    assert NAME in (await streets.open(streets["组长"], number)).text
    card = await streets.open(streets["吴小满"], number)
    assert NAME not in card.text
