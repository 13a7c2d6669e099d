"""A database that is gone is not taken for a new one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bot.terminal import prefixed, sentence
from tests.support.processes import Forge


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("lose", [Path.unlink, empty])
async def test_a_database_that_is_gone_is_refused(forge: Forge, tmp_path: Path, lose: object) -> None:
    database = tmp_path / "campaign.db"
    env = prefixed(DATABASE_URL=f"sqlite+aiosqlite:///{database}")
    assert (await forge.run("tick", env=env)).code == 0
    assert callable(lose)
    lose(database)
    for command in ("tick", "run"):
        done = await forge.run(command, env=env)
        assert done.code == 1
        assert "run --new" in sentence(done)
    # Nothing answers at that address; what counts is that the database is made.
    done = await forge.run("run", "--new", env=env)
    assert "run --new" not in done.err
    assert database.stat().st_size > 0
    assert (await forge.run("tick", env=env)).code == 0
