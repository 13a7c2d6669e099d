"""Units in which nobody can be reached (无人负责), or without a 联络员, and what nobody would hear."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from models import people, tasks
from models.cases import case_holders
from models.db import Session, ident
from models.people import Contact, Unit, vacancies
from models.tasks import Task
from rules.people.roles import LEADERS, Role, Tier
from services.recipients import Directory
from services.turn import TickTurn

_DAY: Final = timedelta(days=1)
_TIERS: Final = tuple(Tier)
_ANSWER: Final = (Role.OFFICE, Role.DISTRICT_LEADER)


class Vacancy(StrEnum):
    """What a unit lacks: anybody who can be reached, or only a 联络员."""

    EMPTY = "empty"
    NO_LIAISON = "no_liaison"


@dataclass(frozen=True, slots=True)
class VacantUnit:
    """A unit that lacks somebody.

    ``tasks``, of which ``recurring`` owe reports again and again, and ``orders``: the open ones of which
    nobody of the unit would hear. ``above``: the nearest unit above it in which somebody would.
    """

    unit: Unit
    vacancy: Vacancy
    tasks: int
    recurring: int
    orders: int
    above: Unit | None


async def vacant_units(turn: TickTurn, scope: Collection[int] | None) -> list[VacantUnit]:
    """The vacant units of a scope (None: all), tier by tier from the district down."""
    directory = await Directory.load(turn.session, turn.today)
    every = {ident(unit): unit for unit in await people.all_units(turn.session)}
    found = {
        unit_id: vacancy
        for unit_id in every
        if (scope is None or unit_id in scope) and (vacancy := vacancy_of(directory, unit_id)) is not None
    }
    unheard = await _unheard_tasks(turn.session, directory, found)
    owed = Counter(task.lead_unit_id for task in unheard)
    recurring = Counter(task.lead_unit_id for task in unheard if task.frequency is not None)
    orders = await _unheard_orders(turn.session, directory, found)
    made = [
        VacantUnit(
            every[unit_id],
            vacancy,
            owed[unit_id],
            recurring[unit_id],
            orders[unit_id],
            _above(directory, every, unit_id),
        )
        for unit_id, vacancy in found.items()
    ]
    return sorted(made, key=lambda one: (_TIERS.index(one.unit.tier), one.unit.id))


async def note_vacant(turn: TickTurn, directory: Directory) -> None:
    """Note which units are vacant now: those that were not before are new to the office."""
    changes: dict[datetime | None, list[int]] = {}
    for unit in await people.all_units(turn.session):
        since = unit.vacant_since
        if vacancy_of(directory, ident(unit)) is None:
            since = None
        elif since is None:
            since = turn.now
        elif since > turn.now:
            # A clock that was ahead must not have it told of again when that day comes.
            since = turn.now - _DAY
        if since != unit.vacant_since:
            changes.setdefault(since, []).append(ident(unit))
    for since, unit_ids in changes.items():
        await vacancies.set_vacant_since(turn.session, unit_ids, since)


def vacancy_of(directory: Directory, unit_id: int) -> Vacancy | None:
    """What the unit lacks; None: nothing. Where the office or the district's leaders sit, they answer."""
    if any(one.reachable for role in _ANSWER for one in directory.holders(role, unit_id)):
        return None
    if not any(contact.reachable for contact in directory.by_unit.get(unit_id, ())):
        return Vacancy.EMPTY
    return None if directory.holders(Role.LIAISON, unit_id) else Vacancy.NO_LIAISON


async def _unheard_tasks(session: Session, directory: Directory, unit_ids: Collection[int]) -> list[Task]:
    """The open tasks of which neither their 责任人 nor a 联络员 of the unit would hear."""
    return [
        task
        for task in await tasks.open_tasks(session, unit_ids)
        if not _hears(directory, task.responsible_id, task.lead_unit_id)
    ]


def _hears(directory: Directory, contact_id: int | None, unit_id: int) -> bool:
    own = None if contact_id is None else directory.by_id.get(contact_id)
    return bool(
        directory.heard([] if own is None else [own])
        or directory.heard(directory.holders(Role.LIAISON, unit_id))
    )


async def _unheard_orders(session: Session, directory: Directory, unit_ids: Collection[int]) -> Counter[int]:
    found = await case_holders.orders_of_units(session, unit_ids)
    unheard = {
        (one.unit_id, one.order_id) for one in found if not directory.of_unit(one.unit_id, one.responsible_id)
    }
    return Counter(unit_id for unit_id, _ in unheard)


def _above(directory: Directory, every: dict[int, Unit], unit_id: int) -> Unit | None:
    """The nearest unit above in which somebody can be asked; None: there is none."""
    seen = {unit_id}
    above = every[unit_id].parent_id
    while above is not None and above in every and above not in seen:
        if asked_in(directory, above):
            return every[above]
        seen.add(above)
        above = every[above].parent_id
    return None


def asked_in(directory: Directory, unit_id: int) -> list[Contact]:
    """The people of a unit who are asked to name a 联络员 below it.

    They are its own 联络员; without one its leaders, and without these its 责任人.
    """
    leaders = [one for role in sorted(LEADERS) for one in directory.holders(role, unit_id)]
    return (
        directory.heard(directory.holders(Role.LIAISON, unit_id))
        or directory.heard(leaders)
        or directory.of_unit(unit_id)
    )
