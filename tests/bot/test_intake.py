"""Raw updates: the lane of each, the parts that are never stored, and storing each only once."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from sqlmodel import col, select
from telegram import Bot

from bot.receiving.intake import Intake
from bot.receiving.raw_updates import (
    Writing,
    clean_update,
    id_in,
    lane_of,
    subject_of,
    with_visible_start,
    without_secrets,
    writing_of,
)
from handlers.work import current
from models.db import Database
from models.delivery.inbox import Inbox, InboxState
from models.delivery.messages import ToldTopic
from services.people.enrolment import hash_token
from tests.bot.desk import Desk, intake_of

TOKEN = "1234567890:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr"
LINK = "GTNc0_CVTtQyJw1EpOleAs8KsXpafUP8"
HASH = hash_token(LINK)
CHAT, USER = -1_002_000_000_001, 5_000_000_001

LANES: list[tuple[dict[str, Any], int]] = [
    ({"message": {"chat": {"id": CHAT}, "from": {"id": USER}}}, CHAT),
    ({"edited_message": {"chat": {"id": USER}}}, USER),
    ({"my_chat_member": {"chat": {"id": CHAT}, "from": {"id": USER}}}, CHAT),
    # A press belongs to the chat of its message, so that it stays behind that chat's earlier messages.
    ({"callback_query": {"from": {"id": USER}, "message": {"chat": {"id": CHAT}}}}, CHAT),
    ({"callback_query": {"from": {"id": USER}}}, USER),
    ({"callback_query": {"from": {"id": USER}, "message": "gone"}}, USER),
    ({"message_reaction": {"user": {"id": USER}}}, USER),
    ({"message": {"chat": {"id": 2**63 - 1}}}, 2**63 - 1),
    # An id that fits into no row must not stop the other rows of the batch.
    ({"message": {"chat": {"id": 2**63}}}, 0),
    ({"message": {"chat": {"id": "7"}}}, 0),
    ({"message": {"chat": [7]}}, 0),
    ({"message": {"chat": {"id": None}, "from": {"id": USER}}}, USER),
    ({"message": None}, 0),
    ({"poll": {"id": "5"}}, 0),
    ({}, 0),
]


@pytest.mark.parametrize(("update", "lane"), LANES)
def test_lanes(update: dict[str, Any], lane: int) -> None:
    assert lane_of({"update_id": 1} | update) == lane


PRIVATE = {"chat": {"id": USER}, "from": {"id": USER, "language_code": "en"}}
IN_GROUP = {"chat": {"id": CHAT}, "from": {"id": USER}}
WRITINGS: list[tuple[dict[str, Any], Writing | None]] = [
    ({"message": PRIVATE | {"text": "在吗"}}, Writing(USER, True, False, None, "en")),
    ({"message": IN_GROUP | {"text": "/joined"}}, Writing(USER, False, False, None, None)),
    ({"message": PRIVATE | {"text": "/JOIN@some_bot"}}, Writing(USER, True, True, None, "en")),
    ({"message": PRIVATE | {"text": "/start"}}, Writing(USER, True, True, None, "en")),
    ({"message": PRIVATE | {"text": "/sta\0rt x"}}, Writing(USER, True, True, "x", "en")),
    ({"edited_message": PRIVATE | {"text": "/join"}}, Writing(USER, True, False, None, "en")),
    ({"message": PRIVATE | {"text": 7}}, Writing(USER, True, False, None, "en")),
    ({"callback_query": {"from": {"id": USER}, "message": IN_GROUP}}, Writing(USER, False, True, None, None)),
    # A group must not be lost with its move, nor a person's or a group's leave.
    ({"message": IN_GROUP | {"migrate_to_chat_id": CHAT - 1}}, None),
    ({"message": IN_GROUP | {"migrate_from_chat_id": CHAT - 1}}, None),
    ({"my_chat_member": PRIVATE}, None),
    ({"message": {"chat": {"id": USER}, "from": {"id": "7"}}}, None),
    ({"message": {"chat": {"id": USER}, "from": {"id": 2**63}}}, None),
    ({"message": {"chat": {"id": USER}, "from": 7}}, None),
    ({"message": 7}, None),
    ({}, None),
]


@pytest.mark.parametrize(("update", "writing"), WRITINGS)
def test_writings(update: dict[str, Any], writing: Writing | None) -> None:
    assert writing_of({"update_id": 1} | update) == writing


SECRETS: list[tuple[Any, Any]] = [
    (f"/start {LINK}", f"/start {HASH}"),
    (f"/start@chuangcheng_bot  {LINK} more", f"/start@chuangcheng_bot  {HASH}"),
    ("/start", "/start"),
    (f"\u200b/st\u200bart \u2067{LINK}\u2069", f"\u200b/start {HASH}"),
    (f"请看 {TOKEN}。", "请看 。"),
    (["x", {"caption": TOKEN}], ["x", {"caption": ""}]),
    (
        {"reply_to_message": {"text": f"/start {LINK}"}},
        {"reply_to_message": {"text": f"/start {HASH}"}},
    ),
    ({"date": 7, "ok": True, "none": None}, {"date": 7, "ok": True, "none": None}),
]


@pytest.mark.parametrize(("given", "kept"), SECRETS)
@pytest.mark.parametrize("kind", ["message", "edited_message", "callback_query"])
def test_secrets_are_taken_out_wherever_they_stand(kind: str, given: Any, kept: Any) -> None:
    found = without_secrets({"update_id": 1, kind: {"text": given}}, TOKEN)
    assert found == {"update_id": 1, kind: {"text": kept}}


def test_the_update_itself_is_left_alone() -> None:
    update = {"update_id": 1, "message": {"text": f"/start {LINK}"}}
    without_secrets(update, TOKEN)
    assert update["message"] == {"text": f"/start {LINK}"}


@pytest.mark.parametrize(
    ("given", "cleaned"),
    [
        ("a\0b", "ab"),
        ("half \ud83d", "half ?"),
        ("😀", "😀"),
        ({"a": ["\0", 1, None, {"b": "\udc00"}]}, {"a": ["", 1, None, {"b": "?"}]}),
    ],
)
def test_what_a_database_refuses_is_taken_out(given: Any, cleaned: Any) -> None:
    assert clean_update(given) == cleaned


def command(text: str, offset: int) -> dict[str, Any]:
    entities = [{"type": "bot_command", "offset": offset, "length": 5}]
    return {"update_id": 1, "message": {"text": text, "entities": entities}}


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (command("\u200b\u2067/help x", 2), command("/help x", 0)),
        (command("/help \u200b", 0), command("/help \u200b", 0)),
        # An entity that begins before the command is none of its own.
        (command("\u200b/help", 0), {"update_id": 1, "message": {"text": "/help", "entities": []}}),
        # Words are stored as they are written.
        ({"message": {"text": "\u200b12处"}}, {"message": {"text": "\u200b12处"}}),
        ({"message": {"text": 7}}, {"message": {"text": 7}}),
        ({"message": 7}, {"message": 7}),
    ],
)
def test_a_command_begins_with_its_slash(given: dict[str, Any], read: dict[str, Any]) -> None:
    before = json.dumps(given)
    assert with_visible_start(given) == read
    assert json.dumps(given) == before


@pytest.fixture
def intake(desk: Desk, bot: Bot) -> Intake:
    """An intake that only stores."""
    return intake_of(desk, bot)


async def test_an_update_is_stored_once_and_never_reopened(intake: Intake, database: Database) -> None:
    def message(number: int) -> dict[str, Any]:
        return {"update_id": number, "message": {"chat": {"id": CHAT}, "text": f"第{number}条 \0\ud83d"}}

    await intake.store([message(3), message(1)])
    async with database.transaction() as session:
        first = (await session.exec(select(Inbox).where(Inbox.update_id == 3))).one()
        first.state = InboxState.DONE
        session.add(first)
    # Old updates come again with a new one, and then one with an id lower than all before.
    await intake.store([message(3), message(1), message(4)])
    await intake.store([message(2)])
    await intake.store([])
    async with database.reading() as session:
        rows = (await session.exec(select(Inbox).order_by(col(Inbox.id)))).all()
    assert [row.update_id for row in rows] == [3, 1, 4, 2]
    assert [row.state for row in rows] == [InboxState.DONE, *[InboxState.NEW] * 3]
    assert {row.lane for row in rows} == {CHAT}


SUBJECTS: list[tuple[dict[str, Any], str]] = [
    ({"message": {"message_id": 5, "chat": {"id": CHAT}, "date": 1}}, f"message:{CHAT}:5:None"),
    (
        {"message": {"date": 2, "chat": {"title": "新名", "id": CHAT}, "message_id": 5}},
        f"message:{CHAT}:5:None",
    ),
    (
        {"edited_message": {"message_id": 5, "chat": {"id": CHAT}, "edit_date": 9}},
        f"edited_message:{CHAT}:5:9",
    ),
    ({"callback_query": {"id": "77", "data": "x", "from": {"id": USER}}}, "callback_query:77"),
    ({"my_chat_member": {"chat": {"id": CHAT}, "date": 3}}, f"my_chat_member:{CHAT}:None:3"),
    ({"message": "text"}, "message"),
    ({"message": {"chat": [7]}}, "message:None:None:None"),
    ({}, ""),
]


@pytest.mark.parametrize(("update", "subject"), SUBJECTS)
def test_subjects(update: dict[str, Any], subject: str) -> None:
    assert subject_of({"update_id": 1} | update) == subject
    assert len(subject_of({"update_id": 1, "callback_query": {"id": "7" * 999}})) <= 80


async def test_the_same_subject_is_the_same_update_whatever_else_differs(
    intake: Intake, database: Database
) -> None:
    first: Any = {"update_id": 7, "message": {"message_id": 1, "chat": {"id": CHAT, "title": "旧名"}}}
    again: Any = {"message": {"chat": {"title": "新名", "id": CHAT}, "message_id": 1}, "update_id": 7}
    other: Any = {"update_id": 7, "message": {"message_id": 2, "chat": {"id": CHAT}}}
    await intake.store([first])
    await intake.store([again, other])
    async with database.reading() as session:
        rows = (await session.exec(select(Inbox).order_by(col(Inbox.id)))).all()
    assert [row.subject for row in rows] == [f"message:{CHAT}:1:None", f"message:{CHAT}:2:None"]


@pytest.mark.parametrize("bad", [7, None, "x", [1], {}, {"update_id": 0}, {"update_id": 2**53 + 1}])
async def test_what_is_no_update_is_kept_as_text_once(intake: Intake, database: Database, bad: Any) -> None:
    good = {"update_id": 7, "message": {"message_id": 1, "chat": {"id": CHAT}}}
    for _ in range(2):
        await intake.store([bad, good])
    async with database.reading() as session:
        kept, handled = (await session.exec(select(Inbox).order_by(col(Inbox.update_id)))).all()
    assert (kept.state, kept.payload, kept.update_id < 0) == (InboxState.DEAD, json.dumps(bad), True)
    assert handled.update_id == 7


async def test_what_cannot_be_read_is_kept_without_secrets(intake: Intake, database: Database) -> None:
    await intake.store_text(f'{{"update_id": 7, "a": "{intake._bot.token}" \0')
    async with database.reading() as session:
        (kept,) = (await session.exec(select(Inbox))).all()
    assert kept.payload == '{"update_id": 7, "a": "" '


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"update_id" : 12, "x"', 12),
        ('{"update_id":10000000000000000000', None),
        ('{"update_id":' + "9" * 5000, None),
        ('{"update_id":0', None),
        ("{}", None),
    ],
)
def test_the_id_in_a_text(text: str, found: int | None) -> None:
    assert id_in(text) == found


async def test_what_another_instance_has_handled_is_not_handled_again(
    desk: Desk, bot: Bot, database: Database
) -> None:
    """The other instance lost the lock a moment ago, while it still worked on its last update."""

    async def process_update(_update: Any) -> None:
        work = current.get()
        row = (await work.session.exec(select(Inbox))).one()
        row.state = InboxState.DONE  # as the other instance leaves it
        work.session.add(ToldTopic(user_id=1, topic="kept", told_at=work.now))
        await work.session.flush()

    application: Any = SimpleNamespace(bot=bot, process_update=process_update)
    intake = intake_of(desk, bot, application)
    message = {"message_id": 1, "date": 0, "chat": {"id": CHAT, "type": "private"}, "text": "今天12处"}
    await intake.store([{"update_id": 1, "message": message}])
    assert await intake._next(CHAT) == 0.0
    async with database.reading() as session:
        assert (await session.exec(select(ToldTopic))).all() == []
        row = (await session.exec(select(Inbox))).one()
    assert (row.attempts, row.error) == (0, None)
