"""The scan of the tasks: which slots of their ladders are due, and who hears of them and when."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from locales import Text
from models import nags, tasks
from models.db import Session, ident
from models.nags import NagReason, NagState, Snooze
from models.people import Contact
from models.tasks import Task
from rules.nags.ladder import DueSlots, Ladder, Obligation
from rules.nags.levels import Level
from rules.nags.policy import ReleaseMode, RungMeasure
from services.campaign import Campaign
from services.dry_run import PlannedMessage
from services.duties import report_windows, task_duties
from services.nags.quiet_hours import free_from
from services.recipients import Directory, Recipient
from services.turn import TickTurn
from services.views import View

log = structlog.get_logger(__name__)

LATER: Final = timedelta(minutes=15)
"""When a task whose scan failed is tried again."""


def ladder_of(campaign: Campaign) -> Ladder:
    """The ladder by the policy in force."""
    return Ladder(campaign.policy, campaign.working_time, campaign.slots.nag, campaign.inspections)


@dataclass(frozen=True, slots=True)
class DueDuty:
    """One due slot of something that a task owes."""

    task: Task
    owed: Obligation
    due: DueSlots


@dataclass(frozen=True, slots=True)
class DueReader:
    """A person who must hear of it, and on which level."""

    found: DueDuty
    level: Level
    who: Recipient


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What must be heard, and everybody who may hear it."""

    heard: Sequence[DueReader]
    directory: Directory


async def scan(turn: TickTurn) -> ScanResult | None:
    """Look at the tasks that are due at ``now``, and store what must be said of them and to whom.

    The moment of each task's next look is stored, too. Nothing is stored twice. None: nothing is due. A task
    that fails is tried again later, and does not delay others.
    """
    found = await tasks.due_for_nag(turn.session, turn.now)
    if not found:
        return None
    ladder, owed = LadderCache(ladder_of(turn.campaign)), await task_duties.owed(turn, found)
    open_windows = report_windows.current(found, turn.now, turn.campaign)
    due: list[DueDuty] = []
    looked: list[tuple[int, datetime | None]] = []
    failed: list[int] = []
    for task in found:
        task_id = ident(task)
        mine = owed[task_id]
        # This includes windows that were reported on, because the report may be withdrawn.
        ahead = [*mine, *map(report_windows.obligation, open_windows.get(task_id, ()))]
        try:
            there = _due_of(ladder, task, mine, turn.now)
            looked.append((task_id, _next_look(ladder, task, ahead, turn.now, turn.campaign)))
        except Exception:
            log.exception("a task cannot be looked at", task_id=task_id)
            failed.append(task_id)
        else:
            due += there
    await tasks.seen_to(turn.session, looked, turn.now)
    await tasks.look_later(turn.session, failed, turn.now + LATER)
    return await _keep(turn, due)


@dataclass(frozen=True, slots=True)
class LadderCache:
    """The ladder, asked only once for all tasks in the same position: many have the same deadline."""

    ladder: Ladder
    _due: dict[tuple[Obligation, datetime], DueSlots | None] = field(default_factory=dict)
    _next: dict[tuple[Obligation, datetime], datetime | None] = field(default_factory=dict)

    def due(self, owed: Obligation, seen_until: datetime, now: datetime) -> DueSlots | None:
        key = owed, seen_until
        if key not in self._due:
            self._due[key] = self.ladder.due(owed, seen_until, now)
        return self._due[key]

    def next_after(self, owed: Obligation, moment: datetime) -> datetime | None:
        key = owed, moment
        if key not in self._next:
            self._next[key] = self.ladder.next_after(owed, moment)
        return self._next[key]


def _due_of(ladder: LadderCache, task: Task, mine: Sequence[Obligation], now: datetime) -> list[DueDuty]:
    slots = [(one, ladder.due(one, task.nagged_until, now)) for one in mine]
    return [DueDuty(task, one, due) for one, due in slots if due is not None]


def _next_look(
    ladder: LadderCache, task: Task, mine: Sequence[Obligation], now: datetime, campaign: Campaign
) -> datetime | None:
    """When something may be due again, strictly later than ``now`` and than what has been handled."""
    seen = max(now, task.nagged_until)
    moments = [ladder.next_after(one, seen) for one in mine]
    if task.frequency is not None:
        moments.append(report_windows.next_open(task, seen, campaign))
    return min((at for at in moments if at is not None), default=None)


async def _keep(turn: TickTurn, due: Sequence[DueDuty]) -> ScanResult | None:
    """Store who must hear of what, and which slots were skipped."""
    if not due:
        return None
    directory = await Directory.load(turn.session, turn.today)
    heard = [
        DueReader(one, level, who)
        for one in due
        for level in one.due.slot.hears
        for who in directory.readers(one.task, level)
    ]
    keeper = NagKeeper(
        turn.now, turn.campaign, await _snoozed(turn.session, [one.who for one in heard], turn.now)
    )
    for each in heard:
        keeper.add(each.found, each.level, each.who)
    for one in due:
        keeper.add_skipped(one)
    await nags.add(turn.session, keeper.rows)
    return ScanResult(heard, directory)


