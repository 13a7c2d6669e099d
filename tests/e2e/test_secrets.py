"""No secret is in output, logs, database or chats, whatever goes wrong, even at the level DEBUG."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel

from models.db import Database
from sandbox.client import SandboxClient
from sandbox.testing import RunningSandbox
from services.campaign import Campaign
from services.people import enrolment
from tests.conftest import NOW
from tests.e2e.cast import assemble
from tests.support.crashing import BOOM
from tests.support.people import Roster
from tests.support.processes import Forge

PASSWORD = "p%40ss'word-of-the-database"  # as the URL writes it
PLAIN_PASSWORD = "p@ss'word-of-the-database"


@pytest.fixture
def secret_env(env: dict[str, str]) -> dict[str, str]:
    """The environment at DEBUG, with a password if the database can have one (the server accepts any)."""
    url = env["CHUANGCHENG_DATABASE_URL"].replace("://test@", f"://test:{PASSWORD}@")
    return env | {"CHUANGCHENG_DATABASE_URL": url, "CHUANGCHENG_LOG_LEVEL": "DEBUG"}


async def test_secrets_are_nowhere(
    forge: Forge,
    telegram: RunningSandbox,
    people: SandboxClient,
    database: Database,
    database_url: str,
    secret_env: dict[str, str],
) -> None:
    cast = await assemble(database, people)
    async with database.transaction() as session:
        roster = Roster(session, NOW, Campaign())
        await roster.contact(cast.units[0], "新来的", enrolled=False)
        (invitation,) = await enrolment.invite(session, now=NOW, valid_for=timedelta(days=1))
    link, token = invitation.token, telegram.token
    new = (await people.create_user("新来的", id=6_100_000_002)).id
    who = cast.accounts[0]
    secrets = [token, link, *([] if database.is_sqlite else [PASSWORD, PLAIN_PASSWORD])]
    words = " ".join([*secrets[:1], *secrets[2:], secret_env["CHUANGCHENG_DATABASE_URL"]])
    async with forge.program("run", env=secret_env, hurry=True, boom=words) as bot:
        started = await people.start(new, link)
        await people.wait_for(new, contains="您已入册")
        # A reply contains the message that it answers, and an edited message comes as a whole.
        await people.send_text(new, new, "收到", reply_to=started.message_id)
        await people.edit_text(new, new, started.message_id, f"/start {link}")
        await people.send_photo(who, who, caption=f"密钥 {token}")
        await people.wait_for(who, contains="请核对")
        await people.send_text(who, who, f"密钥 {token}")
        await people.send_text(who, who, BOOM)
        await people.wait_for(who, contains="未能处理")
        for fault in ({"mode": "drop_before"}, {"status": 500}, {"status": 200, "mode": "garbage"}):
            await people.fail("getUpdates", **fault)
            await people.fail("send*", **fault)
            await people.send_text(who, who, "/help")
            await people.wait_for_call("getUpdates", after=len(await people.calls()), answered=False)
        await people.fail("getUpdates", status=401)
        await people.send_text(new, new, "/tasks")
        assert await bot.ended() == 1
    assert "RuntimeError" in bot.err.text
    assert "level=debug" in bot.err.text
    stored = await dump(database, database_url)
    for secret in secrets:
        assert secret not in bot.out.text + bot.err.text
        assert secret not in stored
    said = [message.text for chat in (who, new) for message in await people.messages(chat, sender="bot")]
    assert not [text for text in said if token in text or link in text or "RuntimeError" in text]


async def dump(database: Database, url: str) -> str:
    """All rows of the database; for SQLite also its files, which may still hold deleted rows."""
    async with database.reading() as session:
        rows = [
            repr(tuple(row))
            for table in SQLModel.metadata.sorted_tables
            for row in (await session.execute(sa.select(table))).all()
        ]
    assert len(rows) > 20
    await database.close()
    file = Path(url.partition(":///")[2])
    files = sorted(file.parent.glob(f"{file.name}*")) if database.is_sqlite else []
    return "\n".join([*rows, *(part.read_bytes().decode("latin-1") for part in files)])


async def test_a_refused_connection_says_no_secret(forge: Forge, secret_env: dict[str, str]) -> None:
    url = f"postgresql+psycopg://test:{PASSWORD}@127.0.0.1:9/name"
    done = await forge.run("tick", "--json", env=secret_env | {"CHUANGCHENG_DATABASE_URL": url})
    assert done.code == 1
    assert PASSWORD not in done.out + done.err
    assert PLAIN_PASSWORD not in done.out + done.err


async def test_an_unreachable_api_says_no_token(
    forge: Forge, telegram: RunningSandbox, secret_env: dict[str, str], database: Database
) -> None:
    await _someone_to_invite(database)
    nowhere = {"CHUANGCHENG_API_BASE_URL": "http://127.0.0.1:9/bot", "CHUANGCHENG_LOG_LEVEL": "DEBUG"}
    done = await forge.run("invite", "--yes", "--json", env=secret_env | nowhere)
    assert (done.code, done.out) == (1, "")
    async with forge.program("run", env=secret_env | nowhere, hurry=True) as bot:
        await bot.err.wait_for("Telegram cannot be reached", times=2)
        assert await bot.stop() == 0
    assert telegram.token not in done.err + bot.err.text + bot.out.text


async def _someone_to_invite(database: Database) -> None:
    async with database.transaction() as session:
        roster = Roster(session, NOW, Campaign())
        await roster.contact(await roster.unit("城管局"), "新来的", enrolled=False)
