"""Queries of cases and known places near a spot, and of a person's latest reports and feedbacks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from models.cases import CasePhase, case_search, categories
from models.cases.categories import InspectionPoint
from models.db import Session
from models.people import Unit
from models.progress import EvidenceKind
from rules.cases.case_lifecycle import CaseEvent, CaseState
from rules.people.roles import Tier
from tests.support.case_rows import CaseRows
from tests.support.cases import CaseDesk
from tests.support.people import Roster
from tests.support.rows import Rows, id_of

LATITUDES, LONGITUDES = (30.5, 30.6), (114.3, 114.4)
BOX = [
    pytest.param({}, True, id="inside"),
    pytest.param({"latitude": 30.5, "longitude": 114.4}, True, id="in a corner"),
    pytest.param({"latitude": 30.61}, False, id="too far north"),
    pytest.param({"longitude": 114.29}, False, id="too far west"),
    pytest.param({"latitude": None, "longitude": None}, False, id="nobody knows where"),
    pytest.param({"state": CaseState.FED_BACK}, True, id="fed back"),
    pytest.param({"state": CaseState.CLOSED}, False, id="over"),
]


@pytest.mark.parametrize(("values", "found"), BOX)
async def test_open_cases_in_a_box(
    session: Session, cases: CaseRows, values: dict[str, Any], found: bool
) -> None:
    inside: dict[str, Any] = {"latitude": 30.55, "longitude": 114.35}
    case = await cases.add(**(inside | values))
    await cases.add(category=cases.litter, **inside)
    asked = await case_search.open_in_box(session, id_of(cases.stalls), LATITUDES, LONGITUDES)
    assert asked == ([(id_of(case), case.latitude, case.longitude)] if found else [])


async def test_open_cases_at_a_known_place_the_newest_first(
    session: Session, cases: CaseRows, maker: CaseDesk
) -> None:
    here, there = await maker.point("甲", cases.ours), await maker.point("乙", cases.ours)
    first, last = [await cases.add(point_id=here.id) for _ in range(2)]
    await cases.add(point_id=there.id)
    await cases.add()
    await cases.add(CaseState.MERGED, point_id=here.id)
    await cases.add(point_id=here.id, category=cases.litter)
    found = await case_search.open_at_point(session, id_of(cases.stalls), id_of(here))
    assert found == [id_of(last), id_of(first)]


async def test_the_first_picture_that_a_problem_came_with(session: Session, cases: CaseRows) -> None:
    case, other = await cases.add(), await cases.add()
    before, after = CasePhase.BEFORE, CasePhase.AFTER
    await cases.file(other, before, EvidenceKind.PHOTO)
    await cases.file(case, after, EvidenceKind.PHOTO)
    await cases.file(case, before, EvidenceKind.DOCUMENT)
    assert await case_search.first_photo(session, id_of(case)) is None
    video = await cases.file(case, before, EvidenceKind.VIDEO)
    await cases.file(case, before, EvidenceKind.PHOTO)
    assert await case_search.first_photo(session, id_of(case)) == video


async def test_whose_message_is_with_a_case(session: Session, cases: CaseRows) -> None:
    case = await cases.add()
    await cases.file(case, CasePhase.BEFORE, EvidenceKind.PHOTO, message_id=7)
    asked = [(cases.reporter, 7), (cases.other_person, 7), (cases.reporter, 8)]
    found = [await case_search.sent_as_message(session, id_of(who), message) for who, message in asked]
    assert found == [True, False, False]


async def test_what_one_has_reported_since(session: Session, cases: CaseRows) -> None:
    _, first, last = [await cases.add(reported_at=cases.at(hours)) for hours in (-1, 0, 1)]
    of_other = await cases.add(reporter_id=cases.other_person.id)
    steps = [await cases.rows.step(case, 1, CaseEvent.REPORT) for case in (_, first, last, of_other)]
    await cases.rows.step(first, 2, CaseEvent.REGISTER)
    found = await case_search.reported_since(session, id_of(cases.reporter), cases.rows.now)
    assert [tuple(row) for row in found] == [(last, steps[2]), (first, steps[1])]


FED_BACK = [
    pytest.param({}, True, id="at that moment"),
    pytest.param({"fed_back_at": -1}, False, id="before"),
    pytest.param({"state": CaseState.CLOSED}, False, id="closed by now"),
    pytest.param({"state": CaseState.REWORK}, False, id="to be done again"),
    pytest.param({"unit_id": None}, False, id="of no unit"),
]


@pytest.mark.parametrize(("values", "found"), FED_BACK)
async def test_what_was_fed_back_since(
    session: Session, cases: CaseRows, values: dict[str, Any], found: bool
) -> None:
    usual: dict[str, Any] = {"state": CaseState.FED_BACK, "unit_id": cases.ours.id, "fed_back_at": 0}
    given = usual | values
    case = await cases.add(**(given | {"fed_back_at": cases.at(given["fed_back_at"])}))
    await cases.add(**(usual | {"unit_id": cases.other.id, "fed_back_at": cases.at(0)}))
    asked = await case_search.fed_back_since(session, [id_of(cases.ours)], cases.rows.now)
    assert asked == ([case] if found else [])


@dataclass(frozen=True, slots=True)
class Places:
    rows: Rows
    ours: Unit
    other: Unit

    async def add(self, name: str, unit: Unit | None = None, **values: Any) -> InspectionPoint:
        row = InspectionPoint(name=name, unit_id=id_of(unit or self.ours), updated_at=self.rows.now, **values)
        return await self.rows.add(row)


@pytest.fixture
async def places(roster: Roster, rows: Rows) -> Places:
    return Places(rows, await roster.unit("甲街道", Tier.STREET), await roster.unit("乙村", Tier.VILLAGE))


SPOTS = [
    pytest.param({}, True, id="inside"),
    pytest.param({"latitude": 30.6, "longitude": 114.3}, True, id="in a corner"),
    pytest.param({"latitude": 30.49}, False, id="too far south"),
    pytest.param({"longitude": 114.41}, False, id="too far east"),
    pytest.param({"latitude": None, "longitude": None}, False, id="nobody knows where"),
    pytest.param({"active": False}, False, id="not offered any more"),
]


@pytest.mark.parametrize(("values", "found"), SPOTS)
async def test_known_places_in_a_box(
    session: Session, places: Places, values: dict[str, Any], found: bool
) -> None:
    point = await places.add("甲", **({"latitude": 30.55, "longitude": 114.35} | values))
    within = await categories.points_within(session, LATITUDES, LONGITUDES)
    assert within == ([point] if found else [])
    spots = await case_search.spots_in_box(session, LATITUDES, LONGITUDES)
    assert spots == ([(point.latitude, point.longitude)] if found else [])
    known = point.active and point.latitude is not None
    assert await case_search.any_spot(session) is known


async def test_known_places_whose_names_stand_in_a_text(session: Session, places: Places) -> None:
    short, long_one, other = [await places.add(name) for name in ("广场", "人民广场", "车站")]
    await places.add("市人民广场", active=False)
    found = case_search.points_named_in
    assert await found(session, "市人民广场东侧，车站对面", 9) == [long_one, short, other]
    assert await found(session, "市人民广场东侧", 1) == [long_one]
    assert await found(session, "别处", 9) == []


async def test_signs_and_letters_in_the_name_of_a_known_place_mean_themselves(
    session: Session, places: Places
) -> None:
    point, _, _ = [await places.add(name) for name in ("LED屏", "人%场", "人_广场")]
    found = case_search.points_named_in
    assert await found(session, "人民广场led屏不亮", 9) == [point]
    assert [one.name for one in await found(session, "人%场、人_广场", 9)] == ["人_广场", "人%场"]


async def test_known_places_of_units_by_name(session: Session, places: Places) -> None:
    b, a, c = [await places.add(name, unit) for name, unit in (("b", None), ("a", places.other), ("c", None))]
    await places.add("0", active=False)
    ours = [id_of(places.ours)]
    assert await case_search.points_of(session, None, 0, 9) == [a, b, c]
    assert await case_search.points_of(session, None, 1, 1) == [b]
    assert await case_search.points_of(session, ours, 0, 9) == [b, c]
    assert await case_search.points_of(session, [], 0, 9) == []


WORDS = [
    pytest.param(["广场"], ["人民广场", "车站"], id="in its name or its address"),
    pytest.param(["广场", "站"], ["车站"], id="every word, one in each"),
    pytest.param(["led"], ["LED屏"], id="small letters"),
    pytest.param(["%"], [], id="a sign for any letters means itself"),
    pytest.param([], ["LED屏", "人民广场", "车站"], id="no word"),
]


@pytest.mark.parametrize(("words", "names"), WORDS)
async def test_known_places_by_words(
    session: Session, places: Places, words: list[str], names: list[str]
) -> None:
    await places.add("车站", address="广场路1号")
    await places.add("人民广场")
    await places.add("LED屏")
    await places.add("旧广场", active=False)
    found = [point.name for point in await categories.points_named(session, words, 9)]
    assert found == names
    assert [point.name for point in await categories.points_named(session, words, 1)] == names[:1]


async def test_categories_stand_as_in_the_sheet(session: Session, maker: CaseDesk) -> None:
    rows = [await maker.category(name) for name in "甲乙丙丁"]
    for row, (position, active) in zip(rows, ((2, True), (1, True), (0, False), (1, True)), strict=True):
        row.position, row.active = position, active
    assert await categories.active_categories(session) == [rows[1], rows[3], rows[0]]
    assert await categories.all_categories(session) == rows


async def test_units_of_tiers_and_all_places(session: Session, roster: Roster, places: Places) -> None:
    await roster.unit("城管局")
    point = await places.add("甲", active=False)
    tiers = [Tier.VILLAGE, Tier.STREET]
    assert await case_search.units_of_tiers(session, tiers) == [places.ours, places.other]
    assert await case_search.units_of_tiers(session, []) == []
    assert await categories.all_points(session) == [point]
