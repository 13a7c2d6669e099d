"""The readers of a notice as somebody writes them: names of units, or of people, one after another."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from models import people
from models.db import ident
from models.people import Contact, ContactState, Unit, aliases
from rules.people.typed_names import normalise
from services.errors import DomainError
from services.people.name_search import words_of
from services.turn import Turn

MOST_NAMED: Final = 50
"""So many units or people may be named in one notice."""
_BETWEEN: Final = re.compile(r"[、，,;；\n]+")


@dataclass(frozen=True, slots=True)
class NamedReaders:
    """What the parts of the words name, each with all that it can mean."""

    parts: Sequence[str]
    meant: Sequence[Sequence[Unit | Contact]]

    @property
    def choices(self) -> Sequence[Unit | Contact]:
        """What the one part can mean, from which somebody has to choose; empty: nothing is to be chosen."""
        return self.meant[0] if len(self.meant) == 1 and len(self.meant[0]) > 1 else ()

    def all_found(self) -> tuple[list[Unit], list[Contact]]:
        """The units, or else the people that are named.

        ``DomainError``: a part names nothing, or several, or some are units and some are people.
        """
        for part, found in zip(self.parts, self.meant, strict=True):
            if not found:
                raise DomainError("notices.no_such_reader", words=part[:40])
            if len(found) > 1:
                raise DomainError("notices.several_readers", words=part[:40])
        found_units = [one for some in self.meant for one in some if isinstance(one, Unit)]
        named = [one for some in self.meant for one in some if isinstance(one, Contact)]
        if found_units and named:
            raise DomainError("notices.units_or_people")
        return found_units, named


async def read(turn: Turn, words: str, units: Collection[Unit]) -> NamedReaders:
    """What the words name among these units and their people; the sender is no reader.

    ``DomainError``: they name nothing at all, or too many.
    """
    parts = [part.strip() for part in _BETWEEN.split(words) if part.strip()]
    if not parts:
        raise DomainError("notices.no_such_reader", words=words.strip()[:40])
    if len(parts) > MOST_NAMED:
        raise DomainError("notices.too_many_readers", limit=MOST_NAMED)
    mine = {ident(unit): unit for unit in units}
    every = [one for one in await people.all_contacts(turn.session) if one.unit_id in mine]
    there = [one for one in every if one.state is not ContactState.LEFT and one.id != turn.actor.id]
    also = [(_plain(name), unit) for name, unit in await aliases.units_by_alias(turn.session)]
    also = [(name, unit) for name, unit in also if unit.id in mine]
    return NamedReaders(parts, [_meant(part, mine, there, also) for part in parts])


def _meant(
    part: str, mine: dict[int, Unit], there: Sequence[Contact], also: Sequence[tuple[str, Unit]]
) -> list[Unit | Contact]:
    """Exactly that unit, or the people of that name; else the units whose name holds all words."""
    wanted = [_plain(word) for word in words_of(part)]
    whole = "".join(wanted)
    exact = [unit for unit in mine.values() if _plain(unit.name) == whole]
    exact += [unit for name, unit in also if name == whole and unit not in exact]
    if exact or not whole:
        return [*exact]
    named = [
        one for one in there if whole in {_plain(one.name), _plain(mine[one.unit_id].name) + _plain(one.name)}
    ]
    if named:
        return [*named]
    return [unit for unit in mine.values() if all(word in _plain(unit.name) for word in wanted)]


def _plain(name: str) -> str:
    return normalise(name).casefold()
