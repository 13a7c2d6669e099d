"""Lines below others that go back: mended and sent alone, they still name the tasks above them."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlmodel import col, select

from models.db import Database
from models.delivery.messages import Outbox
from models.importing import JobState, content_of
from services.campaign import Campaign
from services.views import View
from tests.services.importing.builders import workbook
from tests.services.importing.family_desk import (
    ABOVE,
    BUREAU,
    CLEAN,
    NORTH,
    SOUTH,
    STREET,
    WEST,
    FamilyDesk,
    file,
    line,
    parent,
    short_line,
)


@pytest.fixture
async def desk(database: Database, campaign: Campaign, now: datetime) -> FamilyDesk:
    return await FamilyDesk(database, campaign, now).set_up()


async def returned(desk: FamilyDesk) -> list[list[Any]]:
    """The rows of the last sheet that went back, its header first."""
    async with desk.database.reading() as session:
        rows = await session.exec(select(Outbox).order_by(col(Outbox.id)))
        files = [one for row in rows for one in View.from_json(row.content).files]
        content = await content_of(session, files[-1].stored_id or 0)
    assert content is not None
    return [list(row) for row in load_workbook(io.BytesIO(content)).worksheets[0].values]


def cells(rows: list[list[Any]], label: str) -> list[Any]:
    at = rows[0].index(label)
    return [row[at] for row in rows[1:]]


def mended(rows: list[list[Any]], **changes: Any) -> bytes:
    """The returned sheet with other values in these columns of its first line."""
    for label, value in changes.items():
        rows[1][rows[0].index(label)] = value
    return workbook(rows)


async def send(desk: FamilyDesk, *rows: Mapping[str, Any]) -> list[list[Any]]:
    """Import what can be imported; what goes back."""
    await desk.import_(file(*rows))
    return await returned(desk)


async def test_a_number_becomes_a_name_where_its_line_does_not_come_along(desk: FamilyDesk) -> None:
    rows = [parent(), short_line(2, WEST, 1, 责任人=None), short_line(3, NORTH, 1)]
    back = await send(desk, *rows)
    assert (cells(back, "上级任务"), cells(back, "责任单位")) == ([ABOVE], [WEST])
    assert cells(back, "退回原因") == ["原第 3 行：没有填写责任人"]
    await desk.import_(mended(back, 责任人=f"{WEST}责任人"))
    assert await desk.families() == {BUREAU: None, NORTH: BUREAU, WEST: BUREAU}


async def test_a_number_stays_where_its_line_comes_along(desk: FamilyDesk) -> None:
    job_id = await desk.read(file(parent(责任人=None), short_line(2, WEST, 1), short_line(3, NORTH, 1)))
    assert (await desk.job(job_id)).state is JobState.DONE
    back = await returned(desk)
    assert cells(back, "上级任务") == [None, 1, 1]
    assert cells(back, "退回原因")[1:] == [
        f"原第 {row} 行：上级任务（第 2 行）已退回，请一并修改后发回" for row in (3, 4)
    ]
    await desk.import_(mended(back, 责任人=f"{BUREAU}责任人"))
    assert await desk.families() == {BUREAU: None, WEST: BUREAU, NORTH: BUREAU}


async def test_as_above_is_written_out(desk: FamilyDesk) -> None:
    rows = [parent(), short_line(2, WEST, 1), short_line(3, NORTH, "同上", 责任人=None)]
    assert cells(await send(desk, *rows), "上级任务") == [ABOVE]


async def test_what_names_no_task_stays_as_it_was_written(desk: FamilyDesk) -> None:
    assert cells(await send(desk, parent(), line(2, WEST, "别的任务")), "上级任务") == ["别的任务"]


async def test_a_line_that_stands_wrongly_below_another_names_it(desk: FamilyDesk) -> None:
    back = await send(desk, line(1, STREET), line(2, SOUTH, 1))
    assert cells(back, "上级任务") == [f"{CLEAN}（{STREET}）"]
    assert f"“{SOUTH}”既不是“{STREET}”的下级单位" in cells(back, "退回原因")[0]
