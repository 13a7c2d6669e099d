"""Whom an import concerns is told what it has changed for them: one notice per person and import.

``notice_parts`` has what one person hears.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from models import audit_log, tasks
from models.db import Session, ident, row_of
from models.people import Contact, ContactState
from models.tasks import Task
from rules.delivery.delivery import MessageKind
from rules.people.roles import Role
from rules.tasks.task_lifecycle import OPEN_STATES
from services import outbox
from services.importing.jobs import task_changes
from services.importing.jobs.notice_parts import OWN, Holder, PersonalNews, ReaderPlace
from services.importing.jobs.task_changes import TaskChange
from services.recipients import Directory, Recipient
from services.tasks.reassign_notices import TaskMove, is_meant
from services.turn import TickTurn
from services.views import View


@dataclass(frozen=True, slots=True)
class ImportNotice:
    """All that one person hears of an import."""

    contact: Contact
    kind: MessageKind
    key: str
    view: View


async def tell(turn: TickTurn, written: Collection[int], occasion: str) -> None:
    """Promise each person concerned their notice, in the caller's transaction."""
    await promise(turn.session, await notices(turn, written, occasion), now=turn.now)


async def notices(
    turn: TickTurn, written: Collection[int], occasion: str, after: int = 0
) -> list[ImportNotice]:
    """A notice for each person whom the import of this moment concerns, by the tasks that it has written.

    What is stored now decides. ``occasion`` names the import, which can be interrupted and resumed: each
    person still gets one notice about it. ``after``: the id of the audit's last row before the import, for
    where a clock stands still, another import may have the same moment.
    """
    found = await tasks.tasks_by_id(turn.session, written)
    still_open = [task for _, task in sorted(found.items()) if task.state in OPEN_STATES]
    if not still_open:
        return []
    made = await _made(turn, still_open, after)
    there = [task for task in still_open if ident(task) not in made]
    everybody = await Directory.load(turn.session, turn.today)
    concerned = ConcernedPeople(await everybody.knowing(turn.session, still_open))
    for task in still_open:
        if ident(task) in made:
            concerned.assign(task)
    changes = await task_changes.of_import(turn, there, after)
    for change in changes:
        concerned.change(change)
    joined = {ident(change.task) for change in changes if change.has_joined}
    concerned.break_down([task for task in still_open if ident(task) in made | joined])
    known = concerned.directory
    return [
        ImportNotice(
            contact, news.kind, f"import:{occasion}:{contact_id}", news.view(turn, contact_id, known)
        )
        for contact_id, (contact, news) in concerned.people.items()
    ]


async def _made(turn: TickTurn, found: Sequence[Task], after: int) -> set[int]:
    """The ids of the tasks that the import has made."""
    of_now = {ident(task) for task in found if task.created_at == turn.now}
    if not of_now:
        return of_now
    return of_now - set(await audit_log.only_changed_at(turn.session, of_now, turn.now, after))


async def promise(session: Session, part: Sequence[ImportNotice], *, now: datetime) -> None:
    """Promise each of the notices once, even if this is called again."""
    for one in part:
        await outbox.enqueue(session, one.kind, one.key, one.view, now=now, contact=one.contact)


@dataclass(frozen=True, slots=True)
class ConcernedPeople:
    """The people whom an import concerns, by contact id, each with what they hear."""

    directory: Directory
    people: dict[int, tuple[Contact, PersonalNews]] = field(default_factory=dict)

    def _news_of(self, contact: Contact) -> PersonalNews:
        return self.people.setdefault(ident(contact), (contact, PersonalNews()))[1]

    def assign(self, task: Task) -> None:
        """The task is new for its 责任人, or for their deputy while they are away.

        People who are not enrolled yet see their tasks when they enrol, those who have blocked the bot read
        of them when they come back; nobody else gets a notice in their place.
        """
        own = None if task.responsible_id is None else self.directory.by_id.get(task.responsible_id)
        if own is None or task.assigned_at != task.created_at:
            return  # who has moved it on since has told people
        if (deputy := self.directory.deputy_of(own)) is not None:
            place = ReaderPlace(self.directory.place_of(own, deputy), deputy=True)
            self._news_of(deputy).assigned[place].append(task)
        elif own.state in {ContactState.ENROLLED, ContactState.UNREACHABLE}:
            self._news_of(own).assigned[OWN].append(task)

    def break_down(self, new: Sequence[Task]) -> None:
        """Who answers for the tasks above new children decides on these."""
        for parent_id, count in Counter(task.parent_id for task in new).items():
            parent = row_of(self.directory.above, parent_id)
            if parent is None or parent.state not in OPEN_STATES:
                continue
            for contact, place in self._readers(self.directory.responsible(parent)):
                self._news_of(contact).broken_down[place].append((parent, count))

    def change(self, change: TaskChange) -> None:
        """The task has changed for who answers for it, for who did, and for the units that assist."""
        if change.goes_over:
            self._hand_over(change)
        elif (told := change.told(self.directory.unit_names)) is not None:
            for contact, place in self._readers(self.directory.responsible(change.task)):
                self._news_of(contact).changed[place].append((change.task, told))
        for unit_id in change.added:
            for contact in self.directory.heard(self.directory.holders(Role.LIAISON, unit_id)):
                self._news_of(contact).assisting[unit_id].append(change.task)
        for unit_id in change.removed:
            for contact in self.directory.heard(self.directory.holders(Role.LIAISON, unit_id)):
                self._news_of(contact).assisting_no_more[unit_id].append(change.task)

    def _hand_over(self, change: TaskChange) -> None:
        """Who has the task now hears of it, and who had it; a unit that gives it away hears, too."""
        task, holder = change.task, self._holder(change.task)
        move = TaskMove(task, change.former_person, [])
        present = self._readers(self.directory.responsible(task))
        for contact, place in [] if change.has_moved_on else present:
            if change.reaches_nobody:
                self._news_of(contact).unreceived[holder].append(move)
            else:
                self._news_of(contact).taken_over[place].append(move)
        present_ids = {task.responsible_id, *(contact.id for contact, _ in present)}
        for contact in self._former(change):
            if contact.id not in present_ids:
                news = self._news_of(contact)
                (news.not_received if change.reaches_nobody else news.given_away)[holder].append(move)

    def _former(self, change: TaskChange) -> list[Contact]:
        """The people who answered for the task before the import, each once."""
        directory, unit_id = self.directory, change.former_unit
        former = directory.in_charge(change.before.get("responsible_id"), change.former_person, unit_id)
        found = [contact for contact, _ in self._readers(former)]
        if unit_id != change.task.lead_unit_id:
            found += directory.heard(directory.holders(Role.LIAISON, unit_id))
        return list({contact.id: contact for contact in found}.values())

    def _holder(self, task: Task) -> Holder:
        """Who answers for the task now. They may belong to another unit than the one that leads it."""
        own = None if task.responsible_id is None else self.directory.by_id.get(task.responsible_id)
        unit_id = task.lead_unit_id if own is None else own.unit_id
        return task.responsible_id, unit_id, task.responsible_person if own is None else own.name

    def _readers(self, found: Sequence[Recipient]) -> list[tuple[Contact, ReaderPlace]]:
        return [
            (who.contact, ReaderPlace(who.instead_of, deputy=who.deputy))
            for who in found
            if who.contact is not None and is_meant(self.directory, who)
        ]
