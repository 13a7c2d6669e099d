"""申请办结: what is submitted, as it is shown before and as the office gets it, with its evidence."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Final

from locales import Text
from models import drafts, people, progress
from models.audit_log import Audit
from models.db import Session, ident
from models.progress import Evidence, ProgressReport
from models.tasks import Task, child_duties
from reports.formats import moment_text, short
from rules.tasks.task_lifecycle import OPEN_STATES, IllegalTransitionError, TaskEvent, TaskState, next_state
from services import access, audit
from services.access import Actor
from services.campaign import Campaign
from services.drafts import draft_changes, task_split
from services.duties import task_duties
from services.tasks import breakdown_rights, deciders, open_parts, task_card, task_steps
from services.tasks.task_card import TaskTotals, TaskVersion, task_button
from services.turn import TickTurn, Turn
from services.views import ButtonSpec, FileSpec, TurnOutcome, View

SHOWN_FILES: Final = 30
"""Three albums; nobody looks through more than that on a phone."""


async def sign(turn: Turn, task_id: int) -> TurnOutcome:
    """Handle 签收. A second press is no error.

    For a task that is already over, the answer says how it stands.
    """
    new = await task_steps.acknowledge(turn, [task_id])
    task = await access.visible_task(turn.session, turn.actor, task_id)
    if task.state not in OPEN_STATES:
        return await too_late(turn, task_id)
    card = await task_card.card(turn, task_id)
    return TurnOutcome(card, Text("tasks.acknowledged" if new else "tasks.acknowledged_before"))


async def ask(turn: Turn, task_id: int) -> TurnOutcome:
    """Handle 申请办结: show what would be submitted, and ask for confirmation."""
    task = await task_steps.for_submission(turn.session, turn.actor, task_id)
    if not is_possible(task, TaskEvent.SUBMIT_FOR_COMPLETION):
        return await too_late(turn, task_id)
    seen = task_card.seen_of(await task_steps.last_decision(turn.session, task_id))
    lines = [
        Text("completion.ask_title", objective=await breakdown_rights.name_of(turn.session, task)),
        *await _facts(turn, task, await task_card.measure(turn.session, task)),
    ]
    if await _is_reporting(turn, task_id):
        lines.append(Text("completion.unfinished"))
    lines.append(Text("completion.ask", who=await deciders.name_of(turn, task)))
    row = [
        task_button("completion.submit_button", "task.submit_now", turn.actor, task, seen=seen),
        task_button("completion.back_button", "task.show", turn.actor, task),
    ]
    return TurnOutcome(View(lines, [row], [task_id]))


async def _is_reporting(turn: Turn, task_id: int) -> bool:
    """Whether they have begun a report on the task and not confirmed it."""
    begun = await drafts.drafts_of(turn.session, turn.actor.id)
    return any(task_id in task_split.tasks_of(draft) and not draft_changes.is_empty(draft) for draft in begun)


async def take_up(turn: Turn, task_id: int, offer: str) -> TurnOutcome:
    """申请办结 by one tap, as it was offered when the last child was 办结; ``offer``: the key of that duty.

    It is asked about first, as in ``ask``, if the offer no longer stands, if something was decided on the
    task since, if its total is below the target, or if they have begun a report on it. That there is no
    evidence is said with the answer: the request can be withdrawn.
    """
    task = await task_steps.for_submission(turn.session, turn.actor, task_id)
    done_at = (await child_duties.done_below(turn.session, [task])).get(task_id)
    standing = task_duties.of_done_below(task, done_at, turn.campaign)
    decision = await task_steps.last_decision(turn.session, task_id)
    if done_at is None or standing is None or standing.cycle != offer or (decision and decision.at > done_at):
        return await ask(turn, task_id)
    measured = await task_card.measure(turn.session, task)
    if measured.reached is False or await _is_reporting(turn, task_id):
        return await ask(turn, task_id)
    outcome = await submit(turn, task_id, task_card.seen_of(decision))
    if not outcome.done or await progress.count_evidence_of_task(turn.session, task_id):
        return outcome
    shown = replace(outcome.view, lines=[*outcome.view.lines, Text("completion.no_evidence")])
    return replace(outcome, view=shown)


def is_possible(task: Task, event: TaskEvent) -> bool:
    try:
        next_state(task.state, event)
    except IllegalTransitionError:
        return False
    return True


async def submit(turn: Turn, task_id: int, seen: int) -> TurnOutcome:
    """Send the submission to who decides on it (``deciders``); the task then waits for them."""
    row = await task_steps.submit(turn, task_id, seen=seen)
    if row is None:
        return await too_late(turn, task_id)
    task = await access.visible_task(turn.session, turn.actor, task_id)
    view = await _request(turn, task, row, None)
    who = await deciders.tell(turn, task, f"submitted:{row.id}", view)
    card = await task_card.card(turn, task_id)
    return TurnOutcome(card, Text("completion.submitted", who=who))


async def withdraw(turn: Turn, task_id: int, seen: int) -> TurnOutcome:
    """撤回申请 until the office has decided; its buttons then say that it was withdrawn."""
    if await task_steps.withdraw(turn, task_id, seen=seen) is None:
        return await too_late(turn, task_id)
    return TurnOutcome(await task_card.card(turn, task_id), Text("completion.withdrawn"))


async def review(turn: Turn, task_id: int) -> View:
    """The submission as the office reads it; the card, if the task is no longer submitted."""
    task = await task_steps.for_decider(turn.session, turn.actor, task_id)
    row = await task_steps.last_submission(turn.session, task_id)
    if row is None or task.state is not TaskState.SUBMITTED:
        return await task_card.card(turn, task_id)
    return await _request(turn, task, row, turn.actor)


async def _request(turn: TickTurn, task: Task, row: Audit, reader: Actor | None) -> View:
    """The submission that ``row`` records, for one member of the office, or for all of them (None)."""
    asked = Text(
        "completion.asked",
        who=await audit.who_of(turn.session, row),
        at=moment_text(row.at, turn.campaign.zone),
    )
    measured = await task_card.measure(turn.session, task)
    facts = await _facts(turn, task, measured)
    lines = [
        Text("completion.request_title", objective=await breakdown_rights.name_of(turn.session, task)),
        asked,
        *facts,
    ]
    looks = [
        task_button("tasks.evidence_button", "task.evidence", reader, task),
        task_button("tasks.sources_button", "task.sources", reader, task),
    ]
    seen = TaskVersion(task_card.seen_of(row), measured.mark)
    rows = [*task_card.decision_rows(reader, task, seen), looks]
    return View(lines, rows, [task.id] if task.id is not None else [])


async def _facts(turn: TickTurn, task: Task, measured: TaskTotals) -> list[Text]:
    """Standard and deadline, what was reported, the figures beside the target, and last what is amiss."""
    task_id = ident(task)
    reports = await progress.count_reports_of_task(turn.session, task_id)
    evidence = await progress.count_evidence_of_task(turn.session, task_id)
    lines = [
        *task_card.demand_lines(task, turn.now, turn.campaign),
        Text("completion.counts", reports=reports, evidence=evidence),
        *measured.lines,
    ]
    if open_ones := await open_parts.open_parts(turn.session, task):
        lines.append(await open_parts.standing_line(turn.session, open_ones))
    if measured.reached is False:
        lines.append(Text("completion.below_target"))
    if not evidence:
        lines.append(Text("completion.no_evidence"))
    return lines


async def present(session: Session, task: Task, campaign: Campaign) -> Text:
    """The task's state and who caused it: the answer to a press that came too late."""
    state = Text(f"common.task_state.{task.state.value}")
    row = None if task.id is None else await task_steps.last_decision(session, task.id)
    if row is None or (row.after or {}).get("state") != task.state.value:
        return Text("completion.present", state=state)
    key = "completion.present_withdrawn" if row.event == TaskEvent.WITHDRAW else "completion.present_by"
    who = await audit.who_of(session, row)
    return Text(key, state=state, who=who, at=moment_text(row.at, campaign.zone))


