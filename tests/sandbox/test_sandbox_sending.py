"""Sending: the stored messages, and Telegram's words for refused ones."""

from __future__ import annotations

import json
from typing import Any

import pytest
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    ReplyKeyboardMarkup,
    ReplyParameters,
)
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden

from sandbox.client import ControlError, SandboxClient
from sandbox.shapes import UserRecord
from sandbox.testing import RunningSandbox
from tests.sandbox.conftest import START, Api


async def test_a_message_as_the_bot_gets_it_back(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("签收", callback_data="ack:1")]])
    sent = await bot.send_message(
        user.id,
        "<b>清理</b> A&amp;B\n😀 <a href='https://example.org/x'>详情</a>",
        parse_mode=ParseMode.HTML,
        reply_markup=markup,
        reply_parameters=ReplyParameters(1),
        link_preview_options=LinkPreviewOptions(is_disabled=True),
    )
    assert sent.text == "清理 A&B\n😀 详情"
    assert [(e.type, e.offset, e.length, e.url) for e in sent.entities] == [
        ("bold", 0, 2, None),
        ("text_link", 10, 2, "https://example.org/x"),
    ]
    assert (sent.date, sent.chat.id, sent.message_id) == (START, user.id, 2)
    assert sent.reply_to_message is not None
    assert sent.reply_to_message.text == "/start"
    assert sent.reply_markup == markup

    seen = (await people.messages(user.id))[-1]
    assert (seen.text, seen.kind, seen.reply_to, seen.time) == (sent.text, "text", 1, START)
    assert seen.html.startswith("<b>清理</b> A&amp;B")
    assert [(b.text, b.data) for row in seen.buttons for b in row] == [("签收", "ack:1")]


