"""Coordinates as offices type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.cases.coordinates import Position, position, read_degrees, read_pair
from tests.services.importing.builders import full_width

HERE = (117.12, 36.65)
IN_CHINA = (st.floats(73, 135.99), st.floats(18, 53.99))


@pytest.mark.parametrize(
    "text",
    [
        *("117.12,36.65", "117.12\uff0c36.65", "117.12 36.65", "117.12、36.65", "117.12;36.65"),
        *("117.12/36.65", "117.12\n36.65", " 117.12 , 36.65 ", "(117.12,36.65)", "[117.12, 36.65]"),
        *("东经117.12，北纬36.65", "经度:117.12,纬度:36.65", "经度：117.12 纬度：36.65"),
        *("经度 117.12，纬度 36.65", "lng:117.12,lat:36.65", "Lon: 117.12, Lat: 36.65"),
        *("117.12°,36.65°", "117.12°E,36.65°N", "117.12E 36.65N", "E117.12,N36.65", "117.12度，36.65度"),
        *("+117.12,36.65", "117.1200000,36.6500000", full_width("117.12,36.65")),
    ],
)
def test_a_pair_in_all_its_spellings(text: str) -> None:
    assert read_pair(text) == HERE


@pytest.mark.parametrize(
    "text",
    [
        *("", ",", "117.12", "117.12,", "1,2,3", "117.12,abc", "人民路12号", "NaN,1", "inf,1", "1e2,3"),
        *("117°12′,36°39′", "1171236,366582", "117.12.3,36.65", "经度,纬度", "--117.12,36.65"),
    ],
)
def test_what_is_no_pair(text: str) -> None:
    assert read_pair(text) is None


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        *(("117.12", 117.12), ("东经117.12度", 117.12), ("-33.86", -33.86), ("0", 0.0), ("36", 36.0)),
        *(("117.1234567", 117.123457), ("", None), ("东经", None), ("117.", None), ("十", None)),
        *(("1171236", None), ("1e2", None), ("nan", None)),
    ],
)
def test_degrees(text: str, degrees: float | None) -> None:
    assert read_degrees(text) == degrees


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        (HERE, Position(36.65, 117.12)),
        # Clearly swapped: only the other order lies in the country, or in the world.
        ((36.65, 117.12), Position(36.65, 117.12, swapped=True)),
        ((36.0, 181.0), None),
        ((45.0, 91.0), Position(45.0, 91.0, swapped=True)),
        # Elsewhere in the world, and at its edges.
        ((-74.0, 40.7), Position(40.7, -74.0)),
        ((0.0, 51.5), Position(51.5, 0.0)),
        ((180.0, 90.0), Position(90.0, 180.0)),
        ((-90.0, -180.0), Position(-90.0, -180.0, swapped=True)),
        # Nowhere.
        *(((0.0, 0.0), None), ((181.0, 36.0), None), ((120.0, 100.0), None), ((-181.0, -91.0), None)),
    ],
)
def test_where_it_is(pair: tuple[float, float], expected: Position | None) -> None:
    assert position(*pair) == expected


@given(*IN_CHINA)
def test_the_country_is_found_whichever_way_round(longitude: float, latitude: float) -> None:
    assert position(longitude, latitude) == Position(latitude, longitude)
    assert position(latitude, longitude) == Position(latitude, longitude, swapped=True)


@given(st.floats(-999, 999), st.floats(-999, 999))
def test_a_position_is_in_the_world(longitude: float, latitude: float) -> None:
    found = position(longitude, latitude)
    if found is not None:
        assert abs(found.latitude) <= 90
        assert abs(found.longitude) <= 180
        assert {found.latitude, found.longitude} == {latitude, longitude}


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_what_a_program_writes_is_read_to_a_tenth_of_a_metre(longitude: float, latitude: float) -> None:
    found = read_pair(f"{longitude:.8f},{latitude:.8f}")
    assert found == pytest.approx((longitude, latitude), abs=1e-6)


@given(st.text(max_size=30))
def test_any_text_is_two_numbers_or_none(text: str) -> None:
    found = read_pair(text)
    assert found is None or all(abs(number) < 1000 for number in found)
