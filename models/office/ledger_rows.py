"""The rows of the ledger (台账), read some at a time: nothing holds a whole table."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import col

from models.activities import Activity
from models.cases import Case, CaseStep, OrderCase, SupervisionOrder
from models.columns import UtcDateTime
from models.db import Session
from models.delivery.messages import Outbox
from models.nags import Nag
from models.people import Contact
from models.progress import Figure, ProgressReport, figures_that_count
from models.tasks import Metric, Task

AT_ONCE: Final = 2_000
Rows = AsyncIterator[sa.RowMapping]
Query = sa.Select[*tuple[Any, ...]]


async def _by_key(session: Session, query: Query, key: Any) -> Rows:
    """The rows of a query, some at a time, in the order of the key, which is one of its columns."""
    last = 0
    while True:
        found = (await session.execute(query.where(key > last).order_by(key).limit(AT_ONCE))).mappings().all()
        for row in found:
            yield row
        if len(found) < AT_ONCE:
            return
        last = found[-1]["id"]


def _all_of(table: type[Any]) -> Query:
    return sa.select(*sa.inspect(table).local_table.columns)


def _within(moment: Any, since: datetime | None, until: datetime) -> list[sa.ColumnElement[bool]]:
    found = [moment <= sa.literal(until, UtcDateTime)]
    return found if since is None else [*found, moment > sa.literal(since, UtcDateTime)]


def tasks(session: Session) -> Rows:
    """All tasks, each with how many reports stand and when the last one came in."""
    stands = sa.and_(col(ProgressReport.task_id) == col(Task.id), col(ProgressReport.withdrawn).is_(False))
    count = sa.select(sa.func.count()).where(stands).scalar_subquery()
    last = sa.select(sa.func.max(col(ProgressReport.reported_at))).where(stands).scalar_subquery()
    query = _all_of(Task).add_columns(count.label("reports"), last.label("last_report"))
    return _by_key(session, query, col(Task.id))


def reports(session: Session, since: datetime | None, until: datetime) -> Rows:
    """All reports that count in (since, until], withdrawn ones among them."""
    query = _all_of(ProgressReport).where(*_within(col(ProgressReport.counted_at), since, until))
    return _by_key(session, query, col(ProgressReport.id))


def figures(session: Session, since: datetime | None, until: datetime) -> Rows:
    """The figures that count in (since, until], each with its report and its metric."""
    query: Query = (
        sa.select(
            col(Figure.id),
            col(ProgressReport.receipt_no),
            col(ProgressReport.counted_at),
            col(ProgressReport.unit_id),
            col(ProgressReport.task_id),
            col(Metric.item),
            col(Metric.unit).label("measure"),
            col(Figure.mode),
            col(Figure.stated),
            col(Figure.added),
            col(Figure.approx),
        )
        .join(ProgressReport, figures_that_count())
        .join(Metric, col(Metric.id) == col(Figure.metric_id))
        .where(*_within(col(ProgressReport.counted_at), since, until))
    )
    return _by_key(session, query, col(Figure.id))


async def cases(session: Session) -> AsyncIterator[Case]:
    """All cases."""
    last = 0
    while True:
        query = sa.select(Case).where(col(Case.id) > last).order_by(col(Case.id)).limit(AT_ONCE)
        found = (await session.execute(query)).scalars().all()
        for case in found:
            yield case
        if len(found) < AT_ONCE:
            return
        last = found[-1].id or 0
        session.expunge_all()


def steps(session: Session) -> Rows:
    """All steps of all cases, each with its case's number."""
    columns = (CaseStep.id, CaseStep.number, CaseStep.event, CaseStep.at, CaseStep.actor_id)
    query: Query = sa.select(
        *map(col, columns), col(CaseStep.unit_id), col(CaseStep.reason), col(Case.number).label("case_number")
    ).join(Case, col(Case.id) == col(CaseStep.case_id))
    return _by_key(session, query, col(CaseStep.id))


async def order_cases(session: Session) -> AsyncIterator[tuple[OrderCase, str, str | None]]:
    """All orders of cases, each with the case's number and the paper's, by case."""
    last, number = 0, 0
    while True:
        later = sa.or_(
            col(OrderCase.case_id) > last,
            sa.and_(col(OrderCase.case_id) == last, col(OrderCase.number) > number),
        )
        query: sa.Select[*tuple[Any, ...]] = (
            sa.select(OrderCase, col(Case.number), col(SupervisionOrder.number))
            .join(Case, col(Case.id) == col(OrderCase.case_id))
            .outerjoin(SupervisionOrder, col(SupervisionOrder.id) == col(OrderCase.order_id))
            .where(later)
            .order_by(col(OrderCase.case_id), col(OrderCase.number))
            .limit(AT_ONCE)
        )
        found: Sequence[Any] = (await session.execute(query)).all()
        for row in found:
            yield row[0], row[1], row[2]
        if len(found) < AT_ONCE:
            return
        last, number = found[-1][0].case_id, found[-1][0].number
        session.expunge_all()


def nags(session: Session, since: datetime | None, until: datetime) -> Rows:
    """All nags that were made in (since, until], each with what became of its message."""
    query = (
        _all_of(Nag)
        .add_columns(sa.func.coalesce(col(Outbox.state), col(Nag.delivery)).label("became"))
        .outerjoin(Outbox, col(Outbox.id) == col(Nag.outbox_id))
        .where(*_within(col(Nag.created_at), since, until))
    )
    return _by_key(session, query, col(Nag.id))


def people(session: Session) -> Rows:
    """All people, also those who have left."""
    return _by_key(session, _all_of(Contact), col(Contact.id))


def activities(session: Session, first: date | None, last: date | None) -> Rows:
    """The entries of the log about these days, whenever they were recorded. None: no bound."""
    query = _all_of(Activity)
    if first is not None:
        query = query.where(col(Activity.day) >= first)
    if last is not None:
        query = query.where(col(Activity.day) <= last)
    return _by_key(session, query, col(Activity.id))
