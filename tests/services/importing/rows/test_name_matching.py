"""Looking names up in pieces finds what a comparison with everybody would find."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from models.people import Contact, ContactState
from services.importing.rows.name_matching import NameFinder, ResponsiblePeople

LETTERS = st.text("甲乙丙", min_size=1, max_size=4)
UNITS = st.integers(1, 3)


def people(pairs: Sequence[tuple[int, str]]) -> list[Contact]:
    return [Contact(id=number, unit_id=unit, name=name) for number, (unit, name) in enumerate(pairs, 1)]


def asked(cell: str, unit_ids: Sequence[int], contacts: Sequence[Contact]) -> int | None:
    """The former way: the longest name counts, of equals the first in the roster."""
    for unit_id in unit_ids:
        named = [c for c in contacts if c.unit_id == unit_id and len(c.name) > 1 and c.name in cell]
        if named:
            return max(named, key=lambda contact: len(contact.name)).id
    return None


@given(
    st.text("甲乙丙（1", max_size=8),
    st.lists(UNITS, max_size=3, unique=True),
    st.lists(st.tuples(UNITS, LETTERS), max_size=12, unique=True),
)
def test_the_same_person_is_found(cell: str, unit_ids: list[int], pairs: list[tuple[int, str]]) -> None:
    contacts = people(pairs)
    assert ResponsiblePeople(contacts).find(cell, unit_ids) == asked(cell, unit_ids, contacts)


@given(st.text("甲乙丙", max_size=8), st.lists(LETTERS, max_size=8))
def test_the_same_names_are_known(text: str, names: list[str]) -> None:
    known = NameFinder(names)
    assert bool(known.longest_in(text)) == any(len(name) > 1 and name in text for name in names)
    assert (text in known) == (text in names)


def test_who_has_left_is_not_found() -> None:
    gone = Contact(id=1, unit_id=1, name="甲乙", state=ContactState.LEFT)
    assert ResponsiblePeople([gone]).find("甲乙", [1]) is None
