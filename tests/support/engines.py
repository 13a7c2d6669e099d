"""A plugin for pytest that decides which tests run on SQLite and which on PostgreSQL.

A test that uses the fixture ``engine`` (as ``database`` and ``database_url`` do) is collected once for each
engine. ``make test`` runs it on SQLite. ``make test-all`` runs it on both. A test whose subject can fail on
one engine alone has a marker with a reason, and always runs on both::

    pytestmark = pytest.mark.both_engines("sums")
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import pytest

from tests.support.left_out import enlist, is_whole, leave

ENGINES: Final = ("sqlite", "postgres")
MARKER: Final = "both_engines"
# Each reason names something that one engine can do differently from the other.
REASONS: Final = {
    "sums": "what the database adds up, and how it rounds",
    "query plans": "which index a query takes",
    "side by side": "transactions that run at the same time",
    "histories": "random histories, with every query on their way",
    "outbox": "what is promised once, claimed, sent and written down",
    "migrations": "tables and their upgrades",
    "locks": "rows and databases that are locked",
}
LEFT: Final = "tests on PostgreSQL are left to make test-all"


@dataclass(frozen=True, slots=True)
class Choice:
    """The tests of a run, and those that it leaves to ``make test-all``."""

    run: list[pytest.Item]
    left: list[pytest.Item]


def choose(items: Iterable[pytest.Item], *, everything: bool) -> Choice:
    """Divide the collected tests into those to run and those to leave."""
    found = list(items)
    on_sqlite = {_function(item) for item in found if engine_of(item) == "sqlite"}
    choice = Choice([], [])
    for item in found:
        leave = not everything and _can_be_left(item) and _function(item) in on_sqlite
        (choice.left if leave else choice.run).append(item)
    return choice


def engine_of(item: pytest.Item) -> str:
    """The engine on which a test runs; "" if it needs none."""
    callspec = getattr(item, "callspec", None)
    return str(callspec.params.get("engine", "")) if callspec is not None else ""


def _can_be_left(item: pytest.Item) -> bool:
    return engine_of(item) == "postgres" and item.get_closest_marker(MARKER) is None


def _function(item: pytest.Item) -> str:
    return item.nodeid.partition("[")[0]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """The engine on which the test runs."""
    return str(request.param)


# -- hooks ---------------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--engines",
        choices=("chosen", "all"),
        default="chosen",
        help=f"chosen: PostgreSQL only for tests that are marked {MARKER}; all: every test on both engines",
    )


def pytest_configure(config: pytest.Config) -> None:
    enlist(config)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Fail a marker without a known reason when its test is collected, in a worker of xdist too."""
    for marker in metafunc.definition.iter_markers(MARKER):
        if len(marker.args) != 1 or marker.kwargs or marker.args[0] not in REASONS:
            known = ", ".join(f'"{reason}"' for reason in REASONS)
            where = metafunc.definition.nodeid
            pytest.fail(f"{where}: the marker {MARKER} needs one of these reasons: {known}", pytrace=False)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    choice = choose(items, everything=is_whole(config))
    leave(config, LEFT, len(choice.left))
    items[:] = choice.run
