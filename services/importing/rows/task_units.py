"""Matching the units and people of task lines with the roster."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from locales import Text
from rules.people.roles import Tier
from rules.people.typed_names import normalise, says_others, split_units, unit_group
from services.importing.rows.interpretations import Interpretations, Meaning
from services.importing.rows.line_refs import LineRef
from services.importing.rows.name_matching import NameFinder
from services.importing.rows.questions import (
    LEFT_OUT,
    LONGEST,
    NO_ANSWERS,
    Answers,
    Ask,
    AskKind,
    question_key,
)
from services.importing.rows.task_lines import ParsedTasks, RefusedRow, TaskRow, UnitCells

_PROPOSED: Final = 3
_NAMED: Final = 6  # units of a group that are named
_LIKE: Final = 0.6  # from this share of common characters, a name is suggested
_SUGGESTIONS: Final = 300  # at most for so many different names, for each is compared with every unit


Said = tuple[Meaning, dict[str, object]]


@dataclass(frozen=True)
class Roster:
    """What tasks are matched with: units by name with their tier, and contacts as (unit, name).

    ``aliases``: other names of units, each with the roster's own.
    """

    units: Mapping[str, Tier]
    contacts: Collection[tuple[str, str]] = field(default_factory=frozenset)
    aliases: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def _names(self) -> dict[str, str]:
        aliases = {normalise(alias): unit for alias, unit in self.aliases.items() if unit in self.units}
        return aliases | {normalise(name): name for name in self.units}

    @cached_property
    def _people(self) -> dict[str, NameFinder]:
        found: dict[str, set[str]] = {}
        for unit, name in self.contacts:
            found.setdefault(unit, set()).add(normalise(name))
        return {unit: NameFinder(names) for unit, names in found.items()}

    def unit(self, name: str) -> str | None:
        """The roster's own spelling of a unit's name; None if it is not in the roster."""
        return self._names.get(normalise(name))

    def of_tiers(self, tiers: frozenset[Tier]) -> list[str]:
        if tiers not in self._tiers:
            self._tiers[tiers] = [name for name, tier in self.units.items() if tier in tiers]
        return self._tiers[tiers]

    @cached_property
    def _tiers(self) -> dict[frozenset[Tier], list[str]]:
        return {}

    def people_of(self, units: Iterable[str]) -> list[NameFinder]:
        """Normalised names of the contacts of some units."""
        return [self._people[unit] for unit in units if unit in self._people]

    @cached_property
    def people(self) -> list[NameFinder]:
        """Normalised names of all contacts."""
        return [NameFinder(normalise(name) for _, name in self.contacts)]

    def names_in(self, text: str) -> set[str]:
        """The longest names of units that occur in a text, as they are compared."""
        found = {name for name in self._names if len(name) > 1 and name in text}
        return {name for name in found if not any(name != other and name in other for other in found)}

    def like(self, name: str) -> Sequence[str]:
        """The few names of the roster that are close enough to ``name`` to be meant, the closest first."""
        if name not in self._liked:
            # An author who names hundreds of unknown units uses the wrong roster; these are not misspelt
            # names.
            self._liked[name] = self._most_like(name) if len(self._liked) < _SUGGESTIONS else ()
        return self._liked[name]

    @cached_property
    def _liked(self) -> dict[str, Sequence[str]]:
        return {}

    def _most_like(self, name: str) -> Sequence[str]:
        letters = frozenset(normalise(name))
        scored = (
            (2 * len(letters & other) / (len(letters) + len(other)), unit)
            for unit, other in self._letters.items()
        )
        near = sorted((pair for pair in scored if pair[0] >= _LIKE), key=lambda pair: -pair[0])
        return [unit for _, unit in near[:_PROPOSED]]

    @cached_property
    def _letters(self) -> dict[str, frozenset[str]]:
        return {name: frozenset(normalise(name)) for name in self.units}


@dataclass(frozen=True, slots=True)
class PickedUnits:
    """The lead unit ("" if there is none) and the other names as typed, groups such as 各街道 included."""

    lead: str
    assisting: tuple[str, ...]
    assisting_of_responsible: tuple[str, ...] = ()


def pick_units(cells: UnitCells, roster: Roster | None = None) -> PickedUnits:
    """The first unit of the 责任单位 cell leads; its other units, then those of 配合单位, assist, each once.

    A group never leads. With a roster, names are split the way the roster knows them.
    """

    def is_unit(name: str) -> bool:
        return roster is not None and (roster.unit(name) is not None or bool(unit_group(name)))

    known = is_unit if roster is not None else None
    responsible = split_units(cells.responsible, known)
    groups = _groups(responsible)
    lead = next((name for name in responsible if name not in groups), "")
    others = tuple(name for name in responsible if name != lead)
    assisting = [*others, *(name for name in split_units(cells.assisting, known) if name != lead)]
    return PickedUnits(lead, tuple(dict.fromkeys(assisting)), others)


def _groups(names: Iterable[str]) -> dict[str, frozenset[Tier]]:
    """The names that are groups, with their tiers. After 各街道, 园区 without 各 is a group, too."""
    found: dict[str, frozenset[Tier]] = {}
    after_group = False
    for name in names:
        tiers = unit_group(name, after_group=after_group)
        after_group = bool(tiers)
        if tiers:
            found[name] = tiers
    return found


def resolve_units(row: TaskRow, roster: Roster) -> TaskRow | RefusedRow:
    """The row with the roster's names and expanded groups, or refused with every unknown unit.

    People who are not in the roster only cause a warning.
    """
    found = _resolve(row, roster)
    if not found.reasons:
        return found.task
    return RefusedRow(row.line, row.objective, found.reasons, row, found.asks)


def resolve_tasks(parsed: ParsedTasks, roster: Roster, answers: Answers = NO_ANSWERS) -> ParsedTasks:
    """All rows, resolved. Rows refused before get the roster's reasons, too; of equal tasks the first stays.

    A unit of which the office has said what it means is in the roster's ``aliases``; one that it has declined
    is not asked about again.
    """
    done = replace(parsed, rows=[], refused=[])
    said: dict[UnitCells, list[Said]] = {}
    for row in parsed.rows:
        found = _resolve(row, roster, answers)
        if found.reasons:
            done.refused.append(RefusedRow(row.line, row.objective, found.reasons, found.task, found.asks))
        else:
            done.rows.append(found.task)
    rows, doubles = without_doubles(done.rows)
    for row in rows:
        _say_units(row, roster, said, done.meanings)
    done.rows[:] = rows
    done.refused.extend(doubles)
    for refused in parsed.refused:
        if refused.draft is not None:
            more = _resolve(refused.draft, roster, answers)
            reasons, asks = (*refused.reasons, *more.reasons), (*refused.asks, *more.asks)
            refused = replace(refused, reasons=reasons, asks=asks, draft=more.task)
        done.refused.append(refused)
    done.refused.sort(key=lambda refused: refused.line)
    return done


def without_doubles(
    rows: Iterable[TaskRow], *, named: bool = False
) -> tuple[list[TaskRow], list[RefusedRow]]:
    """The rows without those that are equal to an earlier one, and these, refused.

    Equal means equal identity: action, objective and lead unit. ``named``: the lines below others have their
    names from them by now; until then they may still differ.
    """
    seen: dict[str, LineRef] = {}
    kept, doubles = [], []
    for row in rows:
        if row.parent and not named:
            kept.append(row)
        elif row.identity in seen:
            reason = Text("importing.reason.duplicate", line=seen[row.identity].text)
            doubles.append(RefusedRow(row.line, row.objective, (reason,), row))
        else:
            seen[row.identity] = row.line
            kept.append(row)
    return kept, doubles


@dataclass(frozen=True, slots=True)
class ResolvedRow:
    """A row with the roster's names, or the reasons to refuse it; ``asks``: the questions that would help."""

    task: TaskRow
    reasons: tuple[Text, ...] = ()
    asks: tuple[Ask, ...] = ()


