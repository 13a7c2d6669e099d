"""Editing, deleting, reacting, buttons and their answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from telegram import (
    Bot,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    ReactionTypeEmoji,
)
from telegram.error import BadRequest

from sandbox.client import ControlError, NothingCameError, SandboxClient
from sandbox.shapes import UserRecord
from tests.sandbox.conftest import START, Api

BOARD = InlineKeyboardMarkup(
    [
        [
            InlineKeyboardButton("签收", callback_data="ack:1"),
            InlineKeyboardButton("报进展", callback_data="rep:1"),
        ],
        [InlineKeyboardButton("详情", url="https://example.org")],
    ]
)


async def test_an_edit_without_keyboard_takes_it_away(
    people: SandboxClient, bot: Bot, user: UserRecord
) -> None:
    sent = await bot.send_message(user.id, "任务", reply_markup=BOARD)
    before = await people.wait_for(user.id, contains="任务")
    await people.advance_clock(60)
    edited = await bot.edit_message_text("<b>已签收</b>", user.id, sent.message_id, parse_mode="HTML")
    after = await people.wait_for_edit(before, contains="已签收")
    assert (after.buttons, after.edited, after.time) == ([], True, START)
    assert after.entities == [{"type": "bold", "offset": 0, "length": 3}]
    assert isinstance(edited, Message)
    assert edited.edit_date == START + timedelta(minutes=1)
    await people.react(user.id, user.id, sent.message_id, "👍")
    with pytest.raises(NothingCameError, match="已签收"):
        await people.wait_for_edit(after, timeout=0)


async def test_keyboard_and_caption_alone(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    sent = await bot.send_message(user.id, "任务", reply_markup=BOARD)
    half = InlineKeyboardMarkup([BOARD.inline_keyboard[0][:1]])
    await bot.edit_message_reply_markup(user.id, sent.message_id, reply_markup=half)
    assert (await people.messages(user.id))[-1].labels == ["签收"]
    photo = await people.send_photo(user.id, user.id)
    own = await bot.send_photo(user.id, str(photo.file_id), caption="前")
    await bot.edit_message_caption(user.id, own.message_id, caption="后")
    seen = (await people.messages(user.id))[-1]
    assert (seen.text, seen.kind, seen.edited) == ("后", "photo", True)


async def test_editing_errors(people: SandboxClient, bot: Bot, user: UserRecord, api: Api) -> None:
    own = await bot.send_message(user.id, "任务", reply_markup=BOARD)
    picture = await bot.send_photo(user.id, str((await people.send_photo(user.id, user.id)).file_id))
    here: dict[str, Any] = {"chat_id": user.id, "message_id": own.message_id}
    markup = BOARD.to_json()
    cases = [
        ("editMessageText", here | {"text": "任务", "reply_markup": markup}, NOT_MODIFIED),
        ("editMessageReplyMarkup", here | {"reply_markup": markup}, NOT_MODIFIED),
        ("editMessageText", here | {"text": "x", "message_id": 99}, "message to edit not found"),
        ("editMessageText", here | {"text": "x", "message_id": 1}, "message can't be edited"),
        ("editMessageText", here | {"text": "x", "message_id": ""}, "message identifier is not specified"),
        ("editMessageText", here | {"text": ""}, "message text is empty"),
        ("editMessageText", here | {"text": "字" * 4097}, "MESSAGE_TOO_LONG"),
        ("editMessageCaption", here | {"caption": "x"}, "there is no caption in the message to edit"),
        (
            "editMessageText",
            here | {"text": "x", "message_id": picture.message_id},
            "there is no text in the message to edit",
        ),
        ("deleteMessage", here | {"message_id": 99}, "message to delete not found"),
        ("setMessageReaction", here | {"message_id": 99}, "message to react not found"),
        ("setMessageReaction", here | {"reaction": '[{"type":"emoji","emoji":"🚒"}]'}, "REACTION_INVALID"),
    ]
    answers = [(await api(method, **parameters)).json().get("description") for method, parameters, _ in cases]
    assert answers == [f"Bad Request: {description}" for _, _, description in cases]


NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)


async def test_deleting(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    sent = await bot.send_message(user.id, "错了")
    assert await bot.delete_message(user.id, sent.message_id)
    assert [m.text for m in await people.messages(user.id)] == ["/start"]
    assert [m.deleted for m in await people.messages(user.id, include_deleted=True)] == [False, True]
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("晚了", user.id, sent.message_id)
    old = await bot.send_message(user.id, "旧的")
    await people.advance_clock(48 * 3600 + 1)
    with pytest.raises(BadRequest, match="Message can't be deleted for everyone"):
        await bot.delete_message(user.id, old.message_id)


async def test_a_person_edits(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    sent = await people.send_text(user.id, user.id, "清理576处")
    edited = await people.edit_text(user.id, user.id, sent.message_id, "清理577处")
    update = (await bot.get_updates())[-1]
    assert update.edited_message is not None
    assert (update.edited_message.text, update.edited_message.message_id) == ("清理577处", sent.message_id)
    assert (edited.edited, edited.text) == (True, "清理577处")
    reply = await bot.send_message(user.id, "收到")
    with pytest.raises(ControlError, match="is not one that user"):
        await people.edit_text(user.id, user.id, reply.message_id, "篡改")


async def test_words_to_copy(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    """A person has them on the clipboard; the bot hears nothing."""
    form = "今天清运垃圾__吨"
    copies = InlineKeyboardButton("按上次格式报", copy_text=CopyTextButton(form))
    sent = await bot.send_message(user.id, "请发文字", reply_markup=InlineKeyboardMarkup([[copies]]))
    assert sent.reply_markup == InlineKeyboardMarkup([[copies]])
    ((shown,),) = (await people.messages(user.id))[-1].buttons
    assert (shown.text, shown.data, shown.url, shown.copies) == ("按上次格式报", None, None, form)
    heard = await people.pending()
    press = await people.press(user.id, user.id, sent.message_id, "按上次格式报")
    assert await people.pending() == heard
    assert (press.copied, press.query) == (form, None)
    pasted = await people.send_text(user.id, user.id, (press.copied or "").replace("__", "3"))
    assert (pasted.text, await people.pending()) == ("今天清运垃圾3吨", heard + 1)


@pytest.mark.parametrize("button", ["签收", "ack:1", 0, "收"])
async def test_pressing(people: SandboxClient, bot: Bot, user: UserRecord, button: str | int) -> None:
    sent = await bot.send_message(user.id, "任务", reply_markup=BOARD)
    press = await people.press(user.id, user.id, sent.message_id, button)
    query = (await bot.get_updates())[-1].callback_query
    assert query is not None
    assert press.query is not None
    assert (query.data, query.id, query.from_user.id) == ("ack:1", press.query.id, user.id)
    assert query.message is not None
    assert query.message.message_id == sent.message_id
    assert await bot.answer_callback_query(query.id, "好的", show_alert=True)
    answered = await people.wait_for_answer(query.id)
    assert [(a.text, a.show_alert) for a in answered.answers] == [("好的", True)]
    assert await people.callback_answers(user.id) == [answered]
    assert await people.callback_answers(user.id + 1) == []


async def test_buttons_that_are_not_there(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    sent = await bot.send_message(user.id, "任务", reply_markup=BOARD)
    with pytest.raises(ControlError, match=r"no button '办结'; there are \['签收', '报进展', '详情'\]"):
        await people.press(user.id, user.id, sent.message_id, "办结")
    link = await people.press(user.id, user.id, sent.message_id, "详情")
    assert (link.query, link.button["url"]) == (None, "https://example.org")
    await bot.edit_message_text("已签收", user.id, sent.message_id)
    with pytest.raises(ControlError, match="no button"):
        await people.press(user.id, user.id, sent.message_id, "签收")
    late = await people.press(user.id, user.id, sent.message_id, "签收", force=True)
    forged = await people.press(user.id, user.id, sent.message_id, "ack:999", force=True)
    await bot.delete_message(user.id, sent.message_id)
    gone = await people.press(user.id, user.id, sent.message_id, "rep:1", force=True)
    assert [p.query.data for p in (late, forged, gone) if p.query] == ["ack:1", "ack:999", "rep:1"]
    queries = [u.callback_query for u in await bot.get_updates() if u.callback_query]
    assert [q.message.is_accessible for q in queries if q.message] == [True, True, False]


async def test_queries_grow_old(people: SandboxClient, bot: Bot, user: UserRecord, api: Api) -> None:
    sent = await bot.send_message(user.id, "任务", reply_markup=BOARD)
    first = await people.press(user.id, user.id, sent.message_id, 0)
    assert first.query is not None
    await people.advance_clock(15 * 60)
    assert await bot.answer_callback_query(first.query.id)
    await people.advance_clock(1)
    with pytest.raises(BadRequest, match="Query is too old and response timeout expired"):
        await bot.answer_callback_query(first.query.id)
    unknown = await api("answerCallbackQuery", callback_query_id="1")
    assert unknown.json()["description"] == (
        "Bad Request: query is too old and response timeout expired or query ID is invalid"
    )


async def test_an_answer_is_short(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    sent = await bot.send_message(user.id, "任务", reply_markup=BOARD)
    press = await people.press(user.id, user.id, sent.message_id, 0)
    assert press.query is not None
    with pytest.raises(BadRequest, match="Message_too_long"):
        await bot.answer_callback_query(press.query.id, "长" * 201)


async def test_reactions(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    await bot.set_message_reaction(user.id, 1, ReactionTypeEmoji("👌"))
    assert (await people.messages(user.id))[0].reactions == {bot.id: ["👌"]}
    await bot.set_message_reaction(user.id, 1)
    assert (await people.messages(user.id))[0].reactions == {}
