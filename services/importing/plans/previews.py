"""What is shown of a plan before it is written: counts, questions, and every line that somebody should check.

The message shows the first few of each section; the whole is a file of its own, read page by page.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from models.db import RowJson
from services.importing.plans.calendar_plan import CalendarPlan
from services.importing.plans.category_plan import CategoryPlan
from services.importing.plans.import_questions import ReadFile, RefusedByReading
from services.importing.plans.point_plan import PointPlan
from services.importing.plans.policy_plan import PolicyPlan
from services.importing.plans.remarks import Remark, remark
from services.importing.plans.roster_plan import RosterPlan
from services.importing.plans.task_plan import TaskPlan
from services.importing.rows.calendar_rows import RefusedDay
from services.importing.rows.interpretations import Interpretations
from services.importing.rows.questions import ImportQuestion
from services.importing.rows.refused_lines import RefusedLine
from services.importing.rows.roster_rows import RefusedRosterRow
from services.importing.rows.task_lines import RefusedRow

SHOWN: Final = 5
Plan = TaskPlan | RosterPlan | PolicyPlan | CategoryPlan | PointPlan | CalendarPlan


class Section(StrEnum):
    """A part of a preview: what is not imported, what changes, how it is read, what goes back, …"""

    NOTICES = "notices"
    CHANGES = "changes"
    MEANINGS = "meanings"
    REFUSED = "refused"
    WARNINGS = "warnings"
    ABSENT = "absent"


class FileReading(ReadFile, Protocol):
    """What reading makes of a file, with the meanings that it has applied."""

    @property
    def meanings(self) -> Interpretations: ...


@dataclass(frozen=True, slots=True)
class PreviewDetails:
    """All lines of a preview by section; a section that is about no single line has texts alone."""

    sections: Mapping[Section, Sequence[Remark]]

    def to_bytes(self) -> bytes:
        shown = {name.value: [one.to_json() for one in found] for name, found in self.sections.items()}
        return zlib.compress(json.dumps(shown, ensure_ascii=False).encode())

    @classmethod
    def from_bytes(cls, content: bytes) -> PreviewDetails:
        data = json.loads(zlib.decompress(content))
        return cls({Section(name): [Remark.from_json(one) for one in found] for name, found in data.items()})


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """A plan's preview.

    ``counts`` holds what the plan would do and how long each section is, ``first`` the beginnings of the
    sections. For a policy, ``counts`` also holds the version that it ``replaces``. ``questions``: what the
    office has to answer first. ``unread``: labels of columns that it may still assign, to the columns that
    are ``free``.
    """

    counts: Mapping[str, int]
    first: Mapping[Section, Sequence[Remark]]
    questions: Sequence[ImportQuestion] = ()
    unread: Sequence[str] = ()
    free: Sequence[str] = ()

    def of(self, section: Section) -> Sequence[Remark]:
        return self.first.get(section, ())

    def size(self, section: Section) -> int:
        return self.counts.get(f"of_{section.value}", 0)

    def to_json(self) -> dict[str, object]:
        return {
            "counts": dict(self.counts),
            "first": {name.value: [one.to_json() for one in found] for name, found in self.first.items()},
            "questions": [question.to_json() for question in self.questions],
            "unread": list(self.unread),
            "free": list(self.free),
        }

    @classmethod
    def from_json(cls, data: RowJson) -> ImportPreview:
        first = {
            Section(name): [Remark.from_json(one) for one in found] for name, found in data["first"].items()
        }
        questions = [ImportQuestion.from_json(one) for one in data["questions"]]
        return cls(data["counts"], first, questions, data["unread"], data["free"])


def asking(questions: Sequence[ImportQuestion]) -> ImportPreview:
    """The preview of a file of which not even the kind or the columns are known yet."""
    return ImportPreview({}, {}, questions)


def preview_of(
    plan: Plan, parsed: FileReading, questions: Sequence[ImportQuestion] = ()
) -> tuple[ImportPreview, PreviewDetails]:
    """The preview of a plan, and all of its lines. While lines wait for answers, they are not refused yet."""
    asked = {question.key for question in questions}
    refused = [one for one in plan.refused if not (one.waits and all(ask.key in asked for ask in one.asks))]
    sections: dict[Section, Sequence[Remark]] = {
        Section.NOTICES: [Remark(None, "", [notice]) for notice in plan.notices],
        Section.CHANGES: plan.changes,
        Section.MEANINGS: [Remark(None, "", [one.shown]) for one in parsed.meanings],
        Section.REFUSED: [remark(one.line, name_of(one), one.reasons) for one in refused],
        Section.WARNINGS: plan.warned,
        Section.ABSENT: plan.absent,
    }
    sections = {section: found for section, found in sections.items() if found}
    counts = counts_of(plan)
    counts |= {f"of_{section.value}": len(found) for section, found in sections.items()}
    counts["refused"], counts["waiting"] = len(refused), len(plan.refused) - len(refused)
    if isinstance(plan, PolicyPlan):
        counts["replaces"] = plan.current.version
    first = {section: found[:SHOWN] for section, found in sections.items()}
    preview = ImportPreview(counts, first, questions, _assignable(parsed), _free(parsed))
    return preview, PreviewDetails(sections)


def _assignable(parsed: FileReading) -> list[str]:
    """The labels of columns that are not imported, though they might be."""
    return list(dict.fromkeys(one.label for one in parsed.unread if one.label and one.twin is None))


def _free(parsed: FileReading) -> list[str]:
    """The columns of the kind of sheet that no label of the file means yet."""
    words = [source.header.words.words for source in parsed.sources]
    used = {column for source in parsed.sources for column in source.header.columns}
    return list(dict.fromkeys(column.value for one in words for column in one if column not in used))


def counts_of(plan: Plan) -> dict[str, int]:
    """What the plan would do, in numbers."""
    counts = {
        "new": plan.count("new"),
        "changed": plan.count("changed"),
        "unchanged": plan.count("unchanged"),
        "refused": len(plan.refused),
        "missing": len(plan.absent),
    }
    if isinstance(plan, RosterPlan):
        counts |= {"units_new": plan.count_units("new"), "units_changed": plan.count_units("changed")}
    if isinstance(plan, CategoryPlan | PointPlan):
        # What the sheet lacks goes out of use, and its order counts.
        counts["retired"], counts["moved"] = len(plan.absent), int(plan.moved)
    return counts


def rows_to_write(counts: Mapping[str, int]) -> int:
    written = ("new", "changed", "units_new", "units_changed", "retired", "moved")
    return sum(counts.get(name, 0) for name in written)


Refused = RefusedRow | RefusedRosterRow | RefusedLine | RefusedDay


def name_of(refused: Refused | RefusedByReading) -> str:
    """What a refused line is about."""
    match refused:
        case RefusedRow():
            return refused.objective
        case RefusedLine():
            return refused.name
        case RefusedRosterRow():
            return refused.name or refused.unit
        case RefusedDay():
            return refused.text
    raise TypeError(f"no refused line: {refused!r}")
