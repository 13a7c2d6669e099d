"""Languages of answers: a stranger's own if we have it, for a contact the campaign's or their choice."""

from __future__ import annotations

import pytest
from sqlmodel import select

from models.db import Database
from models.people import Contact
from tests.handlers.conftest import People
from tests.support.chat import Chats, Person, pressed
from tests.support.chat import text_of as says


@pytest.mark.parametrize(
    ("language", "locale"),
    [("en", "en"), ("en-GB", "en"), ("zh-hans", "zh"), ("zh", "zh"), ("xx", "zh"), ("", "zh"), (None, "zh")],
)
async def test_a_stranger(chats: Chats, people: People, language: str | None, locale: str) -> None:
    stranger = Person(6_000_000_009, language)
    assert (await chats.say(stranger, "hello")).text == says("enrolment.stranger", locale)
    await chats.answers(pressed(stranger, "x", 1))
    assert chats.toasts[-1] == (says("enrolment.stranger", locale), True)


async def test_a_contact_whose_telegram_is_english(chats: Chats, people: People) -> None:
    """A contact gets the campaign's language, not that of their app."""
    person = Person(people.liaison.id, "en")
    assert (await chats.say(person, "/qwerty")).text == says("help.unknown_command", "zh")


async def test_a_contact_with_a_language_of_their_own(
    chats: Chats, people: People, database: Database
) -> None:
    async with database.transaction() as session:
        contact = (await session.exec(select(Contact).where(Contact.name == "城管局责任人"))).one()
        contact.locale = "en"
    card = await chats.say(people.responsible, "今天清理违规广告牌匾12000处")
    assert "12,000" in card.text
    (done,) = await chats.press(people.responsible, card, says("progress.confirm_button", "en"))
    assert done.text.startswith(says("progress.confirmed", "en", number="").split("<")[0][:5])
    (receipt,) = await chats.post()
    assert "12,000" in receipt.text
    await chats.press(people.responsible, card, says("progress.confirm_button", "en"))
    assert chats.toasts[-1] == (says("progress.no_draft", "en"), True)
