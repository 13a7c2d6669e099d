"""稍后提醒 and 已转告: a person puts their reminders off; the levels above still hear."""

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
from rules.nags.policy import DutyKind
from rules.nags.snooze import RELAY_DAYS, SnoozeChoice, choices, relay_end
from rules.slots import slot_key
from services import audit
from services.errors import DomainError
from services.message_subjects import MessageSubjects
from services.nags.messages import nag_delivery
from services.nags.nag_reasons import RELAYED
from services.nags.subject import DutyLine, OwedPart, SomeSubject
from services.nags.subjects import SUBJECTS
from services.people.free_hours import quiet_of
from services.turn import Turn
from services.views import View, arguments_of, button, say

Own = list[tuple[SomeSubject, DutyLine]]
"""What a person was reminded of and is still owed, line by line."""


@dataclass(frozen=True, slots=True)
class SnoozeSubject:
    """What is snoozed: all that a message reminds of (``outbox_id``), or one subject by its word and id."""

    outbox_id: int | None = None
    subject: str | None = None
    subject_id: int | None = None


async def choose(turn: Turn, asked: SnoozeSubject) -> View:
    """Ask until when to snooze it. Only moments that change something are offered."""
    mine = await _mine(turn, asked)
    if not mine:
        raise DomainError("nags.snooze_nothing")
    coming = await _coming(turn, mine)
    offered = {name: until for name, until in _offered(turn).items() if until != coming}
    if coming is not None and not offered:
        return say("nags.snooze_same", at=moment_text(coming, turn.campaign.zone))
    rows = []
    for name, until in offered.items():
        label = Text(f"nags.snooze.{name.value}", at=moment_text(until, turn.campaign.zone))
        rows.append([button(label, "snooze.until", turn.actor.id, **arguments_of(asked), until=name)])
    return View([Text("nags.snooze_title", count=len(mine))], rows)


async def _coming(turn: Turn, mine: Own) -> datetime | None:
    """When they hear of all of these next if they put nothing off; None: not all at one moment."""
    found: set[datetime | None] = set()
    for subject, line in mine:
        file = await subject.file(turn, line.subject_id)
        own = [
            one.at
            for one in file.coming or ()
            if one.contact_id == turn.actor.id and one.level is Level.RESPONSIBLE
        ]
        found.add(min(own, default=None))
        if len(found) > 1:
            return None
    return found.pop()


async def snooze(turn: Turn, asked: SnoozeSubject, until: SnoozeChoice) -> View:
    """Snooze it; returns the answer. The latest choice counts."""
    mine = await _mine(turn, asked)
    wakes = _offered(turn).get(until)
    if not mine:
        raise DomainError("nags.snooze_nothing")
    if wakes is None:
        raise DomainError("nags.snooze_over")
    about = await _put_off(turn, mine, wakes, "snooze")
    return say("nags.snoozed", count=len(about), at=moment_text(wakes, turn.campaign.zone))


async def pass_on(turn: Turn, outbox_id: int, wanted: MessageSubjects) -> Text:
    """已转告 of what the message told in another's place: put off until the next working day but one."""
    found = await _left(turn, outbox_id)
    tasks = [(subject, line) for subject, line in found if line.urges and line.relayed_for is not None]
    mine = [(subject, line) for subject, line in tasks if line.subject_id in wanted.task_ids]
    if not mine:
        raise DomainError("nags.relay_nothing")
    ends: dict[datetime, Own] = {}
    for subject, line in mine:
        # A report is of a window of its own: with the next one it is owed anew.
        reports = any(part.kind == DutyKind.REPORT for part in subject.put_off(line))
        ends.setdefault(_relay_end(turn, 1 if reports else RELAY_DAYS), []).append((subject, line))
    for wakes, part in ends.items():
        if fresh := await _not_asleep(turn, part, wakes):
            await _put_off(turn, fresh, wakes, RELAYED)
    last = max(ends)
    count = len({line.subject_id for _, line in mine})
    if last < _relay_end(turn, RELAY_DAYS):
        return Text("nags.relayed_report", count=count)
    return Text("nags.relayed", count=count, at=moment_text(last, turn.campaign.zone))


def _relay_end(turn: Turn, days: int) -> datetime:
    campaign, quiet = turn.campaign, quiet_of(turn.actor.contact, turn.campaign)
    return relay_end(turn.now, days, campaign.zone, quiet, campaign.calendar, campaign.slots.nag)


async def _not_asleep(turn: Turn, mine: Own, wakes: datetime) -> Own:
    """What is not put off until then already: a second press writes nothing."""
    there = await nags.snoozed(turn.session, {turn.actor.id}, turn.now)
    asleep = {(one.subject, one.subject_id) for one in there if one.until == wakes}
    return [(subject, line) for subject, line in mine if (subject.word, line.subject_id) not in asleep]


async def _put_off(turn: Turn, mine: Own, wakes: datetime, event: str) -> list[About]:
    """Keep it from the person until then. What they put off before no longer counts."""
    about = list(dict.fromkeys((subject.word, line.subject_id) for subject, line in mine))
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
        audit.note(turn, event, one, after=after)
    return about


def _offered(turn: Turn) -> Mapping[SnoozeChoice, datetime]:
    quiet = quiet_of(turn.actor.contact, turn.campaign)
    return choices(turn.now, turn.campaign.zone, quiet, turn.campaign.calendar, turn.campaign.slots.nag)


async def _mine(turn: Turn, asked: SnoozeSubject) -> Own:
    if asked.subject is not None and asked.subject_id is not None:
        if asked.subject not in SUBJECTS:
            raise DomainError("buttons.expired")
        subject = SUBJECTS[asked.subject]
        return [(subject, line) for line in await subject.own(turn, asked.subject_id)]
    found = [] if asked.outbox_id is None else await _left(turn, asked.outbox_id)
    return [(subject, line) for subject, line in found if line.own]


async def _left(turn: Turn, outbox_id: int) -> Own:
    """What is left of the presser's own message."""
    row = await turn.session.get(Outbox, outbox_id)
    if row is None or row.contact_id != turn.actor.id:
        return []
    found = await nag_delivery.left(turn, row, turn.actor.contact, any_day=True)
    return [(subject, line) for subject, lines, _ in found for line in lines]


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
