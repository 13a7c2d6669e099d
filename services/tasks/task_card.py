"""A task's card: its state, what it asks for, what was reported, and what its reader may do."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial

from locales import Text
from models import people, progress
from models.audit_log import Audit
from models.db import Session, ident, row_of
from models.progress import ProgressReport, task_sums
from models.progress.task_sums import MeasuredMetric
from models.tasks import Task, children
from reports.formats import day_text, moment_text, quantity_text
from reports.missed_reports import window_text
from rules.tasks.targets import Target, measured_by
from rules.tasks.task_lifecycle import OPEN_STATES, TaskState
from services import absences, access, audit
from services.access import Actor
from services.campaign import Campaign
from services.duties import report_windows, task_duties
from services.duties.filed_reports import FiledReports
from services.task_wording import due_text, is_signing_overdue, lamp_text, report_words, zero_button
from services.tasks import (
    blank_reports,
    children_card,
    explanation_card,
    extension_card,
    pause_card,
    transfer_offers,
)
from services.tasks.task_steps import is_own, last_decision
from services.tasks.task_targets import SharedMetric, shared_metrics, target_of
from services.turn import TickTurn, Turn
from services.views import ButtonSpec, View, button

FIGURES = 30


async def card(turn: Turn, task_id: int) -> View:
    """A task's card with the buttons that its reader may press now."""
    task, assisting = await access.task_with_assisting(turn.session, turn.actor, task_id)
    family = await children_card.on_card(turn, task, assisting)
    rights = await _rights(turn, task)
    decision = await last_decision(turn.session, task_id)
    reports = await progress.last_reports(turn.session, task_id)
    measured = await measure(turn.session, task)
    lines = [
        Text("tasks.card.title", lamp=lamp_text(task, turn.now, turn.campaign), objective=task.objective),
        await _state_line(turn, task, decision),
        *_fields(("return_reason", task.return_reason)),
        *demand_lines(task, turn.now, turn.campaign),
        *await _window_lines(turn, task),
        *family.lines,
        *measured.lines,
        *_standing_lines(reports),
        *await _chain_lines(turn, task, assisting),
        *(_report_line(report, turn.campaign) for report in reports),
    ]
    offered = await transfer_offers.on_card(turn, task)
    parts = [await part.on_card(turn, task) for part in (explanation_card, extension_card, pause_card)]
    blank = await blank_reports.last_blank(turn, task_id)
    version = TaskVersion(seen_of(decision), measured.mark)
    rows = _buttons(turn.actor, task, assisting, version, decision, blank.buttons, rights)
    nagging = await _nag_row(turn, task)
    rows = [
        *offered.answers,
        *rows[:-1],
        *family.rows,
        *(row for part in parts for row in part.rows),
        nagging,
        [*rows[-1], *offered.buttons],
    ]
    added = [line for part in parts for line in part.lines]
    return View([*lines, *added, *offered.lines], rows, [task_id])


@dataclass(frozen=True, slots=True)
class CardRights:
    """What its reader may do beside reporting.

    ``fixed``: nothing can be decided on the task any more. ``looks``: they may open its sources.
    """

    decides: bool
    fixed: bool
    looks: bool


async def _rights(turn: Turn, task: Task) -> CardRights:
    actor = turn.actor
    decides = await access.decides_on(turn.session, actor, task)
    fixed = task.state is TaskState.COMPLETED and await children.is_below_cancelled(turn.session, task)
    above = await children.ancestors(turn.session, task)
    oversees = actor.scope is None or actor.is_leader
    looks = oversees or decides or any(access.answers_for(actor, one) for one in above)
    return CardRights(decides, fixed, looks)


async def _nag_row(turn: Turn, task: Task) -> list[ButtonSpec]:
    """The buttons for what was said about the task and, for people who are nagged about it, for a snooze."""
    row = [button("nags.record.button", "nags.records", turn.actor.id, subject="task", subject_id=task.id)]
    if task.responsible_id in turn.actor.duties and await task_duties.of_person(turn, task):
        row.append(
            button("nags.snooze_button", "snooze.choose", turn.actor.id, subject="task", subject_id=task.id)
        )
    return row


