"""Sending what may go out now: one message per person for all their tasks and orders, within the budget."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from models import nags, people
from models.db import Session, ident
from models.nags import Nag, NagReason, NagState
from models.people import Contact
from rules.delivery.delivery import MessageKind
from rules.nags.levels import Level
from rules.people.roles import Role
from rules.slots import slot_key
from services import outbox
from services.campaign import Campaign
from services.dry_run import PlannedMessage
from services.duties.task_duties import DutyStanding, TaskDuty, Tone
from services.nags import handover_nags, nag_delivery, nag_message, nag_reasons
from services.nags.orders import case_colour_view, case_scan
from services.nags.orders.case_escalation import CaseEntry, Escalation
from services.nags.quiet_hours import free_from
from services.recipients import Directory
from services.turn import TickTurn


@dataclass(slots=True)
class MergedMessage:
    """Everything that one person hears now.

    ``office``: as a member of the office, in a message of its own.
    """

    contact: Contact
    office: bool
    rows: list[Nag] = field(default_factory=list)
    told: list[Nag] = field(default_factory=list)
    moot: list[tuple[Nag, NagReason]] = field(default_factory=list)
    duties: list[TaskDuty] = field(default_factory=list)
    cases: list[case_colour_view.CaseDuty] = field(default_factory=list)

    @property
    def exempt(self) -> bool:
        return any(row.exempt for row in self.told)

    @property
    def kind(self) -> MessageKind:
        if self.office:
            return MessageKind.NOTICE
        urged = any(d.tone is Tone.NAG for d in self.duties) or any(d.nag for d in self.cases)
        return MessageKind.NAG if urged else MessageKind.HINT

    def content(self, day: date) -> dict[str, Any]:
        return {
            "day": day.isoformat(),
            "duties": [duty.to_json() for duty in self.duties],
            "entries": [duty.entry.to_json() for duty in self.cases],
        } | ({"role": Role.OFFICE.value} if self.office else {})


async def send(turn: TickTurn, *, directory: Directory | None = None) -> list[PlannedMessage]:
    """Promise what may be sent at ``now``; returns what was promised to whom. The caller holds the turn.

    ``directory``: everybody, if the caller has read it.
    """
    ready = await nags.ready(turn.session, turn.now)
    if not ready:
        return []
    ids = {row.contact_id for row in ready if row.contact_id is not None}
    more = await nags.waiting_of(turn.session, ids, NagReason.BUDGET)
    written = await _letters(turn.session, {row.id: row for row in (*ready, *more)}.values())
    await _leave_asleep(turn, written)
    # Readers of orders may belong to any unit.
    everybody = directory or await Directory.load(turn.session, turn.today)
    standing = await DutyStanding.of(turn.session, _task_ids(written), turn.now, turn.campaign, everybody)
    escalation = Escalation(turn.session, turn.campaign, turn.now)
    for letter in written:
        _weigh_tasks(letter, standing)
        await _weigh_cases(letter, escalation)
    await _settle_moot(turn.session, written, turn.now)
    moved = [row for letter in written for row, why in letter.moot if why is NagReason.MOVED]
    passed_on = await handover_nags.pass_on(turn, moved, standing)
    if await case_scan.pass_on(escalation, moved, now=turn.now) or passed_on:
        # It may be ready at once, and then goes together with what else its readers hear now.
        return await send(turn, directory=everybody)
    pushes = await nags.pushes_since(turn.session, ids, turn.campaign.midnight(turn.today))
    full = [letter for letter in written if letter.told]
    over = [
        one for one in full if not one.office and not one.exempt and _is_spent(one, pushes, turn.campaign)
    ]
    await _put_off(turn, over)
    going = [letter for letter in full if letter not in over]
    await _promise(turn, going, pushes)
    return [await _planned(turn, letter, standing) for letter in going]


def _task_ids(written: Sequence[MergedMessage]) -> set[int]:
    return {row.task_id for letter in written for row in letter.rows if row.task_id is not None}


async def _letters(session: Session, rows: Collection[Nag]) -> list[MergedMessage]:
    contacts = await people.contacts_by_id(session, {row.contact_id for row in rows if row.contact_id})
    written: dict[tuple[int, bool], MergedMessage] = {}
    for row in sorted(rows, key=ident):
        if row.contact_id is None:
            raise LookupError(f"nag {row.id} waits for nobody")
        office = row.level is Level.OFFICE
        contact = contacts[row.contact_id]
        written.setdefault((row.contact_id, office), MergedMessage(contact, office)).rows.append(row)
    return list(written.values())


async def _leave_asleep(turn: TickTurn, written: Sequence[MergedMessage]) -> None:
    """Leave people alone whose night has become longer since, until it ends. Days off stay as they were."""
    put_off = []
    for letter in written:
        until = free_from(letter.contact, turn.now, turn.campaign, all_hours=True)
        if until <= turn.now:
            continue
        asleep = [
            one for one in letter.rows if not one.exempt and one.hold_until and one.hold_until <= turn.now
        ]
        put_off += [{"nag_id": row.id, "until": until} for row in asleep]
        letter.rows = [row for row in letter.rows if row not in asleep]
    await nags.put_off(turn.session, put_off, NagReason.QUIET)


def _weigh_tasks(letter: MergedMessage, standing: DutyStanding) -> None:
    """Find what is still owed, one duty per task: a person who gets a 催办 needs no 提示, too."""
    merged: dict[tuple[int, str | None], TaskDuty] = {}
    for row in letter.rows:
        if row.task_id is None or row.level is None:
            continue
        tone = Tone.NAG if row.level is Level.RESPONSIBLE else Tone.HINT
        duty = TaskDuty(row.task_id, tone, row.instead_of, row.level, ((row.kind, row.cycle),))
        there = standing.still(duty, letter.contact)
        if there is None:
            letter.moot.append((row, handover_nags.why_moot(row, standing)))
            continue
        letter.told.append(row)
        key = (row.task_id, row.instead_of)
        merged[key] = joined(merged.get(key), there)
    letter.duties = list(merged.values())


def joined(one: TaskDuty | None, other: TaskDuty) -> TaskDuty:
    """Join two duties about one task: a person who gets a 催办 needs no 提示 about it, too."""
    if one is None or (one.tone is Tone.HINT and other.tone is Tone.NAG):
        return other
    if one.tone is not other.tone:
        return one
    owed = tuple(dict.fromkeys((*one.owed, *other.owed)))
    return replace(one, owed=owed)


async def _weigh_cases(letter: MergedMessage, escalation: Escalation) -> None:
    if all(row.case_id is None for row in letter.rows):
        return
    entries: dict[int, CaseEntry] = {}
    by_entry: dict[int, list[Nag]] = {}
    for row in letter.rows:
        if row.case_id is not None and row.level is not None:
            entry = await escalation.entry(row)
            by_entry.setdefault(row.case_id, []).append(row)
            entries[row.case_id] = entry.over(entries.get(row.case_id))
    letter.cases = await case_colour_view.still(escalation, list(entries.values()), letter.contact)
    there = {duty.entry.case_id for duty in letter.cases}
    for case_id, rows in by_entry.items():
        if case_id in there:
            letter.told += rows
        else:
            for row in rows:
                moved = await case_scan.is_news_still(escalation, row)
                letter.moot.append((row, NagReason.MOVED if moved else NagReason.DONE))


def _is_spent(letter: MergedMessage, pushes: Mapping[int, int], campaign: Campaign) -> bool:
    return pushes.get(ident(letter.contact), 0) >= campaign.policy.budget


async def _settle_moot(session: Session, written: Sequence[MergedMessage], now: datetime) -> None:
    await nags.settle(
        session,
        [
            {"nag_id": row.id, "state": NagState.MOOT, "reason": reason, "outbox_id": None}
            for letter in written
            for row, reason in letter.moot
        ],
        now,
    )


async def _put_off(turn: TickTurn, over: Sequence[MergedMessage]) -> None:
    """Merge what exceeds the day's budget into the first message of the next working day."""
    put_off = []
    for letter in over:
        until = merges_at(letter.contact, turn.now, turn.campaign)
        put_off += [{"nag_id": row.id, "until": until} for row in letter.told]
    await nags.put_off(turn.session, put_off, NagReason.BUDGET)


