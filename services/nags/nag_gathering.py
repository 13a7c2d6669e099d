"""What goes along in one message, so that a person is disturbed less often and nothing of their day is lost.

A rising colour waits up to half an hour for others, and goes along with any message to its reader. The last
message that a person may get on a day tells all that falls due for them later that day. What they only pass
on to others who cannot be reached comes once a working day: it tells all of the day, and what nobody could
foresee waits for the next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from models import nags
from models.db import ColumnValues, ident
from models.nags import Nag, NagReason, NagState, nag_views
from models.nags.pushes import Pushes
from models.people import Contact
from rules.nags.levels import Level
from services.campaign import Campaign
from services.nags import nag_keeper
from services.nags.messages.nag_letter import NagLetter, Standings
from services.nags.nag_keeper import NagKeeper
from services.nags.subject import TurnDirectory, ids_by_word
from services.nags.subjects import SUBJECTS
from services.people.free_hours import free_from
from services.turn import TickTurn

PushesByReader = Mapping[int, Pushes]
"""What people had today already, by their id."""


def merges_at(contact: Contact, now: datetime, campaign: Campaign) -> datetime:
    """When what exceeds the contact's measure of today is sent."""
    tomorrow = campaign.midnight(campaign.today(now) + timedelta(days=1))
    return free_from(contact, tomorrow, campaign, daily=True)


def has_relayed(letter: NagLetter, pushes: PushesByReader) -> bool:
    """Whether its reader has had something to pass on today already."""
    return pushes.get(ident(letter.contact), Pushes()).relayed > 0


async def hold_back(turn: TickTurn, letters: Sequence[NagLetter], pushes: PushesByReader) -> None:
    """Let what is to be passed on wait for the next working day where its reader has had some today."""
    put_off = []
    for letter in letters:
        if has_relayed(letter, pushes):
            until = merges_at(letter.contact, turn.now, turn.campaign)
            put_off += [{"nag_id": row.id, "until": until} for row in letter.drop_relays()]
    await nags.put_off(turn.session, put_off, NagReason.BUDGET)


async def bring_forward(
    turn: TickTurn, letters: Sequence[NagLetter], pushes: PushesByReader, everybody: TurnDirectory
) -> bool:
    """Keep now what goes along with these messages; returns whether there is any.

    The scan finds it stored when its hour comes, and says it no second time.
    """
    horizons = [(letter, Horizon.of(letter, pushes, turn.now, turn.campaign)) for letter in letters]
    readers = {ident(letter.contact) for letter, _ in horizons}
    until = max((horizon.last for _, horizon in horizons), default=turn.now)
    if until <= turn.now:
        return False
    coming = [row for row in await _coming(turn, until) if row.contact_id in readers]
    standings: Standings = {
        word: await SUBJECTS[word].standing(turn, ids, everybody) for word, ids in ids_by_word(coming).items()
    }
    made = [row for letter, one in horizons for row in await one.going_along(letter, coming, standings)]
    at_once = {"created_at": turn.now, "hold_until": turn.now, "reason": None}
    rows = [row.model_dump(exclude={"id"}) | at_once for row in made]
    return await nags.add(turn.session, rows) > 0


async def _coming(turn: TickTurn, until: datetime) -> list[Nag]:
    """What the scans until then will keep, as if nothing were done."""
    snoozes, found = await nag_views.snoozes(turn.session, turn.now), dict[str, ColumnValues]()
    for subject in SUBJECTS.values():
        if not subject.is_foreseen:
            continue
        ahead = await subject.ahead(turn, until, ())
        events = [event for event in await ahead.events() if turn.now < event[0] <= until]
        found |= await nag_keeper.kept_ahead(
            ahead, events, lambda at: NagKeeper.ahead(at, turn.campaign, snoozes)
        )
    return [Nag(**row) for row in found.values()]


@dataclass(frozen=True, slots=True)
class Horizon:
    """How far ahead a message looks, for what its reader hears and for what they only pass on."""

    until: datetime
    until_relayed: datetime

    @classmethod
    def of(cls, letter: NagLetter, pushes: PushesByReader, now: datetime, campaign: Campaign) -> Self:
        day_ends = campaign.last_second(campaign.today(now))
        had = pushes.get(ident(letter.contact), Pushes())
        is_last = had.loud + 1 >= campaign.policy.budget and letter.counts and not letter.quiet
        until = day_ends if is_last else now
        return cls(until, now if had.relayed else day_ends if letter.relays else until)

    @property
    def last(self) -> datetime:
        return max(self.until, self.until_relayed)

    async def going_along(self, letter: NagLetter, coming: Sequence[Nag], standings: Standings) -> list[Nag]:
        """The rows that go along with the letter: its reader's, within the horizon, and owed already."""
        rows = [row for row in coming if _is_for(row, letter) and _hold(row) <= self.last]
        weighed = NagLetter(letter.contact, letter.office, rows)
        await weighed.weigh({word: standings[word] for word in {row.subject for row in rows}})
        relays = weighed.relays
        return [
            row for row in weighed.told if _hold(row) <= (self.until_relayed if row in relays else self.until)
        ]


def _is_for(row: Nag, letter: NagLetter) -> bool:
    mine = (row.contact_id, row.level is Level.OFFICE) == (letter.contact.id, letter.office)
    return mine and row.state is NagState.WAITING and row.hold_until is not None


def _hold(row: Nag) -> datetime:
    return row.hold_until or datetime.max.replace(tzinfo=UTC)
