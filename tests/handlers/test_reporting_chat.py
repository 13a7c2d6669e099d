"""A report in the chat, from the first words to the receipt, with other messages in between."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import col, select

from models.db import Database
from models.delivery.messages import Outbox
from models.people import ContactState, contact_by_account
from models.progress import Evidence, EvidenceKind, Figure, ProgressReport, ReportKind
from models.tasks import Task
from reports.formats import files_text
from rules.delivery.delivery import MessageKind
from rules.duties.frequencies import Frequency
from rules.tasks.task_lifecycle import TaskState
from services.nags import nag_engine as nags
from services.people import enrolment
from tests.handlers.conftest import People
from tests.support.chat import Chats, Shown, document, edit, message, photo, update
from tests.support.chat import text_of as says
from tests.support.people import Roster
from tests.support.turns import tick_for

SENTENCE = "今天清理违规广告牌匾12处"
_FILE = {"file_id": "f", "file_unique_id": "u"}
_SIZE = {"width": 1, "height": 1}
CONFIRM, CANCEL, EDIT = (says(f"progress.{name}_button") for name in ("confirm", "cancel", "edit"))
ADJUST, BACK = says("progress.adjust_button"), says("progress.back_button")


async def reports(database: Database) -> list[ProgressReport]:
    async with database.reading() as session:
        return list(await session.exec(select(ProgressReport).order_by(col(ProgressReport.id))))


async def added(database: Database) -> list[Decimal]:
    async with database.reading() as session:
        return [figure.added for figure in await session.exec(select(Figure).order_by(col(Figure.id)))]


async def evidence(database: Database) -> list[Evidence]:
    async with database.reading() as session:
        return list(await session.exec(select(Evidence).order_by(col(Evidence.id))))


async def test_a_sentence_one_tap_and_a_receipt(chats: Chats, people: People, database: Database) -> None:
    card = await chats.say(people.responsible, SENTENCE)
    assert "清理违规广告牌匾" in card.text
    assert "12处" in card.text
    (done,) = await chats.press(people.responsible, card, CONFIRM)
    assert done.edit, "the card itself becomes the answer"
    assert done.message_id == card.message_id
    assert done.buttons == []
    (receipt,) = await chats.post()
    (report,) = await reports(database)
    assert report.receipt_no in done.text
    assert report.receipt_no in receipt.text
    assert receipt.chat_id == people.responsible.id


async def test_a_photo_with_a_caption(chats: Chats, people: People, database: Database) -> None:
    """The largest size of the photo is the evidence."""
    sent = update("message", message(people.responsible, photo=photo("a"), caption=SENTENCE))
    await chats.press(people.responsible, await chats.answer(sent), CONFIRM)
    (kept,) = await evidence(database)
    assert (kept.kind, kept.file_id, kept.file_unique_id) == (EvidenceKind.PHOTO, "a-large", "u-a-large")
    assert await added(database) == [Decimal(12)]


async def test_a_document(chats: Chats, people: People, database: Database) -> None:
    sent = update("message", message(people.responsible, document=document("台账" * 200 + ".xlsx")))
    await chats.press(people.responsible, await chats.answer(sent), CONFIRM)
    (kept,) = await evidence(database)
    assert kept.kind is EvidenceKind.DOCUMENT
    assert kept.file_name is not None
    assert len(kept.file_name) == 255


_PLACE = {"latitude": 37.5, "longitude": 121.4}
_CHANNEL = {"id": -1_001_000_000_001, "type": "channel", "title": "创城快报"}


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (
            {"video": {**_FILE, **_SIZE, "duration": 3, "file_name": "现场.mp4"}},
            says("progress.card.files", files=files_text(["video"])),
        ),
        (
            {"animation": {**_FILE, **_SIZE, "duration": 3}, "document": _FILE},
            says("progress.card.files", files=files_text(["document"])),
        ),
        (
            {"document": {**_FILE, "file_size": 25_000_000}},
            says("progress.card.files", files=files_text(["document"])),
        ),
        ({"location": _PLACE}, says("progress.card.location", place="37.5000, 121.4000")),
        (
            {"venue": {"location": _PLACE, "title": "人民广场", "address": "x"}, "location": _PLACE},
            says("progress.card.location", place="人民广场"),
        ),
        (
            {
                "text": SENTENCE,
                "forward_origin": {"type": "channel", "date": 1, "chat": _CHANNEL, "message_id": 1},
            },
            says("progress.card.forwarded", sources=["创城快报"]),
        ),
        (
            {
                "text": SENTENCE,
                "forward_origin": {"type": "hidden_user", "date": 1, "sender_user_name": "张三"},
            },
            says("progress.card.forwarded", sources=["张三"]),
        ),
        ({"photo": photo("a"), "caption": " "}, says("progress.card.files", files=files_text(["photo"]))),
        (
            {"photo": photo("a"), "caption": "长" * 4_000},
            says("progress.card.files", files=files_text(["photo"])),
        ),
        ({"text": "长" * 4_096}, says("progress.card.no_figures")),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
async def test_what_joins_a_report(
    chats: Chats, people: People, database: Database, content: dict[str, Any], line: str
) -> None:
    card = await chats.answer(update("message", message(people.responsible, **content)))
    assert line in card.text
    await chats.press(people.responsible, card, CONFIRM)
    assert len(await reports(database)) == 1


async def test_an_album(chats: Chats, people: People, database: Database) -> None:
    parts = [
        update("message", {**message(people.responsible, photo=photo(name), media_group_id="g"), **caption})
        for name, caption in (("a", {"caption": SENTENCE}), ("b", {}), ("c", {}))
    ]
    assert await chats.answers(*parts) == []
    (card,) = await chats.cards()
    late = message(people.responsible, photo=photo("d"), media_group_id="g")
    assert await chats.answers(update("message", late)) == []
    (again,) = await chats.cards()
    assert (again.edit, again.message_id) == (True, card.message_id)
    await chats.press(people.responsible, card, CONFIRM)
    assert [kept.file_id for kept in await evidence(database)] == [f"{name}-large" for name in "abcd"]


async def test_a_reply_to_the_nag(chats: Chats, people: People, database: Database) -> None:
    """A reply is about the nag's task, one of two open ones; a tap on the nag's button asks for words."""
    chats.clock.moment += timedelta(minutes=15)
    async with database.transaction() as session:
        (await session.get_one(Task, people.task.id)).state = TaskState.ACKNOWLEDGED
        await nags.tick(tick_for(session, chats.clock.moment, chats.campaign))
    (nag,) = [message for message in await chats.post() if message.chat_id == people.responsible.id]
    card = await chats.say(people.responsible, "出动20人", reply_to=nag.message_id)
    await chats.press(people.responsible, card, CONFIRM)
    assert [report.task_id for report in await reports(database)] == [people.task.id]
    (asked,) = await chats.press(people.responsible, nag, "1 报进展")
    assert "清理违规广告牌匾" in asked.text
    assert not asked.edit


async def test_a_reply_to_the_receipt_and_to_a_card(chats: Chats, people: People, database: Database) -> None:
    card = await chats.say(people.responsible, SENTENCE)
    await chats.press(people.responsible, card, CONFIRM)
    (receipt,) = await chats.post()
    listed = await chats.say(people.responsible, "/tasks")
    (task_card,) = await chats.press(people.responsible, listed, "1. ")
    for count, answered in enumerate((receipt, task_card), 1):
        words = f"今天清理违规广告牌匾{count}处"
        card = await chats.say(people.responsible, words, reply_to=answered.message_id)
        await chats.press(people.responsible, card, CONFIRM)
    assert await added(database) == [Decimal(12), Decimal(1), Decimal(2)]


async def test_a_reply_to_somebody_elses_message_is_just_words(
    chats: Chats, people: People, database: Database
) -> None:
    card = await chats.say(people.responsible, SENTENCE, reply_to=77)
    await chats.press(people.responsible, card, CONFIRM)
    assert len(await reports(database)) == 1


async def test_correcting_and_cancelling(chats: Chats, people: People, database: Database) -> None:
    card = await chats.say(people.responsible, SENTENCE)
    await chats.press(people.responsible, card, EDIT)
    card = await chats.say(people.responsible, "今天清理违规广告牌匾21处")
    (gone,) = await chats.press(people.responsible, card, CANCEL)
    assert gone.text == says("progress.cancelled")
    assert await reports(database) == []


async def test_the_mode_is_asked_and_answered(chats: Chats, people: People, database: Database) -> None:
    for text in (SENTENCE, "清理违规广告牌匾50处"):
        card = await chats.say(people.responsible, text)
        if text != SENTENCE:
            assert says("progress.card.ask_mode") in card.text
            assert await chats.press(people.responsible, card, CONFIRM) == []
            assert chats.toasts[-1] == (says("progress.choose_mode_first"), True)
            (card,) = await chats.press(people.responsible, card, "1 累计")
        await chats.press(people.responsible, card, CONFIRM)
    assert await added(database) == [Decimal(12), Decimal(38)]


async def test_filing_under_another_metric_and_back(chats: Chats, people: People, database: Database) -> None:
    """The choices of a number stand behind 调整, on the same message."""
    await chats.press(people.responsible, await chats.say(people.responsible, "今天清理野广告3张"), CONFIRM)
    card = await chats.say(people.responsible, "今天铲除小招贴5张")
    assert "1 归入…" not in card.labels()
    (choices,) = await chats.press(people.responsible, card, ADJUST)
    assert (choices.message_id, choices.text) == (card.message_id, card.text)
    (card,) = await chats.press(people.responsible, choices, BACK)
    (choices,) = await chats.press(people.responsible, card, ADJUST)
    (menu,) = await chats.press(people.responsible, choices, "1 归入…")
    (card,) = await chats.press(people.responsible, menu, BACK)
    assert "铲除小招贴" in card.text
    (choices,) = await chats.press(people.responsible, card, ADJUST)
    (menu,) = await chats.press(people.responsible, choices, "1 归入…")
    (card,) = await chats.press(people.responsible, menu, "归入：清理野广告")
    await chats.press(people.responsible, card, CONFIRM)
    (receipt, second) = await chats.post()
    assert "8张" in second.text
    assert "8张" not in receipt.text


async def test_a_task_is_chosen(chats: Chats, people: People, database: Database) -> None:
    """The liaison of a unit with two tasks chooses one by a button; meanwhile the draft waits."""
    async with database.transaction() as session:
        roster = Roster(session, chats.clock.moment, chats.campaign)
        await roster.task(people.unit, "整治占道经营", people.task.deadline)
    question = await chats.say(people.liaison, "出动20人")
    assert question.text == says("progress.which_task")
    (card,) = await chats.press(people.liaison, question, "整治占道经营")
    (question,) = await chats.press(people.liaison, card, says("progress.other_task_button"))
    (card,) = await chats.press(people.liaison, question, "清理违规广告牌匾")
    await chats.press(people.liaison, card, CONFIRM)
    assert [report.task_id for report in await reports(database)] == [people.task.id]


# -- 零报告 --------------------------------------------------------------------------------------------


async def test_nothing_new_in_words_and_by_button(chats: Chats, people: People, database: Database) -> None:
    assert (await chats.say(people.responsible, "今天无情况")).text == says("progress.zero_taken")
    listed = await chats.say(people.responsible, "/tasks")
    assert await chats.press(people.responsible, listed, says("progress.zero_button.daily")) == []
    toast, alert = chats.toasts[-1]
    (report,) = await reports(database)
    assert (report.kind, report.task_id, alert) == (ReportKind.ZERO, None, False)
    assert toast == says("progress.zero_already", number=report.receipt_no)
    (card,) = await chats.press(people.responsible, listed, "1. ")
    await chats.press(people.responsible, card, says("progress.zero_button.daily"))
    assert chats.toasts[-1] == (says("progress.zero_taken"), False)
    assert [one.task_id for one in await reports(database)] == [None, people.task.id]


async def test_the_card_of_nothing_new(chats: Chats, people: People, database: Database) -> None:
    """From /tasks and in words: it lists what it stands for, and is filed by one press."""
    async with database.transaction() as session:
        task = await session.get_one(Task, people.task.id)
        task.frequency, task.deadline = Frequency.DAILY, None
        session.add(task)
    listed = await chats.say(people.responsible, "/tasks")
    (card,) = await chats.press(people.responsible, listed, says("progress.zero_button.daily"))
    assert "· 清理违规广告牌匾（长期坚持，每日报告）" in card.text
    (dropped,) = await chats.press(people.responsible, card, says("progress.cancel_button"))
    assert dropped.text == says("progress.zero.dropped")
    assert await reports(database) == []
    card = await chats.say(people.responsible, "今日无新增")
    (done,) = await chats.press(people.responsible, card, CONFIRM)
    assert done.edit
    assert done.text == says("progress.zero_taken")
    (receipt,) = await chats.post()
    assert "已收到零报告：今日无新增。" in receipt.text
    assert "涵盖：清理违规广告牌匾" in receipt.text
    (again,) = await chats.press(people.responsible, card, CONFIRM)
    (report,) = await reports(database)
    assert again.text == says("progress.zero_already", number=report.receipt_no)


# -- messages that are no report -----------------------------------------------------------------------

_POLL = {
    "id": "1",
    "question": "?",
    "options": [],
    "total_voter_count": 0,
    "is_closed": False,
    "is_anonymous": True,
    "type": "regular",
    "allows_multiple_answers": False,
    "allows_revoting": False,
    "members_only": False,
}


@pytest.mark.parametrize(
    ("content", "answer", "always"),
    [
        (
            {"sticker": {**_FILE, **_SIZE, "type": "regular", "is_animated": False, "is_video": False}},
            "unsupported",
            False,
        ),
        ({"contact": {"phone_number": "1", "first_name": "x"}}, "unsupported", False),
        ({"dice": {"emoji": "🎲", "value": 3}}, "unsupported", False),
        ({"poll": _POLL}, "unsupported", False),
        ({"voice": {**_FILE, "duration": 3}}, "voice", True),
        ({"audio": {**_FILE, "duration": 3}}, "voice", True),
        ({"audio": {**_FILE, "duration": 3}, "media_group_id": "g"}, "voice", False),
        ({"video_note": {**_FILE, "length": 1, "duration": 3}}, "video_note", True),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else str(value),
)
async def test_kinds_of_messages_that_are_no_report(
    chats: Chats, people: People, database: Database, content: dict[str, Any], answer: str, always: bool
) -> None:
    """Such a message gets a helpful line once, but always if its sender believes it is a report."""
    for expected in (1, always):
        shown = await chats.answers(update("message", message(people.responsible, **content)))
        assert [one.text for one in shown] == [says(f"help.{answer}")] * expected
    card = await chats.say(people.responsible, SENTENCE)
    await chats.answers(update("message", message(people.responsible, **content)))
    await chats.press(people.responsible, card, CONFIRM)
    assert len(await reports(database)) == 1


async def test_a_message_is_edited_before_it_is_confirmed(
    chats: Chats, people: People, database: Database
) -> None:
    """An edit changes the card, and so the report that is filed."""
    sent = update("message", message(people.responsible, text=SENTENCE))
    card = await chats.answer(sent)
    assert await chats.answers(edit(sent, text="今天清理违规广告牌匾99处")) == []
    (again,) = await chats.cards()
    assert (again.edit, again.message_id) == (True, card.message_id)
    assert "99处" in again.text
    await chats.press(people.responsible, card, CONFIRM)
    assert chats.toasts[-1] == (says("progress.old_card"), True)
    await chats.press(people.responsible, again, CONFIRM)
    assert await added(database) == [Decimal(99)]


async def test_a_live_location_that_moves_says_nothing(
    chats: Chats, people: People, database: Database
) -> None:
    moving = {**_PLACE, "live_period": 900}
    sent = update("message", message(people.responsible, location=moving))
    card = await chats.answer(sent)
    assert await chats.answers(edit(sent, location={**moving, "latitude": 38.5})) == []
    assert await chats.cards() == []
    await chats.press(people.responsible, card, CONFIRM)
    assert await chats.answers(edit(sent, location={**moving, "latitude": 39.5})) == []
    assert [(report.latitude, report.longitude) for report in await reports(database)] == [(37.5, 121.4)]
    before_they_came = update("message", message(people.responsible, location=moving))
    assert await chats.answers(edit(before_they_came, location={**moving, "latitude": 40.5})) == []


@pytest.mark.parametrize(
    "command", ["/report ", "/Report@chuangcheng_bot ", "/report\n", "/report   \n  "], ids=repr
)
async def test_words_behind_the_command_are_the_report(
    chats: Chats, people: People, database: Database, command: str
) -> None:
    card = await chats.say(people.responsible, command + SENTENCE)
    await chats.press(people.responsible, card, CONFIRM)
    assert await added(database) == [Decimal(12)]
    (report,) = await reports(database)
    assert (report.text, report.kind) == (SENTENCE, ReportKind.PROGRESS)


async def test_nothing_new_behind_the_command_is_filed_at_once(
    chats: Chats, people: People, database: Database
) -> None:
    await chats.say(people.responsible, "/report 无情况")
    assert [report.kind for report in await reports(database)] == [ReportKind.ZERO]


async def test_words_behind_the_command_go_on_with_a_report(
    chats: Chats, people: People, database: Database
) -> None:
    await chats.answer(update("message", message(people.responsible, photo=photo("a"))))
    card = await chats.say(people.responsible, f"/report {SENTENCE}")
    await chats.press(people.responsible, card, CONFIRM)
    assert len(await reports(database)) == len(await evidence(database)) == 1


async def test_words_behind_the_command_are_no_answer_to_a_correction(
    chats: Chats, people: People, database: Database
) -> None:
    await chats.press(people.responsible, await chats.say(people.responsible, SENTENCE), CONFIRM)
    await chats.post()
    undo = await chats.say(people.responsible, "/undo")
    await chats.press(people.responsible, undo, says("corrections.correct_button"))
    card = await chats.say(people.responsible, "/report 今天清理违规广告牌匾9处")
    await chats.press(people.responsible, card, CONFIRM)
    assert await added(database) == [Decimal(12), Decimal(9)]


@pytest.mark.parametrize("filed", [False, True])
async def test_words_behind_the_command_can_be_edited(
    chats: Chats, people: People, database: Database, filed: bool
) -> None:
    sent = update("message", message(people.responsible, text=f"/report {SENTENCE}"))
    card = await chats.answer(sent)
    if filed:
        await chats.press(people.responsible, card, CONFIRM)
        await chats.post()
    text = "/report 今天清理违规广告牌匾21处"
    assert await chats.answers(edit(sent, text=text)) == []
    if filed:
        (receipt,) = await chats.post()
        assert "12处 → 21处" in receipt.text
    else:
        (card,) = await chats.cards()
        await chats.press(people.responsible, card, CONFIRM)
    assert [report.text for report in await reports(database)] == ["今天清理违规广告牌匾21处"]


@pytest.mark.parametrize("text", ["/tasks", "/cancel", "/start", "/report", "/nothing"])
async def test_an_edited_command_does_nothing(
    chats: Chats, people: People, database: Database, text: str
) -> None:
    """An edited command, or a message edited into one, changes nothing: the report stays as it is."""
    sent = update("message", message(people.responsible, text=SENTENCE))
    card = await chats.answer(sent)
    command = message(people.responsible, text=text)
    became = edit(sent, text=text, entities=command["entities"])
    assert await chats.answers(became, update("edited_message", command)) == []
    assert await chats.cards() == []
    await chats.press(people.responsible, card, CONFIRM)
    assert await added(database) == [Decimal(12)]


async def test_a_service_message_is_not_answered(chats: Chats, people: People) -> None:
    pinned = message(people.responsible, pinned_message=message(people.responsible, text="x"))
    assert await chats.answers(update("message", pinned)) == []


# -- a lost contact ------------------------------------------------------------------------------------


async def test_who_was_unreachable_gets_their_receipt(
    chats: Chats, people: People, database: Database
) -> None:
    """A person who writes can be written to again, whatever they send first."""
    async with database.transaction() as session:
        await enrolment.lose_contact(
            session, people.responsible.id, now=chats.clock.moment, today=chats.clock.moment.date()
        )
    card = await chats.say(people.responsible, SENTENCE)
    await chats.press(people.responsible, card, CONFIRM)
    shown: list[Shown] = [one for one in await chats.post() if one.chat_id == people.responsible.id]
    assert len(shown) == 1
    async with database.reading() as session:
        contact = await contact_by_account(session, people.responsible.id)
        promised = [row.kind for row in await session.exec(select(Outbox).order_by(col(Outbox.id)))]
    assert contact is not None
    assert contact.state is ContactState.ENROLLED
    assert promised == [MessageKind.NOTICE, MessageKind.RECEIPT]


async def test_the_next_report_in_the_form_of_the_last(
    chats: Chats, people: People, database: Database
) -> None:
    """The words are copied, filled in and sent: one message and one tap, and no old number comes along."""
    await chats.press(people.responsible, await chats.say(people.responsible, SENTENCE), CONFIRM)
    await chats.post()
    tasks = await chats.say(people.responsible, "/tasks")
    (task,) = await chats.press(people.responsible, tasks, "清理违规广告牌匾")
    form = "今天清理违规广告牌匾__处"
    assert task.data(says("progress.blank_button")) == form
    (asked,) = await chats.press(people.responsible, task, says("tasks.report_button"))
    assert asked.data(says("progress.blank_button")) == form
    card = await chats.say(people.responsible, form.replace("__", "__7__"))
    await chats.press(people.responsible, card, CONFIRM)
    assert await added(database) == [Decimal(12), Decimal(7)]
