"""Everything that people are nagged about. A further subject is a module of its own and one entry here."""

from __future__ import annotations

from typing import Final

from models.db import RowJson
from models.delivery.messages import Outbox
from models.nags import About
from rules.nags.policy import KINDS
from services.nags.notices.notice_subject import NOTICES
from services.nags.orders.order_subject import ORDERS
from services.nags.subject import SomeSubject
from services.nags.tasks.below_subject import BELOWS
from services.nags.tasks.task_subject import TASKS

SUBJECTS: Final[dict[str, SomeSubject]] = {}
"""By their words, in the order in which they are scanned and told."""


def register(subject: SomeSubject) -> None:
    """Let the engine nag about it, by its kinds of duties."""
    SUBJECTS[subject.word] = subject
    KINDS.update({one.kind: one for one in subject.kinds})


for _subject in (TASKS, BELOWS, ORDERS, NOTICES):
    register(_subject)


def told_in(row: Outbox) -> list[tuple[SomeSubject, RowJson]]:
    """The lines that a promised message keeps, each with its subject."""
    return [(one, item) for one in SUBJECTS.values() for item in row.content.get(one.content, ())]


def about_of(subject: SomeSubject, arguments: RowJson) -> About:
    """The subject that a line names: its id stands under its word."""
    return subject.word, arguments[f"{subject.word}_id"]