async def _state_line(turn: TickTurn, task: Task, decision: Audit | None) -> Text:
    """The state, with the last day for signing or the person who caused it."""
    state: Text = Text(f"common.task_state.{task.state.value}")
    if task.state is TaskState.ASSIGNED:
        key = (
            "tasks.card.signing_overdue"
            if is_signing_overdue(task, turn.now, turn.campaign)
            else "tasks.card.sign_by"
        )
        state = Text(key, day=day_text(turn.campaign.sign_by(task.assigned_at)))
    elif decision is not None and (decision.after or {}).get("state") == task.state.value:
        who = await audit.who_of(turn.session, decision)
        at = moment_text(decision.at, turn.campaign.zone)
        state = Text("tasks.card.state_by", state=state, who=who, at=at)
    return Text("tasks.card.state", value=state)


def demand_lines(task: Task, now: datetime, campaign: Campaign) -> list[Text]:
    """The deadline and the standard."""
    return _fields(("deadline", due_text(task, now, campaign)), ("standard", task.standard))


async def _chain_lines(turn: Turn, task: Task, assisting: Collection[int]) -> list[Text]:
    """责任单位 → 分管领导 → 承办科室 → 责任人, and who stands in for the 责任人."""
    where = (turn.session, [task.responsible_id], turn.today)
    away = row_of(await absences.away_texts(*where), task.responsible_id)
    person = task.responsible_person
    own = turn.actor.unit
    others = {task.lead_unit_id, *assisting} - {own.id}
    names = {ident(own): own.name} | (await people.unit_names(turn.session, others) if others else {})
    missing = Text("tasks.card.not_named")
    return _fields(
        ("action", task.action),
        ("lead_unit", names[task.lead_unit_id]),
        ("assisting_units", [names[unit_id] for unit_id in assisting]),
        ("leader_in_charge", task.leader_in_charge or missing),
        ("handling_section", task.handling_section or missing),
        ("responsible_person", Text("leave.with_away", name=person, away=away) if away else person),
        ("remark", task.remark),
    )


def _fields(*fields: tuple[str, object]) -> list[Text]:
    return [Text(f"tasks.card.{name}", value=value) for name, value in fields if value]


@dataclass(frozen=True, slots=True)
class TaskTotals:
    """A task's totals beside its target.

    ``reached``: whether one of them has reached it; None: there is no target. ``mark``: differs when the
    totals do.
    """

    lines: Sequence[Text]
    reached: bool | None
    mark: str


@dataclass(frozen=True, slots=True)
class TaskVersion:
    """What the office's buttons know of the task as it was shown.

    This is the last ``decision`` (see ``seen_of``) and the mark of the ``figures``.
    """

    decision: int
    figures: str


async def measure(session: Session, task: Task) -> TaskTotals:
    """What all units counted for a task and all that lies below it, beside the target that measures it."""
    metrics = await task_sums.measured_metrics(session, ident(task))
    totals = [
        (one, sum((metric.total or Decimal(0) for metric in one.metrics), Decimal(0)))
        for one in shared_metrics(metrics)
        if any(metric.total is not None for metric in one.metrics)
    ]
    target, mark = target_of(task), _mark_of(totals)
    if target is None:
        return TaskTotals([_figure_line(*total) for total in totals[:FIGURES]], None, mark)
    by = measured_by(target, [(one.names, one.unit) for one, _ in totals])
    lines = [
        _figure_line(*total, target if index in by else None) for index, total in enumerate(totals[:FIGURES])
    ]
    if not by:
        lines.append(Text("tasks.card.target", target=quantity_text(target.value, target.unit)))
    return TaskTotals(lines, any(totals[index][1] >= target.value for index in by), mark)


_Shared = SharedMetric[MeasuredMetric]


def _mark_of(totals: Sequence[tuple[_Shared, Decimal]]) -> str:
    told = "\n".join(f"{m.item}\t{m.unit}\t{total.normalize():f}" for m, total in totals if total)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


async def are_shown(session: Session, task: Task, figures: str | None) -> bool:
    """Whether the totals still have that mark; None: no totals were shown."""
    return figures == (await measure(session, task)).mark


def _figure_line(metric: _Shared, total: Decimal, target: Target | None = None) -> Text:
    shown = quantity_text(total, metric.unit)
    if target is None:
        return Text("tasks.card.figure", item=metric.item, total=shown)
    return Text(
        "tasks.card.figure_of_target",
        item=metric.item,
        total=shown,
        target=quantity_text(target.value, target.unit),
        percent=int(total * 100 / target.value),
    )


