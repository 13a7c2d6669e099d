"""The golden files: a compressed text for each campaign, and how far a new run agrees with it."""

from __future__ import annotations

import difflib
import lzma
from collections.abc import Sequence
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent
SHOWN: Final = 60
"""Lines of a difference that are shown."""
_AROUND: Final = 400


def read(name: str) -> list[str]:
    return lzma.decompress(_path(name).read_bytes()).decode().splitlines()


def write(name: str, lines: Sequence[str]) -> None:
    _path(name).write_bytes(lzma.compress("".join(f"{line}\n" for line in lines).encode(), preset=9))


def difference(kept: Sequence[str], made: Sequence[str]) -> list[str]:
    """The first lines in which a run differs from what is kept, with what stands around; [] if none does."""
    if list(kept) == list(made):
        return []
    same = next((n for n, (one, other) in enumerate(zip(kept, made, strict=False)) if one != other), None)
    first = min(len(kept), len(made)) if same is None else same
    part = slice(max(first - 10, 0), first + _AROUND)
    found = difflib.unified_diff(kept[part], made[part], "kept", "made", n=10, lineterm="")
    return [f"from line {first + 1} on:", *list(found)[:SHOWN]]


def _path(name: str) -> Path:
    return FOLDER / f"{name}.txt.xz"
