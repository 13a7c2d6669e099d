"""稍后提醒: a person snoozes their reminders; the levels above still hear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from locales import Text
from models import nags
from models.delivery.messages import Outbox
from models.nags import NagReason, Snooze, nag_waits
from reports.formats import moment_text, stamp
from rules.cases.case_facts import Colour
from rules.cases.case_ladder import CaseNewsKind
from rules.nags.levels import Level
from rules.nags.policy import DutyKind
from rules.nags.snooze import SnoozeFor, choices
from rules.slots import slot_key
from services import access, audit
from services.campaign import Campaign
from services.cases import case_access
from services.duties.task_duties import DutyStanding, TaskDuty, Tone
from services.errors import DomainError
from services.nags import nag_delivery, nag_reasons
from services.nags.orders import case_colour_view
from services.nags.orders.case_escalation import CaseEntry, Escalation
from services.nags.quiet_hours import quiet_of
from services.turn import Turn
from services.views import View, arguments_of, button, say


@dataclass(frozen=True, slots=True)
class _OwnDuties:
    """What the presser was reminded of, has to do themselves, and still owes."""

    duties: Sequence[TaskDuty]
    cases: Sequence[case_colour_view.CaseDuty]

    def __bool__(self) -> bool:
        return bool(self.duties or self.cases)


@dataclass(frozen=True, slots=True)
class SnoozeSubject:
    """What is snoozed: all that a message reminds of, or one task or case."""

    outbox_id: int | None = None
    task_id: int | None = None
    case_id: int | None = None


async def choose(turn: Turn, subject: SnoozeSubject) -> View:
    """Ask until when to snooze it."""
    mine = await _mine(turn, subject)
    if not mine:
        raise DomainError("nags.snooze_nothing")
    offered = choices(
        turn.now,
        turn.campaign.zone,
        quiet_of(turn.actor.contact, turn.campaign),
        turn.campaign.calendar,
        turn.campaign.slots.nag,
    )
    rows = []
    for name, until in offered.items():
        label = Text(f"nags.snooze.{name.value}", at=moment_text(until, turn.campaign.zone))
        rows.append([button(label, "snooze.until", turn.actor.id, **arguments_of(subject), until=name)])
    return View([Text("nags.snooze_title", count=len(mine.duties) + len(mine.cases))], rows)


async def snooze(turn: Turn, subject: SnoozeSubject, until: SnoozeFor) -> View:
    """Snooze it; returns the answer. The latest choice counts."""
    mine = await _mine(turn, subject)
    offered = choices(
        turn.now,
        turn.campaign.zone,
        quiet_of(turn.actor.contact, turn.campaign),
        turn.campaign.calendar,
        turn.campaign.slots.nag,
    )
    wakes = offered.get(until)
    if not mine:
        raise DomainError("nags.snooze_nothing")
    if wakes is None:
        raise DomainError("nags.snooze_over")
    task_ids = [duty.task_id for duty in mine.duties]
    case_ids = [duty.entry.case_id for duty in mine.cases]
    await nag_waits.end_snoozes(turn.session, turn.actor.id, task_ids, case_ids, turn.now)
    turn.session.add_all(
        Snooze(contact_id=turn.actor.id, until=wakes, created_at=turn.now, **one)
        for one in [*({"task_id": id} for id in task_ids), *({"case_id": id} for id in case_ids)]
    )
    await nag_waits.fall_asleep(turn.session, turn.actor.id, task_ids, case_ids, wakes)
    waking = _WakingReminders(turn.actor.id, wakes, turn.now, turn.campaign)
    await nags.add(turn.session, [*waking.of_tasks(mine.duties), *waking.of_cases(mine.cases)])
    at = stamp(wakes, turn.campaign.zone)
    for task_id in task_ids:
        _record(turn, ("task", task_id), at)
    for case_id in case_ids:
        _record(turn, ("case", case_id), at)
    told = moment_text(wakes, turn.campaign.zone)
    return say("nags.snoozed", count=len(task_ids) + len(case_ids), at=told)


def _record(turn: Turn, subject: tuple[str, int], until: str) -> None:
    after = {"until": until}
    audit.record(turn.session, "snooze", subject, now=turn.now, actor_id=turn.actor.id, after=after)


async def _mine(turn: Turn, subject: SnoozeSubject) -> _OwnDuties:
    if subject.task_id is not None:
        return _OwnDuties(await _of_task(turn, subject.task_id), ())
    if subject.case_id is not None:
        return _OwnDuties((), await _of_case(turn, subject.case_id))
    row = None if subject.outbox_id is None else await turn.session.get(Outbox, subject.outbox_id)
    if row is None or row.contact_id != turn.actor.id:
        return _OwnDuties((), ())
    duties, _ = await nag_delivery.still(turn, row, turn.actor.contact)
    told = await nag_delivery.cases_still(turn, row, turn.actor.contact)
    own = [duty for duty in duties if duty.his]
    return _OwnDuties(own, [duty for duty in told if duty.nag])


async def _of_task(turn: Turn, task_id: int) -> list[TaskDuty]:
    await access.visible_task(turn.session, turn.actor, task_id)
    standing = await DutyStanding.of(turn.session, {task_id}, turn.now, turn.campaign)
    found = []
    for who in standing.directory.responsible(standing.tasks[task_id]):
        owed = tuple(standing.owed[task_id])
        duty = standing.still(TaskDuty(task_id, Tone.NAG, who.instead_of, owed=owed), turn.actor.contact)
        found += [duty] if duty is not None and owed else []
    return found


async def _of_case(turn: Turn, case_id: int) -> list[case_colour_view.CaseDuty]:
    case = await case_access.visible_case(turn.session, turn.actor, case_id)
    entry = CaseEntry(case_id, case.unit_id, Level.RESPONSIBLE, _news(case.colour))
    told = await case_colour_view.still(
        Escalation(turn.session, turn.campaign, turn.now), [entry], turn.actor.contact
    )
    return [duty for duty in told if duty.nag]


def _news(colour: Colour) -> CaseNewsKind:
    """What the person is reminded of again. Without a colour, only their signature is missing."""
    if colour is Colour.NONE:
        return CaseNewsKind.UNSIGNED
    return CaseNewsKind.OVERDUE if colour is Colour.RED else CaseNewsKind(colour.value)


@dataclass(frozen=True, slots=True)
class _WakingReminders:
    """The reminders that come when the snooze ends."""

    contact_id: int
    until: datetime
    now: datetime
    campaign: Campaign

    def of_tasks(self, mine: Sequence[TaskDuty]) -> list[dict[str, Any]]:
        rung = nag_reasons.SNOOZED
        return [
            self._row(kind, cycle, rung)
            | {"task_id": duty.task_id, "instead_of": duty.instead_of}
            | {"key": f"snooze:{kind.value}:{duty.task_id}:{cycle}:{self._stamp()}"}
            for duty in mine
            for kind, cycle in duty.owed
        ]

    def of_cases(self, mine: Sequence[case_colour_view.CaseDuty]) -> list[dict[str, Any]]:
        found = []
        for duty in mine:
            row = self._row(DutyKind.ORDER, str(duty.case.steps), _news(duty.case.colour).value)
            key = f"snooze:order:{duty.entry.case_id}:{self._stamp()}"
            found.append(row | {"case_id": duty.entry.case_id, "key": key})
        return found

    def _stamp(self) -> str:
        return f"{self.contact_id}:{self.now:%Y%m%dT%H%M%S%f}"

    def _row(self, kind: DutyKind, cycle: str, rung: str) -> dict[str, Any]:
        local = self.until.astimezone(self.campaign.zone)
        row = nags.waiting(
            kind,
            cycle=cycle,
            slot=slot_key(local.date(), f"{local:%H:%M}"),
            rung=rung,
            due_at=self.now,
            policy=self.campaign.policy.version,
            now=self.now,
        )
        his = {"level": Level.RESPONSIBLE, "contact_id": self.contact_id}
        return row | his | {"reason": NagReason.SNOOZED, "hold_until": self.until}
