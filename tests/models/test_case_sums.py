"""The figures of cases against sums by hand; each number equals the number of cases behind it."""

from __future__ import annotations

from typing import Any

import pytest

from models.cases import Case, case_sums
from models.cases.counted import CountedCases, FigureSpan
from models.db import Session
from rules.cases.case_facts import AppealState
from rules.cases.case_figures import CaseCount, CaseSums, FigureBreakdown
from rules.cases.case_lifecycle import CaseState
from rules.cases.order_facts import OrderOutcome
from tests.support.case_rows import CaseRows
from tests.support.rows import id_of

pytestmark = pytest.mark.both_engines("sums")

ALL = CountedCases()


def due(cases: CaseRows) -> FigureSpan:
    """The span of the ten hours before now."""
    return FigureSpan(cases.at(-10), cases.at(0))


def of_ours(cases: CaseRows) -> CountedCases:
    """The part of which orders are counted, not cases."""
    return CountedCases(unit_ids=[id_of(cases.ours)])


async def counted(
    session: Session,
    cases: CaseRows,
    part: CountedCases = ALL,
    by: FigureBreakdown | None = FigureBreakdown.UNIT,
) -> dict[Any, CaseSums]:
    return await case_sums.sums(session, due(cases), part, by)


async def listed(
    session: Session,
    count: CaseCount,
    span: FigureSpan,
    part: CountedCases = ALL,
    *,
    offset: int = 0,
    limit: int = 9,
) -> list[Case]:
    """A page of the cases behind a number; a case is there as often as its orders count."""
    found = await case_sums.members(session, count, span, part, offset=offset, limit=limit)
    assert all((one.order is not None) is part.counts_orders for one in found)
    return [one.case for one in found]


COUNTS = [
    pytest.param(CaseState.HANDLING, {}, set(), id="a case that is due"),
    pytest.param(CaseState.SUSPENDED, {}, {CaseCount.SUSPENDED}, id="挂账"),
    pytest.param(
        CaseState.FED_BACK, {"fed_back_at": -2}, {CaseCount.FED_BACK, CaseCount.MENDED}, id="fed back"
    ),
    pytest.param(
        CaseState.CLOSED,
        {"fed_back_at": -1},
        {CaseCount.FED_BACK, CaseCount.MENDED, CaseCount.DUE_CLOSED, CaseCount.IN_TIME},
        id="closed, fed back at the limit",
    ),
    pytest.param(
        CaseState.CLOSED,
        {"fed_back_at": 0},
        {CaseCount.FED_BACK, CaseCount.MENDED, CaseCount.DUE_CLOSED},
        id="closed, fed back too late",
    ),
    pytest.param(
        CaseState.CLOSED,
        {"fed_back_at": 0, "appeal": AppealState.GRANTED},
        {CaseCount.FED_BACK, CaseCount.MENDED, CaseCount.DUE_CLOSED, CaseCount.IN_TIME},
        id="closed too late, the appeal granted",
    ),
    pytest.param(
        CaseState.CLOSED,
        {"fed_back_at": 0, "appeal": AppealState.ASKED},
        {CaseCount.FED_BACK, CaseCount.MENDED, CaseCount.DUE_CLOSED},
        id="closed too late, the appeal waits",
    ),
    pytest.param(
        CaseState.CLOSED, {}, {CaseCount.MENDED, CaseCount.DUE_CLOSED}, id="closed, nothing was ever fed back"
    ),
    pytest.param(
        CaseState.REWORK,
        {"reworks": 1},
        {CaseCount.FED_BACK, CaseCount.REWORKED},
        id="返工 has been fed back before",
    ),
    pytest.param(
        CaseState.HANDLING, {"extensions": 2}, {CaseCount.EXTENDED}, id="extended twice counts once"
    ),
    pytest.param(
        CaseState.HANDLING,
        {"acknowledged_at": -5, "sign_by": -5},
        {CaseCount.SIGNED_IN_TIME},
        id="signed for at the last moment",
    ),
    pytest.param(CaseState.HANDLING, {"acknowledged_at": -4, "sign_by": -5}, set(), id="signed for too late"),
    pytest.param(CaseState.DISPATCHED, {"sign_by": 5}, set(), id="not signed for"),
    pytest.param(CaseState.HANDLING, {"acknowledged_at": -5}, set(), id="to be signed for at no moment"),
]


