"""Bad input while a problem is reported: things that come twice, late or wrong, or are something else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from models.db import Database
from models.drafts import Draft
from models.progress import ProgressReport
from services import message_subjects
from services.message_subjects import MessageSubjects
from tests.handlers.conftest import People
from tests.support.chat import Chats, document, message, own_button, photo, pressed, said, update
from tests.support.chat import text_of as says
from tests.support.issues import (
    AT_SEA,
    AWAY,
    CANCEL,
    EDIT,
    NEAR_SQUARE,
    SUBMIT,
    Issues,
    picture,
    spot,
)

NO_DRAFT = says("issues.no_draft")
ASK_PLACE, ASK_SUBMIT = says("issues.ask_place"), says("issues.ask_submit")


@pytest.fixture
async def issues(database: Database, chats: Chats, people: People) -> Issues:
    return await Issues.make(database, chats, people.other_unit)


# -- pressing ------------------------------------------------------------------------------------------


async def test_cancelled(issues: Issues, chats: Chats) -> None:
    card = await issues.ready()
    gone = await issues.press(card, CANCEL)
    assert gone.text == says("progress.cancelled")
    for label in (SUBMIT, EDIT, CANCEL):
        assert await issues.refused(card, label) == NO_DRAFT
    await issues.ready()
    assert (await chats.say(issues.grid, "/cancel")).text == says("progress.cancelled")
    assert (await issues.draft(), await issues.cases()) == (None, [])


async def test_pressed_twice_late_and_by_others(issues: Issues, people: People) -> None:
    old = await issues.ready()
    card = await issues.send(picture(issues.grid, "b"))
    for label in (SUBMIT, EDIT, CANCEL, says("issues.hide_me_button")):
        card = await issues.outdated(old, label)
        assert card.text.endswith(ASK_SUBMIT)
        assert await issues.refused(card, label, people.office) == says("buttons.not_yours")
    await issues.press(card, SUBMIT)
    assert await issues.refused(card, SUBMIT) == NO_DRAFT
    assert len(await issues.cases()) == 1
    new = await issues.ready()
    assert (await issues.outdated(card, SUBMIT)).text == new.text
    assert (await issues.outdated(card, CANCEL)).text == new.text
    assert new.text.endswith(ASK_SUBMIT)
    assert len(await issues.cases()) == 1


async def test_the_report_has_become_a_problem(issues: Issues, chats: Chats, people: People) -> None:
    """Buttons of the report's old card do nothing any more."""
    card = await issues.send(picture(people.responsible, caption="占道经营"))
    await issues.press(card, says("issues.from_report_button"), people.responsible)
    for label in (says("progress.confirm_button"), says("issues.from_report_button")):
        assert await issues.refused(card, label, people.responsible) == says("progress.old_card")
    async with issues.database.reading() as session:
        assert await session.get(ProgressReport, 1) is None


async def test_a_category_that_is_gone(issues: Issues) -> None:
    card = await issues.send(picture(issues.grid))
    listed = await issues.press(card, "街面秩序")
    await issues.retire("占道经营")
    assert await issues.refused(listed, "占道经营") == says("issues.category_gone")
    card = await issues.press(listed, "乱堆乱放")
    card = await issues.chats.say(issues.grid, "人民路12号")
    await issues.retire("乱堆乱放")
    card = await issues.press(card, SUBMIT)
    assert says("issues.category_gone") in card.text
    card = await issues.press(card, "垃圾满溢")
    assert says("issues.category_gone") not in card.text
    await issues.press(card, SUBMIT)
    assert [case.category for case in await issues.cases()] == ["市容环境·垃圾满溢"]


@pytest.mark.parametrize("located", [False, True])
async def test_a_known_place_that_is_gone(issues: Issues, located: bool) -> None:
    """The place was chosen with or without a sent location."""
    card = await issues.send(picture(issues.grid, caption="占道经营"))
    if located:
        card = await issues.send(spot(issues.grid, NEAR_SQUARE))
        points = card
    else:
        points = await issues.press(card, says("issues.points_button"))
    card = await issues.press(points, "人民广场")
    await issues.retire("人民广场")
    card = await issues.press(card, SUBMIT)
    assert says("issues.point_gone") in card.text
    assert card.text.endswith(ASK_PLACE)
    assert await issues.cases() == []
    key = await own_button(
        issues.chats, "issue.point", revision=(await issues.revision()), point_id=issues.ids["人民广场"]
    )
    assert await issues.chats.answers(pressed(issues.grid, key, 1)) == []
    assert issues.chats.toasts[-1] == (says("issues.point_gone"), True)
    card = await issues.chats.say(issues.grid, "人民路12号")
    assert says("issues.point_gone") not in card.text
    await issues.press(card, SUBMIT)
    (case,) = await issues.cases()
    assert (case.place, case.point_id, case.latitude is None) == ("人民路12号", None, not located)


