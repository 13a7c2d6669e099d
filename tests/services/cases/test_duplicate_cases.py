"""Open cases that are probably the reported problem: by radius, by known place, by category."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from models.cases import Case
from models.cases.categories import Category, InspectionPoint
from models.db import Session
from rules.cases.case_lifecycle import CaseEvent
from rules.cases.geo import Spot
from services.cases.submitting import duplicate_cases
from tests.services.conftest import World
from tests.support.cases import CaseDesk

HERE: Spot = (30.52, 114.31)
# One degree of latitude in metres.
DEGREE = 111_195.08


def north(metres: float) -> Spot:
    return HERE[0] + metres / DEGREE, HERE[1]


@dataclass(frozen=True, slots=True)
class Street:
    session: Session
    desk: CaseDesk
    world: World
    category: Category
    point: InspectionPoint

    async def case(
        self, metres: float | None = None, category: Category | None = None, **filing: Any
    ) -> Case:
        place = None if metres is None else (*north(metres), None)
        return await self.desk.report(self.world.liaison, category or self.category, location=place, **filing)

    async def found(
        self,
        spot: Spot | None = None,
        *,
        at_point: bool = False,
        after: int = 0,
        category: Category | None = None,
    ) -> list[tuple[int, int | None]]:
        """(case, whole metres), in the order shown."""
        same = await duplicate_cases.find(
            self.session,
            category or self.category,
            spot=spot,
            point_id=self.point.id if at_point else None,
            after=after,
        )
        return [(one.case.id or 0, None if one.metres is None else round(one.metres)) for one in same]


@pytest.fixture
async def street(session: Session, case_desk: CaseDesk, world: World) -> Street:
    category = await case_desk.category()
    point = await case_desk.point("人民广场", world.other_unit, *HERE)
    return Street(session, case_desk, world, category, point)


async def test_within_the_radius_the_nearest_first(street: Street) -> None:
    far, near, here = [await street.case(metres) for metres in (249, 30, 0)]
    await street.case(251)
    assert await street.found(HERE) == [(here.id, 0), (near.id, 30), (far.id, 249)]
    # In a corner of the box, but outside the radius.
    await street.desk.report(
        street.world.liaison, street.category, location=(HERE[0] + 0.002, HERE[1] + 0.0024, None)
    )
    assert len(await street.found(HERE)) == 3


async def test_the_radius_is_the_categorys(street: Street) -> None:
    wide = await street.desk.category("垃圾满溢", radius_m=1_000)
    case = await street.case(900, wide)
    await street.case(900)
    assert await street.found(HERE, category=wide) == [(case.id, 900)]
    assert await street.found(HERE) == []
    none = await street.desk.category("乱贴", radius_m=0)
    same = await street.case(0, none)
    await street.case(1, none)
    assert await street.found(HERE, category=none) == [(same.id, 0)]


async def test_at_the_same_known_place(street: Street) -> None:
    """Cases at the place come first, newest first, wherever they were located; then come near ones."""
    old = await street.case(2_000, point=street.point)
    new = await street.case(point=street.point)
    near = await street.case(100)
    assert await street.found(at_point=True) == [(new.id, None), (old.id, None)]
    assert await street.found(HERE, at_point=True) == [(new.id, None), (old.id, None), (near.id, 100)]


async def test_only_open_cases_of_the_category(street: Street) -> None:
    other = await street.desk.category("乱堆乱放")
    await street.case(0, other, point=street.point)
    over = await street.case(0, point=street.point)
    assert [case_id for case_id, _ in await street.found(HERE, at_point=True)] == [over.id]
    await street.desk.step(over, CaseEvent.REJECT, street.world.office)
    assert await street.found(HERE, at_point=True) == []


async def test_every_open_state_counts(street: Street) -> None:
    case = await street.case(0)
    for event in (CaseEvent.REGISTER, CaseEvent.DISPATCH, CaseEvent.ACKNOWLEDGE, CaseEvent.FEEDBACK):
        await street.desk.bring(case, event, office=street.world.office, unit=street.world.liaison)
        assert await street.found(HERE) == [(case.id, 0)]
    await street.desk.step(case, CaseEvent.CLOSE, street.world.office)
    assert await street.found(HERE) == []


async def test_after_those_that_were_shown(street: Street) -> None:
    first, second = await street.case(10), await street.case(20, point=street.point)
    assert await street.found(HERE, at_point=True, after=first.id or 0) == [(second.id, None)]
    assert await street.found(HERE, at_point=True, after=second.id or 0) == []


async def test_a_place_in_words_alone_is_like_no_other(street: Street) -> None:
    await street.case(place="人民路12号")
    assert await street.found() == []
    assert await street.found(HERE) == []


async def test_across_the_date_line(street: Street) -> None:
    case = await street.desk.report(street.world.liaison, street.category, location=(0.0, -179.9995, None))
    assert await street.found((0.0, 179.9995)) == [(case.id, 111)]
