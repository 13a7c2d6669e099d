"""Reporting a problem in the private chat, from the photo to the case and its receipt."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from models import numbers
from models.db import Database
from rules.cases.case_lifecycle import CaseState
from tests.handlers.conftest import People
from tests.support.cases import CaseDesk
from tests.support.chat import Chats, message, photo, update
from tests.support.chat import text_of as says
from tests.support.issues import AWAY, NEAR_SQUARE, SUBMIT, Issues, picture, spot
from tests.support.people import Roster

AS_ISSUE = says("issues.from_report_button")
ASK_PLACE, ASK_SUBMIT = says("issues.ask_place"), says("issues.ask_submit")
FILES = [says("issues.card.files", count=count) for count in range(4)]


@pytest.fixture
async def issues(database: Database, chats: Chats, people: People) -> Issues:
    return await Issues.make(database, chats, people.other_unit)


async def test_from_the_photo_to_the_receipt(issues: Issues, chats: Chats, people: People) -> None:
    card = await issues.send(picture(issues.grid, caption="路边摆摊"))
    assert [says("issues.ask_category"), FILES[1]] == [
        card.parts[0].split("\n")[-1],
        card.text.split("\n")[2],
    ]
    areas = await issues.press(card, "街面秩序")
    card = await issues.press(areas, "占道经营")
    assert card.text.endswith(ASK_PLACE)
    card = await issues.send(spot(issues.grid, AWAY))
    assert "30.5650, 114.3100" in card.text
    assert card.text.endswith(ASK_SUBMIT)
    done = await issues.press(card, SUBMIT)
    assert done.edit
    assert not done.buttons
    (case,) = await issues.cases()
    assert case.number == "20261215-0001"
    assert case.number in done.text
    assert (case.category, case.text, case.state) == ("街面秩序·占道经营", "路边摆摊", CaseState.REPORTED)
    assert (case.latitude, case.longitude, case.place_unit_id) == (*AWAY, issues.street.id)
    assert await issues.files(case) == ["a-large"]
    messages = {shown.chat_id: shown for shown in await chats.post()}
    assert case.number in messages[people.office.id].text
    receipt = messages[issues.grid.id]
    assert case.number in receipt.text
    assert case.number in (await issues.press(receipt, says("cases.card_button"))).text


async def test_the_first_case_after_a_restore_names_the_numbers_left_out(
    issues: Issues, chats: Chats, database: Database
) -> None:
    async with database.transaction() as session:
        await numbers.skip(session, numbers.cases_of(date(2026, 12, 15)))
    gap = says("common.number_gap", first=1, last=numbers.SKIPPED)
    for number, noted in (("20261215-0201", True), ("20261215-0202", False)):
        case = await issues.submitted()
        (receipt,) = [shown for shown in await chats.post() if shown.chat_id == issues.grid.id]
        assert (case.number, gap in receipt.text) == (number, noted)


async def test_who_reported_it_may_mute_it(issues: Issues, chats: Chats) -> None:
    case = await issues.submitted()
    (receipt,) = [shown for shown in await chats.post() if shown.chat_id == issues.grid.id]
    me = (await issues.actor(issues.grid)).id
    assert await issues.followers(case) == {me: False}
    await chats.press(issues.grid, receipt, says("cases.mute_button"))
    assert await issues.followers(case) == {me: True}


async def test_areas_and_back(issues: Issues) -> None:
    card = await issues.send(picture(issues.grid))
    listed = await issues.press(card, "街面秩序")
    assert [*listed.labels()] == ["占道经营", "乱堆乱放", says("issues.back_button")]
    card = await issues.press(listed, says("issues.back_button"))
    (card,) = await issues.chats.press(issues.grid, await issues.press(card, "市容环境"), "垃圾满溢")
    assert "市容环境·垃圾满溢" in card.text


async def test_many_categories_come_in_pages(issues: Issues, chats: Chats) -> None:
    async with issues.database.transaction() as session:
        desk = CaseDesk(session, chats.clock.moment, chats.campaign)
        for number in range(16):
            await desk.category(f"第{number}类")
            await desk.category("其他", area=f"第{number}面")
    card = await issues.send(picture(issues.grid))
    assert "第15面" not in card.labels()
    areas = await issues.press(card, says("issues.next_button"))
    assert "第15面" in areas.labels()
    areas = await issues.press(areas, says("issues.previous_button"))
    listed = await issues.press(areas, "街面秩序")
    listed = await issues.press(listed, says("issues.next_button"))
    assert listed.labels()[:2] == ["第14类", "第15类"]
    listed = await issues.press(listed, says("issues.previous_button"))
    assert "占道经营" in (await issues.press(listed, "占道经营")).text


async def test_a_known_place_is_chosen(issues: Issues) -> None:
    card = await issues.send(picture(issues.grid, caption="占道经营"))
    points = await issues.press(card, says("issues.points_button"))
    card = await issues.press(points, says("issues.back_button"))
    points = await issues.press(card, says("issues.points_button"))
    card = await issues.press(points, "人民广场")
    await issues.press(card, SUBMIT)
    (case,) = await issues.cases()
    assert (case.place, case.point_id) == ("人民广场", issues.ids["人民广场"])
    assert (case.latitude, case.longitude) == (30.52, 114.31)


async def test_known_places_come_in_pages(issues: Issues, chats: Chats) -> None:
    async with issues.database.transaction() as session:
        desk = CaseDesk(session, chats.clock.moment, chats.campaign)
        for number in range(8):
            await desk.point(f"{number}号院", issues.street)
    card = await issues.send(picture(issues.grid, caption="占道经营"))
    points = await issues.press(card, says("issues.points_button"))
    assert len([label for label in points.labels() if "号院" in label]) == 8
    points = await issues.press(points, says("issues.next_button"))
    assert [label for label in points.labels() if "📍" in label] == ["📍 人民广场"]
    points = await issues.press(points, says("issues.previous_button"))
    assert "3号院" in (await issues.press(points, "3号院")).text


async def test_a_known_place_near_by_is_offered(issues: Issues) -> None:
    await issues.send(picture(issues.grid, caption="占道经营"))
    card = await issues.send(spot(issues.grid, NEAR_SQUARE))
    card = await issues.press(card, "人民广场（100米）")
    assert says("issues.card.place", place="人民广场") in card.text
    await issues.press(card, SUBMIT)
    (case,) = await issues.cases()
    assert (case.point_id, case.latitude) == (issues.ids["人民广场"], NEAR_SQUARE[0])


async def test_a_venue_and_a_place_in_words(issues: Issues) -> None:
    await issues.send(picture(issues.grid, caption="占道经营"))
    card = await issues.send(spot(issues.grid, AWAY, "新世纪商场"))
    assert says("issues.card.place", place="新世纪商场") in card.text
    await issues.press(card, SUBMIT)
    await issues.send(picture(issues.grid, caption="占道经营"))
    card = await issues.chats.say(issues.grid, "人民广场\n东门")
    assert says("issues.card.place", place="人民广场 东门") in card.text
    assert "📍 人民广场" in card.labels()
    await issues.press(card, SUBMIT)
    assert [case.place for case in await issues.cases()] == ["新世纪商场", "人民广场 东门"]


async def test_the_description_says_where(issues: Issues) -> None:
    card = await issues.send(picture(issues.grid, caption="人民路12号门前占道经营"))
    card = await issues.press(card, says("issues.in_words_button"))
    await issues.press(card, SUBMIT)
    assert [case.place for case in await issues.cases()] == ["人民路12号门前占道经营"]


async def test_the_reporters_name_is_hidden(issues: Issues, people: People) -> None:
    card = await issues.ready()
    card = await issues.press(card, says("issues.hide_me_button"))
    assert says("issues.card.hidden") in card.text
    card = await issues.press(card, says("issues.show_me_button"))
    assert says("issues.card.hidden") not in card.text
    card = await issues.press(card, says("issues.hide_me_button"))
    await issues.press(card, SUBMIT)
    (case,) = await issues.cases()
    assert case.hidden
    async with issues.database.transaction() as session:
        session.add(case)
        case.unit_id = people.unit.id
    assert "网格员小李" not in (await issues.case_card(people.liaison, case)).text
    assert "网格员小李" in (await issues.case_card(people.office, case)).text


# -- people with tasks ---------------------------------------------------------------------------------


async def test_a_photo_of_who_has_a_task(issues: Issues, chats: Chats, people: People) -> None:
    card = await issues.send(picture(people.responsible, caption="占道经营，人民路"))
    assert says("progress.confirm_button") in card.labels()
    card = await issues.press(card, AS_ISSUE, people.responsible)
    assert says("issues.card.text", text="占道经营，人民路") in card.text
    card = await chats.say(people.responsible, "人民路12号")
    await issues.press(card, SUBMIT, people.responsible)
    (case,) = await issues.cases()
    assert await issues.files(case) == ["a-large"]


async def test_while_the_task_is_asked_for(issues: Issues, chats: Chats, people: People) -> None:
    """A photo may be about either of two tasks, or about a problem."""
    async with issues.database.transaction() as session:
        roster = Roster(session, chats.clock.moment, chats.campaign)
        await roster.task(people.unit, "整治占道经营", people.task.deadline)
    question = await issues.send(picture(people.liaison))
    assert question.text == says("progress.which_task")
    card = await issues.press(question, AS_ISSUE, people.liaison)
    assert card.text.endswith(says("issues.ask_category"))


async def test_numbers_are_no_problem(issues: Issues, chats: Chats, people: People) -> None:
    """Numbers or messages without a picture offer no problem; without categories nothing does."""
    card = await issues.send(picture(people.responsible, caption="今天清理违规广告牌匾12处"))
    assert AS_ISSUE not in card.labels()
    await chats.press(people.responsible, card, says("progress.cancel_button"))
    assert AS_ISSUE not in (await chats.say(people.responsible, "正在整治")).labels()
    await chats.say(people.responsible, "/cancel")
    for name in ("占道经营", "乱堆乱放", "垃圾满溢"):
        await issues.retire(name)
    assert AS_ISSUE not in (await issues.send(picture(people.responsible))).labels()
    assert (await issues.send(picture(issues.grid))).text == says("issues.no_categories")
    assert (await chats.say(issues.grid, "/issue")).text == says("issues.no_categories")


async def test_the_reports_location_goes_along(issues: Issues, people: People) -> None:
    """The report's location goes along into the problem, unless it is an unlikely place."""
    for place, asks in ((AWAY, says("issues.ask_category")), ((0.0, 0.0), says("issues.odd_place"))):
        await issues.send(picture(people.responsible))
        card = await issues.send(spot(people.responsible, place))
        card = await issues.press(card, AS_ISSUE, people.responsible)
        assert card.text.endswith(asks)
        await issues.chats.say(people.responsible, "/cancel")


