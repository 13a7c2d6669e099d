"""What was done about the tasks of a message since it was promised, as its reader reads it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from locales import Text
from models import audit_log
from models.db import Session
from models.delivery.messages import Outbox
from models.people import Contact
from models.progress import from_below, report_lookup
from rules.nags.policy import DutyKind
from rules.tasks.task_lifecycle import NAGGED_STATES, TaskState
from services.campaign import Campaign
from services.duties import report_windows
from services.duties.task_duties import DutyStanding, ReminderKind, TaskDuty
from services.duties.unreported_streaks import is_window
from services.nags.nag_reasons import RELAYED
from services.tasks.explanation_card import EXPLAIN


class DoneSince(NamedTuple):
    """What was done since the message: tasks and units that were reported on, and other acts on tasks.

    ``windows``: the windows of the lines that have a report, by task id and key. ``explained``: the tasks
    whose lateness was explained; ``relayed``: those that the reader has passed on.
    """

    tasks: Collection[int]
    windows: Collection[tuple[int, str]]
    units: Collection[int]
    explained: Collection[int]
    relayed: Collection[int]


_SEEN_TO: Final[Mapping[str, str]] = {
    DutyKind.EXTENSION: "decided",
    DutyKind.TASK: "extended",
    DutyKind.BELOW_DONE: "below_open",
}
"""What became of what is no longer owed. The first one is said."""


def asked_of(row: Outbox) -> ReminderKind | None:
    return ReminderKind(row.content["asked"]) if "asked" in row.content else None


async def done(
    session: Session, duties: DutyStanding, row: Outbox, reader: Contact, campaign: Campaign
) -> Mapping[tuple[int, str], Text]:
    """What was done, by task id and the person in whose place the reader heard."""
    lines = [TaskDuty.from_json(item) for item in row.content["duties"]]
    ids, units = {line.task_id for line in lines}, set[int]()
    reported = await report_lookup.reported_since(session, ids, row.created_at)
    asked = {(line.task_id, key) for line in lines for key in _windows_of(line)}
    windows = await report_windows.reported(session, duties.tasks, asked, campaign)
    if asked_of(row) is ReminderKind.SILENT:
        last = await from_below.last_reported(session)
        units = {unit_id for unit_id, at in last.items() if at > row.created_at}
    acts = await audit_log.acts_since(session, ("task", ids), (EXPLAIN, RELAYED), row.created_at)
    explained = {task_id for task_id, event, _ in acts if event == EXPLAIN}
    relayed = {task_id for task_id, event, who in acts if event == RELAYED and who == reader.id}
    since, found = DoneSince(reported, windows, units, explained, relayed), {}
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
    """The word for it; None: nothing that the line asks for."""
    task = duties.tasks[line.task_id]
    if task.state not in NAGGED_STATES:
        return task.state.value
    heard = duties.heard_by(line, reader)
    if heard is None:
        return "moved"
    gone = {kind for kind, cycle in line.owed if (kind, cycle) not in duties.owed[line.task_id]}
    if _is_reported(line, asked, duties, since):
        return "reported"
    if asked is ReminderKind.SILENT and task.lead_unit_id in since.units:
        return "unit_reported"  # the office asked the unit, and it has spoken
    for kind, how in _SEEN_TO.items():
        if kind in gone:
            return how
    wanted = DutyKind.UNSIGNED in gone or asked is ReminderKind.UNSIGNED
    if wanted and task.state is not TaskState.ASSIGNED:
        return "signed"
    if line.task_id in since.relayed and line.instead_of is not None and not heard.deputy:
        return "relayed"
    return "explained" if line.task_id in since.explained else None


def _is_reported(line: TaskDuty, asked: ReminderKind | None, duties: DutyStanding, since: DoneSince) -> bool:
    """Whether each report that the line asks for has come.

    That a window is over, or that a later one has a report, is no report on it. A row of missed windows ends
    with any report.
    """
    if asked in {ReminderKind.SILENT, ReminderKind.BELOW}:
        return line.task_id in since.tasks
    rows = [one for one in line.owed if one[0] == DutyKind.REPORT and not is_window(one[1])]
    windows = _windows_of(line)
    if not rows and not windows:
        return False
    ended = all(one not in duties.owed[line.task_id] for one in rows)
    spoken = not rows or (ended and line.task_id in since.tasks)
    return spoken and all((line.task_id, key) in since.windows for key in windows)


def _windows_of(line: TaskDuty) -> list[str]:
    return [key for kind, key in line.owed if kind == DutyKind.REPORT and is_window(key)]
