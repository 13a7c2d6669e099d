"""Thousands of cases as after months of work, for benchmarks and for tests of query plans."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from models.cases import Case, CaseFollower, CaseStep, OrderCase
from models.cases.categories import Category
from models.db import Session
from rules.cases.case_facts import Colour
from rules.cases.case_lifecycle import HELD, RUNNING, CaseEvent, CaseState
from rules.cases.order_facts import OrderOutcome
from rules.people.roles import Role, Tier
from rules.working_time import TimeUnit
from services.access import Actor
from services.campaign import Campaign
from tests.support.cases import CaseDesk
from tests.support.people import Roster

UNITS, CATEGORIES = 40, 20
CENTRE = (30.52, 114.31)
_OPEN = (CaseState.REPORTED, CaseState.REGISTERED, *HELD)


@dataclass(frozen=True, slots=True)
class Town:
    """The people who look at the cases, and the parts that cases are made of."""

    office: Actor
    leader: Actor
    liaison: Actor
    unit_ids: list[int]
    categories: list[Category]


async def make_town(session: Session, now: datetime, campaign: Campaign) -> Town:
    roster, desk = Roster(session, now, campaign), CaseDesk(session, now, campaign)
    units = [await roster.unit(f"第{number}街道", Tier.STREET) for number in range(UNITS)]
    return Town(
        office=await roster.actor(await roster.unit("创城办"), "创城办工作人员", Role.OFFICE),
        leader=await roster.actor(units[0], "分管领导", Role.LEADER_IN_CHARGE),
        liaison=await roster.actor(units[0], "联络员", Role.LIAISON),
        unit_ids=[unit.id or 0 for unit in units],
        categories=[await desk.category(f"第{number}类") for number in range(CATEGORIES)],
    )


async def fill(session: Session, town: Town, now: datetime, *, opened: int, closed: int) -> None:
    """Insert many cases: the open ones were reported within the last ten days, the closed ones before."""
    rows = list(_rows(town, now, opened, closed))
    await session.execute(sa.insert(Case), rows)
    await session.execute(sa.insert(OrderCase), [_order(row) for row in rows if row["orders"]])
    followers = [{"case_id": row["id"], "contact_id": row["reporter_id"], "muted": False} for row in rows]
    await session.execute(sa.insert(CaseFollower), followers)
    steps = [
        {
            "case_id": row["id"],
            "number": number,
            "event": event,
            "at": row["reported_at"],
            "actor_id": row["reporter_id"],
            "worked": 0,
        }
        for row in rows
        for number, event in enumerate((CaseEvent.REPORT, CaseEvent.REGISTER, CaseEvent.DISPATCH), 1)
    ]
    await session.execute(sa.insert(CaseStep), steps)


_OUTCOMES = {
    CaseState.SUSPENDED: OrderOutcome.SUSPENDED,
    CaseState.FED_BACK: OrderOutcome.FED_BACK,
    CaseState.CLOSED: OrderOutcome.CLOSED,
}


def _order(row: dict[str, Any]) -> dict[str, Any]:
    """The row of the one order that the case of a row is on."""
    same = (
        "unit_id",
        "registered_at",
        "dispatched_at",
        "limit_at",
        "sign_by",
        "acknowledged_at",
        "fed_back_at",
    )
    return {name: row[name] for name in (*same, "worked", "extensions", "reworks")} | {
        "case_id": row["id"],
        "number": 1,
        "first_limit_at": row["limit_at"],
        "outcome": _OUTCOMES.get(row["state"], OrderOutcome.RUNNING),
        "ended_at": row["closed_at"],
        "exempt": False,
    }


def _rows(town: Town, now: datetime, opened: int, closed: int) -> Iterator[dict[str, Any]]:
    chance = random.Random(1)  # noqa: S311  # the same town each time
    serials: Counter[str] = Counter()
    for case_id in range(1, opened + closed + 1):
        is_open = case_id > closed
        days = chance.uniform(0, 10) if is_open else chance.uniform(10, 200)
        state = chance.choice(_OPEN) if is_open else CaseState.CLOSED
        row = _row(town, case_id, now - timedelta(days=days), state, chance)
        serials[row["number"]] += 1
        yield row | {"number": f"{row['number']}-{serials[row['number']]:04d}"}


def _row(town: Town, case_id: int, at: datetime, state: CaseState, chance: random.Random) -> dict[str, Any]:
    """One row of the case table; its ``number`` is only the day so far."""
    category = chance.choice(town.categories)
    held = state in HELD or state is CaseState.CLOSED
    limit_at = at + timedelta(days=chance.uniform(0.2, 8)) if held else None
    ended = state in {CaseState.CLOSED, CaseState.FED_BACK}
    fed_back_at = at + timedelta(days=chance.uniform(0.1, 6)) if ended else None
    colour = chance.choices(list(Colour), (70, 15, 10, 5))[0] if state in RUNNING else Colour.NONE
    return {
        "id": case_id,
        "number": f"{at:%Y%m%d}",
        "category_id": category.id,
        "category": f"{category.area}·{category.name}",
        "standard": category.standard,
        "limit_amount": category.limit_amount,
        "limit_unit": TimeUnit.WORKING_HOUR,
        "text": f"第{case_id}号商户占道摆摊，影响行人通行",
        "latitude": CENTRE[0] + chance.uniform(-0.1, 0.1),
        "longitude": CENTRE[1] + chance.uniform(-0.1, 0.1),
        "place": f"人民路{chance.randrange(3000)}号",
        "place_unit_id": chance.choice(town.unit_ids),
        "reporter_id": town.liaison.id if chance.random() < 0.01 else town.office.id,
        "hidden": False,
        "reported_at": at,
        "sign_by": at + timedelta(days=1) if held else None,
        "responsible_id": town.liaison.id if held and chance.random() < 0.01 else None,
        "steps": 3,
        "orders": int(held),
        "state": state,
        "unit_id": chance.choice(town.unit_ids) if held else None,
        "registered_at": None if state is CaseState.REPORTED else at,
        "dispatched_at": at if held else None,
        "acknowledged_at": at + timedelta(days=chance.uniform(0, 1.2)) if held else None,
        "limit_at": limit_at,
        "clock_from": at if state in RUNNING else None,
        "look_at": limit_at if state in RUNNING else None,
        "fed_back_at": fed_back_at,
        "closed_at": fed_back_at if state is CaseState.CLOSED else None,
        "worked": chance.randrange(30, 2000) if ended else 0,
        "extensions": chance.choice((0, 0, 0, 1)),
        "extension_asked": False,
        "reworks": chance.choice((0, 0, 0, 1)),
        "suspended": state is CaseState.SUSPENDED,
        "colour": colour,
        "released": False,
        "appeal": "none",
    }
