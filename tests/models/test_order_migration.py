"""The migration that gives cases their orders makes of old steps what the program writes itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models.db import Database
from rules.cases.case_lifecycle import CaseEvent
from rules.people.roles import Role
from services.campaign import Campaign
from tests.support import releases
from tests.support.case_play import ORDERING, CasePlay
from tests.support.cases import CaseDesk
from tests.support.migrating import empty_at
from tests.support.people import Roster

pytestmark = pytest.mark.both_engines("migrations")

BEFORE, AFTER = "0018", "0019"
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture
async def old(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """A database of the release before, without rows."""
    async with empty_at(BEFORE, engine, tmp_path, request) as database:
        yield database


async def played(database: Database, now: datetime, campaign: Campaign) -> CasePlay:
    async with database.transaction() as session:
        roster = Roster(session, now, campaign)
        office = await roster.actor(await roster.unit("创城办"), "创城办工作人员", Role.OFFICE)
        units = []
        for name in ("城管局", "环卫局", "住建局"):
            unit = await roster.unit(name)
            units.append((unit, await roster.actor(unit, f"{name}联络员", Role.LIAISON)))
        desk = CaseDesk(session, now, campaign)
        play = CasePlay(desk, office, units, now, Random(3))  # noqa: S311  # the same play each time
        await play.report(8)
        await play.play(300)
    return play


async def rows_of(database: Database) -> Rows:
    async with database.engine.connect() as connection:
        found = await connection.run_sync(releases.rows_of)
    return {name: [dict(row) for row in rows] for name, rows in found.items()}


def as_before(rows: Rows) -> Rows:
    """The rows as the release before had them: of an order, the paper and its limit."""
    orders = [
        {"order_id": row["order_id"], "case_id": row["case_id"], "limit_at": row["first_limit_at"]}
        for row in rows["order_case"]
        if row["order_id"] is not None
    ]
    return rows | {"order_case": orders, "schema_release": []}


def insert(connection: Connection, rows: Rows) -> None:
    for table in releases.tables_of(connection):
        kept = [{key: row[key] for key in row if key in table.c} for row in rows[table.name]]
        if kept:
            connection.execute(sa.insert(table), kept)


async def test_old_steps_add_up_to_the_same_orders(
    database: Database, old: Database, now: datetime, campaign: Campaign
) -> None:
    play = await played(database, now, campaign)
    seen = (CaseEvent.SEND_BACK, CaseEvent.REASSIGN, CaseEvent.REOPEN, CaseEvent.REWORK, CaseEvent.EXTEND)
    assert all(play.taken[event] for event in (*seen, CaseEvent.RESUME, CaseEvent.GRANT_APPEAL))
    rows = await rows_of(database)
    async with old.engine.begin() as connection:
        await connection.run_sync(insert, as_before(rows))
        await connection.run_sync(releases.upgrade_to, AFTER)
    after = await rows_of(old)
    assert len(after["order_case"]) == sum(play.taken[event] for event in ORDERING) > 20
    assert {row["order_id"] is None for row in after["order_case"]} == {True, False}
    cases = {row["id"]: row for row in rows["problem_case"]}
    for row in rows["order_case"]:
        case = cases[row["case_id"]]
        # Of what was over, no step says by when the unit had to sign.
        if row["number"] < case["orders"] or case["unit_id"] is None:
            row["sign_by"] = None
    assert after["order_case"] == rows["order_case"]
    assert after["problem_case"] == rows["problem_case"]