# -- /issue --------------------------------------------------------------------------------------------


async def test_the_command_alone(issues: Issues, chats: Chats, people: People) -> None:
    """After /issue, content belongs to the problem, even if the person has tasks."""
    card = await chats.say(people.responsible, "/issue")
    assert says("issues.ask_content") in card.text
    card = await issues.send(picture(people.responsible))
    assert FILES[1] in card.text
    assert (await chats.say(people.responsible, "/issue")).text == card.text


@pytest.mark.parametrize(
    "words", ["/issue 占道经营 两家店", "/issue@chuangcheng_bot 占道经营 两家店", "/issue\n占道经营 两家店"]
)
async def test_the_category_is_named_in_words(
    issues: Issues, chats: Chats, people: People, words: str
) -> None:
    card = await chats.say(people.responsible, words)
    assert says("issues.card.text", text="占道经营 两家店") in card.text
    assert says("issues.card.category", category="街面秩序·占道经营") in card.text
    assert card.text.endswith(ASK_PLACE)


async def test_the_command_in_reply_to_their_photo(issues: Issues, people: People) -> None:
    old = message(people.responsible, photo=photo("old"), caption="占道经营")
    for words, text in (("/issue", "占道经营"), ("/issue 乱堆乱放", "乱堆乱放")):
        reply = {**message(people.responsible, text=words), "reply_to_message": old}
        card = await issues.send(update("message", reply))
        assert says("issues.card.text", text=text) in card.text
        assert FILES[1] in card.text
        await issues.chats.say(people.responsible, "/cancel")


