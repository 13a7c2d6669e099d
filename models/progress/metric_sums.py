"""Sums that are kept beside the figures, so that no total has to read the history.

A row holds what counts under a metric for one unit in a day, in a month, or in all time. Whoever changes what
counts changes the rows in the same transaction, and holds the lock of the metric's task meanwhile: so nobody
else changes the same rows. A row without figures does not stay.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import groupby
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col

from models.columns import Amount, enum_type, scaled
from models.db import ColumnValues, Session, ident
from models.inserts import insert_into
from models.progress import Figure, ProgressReport, figures_that_count
from rules.progress.counted_periods import Span, day_of, first_day, moments_of, month_after

_SHORTER: Final = {Span.MONTH: Span.DAY, Span.ALL: Span.MONTH}


class MetricSum(SQLModel, table=True):
    """What counts under a metric for a unit in a span of time that begins with ``first_day``.

    ``figures``: how many there are; ``approximate``: how many of them are. ``first_figure``: the id of the
    first one. The day and the month of a figure are those of its report's ``counted_at`` in Beijing.
    """

    __tablename__ = "metric_sum"
    __table_args__ = (
        # Tallies read the rows of a span. SQLite keeps them by metric, so that those of a day lie far apart.
        # Here they lie together. PostgreSQL would write every row twice when an amount changes.
        sa.Index(
            "ix_metric_sum_of_span",
            *("span", "first_day", "unit_id", "metric_id"),
            *("amount", "figures", "approximate", "first_figure"),
        ).ddl_if(dialect="sqlite"),
        sa.Index("ix_metric_sum_span_first_day", "span", "first_day", "unit_id").ddl_if(dialect="postgresql"),
        {"sqlite_with_rowid": False},
    )

    metric_id: int = Field(foreign_key="metric.id", primary_key=True)
    unit_id: int = Field(foreign_key="unit.id", primary_key=True)
    span: Span = Field(sa_type=enum_type(Span, "sum_span"), primary_key=True)
    first_day: date = Field(primary_key=True)
    amount: Decimal = Field(sa_type=Amount)
    figures: int
    approximate: int
    first_figure: int


TABLE: Final[sa.Table] = MetricSum.__table__  # type: ignore[attr-defined]  # what SQLModel makes of the class
KEY: Final = ("metric_id", "unit_id", "span", "first_day")
_VALUES: Final = ("amount", "figures", "approximate", "first_figure")


def by_key(span: Span) -> sa.ColumnElement[bool]:
    """The rows of a span, for queries of few metrics, whose rows are to be found by their key.

    There is an index that begins with the span, and databases would take it; a value that is made of the
    span has no index.
    """
    return col(MetricSum.span).concat("") == span.value


async def add(session: Session, report: ProgressReport, fresh: Iterable[Figure]) -> None:
    """Count figures that were just written for the first time, of the report's present wording."""
    day = day_of(report.counted_at)
    rows = [
        {
            "metric_id": figure.metric_id,
            "unit_id": report.unit_id,
            "span": span,
            "first_day": first_day(span, day),
            "amount": figure.added,
            "figures": 1,
            "approximate": int(figure.approx),
            "first_figure": ident(figure),
        }
        for figure in fresh
        for span in Span
    ]
    await _write(session, rows, adding=True)


async def count_anew(session: Session, unit_id: int, days: Mapping[int, Collection[date]]) -> None:
    """Count what stands under these metrics for a unit on these days, in their months, and in all time."""
    asked = sorted((day, metric_id) for metric_id, some in days.items() for day in some)
    found: list[ColumnValues] = []
    for day, together in groupby(asked, key=lambda one: one[0]):
        query = counted_on(day, unit_id, [metric_id for _, metric_id in together])
        found += [dict(row) for row in (await session.execute(query)).mappings()]
    keys = {(metric_id, unit_id, Span.DAY, day) for day, metric_id in asked}
    await _replace(session, keys, found)
    for span in (Span.MONTH, Span.ALL):
        keys = {(metric_id, unit_id, span, first_day(span, day)) for metric_id, *_, day in keys}
        await _replace(session, keys, await _of_shorter(session, keys))


async def rebuild(session: Session, metric_ids: Collection[int]) -> None:
    """Count all that stands under these metrics, by whichever unit and whenever."""
    await session.flush()
    for metric_id in sorted(metric_ids):
        await session.execute(sa.delete(TABLE).where(TABLE.c.metric_id == metric_id))
        await _write(session, await standing_sums(session, metric_id))


async def standing_sums(session: Session, metric_id: int) -> list[ColumnValues]:
    """The rows of a metric as its figures give them, in the order of their keys."""
    day = _DAYS[session.get_bind().dialect.name]
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(col(ProgressReport.unit_id), day.label("day"), *_VALUES_OF_FIGURES)
        .join(Figure, figures_that_count())
        .where(col(Figure.metric_id) == metric_id)
        .group_by(col(ProgressReport.unit_id), day)
    )
    sums: dict[tuple[int, Span, date], ColumnValues] = {}
    for found in (await session.execute(query)).mappings():
        for span in Span:
            key = found["unit_id"], span, first_day(span, found["day"])
            begun = {
                "amount": Decimal(0),
                "figures": 0,
                "approximate": 0,
                "first_figure": found["first_figure"],
            }
            row = sums.setdefault(key, dict(zip(KEY, (metric_id, *key), strict=True)) | begun)
            row["amount"] += found["amount"]
            row["figures"] += found["figures"]
            row["approximate"] += int(found["approximate"])
            row["first_figure"] = min(row["first_figure"], found["first_figure"])
    return [sums[key] for key in sorted(sums)]


