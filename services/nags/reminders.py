"""催办 by hand: whom the office urges about what. Nobody is urged twice a day about one duty unasked.

Who decides on a child urges about that child, too.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from models import tasks
from models.audit_log import Audit
from models.db import ident, known
from models.nags import reminders
from models.people import Contact
from models.tasks import Task, counted_tasks, task_search
from reports.formats import full_day_text
from rules.delivery.delivery import MessageKind
from rules.people.roles import Role
from rules.tasks.task_lifecycle import NAGGED_STATES
from services import audit, outbox
from services.access import answers_for, require_office, visible_task
from services.duties import reports_below
from services.duties.not_reported import silent_units
from services.duties.task_duties import ReminderKind, TaskDuty, Tone
from services.errors import DomainError
from services.nags import manual_reminders
from services.nags.manual_reminders import Reminder
from services.people.unit_card import seen_unit
from services.recipients import Directory
from services.task_wording import last_day_of_pause
from services.tasks import breakdown_rights, task_steps
from services.turn import TickTurn, Turn
from services.views import TurnOutcome, say

Pair = tuple[int, int]
"""Ids of a contact and of a task of which they are to hear."""


@dataclass(frozen=True, slots=True)
class ReminderTarget:
    """What to urge about. ``subject``: the id of the unit or task, if it is one of these."""

    kind: ReminderKind
    subject: int | None = None


@dataclass(frozen=True, slots=True)
class ReminderPlan:
    """The reminders that would be sent.

    ``lost``: people who cannot be told, neither directly nor through a 联络员. ``reminded``: what is left
    out because its people were reminded of it today already. Of other tasks they may hear now.
    """

    tasks: Mapping[int, Task]
    directory: Directory
    messages: Sequence[Reminder[TaskDuty]]
    lost: Sequence[str]
    reminded: Sequence[Reminder[TaskDuty]]

    def pairs(self) -> list[Pair]:
        return [(ident(m.contact), duty.task_id) for m in self.messages for duty in m.about]


async def plan(
    turn: Turn,
    target: ReminderTarget,
    *,
    again_until: int | None = None,
    only: Collection[Pair] | None = None,
) -> ReminderPlan:
    """Plan who would hear what.

    ``again_until``: today's reminders up to that outbox row do not count; ``only``: the (contact, task) pairs
    that the plan may contain.
    """
    await _require_right(turn, target)
    found = {t.id: t for t in audible(await _tasks(turn, target), turn) if t.id is not None}
    directory = await Directory.load(turn.session, turn.today)
    directory = await directory.knowing(turn.session, found.values())
    today = await reminded_today(turn)
    messages: dict[int, Reminder[TaskDuty]] = {}
    reminded: dict[int, Reminder[TaskDuty]] = {}
    lost: dict[str, None] = {}
    for task in found.values():
        for who in directory.responsible(task):
            contact, task_id = who.contact, ident(task)
            if contact is None or contact.id is None or _hears_here(turn, directory, who.instead_of, contact):
                unit = directory.unit_names[task.lead_unit_id]
                lost.setdefault(f"{unit} {task.responsible_person}")
            elif only is not None and (contact.id, task_id) not in only:
                continue
            else:
                left_out = today.get((contact.id, task_id), 0) > (again_until or 0)
                message = (reminded if left_out else messages).setdefault(contact.id, Reminder(contact))
                message.about.append(TaskDuty(task_id, Tone.NAG, who.instead_of, deputy=who.deputy))
    return ReminderPlan(found, directory, list(messages.values()), list(lost), list(reminded.values()))


async def _require_right(turn: Turn, target: ReminderTarget) -> None:
    """Raise ``DomainError`` for who may not urge about it: the office may, or who decides on the tasks."""
    if target.kind is ReminderKind.TASK:
        await task_steps.for_decider(turn.session, turn.actor, known(target.subject))
    elif target.kind is ReminderKind.BELOW:
        task = await visible_task(turn.session, turn.actor, known(target.subject))
        if not breakdown_rights.may_break_down(turn.actor, task):
            raise DomainError("breakdowns.not_yours")
    else:
        require_office(turn.actor)


def asked_by(turn: Turn) -> str | None:
    """Who urges, for the heading of the message; None: the office."""
    actor = turn.actor
    return None if actor.is_office else f"{actor.unit.name} {actor.contact.name}"


def _hears_here(turn: Turn, directory: Directory, instead_of: str | None, contact: Contact) -> bool:
    """Whether it is the office in somebody's place, or who urges.

    They get no message: the preview tells them what to pass on.
    """
    office = Role.OFFICE in directory.roles.get(ident(contact), ())
    return instead_of is not None and (office or contact.id == turn.actor.id)


async def _tasks(turn: Turn, target: ReminderTarget) -> Sequence[Task]:
    match target.kind:
        case ReminderKind.UNSIGNED:
            return await task_search.unsigned_tasks(turn.session)
        case ReminderKind.SILENT:
            silent = await silent_units(turn, None)
            return [task for unit in silent for task in unit.tasks]
        case ReminderKind.OVERDUE:
            return await overdue_tasks(turn)
        case ReminderKind.UNIT:
            unit = await seen_unit(turn.session, turn.actor, known(target.subject))
            return _urgent(await tasks.open_tasks(turn.session, [ident(unit)]))
        case ReminderKind.TASK:
            task = await visible_task(turn.session, turn.actor, known(target.subject))
            if (last := last_day_of_pause(task, turn.now, turn.campaign)) is not None:
                raise DomainError("pauses.no_reminder", day=full_day_text(last))
            return _urgent([task])
        case ReminderKind.BELOW:
            task = await visible_task(turn.session, turn.actor, known(target.subject))
            return await _unreported_below(turn, task)


async def _unreported_below(turn: Turn, task: Task) -> list[Task]:
    """The parts that owe a report of the last window or the open one, and on which the actor decides."""
    windows = await reports_below.standing(turn, task)
    found = await tasks.tasks_by_id(turn.session, {one for window in windows for one in window.missing})
    return [part for part in found.values() if not answers_for(turn.actor, part) or turn.actor.is_office]


async def overdue_tasks(turn: TickTurn) -> list[Task]:
    """逾期未办: open tasks past their deadline that do not wait for the office.

    Who broke a task down urges about its parts; the office sees them on the card.
    """
    today = turn.today
    found = audible(_urgent(await counted_tasks.open_in(turn.session, None)), turn)
    return [task for task in found if task.deadline is not None and task.deadline < today]


def audible(found: Sequence[Task], turn: TickTurn) -> list[Task]:
    """Only the tasks whose nags are not paused."""
    return [task for task in found if last_day_of_pause(task, turn.now, turn.campaign) is None]


def _urgent(found: Sequence[Task]) -> list[Task]:
    """Only the tasks that do not wait for the office."""
    return [task for task in found if task.state in NAGGED_STATES]


async def reminded_today(turn: TickTurn) -> dict[Pair, int]:
    """(contact, task) of today's 催办, by the ladder or by hand, with the last outbox row that held it."""
    since = turn.campaign.midnight(turn.today)
    found: dict[Pair, int] = {}
    for row in await reminders.reminders_since(turn.session, since):
        for duty in map(TaskDuty.from_json, row.content.get("duties", ())):
            if duty.tone is Tone.NAG and row.contact_id is not None:
                found[row.contact_id, duty.task_id] = ident(row)
    return found


