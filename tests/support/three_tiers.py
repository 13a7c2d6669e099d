"""A department, a street and villages for tests of tasks that are broken down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from models.db import Session, ident
from models.people import Contact, Unit
from models.tasks import Task
from rules.duties.frequencies import Frequency
from rules.people.roles import Role, Tier
from services.access import Actor, actor_of
from tests.support.people import Roster

DUE: Final = date(2026, 12, 31)
WASTE: Final = "完善城乡垃圾集中清运长效机制"
STREETS_OWN: Final = "整治背街小巷环境"


@dataclass(frozen=True, slots=True)
class Tiers:
    """农业农村局 leads a task with which four villages assist; 东城街道 has one of its own and five villages.

    西山村, 东山村 have a 责任人 each, 南山村 has two, 北山村 only a 联络员, 空村 nobody. 外村 lies below
    another street.
    """

    session: Session
    units: dict[str, Unit]
    people: dict[str, Contact]
    waste: Task
    streets: Task

    def unit_id(self, name: str) -> int:
        return ident(self.units[name])

    async def actor(self, name: str, today: date | None = None) -> Actor:
        """``today``: the day on which they stand in for others; None: only they themselves matter."""
        return await actor_of(self.session, self.people[name], today=today)


async def make_tiers(roster: Roster) -> Tiers:
    office = await roster.unit("创城办")
    bureau = await roster.unit("农业农村局")
    street = await roster.unit("东城街道", Tier.STREET)
    other = await roster.unit("西城街道", Tier.STREET)
    names = ("西山村", "东山村", "南山村", "北山村", "空村")
    villages = {name: await roster.unit(name, Tier.VILLAGE, street) for name in names}
    outside = await roster.unit("外村", Tier.VILLAGE, other)
    people = {
        "创城办": await roster.contact(office, "创城办老周", Role.OFFICE),
        "局长": await roster.contact(bureau, "局分管领导", Role.LEADER_IN_CHARGE),
        "局": await roster.contact(bureau, "农业张", Role.RESPONSIBLE_PERSON),
        "局联络员": await roster.contact(bureau, "农业李", Role.LIAISON),
        "街道": await roster.contact(street, "东城王", Role.RESPONSIBLE_PERSON),
        "街道联络员": await roster.contact(street, "东城赵", Role.LIAISON),
        "外街道": await roster.contact(other, "西城孙", Role.RESPONSIBLE_PERSON),
        "西山": await roster.contact(villages["西山村"], "西山钱", Role.RESPONSIBLE_PERSON),
        "东山": await roster.contact(villages["东山村"], "东山吴", Role.RESPONSIBLE_PERSON),
        "南山甲": await roster.contact(villages["南山村"], "南山甲", Role.RESPONSIBLE_PERSON),
        "南山乙": await roster.contact(villages["南山村"], "南山乙", Role.RESPONSIBLE_PERSON),
        "北山": await roster.contact(villages["北山村"], "北山冯", Role.LIAISON),
        "外村": await roster.contact(outside, "外村陈", Role.RESPONSIBLE_PERSON),
    }
    assisting = tuple(villages[name] for name in names[:4])
    waste = await roster.task(bureau, WASTE, None, people["局"], assisting=assisting)
    streets = await roster.task(street, STREETS_OWN, DUE, people["街道"])
    units = {"创城办": office, "农业农村局": bureau, "东城街道": street, "西城街道": other, "外村": outside}
    assert waste.frequency is Frequency.DAILY
    return Tiers(roster.session, {**units, **villages}, people, waste, streets)
