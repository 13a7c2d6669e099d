"""The sheets of tasks, reports and quantities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

import sqlalchemy as sa

from locales import Text
from models import tasks
from models.db import Session, row_of
from models.office import ledger_rows
from models.progress import ReportKind
from models.tasks import Task, children
from reports.ledger_book import LampCell, LedgerBook, LedgerCell, LedgerSheet
from services.office.ledger.ledger_pen import LedgerPen, filled
from services.task_wording import frequency_text, state_text, task_lamp

TASK: Final = (
    *(("action", 18.0), ("focus", 18.0), ("objective", 40.0), ("standard", 36.0), ("deadline", 12.0)),
    *(("frequency", 14.0), ("lead_unit", 16.0), ("assisting", 24.0), ("leader", 16.0), ("section", 14.0)),
    *(("person", 18.0), ("lamp", 8.0), ("state", 14.0), ("target", 12.0), ("target_unit", 8.0)),
    *(("reports", 8.0), ("last_report", 17.0), ("completed_at", 17.0), ("extensions", 8.0), ("parent", 40.0)),
    ("remark", 24.0),
)
REPORT: Final = (
    *(("number", 16.0), ("reported_at", 17.0), ("counted_at", 17.0), ("unit", 16.0), ("person", 22.0)),
    *(("task", 36.0), ("kind", 10.0), ("text", 50.0), ("percent", 8.0), ("place", 20.0), ("late", 8.0)),
    *(("revision", 8.0), ("withdrawn", 8.0)),
)
FIGURE: Final = (
    *(("number", 16.0), ("counted_at", 17.0), ("unit", 16.0), ("task", 36.0), ("item", 28.0)),
    *(("measure", 8.0), ("mode", 10.0), ("stated", 12.0), ("added", 12.0), ("approx", 8.0)),
)


async def write_tasks(session: Session, pen: LedgerPen, book: LedgerBook) -> LedgerSheet:
    columns = ((Text(f"ledger.task.{name}"), width) for name, width in TASK)
    sheet = pen.sheet(book, "ledger.sheet.tasks", columns)
    helping = await tasks.all_assisting(session)
    above = {
        task_id: pen.say("common.task", objective=objective, unit=pen.unit(unit_id))
        for task_id, (objective, unit_id) in (await children.all_parents(session)).items()
    }
    return await filled(sheet, ledger_rows.tasks(session), partial(_task, pen, helping, above))


def _task(
    pen: LedgerPen, helping: Mapping[int, Sequence[int]], above: Mapping[int, str], row: sa.RowMapping
) -> Sequence[LedgerCell]:
    values = {name: value for name, value in row.items() if name not in {"reports", "last_report"}}
    task = Task(**values)
    assisting = [pen.unit(one) for one in helping.get(row["id"], ())]
    lamp = task_lamp(task, pen.now, pen.campaign)
    frequency = "" if task.frequency is None else pen.shown(frequency_text(task.frequency))
    return [
        *(task.action, task.focus or "", task.objective, task.standard, task.deadline, frequency),
        *(pen.unit(task.lead_unit_id), pen.say("ledger.listed", words=assisting)),
        *(task.leader_in_charge or "", task.handling_section or "", task.responsible_person),
        *(LampCell(pen.say(f"ledger.lamp.{lamp.value}"), lamp),),
        *(pen.shown(state_text(task, pen.now, pen.campaign)), task.target_value, task.target_unit or ""),
        *(row["reports"], row["last_report"], task.completed_at, task.extensions),
        *(row_of(above, task.parent_id) or "", task.remark or ""),
    ]


async def write_reports(
    session: Session, pen: LedgerPen, book: LedgerBook, since: datetime | None, until: datetime
) -> LedgerSheet:
    columns = ((Text(f"ledger.report.{name}"), width) for name, width in REPORT)
    sheet = pen.sheet(book, "ledger.sheet.reports", columns)
    return await filled(sheet, ledger_rows.reports(session, since, until), partial(_report, pen))


def _report(pen: LedgerPen, row: sa.RowMapping) -> Sequence[LedgerCell]:
    kind = Text("mine.zero") if row["kind"] is ReportKind.ZERO else Text("ledger.progress")
    return [
        *(row["receipt_no"], row["reported_at"], row["counted_at"], pen.unit(row["unit_id"])),
        *(pen.who(row["contact_id"]), pen.task(row["task_id"]), pen.shown(kind), row["text"]),
        *(row["percent"], row["place"] or "", pen.mark(row["late"]), row["revision"]),
        pen.mark(row["withdrawn"]),
    ]


async def write_figures(
    session: Session, pen: LedgerPen, book: LedgerBook, since: datetime | None, until: datetime
) -> LedgerSheet:
    columns = ((Text(f"ledger.figure.{name}"), width) for name, width in FIGURE)
    sheet = pen.sheet(book, "ledger.sheet.figures", columns)
    return await filled(sheet, ledger_rows.figures(session, since, until), partial(_figure, pen))


def _figure(pen: LedgerPen, row: Any) -> Sequence[LedgerCell]:
    return [
        *(row["receipt_no"], row["counted_at"], pen.unit(row["unit_id"]), pen.task(row["task_id"])),
        *(row["item"], row["measure"], pen.say(f"ledger.mode.{row['mode'].value}")),
        *(row["stated"], row["added"], pen.mark(row["approx"])),
    ]
