"""What keeps a unit in use."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import SQLModel, col

from models.cases import Case, OrderCase
from models.cases.categories import Category, InspectionPoint
from models.columns import UtcDateTime
from models.db import Session
from models.drafts import Draft
from models.groups import GroupChat
from models.importing import IMPORTS, Job, JobState
from models.people import Contact, ContactState, Invitation, JoinRequest, JoinState, Unit
from models.progress import ProgressReport
from models.tasks import Task, TaskAssistingUnit
from rules.cases.case_facts import AppealState
from rules.cases.case_lifecycle import OPEN
from rules.tasks.task_lifecycle import OPEN_STATES


class UnitHold(StrEnum):
    """What keeps a unit in use: people who have not left, and whatever is not over.

    ``TASKS``: it leads or assists them. ``CASES``: it holds them, they are on its ground, or its appeal
    waits. ``IMPORTS``: a file is being written, and may name any unit.
    """

    PEOPLE = "people"
    UNITS = "units"
    TASKS = "tasks"
    CASES = "cases"
    ORDERS = "orders"
    CATEGORIES = "categories"
    POINTS = "points"
    GROUPS = "groups"
    DRAFTS = "drafts"
    JOINS = "joins"
    INVITATIONS = "invitations"
    IMPORTS = "imports"


_UNIT: Final = sa.bindparam("unit_id", type_=sa.Integer)
_IN_USE: Final = col(Unit.retired_at).is_(None)
_THERE: Final = col(Contact.state) != ContactState.LEFT


def _count(table: type[SQLModel], *where: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return sa.select(sa.func.count()).select_from(table).where(*where)


def _tasks() -> sa.Select[Any]:
    """Those that it leads, and those that it assists: each by an index of its own."""
    is_open = col(Task.state).in_(OPEN_STATES)
    leads = _count(Task, is_open, col(Task.lead_unit_id) == _UNIT)
    assists = _count(TaskAssistingUnit, col(TaskAssistingUnit.unit_id) == _UNIT).join(
        Task,
        sa.and_(col(Task.id) == col(TaskAssistingUnit.task_id), is_open, col(Task.lead_unit_id) != _UNIT),
    )
    return sa.select(leads.scalar_subquery() + assists.scalar_subquery())


def _drafts() -> sa.Select[Any]:
    """Half-made papers of its people, and those about its tasks, cases and reports, of anybody.

    It begins with the drafts, which are few.
    """
    about = sa.or_(
        *(
            col(one) == _UNIT
            for one in (Contact.unit_id, Task.lead_unit_id, Case.unit_id, ProgressReport.unit_id)
        )
    )
    drafts = sa.select(sa.func.count()).select_from(Draft)
    return (
        drafts.join(Contact, col(Contact.id) == col(Draft.contact_id))
        .outerjoin(Task, col(Task.id) == col(Draft.task_id))
        .outerjoin(Case, col(Case.id) == col(Draft.case_id))
        .outerjoin(ProgressReport, col(ProgressReport.id) == col(Draft.report_id))
        .where(about, _THERE)
    )


def _invitations() -> sa.Select[Any]:
    links = sa.select(sa.func.count()).select_from(Invitation)
    return links.join(Contact, col(Contact.id) == col(Invitation.contact_id)).where(
        col(Contact.unit_id) == _UNIT,
        col(Invitation.used_at).is_(None),
        col(Invitation.expires_at) > sa.bindparam("now", type_=UtcDateTime),
    )


_HOLDS: Final[Mapping[UnitHold, sa.Select[Any]]] = {
    UnitHold.PEOPLE: _count(Contact, col(Contact.unit_id) == _UNIT, _THERE),
    UnitHold.UNITS: _count(Unit, col(Unit.parent_id) == _UNIT, _IN_USE),
    UnitHold.TASKS: _tasks(),
    UnitHold.CASES: _count(
        Case,
        sa.or_(
            sa.and_(
                col(Case.state).in_(OPEN),
                sa.or_(col(Case.unit_id) == _UNIT, col(Case.place_unit_id) == _UNIT),
            ),
            sa.and_(col(Case.unit_id) == _UNIT, col(Case.appeal) == AppealState.ASKED),
        ),
    ),
    UnitHold.ORDERS: sa.select(sa.func.count(sa.distinct(col(OrderCase.order_id)))).where(
        col(OrderCase.unit_id) == _UNIT, col(OrderCase.ended_at).is_(None)
    ),
    UnitHold.CATEGORIES: _count(Category, col(Category.unit_id) == _UNIT, col(Category.active).is_(True)),
    UnitHold.POINTS: _count(
        InspectionPoint, col(InspectionPoint.unit_id) == _UNIT, col(InspectionPoint.active).is_(True)
    ),
    UnitHold.GROUPS: _count(GroupChat, col(GroupChat.unit_id) == _UNIT, col(GroupChat.active).is_(True)),
    UnitHold.DRAFTS: _drafts(),
    UnitHold.JOINS: _count(
        JoinRequest, col(JoinRequest.unit_id) == _UNIT, col(JoinRequest.state) == JoinState.PENDING
    ),
    UnitHold.INVITATIONS: _invitations(),
    UnitHold.IMPORTS: _count(Job, col(Job.state) == JobState.CONFIRMED, col(Job.kind).in_(IMPORTS)),
}
# One statement sees one moment: nothing can move from one count to another in between.
_ALL_HOLDS: Final = sa.select(*(count.scalar_subquery().label(hold) for hold, count in _HOLDS.items()))


async def holds_on(session: Session, unit_id: int, now: datetime) -> dict[UnitHold, int]:
    """How much of each kind keeps the unit in use; kinds of which there is nothing are left out."""
    row = (await session.execute(_ALL_HOLDS, {"unit_id": unit_id, "now": now})).mappings().one()
    return {hold: row[hold] for hold in UnitHold if row[hold]}
