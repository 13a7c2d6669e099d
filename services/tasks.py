"""A task in the chat: lists, its card, 签收, 办结 and 复开."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal

from locales import Text
from models import people, progress, tasks
from models.db import Session
from models.tasks import Task
from reports.formats import days_text, full_day_text, moment_text, quantity_text, short
from rules import ladder
from rules.lamps import Lamp, lamp
from rules.task_lifecycle import OPEN_STATES, IllegalTransitionError, TaskEvent, TaskState, next_state
from services import access, audit
from services.access import Actor
from services.campaign import Campaign
from services.errors import DomainError
from services.views import ButtonSpec, View

LISTED = 20


def task_lamp(task: Task, now: datetime, campaign: Campaign) -> Lamp:
    done = task.state not in OPEN_STATES
    return lamp(task.deadline, campaign.today(now), done, campaign.calendar)


def lamp_text(task: Task, now: datetime, campaign: Campaign) -> Text:
    return Text(f"common.lamp.{task_lamp(task, now, campaign).value}")


def due_text(task: Task, now: datetime, campaign: Campaign) -> Text:
    """12月20日（还剩3天） for a deadline, 每日 for a long-term task."""
    if task.deadline is None:
        return Text(f"common.frequency.{task.frequency.value if task.frequency else 'none'}")
    left = (task.deadline - campaign.today(now)).days
    day = full_day_text(task.deadline)
    if task.state not in OPEN_STATES:
        return day
    return Text("tasks.due_with_days", day=day, days=days_text(left))


async def my_tasks(session: Session, actor: Actor) -> Sequence[Task]:
    """Open tasks that ``actor`` answers for (a contact) or oversees (a leader, the office)."""
    if actor.scope is None:
        return await tasks.open_tasks(session)
    mine = await tasks.open_tasks_of_contact(
        session, actor.id, actor.contact.unit_id, whole_unit=actor.answers_for_unit
    )
    if not actor.is_leader:
        return mine
    overseen = await tasks.open_tasks(session, actor.scope)
    known = {task.id for task in overseen}
    return [*overseen, *(task for task in mine if task.id not in known)]


async def list_view(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    campaign: Campaign,
    offset: int = 0,
    completed: bool = False,
) -> View:
    """``/tasks``: by due date with lamps, a button to each card, page by page; for the office also those
    that are completed, so that one can be reopened."""
    if completed and not actor.is_office:
        raise DomainError("tasks.office_only")
    found = await (tasks.completed_tasks(session) if completed else my_tasks(session, actor))
    if not found:
        none = Text("tasks.none_completed" if completed else "tasks.none")
        return View([none], _list_ends(actor, found, 0, completed=completed))
    shown = found[offset : offset + LISTED]
    lines = [Text("tasks.completed_title" if completed else "tasks.list_title", count=len(found))]
    rows = []
    for number, task in enumerate(shown, offset + 1):
        lines.append(_line(number, task, now, campaign))
        label = Text("tasks.open_button", number=number, objective=short(task.objective, 18))
        rows.append([ButtonSpec(label, "task.card", {"task_id": task.id}, actor.id)])
    unsigned = _unsigned(actor, found)
    if len(unsigned) > 1:
        label = Text("tasks.acknowledge_all_button", count=len(unsigned))
        rows.insert(0, [ButtonSpec(label, "task.acknowledge_all", {"task_ids": unsigned}, actor.id)])
    rows += _list_ends(actor, found, offset, completed=completed)
    return View(lines, rows, [task.id for task in shown if task.id is not None])


def _list_ends(
    actor: Actor, found: Sequence[Task], offset: int, *, completed: bool
) -> list[list[ButtonSpec]]:
    """Paging, today's 零报告 for who reports, and the office's way to the other list."""

    def button(key: str, at: int, done: bool) -> ButtonSpec:
        return ButtonSpec(Text(key), "task.list", {"offset": at, "completed": done}, actor.id)

    paging = []
    if offset > 0:
        paging.append(button("tasks.previous_button", max(offset - LISTED, 0), completed))
    if offset + LISTED < len(found):
        paging.append(button("tasks.next_button", offset + LISTED, completed))
    rows = [paging] if paging else []
    if actor.reports and found and not completed:
        rows.append([ButtonSpec(Text("progress.zero_button"), "report.zero", {}, actor.id)])
    if actor.is_office:
        other = "tasks.open_list_button" if completed else "tasks.completed_list_button"
        rows.append([button(other, 0, not completed)])
    return rows


def _unsigned(actor: Actor, found: Sequence[Task]) -> list[int]:
    """Tasks that wait for this contact's 签收."""
    fresh = [task for task in found if task.state is TaskState.ASSIGNED and access.may_sign(actor, task)]
    return [task.id for task in fresh if task.id is not None]


def _line(number: int, task: Task, now: datetime, campaign: Campaign) -> Text:
    return Text(
        "tasks.line",
        number=number,
        lamp=lamp_text(task, now, campaign),
        objective=short(task.objective, 40),
        due=due_text(task, now, campaign),
        state=Text(f"common.task_state.{task.state.value}"),
    )


async def card(session: Session, actor: Actor, task_id: int, *, now: datetime, campaign: Campaign) -> View:
    """A task's card with the buttons that ``actor`` may press now."""
    task = await access.visible_task(session, actor, task_id)
    assisting = (await tasks.assisting_units(session, [task_id]))[task_id]
    lines = await _card_lines(session, task, assisting, now, campaign)
    lines += await _figure_lines(session, task)
    for report in await progress.last_reports(session, task_id):
        at = moment_text(report.reported_at, campaign.zone)
        lines.append(Text("tasks.card.report", number=report.receipt_no, at=at, text=short(report.text, 40)))
    return View(lines, _card_buttons(actor, task, assisting), [task_id])