async def _window_lines(turn: TickTurn, task: Task) -> list[Text]:
    """For a recurring task: what was missed last, and whether the present window's report has come."""
    if not task.own_reports:
        return []
    known = report_windows.current([task], turn.now, turn.campaign).get(ident(task), [])
    filed = await FiledReports.of(turn.session, [ident(task)], known)
    lines = []
    for window in known:
        came = filed.on(ident(task), window)
        if came is not None:
            key = "windows.filed_late" if window.is_late(came) else "windows.filed"
        else:
            key = "windows.missed" if window.is_late(turn.now) else "windows.open"
        closes = moment_text(window.closes, turn.campaign.zone)
        lines.append(Text(key, window=window_text(window.key), closes=closes))
    return lines


def _standing_lines(reports: Sequence[ProgressReport]) -> list[Text]:
    """How far the task is and where, as last stated; ``reports``: the last ones first."""
    percent = next((report.percent for report in reports if report.percent is not None), None)
    lines = [] if percent is None else [Text("tasks.card.percent", percent=percent)]
    located = next((report for report in reports if report.latitude is not None), None)
    if located is not None:
        where = f"{located.latitude:.5f}, {located.longitude:.5f}"
        place = Text("tasks.card.place", place=located.place, where=where) if located.place else where
        lines += _fields(("location", place))
    return lines


def _report_line(report: ProgressReport, campaign: Campaign) -> Text:
    at = moment_text(report.reported_at, campaign.zone)
    key = "tasks.card.report" if report.window_closed_at is None else "tasks.card.report_late"
    return Text(key, number=report.receipt_no, at=at, text=report_words(report))


def _buttons(
    actor: Actor,
    task: Task,
    assisting: Collection[int],
    seen: TaskVersion,
    decision: Audit | None,
    blank: Sequence[ButtonSpec],
    rights: CardRights,
) -> list[list[ButtonSpec]]:
    about = partial(task_button, actor=actor, task=task)
    rows: list[list[ButtonSpec]] = []
    is_open = task.state in OPEN_STATES
    if is_open and access.may_report(actor, task, assisting):
        signs = access.may_sign(actor, task)
        row = [about("tasks.report_button", "report.start")]
        row += [*([zero_button(actor, task)] if task.own_reports else []), *blank]
        if task.state is TaskState.ASSIGNED and signs:
            rows.append([about("tasks.acknowledge_button", "task.acknowledge")])
        rows.append(row)
        if signs and task.state is not TaskState.SUBMITTED:
            rows.append([about("tasks.submit_button", "task.submit")])
        elif signs and decision is not None and is_own(actor, decision):
            rows.append([about("completion.withdraw_button", "task.withdraw", seen=seen.decision)])
    if rights.decides and not rights.fixed:
        rows += decision_rows(actor, task, seen)
    if rights.looks or access.may_report(actor, task, assisting):
        rows.append(
            [
                about("tasks.sources_button", "task.sources"),
                about("tasks.evidence_button", "task.evidence"),
            ]
        )
    last = [about("tasks.history_button", "task.history")]
    if rights.decides and is_open:
        last.append(about("reassign.button", "reassign.start"))
        # It stands apart from 办结, asks for a reason and asks again, because it cannot be undone.
        last.append(about("tasks.cancel_button", "task.cancel", seen=seen.decision))
    if actor.is_office:
        rows[-1].append(about("metrics.button", "metric.list"))
    return [*rows, last]


def seen_of(decision: Audit | None) -> int:
    """The last decision as a button carries it; pressed after a later one, the button changes nothing."""
    return ident(decision) if decision else 0


def decision_rows(actor: Actor | None, task: Task, seen: TaskVersion) -> list[list[ButtonSpec]]:
    """What may be decided now; ``actor`` None: everybody may press who decides on the task."""

    def decision(name: str, **more: str) -> ButtonSpec:
        return task_button(f"tasks.{name}_button", f"task.{name}", actor, task, seen=seen.decision, **more)

    if task.state in OPEN_STATES:
        complete = decision("complete", figures=seen.figures)
        return [[complete, decision("return")] if task.state is TaskState.SUBMITTED else [complete]]
    return [[decision("reopen")]] if task.state is TaskState.COMPLETED else []


def task_button(key: str, action: str, actor: Actor | None, task: Task, **arguments: object) -> ButtonSpec:
    """A button about ``task``, for ``actor`` only; None: for everybody who has the right when they press."""
    return button(key, action, actor.id if actor else None, task_id=task.id, **arguments)
