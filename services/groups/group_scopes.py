"""The scope of a group: all units, those of a tier, or one unit with those below it."""

from __future__ import annotations

from locales import Text
from models import people
from models.db import Session
from models.groups import GroupChat
from models.people import Unit
from rules.people.roles import TIER_WORDS, Tier
from rules.people.typed_names import normalise
from services.directory_names import tier_scope_text
from services.errors import DomainError

CHOICES = 8


async def units_of(session: Session, group: GroupChat) -> frozenset[int] | None:
    """Ids of the units in the group's scope, as far as they are in use; None: all."""
    if group.unit_id is not None:
        return await people.unit_tree(session, group.unit_id, retired=False)
    if group.tier is None:
        return None
    return frozenset(
        unit.id for unit in await people.all_units(session) if unit.id and unit.tier is group.tier
    )


async def title_of(session: Session, group: GroupChat) -> Text:
    """The scope's title: 全区, a tier's word, or the unit's name."""
    unit = None if group.unit_id is None else await session.get(Unit, group.unit_id)
    return title(group.tier, unit)


def title(tier: Tier | None, unit: Unit | None) -> Text:
    if unit is not None:
        return Text("common.as_is", text=unit.name)
    return Text("groups.scope.all") if tier is None else tier_scope_text(tier)


async def tiers(session: Session) -> list[Tier]:
    """The tiers that have units, from the district down."""
    there = {unit.tier for unit in await people.all_units(session)}
    return [tier for tier in Tier if tier in there]


def tier_named(words: str) -> Tier | None:
    """The tier that a word such as 街道 or 各街道 names."""
    return TIER_WORDS.get(normalise(words).removeprefix("各").removeprefix("区直"))


async def units_named(session: Session, words: str) -> list[Unit]:
    """The unit of that name, else those whose names hold the words. ``DomainError``: none, or too many."""
    wanted = normalise(words).casefold()
    units = {normalise(unit.name).casefold(): unit for unit in await people.all_units(session)}
    if wanted in units:
        return [units[wanted]]
    found = [unit for name, unit in units.items() if wanted and wanted in name]
    if not found:
        raise DomainError("groups.no_such_unit", text=words[:40])
    if len(found) > CHOICES:
        raise DomainError("groups.too_many_units", text=words[:40], count=len(found))
    return found
