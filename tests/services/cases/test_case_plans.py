"""The queries behind lists, figures and the search for duplicates use their indexes on both databases.

With few rows a database rightly reads the whole table. So there are thousands here, most of them closed, and
both databases have analysed them (ANALYZE).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col

from models.cases import Case, case_due, case_lists, case_search, case_standing, case_sums
from models.cases.case_lists import CaseListFilter
from models.cases.counted import CASES, ORDERS, WAITING, Basis, CountedCases, FigureSpan
from models.db import Database, Session
from rules.cases import geo
from rules.cases.case_figures import CaseCount, FigureBreakdown
from rules.cases.case_parts import CaseListPart
from services.campaign import Campaign
from tests.support.many_cases import CENTRE, Town, fill, make_town
from tests.support.plans import analyse, plan_of

pytestmark = pytest.mark.both_engines("query plans")

OPENED, CLOSED = 600, 5_000
TABLES = ("problem_case", "order_case")


@pytest.fixture
async def town(database: Database, now: datetime, campaign: Campaign) -> Town:
    async with database.transaction() as session:
        made = await make_town(session, now, campaign)
        await fill(session, made, now, opened=OPENED, closed=CLOSED)
    await analyse(database)
    return made


@pytest.fixture
async def reader(database: Database, town: Town) -> AsyncIterator[Session]:
    async with database.reading() as session:
        yield session


async def plan(session: Session, query: Any) -> str:
    """The database's plan for the query, one line per step."""
    dialect = session.get_bind().dialect
    explain = "EXPLAIN QUERY PLAN " if dialect.name == "sqlite" else "EXPLAIN "
    words = str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    connection = await session.connection()
    rows = await connection.exec_driver_sql(explain + words.replace("%", "%%"))
    return "\n".join(str(row[-1]) for row in rows)


def scans(found: str) -> bool:
    """Whether the plan reads a whole table."""
    lines = found.splitlines()
    return any(f"Seq Scan on {table}" in found or f"SCAN {table}" in lines for table in TABLES)


async def a_query_without_an_index_is_noticed(reader: Session) -> None:
    query = sa.select(sa.text("id FROM problem_case WHERE worked = 7"))
    assert scans(await plan(reader, query))


async def lists_of_open_cases(reader: Session, town: Town, now: datetime) -> None:
    sides = (
        (CaseListFilter(), ()),
        (CaseListFilter(frozenset(town.unit_ids[:1])), ("ix_case_open_unit",)),
        (CaseListFilter(frozenset(town.unit_ids[:4])), ("ix_case_open_unit",)),
        (CaseListFilter(signed_by=town.liaison.id), ("ix_problem_case_responsible_id",)),
        (CaseListFilter(reported_by=town.liaison.id), ("ix_problem_case_reporter_id",)),
    )
    parts = [which for which in CaseListPart if which is not CaseListPart.CLOSED]
    for (whose, indexes), which in product(sides, parts):
        query = case_lists.page_query(whose, which, since=now, first=None, offset=0, limit=20)
        found = await plan(reader, query)
        assert not scans(found), found
        # With few cases, any index that holds only the open ones may be the shortest way.
        assert any(index in found for index in (*indexes, "ix_case_open_")), found


async def the_first_page_is_not_sorted(reader: Session, now: datetime) -> None:
    """PostgreSQL would sort all open cases, row by row; SQLite keeps only the first twenty of each state."""
    query = case_lists.page_query(
        CaseListFilter(), CaseListPart.OPEN, since=now, first=None, offset=0, limit=20
    )
    found = await plan(reader, query)
    if reader.get_bind().dialect.name == "postgresql":
        assert "Index Scan using ix_case_open_limit" in found, found
        assert "Sort" not in found, found


async def duplicates(reader: Session, town: Town) -> None:
    category_id = town.categories[0].id or 0
    box = geo.box(CENTRE, 250)
    for query, indexes in (
        (case_search.box_query(category_id, *box), ("ix_case_open_place",)),
        (case_search.point_query(category_id, 1), ("ix_case_open_point",)),
    ):
        found = await plan(reader, query)
        assert not scans(found), found
        assert any(index in found for index in indexes), found


async def the_last_digits_of_a_number(reader: Session) -> None:
    """The query looks at all numbers, but reads only the cases with that number."""
    found = await plan(reader, case_lists.serial_query(12, sa.true()))
    if reader.get_bind().dialect.name == "sqlite":
        assert "USING COVERING INDEX" in found, found
        assert "SEARCH problem_case USING INTEGER PRIMARY KEY" in found, found


