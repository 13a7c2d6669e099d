"""What was done about the tasks of a message since it was promised, as its reader reads it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from locales import Text
from models import audit_log
from models.db import Session
from models.delivery.messages import Outbox
from models.people import Contact
from models.progress import report_lookup
from rules.nags.policy import DutyKind
from rules.tasks.task_lifecycle import NAGGED_STATES, TaskState
from services.duties.task_duties import DutyStanding, ReminderKind, TaskDuty
from services.nags.nag_reasons import RELAYED
from services.tasks.explanation_card import EXPLAIN


class DoneSince(NamedTuple):
    """What was done since the message: tasks and units that were reported on, and other acts on tasks.

    ``explained``: the tasks whose lateness was explained; ``relayed``: those that the reader has passed on.
    """

    tasks: Collection[int]
    units: Collection[int]
    explained: Collection[int]
    relayed: Collection[int]


def asked_of(row: Outbox) -> ReminderKind | None:
    return ReminderKind(row.content["asked"]) if "asked" in row.content else None


async def done(
    session: Session, duties: DutyStanding, row: Outbox, reader: Contact
) -> Mapping[tuple[int, str], Text]:
    """What was done, by task id and the person in whose place the reader heard."""
    lines = [TaskDuty.from_json(item) for item in row.content["duties"]]
    ids, units = {line.task_id for line in lines}, set[int]()
    reported = await report_lookup.reported_since(session, ids, row.created_at)
    if asked_of(row) is ReminderKind.SILENT:
        last = await report_lookup.last_reported(session)
        units = {unit_id for unit_id, at in last.items() if at > row.created_at}
    acts = await audit_log.acts_since(session, ("task", ids), (EXPLAIN, RELAYED), row.created_at)
    explained = {task_id for task_id, event, _ in acts if event == EXPLAIN}
    relayed = {task_id for task_id, event, who in acts if event == RELAYED and who == reader.id}
    since, found = DoneSince(reported, units, explained, relayed), {}
    for line in lines:
        how = _how(line, asked_of(row), duties, reader, since)
        if how is not None:
            found[line.task_id, line.instead_of or ""] = Text(f"nags.done.{how}")
    return found


def _how(
    line: TaskDuty,
    asked: ReminderKind | None,
    duties: DutyStanding,
    reader: Contact,
    since: DoneSince,
) -> str | None:
    """The word for it; None: nothing that the line asks for.

    That a window is over is no report, so the report itself is looked for.
    """
    task = duties.tasks[line.task_id]
    if task.state not in NAGGED_STATES:
        return task.state.value
    heard = duties.heard_by(line, reader)
    if heard is None:
        return "moved"
    gone = {kind for kind, cycle in line.owed if (kind, cycle) not in duties.owed[line.task_id]}
    if line.task_id in since.tasks and (DutyKind.REPORT in gone or asked is ReminderKind.SILENT):
        return "reported"
    if asked is ReminderKind.SILENT and task.lead_unit_id in since.units:
        return "unit_reported"  # the office asked the unit, and it has spoken
    if DutyKind.EXTENSION in gone:
        return "decided"
    if DutyKind.TASK in gone:
        return "extended"
    wanted = DutyKind.UNSIGNED in gone or asked is ReminderKind.UNSIGNED
    if wanted and task.state is not TaskState.ASSIGNED:
        return "signed"
    if line.task_id in since.relayed and line.instead_of is not None and not heard.deputy:
        return "relayed"
    return "explained" if line.task_id in since.explained else None
