"""What a row of the table found, what it is to reach, and whether it does."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row works. ``kept``: the folder for what takes long to build and is used again."""

    folder: Path
    kept: Path


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. ``value`` None: it was not measured, and ``note`` says why.

    ``most``, ``least``: what it is to reach; ``of_other``: the most in parts of the same figure of another
    checkout, which binds where one is measured beside this one.
    """

    what: str
    value: float | None
    unit: str
    most: float | None = None
    least: float | None = None
    of_other: float | None = None
    note: str = ""

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Figure:
        return cls(**values)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def holds(self) -> bool:
        """Whether it reaches what it is to reach; what is not measured breaks nothing."""
        if self.value is None:
            return True
        return (self.most is None or self.value <= self.most) and (
            self.least is None or self.value >= self.least
        )

    @property
    def target(self) -> str:
        if self.most is not None:
            return f"≤ {self._shown(self.most)}"
        return "" if self.least is None else f"≥ {self._shown(self.least)}"

    @property
    def measured(self) -> str:
        return "not measured" if self.value is None else self._shown(self.value, exact=True)

    def _shown(self, number: float, *, exact: bool = False) -> str:
        digits = (0 if abs(number) >= 100 else 1 if abs(number) >= 10 else 2) if exact else 2
        words = f"{number:,.{digits}f}"
        if not exact:
            words = words.rstrip("0").rstrip(".")
        return f"{words} {self.unit}".rstrip()


def medians(runs: Sequence[Sequence[Figure]]) -> list[Figure]:
    """The figures of several runs, each with its median. What one run could not measure is not measured."""
    found: dict[str, list[Figure]] = {}
    for figure in (one for run in runs for one in run):
        found.setdefault(figure.what, []).append(figure)
    return [replace(many[-1], value=_median(one.value for one in many)) for many in found.values()]


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None
