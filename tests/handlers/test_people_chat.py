"""/person, /language, and the ways in which a contact is lost and found again."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel, col, select

from locales import LOCALES, Text, name_of
from models.audit_log import Audit
from models.db import Database
from models.delivery import messages
from models.delivery.inbox import Inbox
from models.delivery.messages import Outbox
from models.people import Contact, ContactState
from rules.delivery.delivery import DeliveryState, MessageKind
from services import outbox
from services.views import View
from tests.handlers.conftest import People
from tests.support.chat import Chats, Person, bot_status, pressed, said
from tests.support.chat import text_of as says

NEW = Person(5_999_999_997)


async def contact(database: Database, name: str) -> Contact:
    async with database.reading() as session:
        return (await session.exec(select(Contact).where(Contact.name == name))).one()


async def test_a_card_and_what_it_changes(chats: Chats, people: People, database: Database) -> None:
    card = await chats.say(people.office, "/person 城管局责任人")
    (asked,) = await chats.press(people.office, card, says("people.post_button"))
    assert asked.text == says("people.ask_post", name="城管局责任人")
    assert "城管科科长" in (await chats.say(people.office, "城管科 科长")).text
    (roles,) = await chats.press(people.office, card, says("people.roles_button"))
    (more,) = await chats.press(people.office, roles, says("common.role.leader_in_charge"))
    assert more.edit
    assert sum(label.startswith("✔") for label in more.labels()) == 2
    await chats.say(people.responsible, "/brief")
    (history,) = await chats.press(people.office, card, says("people.history_button"))
    assert says("people.event.post") in history.text
    assert says("people.event.roles") in history.text
    assert (await contact(database, "城管局责任人")).post == "城管科科长"


async def test_back_ends_the_question(chats: Chats, people: People, database: Database) -> None:
    card = await chats.say(people.office, "/person 城管局责任人")
    (asked,) = await chats.press(people.office, card, says("people.post_button"))
    await chats.press(people.office, asked, says("people.back_button"))
    await chats.say(people.office, "这不是职务")
    assert (await contact(database, "城管局责任人")).post is None


async def test_person_is_the_offices(chats: Chats, people: People) -> None:
    for person in (people.leader, people.liaison, people.inspector):
        assert (await chats.say(person, "/person 城管局责任人")).text == says("tasks.office_only")
    assert (await chats.say(people.office, "/person")).text == says("people.name_whom")
    hostile = await chats.say(people.office, "/person <b>'%_\U0001f600</b>")
    assert "&lt;b&gt;'%_" in hostile.text


async def test_a_link_for_another_account_is_shown_and_kept_nowhere(
    chats: Chats, people: People, database: Database
) -> None:
    card = await chats.say(people.office, "/person 城管局责任人")
    (shown,) = await chats.press(people.office, card, says("people.reinvite_button"))
    token = shown.text.partition("?start=")[2].strip()
    assert len(token) > 20
    assert "https://t.me/chuangcheng_bot?start=" in shown.text
    async with database.reading() as session:
        kept = []
        for table in SQLModel.metadata.sorted_tables:
            kept += [str(row) for row in (await session.execute(table.select())).all()]
    assert not [row for row in kept if token in row]
    await chats.answers(said(NEW, f"/start {token}"))
    assert (await contact(database, "城管局责任人")).telegram_user_id == NEW.id
    (released,) = await chats.post()
    assert released.chat_id == people.responsible.id
    async with database.reading() as session:
        payloads = [row.payload for row in await session.exec(select(Inbox))]
    assert not [payload for payload in payloads if token in payload]


async def test_handing_over_and_leaving(chats: Chats, people: People, database: Database) -> None:
    card = await chats.say(people.office, "/person 城管局责任人")
    (asked,) = await chats.press(people.office, card, says("people.leave_button"))
    (choice,) = await chats.press(people.office, asked, says("people.hand_over_first_button"))
    found = await chats.say(people.office, "联络员")
    assert len(found.labels()) == 3
    (preview,) = await chats.press(people.office, choice, "城管局联络员")
    (done,) = await chats.press(people.office, preview, says("handover.confirm_button"))
    assert done.edit
    (again,) = await chats.press(people.office, preview, says("handover.confirm_button"))
    assert again.text == says("handover.nothing", name="城管局责任人")
    (asked,) = await chats.press(people.office, done, says("people.leave_button"))
    (left,) = await chats.press(people.office, asked, says("people.confirm_leave_button"))
    assert says("people.state.left") in left.text
    assert (await contact(database, "城管局责任人")).state is ContactState.LEFT
    told = {shown.chat_id: shown.text for shown in await chats.post()}
    assert told[people.responsible.id].endswith(says("people.you_left", name="城管局责任人"))
    assert "清理违规广告牌匾" in told[people.liaison.id]
    assert (await chats.say(people.responsible, "/tasks")).text == says("enrolment.stranger")


# -- language ------------------------------------------------------------------------------------------


async def test_a_language_is_chosen(chats: Chats, people: People, database: Database) -> None:
    asked = await chats.say(people.liaison, "/language")
    assert asked.labels() == [name_of(one) for one in LOCALES]
    assert {"中文", "English"} <= set(asked.labels())
    (done,) = await chats.press(people.liaison, asked, "English")
    assert done.text == says("people.language_set", "en", language="English")
    assert says("help.contact.report", "en", html=True) in (await chats.say(people.liaison, "/help")).text
    assert await chats.press(people.office, asked, "English") == []
    assert chats.toasts[-1] == (says("buttons.not_yours"), True)
    (back,) = await chats.press(people.liaison, asked, "中文")
    assert back.text == says("people.language_set", "zh", language="中文")
    assert (await contact(database, "城管局联络员")).locale == "zh"


# -- lost and found ------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["/start", "words", "press", "unblocked"])
async def test_a_contact_comes_back(chats: Chats, people: People, database: Database, way: str) -> None:
    """The contact is lost once and the office told once; any private message from them finds them again."""
    listed = await chats.say(people.liaison, "/tasks")
    await chats.answers(*(bot_status(people.liaison, "kicked") for _ in range(2)))
    assert (await contact(database, "城管局联络员")).state is ContactState.UNREACHABLE
    assert [shown.chat_id for shown in await chats.post()] == [people.office.id]
    ways = {
        "/start": said(people.liaison, "/start"),
        "words": said(people.liaison, "今天清理违规广告牌匾12处"),
        "press": pressed(people.liaison, listed.data("1. "), listed.message_id),
        "unblocked": bot_status(people.liaison, "member"),
    }
    await chats.answers(ways[way])
    assert (await contact(database, "城管局联络员")).state is ContactState.ENROLLED
    await chats.answers(ways[way])
    async with database.reading() as session:
        found = await session.exec(select(Audit.event).order_by(col(Audit.id)))
        events = [event for event in found if "reach" in event]
    assert events == ["unreachable", "reachable"]


async def test_an_old_message_locks_nobody_out(chats: Chats, people: People, database: Database) -> None:
    """What they missed is rendered when it goes out: their own words are handled, whatever an upgrade did."""
    away = await contact(database, "城管局责任人")
    async with database.transaction() as session:
        view, key = View([Text("progress.receipt.of_an_older_release")]), "renamed"
        now = chats.clock.moment
        await outbox.enqueue(session, MessageKind.RECEIPT, key, view, now=now, contact=away)
        lost = sa.update(Outbox).values(state=DeliveryState.UNDELIVERABLE, error=messages.BLOCKED)
        await session.execute(lost)
    await chats.answers(bot_status(people.responsible, "kicked"))
    await chats.post()
    assert "12" in (await chats.say(people.responsible, "今天清理违规广告牌匾12处")).text
    assert (await contact(database, away.name)).reachable
    assert await chats.post() == []


async def test_blocked_again_after_coming_back(chats: Chats, people: People, database: Database) -> None:
    for minutes in range(3):
        if minutes:
            await chats.answers(bot_status(people.liaison, "member"))
        chats.clock.moment += timedelta(minutes=minutes)
        await chats.answers(bot_status(people.liaison, "kicked"))
    assert (await contact(database, "城管局联络员")).state is ContactState.UNREACHABLE
    async with database.reading() as session:
        lost = [row for row in await session.exec(select(Outbox)) if row.dedupe_key.startswith("lost:")]
    assert len(lost) == 3
    assert "城管局联络员" in json.dumps(lost[0].content, ensure_ascii=False)


async def test_a_command_ends_the_question_even_if_it_is_refused(
    chats: Chats, people: People, database: Database
) -> None:
    """Otherwise the next words, meant for the command, would become a contact's post."""
    for command in ("/unit 没有这个单位", "/person", "/cancel"):
        card = await chats.say(people.office, "/person 城管局责任人")
        await chats.press(people.office, card, says("people.post_button"))
        refused = await chats.say(people.office, command)
        await chats.say(people.office, "城管局")
        assert (await contact(database, "城管局责任人")).post is None
    assert refused.text == says("progress.cancelled")
