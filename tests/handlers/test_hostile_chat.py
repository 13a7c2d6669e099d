"""Odd input, by mistake or on purpose: nothing leaks, nothing gets stuck, and the answer is clear."""

from __future__ import annotations

import html
from typing import Any

import pytest
from sqlmodel import select

from locales import LOCALES
from models.db import Database
from models.delivery.inbox import Inbox, InboxState
from models.people import Contact
from models.progress import ProgressReport
from rules.hidden_characters import visible
from rules.text_parts import MESSAGE_LIMIT, utf16_len
from services.drafts.draft_changes import TEXT_LIMIT
from tests.handlers.conftest import People
from tests.support.chat import (
    BOT,
    TOKEN,
    Chats,
    Shown,
    document,
    edited,
    message,
    photo,
    pressed,
    said,
    update,
)
from tests.support.chat import text_of as says

CONFIRM = says("progress.confirm_button")


async def report(chats: Chats, people: People, text: str) -> tuple[Shown, Shown, ProgressReport]:
    """Confirm a text, and return its card, its receipt and its report."""
    card = await chats.say(people.responsible, text)
    await chats.press(people.responsible, card, CONFIRM)
    (receipt,) = await chats.post()
    async with chats.database.reading() as session:
        return card, receipt, (await session.exec(select(ProgressReport))).one()


async def all_done(database: Database) -> bool:
    async with database.reading() as session:
        return set(await session.exec(select(Inbox.state))) == {InboxState.DONE}


@pytest.mark.parametrize(
    "text",
    [
        "<b>清理</b>违规广告牌匾12处",
        "</b></code>清理违规广告牌匾12处",
        "清理违规广告牌匾12处 & 其他 &amp; &lt;",
        '<a href="https://example.com">清理违规广告牌匾12处</a>',
        "{objective} {0} {{清理违规广告牌匾12处}} %s",
        "清理违规广告牌匾12处'; DROP TABLE task; --",
        "清理违规广告牌匾12处\u202e\u200b\u200d\ufeff",
        "清理违规广告牌匾12处 👨‍👩‍👧‍👦🇨🇳",
    ],
)
async def test_words_are_shown_as_people_see_them_and_kept_as_written(
    chats: Chats, people: People, text: str
) -> None:
    card, receipt, kept = await report(chats, people, text)
    assert kept.text == text
    assert html.escape(visible(text), quote=False) in card.text
    for shown in (card, receipt):
        assert shown.text.count("<b>") == shown.text.count("</b>")


@pytest.mark.parametrize("text", ["清理违规\0广告牌匾12处", "\0清理违规广告牌匾12处\0\0"])
async def test_nul_is_left_out(chats: Chats, people: People, text: str) -> None:
    *_, kept = await report(chats, people, text)
    assert kept.text == "清理违规广告牌匾12处"


@pytest.mark.parametrize("text", ["清理违规广告牌匾12处\ud83d", "\udc00清理违规广告牌匾12处"])
async def test_half_a_surrogate_pair(chats: Chats, people: People, text: str) -> None:
    *_, kept = await report(chats, people, text)
    assert kept.text.replace("?", "") == "清理违规广告牌匾12处"


@pytest.mark.parametrize("text", ["\0", "\0\0\0", " ", "\n\u3000\n"])
async def test_a_message_of_nothing(chats: Chats, people: People, text: str) -> None:
    assert (await chats.say(people.responsible, text)).text == says("help.unsupported")


@pytest.mark.parametrize("text", ["😀" * 10_000, "字" * 4_097, "a" * 100_000])
async def test_more_than_a_report_holds(chats: Chats, people: People, text: str) -> None:
    assert (await chats.say(people.responsible, text)).text == says("progress.too_long", limit=TEXT_LIMIT)
    assert (await chats.say(people.responsible, "/cancel")).text == says("progress.nothing_to_cancel")


@pytest.mark.parametrize("text", ["😀" * 4_000, "<" * 4_000, "&" * 4_000, "清理违规广告牌匾12处，" * 300])
async def test_as_much_as_a_report_holds(chats: Chats, people: People, text: str) -> None:
    """The card comes in parts that Telegram accepts, with the buttons under the last part."""
    card = await chats.say(people.responsible, text)
    assert CONFIRM in card.labels()
    assert len(card.buttons) <= 100
    for part in card.parts:
        assert utf16_len(html.unescape(part.replace("<b>", "").replace("</b>", ""))) <= MESSAGE_LIMIT


async def test_names_with_markup(chats: Chats, people: People, database: Database) -> None:
    """Names with markup come from the roster, the breakdown and a group's title."""
    async with database.transaction() as session:
        contact = (await session.exec(select(Contact).where(Contact.name == "城管局责任人"))).one()
        contact.name = "<i>&"
        people.task.objective = "<b>清理&"
        await session.merge(people.task)
    for text in ("/help", "/tasks", "/report"):
        shown = await chats.say(people.responsible, text)
        assert "<i>" not in shown.text
        assert "<b>清理" not in shown.text
        assert "&lt;" in shown.text


async def test_a_bot_token_that_somebody_pastes_is_not_kept(
    chats: Chats, people: People, database: Database
) -> None:
    sent = (
        said(people.responsible, f"令牌是 {TOKEN} 吗"),
        edited(people.responsible, TOKEN),
        update("message", message(people.responsible, photo=photo("a"), caption=TOKEN)),
        update("message", message(people.responsible, document={**document("x"), "file_name": TOKEN})),
        pressed(people.responsible, TOKEN, 5),
    )
    await chats.answers(*sent)
    async with database.reading() as session:
        kept = list(await session.exec(select(Inbox)))
        texts = list(await session.exec(select(ProgressReport.text)))
    assert len(kept) == len(sent)
    assert not [row for row in kept if TOKEN in row.payload]
    assert not [text for text in texts if TOKEN in text]


@pytest.mark.parametrize(
    "content",
    [
        {"text": "x" * 10, "entities": [{"type": "bot_command", "offset": 0, "length": 4_000}]},
        {"text": "/tasks", "entities": [{"type": "bot_command", "offset": 0, "length": 1}]},
        {"text": "/", "entities": [{"type": "bot_command", "offset": 0, "length": 1}]},
        {"text": "/@", "entities": [{"type": "bot_command", "offset": 0, "length": 2}]},
        {"photo": []},
        {"caption": "只有说明"},
        {"forward_origin": {"type": "hidden_user", "date": 1, "sender_user_name": "x"}, "text": "转发12处"},
        {"via_bot": BOT, "text": "经由12处"},
        {"unknown_kind": {"of": "message"}},
    ],
)
async def test_odd_messages_are_handled(
    chats: Chats, people: People, database: Database, content: dict[str, Any]
) -> None:
    await chats.handle(update("message", message(people.responsible, **content)))
    assert await all_done(database)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("channel_post", {"message_id": 1, "date": 1, "chat": {"id": -100, "type": "channel", "title": "x"}}),
        ("some_future_kind", {"anything": [1, 2]}),
    ],
)
async def test_updates_that_were_not_asked_for(
    chats: Chats, people: People, database: Database, kind: str, body: dict[str, Any]
) -> None:
    assert await chats.answers(update(kind, body)) == []
    assert await all_done(database)


@pytest.mark.parametrize("locale", LOCALES)
async def test_refusals_say_nothing_about_other_units(chats: Chats, people: People, locale: str) -> None:
    """A task of another unit gets the same words as a task that never existed."""
    assert "清理" not in says("tasks.not_yours", locale)
    assert "城管局" not in says("tasks.not_yours_to_report", locale)
