"""The nag scan: what is due, who hears, one merged message per person and slot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from locales import Text
from models import campaign as marks
from models import tasks
from models.db import Session
from models.people import Contact
from models.tasks import Task
from rules import ladder
from rules.delivery import MessageKind
from rules.ladder import Nag, Rung
from rules.slots import slot_key
from rules.task_lifecycle import NAGGED_STATES
from services import nag_view, outbox
from services.campaign import Campaign
from services.nag_view import Duty, Tone
from services.planned import Planned
from services.recipients import Directory, Recipient


@dataclass(slots=True)
class _Merged:
    """All that one person hears in this slot."""

    contact: Contact | None
    duties: dict[tuple[int, str | None], Duty] = field(default_factory=dict)
    rungs: set[Rung] = field(default_factory=set)

    def add(self, duty: Duty, rung: Rung) -> None:
        # Who is nagged about a task needs no hint about it too; what he passes on to another, he passes on.
        key = (duty.task_id, duty.instead_of)
        if key not in self.duties or duty.tone is Tone.NAG:
            self.duties[key] = duty
        self.rungs.add(rung)


async def tick(session: Session, *, now: datetime, campaign: Campaign) -> list[Planned]:
    """Nag about what is due at ``now``; what was promised to whom. Safe to run at any time and twice."""
    await marks.tick_turn(session, "nags", now)
    due = []
    for task in await tasks.due_for_nag(session, now):
        nag = await _claim(session, task, now, campaign)
        if nag is not None:
            due.append((task, nag))
    if not due:
        return []
    directory = await Directory.load(session)
    merged = _merge(directory, due)
    found = {task.id: task for task, _ in due if task.id is not None}
    day = campaign.today(now)
    return [await _promise(session, part, found, directory, day, now, campaign) for part in merged]


async def _claim(session: Session, task: Task, now: datetime, campaign: Campaign) -> Nag | None:
    """Move the task's next look on and take its nag; None when none is due or another took it."""
    if task.deadline is None:
        await tasks.claim_nag(session, task, next_at=None, nagged=None)
        return None
    decision = ladder.decide(
        task.deadline,
        task.last_nagged,
        now=now,
        start=task.nag_start,
        zone=campaign.zone,
        nag_time=campaign.slots.nag,
        calendar=campaign.calendar,
    )
    nagged = decision.nag.day if decision.nag else None
    claimed = await tasks.claim_nag(session, task, next_at=decision.next_at, nagged=nagged)
    return decision.nag if claimed else None


def _merge(directory: Directory, due: Sequence[tuple[Task, Nag]]) -> list[_Merged]:
    merged: dict[int | None, _Merged] = {}

    def add(who: Recipient, task: Task, tone: Tone, rung: Rung) -> None:
        key = who.contact.id if who.contact else None
        part = merged.setdefault(key, _Merged(who.contact))
        part.add(Duty(task.id or 0, tone, who.instead_of), rung)

    for task, nag in due:
        for who in directory.responsible(task):
            add(who, task, Tone.NAG, nag.rung)
        if ladder.hint_leader(nag.rung):
            for who in directory.leader_in_charge(task):
                add(who, task, Tone.HINT, nag.rung)
    return list(merged.values())


async def _promise(
    session: Session,
    part: _Merged,
    found: Mapping[int, Task],
    directory: Directory,
    day: date,
    now: datetime,
    campaign: Campaign,
) -> Planned:
    duties = sorted(part.duties.values(), key=lambda duty: duty.task_id)
    reader = part.contact.id if part.contact else None
    slot = slot_key(day, "nag")
    if part.contact is not None:
        content = {"day": day.isoformat(), "duties": [duty.to_json() for duty in duties]}
        kind = MessageKind.NAG if any(d.tone is Tone.NAG for d in duties) else MessageKind.HINT
        await outbox.enqueue_raw(
            session, kind, f"{slot}:{reader}", ("nag", content), now=now, contact=part.contact
        )
    return Planned(
        recipient=directory.name_of(part.contact),
        chat=part.contact.telegram_user_id if part.contact else None,
        slot=slot,
        duties=[found[task_id].objective for task_id in dict.fromkeys(duty.task_id for duty in duties)],
        reason=_reason(part),
        view=nag_view.build(duties, found, directory.unit_names, day, reader, campaign=campaign, now=now),
    )


def _reason(part: _Merged) -> Text:
    """Why this person hears now: the rungs, and for whom he stands in."""
    reasons = [Text(f"nags.reason.{rung.value}") for rung in Rung if rung in part.rungs]
    tones = {duty.tone for duty in part.duties.values()}
    if tones == {Tone.HINT}:
        reasons.append(Text("nags.reason.hint"))
    names = sorted({duty.instead_of for duty in part.duties.values() if duty.instead_of})
    if names:
        reasons.append(Text("nags.reason.instead", names=names))
    return Text("nags.reason.all", reasons=reasons)


async def rehearse(session: Session, *, at: datetime, campaign: Campaign) -> list[Planned]:
    """Who would be nagged at ``at`` if the program had run until the minute before.

    Leaves changed rows behind: for a transaction that is rolled back.
    """
    before = at - timedelta(minutes=1)
    for task in await tasks.open_tasks(session):
        if task.deadline is None or task.state not in NAGGED_STATES:
            continue
        looked = ladder.decide(
            task.deadline,
            None,
            now=before,
            start=before,
            zone=campaign.zone,
            nag_time=campaign.slots.nag,
            calendar=campaign.calendar,
        )
        task.nag_start = before
        task.last_nagged = None
        task.next_nag_at = looked.next_at
        session.add(task)
    await session.flush()
    return await tick(session, now=at, campaign=campaign)
