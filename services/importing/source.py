"""Where the lines of a file were read from, so that some of them can be returned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.importing.cells import CellValue, Grid
from services.importing.headers import Header


@dataclass(frozen=True, slots=True)
class SheetSource:
    """``meant``: by row number and column, what a line means, with its groups and 同上 resolved."""

    grid: Grid
    header: Header[Any]
    meant: Mapping[int, Mapping[Any, CellValue]] = field(default_factory=dict)
