"""Makes 1,000 overdue tasks among any number of open ones; the database itself writes them.

They stand evenly among the others or, in families, in eights side by side: of each eight the first may have
been broken down into the next four, so that half of all tasks are children.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import col

from models.db import Database, Session
from models.delivery.messages import Outbox
from models.nags import Nag, NagState
from models.people import Contact, ContactState, Unit
from models.tasks import Task, task_due
from rules.people.roles import Tier
from rules.tasks.task_lifecycle import TaskState
from services import calendar
from services.campaign import Campaign
from services.dry_run import PlannedMessage
from services.nags import nag_engine
from tests.support.turns import tick_for

DUE: Final = 1_000
UNITS: Final = 40
NOW: Final = datetime(2026, 12, 15, 1, 0, 20, tzinfo=UTC)
"""Twenty seconds past nine on a Tuesday in Shanghai."""
SLOT: Final = NOW.replace(second=0)
SEEN: Final = NOW - timedelta(hours=12)
DEADLINE: Final = date(2026, 12, 14)
LONG_AGO: Final = NOW - timedelta(days=30)
CAMPAIGN: Final = Campaign()
EIGHT: Final = 8
CHILDREN: Final = range(1, 5)
"""The places of the children in an eight."""


class Layout(StrEnum):
    """How the tasks stand: due ones evenly, or in eights, and these with children or without."""

    EVENLY = "evenly"
    EIGHTS = "eights"
    FAMILIES = "families"


def due_ids(total: int, layout: Layout = Layout.EVENLY) -> list[int]:
    """The ids of the due tasks."""
    if layout is Layout.EVENLY:
        return [total // DUE * number for number in range(1, DUE + 1)]
    apart = total // DUE * EIGHT
    return [first + place for first in range(1, total + 1, apart) for place in range(EIGHT)]


async def fill(database: Database, total: int, *, known: bool = True, layout: Layout = Layout.EVENLY) -> None:
    """Write 1,000 people in 40 units and their ``total`` open tasks; each has one overdue since yesterday.

    ``known`` False: no scan has to look at any of the tasks yet.
    """
    async with database.transaction() as session:
        units = [{"id": n, "name": f"第{n}街道", "tier": Tier.STREET} for n in range(1, UNITS + 1)]
        await session.execute(sa.insert(Unit), units)
        await session.execute(sa.insert(Contact), [_person(n) for n in range(1, DUE + 1)])
        await session.execute(_tasks(total, known, layout))
    async with database.engine.connect() as connection:
        outside = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await outside.exec_driver_sql("ANALYZE" if database.is_sqlite else "VACUUM (ANALYZE)")
    await settle(database)


def _person(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "unit_id": 1 + (number - 1) % UNITS,
        "name": f"第{number}人",
        "telegram_user_id": 6_200_000_000 + number,
        "state": ContactState.ENROLLED,
        "enrolled_at": LONG_AGO,
    }


def _tasks(total: int, known: bool, layout: Layout) -> sa.Insert:
    """``INSERT … SELECT`` of the tasks from a recursive query, which both databases have."""
    numbers = sa.select(sa.literal(1).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(sa.select(numbers.c.n + 1).where(numbers.c.n < total))
    n = numbers.c.n
    due, rank = _due(n, total // DUE, layout)
    person = sa.case((due, rank), else_=1 + n % DUE)
    moment = Task.__table__.c.next_nag_at.type  # type: ignore[attr-defined]  # what SQLModel makes of the class
    later = sa.case(*((n % 7 == k, _moment(NOW + timedelta(days=20 + k), moment)) for k in range(6)))
    later = sa.func.coalesce(later, _moment(NOW + timedelta(days=26), moment))
    values = {
        "id": n,
        "identity": sa.literal("bench:") + sa.cast(n, sa.String),
        "action": sa.literal("市容环境整治"),
        "objective": sa.literal("整治占道经营片区") + sa.cast(n, sa.String),
        "standard": sa.literal("达到创城标准，恢复原状，人走场清"),
        "deadline": sa.case((due, _day(DEADLINE)), else_=_day(date(2027, 6, 30))),
        "state": sa.literal(TaskState.IN_PROGRESS.value),
        "lead_unit_id": 1 + (person - 1) % UNITS,
        "responsible_person": sa.literal("第") + sa.cast(person, sa.String) + sa.literal("人"),
        "responsible_id": person,
        "next_nag_at": sa.case((due, _moment(SLOT, moment)), else_=later) if known else sa.null(),
    }
    if layout is Layout.FAMILIES:
        place = (n - 1) % EIGHT
        values["parent_id"] = sa.case((place.in_(CHILDREN), n - place), else_=sa.null())
    moments = {"assigned_at": LONG_AGO, "nagged_until": SEEN, "created_at": LONG_AGO, "updated_at": LONG_AGO}
    values |= {name: _moment(at, moment) for name, at in moments.items()}
    return sa.insert(Task).from_select(list(values), sa.select(*(v.label(k) for k, v in values.items())))


def _due(n: Any, step: int, layout: Layout) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[Any]]:
    """Whether the task with that number is due, and the number of its person, if it is."""
    if layout is Layout.EVENLY:
        return n % step == 0, n / step if step == 1 else sa.cast(n / step, sa.Integer)
    eight = (n - 1) // EIGHT
    return eight % step == 0, eight // step * EIGHT + (n - 1) % EIGHT + 1


def _moment(at: datetime, kind: Any) -> sa.ColumnElement[Any]:
    return sa.literal(at, kind)


def _day(day: date) -> sa.ColumnElement[Any]:
    return sa.literal(day, sa.Date)


async def settle(database: Database) -> None:
    """Finish the work that earlier writes left to the database, so that it does not happen meanwhile."""
    if database.is_sqlite:
        # The engine always begins a transaction, and within a transaction no checkpoint is possible.
        with closing(sqlite3.connect(str(database.url.database))) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return
    async with database.engine.connect() as connection:
        outside = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await outside.exec_driver_sql("VACUUM nag, outbox")
        await outside.exec_driver_sql("CHECKPOINT")


async def tick(database: Database, watch: Callable[[Session], None] = lambda _: None) -> list[PlannedMessage]:
    """Run one tick as the scheduler does, commit included."""
    async with database.transaction() as session:
        watch(session)
        campaign = await calendar.current_campaign(session, CAMPAIGN)
        return await nag_engine.tick(tick_for(session, NOW, campaign))


async def count_nags(database: Database) -> int:
    """How many nags the ticks have told."""
    async with database.reading() as session:
        told = sa.select(sa.func.count()).select_from(Nag).where(col(Nag.state) == NagState.TOLD)
        return int((await session.execute(told)).scalar_one())


async def take_back(database: Database, total: int, layout: Layout = Layout.EVENLY) -> None:
    """Put the database back as if there had been no tick."""
    async with database.transaction() as session:
        await session.execute(sa.delete(Nag))
        await session.execute(sa.delete(Outbox))
        await task_due.seen_to(session, [(one, SLOT) for one in due_ids(total, layout)], SEEN)
    await settle(database)
