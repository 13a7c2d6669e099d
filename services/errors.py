"""Errors that a person caused and can correct. Each carries the one sentence to show."""

from __future__ import annotations

from locales import Text


class DomainError(Exception):
    """The request is refused and nothing is changed; ``text`` says what to do instead."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.text = Text(key, **values)


class StrangerError(DomainError):
    """The request is refused because nobody is known behind this account; the text says how to enrol."""

    def __init__(self) -> None:
        super().__init__("enrolment.stranger")


class OldCardError(DomainError):
    """The button's card shows an older state of what is half written; the present card answers."""

    def __init__(self) -> None:
        super().__init__("progress.old_card")


class TaskMovedError(DomainError):
    """The button's message shows a task as it no longer stands; its present card takes the place.

    ``task_id``: a task that the person may see.
    """

    def __init__(self, key: str, task_id: int, **values: object) -> None:
        super().__init__(key, **values)
        self.task_id = task_id


class NothingToReportError(DomainError):
    """The person has no open task on which they may report."""
