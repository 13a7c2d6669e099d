"""Cards that are over lose their buttons in the chat, behind all that somebody waits for."""

from __future__ import annotations

import asyncio

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.rendering import RenderedView
from bot.sending.prompt_showing import Prompt
from bot.telegram import Telegram
from models.db import Session
from tests.bot.desk import Desk, account
from tests.support.patience import PATIENCE

KEYS = InlineKeyboardMarkup([[InlineKeyboardButton("确认提交", callback_data="k")]])


def card(chat: int, text: str, over: int | None = None) -> Prompt:
    async def shown(_session: Session, _message_id: int) -> int | None:
        return over

    return Prompt(chat, None, RenderedView([text], KEYS), shown=shown)


async def test_a_new_card_takes_the_buttons_off_the_one_before(desk: Desk) -> None:
    chat = account(await desk.contact("责任人"))
    desk.sender.submit([card(chat, "卡片一")])
    first = await desk.people.wait_for(chat, contains="卡片一")
    desk.sender.submit([card(chat, "卡片二", over=first.message_id)])
    await desk.people.wait_for_edit(first)
    await desk.stop()
    old, new = await desk.received(chat)
    assert (old.text, old.buttons, bool(new.buttons)) == ("卡片一", [], True)


async def test_answers_go_first(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    chat = account(await desk.contact("责任人"))
    inner, done, taken = Telegram.take_buttons, list[list[str]](), asyncio.Event()

    async def take_buttons(self: Telegram, chat_id: int, message_id: int) -> None:
        done.append(await desk.texts(chat))
        await inner(self, chat_id, message_id)
        taken.set()

    monkeypatch.setattr(Telegram, "take_buttons", take_buttons)
    desk.sender.end_card(chat, 999_999)
    desk.show(chat, "卡片一", "卡片二")
    async with asyncio.timeout(PATIENCE):
        await taken.wait()
    assert done == [["卡片一", "卡片二"]]


async def test_a_card_that_cannot_be_changed_holds_nothing_up(desk: Desk) -> None:
    chat = account(await desk.contact("责任人"))
    await desk.people.fail("editMessageReplyMarkup", status=400)
    desk.sender.end_card(chat, 999_999)
    desk.sender.end_card(chat, 999_998)
    desk.show(chat, "卡片")
    await desk.people.wait_for(chat, contains="卡片")
    await desk.stop()
    assert await desk.texts(chat) == ["卡片"]
