"""The people of the tests with real processes: the office, and units with enrolled contacts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from models.db import Database
from models.people import Contact, Unit
from models.tasks import Task
from rules.people.roles import Role
from sandbox.client import SandboxClient
from services.campaign import Campaign
from tests.conftest import NOW
from tests.support.people import Roster

OBJECTIVE = "清理违规广告牌匾"
UNITS = ("城管局", "市场监管局", "公安交警大队", "东城街道", "西城街道")


@dataclass(slots=True)
class Cast:
    """The office and the contacts; a contact's account is also the id of their private chat."""

    office: Contact
    units: list[Unit] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)

    @property
    def accounts(self) -> list[int]:
        return [account(contact) for contact in self.contacts]


def account(contact: Contact) -> int:
    if contact.telegram_user_id is None:
        raise ValueError(f"{contact.name} is not enrolled")
    return contact.telegram_user_id


async def assemble(
    database: Database, people: SandboxClient, *, units: int = 1, each: int = 1, deadline: date | None = None
) -> Cast:
    """Make ``units`` units, each with ``each`` contacts and one task, due on ``deadline`` or never."""
    async with database.transaction() as session:
        roster = Roster(session, NOW, Campaign())
        office = await roster.contact(await roster.unit("创城办"), "创城办工作人员", Role.OFFICE)
        cast = Cast(office)
        for name in UNITS[:units]:
            unit = await roster.unit(name)
            found = [
                await roster.contact(unit, f"{name}责任人{number}", Role.RESPONSIBLE_PERSON)
                for number in range(1, each + 1)
            ]
            cast.units.append(unit)
            cast.contacts += found
            cast.tasks.append(await roster.task(unit, OBJECTIVE, deadline, found[0]))
    for contact in (office, *cast.contacts):
        await people.create_user(contact.name, id=account(contact))
    return cast
