"""``/sections``: which section of the office sees to which subject, the change of it, and its sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from locales import Text
from models.db import Session
from models.people import Contact, office_sections
from reports.papers import Workbook
from reports.sheet_tables import SheetTable
from rules.people.office_subjects import EVERYBODY_WORDS, SUBJECT_WORDS, OfficeSubject
from services import exports
from services.access import Actor, require_office
from services.errors import DomainError
from services.importing.rows.table_headers import SECTIONS_HEADER, SectionColumn
from services.people import section_changes
from services.turn import Turn
from services.views import ButtonSpec, FileSpec, TurnOutcome, View, button

_SHEET: Final = "创城办分工"


# -- the table in the chat -----------------------------------------------------------------------------


async def view(turn: Turn) -> View:
    """The table, with a button to change each subject. ``DomainError``: the actor is not of the office."""
    require_office(turn.actor)
    known, office = await office_sections.sections(turn.session), await _office(turn)
    lines = [Text("sections.title")]
    rows: list[list[ButtonSpec]] = []
    for subject in OfficeSubject:
        named = Text(f"sections.subject.{subject.value}")
        lines.append(Text("sections.line", subject=named, who=_who(known.get(subject), office)))
        label = Text("sections.subject_button", subject=named)
        rows.append([button(label, "section.choose", turn.actor.id, subject=subject)])
    rows.append([button("sections.export_button", "section.export", turn.actor.id)])
    return View([*lines, Text("sections.how")], rows)


def _who(section: str | None, office: Sequence[Contact]) -> Text:
    """A section with how many of it can be reached, or all."""
    if section is None:
        return Text("sections.everybody")
    there = [one for one in office_sections.belonging(office, section) if one.reachable]
    if not there:
        return Text("sections.empty_section", section=section)
    return Text("sections.section", section=section, count=len(there))


async def choose(turn: Turn, subject: OfficeSubject) -> View:
    """The sections to which the office's people belong, each a button, and all of the office."""
    require_office(turn.actor)
    known = (await office_sections.sections(turn.session)).get(subject)
    office = await _office(turn)
    names = office_sections.names(office)
    named = Text(f"sections.subject.{subject.value}")
    lines = [Text("sections.choose", subject=named, who=_who(known, office))]
    if not names:
        lines.append(Text("sections.none"))
    values = {"subject": subject, "seen": known or ""}
    rows = [
        [button(_who(name, office), "section.set", turn.actor.id, **values, section=name)] for name in names
    ]
    if known is not None:
        rows.append([button("sections.everybody", "section.set", turn.actor.id, **values, section="")])
    rows.append([button("people.back_button", "section.table", turn.actor.id)])
    return View(lines, rows)


async def set_section(turn: Turn, subject: OfficeSubject, section: str, seen: str) -> TurnOutcome:
    """Let a section see to a subject; "": all of the office. ``seen``: what saw to it when it was chosen.

    ``DomainError``: nobody of the office is in that section any more.
    """
    require_office(turn.actor)
    if section and not office_sections.belonging(await _office(turn), section):
        raise DomainError("sections.gone", section=section)
    kept = await section_changes.put(
        turn.session, subject, section, seen=seen, now=turn.now, actor_id=turn.actor.id
    )
    said = Text("sections.kept" if kept else "sections.changed_meanwhile")
    return TurnOutcome(await view(turn), said, done=kept)


async def _office(turn: Turn) -> Sequence[Contact]:
    return await office_sections.on_roster(turn.session)


# -- the sheet -----------------------------------------------------------------------------------------


async def export(session: Session, actor: Actor) -> View:
    """The sheet of the table in force.

    Its words are Chinese in every language, because the program reads them again when the sheet comes back.
    """
    require_office(actor)
    known = await office_sections.sections(session)
    name = f"{exports.file_title(_SHEET)}.xlsx"
    file = FileSpec("document", name=name, make=sheet_of(known))
    return View([Text("sections.exported")], files=[file])


def sheet_of(known: Mapping[OfficeSubject, str]) -> Workbook:
    columns = [(SECTIONS_HEADER.words[column][0], 24.0) for column in SectionColumn]
    rows = [(SUBJECT_WORDS[one][0], known.get(one, EVERYBODY_WORDS[0])) for one in OfficeSubject]
    tables = [SheetTable(_SHEET, columns, rows)]
    return Workbook(lambda: tables)