async def test_a_photo_that_is_in_it_already(issues: Issues) -> None:
    """A person replies with /issue to a photo that has already begun the problem."""
    first = picture(issues.grid, caption="占道经营")
    await issues.send(first)
    reply = {**message(issues.grid, text="/issue"), "reply_to_message": first["message"]}
    card = await issues.send(update("message", reply))
    assert FILES[1] in card.text
    assert says("issues.card.text", text="占道经营") in card.text


@pytest.mark.parametrize(
    "caption", ["/issue 占道经营 两家店", "/issue@chuangcheng_bot 占道经营 两家店", "/ISSUE\n占道经营 两家店"]
)
async def test_the_command_as_a_caption(issues: Issues, people: People, caption: str) -> None:
    sent = picture(people.responsible, caption=caption)
    card = await issues.send(sent)
    assert says("issues.card.text", text="占道经营 两家店") in card.text
    assert FILES[1] in card.text
    edited = update("edited_message", {**sent["message"], "caption": "/issue 乱堆乱放 一家店"})
    assert await issues.chats.answers(edited) == []
    (card,) = await issues.chats.cards()
    assert says("issues.card.text", text="乱堆乱放 一家店") in card.text
    assert says("issues.card.category", category="街面秩序·乱堆乱放") in card.text


# -- albums --------------------------------------------------------------------------------------------


