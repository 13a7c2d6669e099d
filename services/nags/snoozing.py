"""稍后提醒: a person snoozes their reminders; the levels above still hear."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from locales import Text
from models import nags
from models.db import ColumnValues
from models.delivery.messages import Outbox
from models.nags import About, NagReason, Snooze, nag_waits
from reports.formats import moment_text, stamp
from rules.nags.levels import Level
from rules.nags.snooze import SnoozeChoice, choices
from rules.slots import slot_key
from services import audit
from services.errors import DomainError
from services.nags.messages import nag_delivery
from services.nags.quiet_hours import quiet_of
from services.nags.subject import DutyLine, OwedPart, SomeSubject
from services.nags.subjects import SUBJECTS
from services.turn import Turn
from services.views import View, arguments_of, button, say

Own = list[tuple[SomeSubject, DutyLine]]
"""What the presser was reminded of, has to do themselves, and still owes."""


@dataclass(frozen=True, slots=True)
class SnoozeSubject:
    """What is snoozed: all that a message reminds of (``outbox_id``), or one subject by its word and id."""

    outbox_id: int | None = None
    subject: str | None = None
    subject_id: int | None = None


async def choose(turn: Turn, asked: SnoozeSubject) -> View:
    """Ask until when to snooze it."""
    mine = await _mine(turn, asked)
    if not mine:
        raise DomainError("nags.snooze_nothing")
    rows = []
    for name, until in _offered(turn).items():
        label = Text(f"nags.snooze.{name.value}", at=moment_text(until, turn.campaign.zone))
        rows.append([button(label, "snooze.until", turn.actor.id, **arguments_of(asked), until=name)])
    return View([Text("nags.snooze_title", count=len(mine))], rows)


async def snooze(turn: Turn, asked: SnoozeSubject, until: SnoozeChoice) -> View:
    """Snooze it; returns the answer. The latest choice counts."""
    mine = await _mine(turn, asked)
    wakes = _offered(turn).get(until)
    if not mine:
        raise DomainError("nags.snooze_nothing")
    if wakes is None:
        raise DomainError("nags.snooze_over")
    about = [(subject.word, line.subject_id) for subject, line in mine]
    await nag_waits.end_snoozes(turn.session, turn.actor.id, about, turn.now)
    turn.session.add_all(
        Snooze(
            contact_id=turn.actor.id, until=wakes, created_at=turn.now, subject=word, subject_id=subject_id
        )
        for word, subject_id in about
    )
    await nag_waits.fall_asleep(turn.session, turn.actor.id, about, wakes)
    waking = [
        _waking(turn, (subject.word, line.subject_id), part, wakes)
        for subject, line in mine
        for part in subject.put_off(line)
    ]
    await nags.add(turn.session, waking)
    after = {"until": stamp(wakes, turn.campaign.zone)}
    for one in about:
        audit.note(turn, "snooze", one, after=after)
    return say("nags.snoozed", count=len(about), at=moment_text(wakes, turn.campaign.zone))


def _offered(turn: Turn) -> Mapping[SnoozeChoice, datetime]:
    quiet = quiet_of(turn.actor.contact, turn.campaign)
    return choices(turn.now, turn.campaign.zone, quiet, turn.campaign.calendar, turn.campaign.slots.nag)


async def _mine(turn: Turn, asked: SnoozeSubject) -> Own:
    if asked.subject is not None and asked.subject_id is not None:
        if asked.subject not in SUBJECTS:
            raise DomainError("buttons.expired")
        subject = SUBJECTS[asked.subject]
        return [(subject, line) for line in await subject.own(turn, asked.subject_id)]
    row = None if asked.outbox_id is None else await turn.session.get(Outbox, asked.outbox_id)
    if row is None or row.contact_id != turn.actor.id:
        return []
    found = await nag_delivery.left(turn, row, turn.actor.contact, any_day=True)
    return [(subject, line) for subject, lines, _ in found for line in lines if line.own]


def _waking(turn: Turn, about: About, part: OwedPart, until: datetime) -> ColumnValues:
    """The reminder that comes when the snooze ends."""
    local = until.astimezone(turn.campaign.zone)
    row = nags.waiting(
        about,
        part.kind,
        cycle=part.cycle,
        slot=slot_key(local.date(), f"{local:%H:%M}"),
        rung=part.rung,
        due_at=turn.now,
        policy=turn.campaign.policy.version,
        now=turn.now,
    )
    made = f"{turn.actor.id}:{turn.now:%Y%m%dT%H%M%S%f}"
    return row | {
        "key": f"snooze:{part.kind}:{about[1]}:{part.cycle}:{made}",
        "level": Level.RESPONSIBLE,
        "contact_id": turn.actor.id,
        "instead_of": part.instead_of,
        "reason": NagReason.SNOOZED,
        "hold_until": until,
    }