@pytest.mark.parametrize("of_units", [False, True])
@pytest.mark.parametrize(("state", "values", "counts"), COUNTS)
async def test_what_a_case_counts_as(
    session: Session,
    cases: CaseRows,
    state: CaseState,
    values: dict[str, Any],
    counts: set[CaseCount],
    of_units: bool,
) -> None:
    """The case's limit was an hour ago; moments are in hours from now. Its one order counts as the case."""
    moments = {name: cases.at(values[name]) for name in values if name.endswith(("_at", "sign_by"))}
    case = await cases.add(state, -1, unit_id=cases.ours.id, **(values | moments))
    expected = {CaseCount.DUE, *counts}
    part = of_ours(cases) if of_units else ALL
    for by, key in (
        (None, None),
        (FigureBreakdown.UNIT, cases.ours.id),
        (FigureBreakdown.CATEGORY, case.category),
    ):
        sums = (await counted(session, cases, part, by))[key]
        assert {count for count in CaseCount if sums.count(count)} == expected
        assert {sums.count(count) for count in expected} == {1}
    for count in CaseCount:
        members = [case] if count in expected else []
        assert await listed(session, count, due(cases), part) == members
        assert await case_sums.how_many(session, count, due(cases), part) == len(members)


MOMENTS = [
    pytest.param("limit_at", CaseCount.DUE, id="of the limit"),
    pytest.param("registered_at", CaseCount.REGISTERED, id="of 立案"),
    pytest.param("closed_at", CaseCount.CLOSED, id="of 结案"),
]


@pytest.mark.parametrize("of_units", [False, True])
@pytest.mark.parametrize(("moment", "count"), MOMENTS)
async def test_to_which_period_a_case_belongs(
    session: Session, cases: CaseRows, moment: str, count: CaseCount, of_units: bool
) -> None:
    """The beginning of a period belongs to it, its end does not."""
    given: list[dict[str, Any]] = [{moment: cases.at(hours)} for hours in (-11, -10, -1, 0)]
    usual = {"unit_id": cases.ours.id, "limit_at": cases.at(99)}
    _, first, last, _, never = [
        await cases.add(CaseState.CLOSED, **(usual | values)) for values in [*given, {moment: None}]
    ]
    part = of_ours(cases) if of_units else ALL
    assert await listed(session, count, due(cases), part) == [first, last]
    assert (await counted(session, cases, part, None))[None].counts[count] == 2
    from_the_first = FigureSpan(None, cases.at(0))
    assert await case_sums.how_many(session, count, from_the_first, part) == 3
    assert (await case_sums.sums(session, from_the_first, part, None))[None].count(count) == 3
    assert getattr(never, moment) is None


async def test_a_case_counts_under_each_moment_by_itself(session: Session, cases: CaseRows) -> None:
    """The case was registered long ago and closed in the period, and is due after it."""
    moments: dict[str, Any] = {"registered_at": cases.at(-99), "closed_at": cases.at(-1)}
    await cases.add(CaseState.CLOSED, 5, unit_id=cases.ours.id, **moments)
    for part in (ALL, of_ours(cases)):
        sums = (await counted(session, cases, part, None))[None]
        counts = (CaseCount.REGISTERED, CaseCount.CLOSED, CaseCount.DUE)
        assert [sums.count(count) for count in counts] == [0, 1, 0]


