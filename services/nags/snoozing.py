"""稍后提醒: a person snoozes their reminders; the levels above still hear."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from locales import Text
from models import nags
from models.delivery.messages import Outbox
from models.nags import About, NagReason, Snooze, nag_waits
from reports.formats import moment_text, stamp
from rules.nags.levels import Level
from rules.nags.snooze import SnoozeFor, choices
from rules.slots import slot_key
from services import audit
from services.errors import DomainError
from services.nags import nag_delivery
from services.nags.quiet_hours import quiet_of
from services.nags.subject import DutyLine, OwedPart, Subject
from services.nags.subjects import SUBJECTS
from services.turn import Turn
from services.views import ButtonSpec, View

Own = list[tuple[Subject[Any], DutyLine]]
"""What the presser was reminded of, has to do themselves, and still owes."""


async def choose(turn: Turn, arguments: Mapping[str, Any]) -> View:
    """Ask until when to snooze a message (``outbox_id``) or one subject (its id under its word)."""
    mine = await _mine(turn, arguments)
    if not mine:
        raise DomainError("nags.snooze_nothing")
    rows = []
    for name, until in _offered(turn).items():
        label = Text(f"nags.snooze.{name.value}", at=moment_text(until, turn.campaign.zone))
        rows.append([ButtonSpec(label, "snooze.until", {**arguments, "for": name.value}, turn.actor.id)])
    return View([Text("nags.snooze_title", count=len(mine))], rows)


async def snooze(turn: Turn, arguments: Mapping[str, Any]) -> Text:
    """Snooze it; returns the answer. The latest choice counts."""
    mine = await _mine(turn, arguments)
    until = _offered(turn).get(SnoozeFor(arguments["for"]))
    if not mine:
        raise DomainError("nags.snooze_nothing")
    if until is None:
        raise DomainError("nags.snooze_over")
    about = [(subject.word, line.subject_id) for subject, line in mine]
    await nag_waits.end_snoozes(turn.session, turn.actor.id, about, turn.now)
    turn.session.add_all(
        Snooze(
            contact_id=turn.actor.id, until=until, created_at=turn.now, subject=word, subject_id=subject_id
        )
        for word, subject_id in about
    )
    await nag_waits.fall_asleep(turn.session, turn.actor.id, about, until)
    waking = [
        _waking(turn, (subject.word, line.subject_id), part, until)
        for subject, line in mine
        for part in subject.put_off(line)
    ]
    await nags.add(turn.session, waking)
    after = {"until": stamp(until, turn.campaign.zone)}
    for one in about:
        audit.record(turn.session, "snooze", one, now=turn.now, actor_id=turn.actor.id, after=after)
    return Text("nags.snoozed", count=len(about), at=moment_text(until, turn.campaign.zone))


def _offered(turn: Turn) -> Mapping[SnoozeFor, datetime]:
    quiet = quiet_of(turn.actor.contact, turn.campaign)
    return choices(turn.now, turn.campaign.zone, quiet, turn.campaign.calendar, turn.campaign.slots.nag)


async def _mine(turn: Turn, arguments: Mapping[str, Any]) -> Own:
    for word, subject in SUBJECTS.items():
        if f"{word}_id" in arguments:
            return [(subject, line) for line in await subject.own(turn, arguments[f"{word}_id"])]
    row = await turn.session.get(Outbox, arguments["outbox_id"])
    if row is None or row.contact_id != turn.actor.id:
        return []
    found = await nag_delivery.left(turn, row, turn.actor.contact)
    return [(subject, line) for subject, lines, _ in found for line in lines if line.his]


def _waking(turn: Turn, about: About, part: OwedPart, until: datetime) -> dict[str, Any]:
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