async def too_late(turn: Turn, task_id: int) -> TurnOutcome:
    """Somebody else was first: answer with the present state, and show the card as it is now."""
    task = await access.visible_task(turn.session, turn.actor, task_id)
    return await refused(turn, task_id, await present(turn.session, task, turn.campaign))


async def refused(turn: Turn, task_id: int, why_not: Text) -> TurnOutcome:
    """Nothing was done: say why, and show the card as it is now."""
    return TurnOutcome(await task_card.card(turn, task_id), why_not, done=False)


async def other_figures(turn: Turn, task_id: int) -> TurnOutcome:
    """The pressed card showed other figures: do nothing, and show the present ones."""
    shown = await review(turn, task_id)
    return TurnOutcome(shown, Text("completion.other_figures"), done=False)


async def evidence(turn: Turn, task_id: int) -> View:
    """查看佐证: the last files that count for the task, under the reports that they belong to."""
    task = await access.visible_task(turn.session, turn.actor, task_id)
    below = await access.scope_below(turn.session, turn.actor, task)
    count = await progress.count_evidence_of_task(turn.session, task_id, below=below)
    if not count:
        return View([Text("completion.evidence_none")], (), [task_id])
    shown = await progress.evidence_of_task(turn.session, task_id, below=below, last=SHOWN_FILES)
    lines = [Text("completion.evidence_title", objective=short(task.objective, 60), count=count)]
    if count > len(shown):
        lines.append(Text("completion.evidence_more", shown=len(shown), earlier=count - len(shown)))
    counts = Counter(report.id for _, report in shown)
    reports = {report.id: report for _, report in shown}
    others = {report.unit_id for report in reports.values() if report.task_id != task_id}
    names = await people.unit_names(turn.session, others)
    for number, report in reports.items():
        unit = None if report.task_id == task_id else names[report.unit_id]
        lines.append(_evidence_line(report, counts[number], unit, turn.campaign))
    return View(lines, (), [task_id], [_file(evidence) for evidence, _ in shown])


def _evidence_line(report: ProgressReport, count: int, unit: str | None, campaign: Campaign) -> Text:
    """``unit``: who reported below the task; None: it is a report on the task itself."""
    at = moment_text(report.reported_at, campaign.zone)
    key = "completion.evidence_line" if unit is None else "completion.evidence_line_below"
    return Text(key, number=report.receipt_no, at=at, count=count, unit=unit)


def _file(evidence: Evidence) -> FileSpec:
    return FileSpec(evidence.kind.value, file_id=evidence.file_id, name=evidence.file_name)


def back_row(actor: Actor, task: Task) -> list[ButtonSpec]:
    """The way back from a question to the submission or the card, without a decision."""
    return [task_button("completion.back_button", "task.review", actor, task)]
