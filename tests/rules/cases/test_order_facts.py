"""What the steps of a case add up to as orders: what stays of each one, and which ones figures count."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.cases.case_facts import CaseFacts, HistoryStep, facts_after, refusal, replay
from rules.cases.case_lifecycle import CaseEvent, CaseState
from rules.cases.order_facts import OrderFacts, OrderOutcome, orders_of, present_order

E, Out = CaseEvent, OrderOutcome
START = datetime(2026, 12, 14, 1, tzinfo=UTC)
LIMIT = 4
"""Hours that each order has."""


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def history(*taken: tuple[float, CaseEvent] | tuple[float, CaseEvent, float | None]) -> list[HistoryStep]:
    """Steps at hours. A third value is the unit of an order, or the limit that the step brings, in hours."""
    steps = [HistoryStep(E.REPORT, at(0)), HistoryStep(E.REGISTER, at(0))]
    for hours, event, *values in taken:
        value = values[0] if values else None
        given: dict[str, Any] = {}
        if event in {E.DISPATCH, E.REASSIGN}:
            given = {"unit_id": value, "limit_at": at(hours + LIMIT)}
        elif value is not None:
            given = {"limit_at": at(value)}
        stops = event in {E.FEEDBACK, E.SUSPEND, E.SEND_BACK}
        until = at(hours + 9) if event is E.SUSPEND else None
        steps.append(HistoryStep(event, at(hours), **given, worked=60 if stops else 0, until=until))
    return steps


def order(number: int, unit: int, since: float, outcome: OrderOutcome, **values: Any) -> OrderFacts:
    """An order that was made at ``since``; moments are in hours."""
    moments: dict[str, Any] = {name: at(values.pop(name)) for name in list(values) if name.endswith("_at")}
    made = OrderFacts(number, unit, at(since), at(since + LIMIT), outcome, registered_at=at(0))
    return replace(made, **moments, **values)


SIGNED = {"acknowledged_at": 1}
HISTORIES = [
    pytest.param([], [], id="nothing was dispatched"),
    pytest.param([(0, E.MERGE)], [], id="a merged case never had an order"),
    pytest.param([(0, E.DISPATCH, 7)], [order(1, 7, 0, Out.RUNNING)], id="not signed for"),
    pytest.param(
        [(0, E.DISPATCH, 7), (1, E.ACKNOWLEDGE), (2, E.FEEDBACK)],
        [order(1, 7, 0, Out.FED_BACK, **SIGNED, fed_back_at=2, worked=60)],
        id="fed back",
    ),
    pytest.param(
        [(0, E.DISPATCH, 7), (1, E.FEEDBACK), (2, E.REWORK, 5), (6, E.FEEDBACK), (9, E.CLOSE)],
        [
            order(
                1, 7, 0, Out.CLOSED, **SIGNED, limit_at=5, fed_back_at=6, ended_at=9, worked=120, reworks=1
            ),
        ],
        id="the limit after 返工 is the one that counts",
    ),
    pytest.param(
        [(0, E.DISPATCH, 7), (1, E.HANDLE), (2, E.ASK_EXTENSION), (5, E.EXTEND, 8)],
        [order(1, 7, 0, Out.RUNNING, **SIGNED, limit_at=8, extensions=1)],
        id="extended",
    ),
    pytest.param(
        [(0, E.DISPATCH, 7), (1, E.HANDLE), (2, E.SUSPEND)],
        [order(1, 7, 0, Out.SUSPENDED, **SIGNED, worked=60)],
        id="挂账",
    ),
    pytest.param(
        [(0, E.DISPATCH, 7), (1, E.HANDLE), (2, E.SUSPEND), (99, E.RESUME, 101)],
        [order(1, 7, 0, Out.RUNNING, **SIGNED, limit_at=101, worked=60)],
        id="the limit passed while the clock stood, and moved",
    ),
    pytest.param(
        [(0, E.DISPATCH, 7), (1, E.HANDLE), (2, E.SEND_BACK), (3, E.DISPATCH, 8)],
        [
            order(1, 7, 0, Out.SENT_BACK, **SIGNED, ended_at=2, worked=60),
            order(2, 8, 3, Out.RUNNING),
        ],
        id="退单, then another unit",
    ),
    pytest.param(
        [(0, E.DISPATCH, 7), (2, E.SEND_BACK), (3, E.MERGE)],
        [order(1, 7, 0, Out.SENT_BACK, ended_at=2, worked=60)],
        id="退单, then 并案",
    ),
    pytest.param(
        [(0, E.DISPATCH, 7), (1, E.HANDLE), (6, E.REASSIGN, 8), (7, E.FEEDBACK)],
        [
            order(1, 7, 0, Out.REASSIGNED, **SIGNED, ended_at=6),
            order(2, 8, 6, Out.FED_BACK, acknowledged_at=7, fed_back_at=7, worked=60),
        ],
        id="改派",
    ),
    pytest.param(
        [
            *((0, E.DISPATCH, 7), (1, E.FEEDBACK), (2, E.CLOSE)),
            *((3, E.REOPEN), (4, E.DISPATCH, 7), (9, E.FEEDBACK), (10, E.CLOSE)),
            *((11, E.REOPEN), (12, E.DISPATCH, 8)),
        ],
        [
            order(1, 7, 0, Out.CLOSED, **SIGNED, fed_back_at=1, ended_at=2, worked=60),
            order(2, 7, 4, Out.CLOSED, acknowledged_at=9, fed_back_at=9, ended_at=10, worked=60),
            order(3, 8, 12, Out.RUNNING),
        ],
        id="复开 twice",
    ),
    pytest.param(
        [
            *((0, E.DISPATCH, 7), (5, E.FEEDBACK), (6, E.CLOSE), (7, E.APPEAL), (8, E.GRANT_APPEAL)),
            *((9, E.REOPEN), (10, E.DISPATCH, 7)),
        ],
        [
            order(1, 7, 0, Out.CLOSED, acknowledged_at=5, fed_back_at=5, ended_at=6, worked=60, exempt=True),
            order(2, 7, 10, Out.RUNNING),
        ],
        id="a granted appeal belongs to the order under which the case was closed",
    ),
    pytest.param(
        [
            (0, E.DISPATCH, 7),
            (5, E.FEEDBACK),
            (6, E.CLOSE),
            (7, E.APPEAL),
            (8, E.REFUSE_APPEAL),
            (9, E.REOPEN),
        ],
        [order(1, 7, 0, Out.CLOSED, acknowledged_at=5, fed_back_at=5, ended_at=6, worked=60)],
        id="a refused appeal, and no new order yet",
    ),
]


@pytest.mark.parametrize(("taken", "orders"), HISTORIES)
def test_the_orders_of_a_history(taken: list[Any], orders: list[OrderFacts]) -> None:
    assert orders_of(history(*taken)) == orders


LATENESS = [
    pytest.param({"outcome": Out.RUNNING}, True, False, True, id="running"),
    pytest.param({"outcome": Out.SUSPENDED}, True, False, False, id="挂账: nobody's limit passes"),
    pytest.param({"outcome": Out.FED_BACK, "fed_back_at": 4}, True, False, False, id="fed back at the limit"),
    pytest.param({"outcome": Out.FED_BACK, "fed_back_at": 5}, True, True, False, id="fed back after it"),
    pytest.param(
        {"outcome": Out.CLOSED, "fed_back_at": 5, "ended_at": 6}, True, True, False, id="closed, late"
    ),
    pytest.param(
        {"outcome": Out.CLOSED, "fed_back_at": 3, "ended_at": 6}, True, False, False, id="late check"
    ),
    pytest.param({"outcome": Out.SENT_BACK, "ended_at": 3}, False, False, False, id="退单"),
    pytest.param({"outcome": Out.REASSIGNED, "ended_at": 4}, False, False, False, id="改派 at the limit"),
    pytest.param({"outcome": Out.REASSIGNED, "ended_at": 5}, True, True, False, id="改派 after it"),
]


@pytest.mark.parametrize(("values", "counts", "late", "overdue"), LATENESS)
def test_what_counts_and_what_is_late(
    values: dict[str, Any], counts: bool, late: bool, overdue: bool
) -> None:
    one = order(1, 7, 0, **values)
    assert (one.counts, one.late, one.overdue(at(9))) == (counts, late, overdue)
    assert not one.overdue(at(LIMIT))


@st.composite
def histories(draw: st.DrawFn) -> list[HistoryStep]:
    """Legal histories. They reach 改派 and 复开 often, for each event is one that can happen then."""
    steps = [HistoryStep(E.REPORT, START)]
    for _ in range(draw(st.integers(0, 50))):
        facts, now = replay(steps), steps[-1].at + timedelta(minutes=draw(st.integers(0, 300)))
        possible = [event for event in CaseEvent if refusal(facts, event, now) is None]
        if not possible:
            break
        event = draw(st.sampled_from(possible))
        new = event in {E.DISPATCH, E.REASSIGN}
        steps.append(
            HistoryStep(
                event,
                now,
                unit_id=draw(st.integers(1, 3)) if new else None,
                limit_at=now + timedelta(hours=LIMIT)
                if new or event in {E.REWORK, E.RESUME, E.EXTEND}
                else None,
                worked=draw(st.integers(0, 99)) if facts.clock_from else 0,
                until=now + timedelta(hours=9) if event is E.SUSPEND else None,
            )
        )
    return steps


@given(histories())
def test_the_last_order_is_what_the_case_says(steps: list[HistoryStep]) -> None:
    facts = CaseFacts()
    for number, step in enumerate(steps, 1):
        before, facts = facts, facts_after(facts, step)
        orders = orders_of(steps[:number])
        made = [one for one in steps[:number] if one.event in {E.DISPATCH, E.REASSIGN}]
        assert [(one.unit_id, one.dispatched_at) for one in orders] == [(one.unit_id, one.at) for one in made]
        assert [one.number for one in orders] == list(range(1, facts.orders + 1))
        if present_order(facts) is not None:
            assert orders[-1] == present_order(facts)
        elif orders and step.event is E.REOPEN:
            assert orders[-1] == present_order(before)
            assert before.state is CaseState.CLOSED
        elif orders:
            assert orders[-1].outcome in {Out.SENT_BACK, Out.CLOSED}
        assert all(one.ended_at is not None for one in orders[:-1])
        for earlier, later in zip(orders_of(steps[: number - 1])[:-1], orders, strict=False):
            assert earlier == later, "what is over stays"
