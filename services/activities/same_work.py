"""同一项工作？ Whether a number of the log is the work that a report has filed, and so counts there alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from models.activities import Activity, ActivityFigure
from models.activities.filed_numbers import FiledNumber, filed_about
from models.db import Session, ident
from rules.progress.metric_likeness import likeness_key


class SameWork(NamedTuple):
    """The filed number beside which one of the log stands, and whether it is the same work.

    ``same`` None: nobody has said. ``refused_to``: a refusal now refuses the reports up to this one.
    """

    filed: FiledNumber
    same: bool | None
    refused_to: int


def compared(
    item: str, unit: str, amount: Decimal, filed: Sequence[FiledNumber], answer: int | None
) -> SameWork | None:
    """A number beside the filed ones of its unit and day; None: none of them has its item.

    ``answer``: the report that is the same work; below 0: no report up to that one is. An answer about a
    report that does not count any more is none, and a report that came after a refusal is asked about.
    """
    key = likeness_key(item, unit), unit
    alike = [one for one in filed if (likeness_key(one.item, one.unit), one.unit) == key]
    if not alike:
        return None
    last = max(one.report_id for one in alike)
    # One with the same amount comes first: it is the most likely.
    alike.sort(key=lambda one: (one.stated != amount, one.report_id))
    for one in alike:
        if one.report_id == answer:
            return SameWork(one, True, last)
    refused_to = -answer if answer is not None and answer < 0 else 0
    for one in alike:
        if one.report_id > refused_to:
            return SameWork(one, None, last)
    return SameWork(alike[0], False, last)


def answer_of(figure: ActivityFigure) -> int | None:
    """What was said about a number that is recorded, as ``compared`` takes it."""
    if figure.report_id is not None:
        return figure.report_id
    return None if figure.refused_to is None else -figure.refused_to


async def of_entry(
    session: Session, activity: Activity, figures: Sequence[ActivityFigure]
) -> dict[int, SameWork]:
    """The numbers of an entry that stand beside filed ones, by the figure's id."""
    filed = await filed_about(session, activity.unit_id, activity.day)
    found = {ident(one): compared(one.item, one.unit, one.amount, filed, answer_of(one)) for one in figures}
    return {figure_id: same for figure_id, same in found.items() if same is not None}


async def counted_elsewhere(
    session: Session,
    entries: Sequence[Activity],
    figures: Mapping[int, Sequence[ActivityFigure]],
    until: datetime,
) -> frozenset[int]:
    """The ids of the numbers of these entries that a report counts by ``until``."""
    found: set[int] = set()
    for entry in entries:
        named = [one for one in figures.get(ident(entry), ()) if one.report_id is not None]
        if named:
            beside = await of_entry(session, entry, named)
            found |= {one for one, same in beside.items() if same.same and same.filed.counted_at <= until}
    return frozenset(found)
