"""Tests of the plugin that picks engines: small pytest runs show which test runs on which engine."""

from __future__ import annotations

import re

import pytest

from tests.support.engines import MARKER, REASONS

pytest_plugins = ["pytester"]

TESTS = """
import pytest


def test_without_a_database():
    pass


def test_plain(engine):
    pass


@pytest.mark.parametrize("row", [1, 2])
def test_table(engine, row):
    pass


@pytest.mark.both_engines("sums")
@pytest.mark.parametrize("row", [1, 2])
def test_sums(engine, row):
    pass


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
def test_postgres_alone(engine):
    pass
"""
CHOSEN = {
    "test_without_a_database": [""],
    "test_plain": ["sqlite"],
    "test_table": ["sqlite"] * 2,
    "test_sums": ["postgres"] * 2 + ["sqlite"] * 2,
    "test_postgres_alone": ["postgres"],
}
ALL = CHOSEN | {"test_plain": ["postgres", "sqlite"], "test_table": CHOSEN["test_sums"]}
LINE = "3 tests on PostgreSQL are left to make test-all"
MARKED = "import pytest\n@pytest.mark.both_engines{given}\ndef test_it(engine): pass"
PASSED = re.compile(r"::(\w+)(?:\[(\w+)\S*\])?")


def passed(result: pytest.RunResult) -> dict[str, list[str]]:
    """The engines on which each test function passed, once for each row of its table."""
    found: dict[str, list[str]] = {}
    for line in result.outlines:
        if "PASSED" in line and (match := PASSED.search(line)):
            found.setdefault(match[1], []).append(match[2] or "")
    return {name: sorted(on) for name, on in found.items()}


def run(pytester: pytest.Pytester, *options: str, tests: str = TESTS) -> pytest.RunResult:
    """Run pytest on ``tests`` with the plugin of our own runs, and with no plugin that it does not need."""
    pytester.makeini(f"[pytest]\naddopts = --strict-markers\nmarkers = {MARKER}(reason): on both engines")
    pytester.makepyfile(tests)
    plugins = ("-p", "tests.support.engines", "-p", "no:asyncio", "-p", "no:cacheprovider")
    return pytester.runpytest_inprocess("-v", *plugins, *options)


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "workers"])
def test_a_run_is_on_sqlite_but_for_what_is_marked_and_says_how_many_it_left(
    pytester: pytest.Pytester, workers: tuple[str, ...]
) -> None:
    result = run(pytester, *workers)
    assert passed(result) == CHOSEN
    assert result.outlines.count(LINE) == 1
    assert result.ret == 0


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "workers"])
def test_a_run_of_everything_leaves_nothing(pytester: pytest.Pytester, workers: tuple[str, ...]) -> None:
    result = run(pytester, "--engines=all", *workers)
    assert passed(result) == ALL
    assert "left to make test-all" not in result.stdout.str()
    assert result.ret == 0


@pytest.mark.parametrize("reason", REASONS)
def test_a_whole_file_can_be_marked(pytester: pytest.Pytester, reason: str) -> None:
    tests = f"import pytest\npytestmark = pytest.mark.both_engines({reason!r})\ndef test_it(engine): pass"
    assert passed(run(pytester, tests=tests)) == {"test_it": ["postgres", "sqlite"]}


@pytest.mark.parametrize("given", ["", "()", "('speed')", "('sums', 'locks')", "(reason='sums')", "(7)"])
def test_a_marker_without_a_known_reason_is_an_error(pytester: pytest.Pytester, given: str) -> None:
    refused(run(pytester, tests=MARKED.format(given=given)))


@pytest.mark.parametrize("options", [("--engines=all",), ("-n", "2")], ids=" ".join)
def test_whatever_the_run(pytester: pytest.Pytester, options: tuple[str, ...]) -> None:
    refused(run(pytester, *options, tests=MARKED.format(given="('speed')")))


def refused(result: pytest.RunResult) -> None:
    assert result.ret not in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}
    assert passed(result) == {}
    known = ", ".join(f'"{reason}"' for reason in REASONS)
    assert f"test_it: the marker both_engines needs one of these reasons: {known}" in result.stdout.str()
