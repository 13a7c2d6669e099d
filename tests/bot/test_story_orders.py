"""Supervision orders: one runs over its limit and escalates, and one of several cases loses a case."""

from __future__ import annotations

import pytest

from sandbox.shapes import MessageRecord
from services.nags import nag_engine as nags
from tests.bot.streets import (
    APPEAL,
    BACK,
    CARD,
    CLOSE,
    CONFIRM_FEEDBACK,
    DISPATCH,
    FEEDBACK,
    HEAPS,
    MISTAKEN,
    PHOTOS,
    REASSIGN,
    REGISTER,
    SEND_BACK,
    SIGN,
    STALLS,
    WALKERS,
    Streets,
    piece,
    streets_in,
)
from tests.bot.town import Town, at, one
from tests.support.chat import text_of as says

NAG, HINT, OFFICE = "【督办催办】", "【督办提示】", "【督办情况】"
RELEASE = "提示主要领导"
GONE = says("cases.not_yours")
MOVED_ON = (says("cases.moved_on"), True)
UNIT = ("责任人", "联络员", "分管领导", "主要领导")


@pytest.fixture
async def streets(town: Town) -> Streets:
    return await streets_in(town)


async def told(streets: Streets, *moments: tuple[int, int]) -> dict[str, list[MessageRecord]]:
    """Tick twice at each of these moments, and return the messages that each person gets, by name."""
    names = (*UNIT, "组长", "副组长")
    for name in names:
        await streets.town.shown(streets[name])
    for moment in moments:
        for _ in range(2):
            await streets.town.tick(nags.tick, at(*moment))
    shown = {name: await streets.town.shown(streets[name]) for name in names}
    return {name: messages for name, messages in shown.items() if messages}


# -- over the limit ------------------------------------------------------------------------------------


async def test_one_runs_over_its_limit(streets: Streets) -> None:
    """The limit is four 工作时 from 08:45; the noon break moves it to 14:45."""
    town, person = streets.town, streets["责任人"]
    number = await streets.submit(streets["吴小满"], STALLS, "人民路12号")
    await streets.dispatch(number)
    await streets.tap(person, await streets.open(person, number), SIGN)
    assert await told(streets, (11, 32)) == {}
    await climbs(streets, number)
    await released(streets, number)
    card = await streets.tap(person, await red_one(streets, person), f"📌 {number}")
    town.desk.clock.moment = at(15, 30)
    receipt = await streets.feed_back(person, card, "已全部清走")
    assert piece("orders.feedback.late") in receipt.text
    assert await told(streets, (17, 0)) == {}, "what was fed back waits for others"
    words, *_ = await streets.check(streets["督导员"], number)
    assert piece("checking.fed_back_late") in words.text
    await streets.tap(streets["督导员"], words, CLOSE)
    await appealed(streets, number)


async def red_one(streets: Streets, who: int) -> MessageRecord:
    """The message that told this person of the red case."""
    there = await streets.town.people.messages(who, sender="bot")
    return one(there, "，共 1 件", "🔴")


def titles(heard: dict[str, list[MessageRecord]]) -> dict[str, list[str]]:
    """The kinds of the messages that each person got, by name."""
    return {name: [message.text[:6] for message in found] for name, found in heard.items()}


async def climbs(streets: Streets, number: str) -> None:
    """Check 蓝 → 黄 → 红: each colour reaches each person once, and only those meant at that colour.

    Blue waits for the half hour. Of yellow, within the last hour, the person alone hears.
    """
    assert await told(streets, (11, 33), (11, 40)) == {}
    blue = await told(streets, (12, 0))
    assert titles(blue) == {"责任人": [NAG], "组长": [OFFICE], "副组长": [OFFICE]}
    assert "🔵" in blue["责任人"][0].text
    assert "还剩不足1工作时" in blue["责任人"][0].text
    yellow = await told(streets, (14, 20), (14, 21), (14, 30))
    assert titles(yellow) == {"责任人": [NAG]}
    assert "🟡" in yellow["责任人"][0].text
    assert await told(streets, (14, 45)) == {}, "the moment of the limit is in time"
    red = await told(streets, (14, 46), (15, 0))
    assert titles(red) == {"责任人": [NAG], "分管领导": [HINT], "组长": [OFFICE], "副组长": [OFFICE]}
    assert "（责任人：责任人）" in red["分管领导"][0].text
    for (message,) in red.values():
        assert number in message.text
        assert "🔴" in message.text
        assert "已超时" in message.text


