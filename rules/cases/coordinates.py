"""Reads where a known place lies from what an office types: 117.12 and 36.65, or 117.12,36.65 in one cell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from rules.hidden_characters import readable
from rules.people.typed_names import normalise


@dataclass(frozen=True, slots=True)
class Position:
    """A place on the map, in degrees. ``swapped``: the office typed the two the other way round."""

    latitude: float
    longitude: float
    swapped: bool = False


_NUMBER: Final = re.compile(r"[+-]?\d{1,3}(?:\.\d{1,15})?")
_LABEL: Final = re.compile(r"^(?:经度|东经|纬度|北纬|lng|lon|lat|[EN])?:?|[°度]?[EN]?$", re.IGNORECASE)
_BETWEEN: Final = re.compile(r"[,、;/\s]+")
_DECIMALS: Final = 6  # a tenth of a metre
_CHINA: Final = ((18.0, 54.0), (73.0, 136.0))


def read_pair(text: str) -> tuple[float, float] | None:
    """The two numbers of one cell, in the cell's order; None if the cell does not hold two numbers."""
    cell = readable(text).strip().strip("()[]")
    parts = [part for part in _BETWEEN.split(cell) if _LABEL.sub("", part)]
    numbers = [number for part in parts if (number := read_degrees(part)) is not None]
    return (numbers[0], numbers[1]) if len(parts) == len(numbers) == 2 else None


def read_degrees(text: str) -> float | None:
    """The degrees in a text, as a decimal number; None if the text is no such number."""
    number = _LABEL.sub("", normalise(text))
    return round(float(number), _DECIMALS) if _NUMBER.fullmatch(number) else None


def position(longitude: float, latitude: float) -> Position | None:
    """The place on the map, turned round where the two were clearly swapped; None: nowhere in the world.

    Zero and zero are nowhere: programs write them for a place that they do not know.
    """
    as_said, turned = (latitude, longitude), (longitude, latitude)
    if not _in_world(*as_said) or (_in_china(*turned) and not _in_china(*as_said)):
        return Position(*turned, swapped=True) if _in_world(*turned) else None
    return Position(*as_said) if any(as_said) else None


def _in_world(latitude: float, longitude: float) -> bool:
    return abs(latitude) <= 90 and abs(longitude) <= 180


def _in_china(latitude: float, longitude: float) -> bool:
    (south, north), (west, east) = _CHINA
    return south <= latitude <= north and west <= longitude <= east
