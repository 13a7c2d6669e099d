"""The sample's categories and known places are read correctly, and fit its roster."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import pytest

from demo.sample import data, workbooks
from rules.cases.coordinates import Position
from rules.people.roles import Tier
from rules.working_time import TimeUnit
from services.importing.rows.category_rows import ParsedCategories, parse_categories
from services.importing.rows.point_rows import ParsedPoints, parse_points
from services.importing.rows.roster_rows import parse_roster
from services.importing.rows.task_units import Roster

CATEGORIES, POINTS = data.categories(), data.points()


@pytest.fixture(scope="module")
def roster(tmp_path_factory: pytest.TempPathFactory) -> Roster:
    path = tmp_path_factory.mktemp("sample") / "roster.xlsx"
    workbooks.write_roster(path, data.roster())
    return Roster({unit.name: unit.tier for unit in parse_roster(path.read_bytes(), path.name).units})


@pytest.fixture(scope="module")
def categories(tmp_path_factory: pytest.TempPathFactory, roster: Roster) -> ParsedCategories:
    path: Path = tmp_path_factory.mktemp("sample") / "categories.xlsx"
    workbooks.write_categories(path, CATEGORIES)
    return parse_categories(path.read_bytes(), path.name, roster=roster)


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory, roster: Roster) -> ParsedPoints:
    path: Path = tmp_path_factory.mktemp("sample") / "points.xlsx"
    workbooks.write_points(path, POINTS)
    return parse_points(path.read_bytes(), path.name, roster=roster)


def test_every_category_is_read_and_none_is_doubtful(categories: ParsedCategories) -> None:
    assert not categories.refused
    assert not categories.notices
    assert not [row for row in categories.rows if row.warnings]
    assert len(categories.rows) >= 15
    said = [(row.name, row.standard, row.indicator) for row in categories.rows]
    assert said == [(line.name, line.standard, line.indicator) for line in CATEGORIES.lines]
    radii = [str(row.radius_m or "") for row in categories.rows]
    assert radii == [line.radius for line in CATEGORIES.lines]


def test_the_five_areas_are_inherited_through_merged_cells(categories: ParsedCategories) -> None:
    areas = [(area, len(list(rows))) for area, rows in groupby(categories.rows, lambda row: row.area)]
    assert [area for area, _ in areas] == ["街面秩序", "市容环境", "集贸市场", "交通秩序", "社区工作"]
    assert all(count >= 3 for _, count in areas)


def test_all_units_of_time_and_all_tiers_of_a_place_occur(categories: ParsedCategories) -> None:
    assert {row.limit.unit for row in categories.rows} == set(TimeUnit)
    assert {row.tier for row in categories.rows} == {None, Tier.STREET, Tier.PARK, Tier.VILLAGE}
    named = {line.name: line.unit for line in CATEGORIES.lines}
    assert {row.name: row.unit for row in categories.rows if row.unit} == {
        name: unit for name, unit in named.items() if not unit.startswith("属地")
    }


def test_every_place_is_read_where_it_says(points: ParsedPoints) -> None:
    assert not points.refused
    assert not points.notices
    assert [(row.name, row.unit, row.address) for row in points.rows] == [
        (line.name, line.unit, line.address) for line in POINTS.lines
    ]
    for row, line in zip(points.rows, POINTS.lines, strict=True):
        longitude, latitude = map(float, line.coordinates.split(","))
        assert row.place == Position(latitude, longitude)
        assert not row.warnings
