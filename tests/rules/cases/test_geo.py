"""Distances and boxes of degrees, checked against known distances and at the edges of the map."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.cases import geo
from rules.cases.geo import Spot

WUHAN, BEIJING = (30.5928, 114.3055), (39.9042, 116.4074)
latitudes = st.floats(-90, 90, allow_nan=False)
longitudes = st.floats(-180, 180, allow_nan=False)
spots = st.tuples(latitudes, longitudes)


@pytest.mark.parametrize(
    ("one", "other", "metres", "within"),
    [
        (WUHAN, WUHAN, 0, 0),
        # A degree of a great circle.
        ((0.0, 0.0), (1.0, 0.0), 111_195, 1),
        ((0.0, 0.0), (0.0, 1.0), 111_195, 1),
        # At 60 degrees a degree of longitude is half as wide.
        ((60.0, 10.0), (60.0, 11.0), 55_597, 5),
        (WUHAN, BEIJING, 1_052_000, 2_000),
        # Across the date line, and over the pole.
        ((0.0, 179.5), (0.0, -179.5), 111_195, 1),
        ((89.5, 0.0), (89.5, 180.0), 111_195, 1),
        ((0.0, 0.0), (0.0, 180.0), math.pi * geo.EARTH_RADIUS_M, 1),
    ],
)
def test_known_distances(one: Spot, other: Spot, metres: float, within: float) -> None:
    assert geo.distance_m(one, other) == pytest.approx(metres, abs=within)
    assert geo.distance_m(other, one) == geo.distance_m(one, other)


def test_metres_in_a_street() -> None:
    """Distances near the radius of duplicates, where rounding could matter most."""
    degree = math.pi * geo.EARTH_RADIUS_M / 180
    north = (WUHAN[0] + 250 / degree, WUHAN[1])
    east = (WUHAN[0], WUHAN[1] + 250 / degree / math.cos(math.radians(WUHAN[0])))
    assert geo.distance_m(WUHAN, north) == pytest.approx(250, abs=0.01)
    assert geo.distance_m(WUHAN, east) == pytest.approx(250, abs=0.01)


def inside(spot: Spot, box: tuple[Spot, Spot]) -> bool:
    return all(low <= value <= high for value, (low, high) in zip(spot, box, strict=True))


@given(centre=spots, bearing=st.floats(0, 2 * math.pi), share=st.floats(0, 1), radius=st.floats(1, 500_000))
def test_all_within_the_radius_is_in_the_box(
    centre: Spot, bearing: float, share: float, radius: float
) -> None:
    """A place at ``share`` of the radius, in any direction, also beyond a pole or the date line."""
    latitude, longitude, angle = math.radians(centre[0]), math.radians(centre[1]), radius * share
    angle /= geo.EARTH_RADIUS_M
    sine = math.sin(latitude) * math.cos(angle) + math.cos(latitude) * math.sin(angle) * math.cos(bearing)
    there = math.asin(max(-1.0, min(1.0, sine)))
    east = math.sin(bearing) * math.sin(angle) * math.cos(latitude)
    aside = longitude + math.atan2(east, math.cos(angle) - math.sin(latitude) * math.sin(there))
    spot = (math.degrees(there), (math.degrees(aside) + 540) % 360 - 180)
    if geo.distance_m(centre, spot) <= radius:
        assert inside(spot, geo.box(centre, radius))


def test_the_box_is_not_much_larger() -> None:
    """A much larger box would make the index of little use."""
    (south, north), (west, east) = geo.box(WUHAN, 250)
    assert geo.distance_m((south, WUHAN[1]), (north, WUHAN[1])) < 502
    assert geo.distance_m((WUHAN[0], west), (WUHAN[0], east)) < 502


@pytest.mark.parametrize(
    ("centre", "latitudes"),
    [
        ((90.0, 0.0), (89.5, 90.0)),
        ((-90.0, 0.0), (-90.0, -89.5)),
        ((0.0, 180.0), (-0.5, 0.5)),
        ((0.0, -179.9), (-0.5, 0.5)),
    ],
)
def test_at_the_edges_of_the_map(centre: Spot, latitudes: Spot) -> None:
    found, every = geo.box(centre, 55_000)
    assert every == (-180.0, 180.0)
    assert found == pytest.approx(latitudes, abs=0.01)


@pytest.mark.parametrize(
    ("spot", "nowhere"),
    [((0.0, 0.0), True), ((-0.0, 0.0), True), ((0.0, 0.1), False), ((0.00001, 0.0), False), (WUHAN, False)],
)
def test_nowhere(spot: Spot, nowhere: bool) -> None:
    assert geo.is_nowhere(spot) is nowhere
