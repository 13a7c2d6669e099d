"""Other names of units that the office has once said the meaning of, and those that this import adds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from models import people
from models.db import Session, ident
from models.people import aliases
from models.people.aliases import UnitAlias
from rules.people.typed_names import normalise
from services import audit
from services.importing.rows.questions import DECLINED, LEFT_OUT, Answers, AskKind
from services.importing.rows.roster_units import NEW_UNIT

_OF_UNITS: Final = (AskKind.UNIT, AskKind.HELPER, AskKind.NEW_UNIT)
_NO_UNITS: Final = frozenset({DECLINED, LEFT_OUT, NEW_UNIT})


def answered(answers: Answers) -> dict[str, str]:
    """The names about which this import's office has answered, each with the unit that it means."""
    found: dict[str, str] = {}
    for key, unit in answers.items():
        kind, _, name = key.partition(":")
        if kind in _OF_UNITS and unit not in _NO_UNITS:
            found[normalise(name)] = unit
    return found


async def known_aliases(session: Session, answers: Answers) -> Mapping[str, str]:
    """All other names, normalised, with the unit's own; what is answered now comes before what was."""
    return {**await aliases.names(session), **answered(answers)}


async def remember(session: Session, answers: Answers, *, now: datetime, actor_id: int | None) -> None:
    """Keep the answered names in the caller's transaction, for later imports.

    A name that was another unit's moves. A unit that is gone meanwhile gets none.
    """
    found = answered(answers)
    units = await people.units_named(session, set(found.values()))
    for name, unit in found.items():
        if unit not in units or normalise(unit) == name:
            continue
        unit_id = ident(units[unit])
        there = await aliases.of_name(session, name)
        if there is not None and there.unit_id == unit_id:
            continue
        before = None if there is None else {"unit_id": there.unit_id}
        alias = there or UnitAlias(name=name, unit_id=unit_id, made_by=actor_id, made_at=now)
        alias.unit_id, alias.made_by, alias.made_at = unit_id, actor_id, now
        session.add(alias)
        after = {"unit_id": unit_id, "name": name}
        audit.record(
            session, "alias", ("unit", unit_id), now=now, actor_id=actor_id, before=before, after=after
        )
    await session.flush()
