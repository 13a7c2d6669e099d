"""The preview of a plan, made by whoever reads the file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, Protocol

from locales import Text
from rules.tasks.breakdown import MOST_LEVELS
from services.importing.plans.activity_plan import ActivityPlan
from services.importing.plans.calendar_plan import CalendarPlan
from services.importing.plans.category_plan import CategoryPlan
from services.importing.plans.import_questions import ReadFile
from services.importing.plans.planned_tasks import TaskPlan
from services.importing.plans.point_plan import PointPlan
from services.importing.plans.policy_plan import PolicyPlan
from services.importing.plans.previews import ImportPreview, PreviewDetails, Section
from services.importing.plans.remarks import Remark, remark
from services.importing.plans.roster_plan import RosterPlan
from services.importing.plans.section_plan import SectionPlan
from services.importing.rows.interpretations import Interpretation, Interpretations
from services.importing.rows.line_refs import LineRef
from services.importing.rows.questions import LONGEST, ImportQuestion, RefusedByReading, only_waits

SHOWN: Final = 5
_SHARED: Final = 4  # lines from which on a warning is said once for all of them
Plan = (
    TaskPlan | RosterPlan | PolicyPlan | CategoryPlan | PointPlan | CalendarPlan | ActivityPlan | SectionPlan
)


class FileReading(ReadFile, Protocol):
    """What reading makes of a file, with the meanings that it has applied."""

    @property
    def meanings(self) -> Interpretations: ...


def preview_of(
    plan: Plan,
    parsed: FileReading,
    questions: Sequence[ImportQuestion] = (),
    notices: Sequence[Text] = (),
) -> tuple[ImportPreview, PreviewDetails]:
    """The preview of a plan, and all of its lines. While lines wait for answers, they are not refused yet."""
    waiting = _waiting(plan, {question.key for question in questions})
    refused = [one for one in plan.refused if one.line not in waiting]
    sections: dict[Section, Sequence[Remark]] = {
        Section.NOTICES: [Remark(None, "", [notice]) for notice in (*notices, *plan.notices)],
        Section.CHANGES: plan.changes,
        Section.ADDED: plan.added,
        Section.MEANINGS: [Remark(None, "", [one.shown]) for one in _of_others(parsed.meanings, refused)],
        Section.REFUSED: [remark(one.line, one.about, one.reasons) for one in refused],
        Section.WARNINGS: _gathered(plan.warned),
        Section.ABSENT: plan.absent,
    }
    sections = {section: found for section, found in sections.items() if found}
    counts = counts_of(plan)
    counts |= {f"of_{section.value}": len(found) for section, found in sections.items()}
    counts["refused"], counts["waiting"] = len(refused), len(plan.refused) - len(refused)
    if isinstance(plan, PolicyPlan):
        counts["replaces"] = plan.current.version
    first = {section: found[:SHOWN] for section, found in sections.items()}
    mark = _mark(plan, sections)
    preview = ImportPreview(counts, first, questions, _assignable(parsed), _free(parsed), mark)
    return preview, PreviewDetails(sections)


def _waiting(plan: Plan, asked: Collection[str]) -> set[LineRef]:
    """The lines that only wait for answers, and those that only wait for such a line above them."""
    waiting = {
        one.line for one in plan.refused if only_waits(one) and all(ask.key in asked for ask in one.asks)
    }
    if isinstance(plan, TaskPlan):
        for _ in range(MOST_LEVELS):
            waiting |= {one.line for one in plan.refused if one.because in waiting}
    return waiting


def _of_others(meanings: Interpretations, refused: Sequence[RefusedByReading]) -> Iterator[Interpretation]:
    """The meanings without the lines that go back: for them nothing is imported."""
    back = {one.line for one in refused}
    for one in meanings:
        if lines := tuple(line for line in one.lines if line not in back):
            yield replace(one, lines=lines)


def _mark(plan: Plan, sections: Mapping[Section, Sequence[Remark]]) -> str:
    """A hash of what the plan would write, as the preview shows it.

    What else is in the database does not matter, unless the sheet puts out of use what it lacks.
    """
    written = [Section.CHANGES, Section.ADDED, Section.REFUSED, Section.MEANINGS]
    if isinstance(plan, CategoryPlan | PointPlan):
        written.append(Section.ABSENT)
    shown = {name.value: [one.to_json() for one in sections.get(name, ())] for name in written}
    return hashlib.sha256(json.dumps(shown, sort_keys=True, default=str).encode()).hexdigest()


def _gathered(warned: Sequence[Remark]) -> list[Remark]:
    """The warnings by line; one that many lines share comes once at the end, with all of its lines."""
    lines: dict[str, tuple[Text, list[LineRef]]] = {}
    for one in warned:
        for text in one.texts:
            if one.line is not None:
                lines.setdefault(str(text), (text, []))[1].append(one.line)
    shared = {key: found for key, found in lines.items() if len(found[1]) >= _SHARED}
    single = [
        Remark(one.line, one.name, texts)
        for one in warned
        if (texts := [text for text in one.texts if str(text) not in shared])
    ]
    together = (Interpretation(text, tuple(where)).shown for text, where in shared.values())
    return [*single, *(Remark(None, "", [text]) for text in together)]


def _assignable(parsed: FileReading) -> list[str]:
    """The labels of columns that are not imported, though they might be; one that is too long is no head."""
    labels = (one.label for one in parsed.unread if one.label and len(one.label) <= LONGEST)
    return list(dict.fromkeys(labels))


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
    if isinstance(plan, TaskPlan):
        joining = plan.joining
        counts |= {"children": len(joining), "parents": len({one.identity for one in joining})}
    if isinstance(plan, RosterPlan):
        counts |= {"units_new": plan.count_units("new"), "units_changed": plan.count_units("changed")}
    if isinstance(plan, CategoryPlan | PointPlan):
        # What the sheet lacks goes out of use, and its order counts.
        counts["retired"], counts["moved"] = len(plan.absent), int(plan.moved)
    return counts
