"""Long polling with real processes: what ends the program, what it waits out, and what never stops it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import select

from locales import Text, plain
from models.db import Database
from models.delivery.inbox import Inbox, InboxState
from models.progress import ProgressReport
from sandbox.client import SandboxClient
from sandbox.clock import SandboxClock
from sandbox.testing import RunningSandbox, running
from sandbox.world import World
from tests.e2e.cast import OBJECTIVE, Cast, account, assemble
from tests.support.postgres import free_port
from tests.support.processes import Forge, Program, settings_for

STRANGER = 6_100_000_001


def sentence(key: str) -> str:
    return plain(Text(key))


@asynccontextmanager
async def polling(
    forge: Forge, env: dict[str, str], people: SandboxClient, **patches: Any
) -> AsyncIterator[Program]:
    """Start a program, and wait until it waits for updates."""
    seen = len(await people.calls("getUpdates"))
    async with forge.program("run", env=env, hurry=True, **patches) as bot:
        await people.wait_for_call("getUpdates", count=seen + 1, answered=False)
        yield bot


async def answers(people: SandboxClient, who: int) -> None:
    """Check that the program answers a stranger, which needs polling, the database and sending."""
    sent = await people.send_text(who, who, "您好")
    await people.wait_for(who, sent.message_id, contains="您还没有入册")


@pytest.fixture
async def stranger(people: SandboxClient) -> int:
    return (await people.create_user("过路人", id=STRANGER)).id


# -- faults that end it ----------------------------------------------------------------------------


async def _ends_with(bot: Program, key: str) -> None:
    assert await bot.ended() == 1
    assert bot.err.text.splitlines()[-1] == sentence(key)
    assert "Traceback" not in bot.err.text
    assert bot.out.text == ""


async def test_a_wrong_token_ends_the_start(forge: Forge, env: dict[str, str]) -> None:
    wrong = {"CHUANGCHENG_BOT_TOKEN": "123456:WRONG-TOKEN-OF-THE-RIGHT-FORM"}
    async with forge.program("run", env=env | wrong) as bot:
        await _ends_with(bot, "run.token_refused")


async def test_a_wrong_address_ends_the_start(
    forge: Forge, telegram: RunningSandbox, env: dict[str, str]
) -> None:
    wrong = {"CHUANGCHENG_API_BASE_URL": telegram.base_url.replace("/bot", "/nothing/bot")}
    async with forge.program("run", env=env | wrong) as bot:
        await _ends_with(bot, "run.token_refused")


@pytest.mark.parametrize("status", [401, 404])
async def test_a_token_that_is_revoked_ends_the_run(
    status: int, forge: Forge, env: dict[str, str], people: SandboxClient
) -> None:
    await people.fail("getUpdates", status=status)
    async with forge.program("run", env=env) as bot:
        await _ends_with(bot, "run.token_refused")


async def test_a_conflict_that_persists_ends_the_run(
    forge: Forge, env: dict[str, str], people: SandboxClient
) -> None:
    await people.fail("getUpdates", count=None, status=409)
    async with forge.program("run", env=env, hurry=True) as bot:
        await _ends_with(bot, "run.conflict")
    assert len(await people.calls("getUpdates")) > 2


@pytest.mark.both_engines("locks")
async def test_a_second_instance_on_the_same_database_refuses(
    forge: Forge, env: dict[str, str], people: SandboxClient, stranger: int
) -> None:
    async with polling(forge, env, people) as first:
        calls = len(await people.calls("getUpdates"))
        async with forge.program("run", env=env) as second:
            await _ends_with(second, "run.already_running")
        assert len(await people.calls("getUpdates")) == calls
        await answers(people, stranger)
        assert await first.stop() == 0


# Only PostgreSQL: a file lock cannot be lost while its process lives.
@pytest.mark.both_engines("locks")
@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
async def test_a_lost_lock_ends_the_run(
    forge: Forge, telegram: RunningSandbox, people: SandboxClient, database: Database, env: dict[str, str]
) -> None:
    async with polling(forge, env, people) as bot, database.transaction() as session:
        await session.execute(
            sa.text(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
        )
        await _ends_with(bot, "run.lock_lost")


# -- faults that it waits out ----------------------------------------------------------------------


PASSING: tuple[dict[str, Any], ...] = (
    {"status": 409},
    {"status": 500},
    {"status": 502, "mode": "garbage"},
    {"status": 200, "mode": "garbage"},
    {"status": 429, "parameters": {"retry_after": 1}},
    {"status": 403},
    {"mode": "drop_before"},
    {"mode": "drop_after"},
)
AT_THE_START: tuple[dict[str, Any], ...] = (
    {"status": 500},
    {"status": 200, "mode": "garbage"},
    {"status": 429, "parameters": {"retry_after": 1}},
    {"mode": "drop_before"},
)


async def test_passing_failures_are_survived(
    forge: Forge, env: dict[str, str], people: SandboxClient
) -> None:
    """Each twice, one kind after the other: whoever writes then is answered, once."""
    async with polling(forge, env, people) as bot:
        for fault in PASSING:
            before = len(await people.calls())
            await people.fail("getUpdates", 2, **fault)
            # The first ends the poll that waits already, the second comes by one after the failures.
            asking = [await people.create_user("过路人") for _ in range(2)]
            for user in asking:
                await answers(people, user.id)
            failed = [call for call in await people.calls("getUpdates", after=before) if call.fault]
            assert len(failed) == 2, fault
            assert [len(await people.messages(user.id, sender="bot")) for user in asking] == [1, 1], fault
        assert await bot.stop() == 0


async def test_failures_at_the_start_are_waited_out(
    forge: Forge, env: dict[str, str], people: SandboxClient, stranger: int
) -> None:
    """Each twice, one kind after the other, for both calls of the start."""
    for method in ("getMe", "deleteWebhook"):
        for fault in AT_THE_START:
            await people.fail(method, 2, **fault)
    async with polling(forge, env, people) as bot:
        await answers(people, stranger)
        assert await bot.stop() == 0
    for method in ("getMe", "deleteWebhook"):
        failed = [call for call in await people.calls(method) if call.fault]
        assert len(failed) == 2 * len(AT_THE_START), method


async def test_it_waits_for_the_network_at_the_start(forge: Forge, now: datetime, database_url: str) -> None:
    world, port = World(clock=SandboxClock(now)), free_port()
    async with running(world, port=port) as telegram:
        env = settings_for(telegram, database_url)
    async with forge.program("run", env=env, hurry=True) as bot:
        await bot.err.wait_for("Telegram cannot be reached", times=3)
        async with running(world, port=port) as telegram:
            user = await telegram.client.create_user("过路人", id=STRANGER)
            await answers(telegram.client, user.id)
            assert await bot.stop() == 0


async def test_it_waits_for_the_network_later(forge: Forge, now: datetime, database_url: str) -> None:
    world, port = World(clock=SandboxClock(now)), free_port()
    async with running(world, port=port) as telegram:
        env = settings_for(telegram, database_url)
        user = await telegram.client.create_user("过路人", id=STRANGER)
        program = forge.program("run", env=env, hurry=True)
        bot = await program.__aenter__()
        await answers(telegram.client, user.id)
    try:
        await bot.err.wait_for("polling failed", times=3)
        async with running(world, port=port) as telegram:
            await answers(telegram.client, user.id)
            assert await bot.stop() == 0
    finally:
        await program.__aexit__(None, None, None)


async def test_a_webhook_is_deleted_and_what_waits_for_it_is_kept(
    forge: Forge, env: dict[str, str], telegram: RunningSandbox, people: SandboxClient, stranger: int
) -> None:
    telegram.world.updates.set_webhook({"url": "https://example.org/hook"})
    await people.send_text(stranger, stranger, "您好")
    async with polling(forge, env, people) as bot:
        await people.wait_for(stranger, contains="您还没有入册")
        assert await bot.stop() == 0
    assert telegram.world.updates.webhook is None


# -- updates that never stop it --------------------------------------------------------------------


BODIES = [
    '{"ok": true}',
    '{"ok": true, "result": null}',
    '{"ok": true, "result": {"update_id": 7}}',
    "null",
    '{"ok": true, "result": ' + "[" * 100_000,
]
NESTED = '{"a":' * 50_000 + "1" + "}" * 50_000
DEEP = '{"ok": true, "result": [{"update_id": 729999999, "message": ' + NESTED + "}]}"
LONG = '{"ok": true, "result": [{"update_id": 729999998, "message": ' + "9" * 5_000 + "}]}"
WIDE = '{"ok": true, "result": [{"update_id": 10000000000000000000, "message": {"text": "?"}}, 7, null]}'


async def test_answers_that_make_no_sense_are_survived(
    forge: Forge, env: dict[str, str], people: SandboxClient, database: Database, stranger: int
) -> None:
    """None ends the program, none is taken for an offset, and the office sees what could not be stored."""
    cast = await assemble(database, people)
    await people.start(account(cast.office))
    for body in (*BODIES, DEEP, DEEP, LONG, LONG, WIDE, WIDE):
        await people.fail("getUpdates", mode="garbage", status=200, description=body)
    await people.fail("getUpdates", status=429, parameters={"retry_after": 1})
    async with polling(forge, env, people) as bot:
        await answers(people, stranger)
        await people.wait_for(account(cast.office), contains="发送人尚不知情")
        assert await bot.stop() == 0
    async with database.reading() as session:
        dead = (await session.exec(select(Inbox).where(Inbox.state == InboxState.DEAD))).all()
    assert len(dead) == 5, "each is kept once: the deep, the long and the wide one, the number and the null"
    assert all(row.update_id < 0 for row in dead)
    asked = [call.params.get("offset") for call in await people.calls("getUpdates")]
    assert max(int(offset) for offset in asked if offset) < 2**31


async def test_an_id_that_comes_again_with_another_subject_is_another_update(
    forge: Forge, env: dict[str, str], people: SandboxClient, database: Database, stranger: int
) -> None:
    async with polling(forge, env, people) as bot:
        await answers(people, stranger)
        polled = len(await people.calls("getUpdates"))
        (used,) = await ids_of(database)
        await people.set_next_update_id(used)
        if (await people.calls("getUpdates"))[-1].status is not None:
            await people.wait_for_call("getUpdates", count=polled + 1, answered=False)
        await answers(people, stranger)
        assert await bot.stop() == 0
    assert await ids_of(database) == [used, used]


async def ids_of(database: Database) -> list[int]:
    async with database.reading() as session:
        return list(await session.exec(select(Inbox.update_id).order_by(sa.text("id"))))


MALFORMED: list[dict[str, Any]] = [
    {"message": {}},
    {"message": "no object"},
    {"message": {"message_id": 1, "date": 0, "chat": {"id": 7}}},
    {"message": {"message_id": 1, "date": "soon", "chat": {"id": 10**30, "type": "private"}, "text": "?"}},
    {"callback_query": {"id": 5}},
    {"callback_query": {"from": {"id": "\0"}, "message": []}},
    {"my_chat_member": {"chat": None}},
    {"edited_message": 7},
    {"no_such_kind": {"chat": {"id": 7}}},
    {},
]


async def test_malformed_updates_stop_nobody(
    forge: Forge, env: dict[str, str], people: SandboxClient, database: Database, stranger: int
) -> None:
    cast = await assemble(database, people)
    await people.start(account(cast.office))
    for update in MALFORMED:
        await people.push_raw_update(update)
    async with polling(forge, env, people) as bot:
        await answers(people, stranger)
        await people.wait_for(account(cast.office), contains="发送人尚不知情")
        await answers(people, stranger)
        assert await bot.stop() == 0
    async with database.reading() as session:
        states = [row.state for row in await session.exec(select(Inbox))]
    assert len(states) == len(MALFORMED) + 3
    assert InboxState.DEAD in states


async def test_ids_that_start_lower_again_are_taken(
    forge: Forge, env: dict[str, str], people: SandboxClient, stranger: int
) -> None:
    async with polling(forge, env, people) as bot:
        await answers(people, stranger)
        polled = len(await people.calls("getUpdates"))
        await people.set_next_update_id(1000)
        if (await people.calls("getUpdates"))[-1].status is not None:
            await people.wait_for_call("getUpdates", count=polled + 1, answered=False)
        await answers(people, stranger)
        await answers(people, stranger)
        assert await bot.stop() == 0
    assert len(await people.messages(stranger, sender="bot")) == 3


@pytest.mark.both_engines("locks")
async def test_after_kill_9_a_restart_polls_at_once(
    forge: Forge, env: dict[str, str], people: SandboxClient, stranger: int
) -> None:
    async with polling(forge, env, people) as bot:
        bot.signal(signal.SIGKILL)
        assert await bot.ended() == -signal.SIGKILL
    async with polling(forge, env, people) as bot:
        assert "already" not in bot.err.text
        await answers(people, stranger)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_cleanly(
    number: signal.Signals, forge: Forge, env: dict[str, str], people: SandboxClient
) -> None:
    async with polling(forge, env, people) as bot:
        bot.signal(number)
        assert await bot.ended() == 0
    assert "Traceback" not in bot.err.text


async def test_a_signal_ends_it_while_it_waits_for_the_network(forge: Forge, env: dict[str, str]) -> None:
    nowhere = {"CHUANGCHENG_API_BASE_URL": f"http://127.0.0.1:{free_port()}/bot"}
    async with forge.program("run", env=env | nowhere) as bot:
        await bot.err.wait_for("Telegram cannot be reached")
        assert await bot.stop() == 0
    assert "Traceback" not in bot.err.text


async def test_a_clean_end_in_the_middle_of_work_loses_nothing(
    forge: Forge, env: dict[str, str], people: SandboxClient, database: Database
) -> None:
    cast = await assemble(database, people, units=5, each=2)
    async with polling(forge, env, people) as bot:
        cards = await _cards(people, cast)
        await asyncio.gather(*(people.press(who, who, card, "✅ 确认提交") for who, card in cards.items()))
        assert await bot.stop() == 0
    async with polling(forge, env, people) as bot:
        for who in cast.accounts:
            receipt = await people.wait_for(who, contains="【回执】")
            await people.send_text(who, who, "/cancel")
            await people.wait_for(who, receipt.message_id, contains="没有正在填写")
        assert await bot.stop() == 0
    for who in cast.accounts:
        texts = [message.text for message in await people.messages(who, sender="bot")]
        # A clean end marks all sent messages, so none has to be sent again.
        assert sum("【回执】" in text for text in texts) == 1
        assert sum("已提交，回执号" in text for text in texts) == 1
    async with database.reading() as session:
        assert len((await session.exec(select(ProgressReport))).all()) == len(cast.accounts)


async def _cards(people: SandboxClient, cast: Cast) -> dict[int, int]:
    for who in cast.accounts:
        await people.send_text(who, who, f"今天{OBJECTIVE}12处")
    return {who: (await people.wait_for(who, contains="请核对")).message_id for who in cast.accounts}
