"""Fixtures for real processes that talk to a sandbox in the test's own event loop."""

from __future__ import annotations

import pytest

from sandbox.testing import RunningSandbox
from tests.support.processes import settings_for


@pytest.fixture
def env(telegram: RunningSandbox, database_url: str) -> dict[str, str]:
    """The environment of the program under test, on each engine."""
    return settings_for(telegram, database_url)