async def _snoozed(session: Session, readers: Collection[Recipient], now: datetime) -> Sequence[Snooze]:
    ids = {who.contact_id for who in readers if who.contact_id is not None}
    return await nags.snoozed(session, ids, now)


def _name(who: Recipient) -> str:
    return str(who.contact_id or (who.instead_of or "")[:60])


@dataclass(slots=True)
class NagKeeper:
    """Makes the rows of what must be said."""

    now: datetime
    campaign: Campaign
    snoozes: Sequence[Snooze]
    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(self, one: DueDuty, level: Level, who: Recipient, *, rung: str | None = None) -> None:
        """Add what one person must hear of one slot; ``rung``: the rung, if it is known already."""
        state, reason, hold = self._fate(one, level, who)
        self.rows.append(
            self._row(one, rung)
            | {
                "key": f"{self._subject(one)}:{one.due.slot.key}:{level.value}:{_name(who)}",
                "level": level,
                "contact_id": who.contact_id,
                "instead_of": who.instead_of,
                "state": state,
                "reason": reason,
                "hold_until": hold,
                "settled_at": None if state is NagState.WAITING else self.now,
            }
        )

    def add_skipped(self, one: DueDuty) -> None:
        """Record that slots collapsed into a later one, as after an outage."""
        if not one.due.skipped:
            return
        first = one.due.skipped[0]
        self.rows.append(
            self._row(one)
            | {
                "key": f"{self._subject(one)}:{first.key}:skipped",
                "slot": first.key,
                "due_at": first.at,
                "state": NagState.SKIPPED,
                "reason": NagReason.OUTAGE,
                "skipped": len(one.due.skipped),
                "settled_at": self.now,
            }
        )

    def _subject(self, one: DueDuty) -> str:
        return f"{one.owed.kind.value}:{one.task.id}:{one.owed.cycle}"

    def _row(self, one: DueDuty, rung: str | None = None) -> dict[str, Any]:
        slot = one.due.slot
        if rung is None:
            measure, offset = ladder_of(self.campaign).standing(one.owed, slot)
            rung = f"{measure.value}:{offset}"
        row = nags.waiting(
            one.owed.kind,
            cycle=one.owed.cycle,
            slot=slot.key,
            rung=rung,
            due_at=slot.at,
            policy=self.campaign.policy.version,
            now=self.now,
        )
        return row | {"task_id": one.task.id}

    def _fate(
        self, one: DueDuty, level: Level, who: Recipient
    ) -> tuple[NagState, NagReason | None, datetime | None]:
        """Whether the row waits and for what, or is held back."""
        if who.contact is None:
            return NagState.HELD, NagReason.NOBODY, None
        if level is Level.RESPONSIBLE and self._is_snoozed(who.contact_id, one.task.id):
            return NagState.HELD, NagReason.SNOOZED, None
        if level is Level.PRINCIPAL_LEADER and self.campaign.policy.release is ReleaseMode.OFFICE:
            return NagState.WAITING, NagReason.RELEASE, None
        hold = hold_until(one, who.contact, self.now, self.campaign)
        return NagState.WAITING, NagReason.QUIET if hold > self.now else None, hold

    def _is_snoozed(self, contact_id: int | None, task_id: int | None) -> bool:
        return any((one.contact_id, one.task_id) == (contact_id, task_id) for one in self.snoozes)


def hold_until(one: DueDuty, contact: Contact, now: datetime, campaign: Campaign) -> datetime:
    """When the contact may be disturbed about it.

    What belongs to the hour of the nags waits for that hour, to merge with that day's slot.
    """
    daily = any(rung.measure is RungMeasure.WORKING_DAY and rung.at is None for rung in one.due.slot.rungs)
    return free_from(contact, now, campaign, daily=daily, all_hours=one.owed.all_hours)


def nobody(scanned: ScanResult) -> list[PlannedMessage]:
    """What nobody can be told, not even the office; a dry run shows it."""
    lost = [one for one in scanned.heard if one.who.contact is None]
    if not lost:
        return []
    named = list(dict.fromkeys(one.found.task.objective for one in lost))
    names = sorted({one.who.instead_of or "" for one in lost})
    text = View([Text("nags.nobody_line", names=names, count=len(named))])
    return [
        PlannedMessage(
            recipient=scanned.directory.name_of(None),
            chat=None,
            slot=lost[0].found.due.slot.key,
            duties=named,
            reason=Text("nags.reason.instead", names=names),
            make=lambda: text,
        )
    ]