# -- messages ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [(0.0, 0.0), AT_SEA])
async def test_a_location_that_can_hardly_be_meant(issues: Issues, chats: Chats, place: Any) -> None:
    """The bot asks once about an unlikely location; it never accepts 0, 0, however often that is sent."""
    await issues.send(picture(issues.grid, caption="占道经营"))
    odd = await issues.send(spot(issues.grid, place))
    assert odd.text == says("issues.odd_place")
    again = await issues.send(spot(issues.grid, place))
    assert (again.text == odd.text) is (place != AT_SEA)
    if place != AT_SEA:
        again = await chats.say(issues.grid, "人民路12号")
    await issues.press(again, SUBMIT)
    (case,) = await issues.cases()
    assert (case.latitude, case.place) == ((20.0, None) if place == AT_SEA else (None, "人民路12号"))


async def test_a_location_first(issues: Issues) -> None:
    assert (await issues.send(spot(issues.grid, AT_SEA))).text == says("issues.odd_place")
    card = await issues.send(spot(issues.grid, AWAY))
    assert says("issues.ask_content") in card.text
    card = await issues.send(picture(issues.grid, caption="占道经营"))
    assert card.text.endswith(ASK_SUBMIT)


async def test_an_empty_caption_and_a_long_place(issues: Issues, chats: Chats) -> None:
    card = await issues.send(picture(issues.grid, caption=" "))
    card = await issues.press(await issues.press(card, "市容环境"), "垃圾满溢")
    long = await chats.say(issues.grid, "人" * 101)
    assert long.text == says("issues.place_too_long", limit=100)
    card = await chats.say(issues.grid, "人" * 100)
    await issues.press(card, SUBMIT)
    assert [(case.text, len(case.place or "")) for case in await issues.cases()] == [("", 100)]


_FILE = {"file_id": "f", "file_unique_id": "u"}
_STICKER = {"type": "regular", "is_animated": False, "is_video": False, "width": 1, "height": 1}


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        ({"voice": {**_FILE, "duration": 3}}, "voice"),
        ({"video_note": {**_FILE, "length": 1, "duration": 3}}, "video_note"),
        ({"sticker": {**_FILE, **_STICKER}}, "unsupported"),
    ],
)
async def test_what_is_no_part_of_it(issues: Issues, content: dict[str, Any], answer: str) -> None:
    card = await issues.ready()
    answered = await issues.send(update("message", message(issues.grid, **content)))
    assert answered.text == says(f"help.{answer}")
    await issues.press(card, SUBMIT)
    assert len(await issues.cases()) == 1


@pytest.mark.parametrize(
    "content",
    [
        {"video": {**_FILE, "duration": 3, "width": 1, "height": 1}},
        {"document": {**_FILE, "file_size": 25_000_000, "mime_type": "image/jpeg"}},
        {"animation": {**_FILE, "duration": 3, "width": 1, "height": 1}, "document": _FILE},
    ],
)
async def test_what_is_as_good_as_a_photo(issues: Issues, chats: Chats, content: dict[str, Any]) -> None:
    """These files count like photos, because Telegram keeps them, whatever their size."""
    await issues.send(update("message", message(issues.grid, caption="占道经营", **content)))
    await issues.press(await chats.say(issues.grid, "人民路12号"), SUBMIT)
    (case,) = await issues.cases()
    assert await issues.files(case) == ["f"]


async def test_thirty_two_photos(issues: Issues, chats: Chats) -> None:
    """The photos of an album are taken up to the limit; one more is refused, and the taken ones stay."""
    parts = [picture(issues.grid, f"p{number}", media_group_id="g") for number in range(32)]
    assert await chats.answers(*parts) == []
    (card,) = await chats.cards()
    assert says("issues.card.files", count=30) in card.text
    assert says("issues.card.files_left_out", limit=30, count=2) in card.text
    assert (await issues.send(picture(issues.grid, "q"))).text == says("progress.too_many_files", limit=30)
    card = await issues.press(await issues.press(card, "市容环境"), "垃圾满溢")
    await issues.press(await chats.say(issues.grid, "人民路12号"), SUBMIT)
    (case,) = await issues.cases()
    assert len(await issues.files(case)) == 30
    # A late photo has no room here, so it must be left out. It must not begin a new problem either.
    late = await chats.answers(picture(issues.grid, "late", media_group_id="g"))
    assert late == []
    assert len(await issues.files(case)) == 30


async def test_too_many_words(issues: Issues, chats: Chats) -> None:
    await issues.ready()
    for word in "长短":
        answer = await chats.say(issues.grid, word * 3000)
    assert answer.text == says("progress.too_long", limit=4096)


# -- unfinished drafts in the way ----------------------------------------------------------------------


async def test_an_unfinished_report_in_the_way(issues: Issues, chats: Chats, people: People) -> None:
    card = await chats.say(people.responsible, "今天清理违规广告牌匾12处")
    first = says("issues.finish_first.report")
    assert (await chats.say(people.responsible, "/issue")).text == first
    assert (await issues.send(picture(people.responsible, caption="/issue 占道经营"))).text == first
    await chats.press(people.responsible, card, says("progress.confirm_button"))
    async with issues.database.reading() as session:
        report = await session.get_one(ProgressReport, 1)
    assert report.text == "今天清理违规广告牌匾12处"