def _resolve(row: TaskRow, roster: Roster, answers: Answers = NO_ANSWERS) -> ResolvedRow:
    picked = pick_units(row.unit_cells, roster)
    unknown: dict[str, AskKind] = {}
    reasons: list[Text] = []
    if row.lead_unit and not picked.lead:  # a list of groups, which only the roster could tell
        reasons.append(Text("importing.reason.no_lead", names=picked.assisting_of_responsible))
    lead = roster.unit(picked.lead) if picked.lead else None
    if picked.lead and lead is None:
        unknown[picked.lead] = AskKind.UNIT
    assisting: dict[str, None] = {}
    groups = _groups(picked.assisting)
    for name in picked.assisting:
        unit = roster.unit(name)
        members = [unit] if unit is not None else roster.of_tiers(groups.get(name, frozenset()))
        if not members and name in groups:
            reasons.append(Text("importing.reason.empty_group", name=name))
        elif not members and answers.get(question_key(AskKind.HELPER, name)) != LEFT_OUT:
            unknown.setdefault(name, AskKind.HELPER)
        assisting.update(dict.fromkeys(members))
    assisting.pop(lead or "", None)
    resolved = replace(row, lead_unit=lead or row.lead_unit, assisting_units=tuple(assisting))
    resolved = replace(resolved, warnings=(*row.warnings, *_unknown_people(resolved, roster)))
    reasons += [unknown_unit(name, roster) for name in unknown]
    found = [unit_ask(name, roster, kind) for name, kind in unknown.items()]
    asks = [ask for ask in found if ask is not None and ask.key not in answers]
    return ResolvedRow(resolved, tuple(reasons), tuple(asks))


