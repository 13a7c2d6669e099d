"""To whom a notice goes: the units of a scope, their people in some roles, and one party for each answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

from locales import Text
from models import people
from models.db import Session, ident
from models.groups import GroupChat
from models.people import Contact, ContactState, Unit
from rules.people.roles import LEADERS, Role, Tier
from services.access import Actor
from services.directory_names import tier_scope_text
from services.errors import DomainError
from services.recipients import Directory
from services.turn import TickTurn

ROLES: Final = (Role.LIAISON, Role.RESPONSIBLE_PERSON, Role.LEADER_IN_CHARGE, Role.PRINCIPAL_LEADER)
"""The roles to which a notice may go, in the order of their buttons."""
NAMED: Final = 5
"""So many people and units are named in one line."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Those with the roles in all units that the issuer may write to, in those of a tier, or in some units
    and those below them; or people by their names (``people``), whatever their roles."""

    tier: Tier | None = None
    units: tuple[int, ...] = ()
    roles: frozenset[Role] = frozenset({Role.LIAISON})
    people: tuple[int, ...] = ()

    def to_json(self) -> dict[str, object]:
        tier = None if self.tier is None else self.tier.value
        roles = [role.value for role in ROLES if role in self.roles]
        return {"tier": tier, "units": list(self.units), "roles": roles, "people": list(self.people)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        tier = None if data["tier"] is None else Tier(data["tier"])
        roles = frozenset(map(Role, data["roles"]))
        return cls(tier, tuple(data["units"]), roles, tuple(data["people"]))


@dataclass(frozen=True, slots=True)
class PartyPlan:
    """A party that would owe an answer: a unit, or a person of it.

    ``readers``: who gets a copy, each with the name of the person in whose place ("": in their own).
    ``waiting``: who would get one, but has not joined.
    """

    unit: Unit
    contact: Contact | None = None
    readers: Sequence[tuple[Contact, str]] = ()
    waiting: Sequence[Contact] = ()


@dataclass(frozen=True, slots=True)
class Reach:
    """Everybody whom a notice would reach. ``empty``: units in which nobody has any of the roles.

    ``groups``: those that may get a copy, as far as they were looked for.
    """

    parties: Sequence[PartyPlan] = ()
    empty: Sequence[Unit] = field(default=())
    groups: Sequence[GroupChat] = ()

    @property
    def readers(self) -> list[Contact]:
        """Each reader once."""
        found = {ident(who): who for party in self.parties for who, _ in party.readers}
        return list(found.values())

    @property
    def waiting(self) -> list[Contact]:
        return [who for party in self.parties for who in party.waiting]

    @property
    def units(self) -> int:
        return len({party.unit.id for party in self.parties})


def may_send(actor: Actor) -> bool:
    """Whether they may send notices at all: the office, a unit's leaders and 联络员."""
    return actor.is_office or bool(actor.roles & (LEADERS | {Role.LIAISON}))


async def units_for(session: Session, actor: Actor) -> list[Unit]:
    """The units to which they may send a notice, in the order of all units.

    The office: all but its own. A unit's leaders and 联络员: those below their unit.
    """
    if not may_send(actor):
        raise DomainError("notices.not_yours")
    every = await people.all_units(session)
    if actor.is_office:
        return [unit for unit in every if unit.id != actor.contact.unit_id]
    below = await people.unit_tree(session, actor.contact.unit_id, retired=False)
    return [unit for unit in every if unit.id in below and unit.id != actor.contact.unit_id]


async def chosen_units(session: Session, actor: Actor, audience: Audience) -> list[Unit]:
    """The units of the audience, as far as the sender may write to them."""
    found = await units_for(session, actor)
    if audience.units:
        trees = [await people.unit_tree(session, one, retired=False) for one in audience.units]
        return [unit for unit in found if any(unit.id in tree for tree in trees)]
    if audience.people:
        theirs = {one.unit_id for one in (await people.contacts_by_id(session, audience.people)).values()}
        return [unit for unit in found if unit.id in theirs]
    return [unit for unit in found if audience.tier in {None, unit.tier}]


async def reach(turn: TickTurn, actor: Actor, audience: Audience, *, per_unit: bool) -> Reach:
    """Whom a notice to the audience reaches now."""
    units = await chosen_units(turn.session, actor, audience)
    directory = await Directory.around(turn.session, {ident(unit) for unit in units}, turn.today)
    parties, empty = [], []
    for unit in units:
        theirs = [who for who in _addressed(directory, audience, unit) if who.id != actor.id]
        if not theirs:
            empty.append(unit)
        elif per_unit:
            parties.append(_party(directory, unit, theirs, None))
        else:
            parties += [_party(directory, unit, [who], who) for who in theirs]
    return Reach(parties, empty)


def _addressed(directory: Directory, audience: Audience, unit: Unit) -> list[Contact]:
    """The unit's people who are named, or have any of the roles, each once."""
    if audience.people:
        there = directory.by_unit.get(ident(unit), ())
        return [who for who in there if who.id in audience.people and who.state is not ContactState.LEFT]
    roles = [role for role in ROLES if role in audience.roles]
    found = (who for role in roles for who in directory.holders(role, unit.id))
    return list({ident(who): who for who in found}.values())


def _party(directory: Directory, unit: Unit, theirs: Sequence[Contact], contact: Contact | None) -> PartyPlan:
    readers: dict[int, tuple[Contact, str]] = {}
    waiting = []
    for who in theirs:
        deputy = directory.deputy_of(who)
        if deputy is not None:
            readers.setdefault(ident(deputy), (deputy, directory.place_of(who, deputy)))
        elif who.state is ContactState.NOT_ENROLLED:
            waiting.append(who)
        else:
            readers[ident(who)] = (who, "")
    return PartyPlan(unit, contact, list(readers.values()), waiting)


async def title(session: Session, audience: Audience) -> Text:
    """The audience in words, such as 各街道·联络员、责任人, or 王芳、李强."""
    if audience.people:
        named = await people.contacts_by_id(session, audience.people)
        names = [named[one].name for one in audience.people if one in named]
        key = "notices.audience_people" if len(names) <= NAMED else "notices.audience_people_more"
        return Text(key, names=names[:NAMED], count=len(names))
    roles = [Text(f"common.role.{role.value}") for role in ROLES if role in audience.roles]
    return Text("notices.audience", scope=await _scope(session, audience), roles=roles)


async def _scope(session: Session, audience: Audience) -> Text:
    if audience.units:
        found = await people.unit_names(session, audience.units)
        names = [found[one] for one in audience.units if one in found]
        key = "notices.scope_units" if len(names) <= NAMED else "notices.scope_units_more"
        return Text(key, units=names[:NAMED], count=len(names))
    return Text("notices.scope_all") if audience.tier is None else tier_scope_text(audience.tier)
