"""Who hears when the colour of an order rises: found by the ladder then, and again when it is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from models import people, tasks
from models.cases import Case, SupervisionOrder
from models.db import Session
from models.nags import Nag
from models.people import Contact, ContactState, Unit
from rules import case_ladder
from rules.case_ladder import News
from rules.levels import Level
from rules.people import Role
from services.absences import Standing, standing_in
from services.campaign import Campaign
from services.cases import order_readers
from services.recipients import of_section


@dataclass(frozen=True, slots=True)
class Entry:
    """One case in one person's message: what is told of it, and on which level he stands. ``unit_id``: who
    had it then."""

    case_id: int
    unit_id: int | None
    level: Level
    news: News

    def to_json(self) -> dict[str, Any]:
        return {
            "case_id": self.case_id,
            "unit_id": self.unit_id,
            "level": self.level.value,
            "news": self.news.value,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Entry:
        return cls(data["case_id"], data["unit_id"], Level(data["level"]), News(data["news"]))

    def over(self, other: Entry | None) -> Entry:
        """Which of two about one case is told: who answers for it needs no hint about it too; of two colours
        the later one; that it has turned red before that it is so still."""
        if other is None:
            return self
        if other.level is Level.RESPONSIBLE is not self.level:
            return other
        red = other.level is self.level and (other.news, self.news) == (News.RED, News.OVERDUE)
        return other if red else self


@dataclass(frozen=True, slots=True)
class _Staff:
    """A unit, who is there (``contacts``: who can be reached), and the roles that each holds."""

    name: str
    everybody: Sequence[Contact]
    roles: Mapping[int, frozenset[Role]]

    @property
    def contacts(self) -> list[Contact]:
        return [contact for contact in self.everybody if contact.reachable]

    def holders(self, role: Role) -> list[Contact]:
        """Whether they can be reached or not."""
        return [contact for contact in self.everybody if role in self.roles_of(contact)]

    def roles_of(self, contact: Contact) -> frozenset[Role]:
        return self.roles.get(contact.id or 0, frozenset())


@dataclass(frozen=True, slots=True)
class Escalation:
    """Knows who stands where; reads each unit once."""

    session: Session
    campaign: Campaign
    now: datetime
    _staff: dict[int, _Staff] = field(default_factory=dict)
    _office: list[Contact] = field(default_factory=list)
    _away: list[Standing] = field(default_factory=list)

    async def entry(self, row: Nag) -> Entry:
        """What a kept nag says of its case."""
        case = await self.session.get_one(Case, row.case_id)
        if row.case_id is None or row.level is None:
            raise LookupError(f"nag {row.id} is about no case or no level")
        return Entry(row.case_id, case.unit_id, row.level, News(row.rung))

    def hears(self, news: News, case: Case) -> tuple[Level, ...]:
        """The levels that hear that an order has that colour, by the policy in force."""
        return case_ladder.hears(self.campaign.policy, news, case.state)

    def still(self, entry: Entry, case: Case) -> bool:
        return case_ladder.still_news(
            entry.news, case.facts, entry.unit_id, entry.level, self.campaign.policy
        )

    async def readers(self, case: Case, level: Level) -> list[Contact]:
        """Who can be reached on that level of the case; nobody where the unit has no such person."""
        if level is Level.OFFICE:
            return await self._of_office()
        if case.unit_id is None:
            return []
        match level:
            case Level.RESPONSIBLE:
                return await self._responsible(case, case.unit_id)
            case Level.SECTION:
                return await self._section(case, await self.staff(case.unit_id))
            case Level.LEADER_IN_CHARGE:
                return await self._in_charge(case, await self.staff(case.unit_id))
        return await self._reached((await self.staff(case.unit_id)).holders(Role.PRINCIPAL_LEADER))

    async def roles_of(self, contact: Contact) -> frozenset[Role]:
        return (await self.staff(contact.unit_id)).roles_of(contact)

    async def staff(self, unit_id: int) -> _Staff:
        if unit_id not in self._staff:
            unit = await self.session.get(Unit, unit_id)
            known = await people.contacts_of_unit(self.session, unit_id)
            there = [contact for contact in known if contact.state is not ContactState.LEFT]
            roles = await people.roles_of_all(self.session, _ids(there))
            self._staff[unit_id] = _Staff(unit.name if unit else "", there, roles)
        return self._staff[unit_id]

    async def _of_office(self) -> list[Contact]:
        if not self._office:
            self._office.extend(await people.enrolled_with_role(self.session, Role.OFFICE))
        return self._office

    async def _responsible(self, case: Case, unit_id: int) -> list[Contact]:
        deputy = await self._deputy(case.responsible_id)
        if deputy is not None:
            return [deputy]
        own = [c for c in (await self.staff(unit_id)).contacts if c.id == case.responsible_id]
        return own or await self._reached(await order_readers.unit_readers(self.session, unit_id))

    async def _deputy(self, contact_id: int | None) -> Contact | None:
        """Who stands in for somebody who is away; nobody, if that one is away too or cannot be reached."""
        if contact_id is None:
            return None
        if not self._away:
            self._away.append(await standing_in(self.session, self.campaign.today(self.now)))
        deputy_id = self._away[0].deputy_of(contact_id)
        deputy = None if deputy_id is None else await self.session.get(Contact, deputy_id)
        return deputy if deputy is not None and deputy.reachable else None

    async def _section(self, case: Case, staff: _Staff) -> list[Contact]:
        """The colleagues of the 责任人."""
        but = {*_ids(await self.readers(case, Level.RESPONSIBLE)), case.responsible_id}
        return of_section(await self._section_name(case), staff.everybody, staff.roles, but)

    async def _section_name(self, case: Case) -> str | None:
        task = None if case.task_id is None else await tasks.task_by_id(self.session, case.task_id)
        if task is not None and task.handling_section:
            return task.handling_section
        person = None
        if case.responsible_id is not None:
            person = await self.session.get(Contact, case.responsible_id)
        return None if person is None else person.section

    async def _in_charge(self, case: Case, staff: _Staff) -> list[Contact]:
        """Whom the order names; else all who hold the role there."""
        leaders = staff.holders(Role.LEADER_IN_CHARGE)
        order = None if case.order_id is None else await self.session.get(SupervisionOrder, case.order_id)
        named = (order.leader_in_charge if order else None) or ""
        chosen = [leader for leader in leaders if leader.name in named]
        return await self._reached(chosen) or await self._reached(leaders)

    async def _reached(self, chosen: Sequence[Contact]) -> list[Contact]:
        """Those of them who can be reached, each by his deputy while he is away; nobody hears twice."""
        found: dict[int | None, Contact] = {}
        for contact in chosen:
            hears = await self._deputy(contact.id) or contact
            if hears.reachable:
                found[hears.id] = hears
        return list(found.values())


def _ids(contacts: Iterable[Contact]) -> set[int]:
    return {contact.id for contact in contacts if contact.id is not None}
