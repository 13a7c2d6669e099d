"""The contract of all commands: exit codes, one sentence, one document, no secret, no traceback."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

from models.db import Database
from models.upgrade import HEAD, upgrade
from sandbox.testing import RunningSandbox
from tests.bot.terminal import PASSWORD, TOKEN, Here, prefixed, sentence
from tests.support.postgres import PostgresServer, free_port
from tests.support.processes import ROOT, Done, Forge, settings_for
from tests.support.releases import snapshot

_numbers = count(1)


# -- wrong usage and wrong settings --------------------------------------------------------------------

WRONG_SETTINGS = {
    "DATABASE_URL": f"mysql://user:{PASSWORD}@host/name",
    "TIMEZONE": "Mars/Olympus_Mons",
    "LOCALE": "xx",
    "LOG_LEVEL": "LOUD",
    "NAG_TIME": "21:30",
    "API_BASE_URL": "ftp://host/bot",
    "PACE_PER_SECOND": "31",
}


COMMANDS = (
    ("tick",),
    ("tick", "--json"),
    ("import-roster", "x.xlsx"),
    ("import-tasks", "x.xlsx"),
    ("import-calendar", "x.xlsx"),
    ("invite",),
    ("run",),
)


def refused_for(name: str, done: Done) -> None:
    """Check that a wrong setting gives exit code 2 and one sentence."""
    assert (done.code, done.out) == (2, "")
    assert sentence(done).startswith(f"CHUANGCHENG_{name}: ")


@pytest.mark.parametrize(("name", "value"), WRONG_SETTINGS.items())
@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_wrong_setting_is_exit_2(here: Here, arguments: tuple[str, ...], name: str, value: str) -> None:
    refused_for(name, here(*arguments, **{"BOT_TOKEN": TOKEN, name: value}))


@pytest.mark.parametrize(("name", "value"), WRONG_SETTINGS.items())
def test_the_demo_says_so_too(here: Here, name: str, value: str) -> None:
    refused_for(name, here("demo", **{name: value}))


@pytest.mark.parametrize("arguments", [("tick", "--json"), ("run",), ("demo",)], ids=" ".join)
async def test_a_process_says_so_too(forge: Forge, arguments: tuple[str, ...]) -> None:
    name = "DATABASE_URL"
    refused_for(name, await forge.run(*arguments, env=prefixed(**{name: WRONG_SETTINGS[name]})))


@pytest.mark.parametrize("url", [f"postgresql+psycopg://u:{PASSWORD}@host:port/name", "sqlite+aiosqlite://"])
def test_an_address_of_no_database(here: Here, url: str) -> None:
    refused_for("DATABASE_URL", here("tick", DATABASE_URL=url))


@pytest.mark.parametrize("command", ["run", "invite"])
@pytest.mark.parametrize("token", ["", "open-sesame", f"1234:{PASSWORD}"])
def test_a_missing_or_malformed_token_is_exit_2(here: Here, command: str, token: str) -> None:
    done = here(command, BOT_TOKEN=token)
    assert (done.code, done.out) == (2, "")
    assert sentence(done).startswith("CHUANGCHENG_BOT_TOKEN ")


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("tick", "--at", "soon"), "时间“soon”无法识别"),
        (("tick", "--at", "2026-13-01T09:00"), "无法识别"),
        (("tick", "--at", "9999-12-31T23:59", "--dry-run"), "无法识别"),
        (("tick", "--at", "0001-01-01T00:00+14:00"), "无法识别"),
        (("tick", "--at", "2199-12-18T09:00+08:00"), "只能加 --dry-run 预演"),
        (("import-tasks", "x.xlsx", "--today", "18.12.2026"), "日期“18.12.2026”无法识别"),
        (("run", "--clock", "http://127.0.0.1:9/clock"), "回环地址"),
    ],
)
def test_wrong_usage_is_exit_2(here: Here, arguments: tuple[str, ...], part: str) -> None:
    done = here(*arguments, BOT_TOKEN=TOKEN)
    assert (done.code, done.out) == (2, "")
    assert part in sentence(done)


async def test_a_simulated_clock_needs_a_loopback_address(forge: Forge) -> None:
    env = prefixed(BOT_TOKEN=TOKEN, API_BASE_URL="http://127.0.0.1:9/bot")
    done = await forge.run("run", "--clock", "http://192.0.2.1/clock", env=env)
    assert (done.code, done.out) == (2, "")
    assert "回环地址" in sentence(done)


UNKNOWN_WORDS = [
    (("nonsense",), "No such command"),
    (("tick", "--nonsense"), "No such option: --nonsense"),
    (("invite", "--name"), "requires an argument"),
    (("import-tasks",), "Missing argument"),
    (("import-roster", "a.xlsx", "b.xlsx"), "unexpected extra argument"),
    (("quantities",), "Missing argument"),
]


@pytest.mark.parametrize(("arguments", "part"), UNKNOWN_WORDS)
def test_unknown_words_are_exit_2(here: Here, arguments: tuple[str, ...], part: str) -> None:
    unknown(here(*arguments), part)


async def test_unknown_words_to_a_process(forge: Forge) -> None:
    arguments, part = UNKNOWN_WORDS[0]
    unknown(await forge.run(*arguments, env={}), part)


def unknown(done: Done, part: str) -> None:
    assert (done.code, done.out) == (2, "")
    assert part in done.err
    assert "Traceback" not in done.err


# -- the database ---------------------------------------------------------------------------------------


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, engine: str, tmp_path: Path) -> str:
    """The URL of an empty database on each engine; for SQLite, not even the file exists."""
    if engine == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'new.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    name = f"empty_{next(_numbers)}"
    server.create(name)
    return server.url(name)


@pytest.mark.both_engines("migrations")
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("tick", "--json"), 0),
        (("tick", "--dry-run", "--at", "2026-12-18T09:00+08:00"), 0),
        (("import-roster", "missing.xlsx"), 2),
        (("import-tasks", "missing.xlsx"), 2),
        (("import-calendar", "missing.xlsx"), 2),
        (("invite",), 1),
        (("run",), 1),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
async def test_every_command_brings_an_empty_database_up_to_date(
    forge: Forge, empty_url: str, telegram: RunningSandbox, arguments: tuple[str, ...], code: int
) -> None:
    env = settings_for(telegram, empty_url, BOT_TOKEN=TOKEN)  # the sandbox does not know this token
    done = await forge.run(*arguments, env=env)
    assert done.code == code, done.err
    if code:
        sentence(done)
    database = Database(empty_url)
    async with database.reading() as session:
        versions = await session.execute(sa.text("SELECT version_num FROM alembic_version"))
        assert versions.scalars().all() == [HEAD]
    await database.close()


async def _stamp(url: str, revision: str) -> None:
    """Make a database that another release left; its SQLite file is like a backup, without WAL."""
    database = Database(url)
    await upgrade(database)
    async with database.engine.begin() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = :to"), {"to": revision})
    await database.close()
    if database.is_sqlite:
        with closing(sqlite3.connect(database.url.database or "")) as plain:
            plain.execute("PRAGMA journal_mode=DELETE")


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


async def _held(url: str, folder: Path) -> object:
    """The bytes of every file in ``folder``, or for PostgreSQL all that the database holds."""
    database = Database(url)
    if database.is_sqlite:
        return _files(folder)
    async with database.engine.connect() as connection:
        found = await connection.run_sync(snapshot)
    await database.close()
    return found


@pytest.mark.parametrize("arguments", [("run",), ("tick", "--json")], ids=" ".join)
async def test_a_database_of_another_release_is_exit_1_and_left_alone(
    forge: Forge, empty_url: str, telegram: RunningSandbox, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    await _stamp(empty_url, "0099_later")
    before = await _held(empty_url, tmp_path)
    said = {"zh": "“0099_later”，本程序不认识", "en": "“0099_later”, which this program does not know"}
    for locale, part in said.items():
        done = await forge.run(*arguments, env=settings_for(telegram, empty_url, LOCALE=locale))
        assert (done.code, done.out) == (1, "")
        assert part in sentence(done)
    assert await _held(empty_url, tmp_path) == before


@pytest.mark.parametrize("level", ["INFO", "DEBUG"])
async def test_a_database_that_cannot_be_reached_is_exit_1(forge: Forge, level: str) -> None:
    url = f"postgresql+psycopg://user:{PASSWORD}@127.0.0.1:{free_port()}/name"
    done = await forge.run("tick", "--json", env=prefixed(DATABASE_URL=url, LOG_LEVEL=level))
    assert (done.code, done.out) == (1, "")
    assert "CHUANGCHENG_DATABASE_URL" in sentence(done)


async def test_a_database_that_refuses_us_is_exit_1(forge: Forge, postgres: PostgresServer) -> None:
    url = postgres.url("there_is_none").replace("test@", f"test:{PASSWORD}@")
    done = await forge.run("tick", "--json", env=prefixed(DATABASE_URL=url, LOG_LEVEL="DEBUG"))
    assert (done.code, done.out) == (1, "")
    assert "CHUANGCHENG_DATABASE_URL" in sentence(done)


async def test_a_file_that_is_no_database_is_exit_1_and_left_alone(forge: Forge, tmp_path: Path) -> None:
    content = b"my only copy of the report\n" * 100
    (tmp_path / "report.txt").write_bytes(content)
    done = await forge.run("tick", env=prefixed(DATABASE_URL="sqlite+aiosqlite:///report.txt"))
    assert (done.code, done.out) == (1, "")
    assert "CHUANGCHENG_DATABASE_URL" in sentence(done)
    assert (tmp_path / "report.txt").read_bytes() == content


# -- quantities ----------------------------------------------------------------------------------------


HEAVY = {"alembic", "docx", "httpx", "openpyxl", "pydantic_settings", "sqlalchemy", "structlog", "telegram"}


def test_quantities_needs_no_settings_makes_no_file_and_imports_nothing_heavy(tmp_path: Path) -> None:
    """The command runs in its own process, as the console script starts it."""
    (tmp_path / ".env").write_bytes(b"\xff\xfe CHUANGCHENG_LOCALE=\x00")
    before = sorted(tmp_path.iterdir())
    program = (
        "import sys\nfrom bot.cli import main\n"
        "try:\n    main()\nexcept SystemExit as ended:\n    assert not ended.code, ended.code\n"
        f"heavy = {HEAVY!r}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    garbage = prefixed(**WRONG_SETTINGS, BOT_TOKEN="nonsense", DATA_DIR="/dev/null/x")
    done = subprocess.run(  # noqa: S603  # our own arguments
        [sys.executable, "-c", program, "quantities", "清理违规广告牌匾576处，清理野广告11.6万张"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1", **garbage},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "[]\n")
    assert json.loads(done.stdout) == [
        {"item": "清理违规广告牌匾", "value": 576, "unit": "处", "approx": False},
        {"item": "清理野广告", "value": 116000, "unit": "张", "approx": False},
    ]
    assert sorted(tmp_path.iterdir()) == before


async def test_quantities_of_a_sentence_without_any(forge: Forge) -> None:
    done = await forge.run("quantities", "12月18日召开百日会战部署会", env={})
    assert (done.code, done.out, done.err) == (0, "[]\n", "")
