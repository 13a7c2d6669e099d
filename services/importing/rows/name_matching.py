"""Finding names in cells, among thousands of names.

A cell is cut into pieces, and these are looked up. Trying every contact on every row would take minutes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from models.people import Contact, ContactState
from rules.people.typed_names import normalise


class NameFinder:
    """Some people's names, in the form in which cells are compared with them."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._by_length: dict[int, set[str]] = {}
        for name in names:
            self._by_length.setdefault(len(name), set()).add(name)

    def __contains__(self, name: str) -> bool:
        return name in self._by_length.get(len(name), ())

    def longest_in(self, text: str) -> set[str]:
        """The longest names that occur in ``text``; a single character is no name."""
        for length in sorted(self._by_length, reverse=True):
            pieces = {text[at : at + length] for at in range(len(text) - length + 1)}
            if length > 1 and (found := pieces & self._by_length[length]):
                return found
        return set()


class ResponsiblePeople:
    """The contacts by unit and name; people who have left are no longer responsible for anything."""

    def __init__(self, contacts: Iterable[Contact]) -> None:
        self._ids: dict[int, dict[str, int]] = {}
        for contact in contacts:
            if contact.id is not None and contact.state is not ContactState.LEFT:
                self._ids.setdefault(contact.unit_id, {}).setdefault(normalise(contact.name), contact.id)
        self._names = {unit_id: NameFinder(ids) for unit_id, ids in self._ids.items()}

    def find(self, cell: str, unit_ids: Sequence[int]) -> int | None:
        """The contact's id, from the first of the units that has them; None: not in the roster.

        A cell may hold more than a name (姓名（科长）); the longest name in it counts. Of a list of people
        the first one counts.
        """
        text = normalise(cell)
        for unit_id in unit_ids:
            if unit_id in self._names and (named := self._names[unit_id].longest_in(text)):
                return self._ids[unit_id][min(named, key=text.index)]
        return None
