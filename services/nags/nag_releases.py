"""放行: nags for a 单位主要领导 go out by one press of the office for each leader."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from locales import Text
from models import nags, people
from models.db import ident
from models.nags import Nag, NagReason, NagState
from models.people import Contact
from reports.formats import short
from rules.nags.levels import Level
from services import audit
from services.access import require_office
from services.duties.task_duties import DutyStanding, TaskDuty, Tone
from services.errors import DomainError
from services.nags import handover_nags
from services.nags.quiet_hours import free_from
from services.task_wording import due_text, lamp_text
from services.turn import TickTurn, Turn
from services.views import View, button

SHOWN: Final = 5
_MOOT: Final = {"state": NagState.MOOT, "outbox_id": None}


@dataclass(frozen=True, slots=True)
class PendingRelease:
    """What one leader would hear. ``rows`` by the id of the task."""

    leader: Contact
    rows: dict[int, list[Nag]] = field(default_factory=dict)

    @property
    def ids(self) -> list[int]:
        return [row.id for many in self.rows.values() for row in many if row.id is not None]


async def pending(turn: TickTurn) -> tuple[Sequence[PendingRelease], DutyStanding]:
    """What waits for the office, by leader; what has been done meanwhile no longer waits."""
    rows = await nags.to_release(turn.session)
    standing = await DutyStanding.of(
        turn.session, {row.task_id or 0 for row in rows}, turn.now, turn.campaign
    )
    leaders = await people.contacts_by_id(turn.session, {row.contact_id or 0 for row in rows})
    found: dict[int, PendingRelease] = {}
    gone = []
    for row in rows:
        leader, task_id = leaders[row.contact_id or 0], row.task_id or 0
        owed = ((row.kind, row.cycle),)
        duty = TaskDuty(task_id, Tone.HINT, row.instead_of, Level.PRINCIPAL_LEADER, owed)
        if standing.still(duty, leader) is None:
            gone.append(row)
            continue
        found.setdefault(ident(leader), PendingRelease(leader)).rows.setdefault(task_id, []).append(row)
    if not gone:
        return list(found.values()), standing
    moot = [{"nag_id": row.id, **_MOOT, "reason": handover_nags.why_moot(row, standing)} for row in gone]
    await nags.settle(turn.session, moot, turn.now)
    if await handover_nags.pass_on(turn, gone, standing):
        return await pending(turn)
    return list(found.values()), standing


async def view(turn: Turn) -> View:
    """The list: each leader with what they would hear, and two buttons."""
    require_office(turn.actor)
    waiting, standing = await pending(turn)
    if not waiting:
        return View([Text("nags.release_none")])
    lines, rows = [Text("nags.release_title", count=len(waiting))], []
    for number, one in enumerate(waiting, 1):
        name = standing.directory.name_of(one.leader)
        lines.append(Text("nags.release_leader", number=number, name=name, count=len(one.rows)))
        for task_id in list(one.rows)[:SHOWN]:
            task = standing.tasks[task_id]
            values = {
                "lamp": lamp_text(task, turn.now, turn.campaign),
                "objective": short(task.objective, 40),
            }
            lines.append(Text("nags.release_line", due=due_text(task, turn.now, turn.campaign), **values))
        if len(one.rows) > SHOWN:
            lines.append(Text("nags.release_more", count=len(one.rows) - SHOWN))
        subject = {"contact_id": one.leader.id, "ids": one.ids}
        send, drop = (
            Text("nags.release_button", number=number),
            Text("nags.release_drop_button", number=number),
        )
        rows.append(
            [
                button(send, "release.send", turn.actor.id, **subject),
                button(drop, "release.drop", turn.actor.id, **subject),
            ]
        )
    return View(lines, rows)


async def decide(turn: Turn, contact_id: int, ids: Collection[int], *, send: bool) -> Text:
    """Send the leader what the list showed, or drop it; returns the answer. Only one press counts."""
    require_office(turn.actor)
    # What has been done meanwhile, or the leader no longer hears, is not released.
    waiting, _ = await pending(turn)
    rows = [row for one in waiting for many in one.rows.values() for row in many if row.id in ids]
    if not rows:
        raise DomainError("nags.release_decided")
    leader = await turn.session.get_one(Contact, contact_id)
    if send:
        until = free_from(leader, turn.now, turn.campaign)
        reason = NagReason.QUIET if until > turn.now else None
        await nags.put_off(turn.session, [{"nag_id": row.id, "until": until} for row in rows], reason)
    else:
        held = {"state": NagState.HELD, "reason": NagReason.NOT_RELEASED, "outbox_id": None}
        await nags.settle(turn.session, [{"nag_id": row.id, **held} for row in rows], turn.now)
    audit.record(
        turn.session,
        "release_nag" if send else "drop_nag",
        ("contact", leader.id),
        now=turn.now,
        actor_id=turn.actor.id,
        after={"task_ids": sorted({row.task_id for row in rows if row.task_id is not None})},
    )
    return Text("nags.released" if send else "nags.release_dropped", name=leader.name)
