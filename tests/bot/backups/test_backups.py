"""Backups: a file that is whole or refused, and a restore to an empty place."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import select

from bot.backups.archive import BackupError
from bot.backups.nightly import BackupFolder, NightlyBackups
from locales import Text
from models import numbers
from models.db import Database
from models.delivery.inbox import Inbox, InboxState
from models.delivery.messages import Outbox
from models.importing import Job, JobState
from models.numbers import SKIPPED
from models.restorations import Restoration
from models.upgrade import HEAD
from rules.delivery.delivery import DeliveryState
from sandbox.client import SandboxClient
from sandbox.testing import RunningSandbox
from services.campaign import Campaign
from tests.bot.backups.desk import (
    ACTIVITIES,
    CASES,
    LATER,
    ORDERS,
    RECEIPTS,
    Run,
    back_up,
    begin_campaign,
    names_in,
    opened,
    path_to_postgres,
)
from tests.conftest import NOW
from tests.support.chat import FixedClock
from tests.support.postgres import PostgresServer
from tests.support.processes import Forge, settings_for


async def test_a_backup_restores_to_an_empty_place(
    run: Run, people: SandboxClient, database: Database, elsewhere: str, tmp_path: Path
) -> None:
    await begin_campaign(database)
    file = tmp_path / "night.backup"
    await back_up(run, people, file)
    assert file.stat().st_mode & 0o077 == 0
    assert names_in(tmp_path, "*backup*") == [file.name]
    restored = await run("restore", str(file), "--last-order", "23", CHUANGCHENG_DATABASE_URL=elsewhere)
    assert restored.code == 0, restored.err
    async with opened(elsewhere) as other, other.reading() as session:
        promised = {row.dedupe_key: row for row in await session.exec(select(Outbox))}
        (update,) = (await session.exec(select(Inbox))).all()
        (job,) = (await session.exec(select(Job))).all()
        (row,) = (await session.exec(select(Restoration))).all()
        given = await numbers.given(session)
    assert {promised[key].state for key in ("receipt", "notice")} == {DeliveryState.UNKNOWN}
    assert (update.state, update.error) == (InboxState.DEAD, "Restored")
    assert job.state is JobState.FAILED
    assert (row.backed_up_at, row.restored_at) == (NOW, LATER)
    assert given == {ORDERS: 23, RECEIPTS: 5 + SKIPPED, CASES: SKIPPED, ACTIVITIES: SKIPPED}


async def test_a_backup_is_named_from_the_working_folder(
    run: Run, people: SandboxClient, database: Database, elsewhere: str, tmp_path: Path
) -> None:
    """As the pages write it: the working folder is the folder of the program."""
    await begin_campaign(database)
    await back_up(run, people, Path("night.backup"))
    assert names_in(tmp_path, "*backup*") == ["night.backup"]
    restored = await run("restore", "night.backup", CHUANGCHENG_DATABASE_URL=elsewhere)
    assert restored.code == 0, restored.err


async def test_a_restore_wants_an_empty_place(
    run: Run, people: SandboxClient, database: Database, tmp_path: Path
) -> None:
    await begin_campaign(database)
    file = tmp_path / "night.backup"
    await back_up(run, people, file)
    refused = await run("restore", str(file))
    assert refused.code == 1
    assert "恢复只能在" in refused.err
    again = await run("backup", str(file))
    assert (again.code, "已存在" in again.err) == (1, True)
    async with database.reading() as session:
        assert {row.state for row in await session.exec(select(Outbox))} == {DeliveryState.NEW}


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _flip(file: Path) -> None:
    """Change one byte in the middle of the data."""
    content = bytearray(file.read_bytes())
    content[len(content) // 3] ^= 0xFF
    file.write_bytes(content)


def _of_another_program(file: Path) -> None:
    _rewrite(file, product="notes")


def _of_a_newer_program(file: Path) -> None:
    _rewrite(file, revision="9999", program="99.0")


def _of_another_engine(file: Path) -> None:
    about = json.loads(zipfile.ZipFile(file).read("about.json"))
    _rewrite(file, engine="postgresql" if about["engine"] == "sqlite" else "sqlite")


def _with_a_row_more(file: Path) -> None:
    about = json.loads(zipfile.ZipFile(file).read("about.json"))
    _rewrite(file, rows=about["rows"] | {"task": about["rows"]["task"] + 1})


def _rewrite(file: Path, **changes: Any) -> None:
    with zipfile.ZipFile(file) as archive:
        about, data = json.loads(archive.read("about.json")), archive.read("data")
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("data", data)
        archive.writestr("about.json", json.dumps(about | changes))


def _a_database(file: Path) -> None:
    file.write_bytes(b"SQLite format 3\0" + bytes(4096))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_cut, "不是本程序的备份，或已损坏"),
        (_flip, "不是本程序的备份，或已损坏"),
        (_of_another_program, "不是本程序的备份，或已损坏"),
        (_a_database, "不是本程序的备份，或已损坏"),
        (Path.unlink, "找不到文件"),
        (_of_a_newer_program, "由更新的程序（99.0）生成"),
        (_of_another_engine, "数据库种类不同"),
        (_with_a_row_more, "不完整"),
    ],
)
async def test_a_spoilt_file_is_refused_in_a_sentence(
    run: Run,
    people: SandboxClient,
    database: Database,
    elsewhere: str,
    tmp_path: Path,
    spoil: Callable[[Path], object],
    said: str,
) -> None:
    await begin_campaign(database)
    file = tmp_path / "night.backup"
    await back_up(run, people, file)
    spoil(file)
    refused = await run("restore", str(file), CHUANGCHENG_DATABASE_URL=elsewhere)
    assert (refused.code, refused.out) == (1, "")
    assert said in refused.err
    assert "Traceback" not in refused.err
    assert not (tmp_path / "elsewhere.db").exists()


async def test_tables_without_a_revision_are_a_restore_that_was_cut(run: Run, database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(sa.text("DROP TABLE alembic_version"))
    try:
        refused = await run("dead")
        assert (refused.code, "恢复没有完成" in refused.err) == (1, True)
    finally:
        async with database.transaction() as session:
            await session.execute(sa.text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
            await session.execute(sa.text(f"INSERT INTO alembic_version VALUES ('{HEAD}')"))  # noqa: S608  # a constant


@pytest.mark.parametrize("engine", ["postgres"])
async def test_a_backup_that_finds_no_program_says_so(run: Run, database: Database, tmp_path: Path) -> None:
    refused = await run("backup", str(tmp_path / "night.backup"), PATH=str(tmp_path))
    assert (refused.code, "找不到 pg_dump" in refused.err) == (1, True)
    assert names_in(tmp_path, "*backup*") == []


@pytest.mark.parametrize("engine", ["postgres"])
async def test_a_program_that_fails_is_logged_without_rows(
    run: Run, database: Database, tmp_path: Path
) -> None:
    program = tmp_path / "pg_dump"
    program.write_text(
        "#!/bin/sh\necho 'pg_dump: error: COPY failed for table \"contact\"' >&2\n"
        "echo 'DETAIL:  Key (name)=(张三) is broken.' >&2\n"
        "echo 'CONTEXT:  COPY contact, line 1: 张三' >&2\nexit 1\n"
    )
    program.chmod(0o700)
    refused = await run("backup", str(tmp_path / "night.backup"), PATH=f"{tmp_path}{os.pathsep}{os.defpath}")
    assert (refused.code, "COPY failed for table" in refused.err) == (1, True)
    assert "张三" not in refused.err


@pytest.mark.parametrize("engine", ["postgres"])
@pytest.mark.parametrize("in_address", [True, False])
async def test_the_password_reaches_the_program_unseen(
    run: Run, database: Database, tmp_path: Path, in_address: bool
) -> None:
    program = tmp_path / "pg_dump"
    # It is logged with a space inside, for a secret of the settings is hidden from the log.
    program.write_text('#!/bin/sh\necho "arguments: $*; secret: ${PGPASSWORD%x} x" >&2\nexit 1\n')
    program.chmod(0o700)
    settings = {"PATH": f"{tmp_path}{os.pathsep}{os.defpath}", "PGPASSWORD": "from-outsidex"}
    if in_address:
        address = database.url.set(password="from-addressx")  # the test's server asks for none
        settings["CHUANGCHENG_DATABASE_URL"] = address.render_as_string(hide_password=False)
    refused = await run("backup", str(tmp_path / "night.backup"), **settings)
    arguments, _, secret = refused.err.partition("; secret: ")
    assert "--no-password" in arguments
    assert "from-" not in arguments
    assert secret.startswith("from-address x" if in_address else "from-outside x")


@pytest.mark.parametrize("engine", ["postgres"])
async def test_a_database_with_a_schema_of_its_own_is_backed_up(
    run: Run, people: SandboxClient, elsewhere: str, tmp_path: Path
) -> None:
    setting = "CREATE SCHEMA town; ALTER DATABASE elsewhere SET search_path = town"
    async with opened(elsewhere) as other, other.transaction() as session:
        await session.execute(sa.text(setting))
    assert (await run("dead", CHUANGCHENG_DATABASE_URL=elsewhere)).code == 0
    done = await run("backup", str(tmp_path / "night.backup"), CHUANGCHENG_DATABASE_URL=elsewhere)
    assert done.code == 0, done.err


@pytest.mark.parametrize("in_background", [False, True])
@pytest.mark.parametrize("engine", ["postgres"])
async def test_a_backup_that_is_told_to_stop_leaves_nothing(
    forge: Forge, telegram: RunningSandbox, database_url: str, tmp_path: Path, in_background: bool
) -> None:
    program = tmp_path / "pg_dump"
    begun = tmp_path / "begun"
    os.mkfifo(begun)
    program.write_text(f"#!/bin/sh\necho > '{begun}'\nexec sleep 600\n")
    program.chmod(0o700)
    settings = settings_for(telegram, database_url) | {"PATH": f"{tmp_path}{os.pathsep}{os.defpath}"}
    started = forge.program(
        "backup", str(tmp_path / "night.backup"), env=settings, in_background=in_background
    )
    async with started as backup:
        await asyncio.to_thread(begun.read_bytes)
        assert names_in(tmp_path, ".backup-*")
        assert await backup.stop() == 128 + signal.SIGINT
    assert names_in(tmp_path, "*backup*") == []


@pytest.mark.parametrize("engine", ["postgres"])
async def test_a_database_that_a_kill_left_is_dropped_a_day_later(
    run: Run, database: Database, postgres: PostgresServer, tmp_path: Path
) -> None:
    """One that may be in use stays, and so does one that only has a similar name."""
    old, young = (f"chuangcheng_check_{time.time() - hours * 3600:.0f}_0123abcd" for hours in (25, 23))
    similar = "chuangcheng_check_by_hand"
    for name in (old, young, similar):
        postgres.create(name)
    try:
        assert (await run("backup", str(tmp_path / "night.backup"))).code == 0
        async with database.reading() as session:
            there = set((await session.execute(sa.text("SELECT datname FROM pg_database"))).scalars())
        assert {one for one in there if one.startswith("chuangcheng_check")} == {young, similar}
    finally:
        for name in (young, similar):
            postgres.drop(name)


@pytest.mark.parametrize("name", ["nowhere/night.backup", "x" * 300])
async def test_a_backup_without_room_says_so(run: Run, database: Database, tmp_path: Path, name: str) -> None:
    refused = await run("backup", str(tmp_path / name))
    assert (refused.code, "无法写入" in refused.err) == (1, True)


async def test_what_is_no_database_of_ours_is_not_backed_up(run: Run, elsewhere: str, tmp_path: Path) -> None:
    refused = await run("backup", str(tmp_path / "night.backup"), CHUANGCHENG_DATABASE_URL=elsewhere)
    assert (refused.code, "数据库无法备份" in refused.err) == (1, True)
    assert names_in(tmp_path, "*backup*") == []


@pytest.mark.parametrize(
    "place", ["sqlite+aiosqlite:////nowhere/at/all.db", "postgresql+psycopg://nobody@127.0.0.1:1/none"]
)
async def test_a_place_that_cannot_be_reached_is_refused_in_a_sentence(
    run: Run, database: Database, tmp_path: Path, place: str
) -> None:
    moved = await run("move", "--to", place)
    restored = await run("restore", str(tmp_path / "night.backup"), CHUANGCHENG_DATABASE_URL=place)
    for refused in (moved, restored):
        assert (refused.code, "数据库无法使用" in refused.err, "Traceback" in refused.err) == (1, True, False)


async def test_each_night_has_one_backup_and_the_oldest_go(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", path_to_postgres())
    told: list[str] = []
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "chuangcheng-old.backup").write_text("somebody's own")
    left, begun = folder / ".backup-left", folder / ".backup-begun"
    for unfinished in (left, begun):
        unfinished.mkdir()
        (unfinished / "data").write_text("half of it")
    os.utime(left, (0, 0))
    clock = FixedClock(NOW)
    nights = NightlyBackups(database, clock, Campaign(), BackupFolder(folder, 2), _collect(told))
    for _ in range(3):
        await nights.look()
        first = names_in(folder)
        await nights.look()
        assert names_in(folder) == first
        clock.moment += timedelta(days=1)
    names = [
        ".backup-begun",
        "chuangcheng-20261216.backup",
        "chuangcheng-20261217.backup",
        "chuangcheng-old.backup",
    ]
    assert names_in(folder) == names
    assert told == []


def _collect(told: list[str]) -> Callable[[str, Text], None]:
    """What the office would be told, by its kind."""
    return lambda kind, _text: told.append(kind)


async def test_nights_of_a_clock_that_was_ahead_go_first(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", path_to_postgres())
    for name in ("chuangcheng-20280120.backup", "chuangcheng-20280121.backup"):
        (tmp_path / name).touch()
    nights = NightlyBackups(database, FixedClock(NOW), Campaign(), BackupFolder(tmp_path, 2), _collect([]))
    await nights.look()
    assert names_in(tmp_path, "*.backup") == ["chuangcheng-20261215.backup", "chuangcheng-20280121.backup"]


async def test_a_night_without_a_backup_is_told_and_tried_again(database: Database, tmp_path: Path) -> None:
    told: list[str] = []
    folder = BackupFolder(tmp_path / "not mounted", 2)
    nights = NightlyBackups(database, FixedClock(NOW), Campaign(), folder, _collect(told))
    for _ in range(2):
        with pytest.raises(BackupError):
            await nights.look()
    assert told == ["backup"] * 2
    none = NightlyBackups(database, FixedClock(NOW), Campaign(), BackupFolder(None, 2), _collect(told))
    assert await none.look() > 0
