"""Distances on the earth, and boxes of degrees around a place."""

from __future__ import annotations

from math import asin, cos, degrees, radians, sin, sqrt
from typing import Final

EARTH_RADIUS_M: Final = 6_371_008.8
_POLE: Final = 89.9
# Latitude and longitude in degrees.
Spot = tuple[float, float]


def distance_m(one: Spot, other: Spot) -> float:
    """Metres between two places, along the earth's surface (haversine)."""
    latitude, other_latitude = radians(one[0]), radians(other[0])
    by_latitude = sin((other_latitude - latitude) / 2) ** 2
    by_longitude = sin(radians(other[1] - one[1]) / 2) ** 2
    share = by_latitude + cos(latitude) * cos(other_latitude) * by_longitude
    return 2 * EARTH_RADIUS_M * asin(sqrt(min(share, 1.0)))


def box(centre: Spot, radius_m: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """The ranges of latitude and longitude that hold all places within ``radius_m`` of ``centre``.

    Near a pole or the date line the range holds every longitude.
    """
    latitude, longitude = centre
    up = degrees(radius_m / EARTH_RADIUS_M) * 1.001
    latitudes = max(latitude - up, -90.0), min(latitude + up, 90.0)
    widest = max(abs(latitudes[0]), abs(latitudes[1]))
    if widest > _POLE:
        return latitudes, (-180.0, 180.0)
    aside = up / cos(radians(widest))
    if longitude - aside < -180.0 or longitude + aside > 180.0:
        return latitudes, (-180.0, 180.0)
    return latitudes, (longitude - aside, longitude + aside)


def is_nowhere(spot: Spot) -> bool:
    """Whether the spot is 0, 0. A device that does not know where it is sends that."""
    return spot == (0.0, 0.0)