FORMER = [
    pytest.param(OrderOutcome.SENT_BACK, -2, {}, set(), id="退单 leaves nothing"),
    pytest.param(OrderOutcome.REASSIGNED, -2, {}, set(), id="改派 before the limit leaves nothing"),
    pytest.param(OrderOutcome.REASSIGNED, -1, {"reworks": 1}, set(), id="nor does 改派 at the limit"),
    pytest.param(
        OrderOutcome.REASSIGNED, 0, {}, {CaseCount.REGISTERED, CaseCount.DUE}, id="改派 after the limit"
    ),
    pytest.param(
        OrderOutcome.REASSIGNED,
        0,
        {"reworks": 1, "extensions": 1, "acknowledged_at": -6, "sign_by": -5},
        {
            *(CaseCount.REGISTERED, CaseCount.DUE, CaseCount.FED_BACK, CaseCount.REWORKED),
            *(CaseCount.EXTENDED, CaseCount.SIGNED_IN_TIME),
        },
        id="改派 after the limit, with what came before",
    ),
    pytest.param(
        OrderOutcome.CLOSED,
        -1,
        {"fed_back_at": -2, "worked": 60},
        {
            *(CaseCount.REGISTERED, CaseCount.CLOSED, CaseCount.DUE, CaseCount.DUE_CLOSED),
            *(CaseCount.IN_TIME, CaseCount.FED_BACK, CaseCount.MENDED),
        },
        id="closed before 复开",
    ),
    pytest.param(
        OrderOutcome.CLOSED,
        -1,
        {"fed_back_at": 0, "exempt": True},
        {
            *(CaseCount.REGISTERED, CaseCount.CLOSED, CaseCount.DUE, CaseCount.DUE_CLOSED),
            *(CaseCount.IN_TIME, CaseCount.FED_BACK, CaseCount.MENDED),
        },
        id="closed late before 复开, the appeal granted",
    ),
]


@pytest.mark.parametrize(("outcome", "ended", "values", "counts"), FORMER)
async def test_what_a_former_order_counts_as(
    session: Session,
    cases: CaseRows,
    outcome: OrderOutcome,
    ended: int,
    values: dict[str, Any],
    counts: set[CaseCount],
) -> None:
    """The limit of the former order was an hour ago. The case is with another unit, and due later."""
    case = await cases.add(CaseState.HANDLING, orders=0, registered_at=cases.at(-9))
    moments = {name: cases.at(values[name]) for name in values if name.endswith(("_at", "sign_by"))}
    made = {"unit_id": cases.ours.id, "limit_at": cases.at(-1), "ended_at": cases.at(ended)}
    former = await cases.rows.on_order(case, outcome=outcome, **(made | values | moments))
    case.unit_id, case.limit_at = cases.other.id, cases.at(9)
    present = await cases.rows.on_order(case)
    found = await counted(session, cases)
    ours = found.get(cases.ours.id, CaseSums({}))
    assert {count for count in CaseCount if ours.count(count)} == counts
    assert ours.worked == values.get("worked", 0)
    assert found[cases.other.id].counts[CaseCount.REGISTERED] == 1
    for count in CaseCount:
        members = await case_sums.members(session, count, due(cases), of_ours(cases), offset=0, limit=9)
        assert members == ([(case, former)] if count in counts else [])
    assert (await counted(session, cases, ALL, None))[None].counts == {
        **dict.fromkeys(CaseCount, 0),
        CaseCount.REGISTERED: 1,
    }
    assert (former.number, present.number) == (1, 2)


async def test_a_unit_that_had_a_case_twice_counts_it_twice(session: Session, cases: CaseRows) -> None:
    closed = {"outcome": OrderOutcome.CLOSED, "ended_at": cases.at(-2), "fed_back_at": cases.at(-3)}
    case = await cases.add(CaseState.CLOSED, -1, orders=0, unit_id=cases.ours.id, closed_at=cases.at(-1))
    orders = [await cases.rows.on_order(case, **closed), await cases.rows.on_order(case)]
    part = of_ours(cases)
    members = await case_sums.members(session, CaseCount.CLOSED, due(cases), part, offset=0, limit=9)
    assert members == [(case, order) for order in orders]
    assert await case_sums.how_many(session, CaseCount.CLOSED, due(cases), part) == 2
    assert (await counted(session, cases))[cases.ours.id].count(CaseCount.CLOSED) == 2
    assert (await counted(session, cases, by=None))[None].count(CaseCount.CLOSED) == 1
    last = await case_sums.members(session, CaseCount.CLOSED, due(cases), part, offset=1, limit=9)
    assert last == [(case, orders[1])]


async def test_sums_by_unit_add_up_what_each_moment_counts(session: Session, cases: CaseRows) -> None:
    ours, other = cases.ours.id, cases.other.id
    await cases.add(CaseState.CLOSED, -1, unit_id=ours, worked=90, closed_at=cases.at(-1))
    await cases.add(CaseState.FED_BACK, -1, unit_id=ours, worked=30, registered_at=cases.at(-1))
    await cases.add(CaseState.HANDLING, -1, unit_id=ours, worked=500)
    await cases.add(CaseState.HANDLING, 9, unit_id=other, registered_at=cases.at(-1))
    await cases.add(CaseState.REGISTERED, registered_at=cases.at(-1))
    found = await counted(session, cases)
    assert set(found) == {ours, other, None}
    counts = (CaseCount.REGISTERED, CaseCount.CLOSED, CaseCount.DUE, CaseCount.MENDED)
    assert {unit: [sums.count(count) for count in counts] for unit, sums in found.items()} == {
        ours: [1, 1, 3, 2],
        other: [1, 0, 0, 0],
        None: [1, 0, 0, 0],
    }
    assert {unit: sums.worked for unit, sums in found.items()} == {ours: 120, other: 0, None: 0}


