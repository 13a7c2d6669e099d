"""The lines of a task breakdown as they were read: understood, or refused with reasons."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from locales import Text
from rules.duties.frequencies import Frequency
from rules.tasks.targets import Target
from services.importing.reading.headers import SheetSource


@dataclass(frozen=True, slots=True)
class UnitCells:
    """The texts of 责任单位/牵头单位 and of 配合单位 as they were typed."""

    responsible: str = ""
    assisting: str = ""


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One task. ``row`` is the number of its line as the author sees it.

    ``deadline`` or ``frequency`` is set, never both. As parsed, ``lead_unit`` and ``assisting_units`` are the
    names as typed (各街道 included). Resolved against the roster, they are the roster's names, each once.
    """

    row: int
    action: str
    focus: str
    objective: str
    standard: str
    deadline: date | None
    frequency: Frequency | None
    lead_unit: str
    assisting_units: tuple[str, ...]
    leader_in_charge: str
    handling_section: str
    responsible_person: str
    target: Target | None
    remark: str
    unit_cells: UnitCells = field(default_factory=UnitCells)
    warnings: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A refused line, with every reason.

    ``draft`` is what was understood of it, so that the check against the roster can add its reasons.
    """

    row: int
    objective: str
    reasons: tuple[Text, ...]
    draft: TaskRow | None = None


@dataclass(frozen=True, slots=True)
class ParsedTasks:
    """``notices`` are about the whole file: other tables that were not read, columns that are missing."""

    rows: list[TaskRow]
    refused: list[RefusedRow]
    notices: list[Text] = field(default_factory=list)
    source: SheetSource | None = None
