"""From the lines of the table of sections to a plan, and from the plan to the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from locales import Text
from models.db import Session
from models.people import office_sections
from rules.people.office_subjects import OfficeSubject
from services.errors import DomainError
from services.importing.plans.remarks import Remark, change_text
from services.importing.rows.line_refs import LineRef
from services.importing.rows.section_rows import ParsedSections, SectionRow
from services.importing.rows.sheet_lines import RefusedLine, column_name
from services.importing.rows.table_headers import SectionColumn
from services.people import section_changes

Status = Literal["new", "changed", "unchanged"]


@dataclass(frozen=True, slots=True)
class PlannedSection:
    """A line, and what sees to its subject at present; "": all of the office."""

    row: SectionRow
    before: str

    @property
    def is_change(self) -> bool:
        return self.row.section != self.before


@dataclass(frozen=True, slots=True)
class SectionPlan:
    """What importing a file would do. Subjects that the file lacks are left alone."""

    lines: Sequence[PlannedSection]
    refused: Sequence[RefusedLine]
    notices: Sequence[Text]

    @property
    def changes(self) -> list[Remark]:
        return [_remark(line) for line in self.to_write()]

    @property
    def added(self) -> list[Remark]:
        """There is always somebody who sees to a subject, if only all of the office."""
        return []

    @property
    def warned(self) -> list[Remark]:
        return []

    @property
    def absent(self) -> list[Remark]:
        return []

    @property
    def changes_anything(self) -> bool:
        return bool(self.to_write())

    def count(self, status: Status) -> int:
        changed = len(self.to_write())
        return {"new": 0, "changed": changed, "unchanged": len(self.lines) - changed}[status]

    def to_json(self, locale: str) -> dict[str, object]:
        return {
            "sections": [
                {"subject": line.row.subject.value, "section": line.row.section or None, "row": line.row.row}
                for line in self.lines
            ],
            "refused": [one.to_json(locale) for one in self.refused],
        }

    def to_write(self) -> list[PlannedSection]:
        return [line for line in self.lines if line.is_change]


def _remark(line: PlannedSection) -> Remark:
    subject = Text(f"sections.subject.{line.row.subject.value}")
    old, new = (_named(one) for one in (line.before, line.row.section))
    change = change_text(column_name(SectionColumn.SECTION), old, new)
    return Remark(LineRef(0, line.row.row), "", [Text("sections.line", subject=subject, who=change)])


def _named(section: str) -> Text | str:
    return section or Text("sections.everybody")


async def plan_sections(session: Session, parsed: ParsedSections) -> SectionPlan:
    """Compare the lines with the table as it is."""
    there = await office_sections.sections(session)
    lines = [PlannedSection(row, there.get(row.subject, "")) for row in parsed.rows]
    return SectionPlan(lines, parsed.refused, parsed.notices)


async def apply_sections(
    session: Session, plan: SectionPlan, *, now: datetime, actor_id: int | None = None
) -> None:
    """Write the whole plan in the caller's transaction.

    ``DomainError``: somebody else has changed one of the subjects since it was planned.
    """
    order = list(OfficeSubject)  # of two at once neither waits for the other
    for line in sorted(plan.to_write(), key=lambda one: order.index(one.row.subject)):
        subject, section = line.row.subject, line.row.section
        if not await section_changes.put(
            session, subject, section, seen=line.before, now=now, actor_id=actor_id
        ):
            raise DomainError("sections.changed_meanwhile")