def album(person: Any, names: str, **first: Any) -> list[Any]:
    more = [first, *[{}] * (len(names) - 1)]
    return [picture(person, name, media_group_id="g", **kept) for name, kept in zip(names, more, strict=True)]


async def test_an_album_and_its_late_parts(issues: Issues, chats: Chats) -> None:
    assert await chats.answers(*album(issues.grid, "ab", caption="占道经营")) == []
    (card,) = await chats.cards()
    assert FILES[2] in card.text
    assert await chats.answers(picture(issues.grid, "c", media_group_id="g")) == []
    (again,) = await chats.cards()
    assert (again.edit, again.message_id) == (True, card.message_id)
    await issues.press(await chats.say(issues.grid, "人民路12号"), SUBMIT)
    (case,) = await issues.cases()
    joined = await issues.send(picture(issues.grid, "d", media_group_id="g"))
    assert joined.text == says("issues.joined_late", number=case.number)
    assert await chats.answers(picture(issues.grid, "e", media_group_id="g")) == []
    assert await issues.files(case) == [f"{name}-large" for name in "abcde"]
    assert await issues.draft() is None


async def test_a_part_that_is_much_too_late(issues: Issues, chats: Chats) -> None:
    await chats.answers(*album(issues.grid, "ab", caption="占道经营"))
    await chats.cards()
    await issues.press(await chats.say(issues.grid, "人民路12号"), SUBMIT)
    (case,) = await issues.cases()
    chats.clock.moment += timedelta(minutes=11)
    await chats.answers(picture(issues.grid, "c", media_group_id="g"))
    assert await issues.files(case) == ["a-large", "b-large"]
    assert await issues.draft() is not None


async def test_an_album_of_who_has_a_task(issues: Issues, chats: Chats, people: People) -> None:
    """An album becomes a problem by the command in the caption of any part, or by the button."""
    await chats.answers(*album(people.responsible, "ab", caption="/issue 占道经营"))
    (card,) = await chats.cards()
    assert FILES[2] in card.text
    assert says("issues.card.text", text="占道经营") in card.text
    await chats.say(people.responsible, "/cancel")
    last = picture(people.responsible, "z", media_group_id="h", caption="/issue 占道经营")
    parts = [picture(people.responsible, name, media_group_id="h") for name in "xy"]
    assert await chats.answers(*parts, last) == []
    (card,) = await chats.cards()
    assert FILES[3] in card.text
    assert says("issues.card.text", text="占道经营") in card.text
    await chats.say(people.responsible, "/cancel")
    await chats.answers(*album(people.responsible, "ab", caption="占道经营"))
    (card,) = await chats.cards()
    card = await issues.press(card, AS_ISSUE, people.responsible)
    assert FILES[2] in card.text
