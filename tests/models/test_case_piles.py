"""Queries of the case desk: piles of waiting cases, the last words about them, and possible duplicates."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import select

from models.cases import Case, CaseFollower, Instruction, case_piles
from models.cases.case_piles import Pile, PileFilter
from models.db import Session
from rules.cases.case_facts import AppealState, Colour
from rules.cases.case_lifecycle import RUNNING, CaseEvent, CaseState
from tests.support.case_rows import CaseRows
from tests.support.cases import CaseDesk
from tests.support.rows import id_of, ids_of

BY_STATE = {
    CaseState.REPORTED: {Pile.TO_REGISTER},
    CaseState.VERIFYING: {Pile.VERIFYING, Pile.TO_VERIFY},
    CaseState.VERIFIED: {Pile.TO_REGISTER},
    CaseState.REGISTERED: {Pile.TO_DISPATCH},
    CaseState.DISPATCHED: {Pile.TO_SIGN},
    CaseState.ACKNOWLEDGED: {Pile.TO_HANDLE},
    CaseState.HANDLING: {Pile.TO_HANDLE},
    CaseState.FED_BACK: {Pile.TO_CHECK},
    CaseState.REWORK: {Pile.TO_HANDLE},
}
RUNNING_PILES = {Pile.EXTENSIONS, Pile.TO_RELEASE, Pile.OVERDUE, Pile.DUE_SOON}
EVERY_SIGN = {"extension_asked": True, "colour": Colour.RED, "limit_at": -1}
SIGNS: list[tuple[CaseState, dict[str, Any], set[Pile]]] = [
    *((state, EVERY_SIGN, RUNNING_PILES if state in RUNNING else set()) for state in CaseState),
    (CaseState.HANDLING, {"extension_asked": True}, {Pile.EXTENSIONS}),
    (CaseState.HANDLING, {"colour": Colour.BLUE}, {Pile.DUE_SOON}),
    (CaseState.HANDLING, {"colour": Colour.RED}, {Pile.TO_RELEASE, Pile.DUE_SOON}),
    (CaseState.HANDLING, {"colour": Colour.RED, "released": True}, {Pile.DUE_SOON}),
    (CaseState.HANDLING, {"limit_at": -1}, {Pile.OVERDUE, Pile.DUE_SOON}),
    (CaseState.HANDLING, {"limit_at": 0}, set()),  # exactly at its limit a case is not overdue
    (CaseState.CLOSED, {"appeal": AppealState.ASKED}, {Pile.APPEALS}),
    (CaseState.CLOSED, {"appeal": AppealState.REFUSED}, set()),
    (CaseState.HANDLING, {"appeal": AppealState.ASKED}, set()),  # the case was reopened since
]


async def test_on_which_piles_each_case_is(session: Session, cases: CaseRows) -> None:
    expected: dict[Pile, set[str]] = {pile: set() for pile in Pile}
    states: list[tuple[CaseState, dict[str, Any], set[Pile]]] = [(state, {}, set()) for state in CaseState]
    for state, values, piles in (*states, *SIGNS):
        moments = {"limit_at": cases.at(values["limit_at"])} if "limit_at" in values else {}
        text = f"{state}: {values}"
        await cases.add(state, **(values | moments), text=text)
        for pile in piles | BY_STATE.get(state, set()):
            expected[pile].add(text)
    for pile in Pile:
        asked = pile, PileFilter(), cases.rows.now
        found = await case_piles.pile_page(session, *asked, offset=0, limit=99)
        assert sorted(case.text for case in found) == sorted(expected[pile]), pile
        assert await case_piles.count_pile(session, *asked) == len(found)


@pytest.mark.parametrize("state", [CaseState.HANDLING, CaseState.CLOSED])
async def test_what_a_leader_wrote_is_to_be_relayed_until_it_is(
    session: Session, cases: CaseRows, state: CaseState
) -> None:
    order, other = [await cases.rows.order(cases.ours, cases.reporter, serial) for serial in (1, 2)]
    case = await cases.add(state, order_id=order.id)
    await cases.add(state, order_id=other.id)
    await cases.add(state)
    now = cases.rows.now
    written = Instruction(order_id=id_of(order), leader_id=id_of(cases.reporter), text="尽快", written_at=now)
    await cases.rows.add(written)
    page = {"offset": 0, "limit": 9}
    assert await case_piles.count_pile(session, Pile.TO_RELAY, PileFilter(), now) == 0
    written.sent_at = now
    await session.flush()
    assert await case_piles.pile_page(session, Pile.TO_RELAY, PileFilter(), now, **page) == [case]
    for over in ("released_at", "withdrawn_at"):
        setattr(written, over, now)
        await session.flush()
        assert await case_piles.count_pile(session, Pile.TO_RELAY, PileFilter(), now) == 0
        setattr(written, over, None)


NARROW: list[tuple[str, list[int]]] = [
    ("all", [0, 1, 2, 3]),
    ("of units", [0, 3]),
    ("of no units", []),
    ("verified by one", [3]),
    ("of a unit, but not that one", [1]),
    ("of units and verified by one", [3]),
    ("of units, but not of these", []),
]


@pytest.mark.parametrize("pile", [Pile.TO_HANDLE, Pile.APPEALS, Pile.TO_RELAY])
async def test_a_pile_is_narrowed(session: Session, cases: CaseRows, pile: Pile) -> None:
    order = await cases.rows.order(cases.ours, cases.reporter, 1)
    await cases.rows.add(
        Instruction(
            order_id=1,
            leader_id=id_of(cases.reporter),
            text="尽快",
            written_at=cases.rows.now,
            sent_at=cases.rows.now,
        )
    )
    state = CaseState.CLOSED if pile is Pile.APPEALS else CaseState.HANDLING
    common: dict[str, Any] = {"appeal": AppealState.ASKED, "order_id": order.id}
    ours, me = id_of(cases.ours), id_of(cases.other_person)
    held = ((ours, None), (cases.other.id, cases.reporter.id), (None, None), (ours, me))
    rows = [
        await cases.add(state, **common, unit_id=unit_id, verifier_id=verifier) for unit_id, verifier in held
    ]
    narrow = {
        "all": PileFilter(),
        "of units": PileFilter(frozenset({ours})),
        "of no units": PileFilter(frozenset()),
        "verified by one": PileFilter(verifier_id=me),
        "of a unit, but not that one": PileFilter(not_unit=ours),
        "of units and verified by one": PileFilter(frozenset({ours}), me),
        "of units, but not of these": PileFilter(frozenset({ours}), not_unit=ours),
    }
    for name, places in NARROW:
        asked = pile, narrow[name], cases.rows.now
        found = await case_piles.pile_page(session, *asked, offset=0, limit=9)
        assert found == [rows[place] for place in places], name


async def test_a_pile_stands_by_limit_and_what_has_none_as_it_came(session: Session, cases: CaseRows) -> None:
    none, late, first, second, last_none = [await cases.add(limit=hours) for hours in (None, 2, 1, 1, None)]
    expected = [first, second, late, none, last_none]
    pages = [
        await case_piles.pile_page(
            session, Pile.TO_HANDLE, PileFilter(), cases.rows.now, offset=offset, limit=2
        )
        for offset in (0, 2, 4, 6)
    ]
    assert pages == [expected[:2], expected[2:4], expected[4:], []]


async def test_the_last_step_of_some_events(session: Session, cases: CaseRows) -> None:
    case, other, none = [await cases.add() for _ in range(3)]
    asked, refused = CaseEvent.ASK_EXTENSION, CaseEvent.REFUSE_EXTENSION
    last = await cases.rows.step(case, 3, asked)
    await cases.rows.step(case, 2, refused)
    await cases.rows.step(case, 4, CaseEvent.COLOUR)
    of_other = await cases.rows.step(other, 2, refused)
    await cases.rows.step(none, 1, CaseEvent.REPORT)
    ids = ids_of(case, other, none)
    found = await case_piles.last_steps(session, ids, [asked, refused])
    assert found == {id_of(case): last, id_of(other): of_other}
    assert await case_piles.last_steps(session, ids[:1], [refused, CaseEvent.REGISTER]) != {}


async def test_the_last_reminder_of_each_case(session: Session, cases: CaseRows) -> None:
    rows = cases.rows
    _, last = [await rows.audit(case_piles.REMINDED, ("case", 1)) for _ in range(2)]
    await rows.audit(case_piles.REMINDED, ("case", 2), at=cases.at(-1))
    await rows.audit(case_piles.REMINDED, ("task", 3))
    await rows.audit("remind", ("case", 3))
    await rows.audit(case_piles.REMINDED, ("case", 4))
    assert await case_piles.last_reminders(session, [1, 2, 3], rows.now) == {1: last}


NEAR = [
    pytest.param({}, {"category": "litter"}, None, id="something else elsewhere"),
    pytest.param({}, {"category": "stalls"}, 1, id="of the same category"),
    pytest.param({"point_id": 1}, {"category": "litter", "point_id": 1}, 0, id="at the same known place"),
    pytest.param({"point_id": 1}, {"category": "litter", "point_id": 2}, None, id="at another known place"),
    pytest.param({}, {"category": "litter", "point_id": 1}, None, id="at a known place, we at none"),
    pytest.param({"spot": 0}, {"category": "litter", "spot": 0.002}, 0, id="within some 222 metres"),
    pytest.param({"spot": 0}, {"category": "litter", "spot": 0.003}, None, id="at some 333 metres"),
    pytest.param({"spot": 0}, {"category": "stalls", "spot": 0.003}, 1, id="further, of the same category"),
    pytest.param({"spot": 0}, {"category": "litter"}, None, id="nobody knows where"),
    pytest.param({}, {"category": "stalls", "spot": 0}, 1, id="nobody knows where we are"),
    pytest.param({}, {"category": "stalls", "state": CaseState.CLOSED}, None, id="over"),
]


@pytest.mark.parametrize(("ours", "given", "rank"), NEAR)
async def test_which_cases_may_be_the_same(
    session: Session,
    cases: CaseRows,
    maker: CaseDesk,
    ours: dict[str, Any],
    given: dict[str, Any],
    rank: int | None,
) -> None:
    """``spot``: degrees of latitude from a place. ``rank``: 0 for near by, then 1 for the same kind."""
    for name in ("甲", "乙"):
        await maker.point(name, cases.ours)

    async def add(values: dict[str, Any]) -> Case:
        values = dict(values)
        category = cases.litter if values.pop("category", "stalls") == "litter" else cases.stalls
        if "spot" in values:
            values |= {"latitude": 30.5 + values.pop("spot"), "longitude": 114.3}
        return await cases.add(category=category, **values)

    case = await add(ours)
    other = await add(given)
    ranked = [other] if rank is not None else []
    assert await case_piles.maybe_the_same(session, case, 250, 9) == ranked
    if rank is not None:
        newer = await add({"category": "stalls"})
        expected = [other, newer] if rank == 0 else [newer, other]
        assert await case_piles.maybe_the_same(session, case, 250, 9) == expected
        assert await case_piles.maybe_the_same(session, case, 250, 1) == expected[:1]


async def test_who_follows_the_one_follows_the_other(session: Session, cases: CaseRows) -> None:
    case, into = await cases.add(), await cases.add()
    await cases.follow(case, cases.reporter, muted=True)
    await cases.follow(case, cases.other_person, muted=True)
    await cases.follow(into, cases.reporter)
    await case_piles.follow_along(session, id_of(case), id_of(into))
    found = [
        (row.case_id, row.contact_id, row.muted) for row in (await session.exec(select(CaseFollower))).all()
    ]
    me, other = ids_of(cases.reporter, cases.other_person)
    assert sorted(found) == [
        (id_of(case), me, True),
        (id_of(case), other, True),
        (id_of(into), me, False),
        (id_of(into), other, True),
    ]
