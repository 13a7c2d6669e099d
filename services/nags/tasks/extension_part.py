"""Requests for 延期 in the office's message: each waits for an answer, with a button to it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from locales import Text
from models.db import ident
from models.tasks import Task
from reports.formats import full_day_text, short
from rules.nags.policy import DutyKind
from services.duties.task_duties import TaskDuty
from services.nags.subject import MessageItem, MessagePart, NagReader, PartRank
from services.task_wording import lamp_text
from services.views import ButtonSpec, button


def waits(duty: TaskDuty) -> bool:
    """Whether the office owes an answer to a request."""
    return any(kind == DutyKind.EXTENSION for kind, _ in duty.owed)


def extension_part(asked: Sequence[tuple[Task, str]], reading: NagReader) -> MessagePart:
    """The tasks for which a request waits, each with the name of its unit."""
    items = [
        MessageItem(
            ("task", ident(task)), _line(task, unit, reading), partial(_buttons, task=task, reading=reading)
        )
        for task, unit in asked
    ]
    return MessagePart(PartRank.BY_THE_HOUR, Text("extensions.part", count=len(items)), items)


def _line(task: Task, unit: str, reading: NagReader) -> Text:
    return Text(
        "extensions.line",
        lamp=lamp_text(task, reading.now, reading.campaign),
        objective=short(task.objective, 60),
        unit=unit,
        person=task.responsible_person,
        day="" if task.extension_until is None else full_day_text(task.extension_until),
    )


def _buttons(number: int, task: Task, reading: NagReader) -> list[ButtonSpec]:
    label = Text("extensions.review_numbered_button", number=number, objective=short(task.objective, 16))
    return [button(label, "extension.review", reading.reader_id, task_id=task.id)]
