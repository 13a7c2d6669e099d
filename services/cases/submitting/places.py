"""Where a problem is: known places near it or named in its words, and the unit that the place belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from locales import Text, plain
from models.cases import case_search, categories
from models.cases.categories import InspectionPoint
from models.db import Session, ident
from models.people import Unit, unit_tree
from rules.cases import geo
from rules.cases.geo import Spot
from rules.people.roles import Tier
from rules.people.typed_names import normalise
from services.access import Actor
from services.cases.submitting.issue_draft import Issue

SUGGESTED: Final = 4
# Nobody writes the name of a place in more words.
WORDS: Final = 5
NEAR_M: Final = 1_000
# The unit of a known place this near is the unit of the problem's place.
SAME_UNIT_M: Final = 2_000
# No spot of a district is farther than this from all of its known places.
FAR_M: Final = 50_000
_WITH_GROUND: Final = frozenset({Tier.STREET, Tier.PARK, Tier.VILLAGE})


async def is_odd(session: Session, spot: Spot) -> bool:
    """Whether a spot is hardly meant: 0, 0, or far from every known place."""
    if geo.is_nowhere(spot):
        return True
    near = await case_search.spots_in_box(session, *geo.box(spot, FAR_M))
    if any(geo.distance_m(spot, other) <= FAR_M for other in near):
        return False
    return await case_search.any_spot(session)


async def nearest(session: Session, spot: Spot, within_m: float) -> list[tuple[InspectionPoint, float]]:
    """Known places with their distances in metres, the nearest first."""
    found = []
    for point in await categories.points_within(session, *geo.box(spot, within_m)):
        if point.latitude is None or point.longitude is None:
            continue
        distance = geo.distance_m(spot, (point.latitude, point.longitude))
        if distance <= within_m:
            found.append((point, distance))
    return sorted(found, key=lambda pair: (pair[1], pair[0].name))


async def suggested(session: Session, issue: Issue) -> list[tuple[InspectionPoint, float | None]]:
    """Known places that may be meant, with their distances where a location was sent."""
    if issue.point is not None:
        return []
    if issue.spot is not None:
        return [*(await nearest(session, issue.spot, NEAR_M))[:SUGGESTED]]
    return [(point, None) for point in await _named(session, issue.place or "")]


async def _named(session: Session, text: str) -> Sequence[InspectionPoint]:
    """Known places whose names hold all the words, and those whose names stand in the words."""
    words = text.split()
    if not words:
        return []
    found: list[InspectionPoint] = []
    if len(words) <= WORDS:
        found += await categories.points_named(session, words, SUGGESTED)
    for point in await case_search.points_named_in(session, text, SUGGESTED):
        if point.name in text and point not in found:
            found.append(point)
    return found[:SUGGESTED]


async def described(session: Session, issue: Issue, locale: str) -> str | None:
    """The place in words: as given, else such as 西城商业街附近. None: no known place is near."""
    if issue.place is not None or issue.spot is None:
        return issue.place
    near = await nearest(session, issue.spot, NEAR_M)
    return plain(Text("issues.near", point=near[0][0].name), locale) if near else None


async def own_points(session: Session, actor: Actor, offset: int, limit: int) -> Sequence[InspectionPoint]:
    """The known places of the actor's units; all of them, if the actor sees the whole district."""
    units = None if actor.scope is None else actor.scope | await unit_tree(session, ident(actor.unit))
    return await case_search.points_of(session, units, offset, limit)


async def unit_of_place(session: Session, actor: Actor, issue: Issue) -> int | None:
    """The unit of the place.

    It is the unit of the chosen point, else of a point near by, else the unit named in the place, else the
    reporter's, if that has ground of its own.
    """
    if issue.point is not None:
        return issue.point.unit_id
    if issue.spot is not None and (near := await nearest(session, issue.spot, SAME_UNIT_M)):
        return near[0][0].unit_id
    named = await _unit_named(session, issue.place or "")
    if named is not None:
        return named.id
    return actor.unit.id if actor.unit.tier in _WITH_GROUND else None


async def _unit_named(session: Session, text: str) -> Unit | None:
    """The street, park or village whose name stands in the words; of several, the longest name wins."""
    words = normalise(text)
    units = await case_search.units_of_tiers(session, _WITH_GROUND)
    named = [unit for unit in units if normalise(unit.name) in words]
    return max(named, key=lambda unit: len(unit.name), default=None)
