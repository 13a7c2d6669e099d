"""Reading a sheet of the ladder's policy: when each kind of duty is nagged about, and who hears."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Final, TypeVar

from locales import Text
from rules.clock_words import read_time
from rules.nags.levels import Level
from rules.nags.policy import KINDS, ReleaseMode, Rung, RungMeasure
from rules.nags.policy_check import BUDGETS, COLOURS, FARTHEST, MOST, RungFault, faults_of
from rules.nags.policy_columns import (
    BUDGET_WORDS,
    RELEASE_WORDS,
    SETTING_WORDS,
    PolicyColumn,
    SettingColumn,
)
from rules.nags.policy_words import (
    DISTRICT,
    read_count,
    read_every,
    read_flag,
    read_hears,
    read_kind,
    read_release,
    read_when,
    repeats_not,
)
from services.importing.reading.cells import CellValue, Grid, line_of
from services.importing.reading.grids import read_grids
from services.importing.reading.headers import HeaderWords, SheetSource, best_table, find_header
from services.importing.rows.file_kinds import FileKind
from services.importing.rows.interpretations import Interpretations
from services.importing.rows.questions import NO_ANSWERS, Answers
from services.importing.rows.sheet_lines import RefusedLine, SheetLine, lines_of, quoted
from services.importing.rows.table_choice import choose_table
from services.importing.rows.table_headers import POLICY_HEADER
from services.importing.rows.unread import UnreadColumn, unread_columns

P, S = PolicyColumn, SettingColumn
T = TypeVar("T")
NEEDED: Final = (P.KIND, P.WHEN, P.HEARS)
SETTINGS_HEADER: Final = HeaderWords(
    words=SETTING_WORDS,
    required=(S.NAME, S.VALUE),
    least=2,
    below={},
)


@dataclass(frozen=True, slots=True)
class RungRow:
    row: int
    rung: Rung


@dataclass(frozen=True, slots=True)
class ParsedPolicy:
    """What the sheet states.

    ``kinds``: the kinds for which it has a line, refused lines included. ``budget`` and ``release`` are None
    if the file does not state them. ``misset``: refused lines of the table that states these two.
    """

    rows: list[RungRow] = field(default_factory=list)
    refused: list[RefusedLine] = field(default_factory=list)
    misset: list[RefusedLine] = field(default_factory=list)
    notices: list[Text] = field(default_factory=list)
    kinds: set[str] = field(default_factory=set)
    budget: int | None = None
    release: ReleaseMode | None = None
    sources: list[SheetSource] = field(default_factory=list)
    unread: list[UnreadColumn] = field(default_factory=list)
    meanings: Interpretations = field(default_factory=Interpretations)


def parse_policy(data: bytes, filename: str) -> ParsedPolicy:
    """The policy of a file. Raises ImportFileError if it cannot be read or holds no such table."""
    return read_policy(read_grids(data, filename), filename)


def read_policy(grids: Sequence[Grid], filename: str, *, answers: Answers = NO_ANSWERS) -> ParsedPolicy:
    """As ``parse_policy``, from the tables of a file that has been opened already."""
    beside_settings = [grid for grid in grids if find_header(grid, SETTINGS_HEADER) is None] or grids
    grid, header, beside = choose_table(
        beside_settings, filename, POLICY_HEADER, FileKind.LADDER, NEEDED, answers
    )
    meanings = Interpretations()
    settings, misset, notices = _settings(grids, meanings)
    parsed = ParsedPolicy(
        notices=[*beside.notices, *notices],
        misset=misset,
        budget=settings.budget,
        release=settings.release,
        sources=[SheetSource(grid, header)],
        unread=beside.unread,
        meanings=meanings,
    )
    lines = [(line, _rung(line)) for line in lines_of(grid, header, parsed.meanings, (P.KIND,))]
    kinds = (read_kind(line_of(line.values.get(P.KIND))) for line, _ in lines)
    parsed.kinds.update(kind for kind in kinds if kind is not None)
    _judge(lines, parsed)
    return parsed


Line = tuple[SheetLine[PolicyColumn], Rung | None]


def _judge(lines: Sequence[Line], parsed: ParsedPolicy) -> None:
    """Accept the lines that are sound by themselves and beside the others; refuse the rest."""
    readable = [(line, rung) for line, rung in lines if rung is not None]
    for found in faults_of([rung for _, rung in readable]):
        line, rung = readable[found.at]
        other = readable[found.other][0].number if found.other is not None else 0
        line.reasons.append(_reason(found, rung, other))
    for line, sound in lines:
        if sound is not None and not line.reasons:
            parsed.rows.append(RungRow(line.number, sound))
        else:
            name = " ".join(line_of(line.values.get(column)) for column in (P.KIND, P.WHEN))
            parsed.refused.append(line.refused(quoted(name), name))


def _reason(found: RungFault, rung: Rung, other: int) -> Text:
    return Text(
        f"importing.reason.rung_{found.fault.value}",
        kind=Text(KINDS[rung.kind].title),
        days=FARTHEST[RungMeasure.WORKING_DAY],
        hours=FARTHEST[RungMeasure.WORKING_HOUR],
        most=MOST,
        shares=[f"{share}%" for share in COLOURS],
        row=other,
    )


def _rung(line: SheetLine[PolicyColumn]) -> Rung | None:
    """The rung of a line; None, with the reasons on the line: it cannot be read."""
    kind = _read(line, P.KIND, read_kind)
    when = _read(line, P.WHEN, read_when)
    said = {column: line_of(line.values.get(column)) for column in P}
    at = _time(line, line.values.get(P.TIME))
    every = _every(line, said[P.EVERY], None if when is None else when[1])
    hears = _hears(line, line.needed(P.HEARS))
    inspection = read_flag(said[P.INSPECTION])
    if inspection is None:
        line.reasons.append(_unreadable(P.INSPECTION, said[P.INSPECTION]))
    if kind is None or when is None or inspection is None or line.reasons:
        return None
    return Rung(kind, when[0], when[1], hears, every, at, inspection)


def _read(line: SheetLine[PolicyColumn], column: PolicyColumn, read: Callable[[str], T | None]) -> T | None:
    text = line.needed(column)
    found = read(text) if text else None
    if text and found is None:
        line.reasons.append(_unreadable(column, text))
    return found


def _time(line: SheetLine[PolicyColumn], value: CellValue) -> time | None:
    if isinstance(value, datetime):
        return value.time()
    text = line_of(value)
    found = read_time(text) if text else None
    if text and found is None:
        line.reasons.append(_unreadable(P.TIME, text))
    return found


def _every(line: SheetLine[PolicyColumn], text: str, measure: RungMeasure | None) -> int | None:
    if repeats_not(text):
        return None
    found = read_every(text)
    if found is None:
        line.reasons.append(_unreadable(P.EVERY, text))
    elif measure is not None and found[1] is not measure:
        line.reasons.append(Text("importing.reason.other_measure"))
    return None if found is None else found[0]


def _hears(line: SheetLine[PolicyColumn], text: str) -> tuple[Level, ...]:
    levels, unknown = read_hears(text)
    if DISTRICT & {*unknown}:
        line.reasons.append(Text("importing.reason.district_leader"))
    elif unknown:
        line.reasons.append(_unreadable(P.HEARS, "、".join(unknown)))
    return levels


def _unreadable(column: PolicyColumn | SettingColumn, text: str) -> Text:
    return Text(f"importing.reason.unreadable_{column.value}", text=quoted(text))


# -- the settings beside the ladder --------------------------------------------------------------------


@dataclass(slots=True)
class _PolicySettings:
    """The settings. ``rows``: the line in which each setting was found first."""

    rows: dict[tuple[str, ...], int] = field(default_factory=dict)
    budget: int | None = None
    release: ReleaseMode | None = None


def _settings(
    grids: Sequence[Grid], meanings: Interpretations
) -> tuple[_PolicySettings, list[RefusedLine], list[Text]]:
    """The budget and the release, from a second table if there is one; and what it holds beside them."""
    settings, refused = _PolicySettings(), []
    tables = best_table(grids, SETTINGS_HEADER)
    notices = [Text("importing.notice.other_table", name=other.name) for other, _ in tables[1:]]
    for grid, header in tables[:1]:
        notices += [one.notice for one in unread_columns(grid, header, grid.name)]
        for line in lines_of(grid, header, meanings, table=1, sheet=grid.name):
            _set(settings, line)
            if line.reasons:
                name = quoted(line_of(line.values.get(S.NAME)))
                refused.append(RefusedLine(line.number, name, name, tuple(line.reasons)))
    return settings, refused, notices


def _set(settings: _PolicySettings, line: SheetLine[SettingColumn]) -> None:
    name, value = line.needed(S.NAME), line.needed(S.VALUE)
    if not name or not value:
        return
    words = next((words for words in (BUDGET_WORDS, RELEASE_WORDS) if name in words), None)
    if words is None:
        line.reasons.append(_unreadable(S.NAME, name))
        return
    if (other := settings.rows.setdefault(words, line.number)) != line.number:
        line.reasons.append(Text("importing.reason.same_setting", row=other))
    elif words is BUDGET_WORDS:
        budget = read_count(value)
        if budget is None or budget not in BUDGETS:
            least, most = BUDGETS[0], BUDGETS[-1]
            line.reasons.append(Text("importing.reason.bad_budget", least=least, most=most))
        settings.budget = budget
    else:
        settings.release = read_release(value)
        if settings.release is None:
            line.reasons.append(Text("importing.reason.bad_release", text=quoted(value)))
