"""Files of the program are for its user alone, also those that were there before."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.bot.terminal import prefixed
from tests.support.processes import Forge


def set_mode(path: Path, mode: int) -> None:
    path.touch()
    path.chmod(mode)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_a_new_database_and_its_folder_are_private(forge: Forge, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    done = await forge.run("tick", env=prefixed(DATA_DIR=str(folder)))
    assert done.code == 0, done.err
    assert mode_of(folder) == 0o700
    made = sorted(folder.iterdir())
    assert folder / "chuangcheng.db" in made
    assert {mode_of(path) for path in made} == {0o600}


async def test_what_others_could_read_is_closed(forge: Forge, tmp_path: Path) -> None:
    """A database elsewhere is closed, too. The folder there is not ours."""
    set_mode(tmp_path, 0o755)
    database = tmp_path / "other.db"
    env = prefixed(DATABASE_URL=f"sqlite+aiosqlite:///{database}")
    assert (await forge.run("tick", env=env)).code == 0
    lock = tmp_path / "other.db.lock"
    for path in (database, lock):
        set_mode(path, 0o644)
    done = await forge.run("tick", env=env)
    assert done.code == 0
    assert "others can look into the database's folder" in done.err
    assert (mode_of(database), mode_of(lock), mode_of(tmp_path)) == (0o600, 0o600, 0o755)


async def test_a_folder_that_is_for_everybody_stays_so(forge: Forge, tmp_path: Path) -> None:
    """As ``/tmp`` is: root may close it, and the whole machine would stop."""
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    done = await forge.run("tick", env=prefixed(DATA_DIR=str(shared)))
    assert done.code == 0, done.err
    assert stat.S_IMODE(shared.stat().st_mode) == 0o1777
    assert "others can look into the database's folder" in done.err
    assert mode_of(shared / "chuangcheng.db") == 0o600


@pytest.mark.parametrize(("mode", "warned"), [(0o640, True), (0o600, False)])
async def test_a_env_file_that_others_can_read_is_warned_of(
    forge: Forge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int, warned: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    env_file = tmp_path / ".env"
    env_file.write_text("CHUANGCHENG_LOG_LEVEL=INFO\n")
    env_file.chmod(mode)
    done = await forge.run("tick", env=prefixed(DATABASE_URL=f"sqlite+aiosqlite:///{tmp_path / 'a.db'}"))
    assert done.code == 0
    assert ("chmod 600 .env" in done.err) is warned
    assert mode_of(env_file) == mode, "who may read it is for its owner to say"
