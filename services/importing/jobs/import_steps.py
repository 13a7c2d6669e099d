"""A large import as short transactions, so that other work can run in between.

``plan_steps`` has those that write a plan; here are those that follow when it is written.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from models import audit_log
from models.db import Session, known
from services.campaign import Campaign
from services.importing.jobs import import_notices, task_links
from services.turn import TickTurn

ROWS: Final = 100
T = TypeVar("T")
WrittenIds = Sequence[int]


@dataclass(frozen=True, slots=True)
class ImportStep:
    """One transaction of an import.

    ``write`` returns the ids of the tasks of which somebody must hear. After it, ``rows`` more rows are
    written, and all up to the place ``upto`` (0: the step says nothing about that).
    """

    write: Callable[[Session], Awaitable[WrittenIds]]
    rows: int = 0
    upto: int = 0


@dataclass(frozen=True, slots=True)
class ImportOccasion:
    """When and by whom an import is written: the same however often it is interrupted.

    ``key`` identifies it among all imports. ``job_id``: the job that writes it.
    """

    key: str
    now: datetime
    campaign: Campaign
    actor_id: int | None
    job_id: int = 0

    async def closing_steps(
        self, session: Session, written: WrittenIds, *, of_tasks: bool
    ) -> list[ImportStep]:
        """The steps that follow when everything is written.

        Each person whom a breakdown concerns hears of it in one message. After a roster, tasks find the
        people who have come. ``of_tasks``: the import was a breakdown, not a roster.
        """
        if of_tasks:
            turn = TickTurn(session, self.now, self.campaign)
            begun = await audit_log.last_of_events(session, ("job", self.job_id), ("confirm",))
            after = 0 if begun is None else known(begun.id)
            notices = await import_notices.notices(turn, written, self.key, after)
            return [self._notices(part) for part in in_parts(notices)]
        return [self._links(part) for part in in_parts(await task_links.links(session))]

    def _links(self, part: Sequence[task_links.Link]) -> ImportStep:
        async def write(session: Session) -> WrittenIds:
            await task_links.write_links(session, part, now=self.now, actor_id=self.actor_id)
            return ()

        return ImportStep(write)

    def _notices(self, part: Sequence[import_notices.ImportNotice]) -> ImportStep:
        async def write(session: Session) -> WrittenIds:
            await import_notices.promise(session, part, now=self.now)
            return ()

        return ImportStep(write)


def in_parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """The items, ``ROWS`` at a time."""
    return (items[at : at + ROWS] for at in range(0, len(items), ROWS))
