"""What a pressed button's arguments are to the use case behind it, for tests that call the use case."""

from __future__ import annotations

from dataclasses import MISSING
from typing import TypeVar

from handlers.arguments import read_arguments
from services.views import ButtonSpec

T = TypeVar("T")


def argument(spec: ButtonSpec, name: str, wanted: type[T]) -> T:
    """The argument of that type, read as a press reads it."""
    found = read_arguments({name: (wanted, MISSING)}, spec.arguments, beside=spec.arguments)[name]
    assert isinstance(found, wanted)
    return found