async def released(streets: Streets, number: str) -> None:
    """One of the office releases it and the other sees the new state; no leader ever gets a 催办."""
    town, office, second = streets.town, streets["组长"], streets["副组长"]
    reds = {who: await red_one(streets, who) for who in (office, second)}
    card = one(await town.press(office, reds[office], RELEASE), "状态")
    assert await town.toast(office) == ("已提示主要领导。", False)
    assert RELEASE not in card.labels
    hint = one(await town.shown(streets["主要领导"]))
    for part in (HINT, piece("colours.released"), number, "已超时"):
        assert part in hint.text
    card = one(await town.press(second, reds[second], RELEASE))
    assert await town.toast(second) == MOVED_ON
    assert RELEASE not in card.labels
    assert await town.shown(streets["主要领导"]) == []
    for name in ("分管领导", "主要领导"):
        assert "催办" not in await streets.everything(name)
    for words, part in (("/orders", f"🔴{number}"), ("/todo", "已超时：1 件")):
        assert part in (await town.ask(streets["主要领导"], words)).text


async def appealed(streets: Streets, number: str) -> None:
    """The unit files 超时申诉 once: the figures leave the case out, and the record stays."""
    town, person, office = streets.town, streets["责任人"], streets["组长"]
    figures = await town.ask(office, "/figures")
    for part in ("结案率：100.00%（1/1）", "按期结案率：0.00%（0/1）"):
        assert part in figures.text
    card = await streets.open(person, number)
    asks = await streets.tap(person, card, APPEAL)
    await streets.tap(person, asks, says("orders.reason.wrong_unit"))
    await town.press(person, asks, says("orders.reason.beyond_us"), force=True)
    assert await town.toast(person) == MOVED_ON
    asked = one(await town.shown(office), piece("orders.told.appeal"), number, "原因：派遣有误，耽误了时间")
    hearing = await streets.tap(office, asked, CARD, "审核申诉")
    for part in ("办理时限：12月15日14:45", "最后反馈：12月15日15:30"):
        assert part in hearing.text
    card = await streets.tap(
        office, hearing, says("checking.grant_appeal_button"), says("checking.reason.wrongly_dispatched")
    )
    assert says("checking.grant_appeal_button") in card.text
    assert one(
        await town.shown(person), says("checking.grant_appeal_button"), piece("checking.next.grant_appeal")
    )
    card = await streets.open(person, number)
    assert APPEAL not in card.labels
    assert "反馈" in card.text
    figures = await town.ask(office, "/figures")
    assert "按期结案率：100.00%（1/1）" in figures.text


# -- several on one order ------------------------------------------------------------------------------


async def test_one_of_three_goes_to_another_unit(streets: Streets) -> None:
    town, unit, other = streets.town, streets["联络员"], streets["协办"]
    numbers = [
        await streets.submit(streets[name], category, f"人民路{n}号")
        for n, (name, category) in enumerate(zip(WALKERS, (STALLS, HEAPS, STALLS), strict=True), 1)
    ]
    order = await bulk(streets, numbers)
    signed = await streets.tap(unit, order, says("orders.sign_all_button", count=3))
    assert signed.text.count("（已签收）") == 3
    old = await streets.open(unit, numbers[1])
    await returned(streets, signed, numbers[1])
    new = await elsewhere(streets, numbers[1])
    assert "【督办单】创城督办〔2026〕2号（1件）" in new.text
    await streets.tap(other, new, SIGN)
    await no_more(streets, numbers, order, old)
    office = streets["组长"]
    await streets.tap(office, await streets.open(office, numbers[2]), REASSIGN)
    await streets.tap(office, await town.ask(office, "住建局"), "住建局", MISTAKEN)
    assert one(await town.shown(unit), f"案卷 {numbers[2]}", "已改派给住建局，贵单位不再承办")
    assert one(await town.shown(other), "【督办单】创城督办〔2026〕3号（1件）", numbers[2])


async def bulk(streets: Streets, numbers: list[str]) -> MessageRecord:
    """Do 立案 one by one, then dispatch all cases meant for one unit on one order."""
    town, office = streets.town, streets["组长"]
    for number in numbers:
        card = await streets.tap(office, await streets.open(office, number), REGISTER)
        assert "状态：待派遣" in card.text
    listed = await streets.tap(office, await town.ask(office, "/todo"), "待派遣（3）")
    assert listed.text.count("建议派遣：城管局") == 3
    plan = await streets.tap(
        office,
        listed,
        says("desk.same_unit_button", unit="城管局", count=3),
        says("desk.dispatch_picked_button", count=3),
    )
    assert "派遣给：城管局，共 3 件" in plan.text
    done = await streets.tap(office, plan, DISPATCH)
    assert "已派遣：创城督办〔2026〕1号，承办单位：城管局，共 3 件" in done.text
    order, *album = await town.shown(streets["联络员"])
    assert "【督办单】创城督办〔2026〕1号（3件）" in order.text
    assert len(album) == 3
    for number in numbers:
        assert number in order.text
    await town.press(office, plan, DISPATCH, force=True)
    assert await town.shown(streets["联络员"]) == [], "pressed twice, dispatched once"
    return order


