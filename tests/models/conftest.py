"""Fixtures for tests of queries: a transaction for each test, and makers of its rows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

import pytest

from models.db import Database, Session
from services.campaign import Campaign
from tests.support.case_rows import CaseRows, make_case_rows
from tests.support.cases import CaseDesk
from tests.support.people import Roster
from tests.support.rows import Rows


@pytest.fixture
async def session(database: Database) -> AsyncIterator[Session]:
    """A writing transaction that is rolled back; a test that needs two opens them itself."""
    async with database.rehearsal() as opened:
        yield opened


@pytest.fixture
def rows(session: Session, now: datetime) -> Rows:
    return Rows(session, now)


@pytest.fixture
def roster(session: Session, now: datetime, campaign: Campaign) -> Roster:
    return Roster(session, now, campaign)


@pytest.fixture
def maker(session: Session, now: datetime, campaign: Campaign) -> CaseDesk:
    return CaseDesk(session, now, campaign)


@pytest.fixture
async def cases(roster: Roster, maker: CaseDesk, rows: Rows) -> CaseRows:
    return await make_case_rows(roster, maker, rows)
