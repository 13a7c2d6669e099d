"""稍后提醒: a person snoozes their reminders; the levels above still hear."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from locales import Text
from models import nags
from models.db import Session
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
from services.access import Actor
from services.campaign import Campaign
from services.cases import case_access
from services.duties.task_duties import DutyStanding, TaskDuty, Tone
from services.errors import DomainError
from services.nags import nag_delivery, nag_reasons
from services.nags.orders import case_colour_view
from services.nags.orders.case_escalation import CaseEntry, Escalation
from services.nags.quiet_hours import quiet_of
from services.views import ButtonSpec, View


@dataclass(frozen=True, slots=True)
class _OwnDuties:
    """What the presser was reminded of, has to do themselves, and still owes."""

    duties: Sequence[TaskDuty]
    cases: Sequence[case_colour_view.CaseDuty]

    def __bool__(self) -> bool:
        return bool(self.duties or self.cases)


async def choose(
    session: Session, actor: Actor, arguments: Mapping[str, Any], *, now: datetime, campaign: Campaign
) -> View:
    """Ask until when to snooze a message (``outbox_id``), a task (``task_id``) or a case (``case_id``)."""
    mine = await _mine(session, actor, arguments, now, campaign)
    if not mine:
        raise DomainError("nags.snooze_nothing")
    offered = choices(
        now, campaign.zone, quiet_of(actor.contact, campaign), campaign.calendar, campaign.slots.nag
    )
    rows = []
    for name, until in offered.items():
        label = Text(f"nags.snooze.{name.value}", at=moment_text(until, campaign.zone))
        rows.append([ButtonSpec(label, "snooze.until", {**arguments, "for": name.value}, actor.id)])
    return View([Text("nags.snooze_title", count=len(mine.duties) + len(mine.cases))], rows)


async def snooze(
    session: Session, actor: Actor, arguments: Mapping[str, Any], *, now: datetime, campaign: Campaign
) -> Text:
    """Snooze it; returns the answer. The latest choice counts."""
    mine = await _mine(session, actor, arguments, now, campaign)
    offered = choices(
        now, campaign.zone, quiet_of(actor.contact, campaign), campaign.calendar, campaign.slots.nag
    )
    until = offered.get(SnoozeFor(arguments["for"]))
    if not mine:
        raise DomainError("nags.snooze_nothing")
    if until is None:
        raise DomainError("nags.snooze_over")
    task_ids = [duty.task_id for duty in mine.duties]
    case_ids = [duty.entry.case_id for duty in mine.cases]
    await nag_waits.end_snoozes(session, actor.id, task_ids, case_ids, now)
    session.add_all(
        Snooze(contact_id=actor.id, until=until, created_at=now, **subject)
        for subject in [*({"task_id": one} for one in task_ids), *({"case_id": one} for one in case_ids)]
    )
    await nag_waits.fall_asleep(session, actor.id, task_ids, case_ids, until)
    waking = _WakingReminders(actor.id, until, now, campaign)
    await nags.add(session, [*waking.of_tasks(mine.duties), *waking.of_cases(mine.cases)])
    at = stamp(until, campaign.zone)
    for task_id in task_ids:
        _record(session, actor, ("task", task_id), at, now)
    for case_id in case_ids:
        _record(session, actor, ("case", case_id), at, now)
    told = moment_text(until, campaign.zone)
    return Text("nags.snoozed", count=len(task_ids) + len(case_ids), at=told)


def _record(session: Session, actor: Actor, subject: tuple[str, int], until: str, now: datetime) -> None:
    after = {"until": until}
    audit.record(session, "snooze", subject, now=now, actor_id=actor.id, after=after)


async def _mine(
    session: Session, actor: Actor, arguments: Mapping[str, Any], now: datetime, campaign: Campaign
) -> _OwnDuties:
    if "task_id" in arguments:
        return _OwnDuties(await _of_task(session, actor, arguments["task_id"], now, campaign), ())
    if "case_id" in arguments:
        return _OwnDuties((), await _of_case(session, actor, arguments["case_id"], now, campaign))
    row = await session.get(Outbox, arguments["outbox_id"])
    if row is None or row.contact_id != actor.id:
        return _OwnDuties((), ())
    duties, _ = await nag_delivery.still(session, row, actor.contact, campaign, now)
    told = await nag_delivery.cases_still(session, row, actor.contact, campaign, now)
    own = [duty for duty in duties if duty.his]
    return _OwnDuties(own, [duty for duty in told if duty.nag])


async def _of_task(
    session: Session, actor: Actor, task_id: int, now: datetime, campaign: Campaign
) -> list[TaskDuty]:
    await access.visible_task(session, actor, task_id)
    standing = await DutyStanding.of(session, {task_id}, now, campaign)
    found = []
    for who in standing.directory.responsible(standing.tasks[task_id]):
        owed = tuple(standing.owed[task_id])
        duty = standing.still(TaskDuty(task_id, Tone.NAG, who.instead_of, owed=owed), actor.contact)
        found += [duty] if duty is not None and owed else []
    return found


async def _of_case(
    session: Session, actor: Actor, case_id: int, now: datetime, campaign: Campaign
) -> list[case_colour_view.CaseDuty]:
    case = await case_access.visible_case(session, actor, case_id)
    entry = CaseEntry(case_id, case.unit_id, Level.RESPONSIBLE, _news(case.colour))
    told = await case_colour_view.still(Escalation(session, campaign, now), [entry], actor.contact)
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
