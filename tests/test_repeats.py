"""Tests of the plugin that says how often a run repeats what its tests repeat, by small pytest runs."""

from __future__ import annotations

import pytest

from tests.support.repeats import EXAMPLES, LEFT, MARKER, PART, SHORTER, part_of

pytest_plugins = ["pytester"]

TESTS = f"""
import pytest
from hypothesis import given, settings, strategies as st
from tests.support.repeats import part_of

tried = []


@pytest.mark.{MARKER}("seed")
@pytest.mark.parametrize("seed", [7, 8, 9])
@pytest.mark.parametrize("row", ["a", "b"])
def test_history(row, seed):
    pass


def test_rounds(part):
    print("rounds:", part(100), part(3))


@settings(database=None)
@given(st.integers())
def test_examples(number):
    tried.append(number)


def test_those():
    print("examples:", len(tried))
"""


def run(pytester: pytest.Pytester, *options: str) -> pytest.RunResult:
    pytester.makeini(f"[pytest]\naddopts = --strict-markers\nmarkers = {MARKER}(name): only repeats")
    pytester.makepyfile(TESTS)
    plugins = ("-p", "tests.support.engines", "-p", "tests.support.repeats", "-p", "no:asyncio")
    return pytester.runpytest_inprocess("-v", "-s", *plugins, "-p", "no:cacheprovider", *options)


def test_a_run_makes_the_first_and_a_part_and_says_so(pytester: pytest.Pytester) -> None:
    result = run(pytester)
    shown = result.stdout.str()
    result.assert_outcomes(passed=5)
    assert ("[a-7]" in shown, "[b-7]" in shown, "[a-8]" in shown) == (True, True, False)
    assert f"rounds: {100 // PART} 1" in shown
    assert f"examples: {EXAMPLES // PART}" in shown
    assert result.outlines.count(f"4 {LEFT}") == 1
    assert result.outlines.count(f"2 {SHORTER}") == 1


def test_workers_say_so_once(pytester: pytest.Pytester) -> None:
    result = run(pytester, "-n", "2")
    result.assert_outcomes(passed=5)
    assert result.outlines.count(f"4 {LEFT}") == 1
    assert result.outlines.count(f"2 {SHORTER}") == 1


def test_a_run_of_everything_makes_all(pytester: pytest.Pytester) -> None:
    result = run(pytester, "--engines=all")
    shown = result.stdout.str()
    result.assert_outcomes(passed=9)
    assert "rounds: 100 3" in shown
    assert f"examples: {EXAMPLES}" in shown
    assert "make test-all" not in shown


def test_it_is_as_before_after_a_run_inside_a_test(pytester: pytest.Pytester) -> None:
    before = part_of(100)
    run(pytester, "--engines=all")
    assert part_of(100) == before
