"""Queries of the nag scan: when it looks at a case."""

from __future__ import annotations

from typing import Any

import pytest

from models.cases import Case, case_due
from models.db import Session
from rules.cases.case_lifecycle import RUNNING, CaseState
from tests.support.case_rows import CaseRows
from tests.support.rows import id_of

# Hours from now; None means never.
Hours = int | None


async def scanned(
    cases: CaseRows,
    look: Hours,
    nagged: Hours = -2,
    state: CaseState = CaseState.HANDLING,
    clock: Hours = None,
) -> Case:
    moments = {"look_at": look, "nagged_until": nagged, "clock_from": clock}
    times: dict[str, Any] = {
        name: None if hours is None else cases.at(hours) for name, hours in moments.items()
    }
    return await cases.add(state, steps=3, **times)


async def test_who_waits_the_longest_is_looked_at_in_the_order_of_ids(
    session: Session, cases: CaseRows
) -> None:
    now_due, longest, second = [await scanned(cases, hours) for hours in (0, -3, -2)]
    await scanned(cases, 1)
    await scanned(cases, None)
    now = cases.rows.now
    assert await case_due.due_for_look(session, now, 9) == [now_due, longest, second]
    assert await case_due.due_for_look(session, now, 2) == [longest, second]
    assert await case_due.due_for_look(session, cases.at(-9), 9) == []


@pytest.mark.parametrize(
    ("steps", "seen", "look", "nagged"),
    [
        pytest.param(3, None, 5, -2, id="nothing was seen to"),
        pytest.param(3, 0, 5, 0, id="slots were seen to"),
        pytest.param(2, 0, -1, -2, id="somebody has moved it on"),
    ],
)
async def test_the_scan_says_when_it_looks_again(
    session: Session, cases: CaseRows, steps: int, seen: Hours, look: int, nagged: int
) -> None:
    case, other = await scanned(cases, -1), await scanned(cases, -1)
    until = None if seen is None else cases.at(seen)
    await case_due.look_again_at(session, id_of(case), steps, cases.at(5), seen_until=until)
    await cases.rows.read(case)
    assert (case.look_at, case.nagged_until) == (cases.at(look), cases.at(nagged))
    await cases.rows.read(other)
    assert (other.look_at, other.nagged_until) == (cases.at(-1), cases.at(-2))


async def test_the_scan_need_not_look_again(session: Session, cases: CaseRows) -> None:
    case = await scanned(cases, -1)
    await case_due.look_again_at(session, id_of(case), 3, None)
    assert (await cases.rows.read(case)).look_at is None


async def test_only_a_case_whose_clock_runs_is_looked_at_again_out_of_nothing(
    session: Session, cases: CaseRows
) -> None:
    for state in CaseState:
        await scanned(cases, None, state=state)
    await case_due.look_again(session, cases.rows.now)
    looked = dict(zip(CaseState, await cases.rows.column(Case.look_at), strict=True))
    assert looked == {state: cases.rows.now if state in RUNNING else None for state in CaseState}


async def test_what_was_to_be_looked_at_later_is_looked_at_now(session: Session, cases: CaseRows) -> None:
    for look in (1, -1):
        await scanned(cases, look, state=CaseState.SUSPENDED)
    await case_due.look_again(session, cases.rows.now)
    assert await cases.rows.column(Case.look_at) == [cases.at(0), cases.at(-1)]
    assert await cases.rows.column(Case.nagged_until) == [cases.at(-2)] * 2


async def test_what_does_not_reach_back_moves_what_was_seen_to_on_but_never_back(
    session: Session, cases: CaseRows
) -> None:
    for look, nagged in ((1, -2), (1, 3), (1, None), (0, -2), (-1, None)):
        await scanned(cases, look, nagged)
    await case_due.look_again(session, cases.rows.now, seen=True)
    expected = [cases.at(0), cases.at(3), cases.at(0), cases.at(-2), None]
    assert await cases.rows.column(Case.nagged_until) == expected


@pytest.mark.parametrize(
    ("backlog", "nagged"),
    [
        pytest.param(False, [0, 0, 0], id="all has been seen to"),
        pytest.param(True, [-2, 0, 0], id="what was not is due still"),
    ],
)
async def test_how_orders_stand_for_a_rehearsal(
    session: Session, cases: CaseRows, backlog: bool, nagged: list[int]
) -> None:
    for until in (-2, 3, None):
        await scanned(cases, 1, until, clock=-1)
    await scanned(cases, 1, -2, clock=0)  # its clock has not started yet
    await scanned(cases, 1, -2)  # its clock is stopped
    await scanned(cases, None, -2, clock=-1)  # no scan looks at it
    await case_due.stand_at(session, cases.rows.now, backlog=backlog)
    seen = await cases.rows.column(Case.nagged_until)
    assert seen == [cases.at(hours) for hours in (*nagged, -2, -2, -2)]
    looked = await cases.rows.column(Case.look_at)
    assert looked == [*[cases.at(0)] * 3, cases.at(1), cases.at(1), None]


async def test_the_next_look_is_the_soonest(session: Session, cases: CaseRows) -> None:
    await scanned(cases, None)
    assert await case_due.next_look(session) is None
    for look in (2, 1):
        await scanned(cases, look)
    assert await case_due.next_look(session) == cases.at(1)