def say_units(rows: Iterable[TaskRow], roster: Roster, meanings: Interpretations) -> None:
    """Say how the units of some resolved rows were understood."""
    said: dict[UnitCells, list[Said]] = {}
    for row in rows:
        _say_units(row, roster, said, meanings)


def _say_units(
    row: TaskRow, roster: Roster, said: dict[UnitCells, list[Said]], meanings: Interpretations
) -> None:
    """Say how the units of a line were understood, where that is more than their names."""
    cells = row.unit_cells
    if cells not in said:
        said[cells] = list(_understood(cells, roster))
    for meaning, values in said[cells]:
        meanings.add(row.line, meaning, **values)


def _understood(cells: UnitCells, roster: Roster) -> Iterator[Said]:
    """What the cells of the units were taken to mean; many lines have the same cells."""
    picked = pick_units(cells, roster)
    groups = _groups(picked.assisting)
    for name in (picked.lead, *picked.assisting):
        known = roster.unit(name)
        if known is None and name not in groups:  # a line that is imported without this unit
            yield Meaning.LEFT_OUT, {"unit": name}
        if known is not None and normalise(known) != normalise(name):
            yield Meaning.ALIAS, {"said": name, "unit": known}
        elif known is None and name in groups:
            members = roster.of_tiers(groups[name])
            values = {"said": name, "units": members[:_NAMED], "count": len(members)}
            yield (Meaning.GROUP_MANY if len(members) > _NAMED else Meaning.GROUP), values
    if picked.assisting_of_responsible:
        yield Meaning.FIRST_LEADS, {}
    if says_others(cells.responsible) or says_others(cells.assisting):
        yield Meaning.AND_OTHERS, {}


def unit_ask(name: str, roster: Roster, kind: AskKind = AskKind.UNIT) -> Ask | None:
    """The question which unit is meant by an unknown name; None: nothing in the roster is like it.

    A text that holds several names of the roster is a list in another form, and no name: one answer would
    lose the others. A unit that only assists may be left out, so it is asked about even if none is like it.
    """
    if len(name) > LONGEST or len(roster.names_in(name)) > 1:
        return None
    return Ask(kind, name) if kind is AskKind.HELPER or roster.like(name) else None


def unknown_unit(name: str, roster: Roster) -> Text:
    """Why a name is refused, with the roster's name that may be meant."""
    like = roster.like(name)
    if not like:
        return Text("importing.reason.unknown_unit", unit=name)
    return Text("importing.reason.unknown_unit_like", unit=name, like=like[0])


def _unknown_people(row: TaskRow, roster: Roster) -> list[Text]:
    """Warnings about people: the responsible person must be in a unit of the task, the leader in any unit."""
    warnings = []
    own = roster.people_of((row.lead_unit, *row.assisting_units))
    for name in _strangers(row.responsible_person, own):
        warnings.append(Text("importing.warning.unknown_person", person=name, unit=row.lead_unit))
    for name in _strangers(row.leader_in_charge, roster.people):
        warnings.append(Text("importing.warning.unknown_leader", person=name))
    return warnings


def _strangers(cell: str, people: Sequence[NameFinder]) -> list[str]:
    """The names of a cell that nobody in ``people`` has; titles and numbers around a name do not matter."""

    def is_name(text: str) -> bool:
        return any(text in names for names in people)

    def is_known(text: str) -> bool:
        return is_name(text) or any(names.longest_in(text) for names in people)

    return [name for name in split_units(cell, is_name) if not is_known(name)]
