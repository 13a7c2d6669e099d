"""Keeping nags: a row for each person who hears of a due slot, and whether it goes out, waits or is held."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any, Final, Self

from models import nags
from models.db import ColumnValues
from models.nags import Nag, NagReason, NagState, Snooze
from models.people import Contact
from rules.delivery.notice_rhythm import told_at
from rules.nags.decider_rungs import for_deciders
from rules.nags.ladder import DueSlots, Ladder, Obligation, Slot
from rules.nags.levels import Level
from rules.nags.policy import ReleaseMode, RungMeasure
from services.campaign import Campaign
from services.nags.subject import DueNag, SkippedSlots, SomeAhead, SomeStanding, SubjectScan
from services.people.free_hours import free_from
from services.recipients import Recipient
from services.turn import TickTurn

_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
GATHERED: Final = timedelta(minutes=30)
"""A rising colour waits at most so long for others."""
SAME_HOUR: Final = timedelta(hours=1)
"""Within so long the same order is told once, unless it turns red."""


def ladder_of(campaign: Campaign) -> Ladder:
    """The ladder by the policy in force."""
    clock, quiet = campaign.working_time, campaign.quiet
    return Ladder(campaign.policy, clock, campaign.slots.nag, campaign.inspections, quiet)


def deciders_ladder(campaign: Campaign) -> Ladder:
    """The ladder by which who decides on the children of a task hears that they are late."""
    return replace(ladder_of(campaign), policy=for_deciders(campaign.policy))


def is_daily(slot: Slot) -> bool:
    """Whether a rung of the slot belongs to the hour of the nags."""
    return any(rung.measure is RungMeasure.WORKING_DAY and rung.at is None for rung in slot.rungs)


def due_by_ladder(
    subject: str,
    subject_id: int,
    owed: Obligation,
    due: DueSlots,
    ladder: Ladder,
    *,
    released: bool = False,
) -> DueNag:
    """What is due by the rungs of the ladder alone: all levels of the slots hear of the last one."""
    measure, offset = ladder.standing(owed, due.slot)
    gone = due.skipped
    return DueNag(
        subject,
        subject_id,
        owed.kind,
        owed.cycle,
        due.slot.key,
        f"{measure.value}:{offset}",
        due.slot.at,
        due.slot.hears,
        daily=is_daily(due.slot),
        all_hours=owed.all_hours,
        released=released,
        gone=SkippedSlots(gone[0].key, gone[0].at, len(gone)) if gone else None,
    )


def is_paused(standing: SomeStanding, subject_id: int, now: datetime) -> bool:
    """Whether nobody but the office is nagged about it now."""
    end = standing.paused_until(subject_id)
    return end is not None and end > now


def pause_end(
    row: Nag, contact: Contact, standing: SomeStanding, turn: TickTurn, *, at: datetime | None = None
) -> datetime | None:
    """When a nag about a paused subject is told; None: it is not paused, or the office itself hears it.

    ``at``: the moment at which it would be told; None: now.
    """
    end = standing.paused_until(row.subject_id)
    if end is None or row.level is Level.OFFICE or not is_paused(standing, row.subject_id, at or turn.now):
        return None
    return free_from(contact, end, turn.campaign, daily=True)


@dataclass(frozen=True, slots=True)
class HeardNag:
    """A person who must hear of it, and on which level."""

    due: DueNag
    level: Level
    who: Recipient


async def keep(
    turn: TickTurn, scans: Iterable[SubjectScan[Any]]
) -> Sequence[tuple[Sequence[HeardNag], SomeStanding]]:
    """Store who must hear of what these scans found, and which slots were skipped.

    Returns who hears of each scan's finds. Nothing is stored twice.
    """
    found = [
        (one.due, await heard_of(one.due, one.standing), one.standing)
        for one in scans
        if one.standing is not None
    ]
    if found:
        every = [one for _, heard, _ in found for one in heard]
        keeper = NagKeeper(turn.now, turn.campaign, await _snoozed(turn, every))
        keeper.add(every)
        keeper.add_skipped(one for due, _, _ in found for one in due)
        await nags.add(turn.session, keeper.rows)
    return [(heard, standing) for _, heard, standing in found]


async def pass_on(turn: TickTurn, rows: Iterable[Nag], standing: SomeStanding) -> bool:
    """Store nags that their readers no longer hear for the people who hear now.

    The reader's days as a deputy are over, they have left, or they cannot be reached. Returns whether there
    are any. A snooze belonged to its reader alone. What people were told in that slot, or will be told, is
    not stored twice.
    """
    due = await passed_on(rows, standing)
    heard = await heard_of(due, standing)
    keeper = NagKeeper(turn.now, turn.campaign, await _snoozed(turn, heard))
    keeper.add(heard)
    await nags.add_again(turn.session, list({row["key"]: row for row in keeper.rows}.values()))
    return bool(keeper.rows)


async def passed_on(
    rows: Iterable[Nag], standing: SomeStanding, due_at: datetime | None = None
) -> list[DueNag]:
    """What the rows say, for the people who hear now; with the rows' own moments unless one is given."""
    going = (row for row in rows if row.level is not None and row.reason is not NagReason.SNOOZED)
    found = [await standing.again(row, due_at or row.due_at) for row in going]
    return [due for due in found if due is not None]


