"""A plugin for pytest that decides how often a run repeats what its tests repeat.

``make test-all`` makes everything. ``make test`` makes one of ``PART``:

- of the examples of hypothesis; a test that needs more or fewer than the usual says so with ``part_of``,
- of the rounds of a test, or of the length of its text, if it asks the fixture ``part``,
- of the random histories of a test, the first alone. The test names the parameter that only repeats it::

    @pytest.mark.repeated("seed")
    @pytest.mark.parametrize("seed", range(6))
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, is_hypothesis_test, settings

from tests.support.left_out import enlist, is_whole, leave

PART: Final = 4
EXAMPLES: Final = 100
MARKER: Final = "repeated"
LEFT: Final = "repetitions of tests are left to make test-all"
SHORTER: Final = f"tests make one of {PART} examples or rounds; make test-all makes all"
Part = Callable[[int], int]
_parts: list[int] = [1]


def part_of(number: int) -> int:
    """How many of ``number`` repetitions this run makes; at least one."""
    return -(-number // _parts[-1])


@pytest.fixture(scope="session")
def part() -> Part:
    """``part_of``, for a test that repeats something itself."""
    return part_of


def left_of(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """Those that ``make test`` leaves, as they only repeat the first of their kind."""
    firsts: dict[tuple[str, str], object] = {}
    left = []
    for item in items:
        callspec: Any = getattr(item, "callspec", None)
        for marker in item.iter_markers(MARKER):
            (name,) = marker.args
            value = callspec.params[name]
            if firsts.setdefault((item.nodeid.partition("[")[0], name), value) != value:
                left.append(item)
    return left


def is_shorter(item: pytest.Item) -> bool:
    """Whether a test makes fewer examples or rounds in ``make test``."""
    return "part" in getattr(item, "fixturenames", ()) or is_hypothesis_test(getattr(item, "obj", None))


# -- hooks ---------------------------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    enlist(config)
    _parts.append(1 if is_whole(config) else PART)
    # An example takes longer on a slower machine, so no test is timed.
    health = [HealthCheck.too_slow]
    settings.register_profile(
        "ours", deadline=None, suppress_health_check=health, max_examples=part_of(EXAMPLES)
    )
    settings.load_profile("ours")


def pytest_unconfigure() -> None:
    _parts.pop()  # a run inside a test ends; that of the test goes on


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if is_whole(config):
        return
    left = left_of(items)
    items[:] = [item for item in items if item not in left]
    leave(config, LEFT, len(left))
    leave(config, SHORTER, sum(map(is_shorter, items)))
