"""People without a right to a case, presses that come twice or late, and files that are no photo."""

from __future__ import annotations

import pytest

from models.people import set_roles
from rules.people.roles import Role
from sandbox.shapes import MessageRecord
from tests.bot.streets import (
    CARD,
    CHECK,
    CLOSE,
    CONFIRM_FEEDBACK,
    DISPATCH,
    FEEDBACK,
    FULL,
    HERE,
    MISTAKEN,
    PHOTOS,
    QUICK,
    REASSIGN,
    REWORK,
    SEND_BACK,
    SIGN,
    STALLS,
    SUBMIT,
    Streets,
    piece,
    retire,
    streets_in,
)
from tests.bot.town import Town, one
from tests.support.chat import text_of as says

MEGABYTE = 1024 * 1024
AT_SEA = (20.0, 150.0)
MOVED_ON = (says("cases.moved_on"), True)
OTHERS = (says("buttons.not_yours"), True)
NOT_HIS = (says("cases.not_yours"), True)


@pytest.fixture
async def streets(town: Town) -> Streets:
    return await streets_in(town)


async def fed_back(streets: Streets) -> tuple[str, MessageRecord]:
    """Bring a case to where it waits to be checked; return its number and its order."""
    number = await streets.submit(streets["吴小满"], STALLS, "人民路12号")
    order = await streets.dispatch(number)
    await streets.feed_back(streets["联络员"], order, "已清走")
    return number, order


async def state(streets: Streets, number: str) -> str:
    card = await streets.open(streets["副组长"], number)
    return card.text.split("状态：", 1)[1].split("\n")[0]


# -- people without the right --------------------------------------------------------------------------


async def test_nobody_presses_for_others(streets: Streets) -> None:
    """A button's data sent from another chat opens, signs and closes nothing."""
    town, unit, other, checker = (streets.town, *(streets[n] for n in ("联络员", "协办", "督导员")))
    for who in (unit, other, streets["郑路遥"]):
        await town.say(who, "/orders")
    number, order = await fed_back(streets)
    words, *_ = await streets.check(checker, number)
    for who in (unit, other):
        for label in (CLOSE, REWORK):
            assert await town.forge(who, words, label) == OTHERS
    for label in (FEEDBACK, "📄 督办单文件"):
        assert await town.forge(other, order, label) == OTHERS
    notice = one(await town.people.messages(streets["组长"], sender="bot"), piece("orders.feedback.to_check"))
    for who in (other, streets["街道"], streets["郑路遥"]):
        await town.say(who, "/orders")
        assert await town.forge(who, notice, CARD) == NOT_HIS
    for text in (f"/case {number}", "/case 人民路12号", f"/case {number[-4:].lstrip('0')}"):
        assert piece("caselist.nothing") in one(await town.say(other, text)).text
    assert await state(streets, number) == "待核查"


async def test_a_unit_does_not_check_its_own(streets: Streets) -> None:
    """A unit cannot check its own case, even if its person has since become a district-wide inspector."""
    town, unit = streets.town, streets["联络员"]
    number, _ = await fed_back(streets)
    async with town.desk.database.transaction() as session:
        contact = town.contacts["联络员"]
        await set_roles(session, contact.id or 0, [Role.LIAISON, Role.INSPECTOR])
    card = await streets.open(unit, number)
    assert CHECK not in card.labels
    assert "待核查" not in (await town.ask(unit, "/todo")).text
    assert CHECK in (await streets.open(streets["督导员"], number)).labels


async def test_another_inspector_loses_the_role(streets: Streets) -> None:
    """The inspector loses the role between the album and the press."""
    town, checker = streets.town, streets["督导员"]
    number, _ = await fed_back(streets)
    words, *_ = await streets.check(checker, number)
    async with town.desk.database.transaction() as session:
        await set_roles(session, town.contacts["督导员"].id or 0, [])
    await town.press(checker, words, CLOSE)
    assert await town.toast(checker) == NOT_HIS
    assert await state(streets, number) == "待核查"


# -- twice, at once, late ------------------------------------------------------------------------------


@pytest.mark.both_engines("side by side")
async def test_two_of_the_office_at_once(streets: Streets) -> None:
    """Both press twice: there is one order, and all see its state."""
    town, office, second, unit = (streets.town, *(streets[n] for n in ("组长", "副组长", "联络员")))
    number = await streets.submit(streets["吴小满"], STALLS, "人民路12号")
    plans = {who: await streets.tap(who, await streets.open(who, number), QUICK) for who in (office, second)}
    await town.shown(unit)
    for _ in range(2):
        for who, plan in plans.items():
            await town.people.press(who, who, plan.message_id, DISPATCH)
    await town.program.take_in(at_once=True)
    answers = [query.answers[0].text for query in await town.people.callback_answers()]
    assert sum("已派遣：" in answer for answer in answers) == 1
    assert answers.count(MOVED_ON[0]) == 3
    for who in (office, second):
        assert "状态：待签收" in (await town.shown(who))[-1].text
    order = one(await town.shown(unit), piece("orders.title"))
    assert "1号（1件）" in order.text
    assert await streets.heard("吴小满", number) == [says("cases.event.dispatch")], "立案 goes without saying"


