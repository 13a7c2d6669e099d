"""Searching by words: people and units by their names."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Final

from locales import Text
from models import people
from models.db import Session, ident
from models.people import Contact, ContactState, Unit, aliases, retirement
from rules.hidden_characters import visible
from rules.people.typed_names import normalise
from rules.text_parts import clip_plain
from services.access import Actor
from services.errors import DomainError
from services.views import ButtonSpec, button

MOST_CHARS: Final = 100


MOST_WORDS: Final = 8


CHOICES: Final = 8
"""How many people and units are shown at once; if there are more, the words are too few."""


_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs"})


def words_of(text: str) -> list[str]:
    """The words of a search, each once, without invisible characters and those that PostgreSQL refuses.

    ``DomainError`` if there are more words than anybody searches for.
    """
    shown = "".join(c if unicodedata.category(c) not in _INVISIBLE else " " for c in visible(text))
    words = list(dict.fromkeys(shown.split()))
    if len(words) > MOST_WORDS or sum(map(len, words)) > MOST_CHARS:
        raise DomainError("find.too_long", chars=MOST_CHARS, words=MOST_WORDS)
    return words


def unit_button(actor: Actor, unit: Unit, action: str = "unit.card", **arguments: object) -> ButtonSpec:
    key = "common.as_is" if unit.retired_at is None else "units.retired_name"
    label = Text(key, text=clip_plain(unit.name, 40))
    return button(label, action, actor.id, **arguments, unit_id=unit.id)


async def people_named(session: Session, words: Sequence[str]) -> list[tuple[Contact, Unit]]:
    """Contacts whose unit and name hold all words, and whose name holds at least one; nobody who has left."""
    wanted = [normalise(word).casefold() for word in words]
    units = {unit.id: unit for unit in await people.all_units(session, retired=True)}
    found = []
    for contact in await people.all_contacts(session):
        unit, name = units[contact.unit_id], normalise(contact.name).casefold()
        whole = normalise(unit.name).casefold() + " " + name
        if contact.state is ContactState.LEFT or not all(word in whole for word in wanted):
            continue
        if any(word in name for word in wanted):
            found.append((contact, unit))
    return found


async def units_named(session: Session, words: Sequence[str]) -> list[Unit]:
    """Units whose name holds all words; if one has exactly this name, only that one."""
    return _named(await people.all_units(session), words)


async def retired_named(session: Session, words: Sequence[str], *, others: bool) -> list[Unit]:
    """Units out of use whose name holds all words. With ``others`` in use: only one of exactly this name."""
    found = _named(await retirement.retired_units(session), words)
    return [unit for unit in found if is_called(unit, words)] if others else found


def is_called(unit: Unit, words: Sequence[str]) -> bool:
    """Whether the words are exactly the unit's own name."""
    return normalise(unit.name).casefold() == _whole(words)


async def units_also_called(session: Session, words: Sequence[str], *, whole: bool) -> list[Unit]:
    """Units in use of which another name is exactly these words, or holds all of them; each unit once."""
    wanted = [_whole(words)] if whole else [normalise(word).casefold() for word in words]
    found: dict[int, Unit] = {}
    for name, unit in await aliases.units_by_alias(session):
        known = name.casefold()
        if known == wanted[0] if whole else all(word in known for word in wanted):
            found.setdefault(ident(unit), unit)
    return list(found.values())


def _whole(words: Sequence[str]) -> str:
    return "".join(normalise(word).casefold() for word in words)


def _named(units: Sequence[Unit], words: Sequence[str]) -> list[Unit]:
    wanted = [normalise(word).casefold() for word in words]
    names = {normalise(unit.name).casefold(): unit for unit in units}
    exact = names.get("".join(wanted))
    return [exact] if exact else [unit for name, unit in names.items() if all(w in name for w in wanted)]
