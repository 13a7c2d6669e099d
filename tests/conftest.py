"""Fixtures for all tests."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.actions import ANSWERS, check
from models.db import Database
from sandbox.client import SandboxClient
from sandbox.clock import SandboxClock
from sandbox.testing import RunningSandbox, running
from sandbox.world import World
from services import questions
from services.campaign import Campaign
from services.nags import nag_keeper
from services.nags.messages import nag_news
from services.views import ButtonSpec, kept_arguments
from tests.support.migrating import migrate
from tests.support.postgres import PostgresServer
from tests.support.processes import Forge

# A failing test shows what this process logged. Many tests cause errors on purpose, so the format is plain.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,
        structlog.processors.KeyValueRenderer(key_order=["level", "event"]),
    ]
)

# These plugins decide which test runs on which engine, how often it repeats what it does, and which need a
# browser.
pytest_plugins = ("tests.support.engines", "tests.support.repeats", "tests.support.browsers")

SHARED_FORGE = pytest.StashKey[Forge]()
# A Tuesday, 08:45 in Shanghai: between the brief and the nags.
NOW = datetime(2026, 12, 15, 0, 45, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep settings of the machine, ``.env`` files and data folders away from every test."""
    for name in list(os.environ):
        if name.startswith("CHUANGCHENG_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def _checked_buttons(monkeypatch: pytest.MonkeyPatch) -> None:
    """A button that would not bind is an error where it is made, in a promised message, too.

    In life it is checked when it is rendered, and a promised message goes out without it.
    """
    inner = ButtonSpec.__init__

    def make(self: ButtonSpec, *values: Any, **named: Any) -> None:
        inner(self, *values, **named)
        check(self)

    monkeypatch.setattr(ButtonSpec, "__init__", make)


@pytest.fixture(autouse=True)
def _checked_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    """A question whose answer would not bind is an error where it is asked; in life it is dropped."""
    ask = questions.ask

    async def checked(*where: Any, arguments: Mapping[str, object] | None = None, **when: Any) -> None:
        if where[3] != questions.PAPER:
            ANSWERS[where[3]].bind(kept_arguments(arguments or {}))
        await ask(*where, arguments=arguments, **when)

    monkeypatch.setattr(questions, "ask", checked)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real PostgreSQL for the whole run."""
    server = PostgresServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    asyncio.run(migrate(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_database(postgres: PostgresServer) -> str:
    postgres.create("migrated")
    asyncio.run(migrate(postgres.url("migrated")))
    return "migrated"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread the end-to-end tests over the run: they mostly wait, and other tests work meanwhile."""
    waiting = [item for item in items if "/e2e/" in item.path.as_posix()]
    working = [item for item in items if "/e2e/" not in item.path.as_posix()]
    step = len(working) // (len(waiting) + 1) + 1
    for place, item in enumerate(waiting):
        working.insert(place * (step + 1), item)
    items[:] = working


def pytest_sessionstart() -> None:
    gc.disable()  # nothing that is imported and collected goes


def pytest_collection_finish() -> None:
    """Freeze what is imported by now: it stays, so the garbage collector need not look at it again."""
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(50_000, 50, 100)


@pytest.fixture(scope="session")
def sqlite_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database file of a worker; its tests use it one after the other."""
    return tmp_path_factory.mktemp("database") / "chuangcheng.db"


@pytest.fixture
def sqlite_start(sqlite_template: Path) -> Path:
    """The file with which a test's database begins: empty, unless a folder has rows that its tests share."""
    return sqlite_template


@pytest.fixture
def database_url(request: pytest.FixtureRequest, engine: str) -> Iterator[str]:
    """The URL of a migrated database of its own, on each engine. It is empty but for ``sqlite_start``."""
    if engine == "sqlite":
        path: Path = request.getfixturevalue("sqlite_path")
        for old in path.parent.glob(f"{path.name}*"):
            old.unlink()  # with its journal; a process that has it open keeps the old file
        shutil.copy(request.getfixturevalue("sqlite_start"), path)
        yield f"sqlite+aiosqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = request.getfixturevalue("postgres_database")
    yield server.url(name)
    server.empty(name)


_engines: dict[str, AsyncEngine] = {}


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    # An engine compiles each statement once. The reused engine has compiled most of a test's statements.
    opened = Database(database_url, _engines.get(database_url))
    _engines[database_url] = opened.engine
    yield opened
    await opened.close()


@pytest.fixture
def campaign() -> Campaign:
    return Campaign()


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def colours_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rising colour waits for no others, for tests of the colours alone."""
    monkeypatch.setattr(nag_keeper, "GATHERED", timedelta.resolution)
    monkeypatch.setattr(nag_keeper, "SAME_HOUR", -timedelta.resolution)
    monkeypatch.setattr(nag_news, "RISING", frozenset())


@pytest.fixture
async def telegram(now: datetime) -> AsyncIterator[RunningSandbox]:
    """The sandbox with a clock that stands still at ``now``."""
    async with running(World(clock=SandboxClock(now))) as server:
        yield server


@pytest.fixture
def people(telegram: RunningSandbox) -> SandboxClient:
    """A client that acts for all people in the sandbox."""
    return telegram.client


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Let all workers of xdist share one fork server."""
    stash: pytest.Stash = node.config.stash
    if SHARED_FORGE not in stash:
        stash[SHARED_FORGE] = Forge()
    node.workerinput["forge"] = stash[SHARED_FORGE].path


def pytest_unconfigure(config: pytest.Config) -> None:
    if SHARED_FORGE in config.stash:
        config.stash[SHARED_FORGE].close()


@pytest.fixture(scope="session")
def forge(request: pytest.FixtureRequest) -> Iterator[Forge]:
    """A forge that starts the program's processes; all tests share its one slow start."""
    started = Forge(getattr(request.config, "workerinput", {}).get("forge"))
    yield started
    started.close()
