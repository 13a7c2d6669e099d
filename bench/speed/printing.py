"""The table as Markdown: one line a figure, with the same figure of another checkout where there is one."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

from speed.figures import Figure

ALONE: Final = ("row", "what", "measured", "to reach", "holds", "")
BESIDE: Final = ("row", "what", "measured", "the other", "of it", "to reach", "holds", "")
NUMBERS: Final = frozenset({"measured", "the other", "of it"})


def head(*, beside: bool) -> None:
    columns = BESIDE if beside else ALONE
    write(f"| {' | '.join(columns)} |")
    write(f"|{'|'.join('--:' if one in NUMBERS else '---' for one in columns)}|")


def show(name: str, figures: Sequence[Figure], others: Sequence[Figure] | None) -> bool:
    """Print a row's lines. Returns whether all of them hold."""
    beside = {one.what: one for one in others or ()}
    good = True
    for figure in figures:
        other = beside.get(figure.what)
        share = _share(figure, other)
        holds = figure.holds and not (share and figure.of_other and share > figure.of_other)
        cells = [name, figure.what, figure.measured]
        if others is not None:
            cells += ["" if other is None else other.measured, "" if share is None else f"{share:.2f}"]
        bound = figure.value is not None and (figure.target or (share and figure.of_other))
        cells += [_targets(figure), ("yes" if holds else "NO") if bound else "", figure.note]
        write(f"| {' | '.join(cells)} |")
        good = good and holds
    return good


def _share(figure: Figure, other: Figure | None) -> float | None:
    """The figure in parts of the other checkout's."""
    if other is None or not other.value or figure.value is None:
        return None
    return figure.value / other.value


def _targets(figure: Figure) -> str:
    of_other = [] if figure.of_other is None else [f"≤ {figure.of_other:g} of the other (--beside)"]
    return ", ".join([*([figure.target] if figure.target else []), *of_other])


def write(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
