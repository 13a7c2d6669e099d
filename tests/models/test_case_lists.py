"""Queries of case lists: whose cases, which part, in which order, and how many."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from models.cases import Case, case_lists
from models.cases.case_lists import CaseListFilter
from models.db import Session
from models.office import ledger_rows
from rules.cases.case_facts import Colour
from rules.cases.case_lifecycle import RUNNING, CaseEvent, CaseState
from rules.cases.case_parts import CaseListPart
from tests.support.case_rows import CaseRows
from tests.support.rows import id_of

ALL = CaseListFilter()
OVER = {CaseState.CLOSED, CaseState.REJECTED, CaseState.MERGED}


async def listed(
    session: Session,
    cases: CaseRows,
    which: CaseListPart,
    whose: CaseListFilter = ALL,
    *,
    first: int | None = None,
    offset: int = 0,
    limit: int = 99,
) -> list[Case]:
    """A page of the list; closed cases are on it for ten hours."""
    found = await case_lists.page(
        session, whose, which, since=cases.at(-10), first=first, offset=offset, limit=limit
    )
    return list(found)


async def test_suspended_ones_come_last_page_by_page(session: Session, cases: CaseRows) -> None:
    """However early the limit of a suspended case was, what runs comes first."""
    states = [CaseState.SUSPENDED, CaseState.HANDLING, CaseState.SUSPENDED, CaseState.FED_BACK]
    rows = [await cases.add(state, limit_at=cases.at(hours)) for hours, state in enumerate(states)]
    expected = [rows[1], rows[3], rows[0], rows[2]]
    assert await listed(session, cases, CaseListPart.OPEN) == expected
    for size in (1, 2, 3):
        pages = [
            await listed(session, cases, CaseListPart.OPEN, offset=offset, limit=size)
            for offset in range(0, 5, size)
        ]
        assert [case for page in pages for case in page] == expected


async def test_an_open_case_is_in_one_part_and_is_counted_there(session: Session, cases: CaseRows) -> None:
    by_state = {CaseState.SUSPENDED: CaseListPart.SUSPENDED, CaseState.FED_BACK: CaseListPart.CHECKING}
    expected: dict[CaseListPart, list[Case]] = {which: [] for which in CaseListPart}
    for state in CaseState:
        for colour in Colour:
            case = await cases.add(state, colour=colour)
            if state not in OVER:
                part = (
                    CaseListPart(colour.value)
                    if state in RUNNING
                    else by_state.get(state, CaseListPart.WAITING)
                )
                expected[part].append(case)
                expected[CaseListPart.OPEN].append(case)
    # Suspended cases stand behind all others.
    expected[CaseListPart.OPEN].sort(key=lambda case: case.state is CaseState.SUSPENDED)
    assert {which: await listed(session, cases, which) for which in CaseListPart} == expected
    counts = await case_lists.open_counts(session, ALL)
    assert counts == {which: len(found) for which, found in expected.items()}
    # There are 13 states in 4 colours. In 4 states a case runs, in 4 it has no unit yet, in 3 it is over.
    sizes = {which: len(found) for which, found in expected.items()}
    assert sizes == {
        CaseListPart.OPEN: 40,
        **dict.fromkeys((CaseListPart.RED, CaseListPart.YELLOW, CaseListPart.BLUE, CaseListPart.NONE), 4),
        CaseListPart.SUSPENDED: 4,
        CaseListPart.CHECKING: 4,
        CaseListPart.WAITING: 16,
        CaseListPart.CLOSED: 0,
    }


WHOSE = [
    pytest.param({}, ["ours", "signed", "reported", "nobody's"], id="all"),
    pytest.param({"unit_ids": "ours"}, ["ours", "reported"], id="of a unit"),
    pytest.param({"unit_ids": "none"}, [], id="of no unit"),
    pytest.param({"signed_by": "other"}, ["signed"], id="signed for by one"),
    pytest.param({"reported_by": "other"}, ["reported"], id="reported by one"),
    pytest.param({"unit_ids": "ours", "reported_by": "other"}, ["reported"], id="both"),
    pytest.param({"unit_ids": "ours", "signed_by": "other"}, [], id="both, and none is"),
]


@pytest.mark.parametrize(("asked", "names"), WHOSE)
async def test_whose_cases_are_listed_and_counted(
    session: Session, cases: CaseRows, asked: dict[str, Any], names: list[str]
) -> None:
    other = id_of(cases.other_person)
    ours = cases.ours.id
    rows = {
        "ours": await cases.add(unit_id=ours),
        "signed": await cases.add(unit_id=cases.other.id, responsible_id=other),
        "reported": await cases.add(unit_id=ours, reporter_id=other),
        "nobody's": await cases.add(CaseState.REGISTERED),
    }
    words: dict[str, Any] = {"ours": frozenset({id_of(cases.ours)}), "none": frozenset(), "other": other}
    whose = CaseListFilter(**{name: words[value] for name, value in asked.items()})
    assert await listed(session, cases, CaseListPart.OPEN, whose) == [rows[name] for name in names]
    assert (await case_lists.open_counts(session, whose))[CaseListPart.OPEN] == len(names)
    for row in rows.values():
        row.state, row.closed_at = CaseState.CLOSED, cases.at(0)
    await session.flush()
    assert await case_lists.count_closed(session, whose, cases.at(0)) == len(names)


async def test_the_soonest_limit_comes_first_and_no_limit_last(session: Session, cases: CaseRows) -> None:
    none, late, first, second, last_none = [await cases.add(limit=hours) for hours in (None, 2, 1, 1, None)]
    expected = [first, second, late, none, last_none]
    assert await listed(session, cases, CaseListPart.OPEN) == expected
    pages = [
        await listed(session, cases, CaseListPart.OPEN, offset=offset, limit=2) for offset in (0, 2, 4, 6)
    ]
    assert pages == [expected[:2], expected[2:4], expected[4:], []]


async def test_what_one_has_signed_for_comes_before_all_else(session: Session, cases: CaseRows) -> None:
    me = id_of(cases.reporter)
    soonest = await cases.add(limit=1)
    mine_late, mine = [await cases.add(limit=hours, responsible_id=me) for hours in (9, 5)]
    of_other = await cases.add(limit=2, responsible_id=cases.other_person.id)
    found = await listed(session, cases, CaseListPart.OPEN, first=me)
    assert found == [mine, mine_late, soonest, of_other]


async def test_closed_lately_and_the_last_first(session: Session, cases: CaseRows) -> None:
    at_first, tie_one, tie_two, _ = [
        await cases.add(CaseState.CLOSED, closed_at=cases.at(hours)) for hours in (-10, -1, -1, -11)
    ]
    await cases.add(CaseState.REJECTED, closed_at=cases.at(-1))
    assert await listed(session, cases, CaseListPart.CLOSED) == [tie_two, tie_one, at_first]
    assert await listed(session, cases, CaseListPart.CLOSED, offset=1, limit=1) == [tie_one]
    assert await case_lists.count_closed(session, ALL, cases.at(-10)) == 3


VIEWS = [
    pytest.param("all", {}, True, id="who sees all"),
    pytest.param("ours", {"unit_id": "ours"}, True, id="of their unit"),
    pytest.param("ours", {"unit_id": "other"}, False, id="of another unit"),
    pytest.param("ours", {}, False, id="of no unit"),
    pytest.param("none", {"reporter_id": "me"}, True, id="reported by them"),
    pytest.param("none", {"verifier_id": "me"}, True, id="to be verified by them"),
    pytest.param("none", {"follows": "me"}, True, id="followed by them"),
    pytest.param("none", {"follows": "another"}, False, id="followed by another"),
    pytest.param("none", {"responsible_id": "me"}, False, id="signed for by them, elsewhere by now"),
]


@pytest.mark.parametrize(("scope", "given", "seen"), VIEWS)
async def test_what_is_in_a_contacts_view(
    session: Session, cases: CaseRows, scope: str, given: dict[str, str], seen: bool
) -> None:
    people = {"me": cases.other_person, "another": cases.reporter}
    ids = {"ours": cases.ours.id, "other": cases.other.id, "me": cases.other_person.id}
    case, neighbour = await cases.add(), await cases.add()
    for name, value in given.items():
        if name == "follows":
            await cases.follow(case, people[value], muted=True)
        else:
            setattr(case, name, ids[value])
    await cases.follow(neighbour, cases.reporter)
    await session.flush()
    units = {"all": None, "ours": [id_of(cases.ours)], "none": []}[scope]
    view = case_lists.in_view(id_of(cases.other_person), units)
    wanted = sa.select(Case).where(view, Case.id == case.id)  # type: ignore[arg-type]  # a column, not its value
    assert (await session.execute(wanted)).scalars().all() == ([case] if seen else [])


async def test_what_the_ledger_reads(
    session: Session, cases: CaseRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row by row, however few are read at once."""
    case, other = await cases.add(), await cases.add(CaseState.CLOSED)
    order = await cases.rows.order(cases.ours, cases.reporter, 1)
    who = cases.reporter.id
    await cases.rows.step(other, 1, CaseEvent.REPORT)
    await cases.rows.step(case, 2, CaseEvent.DISPATCH, unit_id=cases.ours.id, reason="尽快")
    await cases.rows.step(case, 1, CaseEvent.REPORT, actor_id=who)
    for few in (1, 2, 3, 100):
        monkeypatch.setattr(ledger_rows, "AT_ONCE", few)
        found = [(row["case_number"], row["number"]) async for row in ledger_rows.steps(session)]
        assert found == [(other.number, 1), (case.number, 2), (case.number, 1)]
        numbers = [one.number async for one in ledger_rows.cases(session)]
        assert numbers == [case.number, other.number]
    assert list(await case_lists.all_orders(session)) == [id_of(order)]