async def test_pressed_twice_and_on_old_messages(streets: Streets) -> None:
    town, unit, office = streets.town, streets["联络员"], streets["组长"]
    number = await streets.submit(streets["吴小满"], STALLS, "人民路12号")
    old = await streets.open(office, number)
    order = await streets.dispatch(number)
    for _ in range(2):
        await town.people.press(unit, unit, order.message_id, SIGN)
    await town.program.take_in(at_once=True)
    answers = [query.answers[0].text for query in await town.people.callback_answers(unit)]
    assert sorted(answers) == [says("orders.signed", count=1), says("orders.signed_before")]
    told = [says(f"cases.event.{event}") for event in ("dispatch", "acknowledge")]
    assert await streets.heard("吴小满", number) == told
    await town.shown(unit)
    for label in (
        QUICK,
        says("desk.reject_button"),
        says("desk.merge_button"),
        says("desk.ask_verification_button"),
    ):
        shown = await town.press(office, old, label, force=True)
        assert await town.toast(office) == MOVED_ON
        assert "状态：已签收" in shown[-1].text

    assert number in (await streets.tap(unit, order, FEEDBACK)).text
    card = await streets.photograph(unit, "已清走")
    for _ in range(2):
        await town.people.press(unit, unit, card.message_id, CONFIRM_FEEDBACK)
    await town.program.take_in(at_once=True)
    shown = await town.shown(unit)
    assert len([message for message in shown if "【回执】" in message.text]) == 1
    await town.press(unit, order, SEND_BACK, force=True)
    assert (await town.toast(unit))[1]
    assert await state(streets, number) == "待核查"


# -- files that are no photo ---------------------------------------------------------------------------


async def test_whatever_is_sent_while_a_problem_is_reported(streets: Streets) -> None:
    town, people, who = streets.town, streets.town.people, streets["吴小满"]
    for kind, part in (("voice", "语音"), ("video_note", "圆形视频")):
        await people.send_other(who, who, kind)
        assert part in one(await town.news(who)).text
    card = await streets.photograph(who, " ")
    assert piece("issues.ask_category") in card.text
    await people.send_other(who, who, "voice")
    assert "语音" in one(await town.news(who)).text
    await people.send_document(who, who, name="航拍.zip", size=25 * MEGABYTE)
    assert "照片等附件：2 个" in one(await town.news(who)).text
    await people.send_other(who, who, "video", {"file_size": 25 * MEGABYTE})
    card = one(await town.news(who), "照片等附件：3 个")
    await people.send_media_group(who, who, count=30)
    card = one(await town.albums(who), "照片等附件：30 个", "另有 3 个没有收入")
    card = await streets.tap(who, card, "市容环境", FULL)
    for place in ((0.0, 0.0), AT_SEA):
        assert piece("issues.odd_place") in (await streets.locate(who, place)).text
    summary = await streets.locate(who, HERE)
    assert "地点：30.5200" in summary.text

    await retire(streets, FULL)
    card = await streets.tap(who, summary, SUBMIT)
    assert piece("issues.category_gone") in card.text
    assert "市容环境" not in card.labels
    card = await streets.tap(who, card, STALLS)
    shown = await town.press(who, card, SUBMIT)
    assert one(shown, "【回执】", STALLS, "照片等附件：30 个")
    await town.press(who, summary, SUBMIT, force=True)
    assert piece("issues.no_draft") in (await town.toast(who))[0]
    assert one(await town.shown(streets["组长"]), piece("cases.new")).text.count("20261215-0001") == 1


async def test_a_video_and_a_document_beside_the_photos(streets: Streets) -> None:
    """A video is in the album with the photos; a document follows the album."""
    town, unit, people = streets.town, streets["联络员"], streets.town.people
    number = await streets.submit(streets["吴小满"], STALLS, "人民路12号")
    await streets.tap(unit, await streets.dispatch(number), FEEDBACK)
    video = await people.send_other(unit, unit, "video")
    await people.send_document(unit, unit, name="台账.txt")
    await people.send_media_group(unit, unit, count=10)
    card = (await town.albums(unit))[-1]
    assert "整改后：12 个文件" in card.text
    await town.press(unit, card, CONFIRM_FEEDBACK)
    words, *files = await streets.check(streets["督导员"], number)
    assert "整改前照片 1 张" in words.text
    *album, paper = files
    assert [file.kind for file in album] == ["photo", "video", *["photo"] * 8]
    assert len({file.media_group_id for file in album} - {None}) == 1
    assert album[1].file_id == video.file_id
    assert (paper.kind, paper.text) == ("document", "整改后")
    (reviewed,) = await town.press(streets["督导员"], words, CLOSE)
    _, *shown = await town.press(streets["督导员"], reviewed, PHOTOS)
    assert "video" in {file.kind for file in shown}


async def test_whatever_is_sent_as_feedback(streets: Streets) -> None:
    """A document or words alone are no feedback; meanwhile the case is given to another unit."""
    town, unit, office = streets.town, streets["联络员"], streets["组长"]
    number = await streets.submit(streets["吴小满"], STALLS, "人民路12号")
    order = await streets.dispatch(number)
    await streets.tap(unit, order, FEEDBACK)
    await town.people.send_other(unit, unit, "voice")
    assert "语音" in one(await town.news(unit)).text
    await town.people.send_document(unit, unit, name="航拍.zip", size=25 * MEGABYTE)
    card = one(await town.news(unit), piece("orders.feedback.photo_missing"))
    assert await town.press(unit, card, CONFIRM_FEEDBACK) == []
    assert piece("orders.feedback.photo_needed") in (await town.toast(unit))[0]
    card = await streets.photograph(unit, "已清走")
    assert "整改后：2 个文件" in card.text

    await streets.tap(unit, await streets.open(unit, number), SIGN)
    await streets.tap(office, await streets.open(office, number), REASSIGN)
    await streets.tap(office, await town.ask(office, "住建局"), "住建局", MISTAKEN)
    await town.press(unit, card, CONFIRM_FEEDBACK)
    assert (await town.toast(unit))[0].startswith(piece("orders.feedback.not_yours_now"))
    await streets.tap(unit, card, "取消")
    assert await state(streets, number) == "待签收"
