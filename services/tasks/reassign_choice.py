"""转派 in the office's chat: to whom, why, confirmation, and the answer to a press that came too late."""

from __future__ import annotations

from collections.abc import Sequence

from locales import Text
from models import audit_log, tasks
from models.audit_log import Audit
from models.db import Session, ident
from models.people import Contact, Unit
from models.tasks import Task
from reports.formats import moment_text, short
from rules.tasks.task_lifecycle import OPEN_STATES, TaskEvent, TaskState
from services import audit, questions
from services.access import Actor
from services.campaign import Campaign
from services.directory_names import DirectoryNames
from services.errors import DomainError
from services.people import person_card
from services.people.name_search import CHOICES, people_named, unit_button, units_named, words_of
from services.reasons import optional_reason
from services.recipients import Directory
from services.tasks import reassign, reassign_notices, task_card
from services.tasks.task_steps import for_decider
from services.turn import Turn
from services.views import ButtonSpec, TurnOutcome, View, button


async def start(turn: Turn, task_id: int) -> View:
    """转派 was pressed: offer the people of the unit; other names are typed."""
    task = await _open_task(turn.session, turn.actor, task_id)
    unit = await turn.session.get_one(Unit, task.lead_unit_id)
    return await _choice(turn, task, unit)


async def of_unit(turn: Turn, task_id: int, unit_id: int) -> View:
    """Offer the people of another unit."""
    task = await _open_task(turn.session, turn.actor, task_id)
    unit = await turn.session.get_one(Unit, unit_id)
    if not await reassign.units_of_part(turn.session, task, unit_id):
        raise DomainError("reassign.kept_not_below", unit=unit.name)
    return await _choice(turn, task, unit)


async def _open_task(session: Session, actor: Actor, task_id: int) -> Task:
    """The task that the office reassigns; ``DomainError`` if it is over."""
    task = await for_decider(session, actor, task_id)
    if task.state not in OPEN_STATES:
        raise DomainError("reassign.kept_closed", state=Text(f"common.task_state.{task.state.value}"))
    return task


async def _pointless(
    session: Session, actor: Actor, task_id: int, contact_id: int | None = None
) -> View | None:
    """The answer to typed words when the move has become impossible.

    A refusal would leave the question open, and it would swallow the next words.
    """
    try:
        await _open_task(session, actor, task_id)
        if contact_id is not None:
            await reassign.receiver_of(session, contact_id)
    except DomainError as refusal:
        return View([refusal.text])
    return None


async def _choice(turn: Turn, task: Task, unit: Unit) -> View:
    able = await person_card.colleagues(turn.session, ident(unit), task.responsible_id)
    await _ask_name(turn, task)
    lines = await _task_lines(turn.session, task)
    key = "reassign.choose" if able else "reassign.nobody_there"
    lines.append(Text(key, unit=unit.name))
    rows = await _people_rows(turn.session, task, [(contact, unit) for contact in able])
    return View(lines, [*rows, [_leave(turn.actor)]])


async def _ask_name(turn: Turn, task: Task) -> None:
    await _ask(turn, "transfer.name", task_id=task.id)


async def _ask(turn: Turn, action: str, **arguments: object) -> None:
    await questions.ask_here(turn, action, arguments)


async def _task_lines(session: Session, task: Task) -> list[Text]:
    unit = await session.get_one(Unit, task.lead_unit_id)
    person = short(task.responsible_person, 40)
    return [Text("reassign.task", objective=short(task.objective, 80), unit=unit.name, person=person)]


async def _people_rows(
    session: Session, task: Task, found: Sequence[tuple[Contact, Unit]]
) -> list[list[ButtonSpec]]:
    last = await _last_move(session, ident(task))
    said = {"task_id": task.id, "seen": last.id if last else 0}
    return [
        [person_card.person_button("reassign.to", contact, unit, **said, contact_id=contact.id)]
        for contact, unit in found[:CHOICES]
    ]


def _leave(actor: Actor) -> ButtonSpec:
    return button("reassign.leave_button", "reassign.leave", actor.id)


