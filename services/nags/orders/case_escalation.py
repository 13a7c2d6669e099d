"""Who hears when the colour of an order rises. It is looked up at that moment, and again at sending."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from models import tasks
from models.cases import Case, SupervisionOrder
from models.db import RowJson, Session, ident, row_of
from models.people import Contact
from rules.cases import case_ladder
from rules.cases.case_ladder import CaseNewsKind
from rules.nags.levels import Level
from rules.people.office_subjects import OfficeSubject
from rules.people.roles import Role
from services.campaign import Campaign
from services.recipients import Directory, OfficeShare, of_section, office_hearers


@dataclass(frozen=True, slots=True)
class CaseEntry:
    """One case in one person's message: the news about it, and the reader's level.

    ``unit_id``: the unit that held the case then.
    """

    case_id: int
    unit_id: int | None
    level: Level
    news: CaseNewsKind

    def to_json(self) -> dict[str, object]:
        return {
            "case_id": self.case_id,
            "unit_id": self.unit_id,
            "level": self.level.value,
            "news": self.news.value,
        }

    @classmethod
    def from_json(cls, data: RowJson) -> CaseEntry:
        return cls(data["case_id"], data["unit_id"], Level(data["level"]), CaseNewsKind(data["news"]))

    def over(self, other: CaseEntry | None) -> CaseEntry:
        """Which of two entries about one case is told.

        The person who answers for the case needs no hint about it, too. Of two colours the later one is told.
        That the case has turned red comes before that it is still overdue.
        """
        if other is None:
            return self
        if other.level is Level.RESPONSIBLE is not self.level:
            return other
        red = other.level is self.level and (other.news, self.news) == (
            CaseNewsKind.RED,
            CaseNewsKind.OVERDUE,
        )
        return other if red else self


@dataclass(frozen=True, slots=True)
class Escalation:
    """Knows the people on each level. It reads each unit once."""

    session: Session
    campaign: Campaign
    now: datetime
    _units: dict[int, Directory] = field(default_factory=dict)
    _office: list[Contact] = field(default_factory=list)

    def hears(self, news: CaseNewsKind, case: Case) -> tuple[Level, ...]:
        """The levels that hear of that news about an order, by the policy in force."""
        return case_ladder.hears(self.campaign.policy, news, case.state)

    def still(self, entry: CaseEntry, case: Case) -> bool:
        return case_ladder.still_news(
            entry.news, case.facts, entry.unit_id, entry.level, self.campaign.policy
        )

    async def readers(self, case: Case, level: Level) -> list[Contact]:
        """The people on that level of the case who can be reached; none if the unit has no such person."""
        if level is Level.OFFICE:
            return await self._of_office()
        if case.unit_id is None:
            return []
        staff = await self.staff(case.unit_id)
        match level:
            case Level.RESPONSIBLE:
                return self._responsible(staff, case, case.unit_id)
            case Level.SECTION:
                return await self._section(staff, case, case.unit_id)
            case Level.LEADER_IN_CHARGE:
                return await self._in_charge(staff, case, case.unit_id)
            case Level.DECIDER:
                return []
        return staff.heard(staff.holders(Role.PRINCIPAL_LEADER, case.unit_id))

    async def roles_of(self, contact: Contact) -> frozenset[Role]:
        return (await self.staff(contact.unit_id)).roles.get(ident(contact), frozenset())

    async def name_of(self, unit_id: int) -> str:
        return (await self.staff(unit_id)).unit_names[unit_id]

    async def staff(self, unit_id: int) -> Directory:
        """The directory of the unit, with the deputies there."""
        if unit_id not in self._units:
            today = self.campaign.today(self.now)
            self._units[unit_id] = await Directory.around(self.session, {unit_id}, today)
        return self._units[unit_id]

    async def _of_office(self) -> list[Contact]:
        if not self._office:
            share = OfficeShare(OfficeSubject.CASES, self.campaign.today(self.now))
            self._office.extend(await office_hearers(self.session, share))
        return self._office

    def _responsible(self, staff: Directory, case: Case, unit_id: int) -> list[Contact]:
        own = row_of(staff.by_id, case.responsible_id)
        found = staff.heard([own]) if own is not None and own.unit_id == unit_id else []
        return found or staff.of_unit(unit_id)

    async def _section(self, staff: Directory, case: Case, unit_id: int) -> list[Contact]:
        """The colleagues of the 责任人."""
        responsible = self._responsible(staff, case, unit_id)
        but = {*(contact.id for contact in responsible), case.responsible_id}
        there = staff.by_unit.get(unit_id, ())
        return of_section(await self._section_name(case), there, staff.roles, but)

    async def _section_name(self, case: Case) -> str | None:
        task = None if case.task_id is None else await tasks.task_by_id(self.session, case.task_id)
        if task is not None and task.handling_section:
            return task.handling_section
        person = None
        if case.responsible_id is not None:
            person = await self.session.get(Contact, case.responsible_id)
        return None if person is None else person.section

    async def _in_charge(self, staff: Directory, case: Case, unit_id: int) -> list[Contact]:
        """The 分管领导 whom the order names, else all who hold that role in the unit."""
        leaders = staff.holders(Role.LEADER_IN_CHARGE, unit_id)
        order = None if case.order_id is None else await self.session.get(SupervisionOrder, case.order_id)
        named = (order.leader_in_charge if order else None) or ""
        return staff.heard([one for one in leaders if one.name in named]) or staff.heard(leaders)
