"""Handing waiting nags on: a reader no longer hears of something, so the person who hears now gets it.

The reader's days as a deputy are over, they have left, or they cannot be reached. A person who gets a task
anew has a ladder of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from models import nags
from models.nags import Nag, NagReason
from rules.nags.ladder import DueSlots, Slot
from services.duties.task_duties import DutyStanding
from services.nags.expected_nags import ExpectedNag
from services.nags.task_scan import DueDuty, NagKeeper
from services.recipients import Recipient
from services.turn import TickTurn

Row = Nag | ExpectedNag


def why_moot(row: Row, standing: DutyStanding) -> NagReason:
    """Why the nag has nothing more to say to its reader."""
    done = (row.kind, row.cycle) not in standing.owed.get(row.task_id or 0, ())
    return NagReason.DONE if done else NagReason.MOVED


async def pass_on(turn: TickTurn, rows: Sequence[Nag], standing: DutyStanding) -> bool:
    """Store the nags about tasks that their readers no longer hear for the people who hear now.

    Returns whether there are any. What those people were told in that slot, or will be told, is not stored
    twice.
    """
    going = [row for row in rows if row.task_id is not None and goes_on(row, standing)]
    if not going:
        return False
    readers = [who.contact_id for row in going for who in _readers(row, standing)]
    snoozes = await nags.snoozed(turn.session, {one for one in readers if one is not None}, turn.now)
    keeper = NagKeeper(turn.now, turn.campaign, snoozes)
    for row in going:
        hand_on(keeper, row, standing, row.due_at)
    made = {kept["key"]: kept for kept in keeper.rows}
    await nags.add_again(turn.session, list(made.values()))
    return bool(made)


def goes_on(row: Row, standing: DutyStanding) -> bool:
    """Whether the nag is for other people now. A snooze belonged to its reader alone."""
    if row.level is None or row.task_id is None or row.reason is NagReason.SNOOZED:
        return False
    given_since = standing.tasks[row.task_id].assigned_at > row.created_at
    return why_moot(row, standing) is NagReason.MOVED and not given_since


def hand_on(keeper: NagKeeper, row: Row, standing: DutyStanding, due_at: datetime) -> list[dict[str, Any]]:
    """Store a row like it for each person who hears now; returns the new rows."""
    owed = standing.owed[row.task_id or 0][row.kind, row.cycle]
    found = DueDuty(standing.tasks[row.task_id or 0], owed, DueSlots([Slot(due_at, row.slot, ())]))
    before = len(keeper.rows)
    for who in _readers(row, standing):
        if row.level is not None:
            keeper.add(found, row.level, who, rung=row.rung)
    return keeper.rows[before:]


def _readers(row: Row, standing: DutyStanding) -> list[Recipient]:
    if row.level is None:
        return []
    return standing.directory.readers(standing.tasks[row.task_id or 0], row.level)
