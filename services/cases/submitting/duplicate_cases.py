"""Open cases that are probably the same problem as the one being reported."""

from __future__ import annotations

from dataclasses import dataclass

from models import cases
from models.cases import Case, case_search
from models.cases.categories import Category
from models.db import Session, ident
from rules.cases import geo
from rules.cases.geo import Spot


@dataclass(frozen=True, slots=True)
class Duplicate:
    """An open case that may be the same. ``metres``: how far away it is; None: at the same known place."""

    case: Case
    metres: float | None


async def find(
    session: Session,
    category: Category,
    *,
    spot: Spot | None,
    point_id: int | None,
    after: int = 0,
) -> list[Duplicate]:
    """Open cases of the category at the same point, or within its radius of the spot, the nearest first.
    ``after``: only cases with a higher id, because the others were shown already.
    """
    metres: dict[int, float | None] = {}
    category_id = ident(category)
    if point_id is not None:
        metres = dict.fromkeys(await case_search.open_at_point(session, category_id, point_id))
    if spot is not None:
        for case_id, distance in await _near(session, category_id, spot, category.radius_m):
            metres.setdefault(case_id, distance)
    new = [case_id for case_id in metres if case_id > after]
    found = await cases.cases_by_id(session, new)
    return [Duplicate(found[case_id], metres[case_id]) for case_id in new if case_id in found]


async def _near(session: Session, category_id: int, spot: Spot, radius_m: int) -> list[tuple[int, float]]:
    """Pairs of case id and metres, the nearest first."""
    in_box = await case_search.open_in_box(session, category_id, *geo.box(spot, radius_m))
    found = [(case_id, geo.distance_m(spot, (lat, lon))) for case_id, lat, lon in in_box]
    return sorted((pair for pair in found if pair[1] <= radius_m), key=lambda pair: (pair[1], pair[0]))
