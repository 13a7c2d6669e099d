"""Places to restore and to move to, and the commands on a test's own database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.testing import RunningSandbox
from tests.bot.backups.desk import Run, path_to_postgres
from tests.support.postgres import PostgresServer
from tests.support.processes import Done, Forge, settings_for


@pytest.fixture
def run(forge: Forge, telegram: RunningSandbox, database_url: str, tmp_path: Path) -> Run:
    """Run a command on the test's database, at the sandbox's time; ``more``: settings that differ."""
    folder = {"CHUANGCHENG_DATA_DIR": str(tmp_path)}
    settings = settings_for(telegram, database_url) | folder | {"PATH": path_to_postgres()}

    async def command(*arguments: str, **more: str) -> Done:
        return await forge.run(*arguments, env=settings | more)

    return command


@pytest.fixture
def elsewhere(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty place on the same engine."""
    with_server = engine == "postgres"
    yield from _place(with_server, "elsewhere", tmp_path, request)


@pytest.fixture
def other_engine(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty place on the other engine."""
    yield from _place(engine == "sqlite", "moved", tmp_path, request)


def _place(with_server: bool, name: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    if not with_server:
        yield f"sqlite+aiosqlite:///{folder / name}.db"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    server.create(name)
    yield server.url(name)
    server.drop(name)
