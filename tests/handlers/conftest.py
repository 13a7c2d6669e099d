"""Fixtures for the handlers' tests: a small campaign and its chats, without any network."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from models.db import Database
from models.people import Contact, Unit
from models.tasks import Task
from rules.people.roles import Role, Tier
from services.campaign import Campaign
from tests.conftest import NOW
from tests.support.chat import Chats, Person, forbid_network, offline_application
from tests.support.kept import SharedRows, copy_of, keep
from tests.support.people import Roster


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    forbid_network(monkeypatch)


@pytest.fixture(autouse=True)
def _quiet_log() -> Iterator[None]:
    """Keep provoked failures out of the output: writing them takes longer than the test."""
    with capture_logs():
        yield


@dataclass(frozen=True, slots=True)
class People:
    """The people of the campaign by their accounts, with the units and tasks that tests refer to."""

    office: Person
    leader: Person
    liaison: Person
    responsible: Person
    inspector: Person
    other_liaison: Person
    unit: Unit
    other_unit: Unit
    task: Task
    other_task: Task

    @property
    def stranger(self) -> Person:
        return Person(6_000_000_001)

    @property
    def foreigner(self) -> Person:
        return Person(6_000_000_002, "en-GB")


def _person(contact: Contact) -> Person:
    assert contact.telegram_user_id is not None
    return Person(contact.telegram_user_id)


async def make_people(database: Database) -> People:
    async with database.transaction() as session:
        roster = Roster(session, NOW, Campaign())
        office = await roster.unit("创城办")
        unit, other = await roster.unit("城管局"), await roster.unit("东风街道", Tier.STREET)
        responsible = await roster.contact(unit, "城管局责任人", Role.RESPONSIBLE_PERSON)
        contacts = {
            "office": await roster.contact(office, "创城办工作人员", Role.OFFICE),
            "leader": await roster.contact(unit, "城管局分管领导", Role.LEADER_IN_CHARGE),
            "liaison": await roster.contact(unit, "城管局联络员", Role.LIAISON),
            "responsible": responsible,
            "inspector": await roster.contact(office, "督导员甲", Role.INSPECTOR),
            "other_liaison": await roster.contact(other, "东风街道联络员", Role.LIAISON),
        }
        task = await roster.task(unit, "清理违规广告牌匾", date(2026, 12, 18), responsible)
        other_task = await roster.task(other, "整治背街小巷环境", date(2026, 12, 25))
    return People(
        **{name: _person(contact) for name, contact in contacts.items()},
        unit=unit,
        other_unit=other,
        task=task,
        other_task=other_task,
    )


@pytest.fixture(scope="session")
def kept_people(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> SharedRows[People]:
    return keep(sqlite_template, tmp_path_factory.mktemp("people") / "people.db", make_people)


@pytest.fixture
def sqlite_start(request: pytest.FixtureRequest, sqlite_template: Path) -> Path:
    """Of a test with the people, its database has them from the beginning."""
    if "people" not in request.fixturenames:
        return sqlite_template
    kept: SharedRows[People] = request.getfixturevalue("kept_people")
    return kept.file


@pytest.fixture
async def people(request: pytest.FixtureRequest, engine: str, database: Database) -> People:
    if engine != "sqlite":
        return await make_people(database)
    kept: SharedRows[People] = request.getfixturevalue("kept_people")
    rows = {name: copy_of(getattr(kept.made, name)) for name in ("unit", "other_unit", "task", "other_task")}
    return replace(kept.made, **rows)


@pytest.fixture
async def chats(
    database: Database, campaign: Campaign, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Chats]:
    application = await offline_application(monkeypatch)
    yield Chats(database, application, campaign, now)
    await application.shutdown()


@pytest.fixture
async def second_office(database: Database, chats: Chats, people: People) -> Person:
    async with database.transaction() as session:
        roster = Roster(session, chats.clock.moment, chats.campaign)
        contact: Contact = await roster.contact(await roster.unit("创城办二室"), "另一位", Role.OFFICE)
    assert contact.telegram_user_id is not None
    return Person(contact.telegram_user_id)
