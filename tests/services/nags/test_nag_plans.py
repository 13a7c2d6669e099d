"""The queries of a nag tick use indexes on both databases, however many nags there are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col

from models import nags
from models.db import Database
from models.delivery.messages import Outbox
from models.nags import BELOW, Nag, NagReason, NagState, changed_subjects, nag_views
from models.nags.pushes import pushes_since
from models.people import Unit
from models.tasks import Task, child_duties, task_due
from rules.delivery.delivery import MessageKind
from rules.nags.levels import Level
from rules.nags.policy import DutyKind
from rules.tasks.task_lifecycle import TaskState
from services import outbox
from services.campaign import Campaign
from services.views import say
from tests.support.people import Roster
from tests.support.plans import Ask, analyse, plan_of

pytestmark = pytest.mark.both_engines("query plans")

MANY, DUE = 3_000, 10


@pytest.fixture
async def contact_ids(database: Database, now: datetime, campaign: Campaign) -> list[int]:
    """The ids of ten people who have 3,000 tasks, ten of them due, and as many nags, ten of them waiting."""
    async with database.transaction() as session:
        roster = Roster(session, now, campaign)
        unit = await roster.unit("城管局")
        people = [await roster.contact(unit, f"第{n}人") for n in range(DUE)]
        ids = [contact.id or 0 for contact in people]
        await session.execute(sa.insert(Task), [_task(n, unit, now) for n in range(MANY)])
        first = (await session.execute(sa.select(sa.func.min(col(Task.id))))).scalar() or 0
        view = say("nags.nobody")
        await outbox.enqueue(session, MessageKind.NAG, "bench", view, now=now, contact=people[0])
        sent = (await session.execute(sa.select(col(Outbox.id)))).scalar()
        rows = [_nag(n, first + n, ids[n % DUE], now) for n in range(MANY)]
        await session.execute(
            sa.insert(Nag), [row | {"outbox_id": row["settled_at"] and sent} for row in rows]
        )
    await analyse(database)
    return ids


def _task(number: int, unit: Unit, now: datetime) -> dict[str, Any]:
    at = now - timedelta(minutes=1) if number % (MANY // DUE) == 0 else now + timedelta(days=number % 30 + 1)
    moments = dict.fromkeys(("assigned_at", "nagged_until", "created_at", "updated_at"), now)
    return {
        "identity": f"{number:064d}",
        "action": "市容环境整治",
        "objective": f"整治第{number}片区",
        "standard": "达到创城标准",
        "deadline": date(2026, 12, 31),
        "lead_unit_id": unit.id,
        "responsible_person": "某某",
        "state": TaskState.IN_PROGRESS,
        "next_nag_at": at,
        **moments,
    }


def _nag(number: int, task_id: int, contact_id: int, now: datetime) -> dict[str, Any]:
    waits = number % (MANY // DUE) == 0
    at = now - timedelta(minutes=number)
    return {
        "key": f"bench:{number}",
        "kind": DutyKind.TASK,
        "subject": "task",
        "subject_id": task_id,
        "cycle": "2026-12-31",
        "slot": "2026-12-15/nag",
        "rung": "working_day:1",
        "level": Level.RESPONSIBLE,
        "contact_id": contact_id,
        "state": NagState.WAITING if waits else NagState.TOLD,
        "reason": NagReason.RELEASE if waits else None,
        "due_at": at,
        "hold_until": None if number % (2 * MANY // DUE) else at,
        "exempt": False,
        "skipped": 0,
        "policy": 0,
        "created_at": at,
        "settled_at": None if waits else at,
    }


def questions(contact_ids: Sequence[int], now: datetime) -> list[tuple[str, Ask]]:
    """The questions of a tick, each with the index that answers it."""
    return [
        ("ix_task_due", lambda session: task_due.due_for_nag(session, now, 1_000)),
        ("ix_task_due", task_due.next_look),
        ("ix_nag_waiting", nags.next_ready),
        ("ix_nag_waiting", lambda session: nags.ready(session, now, 400)),
        ("ix_nag", lambda session: nags.ready_for(session, contact_ids[:3], now)),
        ("ix_nag_waiting", nags.to_release),
        ("ix_nag", lambda session: nags.going_along(session, contact_ids[:3], now, now + timedelta(hours=1))),
        ("ix_nag_created", lambda session: nags.of_day(session, now - timedelta(hours=1), now, ["task"])),
        ("ix_nag_created", lambda s: nag_views.heard_in_place(s, now - timedelta(hours=1), now, ["task"])),
        ("ix_nag_about", lambda session: nag_views.records(session, ("task", 1), (BELOW, 1))),
        ("ix_nag_about", lambda s: nag_views.told_of(s, {("task", 1), (BELOW, 2)}, now - timedelta(days=1))),
        ("ix_task_children", lambda s: child_duties.nagged_children(s, [1, 2])),
        ("ix_task_children", lambda s: child_duties.settle_above(s, 1, now)),
        ("ix_nag_contact_settled", lambda s: pushes_since(s, contact_ids[:3], now - timedelta(hours=9))),
    ]


async def test_plans(database: Database, contact_ids: list[int], now: datetime) -> None:
    unaided = sa.select(col(Task.id)).where(col(Task.remark) == "")
    assert "ix_" not in await plan_of(database, lambda s: s.execute(unaided)), "no index is noticed"
    for index, ask in questions(contact_ids, now):
        found = await plan_of(database, ask)
        assert index in found, found


async def test_what_changed_reads_no_table_of_tasks(database: Database, contact_ids: list[int]) -> None:
    """Each row of the audit leads to its task by the key."""
    found = await plan_of(database, lambda session: changed_subjects.what_changed(session, [1, 2, 3]))
    assert not re.search(r"SCAN task\b|Seq Scan on task\b", found), found