async def heard_of(due: Iterable[DueNag], standing: SomeStanding) -> list[HeardNag]:
    """Everybody who hears of it, level by level."""
    return [
        HeardNag(one, level, who)
        for one in due
        for level in one.levels
        for who in await standing.readers(one.subject_id, level)
    ]


async def kept_ahead(
    ahead: SomeAhead, events: Iterable[tuple[datetime, DueNag]], keeper_at: Callable[[datetime], NagKeeper]
) -> dict[str, ColumnValues]:
    """The rows that the scans will store of these events of a subject, in their order and by their keys."""
    found: dict[str, ColumnValues] = {}
    for at, many in groupby(events, key=lambda event: event[0]):
        due = [one for _, one in many]
        keeper = keeper_at(at)
        keeper.add(await heard_of(due, await ahead.standing({one.subject_id for one in due}, at)))
        found |= {row["key"]: row for row in keeper.rows}
    return found


async def _snoozed(turn: TickTurn, heard: Sequence[HeardNag]) -> Sequence[Snooze]:
    ids = {one.who.contact_id for one in heard if one.who.contact_id is not None}
    return await nags.snoozed(turn.session, ids, turn.now)


@dataclass(slots=True)
class NagKeeper:
    """Makes the rows of what must be said."""

    now: datetime
    campaign: Campaign
    snoozes: Sequence[Snooze]
    rows: list[ColumnValues] = field(default_factory=list)

    @classmethod
    def ahead(cls, at: datetime, campaign: Campaign, snoozes: Iterable[Snooze]) -> Self:
        """The keeper at a later moment, without the snoozes that are over by then."""
        return cls(at, campaign, [one for one in snoozes if one.until > at])

    def add(self, heard: Iterable[HeardNag]) -> None:
        """Add what each person must hear of a slot."""
        for one in heard:
            state, reason, hold = self._fate(one)
            name = one.who.contact_id or (one.who.instead_of or "")[:60]
            self.rows.append(
                self._row(one.due)
                | {
                    "key": f"{_key(one.due)}:{one.due.slot}:{one.level.value}:{name}",
                    "level": one.level,
                    "contact_id": one.who.contact_id,
                    "instead_of": one.who.instead_of,
                    "state": state,
                    "reason": reason,
                    "hold_until": hold,
                    "settled_at": None if state is NagState.WAITING else self.now,
                }
            )

    def add_skipped(self, due: Iterable[DueNag]) -> None:
        """Record that slots collapsed into a later one, as after an outage."""
        for one in due:
            if one.gone is None:
                continue
            self.rows.append(
                self._row(one)
                | {
                    "key": f"{_key(one)}:{one.gone.slot}:skipped",
                    "slot": one.gone.slot,
                    "due_at": one.gone.at,
                    "state": NagState.SKIPPED,
                    "reason": NagReason.OUTAGE,
                    "skipped": one.gone.count,
                    "settled_at": self.now,
                }
            )

    def _row(self, due: DueNag) -> ColumnValues:
        row = nags.waiting(
            (due.subject, due.subject_id),
            due.kind,
            cycle=due.cycle,
            slot=due.slot,
            rung=due.rung,
            due_at=due.due_at,
            policy=self.campaign.policy.version,
            now=self.now,
        )
        return row | {"exempt": due.exempt}

    def _fate(self, one: HeardNag) -> tuple[NagState, NagReason | None, datetime | None]:
        """Whether the row waits and for what, or is held back."""
        due, contact = one.due, one.who.contact
        if contact is None:
            return NagState.HELD, NagReason.NOBODY, None
        if due.lasting and one.level is Level.RESPONSIBLE and self._is_snoozed(due, contact.id):
            return NagState.HELD, NagReason.SNOOZED, None
        held = self.campaign.policy.release is ReleaseMode.OFFICE and not due.released
        if one.level is Level.PRINCIPAL_LEADER and held:
            return NagState.WAITING, NagReason.RELEASE, None
        hold = self.now
        if not due.exempt:
            hold = free_from(contact, self.now, self.campaign, daily=due.daily, all_hours=due.all_hours)
        if one.level is Level.OFFICE and not (due.exempt or due.daily):
            hour = told_at(contact.notices, hold, self.campaign.zone, self.campaign.calendar)
            if hour > hold:
                return NagState.WAITING, None, hour
        if due.rises_until is not None and hold <= self.now:
            return NagState.WAITING, None, self._gathered(one, contact, due.rises_until)
        return NagState.WAITING, NagReason.QUIET if hold > self.now else None, hold

    def _gathered(self, one: HeardNag, contact: Contact, red_at: datetime) -> datetime:
        """When a rising colour is told: at the next half hour, with others of its kind.

        Within the last hour the person who has to act hears at once, and those above them hear of red alone.
        """
        if red_at - self.now <= SAME_HOUR:
            return self.now if one.level is Level.RESPONSIBLE else max(red_at, self.now)
        mark = self.now + -(self.now - _EPOCH) % GATHERED
        awake = free_from(contact, mark, self.campaign) <= mark
        return mark if awake and not one.due.exempt else self.now

    def _is_snoozed(self, due: DueNag, contact_id: int | None) -> bool:
        wanted = (contact_id, due.subject, due.subject_id)
        return any((one.contact_id, one.subject, one.subject_id) == wanted for one in self.snoozes)


def _key(due: DueNag) -> str:
    return f"{due.kind}:{due.subject_id}:{due.cycle}"