async def test_other_keyboards_are_kept_apart(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    await bot.send_message(user.id, "选", reply_markup=ReplyKeyboardMarkup([["进展", "任务"]]))
    seen = (await people.messages(user.id))[-1]
    assert seen.buttons == []
    assert seen.other_markup is not None
    assert [b["text"] for b in seen.other_markup["keyboard"][0]] == ["进展", "任务"]


def _button(**fields: Any) -> str:
    return json.dumps({"inline_keyboard": [[{"text": "按", **fields}]]})


ROW = {"text": "按", "callback_data": "b"}
NOBODY = "Bad Request: chat not found"
SENDING_ERRORS = [
    ({"text": ""}, "Bad Request: message text is empty"),
    ({"text": " \n "}, "Bad Request: message text is empty"),
    ({"text": "<b></b>", "parse_mode": "HTML"}, "Bad Request: message text is empty"),
    ({"text": "字" * 4097}, "Bad Request: message is too long"),
    ({"text": "😀" * 2049}, "Bad Request: message is too long"),
    ({"text": "x", "parse_mode": "Wiki"}, "Bad Request: unsupported parse_mode"),
    ({"text": "x", "chat_id": ""}, "Bad Request: chat_id is empty"),
    ({"text": "x", "chat_id": "42"}, NOBODY),
    ({"text": "x", "chat_id": "@nobody_here"}, NOBODY),
    ({"text": "x", "message_thread_id": 1}, "Bad Request: message thread not found"),
    ({"text": "x", "reply_parameters": '{"message_id": 99}'}, "Bad Request: message to be replied not found"),
    ({"text": "x", "reply_parameters": "{"}, "Bad Request: can't parse reply parameters JSON object"),
    ({"text": "x", "reply_markup": _button(callback_data="数" * 22)}, "Bad Request: BUTTON_DATA_INVALID"),
    ({"text": "x", "reply_markup": _button(callback_data="")}, "Bad Request: BUTTON_DATA_INVALID"),
    (
        {"text": "x", "reply_markup": _button()},
        "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
    ),
    ({"text": "x", "reply_markup": _button(copy_text={"text": ""})}, "Bad Request: BUTTON_COPY_TEXT_INVALID"),
    (
        {"text": "x", "reply_markup": _button(copy_text={"text": "字" * 257})},
        "Bad Request: BUTTON_COPY_TEXT_INVALID",
    ),
    (
        {"text": "x", "reply_markup": _button(copy_text={"text": "😀" * 129})},
        "Bad Request: BUTTON_COPY_TEXT_INVALID",
    ),
    (
        {"text": "x", "reply_markup": _button(copy_text="今天")},
        'Bad Request: can\'t parse inline keyboard button: Field "copy_text" must be of type Object',
    ),
    (
        {"text": "x", "reply_markup": _button(copy_text={})},
        'Bad Request: can\'t parse inline keyboard button: Field "text" must be of type String',
    ),
    (
        {"text": "x", "reply_markup": _button(copy_text={"text": "今天"}, callback_data="b")},
        "Bad Request: can't parse inline keyboard button: callback_data and copy_text exclude each other",
    ),
    (
        {"text": "x", "reply_markup": _button(url="nowhere")},
        "Bad Request: inline keyboard button URL 'nowhere' is invalid: Wrong HTTP URL",
    ),
    (
        {"text": "x", "reply_markup": json.dumps({"inline_keyboard": [[ROW]] * 101})},
        "Bad Request: reply markup is too long",
    ),
]


@pytest.mark.parametrize(("parameters", "description"), SENDING_ERRORS)
async def test_refused_with_telegrams_words(
    api: Api, user: UserRecord, parameters: Any, description: str
) -> None:
    answer = await api("sendMessage", **({"chat_id": user.id} | parameters))
    assert answer.status_code == 400
    assert answer.json() == {"ok": False, "error_code": 400, "description": description}


async def test_the_longest_text_passes(api: Api, user: UserRecord) -> None:
    for text in ("字" * 4096, "😀" * 2048):
        assert (await api("sendMessage", chat_id=user.id, text=text)).json()["result"]["text"] == text
    markup = _button(callback_data="数" * 21 + "x")
    assert (await api("sendMessage", chat_id=user.id, text="64", reply_markup=markup)).status_code == 200
    for copied in ("字" * 256, "😀" * 128, "_"):
        markup = _button(copy_text={"text": copied})
        assert (await api("sendMessage", chat_id=user.id, text="256", reply_markup=markup)).status_code == 200


async def test_text_is_cleaned(api: Api, user: UserRecord) -> None:
    answer = await api("sendMessage", chat_id=user.id, text="  一\0二\r\n三\t四 \n")
    assert answer.json()["result"]["text"] == "一 二\n三 四"


async def test_reply_to_what_is_gone(bot: Bot, user: UserRecord) -> None:
    lenient = ReplyParameters(99, allow_sending_without_reply=True)
    sent = await bot.send_message(user.id, "还是发", reply_parameters=lenient)
    assert sent.reply_to_message is None


async def test_blocked_and_never_started(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    stranger = await people.create_user("路人")
    with pytest.raises(Forbidden, match="bot can't initiate conversation with a user"):
        await bot.send_message(stranger.id, "你好")
    await people.block(user.id)
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(user.id, "在吗")
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_chat_action(user.id, ChatAction.TYPING)
    await people.unblock(user.id)
    await bot.send_message(user.id, "又在了")
    changes = [u.my_chat_member for u in await bot.get_updates() if u.my_chat_member]
    assert [(c.old_chat_member.status, c.new_chat_member.status) for c in changes] == [
        ("member", "kicked"),
        ("kicked", "member"),
    ]
    assert all(c.new_chat_member.user.id == bot.id and c.from_user.id == user.id for c in changes)


async def test_starting_again_unblocks(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    await people.block(user.id)
    await people.start(user.id, "abc-123")
    updates = await bot.get_updates()
    assert [u.my_chat_member is not None for u in updates] == [False, True, True, False]
    assert updates[-1].message is not None
    assert updates[-1].message.text == "/start abc-123"
    await bot.send_message(user.id, "欢迎回来")


async def test_groups_that_the_bot_is_not_in(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    group = await people.create_group("工作群", members=[user.id])
    await bot.send_message(group.id, "大家好")
    await people.remove_bot(group.id, user.id)
    with pytest.raises(Forbidden, match="bot was kicked from the supergroup chat"):
        await bot.send_message(group.id, "还在吗")
    other = await people.create_group("别的群", members=[user.id], bot="none", kind="group")
    with pytest.raises(Forbidden, match="bot is not a member of the group chat"):
        await bot.get_chat(other.id)


async def test_migration(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    group = await people.create_group("工作群", members=[user.id], kind="group")
    new = await people.migrate(group.id, user.id)
    with pytest.raises(ChatMigrated) as caught:
        await bot.send_message(group.id, "日报")
    assert caught.value.new_chat_id == new.id
    assert str(new.id).startswith("-100")
    sent = await bot.send_message(new.id, "日报")
    assert sent.chat.type == "supergroup"
    moves = [u.message for u in await bot.get_updates() if u.message]
    assert [(m.chat.id, m.migrate_to_chat_id, m.migrate_from_chat_id) for m in moves[-2:]] == [
        (group.id, new.id, None),
        (new.id, None, group.id),
    ]
    with pytest.raises(ControlError, match="was upgraded"):
        await people.send_text(group.id, user.id, "旧群")


async def test_the_migration_error_is_telegrams(people: SandboxClient, api: Api, user: UserRecord) -> None:
    group = await people.create_group("工作群", members=[user.id], kind="group")
    new = await people.migrate(group.id, user.id)
    assert (await api("sendMessage", chat_id=group.id, text="x")).json() == {
        "ok": False,
        "error_code": 400,
        "description": "Bad Request: group chat was upgraded to a supergroup chat",
        "parameters": {"migrate_to_chat_id": new.id},
    }


async def test_copy_and_forward(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    group = await people.create_group("工作群", members=[user.id])
    photo = await people.send_photo(user.id, user.id, caption="清理前 @chuangcheng_bot")
    copied = await bot.copy_message(group.id, user.id, photo.message_id, caption="佐证")
    forwarded = await bot.forward_message(group.id, user.id, photo.message_id)
    seen = await people.messages(group.id, sender="bot")
    assert (copied.message_id, seen[0].text, seen[0].file_id) == (seen[0].message_id, "佐证", photo.file_id)
    assert forwarded.forward_origin is not None
    assert forwarded.forward_origin.to_dict()["sender_user"]["first_name"] == "城管局联络员"
    with pytest.raises(BadRequest, match="Message to copy not found"):
        await bot.copy_message(group.id, user.id, 77)


async def test_chat_action(bot: Bot, user: UserRecord, api: Api) -> None:
    assert await bot.send_chat_action(user.id, ChatAction.TYPING)
    answer = await api("sendChatAction", chat_id=user.id, action="sleeping")
    assert answer.json()["description"] == "Bad Request: wrong parameter action in request"


async def test_the_bot_gets_no_update_of_its_own_messages(
    telegram: RunningSandbox, bot: Bot, user: UserRecord
) -> None:
    await bot.get_updates(offset=-1)
    before = len(telegram.world.updates)
    await bot.send_message(user.id, "我说的")
    assert len(telegram.world.updates) == before