async def choose_by_name(turn: Turn, task_id: int, words: str) -> View:
    """Take a typed name: offer the people and units that it fits."""
    if (pointless := await _pointless(turn.session, turn.actor, task_id)) is not None:
        return pointless
    task = await _open_task(turn.session, turn.actor, task_id)
    wanted = words_of(words)
    contacts = await people_named(turn.session, wanted) if wanted else []
    units = await units_named(turn.session, wanted) if wanted else []
    there = {*(ident(unit) for unit in units), *(ident(unit) for _, unit in contacts)}
    able = await reassign.units_of_part(turn.session, task, *there)
    if there and not able:
        raise DomainError("reassign.none_below", words=short(" ".join(wanted), 40))
    contacts = [(contact, unit) for contact, unit in contacts if unit.id in able]
    units = [unit for unit in units if unit.id in able]
    if not contacts and not units:
        raise DomainError("reassign.nobody_named", words=short(" ".join(wanted), 40))
    await _ask_name(turn, task)
    rows = await _people_rows(turn.session, task, contacts)
    rows += [[unit_button(turn.actor, unit, "reassign.unit", task_id=task.id)] for unit in units[:CHOICES]]
    key = "reassign.found" if max(len(contacts), len(units)) <= CHOICES else "reassign.found_many"
    return View([Text(key, shown=CHOICES)], [*rows, [_leave(turn.actor)]])


async def preview(turn: Turn, task_id: int, contact_id: int, seen: int, *, reason: str | None = None) -> View:
    """Show what the move would change and ask for confirmation; words typed next become its ``reason``."""
    if (
        reason is not None
        and (gone := await _pointless(turn.session, turn.actor, task_id, contact_id)) is not None
    ):
        return gone
    task = await _open_task(turn.session, turn.actor, task_id)
    receiver = await reassign.receiver_of(turn.session, contact_id)
    reason = optional_reason(reason, too_long="reassign.reason_too_long")
    await _ask(turn, "transfer.reason", task_id=task_id, contact_id=contact_id, seen=seen)
    names = await DirectoryNames.load(turn.session)
    unit_id = await reassign.lead_unit_after(turn.session, task, receiver)
    directory = await Directory.load(turn.session, turn.today)
    why_not = await reassign.hindrance(turn.session, task, receiver, unit_id, directory)
    if why_not is not None:
        raise DomainError(why_not.key, **why_not.values)
    lines = [*await _task_lines(turn.session, task), Text("reassign.goes_to", whom=names.who(contact_id))]
    if unit_id != task.lead_unit_id:
        lines.append(Text("reassign.unit_changes", unit=names.units[unit_id]))
    if task.state not in (TaskState.ASSIGNED, TaskState.SUBMITTED):
        lines.append(Text("reassign.signs_anew"))
    lines += await reassign_notices.parts_lines(turn.session, [task])
    if not receiver.reachable:
        lines.append(Text("reassign.not_reachable", name=receiver.name))
    lines.append(Text("reassign.reason", reason=reason) if reason else Text("reassign.ask_reason"))
    said = {"task_id": task_id, "contact_id": contact_id, "seen": seen, "reason": reason}
    rows = [
        [button("reassign.confirm_button", "reassign.confirm", turn.actor.id, **said)],
        [button("reassign.other_button", "reassign.start", turn.actor.id, task_id=task_id)],
        [_leave(turn.actor)],
    ]
    return View(lines, rows)


async def confirm(turn: Turn, task_id: int, contact_id: int, seen: int, reason: str | None) -> TurnOutcome:
    """Move the task once; the outcome shows the card as it is now.

    ``seen``: id of the last move that the actor knew of; if somebody else was faster, the answer names them.
    """
    task = await for_decider(turn.session, turn.actor, task_id)
    await tasks.lock(turn.session, task_id)
    done = False
    last = await _last_move(turn.session, task_id)
    if last is not None and last.id != seen:
        told = await _present(turn.session, task, last, turn.campaign)
    else:
        moved = await reassign.move_tasks(turn, [task_id], contact_id, reason=reason)
        done = bool(moved.tasks)
        told = Text("reassign.moved") if done else moved.kept[task_id]
    card = await task_card.card(turn, task_id)
    return TurnOutcome(card, told, done)


async def _last_move(session: Session, task_id: int) -> Audit | None:
    return await audit_log.last_of_events(session, ("task", task_id), {TaskEvent.REASSIGN.value})


async def _present(session: Session, task: Task, last: Audit, campaign: Campaign) -> Text:
    """Who has the task now, and who caused that."""
    unit = await session.get_one(Unit, task.lead_unit_id)
    return Text(
        "reassign.moved_before",
        who=await audit.name_of(session, last.actor_id),
        at=moment_text(last.at, campaign.zone),
        unit=unit.name,
        person=short(task.responsible_person, 40),
    )
