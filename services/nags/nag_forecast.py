"""The nags of the coming days if nothing is done until then: to whom, when and why.

Nothing is written. The scans and the sending are gone through in memory, by the very rules that they follow.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import count
from typing import Any, Final

from models import cases, nags, people
from models.db import ident
from models.nags import NagReason, NagState, nag_views
from models.people import Contact
from rules.nags.levels import Level
from services.duties.task_duties import DutyStanding, TaskDuty, Tone
from services.nags import handover_nags, nag_sending
from services.nags.expected_nags import MOST, ExpectedNag, ForecastScene
from services.nags.orders.case_colour_forecast import ForecastCases
from services.nags.orders.case_escalation import CaseEntry
from services.nags.task_scan import NagKeeper
from services.turn import TickTurn

DAYS: Final = 7
"""The days after today."""
CASES: Final = 500
"""At most so many orders are considered: those that are due first."""


class ForecastFate(StrEnum):
    """What becomes of a message.

    ``sent``: it is sent. ``merged``: it exceeds the day's budget and goes with a later one. ``release``: it
    is for a 主要领导, and waits for the office.
    """

    SENT = "sent"
    MERGED = "merged"
    RELEASE = "release"


@dataclass(slots=True)
class ForecastMessage:
    """One message to one person.

    ``office``: they get it as a member of the office. ``entries``: each with whether it is a 催办.
    """

    contact: Contact
    office: bool
    at: datetime
    fate: ForecastFate = ForecastFate.SENT
    rows: list[ExpectedNag] = field(default_factory=list)
    told: list[ExpectedNag] = field(default_factory=list)
    duties: list[TaskDuty] = field(default_factory=list)
    entries: list[tuple[CaseEntry, bool]] = field(default_factory=list)

    @property
    def is_nag(self) -> bool:
        return any(duty.tone is Tone.NAG for duty in self.duties) or any(nag for _, nag in self.entries)

    @property
    def level(self) -> Level:
        """The lowest level on which the contact hears of any of it."""
        told = {row.level for row in self.told}
        return next(level for level in Level if level in told)

    @property
    def count(self) -> int:
        return len({duty.task_id for duty in self.duties}) + len(self.entries)


@dataclass(frozen=True, slots=True)
class Forecast:
    """The forecast.

    ``letters`` are in the order in which they are sent. ``held``: what is stored but told to nobody, because
    of a snooze or because nobody can be reached.
    """

    letters: Sequence[ForecastMessage]
    held: Sequence[ExpectedNag]
    scene: ForecastScene
    ahead: ForecastCases
    tasks: int
    cases: int
    whole: bool

    def of_day(self, day: date) -> list[ForecastMessage]:
        return [one for one in self.letters if self.scene.campaign.today(one.at) == day]

    def held_on(self, day: date) -> list[ExpectedNag]:
        return [one for one in self.held if self.scene.campaign.today(one.created_at) == day]


async def forecast(turn: TickTurn) -> Forecast:
    """The forecast for today and the ``DAYS`` after it."""
    until = turn.campaign.midnight(turn.today + timedelta(days=DAYS + 1))
    until -= timedelta(seconds=1)
    waiting = await nag_views.waiting(turn.session)
    scene = await ForecastScene.read(turn.session, waiting, turn.now, until, turn.campaign)
    ahead = ForecastCases(turn.session, turn.campaign, turn.now, scene.ladder)
    look_at = await nag_views.cases_to_look_at(turn.session, until, CASES)
    coming = [*scene.rows(), *map(ExpectedNag.of_row, await ahead.look(look_at, until))]
    told_of = {row.case_id for row in waiting if row.case_id is not None} - ahead.states.keys()
    ahead.know((await cases.cases_by_id(turn.session, sorted(told_of))).values())
    coming.sort(key=lambda row: (row.created_at, row.case_id is not None))
    rows = [*map(ExpectedNag.of_nag, waiting), *coming]
    ids = {row.contact_id for row in rows if row.contact_id is not None}
    post = _Post(scene, ahead, dict(await people.contacts_by_id(turn.session, ids)), until)
    midnight = turn.campaign.midnight(turn.today)
    for contact_id, pushes in (await nags.pushes_since(turn.session, ids, midnight)).items():
        post.pushes[turn.today, contact_id] = pushes
    letters = await post.go(rows)
    held = [row for row in coming if row.state is NagState.HELD]
    whole = len(scene.ahead) < MOST and len(look_at) < CASES
    return Forecast(letters, held, scene, ahead, len(scene.ahead), len(look_at), whole)


@dataclass(slots=True)
class _Post:
    """Sends in memory what becomes ready, moment by moment.

    ``spent``: what was postponed because of the budget, by person; it goes with whatever they get next.
    """

    scene: ForecastScene
    ahead: ForecastCases
    contacts: dict[int, Contact]
    until: datetime
    pushes: dict[tuple[date, int], int] = field(default_factory=dict)
    spent: dict[int, list[ExpectedNag]] = field(default_factory=lambda: defaultdict(list))
    queue: list[tuple[datetime, int, int, ExpectedNag]] = field(default_factory=list)
    order: dict[int, int] = field(default_factory=dict)
    kept: dict[tuple[object, ...], ExpectedNag] = field(default_factory=dict)
    tickets: Iterator[int] = field(default_factory=count)

    async def go(self, rows: Sequence[ExpectedNag]) -> list[ForecastMessage]:
        letters = []
        for number, row in enumerate(rows):
            self.order[id(row)] = number
            self.kept[_slot(row)] = row
            if row.state is not NagState.WAITING:
                continue
            if row.hold_until is None:
                letters += await self._unreleased(row)
            else:
                self._wait(row, row.hold_until)
        letters = _joined(letters)
        while self.queue:
            at = max(self.queue[0][0], self.scene.now)
            if at > self.until:
                break
            letters += await self._send(at)
        return sorted(letters, key=lambda letter: letter.at)

    def _wait(self, row: ExpectedNag, hold_until: datetime) -> None:
        row.hold_until = hold_until
        heapq.heappush(self.queue, (hold_until, self.order[id(row)], next(self.tickets), row))
        if row.reason is NagReason.BUDGET and row.contact_id is not None:
            self.spent[row.contact_id].append(row)

    async def _send(self, at: datetime) -> list[ForecastMessage]:
        ready: dict[int, ExpectedNag] = {}
        while self.queue and self.queue[0][0] <= at:
            hold_until, number, _, row = heapq.heappop(self.queue)
            # A row that went with something else meanwhile no longer waits.
            if row.hold_until == hold_until and row.state is NagState.WAITING:
                ready[number] = row
        for contact_id in {row.contact_id for row in ready.values() if row.contact_id is not None}:
            ready |= {self.order[id(row)]: row for row in self.spent.pop(contact_id, ())}
        ready |= {self.order[id(row)]: row for row in await self._passed_on(list(ready.values()), at)}
        letters = await self._letters([ready[number] for number in sorted(ready)], at)
        for row in ready.values():
            row.state = NagState.TOLD
        for letter in letters:
            self._decide(letter)
        return letters

    async def _passed_on(self, rows: Sequence[ExpectedNag], at: datetime) -> list[ExpectedNag]:
        """The rows that go on to other people by then, as far as they are sent at once."""
        standing = self.scene.standing({row.task_id for row in rows if row.task_id is not None}, at)
        keeper = NagKeeper(at, self.scene.campaign, [one for one in self.scene.snoozes if one.until > at])
        made: list[dict[str, Any]] = []
        for row in rows:
            duty, contact = _duty(row), self.contacts[row.contact_id or 0]
            if duty is None:
                gone = await self.ahead.still(self.ahead.entry(row, at), contact, at) is None
                made += await self.ahead.passed_on(row, at) if gone else []
            elif standing.still(duty, contact) is None and handover_nags.goes_on(row, standing):
                made += handover_nags.hand_on(keeper, row, standing, at)
        found = []
        for one in map(ExpectedNag.of_row, made):
            if self._is_new(one, standing) and one.hold_until is not None:
                self.order[id(one)] = len(self.order)
                found.append(one) if one.hold_until <= at else self._wait(one, one.hold_until)
        return found

    def _is_new(self, row: ExpectedNag, standing: DutyStanding) -> bool:
        if row.state is not NagState.WAITING or row.contact_id is None:
            return False
        self.contacts[row.contact_id] = standing.directory.by_id[row.contact_id]
        return self.kept.setdefault(_slot(row), row) is row

    async def _letters(self, rows: Sequence[ExpectedNag], at: datetime) -> list[ForecastMessage]:
        """The letters that still have something to say."""
        written: dict[tuple[int, bool], ForecastMessage] = {}
        for row in rows:
            office, contact = row.level is Level.OFFICE, self.contacts[row.contact_id or 0]
            written.setdefault(
                (row.contact_id or 0, office), ForecastMessage(contact, office, at)
            ).rows.append(row)
        standing = self.scene.standing({row.task_id for row in rows if row.task_id is not None}, at)
        for letter in written.values():
            merged: dict[tuple[int, str | None], TaskDuty] = {}
            for row in letter.rows:
                duty = _duty(row)
                there = standing.still(duty, letter.contact) if duty is not None else None
                if there is not None:
                    letter.told.append(row)
                    key = (there.task_id, there.instead_of)
                    merged[key] = nag_sending.joined(merged.get(key), there)
            letter.duties = list(merged.values())
            await self._weigh_cases(letter)
        return [letter for letter in written.values() if letter.told]

    async def _weigh_cases(self, letter: ForecastMessage) -> None:
        entries: dict[int, CaseEntry] = {}
        for row in letter.rows:
            if row.case_id is not None:
                entry = self.ahead.entry(row, letter.at)
                entries[row.case_id] = entry.over(entries.get(row.case_id))
        for entry in entries.values():
            there = await self.ahead.still(entry, letter.contact, letter.at)
            if there is not None:
                letter.entries.append((entry, there[1]))
        told = {entry.case_id for entry, _ in letter.entries}
        letter.told += [row for row in letter.rows if row.case_id in told]

    def _decide(self, letter: ForecastMessage) -> None:
        """Send the letter, or let it wait for another day."""
        campaign, day = self.scene.campaign, self.scene.campaign.today(letter.at)
        who = (day, ident(letter.contact))
        if letter.office:
            return
        if self.pushes.get(who, 0) < campaign.policy.budget or any(row.exempt for row in letter.told):
            self.pushes[who] = self.pushes.get(who, 0) + 1
            return
        letter.fate = ForecastFate.MERGED
        until = nag_sending.merges_at(letter.contact, letter.at, campaign)
        for row in letter.told:
            row.state, row.reason = NagState.WAITING, NagReason.BUDGET
            self._wait(row, until)

    async def _unreleased(self, row: ExpectedNag) -> list[ForecastMessage]:
        """The letters for a nag without release: the office may release it at any time.

        Until then nobody gets it.
        """
        at = max(row.created_at, self.scene.now)
        letters = await self._letters([row], at)
        for letter in letters:
            letter.fate = ForecastFate.RELEASE
        return letters


def _slot(row: ExpectedNag) -> tuple[object, ...]:
    """The key that makes storing a row twice impossible; a row that follows a snooze has a key of its own."""
    snoozed = row.reason is NagReason.SNOOZED and row.state is NagState.WAITING
    subject = (row.kind, row.task_id, row.case_id, row.cycle, row.slot)
    return (*subject, row.level, row.contact_id, snoozed)


def _duty(row: ExpectedNag) -> TaskDuty | None:
    if row.task_id is None:
        return None
    tone = Tone.NAG if row.level is Level.RESPONSIBLE else Tone.HINT
    return TaskDuty(row.task_id, tone, row.instead_of, row.level, ((row.kind, row.cycle),))


def _joined(letters: Iterable[ForecastMessage]) -> list[ForecastMessage]:
    """Join the letters into one for each leader and moment."""
    found: dict[tuple[int, datetime], ForecastMessage] = {}
    for letter in letters:
        key = (ident(letter.contact), letter.at)
        there = found.setdefault(key, letter)
        if there is not letter:
            there.rows += letter.rows
            there.told += letter.told
            there.duties += [duty for duty in letter.duties if duty not in there.duties]
    return list(found.values())