async def returned(streets: Streets, order: MessageRecord, number: str) -> None:
    """The unit does 退单 of one case; the others stay on the order."""
    unit = streets["联络员"]
    which = await streets.tap(unit, order, SEND_BACK)
    (label,) = [label for label in which.labels if number in label]
    gone = await streets.tap(unit, which, label, says("orders.reason.not_here"))
    assert f"案卷 {number} 已不由您的单位承办" in gone.text
    rest = await streets.tap(unit, gone, BACK)
    assert "（2件）" in rest.text
    assert number not in rest.text


async def elsewhere(streets: Streets, number: str) -> MessageRecord:
    """The office sees the reason and picks another unit by name; return the order as that unit gets it."""
    town, office = streets.town, streets["组长"]
    assert one(await town.shown(office), piece("orders.told.send_back"), number, "原因：地点不在本辖区")
    listed = await streets.tap(office, await town.ask(office, "/todo"), "待派遣（1）")
    assert "城管局退单：地点不在本辖区" in listed.text
    plan = await streets.tap(office, await streets.open(office, number), "派遣")
    assert "城管局" not in plan.labels, "who sent it back is no default"
    chosen = await town.ask(office, "住建局")
    plan = await streets.tap(office, chosen, "住建局")
    assert "派遣给：住建局，共 1 件" in plan.text
    await streets.tap(office, plan, DISPATCH)
    return one(await town.shown(streets["协办"]), piece("orders.title"), number)


async def no_more(streets: Streets, numbers: list[str], order: MessageRecord, old: MessageRecord) -> None:
    """Check that the first unit finds the case nowhere, and that its old card does nothing."""
    town, unit, number = streets.town, streets["联络员"], numbers[1]
    assert piece("caselist.nothing") in (await town.ask(unit, f"/case {number}")).text
    for words in ("/orders", "/todo", "/case 人民路", "/case 1号"):
        answer = await town.ask(unit, words)
        assert number not in answer.text, words
        assert "人民路2号" not in " ".join([answer.text, *answer.labels]), words
    assert number not in (await town.ask(unit, "/case", to=order)).text
    for label in (FEEDBACK, SEND_BACK, PHOTOS):
        assert await town.press(unit, old, label, force=True) == []
        assert (await town.toast(unit))[0].startswith(GONE), label
    _, paper = await town.press(unit, order, "📄 督办单文件")
    text = await streets.paper(paper)
    assert [listed in text for listed in numbers] == [True, False, True]
    assert piece("caselist.nothing") in (await town.ask(streets["街道"], f"/case {number}")).text


async def test_a_reply_to_an_order_of_several(streets: Streets) -> None:
    """The bot guesses no case and takes no reply for a task's report; a single case left is meant."""
    town, unit = streets.town, streets["联络员"]
    numbers = [
        await streets.submit(streets[name], STALLS, f"人民路{n}号") for n, name in enumerate(WALKERS, 1)
    ]
    order = await bulk(streets, numbers)
    for caption in ("已清走", None):
        await town.people.send_photo(unit, unit, caption=caption, reply_to=order.message_id)
        assert piece("orders.feedback.which") in one(await town.news(unit)).text
    await town.people.send_media_group(unit, unit, count=3, reply_to=order.message_id)
    assert piece("orders.feedback.which") in one(await town.albums(unit)).text, "once for the album"
    assert (await town.ask(unit, "/cancel")).text == says("progress.nothing_to_cancel")
    for number in numbers[:2]:
        which = await streets.tap(unit, order, FEEDBACK)
        (label,) = [label for label in which.labels if number in label]
        (asks,) = await town.press(unit, which, label)
        assert number in asks.text
        await town.people.send_photo(unit, unit, caption="已清走", reply_to=order.message_id)
        card = one(await town.news(unit), piece("orders.feedback.title"), number)
        await town.press(unit, card, CONFIRM_FEEDBACK)
        order = await streets.tap(unit, which, BACK)
    await town.people.send_photo(unit, unit, reply_to=order.message_id)
    card = one(await town.news(unit), piece("orders.feedback.title"), numbers[2])
    await town.press(unit, card, CONFIRM_FEEDBACK)
    assert piece("orders.none_left") in (await town.ask(unit, "已全部整改", to=order)).text