async def test_sums_by_category_go_by_its_name_in_the_case(session: Session, cases: CaseRows) -> None:
    for category in (cases.stalls, cases.stalls, cases.litter):
        await cases.add(limit=-1, category=category)
    cases.stalls.name = "改名"
    found = await counted(session, cases, by=FigureBreakdown.CATEGORY)
    due_by_name = {name: sums.count(CaseCount.DUE) for name, sums in found.items()}
    assert due_by_name == {"街面秩序·占道经营": 2, "街面秩序·垃圾满溢": 1}


async def test_nothing_is_counted_of_no_cases(session: Session, cases: CaseRows) -> None:
    assert await counted(session, cases) == {}
    assert (await counted(session, cases, by=None))[None] == CaseSums(dict.fromkeys(CaseCount, 0))
    assert await case_sums.how_many(session, CaseCount.DUE, due(cases), ALL) == 0


PARTS = [
    pytest.param("all", ["ours stalls", "ours litter", "other stalls", "nobody's"], id="all"),
    pytest.param("of units", ["ours stalls", "ours litter"], id="of units"),
    pytest.param("of no units", [], id="of no units"),
    pytest.param("of the other unit", ["other stalls"], id="with that unit"),
    pytest.param("of no unit", ["nobody's"], id="that no unit has"),
    pytest.param("of stalls", ["ours stalls", "other stalls", "nobody's"], id="of a category"),
    pytest.param("of stalls of units", ["ours stalls"], id="of a category and of units"),
]


@pytest.mark.parametrize(("which", "names"), PARTS)
async def test_which_part_is_counted(session: Session, cases: CaseRows, which: str, names: list[str]) -> None:
    ours, other = id_of(cases.ours), id_of(cases.other)
    part = {
        "all": ALL,
        "of units": CountedCases(unit_ids=[ours]),
        "of no units": CountedCases(unit_ids=[]),
        "of the other unit": CountedCases(by=FigureBreakdown.UNIT, key=other),
        "of no unit": CountedCases(by=FigureBreakdown.UNIT, key=None),
        "of stalls": CountedCases(by=FigureBreakdown.CATEGORY, key="街面秩序·占道经营"),
        "of stalls of units": CountedCases(
            unit_ids=[ours], by=FigureBreakdown.CATEGORY, key="街面秩序·占道经营"
        ),
    }[which]
    registered: dict[str, Any] = {"registered_at": cases.at(-1)}
    ours_too = registered | {"unit_id": ours, "limit": -1}
    rows = {
        "ours stalls": await cases.add(**ours_too),
        "ours litter": await cases.add(**ours_too, category=cases.litter),
        "other stalls": await cases.add(**(ours_too | {"unit_id": other})),
        "nobody's": await cases.add(CaseState.REGISTERED, **registered),
    }
    # A case that no unit has, has no limit.
    held = [name for name in names if name != "nobody's"]
    for count, expected in ((CaseCount.REGISTERED, names), (CaseCount.DUE, held)):
        assert await listed(session, count, due(cases), part) == [rows[name] for name in expected]
        # Each case has one order at most, so the units add up here.
        for by in (None, *FigureBreakdown):
            found = await counted(session, cases, part, by)
            assert sum(sums.count(count) for sums in found.values()) == len(expected)


async def test_pages_of_members_go_by_number(session: Session, cases: CaseRows) -> None:
    last, first, second = [await cases.add(limit=-1, number=number) for number in ("c", "a", "b")]
    pages = [await listed(session, CaseCount.DUE, due(cases), offset=offset, limit=2) for offset in (0, 2, 4)]
    assert pages == [[first, second], [last], []]
    assert await case_sums.how_many(session, CaseCount.DUE, due(cases), ALL) == 3
