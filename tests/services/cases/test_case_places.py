"""Known places: nearby, named in the words, and the unit whose place a problem lies in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from models.cases.categories import InspectionPoint
from models.db import Session
from models.drafts import Draft, DraftKind
from models.people import Unit
from rules.people.roles import Tier
from services.access import Actor
from services.cases.submitting import issue_draft, places
from services.cases.submitting.issue_draft import Issue
from tests.services.conftest import World
from tests.support.cases import CaseDesk
from tests.support.people import Roster

HERE = (30.52, 114.31)
DEGREE = 111_195.08


def north(metres: float) -> tuple[float, float]:
    return HERE[0] + metres / DEGREE, HERE[1]


@dataclass(frozen=True, slots=True)
class District:
    """东风街道 has 人民广场; 向阳街道 a market 1.5 km north of it, whose address is 解放路3号."""

    session: Session
    desk: CaseDesk
    east: Unit
    south: Unit
    ids: dict[str, int]

    async def issue(self, **content: Any) -> Issue:
        if (spot := content.pop("spot", None)) is not None:
            content["location"] = {
                "latitude": spot[0],
                "longitude": spot[1],
                "place": content.pop("venue", None),
            }
        draft = Draft(
            contact_id=1, chat_id=1, kind=DraftKind.ISSUE, content=content, updated_at=self.desk.now
        )
        return await issue_draft.read(self.session, draft)

    async def suggested(self, **content: Any) -> list[tuple[str, int | None]]:
        found = await places.suggested(self.session, await self.issue(**content))
        return [(point.name, None if metres is None else round(metres)) for point, metres in found]


@pytest.fixture
async def district(session: Session, case_desk: CaseDesk, roster: Roster, world: World) -> District:
    south = await roster.unit("向阳街道", Tier.STREET)
    square = await case_desk.point("人民广场", world.other_unit, *HERE)
    market = await case_desk.point("向阳菜市场", south, *north(1_500))
    market.address = "解放路3号"
    await session.flush()
    ids = {"square": square.id or 0, "market": market.id or 0}
    return District(session, case_desk, world.other_unit, south, ids)


async def retire(district: District, name: str) -> None:
    (await district.session.get_one(InspectionPoint, district.ids[name])).active = False
    await district.session.flush()


# -- odd locations -------------------------------------------------------------------------------------


async def test_locations_that_can_hardly_be_meant(district: District) -> None:
    session = district.session
    assert not await places.is_odd(session, HERE)
    assert not await places.is_odd(session, north(51_000))
    assert await places.is_odd(session, north(52_000))
    assert await places.is_odd(session, (-30.52, 114.31))
    assert await places.is_odd(session, (0.0, 0.0))


async def test_where_no_place_is_known(session: Session, case_desk: CaseDesk, world: World) -> None:
    """Without known places only 0, 0 is odd; a known place without coordinates changes nothing."""
    await case_desk.point("人民广场", world.other_unit)
    assert not await places.is_odd(session, (20.0, 150.0))
    assert await places.is_odd(session, (0.0, 0.0))
    point = await case_desk.point("菜市场", world.other_unit, *HERE)
    assert await places.is_odd(session, (20.0, 150.0))
    point.active = False
    await session.flush()
    assert not await places.is_odd(session, (20.0, 150.0))


# -- which known places are offered --------------------------------------------------------------------


async def test_near_ones_are_offered(district: District) -> None:
    assert await district.suggested(spot=north(700)) == [("人民广场", 700), ("向阳菜市场", 800)]
    assert await district.suggested(spot=north(-999)) == [("人民广场", 999)]
    assert await district.suggested(spot=north(-1_001)) == []
    await retire(district, "square")
    assert await district.suggested(spot=north(700)) == [("向阳菜市场", 800)]


async def test_no_more_than_four(district: District) -> None:
    for number in range(5):
        await district.desk.point(f"{number}号院", district.east, *north(10 + number))
    assert [name for name, _ in await district.suggested(spot=HERE)] == [
        "人民广场",
        "0号院",
        "1号院",
        "2号院",
    ]
    assert len(await district.suggested(place="号院")) == 4


@pytest.mark.parametrize(
    ("place", "names"),
    [
        ("人民广场", ["人民广场"]),
        ("人民广场东门对面那条小巷子里面", ["人民广场"]),
        ("广场", ["人民广场"]),
        ("解放路", ["向阳菜市场"]),
        ("向阳 市场", ["向阳菜市场"]),
        ("从人民广场到向阳菜市场", ["向阳菜市场", "人民广场"]),
        ("人民路12号", []),
        ("100%", []),
        ("_", []),
        ("", []),
    ],
)
async def test_those_named_in_words_are_offered(district: District, place: str, names: list[str]) -> None:
    assert await district.suggested(place=place) == [(name, None) for name in names]


async def test_names_with_wildcards(district: District) -> None:
    """Wildcards in a name stand for themselves."""
    await district.desk.point("_", district.east)
    await district.desk.point("店%街", district.east)
    assert await district.suggested(place="一号店后街") == []
    assert await district.suggested(place="店%街口") == [("店%街", None)]


async def test_a_chosen_one_is_not_asked_about(district: District) -> None:
    assert await district.suggested(point=district.ids["square"], spot=HERE) == []


# -- whose points, whose place -------------------------------------------------------------------------


async def test_own_points(district: District, roster: Roster, world: World) -> None:
    village = await roster.unit("东风村", Tier.VILLAGE, district.east)
    await district.desk.point("村口", village)

    async def names(actor: Actor, offset: int = 0, limit: int = 9) -> list[str]:
        found = await places.own_points(district.session, actor, offset, limit)
        return [point.name for point in found]

    assert sorted(await names(world.other_liaison)) == ["人民广场", "村口"]
    assert await names(world.liaison) == []
    every = await names(world.office)
    assert sorted(every) == ["人民广场", "向阳菜市场", "村口"]
    assert await names(world.office, 1, 1) == every[1:2]
    await retire(district, "square")
    assert await names(world.other_liaison) == ["村口"]


@pytest.mark.parametrize(
    ("content", "unit"),
    [
        ({"point": "square", "spot": north(1_500)}, "东风街道"),
        ({"spot": north(1_000)}, "向阳街道"),
        ({"spot": north(-1_999)}, "东风街道"),
        ({"spot": north(-2_001)}, None),
        ({"spot": north(-2_001), "place": "向阳街道解放路"}, "向阳街道"),
        ({"spot": north(-2_001), "venue": "向阳街道办事处"}, "向阳街道"),
        ({"place": "人民路12号（东风 街道）"}, "东风街道"),
        # Of two unit names in the words the longer one counts; departments have no ground.
        ({"place": "东风街道东风街道北村"}, "东风街道北村"),
        ({"place": "城管局门前"}, None),
        ({"place": "人民路12号"}, None),
    ],
)
async def test_whose_place_it_is(
    district: District, roster: Roster, world: World, content: dict[str, Any], unit: str | None
) -> None:
    """If nothing names the place, it belongs to the reporter's unit, if that unit has ground."""
    await roster.unit("东风街道北村", Tier.VILLAGE, district.east)
    content = dict(content)
    if "point" in content:
        content["point"] = district.ids[content["point"]]
    issue = await district.issue(**content)
    found = await places.unit_of_place(district.session, world.liaison, issue)
    name = None if found is None else (await district.session.get_one(Unit, found)).name
    assert name == unit
    of_street = await places.unit_of_place(district.session, world.other_liaison, issue)
    assert of_street == (found if unit is not None else district.east.id)


async def test_a_place_that_is_gone(district: District, now: datetime) -> None:
    await retire(district, "square")
    issue = await district.issue(point=district.ids["square"])
    assert (issue.point, issue.point_gone, issue.place, issue.spot) == (None, True, None, None)
    assert not (await district.issue()).point_gone
