"""Messy sheets with what an officer means by them, and an office that imports one and answers by that."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from sqlmodel import select

from locales import Text, plain
from models.importing import JobState, content_of
from models.people import Contact, Unit
from models.tasks import Task, TaskAssistingUnit
from rules.people.roles import Role
from services.access import actor_of
from services.importing.jobs import import_jobs, job_answers
from services.importing.jobs.preview_pages import remark_line
from services.importing.plans.previews import ImportPreview, Section, read_page
from services.importing.plans.remarks import Remark
from services.importing.rows.questions import DECLINED, LEFT_OUT, AskKind, ImportQuestion
from services.importing.rows.sheet_lines import named_column
from tests.services.importing.importing_desk import ImportDesk
from tests.support.people import Roster
from tests.support.turns import turn_for

FOLDER: Final = Path(__file__).parents[2] / "data" / "messy"
LABELS: Final[Mapping[str, Any]] = tomllib.loads((FOLDER / "labels.toml").read_text("utf-8"))["sheets"]
OFFICER: Final = "创城办甲"
_ROUNDS: Final = 40
_ASKED: Final = {
    "date": (f"{AskKind.AT_ONCE.value}:", f"{AskKind.WEEKDAY.value}:", f"{AskKind.PAST.value}:"),
    "frequency": (f"{AskKind.FREQUENCY.value}:",),
}
_LINES: Final = re.compile(r"(?:“([^”]*)”)?第 ([\d–、]+) 行")
Label = Mapping[str, Any]
Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class StoredTask:
    """A task as it is stored after an import, with names instead of ids."""

    objective: str
    standard: str
    lead: str
    assisting: frozenset[str]
    leader: str
    person: str
    linked: str
    deadline: date | None
    frequency: str | None


@dataclass
class MessyImport:
    """What came of one file.

    ``asked``: the questions, by key, each with the lines that it names. ``not_offered``: the keys of those
    that lack the officer's answer among their options.
    """

    labels: Mapping[str, Any]
    asked: dict[str, Sequence[Place]] = field(default_factory=dict)
    not_offered: list[str] = field(default_factory=list)
    remarks: Mapping[Section, Sequence[Remark]] = field(default_factory=dict)
    stored: list[StoredTask] = field(default_factory=list)

    @property
    def lines(self) -> Sequence[Label]:
        lines: Sequence[Label] = self.labels["lines"]
        return lines

    def of(self, kind: str) -> Sequence[Any]:
        found: Sequence[Any] = self.labels.get(kind, ())
        return found

    def said(self, *sections: Section) -> list[str]:
        """Each line of these sections as an officer reads it; of all sections, if none is named."""
        return [
            plain(remark_line(section, one, "zh", 10_000), "zh")
            for section, found in self.remarks.items()
            if not sections or section in sections
            for one in found
        ]

    def returned(self, label: Label) -> list[str]:
        """Why the line of the label goes back; empty if it does not."""
        return self._at(Section.REFUSED, label)

    def warned(self, label: Label) -> list[str]:
        return self._at(Section.WARNINGS, label)

    def asked_about(self, kind: str, label: Label) -> bool:
        """Whether the office was asked for the date or the frequency of the line."""
        here = (label.get("sheet", ""), label["row"])
        found = [places for key, places in self.asked.items() if key.startswith(_ASKED[kind])]
        return any(here in places for places in found)

    def stored_for(self, label: Label) -> list[StoredTask]:
        return [one for one in self.stored if one.objective == squeezed(label["task"])]

    def _at(self, section: Section, label: Label) -> list[str]:
        return [
            plain(remark_line(section, one, "zh", 10_000), "zh")
            for one in self.remarks.get(section, ())
            if one.line is not None and one.line.row == label["row"]
            if not one.line.sheet or one.line.sheet == label.get("sheet")
        ]


def squeezed(text: str) -> str:
    """Without spaces and line breaks."""
    return "".join(text.split())


@dataclass
class MessyDesk(ImportDesk):
    """An office with the roster of the messy sheets."""

    async def set_up(self) -> MessyDesk:
        async with self.database.transaction() as session:
            roster = Roster(session, self.now, self.campaign)
            unit = await roster.unit("创城办")
            self.people[OFFICER] = await roster.contact(unit, OFFICER, Role.OFFICE)
        await self.import_((FOLDER / "00-roster.xlsx").read_bytes(), "花名册.xlsx")
        return self

    async def import_messy(self, name: str) -> MessyImport:
        """Send the file, answer as its labels say, look at all of the preview, confirm."""
        done = MessyImport(LABELS[name])
        job_id = await self.read((FOLDER / name).read_bytes(), name)
        for _ in range(_ROUNDS):
            if not (await self._answer_one(job_id, done) or await self._assign_one(job_id, done)):
                break
        job = await self.job(job_id)
        assert job.state is JobState.PREVIEW, (job.state, job.message and Text.from_json(job.message))
        async with self.database.reading() as session:
            kept = await content_of(session, job.details_id or 0)
        assert kept is not None
        done.remarks = {section: read_page(kept, section, 0, 10_000)[1] for section in Section}
        assert await self.confirm(job_id) == "jobs.state.confirmed"
        await self.work()
        done.stored = await self._stored()
        return done

    async def _answer_one(self, job_id: int, done: MessyImport) -> bool:
        """Answer the first open question; False if none is open."""
        job = await self.job(job_id)
        if not (questions := import_jobs.open_questions(job)):
            return False
        question = questions[0]
        value = _answer(question, done.labels)
        offered = {option.value for option in question.options}
        done.asked[question.key] = _places(question)
        if value not in offered:
            done.not_offered.append(question.key)
            value = DECLINED
        async with self.database.transaction() as session:
            turn = turn_for(session, await actor_of(session, self.people[OFFICER]), self.now)
            assert (await job_answers.answer(turn, job_id, question.key, value)).key == "jobs.answered"
        if (await self.job(job_id)).state is JobState.WAITING:
            await self.work()
        return True

    async def _assign_one(self, job_id: int, done: MessyImport) -> bool:
        """Name the column that one more label means; False if none is left that the officer would name."""
        preview = ImportPreview.from_json((await self.job(job_id)).result)
        free = {plain(named_column(column), "zh"): column for column in preview.free}
        for one in done.of("columns"):
            if one["said"] not in preview.unread or one["field"] not in free:
                continue
            async with self.database.transaction() as session:
                turn = turn_for(session, await actor_of(session, self.people[OFFICER]), self.now)
                await job_answers.assign(turn, job_id, one["said"], free[one["field"]])
            await self.work()
            return True
        return False

    async def _stored(self) -> list[StoredTask]:
        async with self.database.reading() as session:
            units = {unit.id: unit.name for unit in await session.exec(select(Unit))}
            names = {one.id: one.name for one in await session.exec(select(Contact))}
            helpers: dict[int, set[str]] = {}
            for row in await session.exec(select(TaskAssistingUnit)):
                helpers.setdefault(row.task_id, set()).add(units[row.unit_id])
            return [
                StoredTask(
                    squeezed(task.objective),
                    squeezed(task.standard),
                    units[task.lead_unit_id],
                    frozenset(helpers.get(task.id or 0, ())),
                    task.leader_in_charge or "",
                    task.responsible_person,
                    names.get(task.responsible_id, ""),
                    task.deadline,
                    task.frequency.value if task.frequency else None,
                )
                for task in await session.exec(select(Task))
            ]


def _answer(question: ImportQuestion, labels: Mapping[str, Any]) -> str:
    """What the officer answers, by the labels."""
    kind, _, about = question.key.partition(":")
    match AskKind(kind):
        case AskKind.KIND:
            return "tasks"
        case AskKind.COLUMN:
            column = plain(named_column(about.partition(".")[2]), "zh")
            heads = [one["said"] for one in labels.get("columns", ()) if one["field"] == column]
            return heads[0] if heads else DECLINED
        case AskKind.FREQUENCY:
            return str(_line_of(question, labels).get("every", DECLINED))
        case AskKind.PAST:
            return DECLINED  # the officer has mistaken the month, and mends the line
        case AskKind.AT_ONCE | AskKind.WEEKDAY:
            day = _line_of(question, labels).get("by")
            return day.isoformat() if day else DECLINED
        case AskKind.UNIT | AskKind.HELPER:
            means = [one["means"] for one in labels.get("units", ()) if one["said"] == about]
            nothing = LEFT_OUT if AskKind(kind) is AskKind.HELPER else DECLINED
            return means[0][0] if means and means[0] else nothing
        case _:
            raise AssertionError(question.key)


def _line_of(question: ImportQuestion, labels: Mapping[str, Any]) -> Label:
    """The label of the first line that the question names."""
    first, lines = _places(question)[0], labels["lines"]
    found: Label = next(one for one in lines if (one.get("sheet", ""), one["row"]) == first)
    return found


def _places(question: ImportQuestion) -> list[Place]:
    """The lines that a question names, as (sheet, row)."""
    text = plain(question.text, "zh").rpartition("行：")[2]
    found = []
    for sheet, rows in _LINES.findall(text):
        for run in rows.split("、"):
            first, _, last = run.partition("–")
            found += [(sheet, row) for row in range(int(first), int(last or first) + 1)]
    return found
