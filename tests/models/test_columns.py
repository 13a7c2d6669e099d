"""Column types: moments in UTC, exact quantities, and the later or earlier of two moments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import StatementError
from sqlmodel import col

from models.columns import AMOUNT_LIMIT, earlier_of, from_scaled, later_of
from models.db import Session
from models.ticks import TickMark
from tests.support.people import Roster
from tests.support.rows import Rows

pytestmark = pytest.mark.both_engines("migrations")

SHANGHAI = timezone(timedelta(hours=8))
NINE = datetime(2026, 12, 15, 9, tzinfo=SHANGHAI)
HOUR = timedelta(hours=1)


async def test_a_moment_comes_back_in_utc(session: Session, rows: Rows) -> None:
    mark = await rows.read(await rows.add(TickMark(name="tick", ran_at=NINE)))
    assert mark.ran_at == datetime(2026, 12, 15, 1, tzinfo=UTC)
    assert mark.ran_at.tzinfo is UTC


async def test_no_moment_stays_none(rows: Rows) -> None:
    assert (await rows.read(await rows.add(TickMark(name="tick")))).ran_at is None


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
async def test_the_zone_of_the_connection_changes_nothing(session: Session, rows: Rows) -> None:
    await session.execute(sa.text("SET LOCAL TIME ZONE 'Asia/Shanghai'"))
    mark = await rows.read(await rows.add(TickMark(name="tick", ran_at=NINE)))
    assert (mark.ran_at, mark.ran_at and mark.ran_at.tzinfo) == (NINE, UTC)


async def test_moments_of_two_zones_are_compared_as_moments(session: Session, rows: Rows) -> None:
    await rows.add(TickMark(name="tick", ran_at=datetime(2026, 12, 15, 1, tzinfo=UTC)))
    query = sa.select(col(TickMark.name)).where(col(TickMark.ran_at) < NINE + timedelta(seconds=1))
    assert (await session.execute(query)).scalars().all() == ["tick"]
    before = sa.select(col(TickMark.name)).where(col(TickMark.ran_at) < NINE)
    assert (await session.execute(before)).scalars().all() == []


LATER_AND_EARLIER = [
    pytest.param(NINE - HOUR, NINE, NINE - HOUR, id="the column is earlier"),
    pytest.param(NINE, NINE, NINE, id="the column is the same"),
    pytest.param(NINE + HOUR, NINE + HOUR, NINE, id="the column is later"),
    pytest.param(None, NINE, NINE, id="the column is empty"),
]


@pytest.mark.parametrize(("kept", "later", "earlier"), LATER_AND_EARLIER)
async def test_the_later_and_the_earlier_of_a_column_and_nine(
    session: Session, rows: Rows, kept: datetime | None, later: datetime, earlier: datetime
) -> None:
    await rows.add(TickMark(name="tick", ran_at=kept))
    query = sa.select(later_of(col(TickMark.ran_at), NINE), earlier_of(col(TickMark.ran_at), NINE))
    assert (await session.execute(query)).one() == (later, earlier)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("12", "12"),
        ("1200", "1200"),
        ("0.5", "0.5"),
        ("0.00005", "0.0001"),
        ("-0.00005", "-0.0001"),
        ("0.00004", "0"),
        ("899999999999999.9999", "899999999999999.9999"),
    ],
)
async def test_a_quantity_keeps_four_decimals(roster: Roster, rows: Rows, given: str, kept: str) -> None:
    task = await roster.task(await roster.unit("城管局"), "清理广告", None)
    task.target_value = Decimal(given)
    assert str((await rows.read(await rows.add(task))).target_value) == kept


async def test_a_quantity_beyond_the_limit_is_refused(roster: Roster, rows: Rows) -> None:
    task = await roster.task(await roster.unit("城管局"), "清理广告", None)
    task.target_value = -AMOUNT_LIMIT
    with pytest.raises(StatementError, match="quantity out of range"):
        await rows.add(task)


@pytest.mark.parametrize(("scaled", "text"), [(10_000, "1"), (1_000_000, "100"), (12_500, "1.25"), (0, "0")])
def test_scaled_quantities_have_no_trailing_zeros(scaled: int, text: str) -> None:
    assert str(from_scaled(scaled)) == text
