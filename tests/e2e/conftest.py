"""Real processes against a sandbox in the test's own event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import datetime

import pytest

from sandbox.client import SandboxClient
from sandbox.clock import Clock
from sandbox.testing import Running, running
from sandbox.world import World
from tests.support.processes import Forge, settings_for


@pytest.fixture(scope="session")
def forge() -> Iterator[Forge]:
    started = Forge()
    yield started
    started.close()


@pytest.fixture
async def telegram(now: datetime) -> AsyncIterator[Running]:
    """The sandbox, its clock standing still at ``now``."""
    async with running(World(clock=Clock(now))) as server:
        yield server


@pytest.fixture
def people(telegram: Running) -> SandboxClient:
    return telegram.client


@pytest.fixture
def env(telegram: Running, database_url: str) -> dict[str, str]:
    """The environment of the program under test, on each engine."""
    return settings_for(telegram, database_url)
