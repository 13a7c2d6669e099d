"""What stands in a sheet, for those who do not make one themselves: nothing heavy is loaded here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SheetCell = str | int | float


@dataclass(frozen=True, slots=True)
class SheetTable:
    """One sheet. ``columns``: the heads, and the widths in characters."""

    title: str
    columns: Sequence[tuple[str, float]]
    rows: Iterable[Sequence[SheetCell]]
