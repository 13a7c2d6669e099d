"""What people pass on to others who cannot be reached: they hear of it in one message a working day.

So that message also tells what they would have to pass on later that day. A later one waits for the next
working day.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from models import nags
from models.db import ident
from models.nags import Nag, NagReason, NagState, Pushes, nag_views
from models.people import Contact
from services.campaign import Campaign
from services.nags import nag_keeper
from services.nags.messages.nag_letter import NagLetter
from services.nags.nag_keeper import NagKeeper
from services.nags.quiet_hours import free_from
from services.nags.subject import SomeStanding, TurnDirectory
from services.nags.subjects import SUBJECTS
from services.turn import TickTurn


def merges_at(contact: Contact, now: datetime, campaign: Campaign) -> datetime:
    """When what exceeds the contact's measure of today is sent."""
    tomorrow = campaign.midnight(campaign.today(now) + timedelta(days=1))
    return free_from(contact, tomorrow, campaign, daily=True)


def has_relayed(letter: NagLetter, pushes: Mapping[int, Pushes]) -> bool:
    """Whether its reader has had something to pass on today already."""
    return pushes.get(ident(letter.contact), Pushes()).relayed > 0


async def hold_back(turn: TickTurn, letters: Sequence[NagLetter], pushes: Mapping[int, Pushes]) -> None:
    """Let what is to be passed on wait for the next working day where its reader has had some today."""
    put_off = []
    for letter in letters:
        if has_relayed(letter, pushes):
            until = merges_at(letter.contact, turn.now, turn.campaign)
            put_off += [{"nag_id": row.id, "until": until} for row in letter.drop_relays()]
    await nags.put_off(turn.session, put_off, NagReason.BUDGET)


async def bring_forward(turn: TickTurn, letters: Sequence[NagLetter], everybody: TurnDirectory) -> bool:
    """Keep now what the readers would have to pass on later today; returns whether there is any.

    The scan finds it stored when its hour comes, and says it no second time.
    """
    readers = {ident(letter.contact): letter.contact for letter in letters if letter.relays}
    words = {row.subject for letter in letters for row in letter.relays}
    made = []
    for word in sorted(words):
        rows = await _coming_today(turn, word, readers)
        ids = {row.subject_id for row in rows}
        standing = await SUBJECTS[word].standing(turn, ids, everybody) if rows else None
        if standing is not None:
            made += await still_relayed(rows, readers, standing)
    at_once = {"created_at": turn.now, "hold_until": turn.now, "reason": None}
    waiting = [row.model_dump(exclude={"id"}) | at_once for row in made]
    return await nags.add(turn.session, waiting) > 0


async def _coming_today(turn: TickTurn, word: str, readers: Collection[int]) -> list[Nag]:
    """What the scans of the rest of the day will keep for these people in another's place."""
    until = turn.campaign.midnight(turn.today + timedelta(days=1)) - timedelta(seconds=1)
    ahead = await SUBJECTS[word].ahead(turn, until, ())
    snoozes = await nag_views.snoozes(turn.session, turn.now)
    found: dict[str, Nag] = {}
    for at, events in groupby(await ahead.events(), key=lambda event: event[0]):
        if at <= turn.now:
            continue
        due = [due for _, due in events]
        standing = await ahead.standing({one.subject_id for one in due}, at)
        keeper = NagKeeper(at, turn.campaign, [one for one in snoozes if one.until > at])
        keeper.add(one for one in await nag_keeper.heard_of(due, standing) if one.who.contact_id in readers)
        rows = (Nag(**row) for row in keeper.rows)
        found |= {row.key: row for row in rows if is_of_day(row, until)}
    return list(found.values())


def is_of_day(row: Nag, until: datetime) -> bool:
    """Whether its reader would hear of it in another's place before ``until``."""
    return (
        row.state is NagState.WAITING
        and row.instead_of is not None
        and row.hold_until is not None
        and row.hold_until <= until
    )


async def still_relayed(
    rows: Sequence[Nag], readers: Mapping[int, Contact], standing: SomeStanding
) -> list[Nag]:
    """The rows that are owed already, and that their readers only pass on."""
    found = []
    for contact_id, reader in readers.items():
        letter = NagLetter(reader, False, [row for row in rows if row.contact_id == contact_id])
        await letter.weigh({row.subject: standing for row in letter.rows})
        found += letter.relays
    return found
