"""The sample photos, which the product owns, and the sample's places."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import Final

NAMES: Final = ("stall", "puddle", "rubbish", "adverts", "bikes", "clean")


@cache
def photo(name: str) -> bytes:
    """The bytes of a sample photo (JPEG)."""
    return (resources.files("demo.page") / "photos" / f"{name}.jpg").read_bytes()


def degrees(coordinates: str) -> tuple[float, float]:
    """Latitude and longitude from what the sheet states: 经度，纬度."""
    longitude, latitude = (float(part) for part in re.split("[,，]", coordinates))
    return latitude, longitude
