"""Everything that people are nagged about. A further subject is a module of its own and one entry here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from models.delivery.messages import Outbox
from models.nags import About
from rules.nags.policy import KINDS
from services.nags.orders.order_subject import ORDERS
from services.nags.subject import Subject
from services.nags.tasks.task_subject import TASKS

SUBJECTS: Final[dict[str, Subject[Any]]] = {}
"""By their words, in the order in which they are scanned and told."""


def register(subject: Subject[Any]) -> None:
    """Let the engine nag about it, by its kinds of duties."""
    SUBJECTS[subject.word] = subject
    KINDS.update({one.kind: one for one in subject.kinds})


for _subject in (TASKS, ORDERS):
    register(_subject)


def told_in(row: Outbox) -> list[tuple[Subject[Any], Mapping[str, Any]]]:
    """The lines that a promised message keeps, each with its subject."""
    return [(one, item) for one in SUBJECTS.values() for item in row.content.get(one.content, ())]


def about_of(subject: Subject[Any], arguments: Mapping[str, Any]) -> About:
    """The subject that a line names: its id stands under its word."""
    return subject.word, arguments[f"{subject.word}_id"]