async def send(
    turn: Turn, target: ReminderTarget, id: str, pairs: Collection[Pair], until: int | None
) -> TurnOutcome:
    """Promise what a preview (``id``) showed, as far as it still holds."""
    await _require_right(turn, target)
    await manual_reminders.begin(turn, "reminders")
    planned = await plan(turn, target, again_until=until, only=set(pairs))
    sent = [m for m in planned.messages if await _promise(turn, m, target, id)]
    if not sent:
        row = await _last(turn, target)
        same = row is not None and (row.after or {}).get("id") == id
        key = "remind.sent_before" if same else "remind.overtaken"
        return await manual_reminders.sent_before(turn, row, key, "remind.nothing_left")
    ids = sorted({duty.task_id for message in sent for duty in message.about})
    audit.note(
        turn,
        "remind",
        ("reminder", None),
        after={"id": id, "kind": target.kind.value, "people": len(sent), "task_ids": ids},
    )
    return TurnOutcome(say("remind.sent", count=len(sent), tasks=len(ids)))


async def _last(turn: Turn, target: ReminderTarget) -> Audit | None:
    """The last 催办 by hand; for others than the office only if it was theirs, or about their task."""
    row = await reminders.last_reminder(turn.session)
    if row is None or turn.actor.is_office or row.actor_id == turn.actor.id:
        return row
    return row if target.subject in (row.after or {}).get("task_ids", ()) else None


async def _promise(turn: Turn, message: Reminder[TaskDuty], target: ReminderTarget, preview_id: str) -> bool:
    content = {
        "day": turn.today.isoformat(),
        "duties": [duty.to_json() for duty in message.about],
        "asked": target.kind.value,
    }
    if (who := asked_by(turn)) is not None:
        content["asked_by"] = who
    key = f"remind:{preview_id}:{message.contact.id}"
    return await outbox.enqueue_raw(
        turn.session, MessageKind.NAG, key, ("nag", content), now=turn.now, contact=message.contact
    )
