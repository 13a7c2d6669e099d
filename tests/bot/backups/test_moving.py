"""The move to another engine: all rows, their sums, and keys that go on."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlmodel import select

from bot.single_instance import instance_lock
from models.db import Database
from models.delivery.messages import Question
from services.campaign import Campaign
from tests.bot.backups.desk import (
    Run,
    begin_campaign,
    opened,
)
from tests.conftest import NOW
from tests.support.people import Roster


async def test_everything_moves_and_new_rows_follow(run: Run, database: Database, other_engine: str) -> None:
    await begin_campaign(database)
    async with database.transaction() as session:
        roster = Roster(session, NOW, Campaign())
        above = await roster.unit("甲")
        below = await roster.unit("乙")
        above.parent_id = below.id  # a row that refers to a later one
        session.add(above)
        odd = {"words": "一半\ud83d和\0" + "长" * 100_000}
        session.add(Question(user_id=1, chat_id=-(10**15), action="odd", arguments=odd, asked_at=NOW))
    moved = await run("move", "--to", other_engine, "--json")
    assert moved.code == 0, moved.err
    sums = moved.json()
    assert (sums["contact"]["rows"], sums["unit"]["rows"]) == (1, 3)
    async with opened(other_engine) as other, other.transaction() as session:
        again = await Roster(session, NOW, Campaign()).unit("丙")
        assert (again.id or 0) > 3
        (question,) = (await session.exec(select(Question))).all()
        assert question.arguments == odd
    refused = await run("move", "--to", other_engine)
    assert (refused.code, "恢复只能在" in refused.err) == (1, True)


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_what_the_other_engine_cannot_store_is_named(
    run: Run, database: Database, other_engine: str
) -> None:
    await begin_campaign(database)
    async with database.transaction() as session:
        await session.execute(sa.text("UPDATE contact SET name = '张' || char(0) || '三' WHERE id = 1"))
    refused = await run("move", "--to", other_engine)
    assert refused.code == 1
    assert "表 contact 第 1 行“name”" in refused.err
    async with database.transaction() as session:
        await session.execute(sa.text("UPDATE contact SET name = '张三' WHERE id = 1"))
    assert (await run("move", "--to", other_engine)).code == 0


async def test_nothing_moves_onto_itself(run: Run, database: Database, database_url: str) -> None:
    refused = await run("move", "--to", database_url)
    assert (refused.code, "恢复只能在" in refused.err) == (1, True)


async def test_a_database_in_use_is_neither_moved_nor_restored_to(
    run: Run, database: Database, elsewhere: str, other_engine: str, tmp_path: Path
) -> None:
    file = str(tmp_path / "night.backup")
    assert (await run("backup", file)).code == 0
    for used in (database.url, make_url(elsewhere)):
        lock = instance_lock(used)
        await lock.acquire()
        try:
            moved = await run("move", "--to", elsewhere if used != database.url else other_engine)
            restored = await run(
                "restore", str(tmp_path / "night.backup"), CHUANGCHENG_DATABASE_URL=str(used)
            )
        finally:
            await lock.release()
        for refused in (moved, restored):
            assert (refused.code, "另一个实例正在使用" in refused.err) == (1, True)


@pytest.mark.parametrize("address", ["", "mysql://x", "sqlite+aiosqlite://", "x.db"])
async def test_an_address_that_is_none_is_wrong_usage(run: Run, database: Database, address: str) -> None:
    refused = await run("move", "--to", address)
    assert refused.code == 2
    assert "CHUANGCHENG_DATABASE_URL" in refused.err