def merges_at(contact: Contact, now: datetime, campaign: Campaign) -> datetime:
    """When the nags that exceed the contact's budget of today are sent."""
    tomorrow = campaign.midnight(campaign.today(now) + timedelta(days=1))
    return free_from(contact, tomorrow, campaign, daily=True)


async def _promise(turn: TickTurn, going: Sequence[MergedMessage], pushes: Mapping[int, int]) -> None:
    day = turn.today
    rows, keys = [], {}
    for letter in going:
        contact_id = ident(letter.contact)
        side = "office" if letter.office else str(pushes.get(contact_id, 0) + 1)
        # The key contains the time, because what was taken back is promised once more.
        key = f"{slot_key(day, 'nag')}:{contact_id}:{side}:{letter.told[0].id}:{turn.now:%H%M%S%f}"
        keys[key] = letter
        body = ("nag", letter.content(day))
        rows.append(outbox.row_for(letter.contact, letter.kind, key, body, turn.now))
    ids = await outbox.enqueue_many(turn.session, rows)
    await nags.settle(
        turn.session,
        [
            {"nag_id": row.id, "state": NagState.TOLD, "reason": row.reason, "outbox_id": ids[key]}
            for key, letter in keys.items()
            for row in letter.told
        ],
        turn.now,
    )


async def _planned(turn: TickTurn, letter: MergedMessage, standing: DutyStanding) -> PlannedMessage:
    contact = letter.contact
    named = [standing.tasks[duty.task_id].objective for duty in letter.duties]
    known = await nag_delivery.known_of(turn.session, standing, letter.duties, contact)
    reading = nag_message.NagReader(contact.id, turn.today, turn.now, turn.campaign)
    return PlannedMessage(
        recipient=standing.directory.name_of(contact),
        chat=contact.telegram_user_id,
        slot=letter.told[-1].slot,
        duties=[*dict.fromkeys(named), *(duty.case.number for duty in letter.cases)],
        reason=nag_reasons.of_letter(letter.told),
        make=partial(nag_message.build, letter.duties, letter.cases, known, reading),
        about_tasks=bool(letter.duties),
    )
