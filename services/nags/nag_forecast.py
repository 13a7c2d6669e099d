"""The nags of the coming days if nothing is done until then: to whom, when and why.

Nothing is written. The scans and the sending are gone through in memory, by the very rules that they follow.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import count
from typing import Final

from models import nags, people
from models.db import ident
from models.nags import Nag, NagReason, NagState, Snooze, nag_views
from models.nags.pushes import Pushes, pushes_since
from models.people import Contact
from rules.nags.levels import Level
from services.nags import nag_gathering, nag_keeper, nag_sending
from services.nags.messages.nag_letter import NagLetter, Standings, by_reader
from services.nags.messages.nag_news import EarlierNags
from services.nags.nag_keeper import NagKeeper
from services.nags.subject import SomeAhead, ids_by_word
from services.nags.subjects import SUBJECTS
from services.turn import TickTurn

DAYS: Final = 7
"""The days after today."""


class ForecastFate(StrEnum):
    """What becomes of a message.

    ``sent``: it is sent. ``merged``: it exceeds the day's budget and goes with a later one. ``release``: it
    is for a 主要领导, and waits for the office.
    """

    SENT = "sent"
    MERGED = "merged"
    RELEASE = "release"


@dataclass(slots=True, kw_only=True)
class ForecastMessage(NagLetter):
    """One message to one person."""

    at: datetime
    fate: ForecastFate = ForecastFate.SENT

    @property
    def level(self) -> Level:
        """The lowest level on which the contact hears of any of it."""
        told = {row.level for row in self.told}
        return next(level for level in Level if level in told)


@dataclass(frozen=True, slots=True)
class Scene:
    """All subjects in the coming days. ``snoozes``: those that have not ended yet."""

    turn: TickTurn
    until: datetime
    ahead: Mapping[str, SomeAhead]
    snoozes: Sequence[Snooze]

    @property
    def whole(self) -> bool:
        """Whether everything is considered."""
        return all(one.whole for one in self.ahead.values())

    async def standings(self, rows: Iterable[Nag], at: datetime) -> Standings:
        """How things stand at that moment with what the rows are about."""
        ids = ids_by_word(rows)
        return {word: await one.standing(ids[word], at) for word, one in self.ahead.items() if word in ids}

    def keeper(self, at: datetime) -> NagKeeper:
        return NagKeeper.ahead(at, self.turn.campaign, self.snoozes)

    async def rows(self) -> list[Nag]:
        """The rows that the scans will store, in their order. What nobody is told is left out of some."""
        found = []
        for word, one in self.ahead.items():
            rows = await nag_keeper.kept_ahead(one, await one.events(), self.keeper)
            held = SUBJECTS[word].in_digest
            found += [row for row in rows.values() if held or row["state"] is NagState.WAITING]
        return sorted((Nag(**row) for row in found), key=lambda row: row.created_at)


@dataclass(frozen=True, slots=True)
class Forecast:
    """The forecast.

    ``letters`` are in the order in which they are sent. ``held``: what is stored but told to nobody, because
    of a snooze or because nobody can be reached.
    """

    letters: Sequence[ForecastMessage]
    held: Sequence[Nag]
    scene: Scene

    def of_day(self, day: date) -> list[ForecastMessage]:
        return [one for one in self.letters if self.scene.turn.campaign.today(one.at) == day]

    def held_on(self, day: date) -> list[Nag]:
        return [one for one in self.held if self.scene.turn.campaign.today(one.created_at) == day]


async def forecast(turn: TickTurn) -> Forecast:
    """The forecast for today and the ``DAYS`` after it."""
    until = turn.campaign.last_second(turn.today + timedelta(days=DAYS))
    waiting = await nag_views.waiting(turn.session)
    ahead = {
        word: await subject.ahead(turn, until, {row.subject_id for row in waiting if row.subject == word})
        for word, subject in SUBJECTS.items()
    }
    scene = Scene(turn, until, ahead, await nag_views.snoozes(turn.session, turn.now))
    coming = await _not_told(turn, await scene.rows())
    # Copies: what is done with them in memory must not be written.
    rows = [*(Nag(**row.model_dump()) for row in waiting), *coming]
    ids = {row.contact_id for row in rows if row.contact_id is not None}
    earlier = await EarlierNags.read(turn, ids)
    post = _Post(scene, dict(await people.contacts_by_id(turn.session, ids)), earlier)
    midnight = turn.campaign.midnight(turn.today)
    post.pushes[turn.today] = await pushes_since(turn.session, ids, midnight)
    letters = await post.go(rows)
    return Forecast(letters, [row for row in coming if row.state is NagState.HELD], scene)


async def _not_told(turn: TickTurn, coming: Sequence[Nag]) -> list[Nag]:
    """Without what was brought forward today into an earlier message."""
    ends = turn.campaign.midnight(turn.today + timedelta(days=1))
    stored = await nags.stored_keys(turn.session, [row.key for row in coming if row.created_at < ends])
    return [row for row in coming if row.key not in stored]


@dataclass(slots=True)
class _Post:
    """Sends in memory what becomes ready, moment by moment.

    ``spent``: what was postponed because of the budget, by person; it goes with whatever they get next.
    """

    scene: Scene
    contacts: dict[int, Contact]
    earlier: EarlierNags
    pushes: dict[date, dict[int, Pushes]] = field(default_factory=lambda: defaultdict(dict))
    spent: dict[int, list[Nag]] = field(default_factory=lambda: defaultdict(list))
    queue: list[tuple[datetime, int, int, Nag]] = field(default_factory=list)
    order: dict[int, int] = field(default_factory=dict)
    kept: dict[tuple[object, ...], Nag] = field(default_factory=dict)
    tickets: Iterator[int] = field(default_factory=count)

    async def go(self, rows: Sequence[Nag]) -> list[ForecastMessage]:
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
            at = max(self.queue[0][0], self.scene.turn.now)
            if at > self.scene.until:
                break
            letters += await self._send(at)
        return sorted(letters, key=lambda letter: letter.at)

    def _wait(self, row: Nag, hold_until: datetime) -> None:
        row.hold_until = hold_until
        heapq.heappush(self.queue, (hold_until, self.order[id(row)], next(self.tickets), row))
        if row.reason is NagReason.BUDGET and row.contact_id is not None:
            self.spent[row.contact_id].append(row)

    async def _send(self, at: datetime) -> list[ForecastMessage]:
        ready: dict[int, Nag] = {}
        while self.queue and self.queue[0][0] <= at:
            hold_until, number, _, row = heapq.heappop(self.queue)
            # A row that went with something else meanwhile no longer waits.
            if row.hold_until == hold_until and row.state is NagState.WAITING:
                ready[number] = row
        for contact_id in {row.contact_id for row in ready.values() if row.contact_id is not None}:
            ready |= {self.order[id(row)]: row for row in self._going_along(contact_id, at)}
        await self._leave_paused(ready, at)
        letters = await self._letters(ready, at)
        passed_on = await self._passed_on(letters, at)
        if passed_on:
            ready |= {self.order[id(row)]: row for row in passed_on}
            letters = await self._letters(ready, at)
        self._hold_back(letters, ready, at)
        self._drop_repeats(letters, ready, at)
        while forward := await self._brought_forward(letters, ready, at):
            ready |= {self.order[id(row)]: row for row in forward}
            letters = await self._letters(ready, at)
            self._drop_repeats(letters, ready, at)
        for row in ready.values():
            row.state = NagState.TOLD
        going = [letter for letter in letters if letter.told]
        for letter in going:
            self._decide(letter)
        return going

    def _hold_back(self, letters: Sequence[ForecastMessage], ready: dict[int, Nag], at: datetime) -> None:
        """Let what is to be passed on wait for the next working day where its reader has had some today."""
        for letter in letters:
            if nag_gathering.has_relayed(letter, self._had(at)):
                until = nag_gathering.merges_at(letter.contact, at, self.scene.turn.campaign)
                for row in letter.drop_relays():
                    row.reason = NagReason.BUDGET
                    self._wait(ready.pop(self.order[id(row)]), until)

    def _going_along(self, contact_id: int, at: datetime) -> list[Nag]:
        """What goes along with any message: put off for the budget, or waiting for others of its kind."""
        until = at + nag_keeper.GATHERED
        gathered = [
            row
            for hold_until, _, _, row in self.queue
            if row.contact_id == contact_id
            and (row.state, row.reason, row.hold_until) == (NagState.WAITING, None, hold_until)
            and row.created_at <= at < hold_until <= until
        ]
        return [*self.spent.pop(contact_id, ()), *gathered]

    def _drop_repeats(self, letters: Sequence[ForecastMessage], ready: dict[int, Nag], at: datetime) -> None:
        for letter in letters:
            for row, until in letter.drop_risen(self.earlier, at):
                self._wait(ready.pop(self.order[id(row)]), until)
            letter.drop_repeats(self.earlier, at)

    async def _brought_forward(
        self, letters: Sequence[ForecastMessage], ready: Mapping[int, Nag], at: datetime
    ) -> list[Nag]:
        """What goes along with these messages of what the scans will keep later that day."""
        campaign, found = self.scene.turn.campaign, []
        there = {id(row) for row in ready.values()}
        coming = [row for *_, row in sorted(self.queue) if id(row) not in there and self._is_ahead(row, at)]
        readers = {letter.contact.id for letter in letters}
        standings = await self.scene.standings([row for row in coming if row.contact_id in readers], at)
        for letter in letters:
            if letter.told:
                horizon = nag_gathering.Horizon.of(letter, self._had(at), at, campaign)
                found += await horizon.going_along(letter, coming, standings)
        return found

    def _is_ahead(self, row: Nag, at: datetime) -> bool:
        """Whether a scan keeps it later."""
        return row.id is None and row.created_at > at and SUBJECTS[row.subject].is_foreseen

    async def _leave_paused(self, ready: dict[int, Nag], at: datetime) -> None:
        """Let what is about a subject that is paused then wait until the pause is over."""
        standings = await self.scene.standings(ready.values(), at)
        for number, row in list(ready.items()):
            contact = self.contacts[row.contact_id or 0]
            end = nag_keeper.pause_end(row, contact, standings[row.subject], self.scene.turn, at=at)
            if end is not None:
                row.reason = NagReason.PAUSED
                self._wait(ready.pop(number), end)

    async def _letters(self, ready: Mapping[int, Nag], at: datetime) -> list[ForecastMessage]:
        """The letters of these rows, by their numbers, weighed."""
        rows = [ready[number] for number in sorted(ready)]
        standings = await self.scene.standings(rows, at)
        letters = [
            ForecastMessage(self.contacts[contact_id], office, list(mine), at=at)
            for (contact_id, office), mine in by_reader(rows).items()
        ]
        for letter in letters:
            await letter.weigh(standings)
        return letters

    async def _passed_on(self, letters: Collection[ForecastMessage], at: datetime) -> list[Nag]:
        """The rows that go on to other people by then, as far as they are sent at once."""
        moved = [row for letter in letters for row, why in letter.moot if why is NagReason.MOVED]
        keeper = self.scene.keeper(at)
        for word, standing in (await self.scene.standings(moved, at)).items():
            due = await nag_keeper.passed_on((row for row in moved if row.subject == word), standing, at)
            heard = await nag_keeper.heard_of(due, standing)
            readers = {ident(one.who.contact): one.who.contact for one in heard if one.who.contact}
            self.contacts |= readers
            await self.earlier.read_more(self.scene.turn, readers)
            keeper.add(heard)
        found = []
        for one in (Nag(**row) for row in keeper.rows):
            if one.state is NagState.WAITING and self.kept.setdefault(_slot(one), one) is one:
                if one.hold_until is None:
                    continue
                self.order[id(one)] = len(self.order)
                found.append(one) if one.hold_until <= at else self._wait(one, one.hold_until)
        return found

    def _had(self, at: datetime) -> dict[int, Pushes]:
        """What people had on the day of that moment."""
        return self.pushes[self.scene.turn.campaign.today(at)]

    def _decide(self, letter: ForecastMessage) -> None:
        """Send the letter, or let it wait for another day."""
        campaign = self.scene.turn.campaign
        pushes, contact_id = self._had(letter.at), ident(letter.contact)
        had = pushes.get(contact_id, Pushes())
        if not nag_sending.is_over(letter, had, campaign):
            self.earlier.note(letter.told, letter.at)
            pushes[contact_id] = Pushes(
                had.loud + (letter.counts and not letter.quiet),
                had.quiet + (letter.counts and letter.quiet),
                had.relayed + bool(letter.relays),
            )
            return
        letter.fate = ForecastFate.MERGED
        until = nag_gathering.merges_at(letter.contact, letter.at, campaign)
        for row in letter.told:
            row.state, row.reason = NagState.WAITING, NagReason.BUDGET
            self._wait(row, until)

    async def _unreleased(self, row: Nag) -> list[ForecastMessage]:
        """The letters for a nag without release: the office may release it at any time.

        Until then nobody gets it.
        """
        at = max(row.created_at, self.scene.turn.now)
        standing = (await self.scene.standings([row], at))[row.subject]
        contact = self.contacts[row.contact_id or 0]
        at = nag_keeper.pause_end(row, contact, standing, self.scene.turn, at=at) or at
        if at > self.scene.until:
            return []
        letters = [one for one in await self._letters({0: row}, at) if one.told]
        for letter in letters:
            letter.fate = ForecastFate.RELEASE
        return letters


def _slot(row: Nag) -> tuple[object, ...]:
    """The key that makes storing a row twice impossible; a row that follows a snooze has a key of its own."""
    snoozed = row.reason is NagReason.SNOOZED and row.state is NagState.WAITING
    subject = (row.kind, row.subject, row.subject_id, row.cycle, row.slot)
    return (*subject, row.level, row.contact_id, snoozed)


def _joined(letters: Iterable[ForecastMessage]) -> list[ForecastMessage]:
    """Join the letters into one for each leader and moment."""
    found: dict[tuple[int, datetime], ForecastMessage] = {}
    for letter in letters:
        there = found.setdefault((ident(letter.contact), letter.at), letter)
        if there is not letter:
            there.join(letter)
    return list(found.values())
