"""Reading a sheet of the office's sections: which of them sees to what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from locales import Text
from rules.people.office_subjects import SUBJECT_WORDS, OfficeSubject, means_everybody, read_subject
from rules.people.typed_names import normalise
from services.importing.reading.cells import Grid
from services.importing.reading.headers import SheetSource
from services.importing.rows.file_kinds import FileKind
from services.importing.rows.interpretations import Interpretations
from services.importing.rows.questions import NO_ANSWERS, Answers
from services.importing.rows.sheet_lines import RefusedLine, SheetLine, lines_of, quoted
from services.importing.rows.table_choice import choose_table
from services.importing.rows.table_headers import SECTIONS_HEADER, SectionColumn
from services.importing.rows.unread import UnreadColumn

C = SectionColumn
NEEDED: Final = (C.SUBJECT, C.SECTION)


@dataclass(frozen=True, slots=True)
class SectionRow:
    """``section``: as the office's people spell it; "": all of the office."""

    row: int
    subject: OfficeSubject
    section: str


@dataclass(frozen=True, slots=True)
class ParsedSections:
    rows: list[SectionRow] = field(default_factory=list)
    refused: list[RefusedLine] = field(default_factory=list)
    notices: list[Text] = field(default_factory=list)
    sources: list[SheetSource] = field(default_factory=list)
    unread: list[UnreadColumn] = field(default_factory=list)
    meanings: Interpretations = field(default_factory=Interpretations)


def read_sections(
    grids: Sequence[Grid], filename: str, *, sections: Sequence[str], answers: Answers = NO_ANSWERS
) -> ParsedSections:
    """The table of a file that has been opened. ``sections``: those in which people of the office are.

    Raises ImportFileError if it holds no such table.
    """
    grid, header, beside = choose_table(grids, filename, SECTIONS_HEADER, FileKind.SECTIONS, NEEDED, answers)
    parsed = ParsedSections(notices=beside.notices, unread=beside.unread, sources=[SheetSource(grid, header)])
    known = {normalise(name): name for name in sections}
    seen: dict[OfficeSubject, int] = {}
    for line in lines_of(grid, header, parsed.meanings):
        _take(line, parsed, known, seen)
    return parsed


def _take(
    line: SheetLine[SectionColumn],
    parsed: ParsedSections,
    known: Mapping[str, str],
    seen: dict[OfficeSubject, int],
) -> None:
    said, named = line.needed(C.SUBJECT), line.needed(C.SECTION)
    subject, section = read_subject(said), known.get(normalise(named))
    if section is None and means_everybody(named):
        section = ""
    if said and subject is None:
        names = [words[0] for words in SUBJECT_WORDS.values()]
        line.reasons.append(Text("importing.reason.unknown_subject", text=quoted(said), subjects=names))
    if named and section is None:
        key = "importing.reason.unknown_section" if known else "importing.reason.no_sections"
        line.reasons.append(Text(key, text=quoted(named), sections=[*known.values()]))
    if subject in seen:
        line.reasons.append(Text("importing.reason.same_subject", row=seen[subject]))
    if subject is None or section is None or line.reasons:
        parsed.refused.append(line.refused(quoted(said), normalise(said)))
        return
    seen[subject] = line.number
    parsed.rows.append(SectionRow(line.number, subject, section))