async def the_list_of_closed_cases(reader: Session, town: Town, now: datetime) -> None:
    since = now - timedelta(days=12)
    for whose in (CaseListFilter(), CaseListFilter(frozenset(town.unit_ids[:1]))):
        query = case_lists.page_query(whose, CaseListPart.CLOSED, since=since, first=None, offset=0, limit=20)
        found = await plan(reader, query)
        assert "ix_case_closed" in found, found


async def counts_by_colour(reader: Session, town: Town) -> None:
    for whose in (CaseListFilter(), CaseListFilter(frozenset(town.unit_ids[:2]))):
        found = await plan(reader, case_lists.counting_query(whose))
        assert "ix_case_open_" in found, found
        if reader.get_bind().dialect.name == "sqlite":
            assert "COVERING INDEX" in found, "the rows themselves need not be read"


async def figures_of_a_week(reader: Session, town: Town, now: datetime) -> None:
    span = FigureSpan(now - timedelta(days=60), now - timedelta(days=57))
    cases = ("ix_case_registered", "ix_case_closed", "ix_case_limit")
    orders = ("ix_order_case_registered", "ix_order_case_ended", "ix_order_case_limit")
    kinds: list[tuple[Basis, tuple[str, ...], CountedCases]] = [
        (CASES, cases, CountedCases()),
        (WAITING, cases[:1], CountedCases()),
        (ORDERS, orders, CountedCases()),
        (ORDERS, orders, CountedCases(town.unit_ids[:20])),
    ]
    for (basis, indexes, part), by in product(kinds, (None, *FigureBreakdown)):
        queries = case_sums.counting_queries(basis, span, part, by)
        for query, index in zip(queries, indexes, strict=True):
            found = await plan(reader, query)
            assert index in found, found
            if reader.get_bind().dialect.name == "sqlite" and basis is not ORDERS:
                assert ("COVERING INDEX" in found) is (index != "ix_case_limit"), found


async def the_cases_behind_a_figure(reader: Session, town: Town, now: datetime) -> None:
    # In a past month hardly any case is suspended: then the few open cases are the shorter way.
    span = FigureSpan(now - timedelta(days=60), now - timedelta(days=57))
    others = {CaseCount.REGISTERED: "ix_case_registered", CaseCount.CLOSED: "ix_case_closed"}
    for count in CaseCount:
        found = await plan(reader, case_sums.members_query(count, span, CountedCases()))
        assert not scans(found), found
        assert others.get(count, "ix_case_limit") in found or count is CaseCount.SUSPENDED, found
    others = {CaseCount.REGISTERED: "ix_order_case_registered", CaseCount.CLOSED: "ix_order_case_ended"}
    for count in CaseCount:
        found = await plan(reader, case_sums.members_query(count, span, CountedCases(town.unit_ids[:20])))
        assert not scans(found), found
        assert others.get(count, "ix_order_case_limit") in found, found


async def how_cases_stand(reader: Session, town: Town, now: datetime) -> None:
    """What each brief, tally and board asks: the index of open cases, and those of a day's new and closed."""
    for units in (None, town.unit_ids[:1], town.unit_ids[:4]):
        found = await plan(reader, case_standing.standing_query(now, now + timedelta(hours=9), units))
        assert "ix_case_open_" in found, found
        assert not scans(found), found
        for moment, index in ((Case.registered_at, "ix_case_registered"), (Case.closed_at, "ix_case_closed")):
            query = case_standing.moved_query(col(moment), now - timedelta(days=1), now, units)
            found = await plan(reader, query)
            assert index in found, found


async def the_scan_for_due_looks(database: Database, now: datetime) -> None:
    found = await plan_of(database, lambda session: case_due.due_for_look(session, now, 100))
    assert "ix_case_look" in found, found


async def test_plans(database: Database, reader: Session, town: Town, now: datetime) -> None:
    """All plans stand in one test: filling the database takes longer than looking at the plans."""
    await a_query_without_an_index_is_noticed(reader)
    await lists_of_open_cases(reader, town, now)
    await the_first_page_is_not_sorted(reader, now)
    await duplicates(reader, town)
    await the_last_digits_of_a_number(reader)
    await the_list_of_closed_cases(reader, town, now)
    await counts_by_colour(reader, town)
    await figures_of_a_week(reader, town, now)
    await the_cases_behind_a_figure(reader, town, now)
    await how_cases_stand(reader, town, now)
    await the_scan_for_due_looks(database, now)