async def test_an_unfinished_problem_in_the_way(issues: Issues, chats: Chats, people: People) -> None:
    """The unfinished problem loses nothing, and nothing of a report gets into it."""
    await chats.say(people.responsible, "/issue 占道经营")
    listed = await chats.say(people.responsible, "/tasks")
    task = await issues.press(listed, "1. ", people.responsible)
    first = says("issues.finish_first.issue")
    assert (await chats.say(people.responsible, "/report")).text == first
    assert await issues.refused(task, says("tasks.report_button"), people.responsible) == first
    reply = await chats.say(people.responsible, "今天清理12处", reply_to=task.message_id)
    assert reply.text == first
    zero = await chats.say(people.responsible, "今天无情况")
    assert zero.text == says("progress.zero_taken")
    assert says("issues.card.text", text="占道经营") in (await chats.say(people.responsible, "/issue")).text


async def test_an_empty_problem_is_in_nobodys_way(issues: Issues, chats: Chats, people: People) -> None:
    """After /issue a person may turn to something else; after half an hour the bot no longer waits for it."""
    await chats.say(people.responsible, "/issue")
    listed = await chats.say(people.responsible, "/tasks")
    task = await issues.press(listed, "1. ", people.responsible)
    asked = await issues.press(task, says("tasks.report_button"), people.responsible)
    assert "清理违规广告牌匾" in asked.text
    await chats.say(people.responsible, "/cancel")
    await chats.say(people.responsible, "/issue")
    chats.clock.moment += timedelta(minutes=31)
    card = await chats.say(people.responsible, "今天清理违规广告牌匾12处")
    assert says("progress.confirm_button") in card.labels()


async def test_a_reply_about_a_task_is_no_problem(issues: Issues, chats: Chats, people: People) -> None:
    async with issues.database.transaction() as session:
        about = MessageSubjects([people.task.id or 0], [])
        await message_subjects.remember(session, people.leader.id, 555, about)
    answer = await chats.say(people.leader, "已收到，正在处理", reply_to=555)
    assert answer.text == says("progress.no_open_task")
    assert (await chats.say(people.leader, "路灯坏了")).text == says("issues.offer")


async def test_words_alone_begin_nothing(issues: Issues, chats: Chats) -> None:
    assert (await chats.say(issues.grid, "路灯坏了")).text == says("issues.offer")
    assert await issues.draft() is None


async def test_words_of_who_has_no_task_are_offered_as_a_problem(
    issues: Issues, chats: Chats, people: People
) -> None:
    """The office is not told to ask the office, and its words are not lost."""
    offer = await chats.say(people.office, "路灯坏了")
    assert offer.text == says("issues.offer_office")
    assert await issues.draft(people.office) is None
    for _ in range(2):
        card = await issues.press(offer, says("issues.from_report_button"), people.office)
        assert card.text.count("路灯坏了") == 1
    draft = await issues.draft(people.office)
    assert draft is not None
    assert [part["text"] for part in draft.content["parts"]] == ["路灯坏了"]
    assert await issues.cases() == []


async def test_nothing_new_and_the_words_of_who_has_a_task_are_no_problem(
    issues: Issues, chats: Chats, people: People
) -> None:
    assert (await chats.say(people.office, "今日无新增")).text == says("progress.no_task_office")
    card = await chats.say(people.responsible, "路灯坏了")
    assert says("progress.confirm_button") in card.labels()


async def test_a_strangers_photo(issues: Issues, chats: Chats, people: People) -> None:
    for raw in (picture(people.stranger), said(people.stranger, "/issue")):
        await chats.answers(raw)
    async with issues.database.reading() as session:
        assert await session.get(Draft, 1) is None


# -- documents of the office ---------------------------------------------------------------------------


async def test_the_offices_document_is_evidence(issues: Issues, chats: Chats, people: People) -> None:
    """While the office reports a problem, the bot asks what a sheet is for."""
    await issues.send(picture(people.office, caption="占道经营"))
    asked = await issues.send(update("message", message(people.office, document=document("台账.xlsx"))))
    card = await issues.press(asked, says("jobs.evidence_button"), people.office)
    assert says("issues.card.files", count=2) in card.text
    await chats.press(people.office, asked, says("jobs.evidence_button"))
    assert chats.toasts[-1][0] == says("jobs.already_evidence")
    card = await chats.say(people.office, "人民路12号")
    await issues.press(card, SUBMIT, people.office)
    (case,) = await issues.cases()
    assert await issues.files(case) == ["a-large", "a-file"]
    await chats.press(people.office, asked, says("jobs.evidence_button"))
    assert chats.toasts[-1][0] == says("jobs.already_evidence")
    assert await issues.draft(people.office) is None


async def test_the_offices_picture_is_no_import(issues: Issues, people: People) -> None:
    picture_file = {**document("现场.jpg"), "mime_type": "image/jpeg"}
    card = await issues.send(
        update("message", message(people.office, document=picture_file, photo=photo("x")[:0]))
    )
    assert says("issues.card.files", count=1) in card.text
