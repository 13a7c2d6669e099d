"""Fixtures of the services' tests: one transaction, and a small campaign in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from models.db import Database, Session
from models.people import Unit
from models.tasks import Task
from rules.people.roles import Role, Tier
from services.access import Actor
from services.campaign import Campaign
from tests.conftest import NOW
from tests.services.progress.talk import Talk
from tests.support.cases import CaseDesk
from tests.support.chat import forbid_network
from tests.support.kept import RowT, SharedRows, copy_of, keep
from tests.support.people import Roster

Local = Callable[..., datetime]


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    forbid_network(monkeypatch)


@pytest.fixture
def local(campaign: Campaign) -> Local:
    """``local(12, 18, 9)``: that moment of 2026 in the campaign's zone."""

    def moment(month: int, day: int, hour: int = 0, minute: int = 0, *, year: int = 2026) -> datetime:
        return datetime(year, month, day, hour, minute, tzinfo=campaign.zone)

    return moment


@pytest.fixture
async def session(database: Database) -> AsyncIterator[Session]:
    """One writing transaction for the whole test."""
    async with database.transaction() as opened:
        yield opened


@pytest.fixture
def roster(session: Session, now: datetime, campaign: Campaign) -> Roster:
    return Roster(session, now, campaign)


@pytest.fixture
def case_desk(session: Session, now: datetime, campaign: Campaign) -> CaseDesk:
    return CaseDesk(session, now, campaign)


@dataclass(frozen=True, slots=True)
class World:
    """城管局 has one task of its own, due on Friday the 18th; 东风街道 has none."""

    office: Actor
    leader: Actor
    liaison: Actor
    responsible: Actor
    other_liaison: Actor
    unit: Unit
    other_unit: Unit
    task: Task

    @property
    def task_id(self) -> int:
        assert self.task.id is not None
        return self.task.id


async def make_world(roster: Roster) -> World:
    unit, other = await roster.unit("城管局"), await roster.unit("东风街道", Tier.STREET)
    responsible = await roster.actor(unit, "城管局责任人", Role.RESPONSIBLE_PERSON)
    return World(
        office=await roster.actor(await roster.unit("创城办"), "创城办工作人员", Role.OFFICE),
        leader=await roster.actor(unit, "城管局分管领导", Role.LEADER_IN_CHARGE),
        liaison=await roster.actor(unit, "城管局联络员", Role.LIAISON),
        responsible=responsible,
        other_liaison=await roster.actor(other, "东风街道联络员", Role.LIAISON),
        unit=unit,
        other_unit=other,
        task=await roster.task(unit, "清理违规广告牌匾", date(2026, 12, 18), responsible.contact),
    )


async def _made_world(database: Database) -> World:
    async with database.transaction() as session:
        return await make_world(Roster(session, NOW, Campaign()))


def _in_session(session: Session, kept: World) -> World:
    """The rows of a world in a session of a copy of its file."""
    rows: dict[int, Any] = {}

    def row(one: RowT) -> RowT:
        if id(one) not in rows:
            rows[id(one)] = copy_of(one)
            session.add(rows[id(one)])
        copied: RowT = rows[id(one)]
        return copied

    def actor(one: Actor) -> Actor:
        return replace(one, contact=row(one.contact), unit=row(one.unit))

    return World(
        office=actor(kept.office),
        leader=actor(kept.leader),
        liaison=actor(kept.liaison),
        responsible=actor(kept.responsible),
        other_liaison=actor(kept.other_liaison),
        unit=row(kept.unit),
        other_unit=row(kept.other_unit),
        task=row(kept.task),
    )


@pytest.fixture(scope="session")
def kept_world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> SharedRows[World]:
    return keep(sqlite_template, tmp_path_factory.mktemp("world") / "world.db", _made_world)


@pytest.fixture
def sqlite_start(request: pytest.FixtureRequest, sqlite_template: Path) -> Path:
    """Of a test with the world, its database has it from the beginning."""
    if "world" not in request.fixturenames:
        return sqlite_template
    kept: SharedRows[World] = request.getfixturevalue("kept_world")
    return kept.file


@pytest.fixture
async def world(request: pytest.FixtureRequest, engine: str, session: Session, roster: Roster) -> World:
    if engine != "sqlite":
        return await make_world(roster)
    kept: SharedRows[World] = request.getfixturevalue("kept_world")
    return _in_session(session, kept.made)


@pytest.fixture
def talk(session: Session, world: World, now: datetime, campaign: Campaign) -> Talk:
    """The responsible person of the one task, writing to the bot."""
    return Talk(session, world.responsible, now, campaign)
