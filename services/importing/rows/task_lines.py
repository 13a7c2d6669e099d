"""The lines of a task breakdown as they were read: understood, or refused with reasons."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from locales import Text
from rules.duties.frequencies import Frequency
from rules.people.typed_names import identity_key
from rules.tasks.targets import Target
from services.importing.reading.headers import SheetSource
from services.importing.rows.interpretations import Interpretations
from services.importing.rows.line_refs import LineRef
from services.importing.rows.questions import Ask
from services.importing.rows.task_columns import TaskColumn
from services.importing.rows.unread import UnreadColumn


@dataclass(frozen=True, slots=True)
class UnitCells:
    """The texts of 责任单位/牵头单位 and of 配合单位 as they were typed."""

    responsible: str = ""
    assisting: str = ""


class Sureness(StrEnum):
    """How a line states its deadline or frequency.

    In full, without the year, or in words for which the office has given an answer: what a task has already
    is kept rather than moved by such words.
    """

    WRITTEN = "written"
    YEARLESS = "yearless"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One task. ``line`` is where its author sees it.

    ``deadline`` or ``frequency`` is set, or both. As parsed, ``lead_unit`` and ``assisting_units`` are the
    names as typed (各街道 included). Resolved against the roster, they are the roster's names, each once.

    ``serial``: its 序号. ``parent``: what stands under 上级任务, as typed; None: the table
    has no such column. ``left_open``: the blank cells of a line below another: what the task has already
    fills them, else the task above; until then the line may have neither deadline nor frequency.
    """

    line: LineRef
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
    deadline_is: Sureness = Sureness.WRITTEN
    frequency_is: Sureness = Sureness.WRITTEN
    unit_cells: UnitCells = field(default_factory=UnitCells)
    warnings: tuple[Text, ...] = ()
    serial: str = ""
    parent: str | None = None
    left_open: frozenset[TaskColumn] = frozenset()

    @property
    def identity(self) -> str:
        """By it two rows are the same task, and a row the stored one."""
        return identity_key(self.action, self.objective, self.lead_unit)

    @property
    def row(self) -> int:
        return self.line.row


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A refused line, with every reason.

    ``draft`` is what was understood of it, so that the check against the roster can add its reasons.
    ``asks``: the questions whose answers would take away as many of the reasons. ``because``: the line above
    it that is refused; there is no other reason.
    """

    line: LineRef
    objective: str
    reasons: tuple[Text, ...]
    draft: TaskRow | None = None
    asks: tuple[Ask, ...] = ()
    because: LineRef | None = None

    @property
    def row(self) -> int:
        return self.line.row

    @property
    def about(self) -> str:
        return self.objective


@dataclass(frozen=True, slots=True)
class ParsedTasks:
    """The lines of all tables of tasks in a file.

    ``notices`` are about the whole file: columns and tables that are not imported, columns that are missing.
    ``unread``: the columns that somebody may still assign. ``sources``: the tables, as ``LineRef.table``
    numbers them.
    """

    rows: list[TaskRow]
    refused: list[RefusedRow]
    notices: list[Text] = field(default_factory=list)
    sources: list[SheetSource] = field(default_factory=list)
    unread: list[UnreadColumn] = field(default_factory=list)
    meanings: Interpretations = field(default_factory=Interpretations)

    @property
    def name_parents(self) -> bool:
        """Whether a table of the file has the column 上级任务."""
        return any(TaskColumn.PARENT in source.header.columns for source in self.sources)
