"""工作纪实: the entries of the activity log, with their numbers and files."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col, select

from models.columns import Amount, UtcDateTime, enum_type
from models.db import Session
from models.progress import EvidenceKind
from rules.activities.activity_kinds import ActivityKind


class Activity(SQLModel, table=True):
    """An entry of the activity log: what a unit did on a day beside the tasks.

    ``text`` is what was written, ``title`` what a list and the work report show of it. ``recorded_by`` None:
    the office at the command line. ``revision`` counts its wordings; the audit holds the earlier ones.
    ``withdrawn``: it was taken back, and stands in no list.
    """

    __tablename__ = "activity"
    __table_args__ = (
        sa.Index("ix_activity_day", "day", "id"),
        sa.Index("ix_activity_unit_day", "unit_id", "day", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(max_length=20, unique=True)
    kind: ActivityKind = Field(sa_type=enum_type(ActivityKind, "activity_kind"))
    day: date
    title: str = Field(max_length=200)
    text: str = Field(sa_type=sa.Text)
    unit_id: int = Field(foreign_key="unit.id")
    recorded_by: int | None = Field(default=None, foreign_key="contact.id")
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    revision: int = 1
    withdrawn: bool = False


class ActivityFigure(SQLModel, table=True):
    """A number of an entry's present wording: 参加人数 320人. It belongs to no metric, and adds to none.

    ``report_id``: it is the same work as that report, which counts it; the entry only refers to it.
    ``refused_to``: somebody has said that it is not the same work as any report up to this one, by id.
    """

    __tablename__ = "activity_figure"

    id: int | None = Field(default=None, primary_key=True)
    activity_id: int = Field(foreign_key="activity.id", index=True)
    item: str = Field(max_length=200)
    unit: str = Field(max_length=40)
    amount: Decimal = Field(sa_type=Amount)
    approx: bool = False
    report_id: int | None = Field(default=None, foreign_key="progress_report.id")
    refused_to: int | None = None


class ActivityFile(SQLModel, table=True):
    """A file of an entry. Telegram keeps it; only its ids are ours."""

    __tablename__ = "activity_file"

    id: int | None = Field(default=None, primary_key=True)
    activity_id: int = Field(foreign_key="activity.id", index=True)
    kind: EvidenceKind = Field(sa_type=enum_type(EvidenceKind, "activity_file_kind"))
    file_id: str = Field(max_length=255)
    file_unique_id: str = Field(max_length=64)
    file_name: str | None = Field(default=None, max_length=255)


async def activity_by_id(session: Session, activity_id: int, *, lock: bool = False) -> Activity | None:
    """The entry. ``lock``: nobody else changes it until the transaction ends."""
    query = select(Activity).where(Activity.id == activity_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return (await session.exec(query)).first()


async def activity_by_number(session: Session, number: str) -> Activity | None:
    return (await session.exec(select(Activity).where(Activity.number == number))).first()


async def figures_of(session: Session, activity_ids: Collection[int]) -> dict[int, list[ActivityFigure]]:
    """The numbers of each of these entries, in their order."""
    query = select(ActivityFigure).where(col(ActivityFigure.activity_id).in_(activity_ids))
    found: dict[int, list[ActivityFigure]] = {one: [] for one in activity_ids}
    for figure in await session.exec(query.order_by(col(ActivityFigure.id))):
        found[figure.activity_id].append(figure)
    return found


async def files_of(session: Session, activity_id: int) -> Sequence[ActivityFile]:
    query = select(ActivityFile).where(ActivityFile.activity_id == activity_id)
    return (await session.exec(query.order_by(col(ActivityFile.id)))).all()


async def between(
    session: Session, first: date, last: date, *, unit_ids: Collection[int] | None = None
) -> Sequence[Activity]:
    """The entries of these days that stand, of these units or of all, in the order of their days."""
    query = select(Activity).where(*_standing(first, last, unit_ids))
    return (await session.exec(query.order_by(col(Activity.day), col(Activity.id)))).all()


async def ever_between(session: Session, first: date, last: date) -> Sequence[Activity]:
    """All entries of these days, the last one first; those that were taken back come before all others."""
    query = select(Activity).where(col(Activity.day).between(first, last))
    order = (col(Activity.withdrawn).desc(), col(Activity.id).desc())
    return (await session.exec(query.order_by(*order))).all()


async def figures_between(
    session: Session, first: date, last: date, *, unit_ids: Collection[int] | None = None
) -> dict[int, list[ActivityFigure]]:
    """The numbers of the entries that ``between`` finds, by entry."""
    query = select(ActivityFigure).join(Activity, col(Activity.id) == col(ActivityFigure.activity_id))
    query = query.where(*_standing(first, last, unit_ids)).order_by(col(ActivityFigure.id))
    found: dict[int, list[ActivityFigure]] = {}
    for figure in await session.exec(query):
        found.setdefault(figure.activity_id, []).append(figure)
    return found


def _standing(first: date, last: date, unit_ids: Collection[int] | None) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = [col(Activity.day).between(first, last)]
    found.append(col(Activity.withdrawn).is_(False))
    if unit_ids is not None:
        found.append(col(Activity.unit_id).in_(unit_ids))
    return found


async def first_day(session: Session) -> date | None:
    """The day of the first entry that stands; None: there is none."""
    query = sa.select(sa.func.min(col(Activity.day))).where(col(Activity.withdrawn).is_(False))
    found: date | None = (await session.execute(query)).scalar_one()
    return found


async def replace_figures(session: Session, activity_id: int, figures: Sequence[ActivityFigure]) -> None:
    """Give an entry these numbers in place of those that it has."""
    await session.execute(sa.delete(ActivityFigure).where(col(ActivityFigure.activity_id) == activity_id))
    session.add_all(figures)


async def replace_files(session: Session, activity_id: int, files: Sequence[ActivityFile]) -> None:
    """Give an entry these files in place of those that it has."""
    await session.execute(sa.delete(ActivityFile).where(col(ActivityFile.activity_id) == activity_id))
    session.add_all(files)
