"""The file of the running numbers, and how a restore goes on behind it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from bot.backups import number_file
from models import numbers
from models.db import Database
from models.numbers import SKIPPED
from sandbox.client import SandboxClient
from tests.bot.backups.desk import (
    ORDERS,
    RECEIPTS,
    Run,
    back_up,
    begin_campaign,
    opened,
)


async def _give(database: Database, *names: str) -> list[int]:
    async with database.transaction() as session:
        return [await numbers.next_number(session, name) for name in names]


async def test_the_file_has_each_number_before_it_is_committed(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "numbers"
    await _give(database, "order:2026")
    await number_file.NumberFile(path).follow(database)
    await _give(database, "order:2026", "order:2026", "receipt/20261215")
    assert number_file.read(path) == {"order:2026": 3, "receipt/20261215": 1}
    database.keep_numbers = _fails
    with pytest.raises(OSError, match="disk"):
        await _give(database, "order:2026")
    database.keep_numbers = None
    assert await _give(database, "order:2026") == [4]


async def _fails(_given: object) -> None:
    raise OSError("disk full")


async def test_a_file_that_cannot_be_written_is_none(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "gone" / "numbers"
    path.parent.mkdir()
    await number_file.NumberFile(path).follow(database)
    await _give(database, "order:2026")
    assert path.exists()
    path.with_name("numbers.part").mkdir()  # what is written first cannot be written
    assert await _give(database, "order:2026") == [2]
    assert number_file.read(path) is None
    path.with_name("numbers.part").rmdir()
    await _give(database, "order:2026")
    database.keep_numbers = None
    assert number_file.read(path) == {"order:2026": 3}


@pytest.mark.parametrize("content", ["", "{", "[]", '{"order:2026": "x"}'])
def test_a_spoilt_file_of_numbers_is_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "numbers"
    path.write_text(content)
    assert number_file.read(path) is None


@pytest.mark.parametrize("number", ["-1", "100000", "23号"])
async def test_a_number_that_cannot_be_is_wrong_usage(run: Run, tmp_path: Path, number: str) -> None:
    refused = await run("restore", str(tmp_path / "none"), "--last-order", number)
    assert (refused.code, "--last-order" in refused.err) == (2, True)


@pytest.mark.parametrize(
    ("kept", "told", "order"),
    [
        ({ORDERS: 31, RECEIPTS: 9}, [], 31),
        ({ORDERS: 31, RECEIPTS: 9}, ["--last-order", "23"], 31),
        ({ORDERS: 31, RECEIPTS: 9}, ["--last-order", "40"], 40),
        ({ORDERS: 19, RECEIPTS: 9}, [], 20 + SKIPPED),
    ],
)
async def test_numbers_go_on_behind_the_file_unless_it_is_older_than_the_backup(
    run: Run,
    people: SandboxClient,
    database: Database,
    elsewhere: str,
    tmp_path: Path,
    kept: dict[str, int],
    told: list[str],
    order: int,
) -> None:
    await begin_campaign(database)
    file = tmp_path / "night.backup"
    await back_up(run, people, file)
    beside = make_url(elsewhere).database if database.is_sqlite else None
    path = tmp_path / "numbers" if beside is None else Path(f"{beside}.numbers")
    path.write_text(json.dumps(kept))  # one small file
    assert (await run("restore", str(file), *told, CHUANGCHENG_DATABASE_URL=elsewhere)).code == 0
    async with opened(elsewhere) as other, other.reading() as session:
        assert (await numbers.given(session))[ORDERS] == order