async def kept_sums(session: Session, metric_id: int) -> list[ColumnValues]:
    """The rows of a metric as they are kept, in the order of their keys."""
    query = sa.select(TABLE).where(TABLE.c.metric_id == metric_id)
    rows = [dict(row) for row in (await session.execute(query)).mappings()]
    return sorted(rows, key=lambda row: tuple(row[name] for name in KEY))


def counted_on(day: date, unit_id: int, metric_ids: Sequence[int]) -> sa.Select[*tuple[Any, ...]]:
    """The rows of one day."""
    moments = moments_of(day)
    key = (
        col(Figure.metric_id),
        sa.literal(unit_id).label("unit_id"),
        sa.literal(Span.DAY, TABLE.c.span.type).label("span"),
        sa.literal(day, sa.Date()).label("first_day"),
    )
    query: sa.Select[*tuple[Any, ...]] = sa.select(*key, *_VALUES_OF_FIGURES)
    return (
        query.join(ProgressReport, figures_that_count())
        .where(
            col(ProgressReport.unit_id) == unit_id,
            col(ProgressReport.counted_at) > moments.after,
            col(ProgressReport.counted_at) <= moments.until,
            # A unit has few reports on a day. A sum has no index, so nobody reads all figures of a metric.
            (col(Figure.metric_id) + 0).in_(metric_ids),
        )
        .group_by(col(Figure.metric_id))
    )


_VALUES_OF_FIGURES: Final = (
    sa.type_coerce(sa.func.sum(scaled(col(Figure.added))), Amount).label("amount"),
    sa.func.count().label("figures"),
    sa.func.sum(sa.case((col(Figure.approx).is_(True), 1), else_=0)).label("approximate"),
    sa.func.min(col(Figure.id)).label("first_figure"),
)
# The day in Beijing. SQLite would round the last half millisecond of a day up.
_DAYS: Final[dict[str, sa.ColumnElement[date]]] = {
    "sqlite": sa.literal_column("date(substr(progress_report.counted_at, 1, 19), '+8 hours')", sa.Date()),
    "postgresql": sa.literal_column(
        "((progress_report.counted_at AT TIME ZONE 'UTC') + interval '8 hours')::date", sa.Date()
    ),
}
_Key = tuple[int, int, Span, date]


async def _of_shorter(session: Session, keys: Collection[_Key]) -> list[ColumnValues]:
    """The rows of these keys, as the rows of the shorter span add up to them."""
    found: list[ColumnValues] = []
    for metric_id, unit_id, span, day in sorted(keys):
        query: sa.Select[*tuple[Any, ...]] = sa.select(
            *(
                sa.type_coerce(sa.func.sum(scaled(TABLE.c.amount)), Amount),
                sa.func.sum(TABLE.c.figures),
                sa.func.sum(TABLE.c.approximate),
                sa.func.min(TABLE.c.first_figure),
            )
        ).where(TABLE.c.metric_id == metric_id, TABLE.c.unit_id == unit_id, TABLE.c.span == _SHORTER[span])
        if span is Span.MONTH:
            query = query.where(TABLE.c.first_day >= day, TABLE.c.first_day < month_after(day))
        values: Sequence[Any] = (await session.execute(query)).one()
        if values[1]:
            row = (metric_id, unit_id, span, day, values[0], *map(int, values[1:]))
            found.append(dict(zip(KEY + _VALUES, row, strict=True)))
    return found


async def _replace(session: Session, keys: Collection[_Key], rows: Sequence[ColumnValues]) -> None:
    """Let exactly these rows stand under the keys."""
    left = set(keys) - {tuple(row[name] for name in KEY) for row in rows}
    for key in sorted(left):
        named = (TABLE.c[name] == value for name, value in zip(KEY, key, strict=True))
        await session.execute(sa.delete(TABLE).where(*named))
    await _write(session, rows)


async def _write(session: Session, rows: Sequence[ColumnValues], *, adding: bool = False) -> None:
    """Write rows in the order of their keys. One that is there gets the new values, or has them added."""
    if not rows:
        return
    await session.flush()
    ordered = sorted(rows, key=lambda row: tuple(row[name] for name in KEY))
    connection = await session.connection()
    await connection.execute(_upsert(session.get_bind().dialect.name, adding=adding), ordered)


@cache
def _upsert(dialect: str, *, adding: bool) -> Any:
    statement = insert_into(dialect, MetricSum)
    new, old = statement.excluded, TABLE.c
    values: dict[str, Any] = {name: new[name] for name in _VALUES}
    if adding:
        values = {name: old[name] + new[name] for name in ("figures", "approximate")}
        values["amount"] = sa.type_coerce(old.amount, sa.BigInteger) + sa.type_coerce(
            new.amount, sa.BigInteger
        )
        earlier = old.first_figure < new.first_figure
        values["first_figure"] = sa.case((earlier, old.first_figure), else_=new.first_figure)
    return statement.on_conflict_do_update(index_elements=list(KEY), set_=values)