async def _card_lines(
    session: Session, task: Task, assisting: Collection[int], now: datetime, campaign: Campaign
) -> list[Text]:
    names = {unit.id: unit.name for unit in await people.all_units(session)}
    missing = Text("tasks.card.not_named")
    fields: list[tuple[str, object]] = [
        ("action", task.action),
        ("standard", task.standard),
        ("deadline", due_text(task, now, campaign)),
        ("lead_unit", names[task.lead_unit_id]),
        ("assisting_units", [names[unit_id] for unit_id in assisting]),
        ("leader_in_charge", task.leader_in_charge or missing),
        ("handling_section", task.handling_section or missing),
        ("responsible_person", task.responsible_person),
        ("state", Text(f"common.task_state.{task.state.value}")),
        ("remark", task.remark),
    ]
    title = Text("tasks.card.title", lamp=lamp_text(task, now, campaign), objective=task.objective)
    return [title, *(Text(f"tasks.card.{name}", value=value) for name, value in fields if value)]


async def _figure_lines(session: Session, task: Task) -> list[Text]:
    if task.id is None:
        return []
    metrics = await progress_metrics(session, task.id)
    lines = [
        Text("tasks.card.figure", item=item, total=quantity_text(total, measure))
        for item, measure, total in metrics
    ]
    if task.target_value is not None:
        target = quantity_text(task.target_value, task.target_unit or "")
        lines.append(Text("tasks.card.target", target=target))
    return lines


async def progress_metrics(session: Session, task_id: int) -> list[tuple[str, str, Decimal]]:
    """(item, unit of measure, total of all units) of a task's metrics that have figures."""
    found = await tasks.metrics_of(session, task_id)
    totals = await progress.metric_totals(session, [metric.id for metric in found if metric.id is not None])
    return [(m.item, m.unit, totals[m.id]) for m in found if m.id in totals]


def _card_buttons(actor: Actor, task: Task, assisting: Collection[int]) -> list[list[ButtonSpec]]:
    rows: list[list[ButtonSpec]] = []
    arguments = {"task_id": task.id}

    def button(key: str, action: str) -> ButtonSpec:
        return ButtonSpec(Text(key), action, arguments, actor.id)

    is_open = task.state in OPEN_STATES
    if is_open and access.may_report(actor, task, assisting):
        row = [button("tasks.report_button", "report.start")]
        if task.state is TaskState.ASSIGNED and access.may_sign(actor, task):
            row.insert(0, button("tasks.acknowledge_button", "task.acknowledge"))
        rows += [row, [button("progress.zero_button", "report.zero")]]
    if actor.is_office:
        change = ("complete", "tasks.complete_button") if is_open else ("reopen", "tasks.reopen_button")
        if is_open or task.state is TaskState.COMPLETED:
            rows.append([button(change[1], f"task.{change[0]}")])
    if actor.scope is None or actor.is_leader or access.may_report(actor, task, assisting):
        rows.append([button("tasks.sources_button", "task.sources")])
    return rows


async def acknowledge(session: Session, actor: Actor, task_ids: Sequence[int], *, now: datetime) -> int:
    """签收 of tasks; how many were new. A second press changes nothing and is no error."""
    count = 0
    for task_id in task_ids:
        task = await access.reportable_task(session, actor, task_id)
        if not access.may_sign(actor, task):
            raise DomainError("tasks.lead_unit_signs")
        if task.state is TaskState.ASSIGNED:
            count += await _move(session, actor, task, TaskEvent.ACKNOWLEDGE, now)
    return count


async def complete(session: Session, actor: Actor, task_id: int, *, now: datetime) -> bool:
    """办结 by the office; False when it was finished already."""
    task = await _for_office(session, actor, task_id)
    return await _move(session, actor, task, TaskEvent.COMPLETE, now)


async def reopen(session: Session, actor: Actor, task_id: int, *, now: datetime, campaign: Campaign) -> bool:
    """复开 by the office: the task counts and is nagged about again, from now on."""
    task = await _for_office(session, actor, task_id)
    if not await _move(session, actor, task, TaskEvent.REOPEN, now):
        return False
    schedule_nags(task, now, campaign)
    return True


async def _for_office(session: Session, actor: Actor, task_id: int) -> Task:
    task = await access.visible_task(session, actor, task_id)
    if not actor.is_office:
        raise DomainError("tasks.office_only")
    return task


async def _move(session: Session, actor: Actor, task: Task, event: TaskEvent, now: datetime) -> bool:
    old = task.state
    try:
        new = next_state(old, event)
    except IllegalTransitionError:
        return False
    if task.id is None or not await tasks.move_state(session, task.id, old, new, now):
        return False
    await session.refresh(task)
    audit.record(
        session,
        event.value,
        ("task", task.id),
        now=now,
        actor_id=actor.id,
        before={"state": old.value},
        after={"state": new.value},
    )
    return True


async def note_report(session: Session, actor: Actor, task: Task, *, now: datetime) -> None:
    """A report of the lead unit came in: the task is 办理中 from now on, if it was not yet."""
    if task.state is not TaskState.IN_PROGRESS and access.may_sign(actor, task):
        await _move(session, actor, task, TaskEvent.REPORT, now)


def schedule_nags(task: Task, now: datetime, campaign: Campaign) -> None:
    """Set when the nag scan looks at the task first; slots before ``now`` are not made up for."""
    task.nag_start = now
    task.last_nagged = None
    if task.deadline is None or task.state not in OPEN_STATES:
        task.next_nag_at = None
        return
    task.next_nag_at = ladder.decide(
        task.deadline,
        None,
        now=now,
        start=now,
        zone=campaign.zone,
        nag_time=campaign.slots.nag,
        calendar=campaign.calendar,
    ).next_at
