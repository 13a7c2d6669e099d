"""Sending what may go out now: one message per person about everything they hear of, within the budget."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Final

from models import nags, people
from models.db import Session, ident
from models.nags import Nag, NagReason, NagState
from models.nags.pushes import Pushes, pushes_since
from rules.slots import slot_key
from services import outbox
from services.campaign import Campaign
from services.dry_run import PlannedMessage, TickStep
from services.nags import nag_gathering, nag_keeper, nag_reasons
from services.nags.messages import nag_message
from services.nags.messages.nag_letter import NagLetter, Standings, by_reader
from services.nags.messages.nag_news import EarlierNags
from services.nags.subject import NagReader, TurnDirectory, ids_by_word
from services.nags.subjects import SUBJECTS
from services.people.free_hours import free_from
from services.turn import TickTurn
from services.views import View

MOST: Final = 200
"""So many nags are told in one step, and what else is ready for their readers."""


async def send(turn: TickTurn, everybody: TurnDirectory, most: int | None) -> TickStep:
    """Promise what may be sent at ``turn.now``: about ``most`` nags, or all of it (None).

    The caller holds the turn of the nags.
    """
    while ready := await nags.ready(turn.session, turn.now, most):
        more = len(ready) == most
        told = await _tell(turn, everybody, ready, more=more)
        if told is not None:
            return TickStep(told, more)
    return TickStep([], more=False)


async def _tell(
    turn: TickTurn, everybody: TurnDirectory, ready: Sequence[Nag], *, more: bool
) -> list[PlannedMessage] | None:
    """Tell the readers of these nags; None: more is kept for some now, and nothing has been told yet.

    ``more``: there may be more for them.
    """
    ids = {row.contact_id for row in ready if row.contact_id is not None}
    rest = await nags.ready_for(turn.session, ids, turn.now) if more else ()
    along = await nags.going_along(turn.session, ids, turn.now, turn.now + nag_keeper.GATHERED)
    letters = await _letters(turn.session, {row.id: row for row in (*ready, *rest, *along)}.values())
    await _leave_asleep(turn, letters)
    standings = await _standings(turn, letters, everybody)
    await _leave_paused(turn, letters, standings)
    for letter in letters:
        await letter.weigh(standings)
    await _settle_moot(turn, letters)
    if await _pass_on(turn, letters, standings):
        # It may be ready at once, and then goes together with what else its readers hear now.
        return None
    pushes = await pushes_since(turn.session, ids, turn.campaign.midnight(turn.today))
    await nag_gathering.hold_back(turn, letters, pushes)
    await _put_off(turn, [letter for letter in letters if letter.told and letter.goes_along])
    full = [letter for letter in letters if letter.told and not letter.goes_along]
    full = await _without_repeats(turn, full, await EarlierNags.read(turn, ids))
    if await nag_gathering.bring_forward(turn, full, pushes, everybody):
        return None
    over = [one for one in full if is_over(one, pushes.get(ident(one.contact), Pushes()), turn.campaign)]
    await _put_off(turn, over)
    going = [letter for letter in full if letter not in over]
    await _promise(turn, going, pushes)
    return [await _planned(turn, letter, standings, everybody) for letter in going]


async def _letters(session: Session, rows: Collection[Nag]) -> list[NagLetter]:
    contacts = await people.contacts_by_id(session, {row.contact_id for row in rows if row.contact_id})
    found = by_reader(sorted(rows, key=ident))
    return [NagLetter(contacts[contact_id], office, mine) for (contact_id, office), mine in found.items()]


async def _standings(turn: TickTurn, letters: Sequence[NagLetter], everybody: TurnDirectory) -> Standings:
    ids = ids_by_word(row for letter in letters for row in letter.rows)
    found = ((word, subject) for word, subject in SUBJECTS.items() if word in ids)
    return {word: await subject.standing(turn, ids[word], everybody) for word, subject in found}


async def _leave_asleep(turn: TickTurn, letters: Sequence[NagLetter]) -> None:
    """Leave people alone whose night has become longer since, until it ends. Days off stay as they were."""
    put_off = []
    for letter in letters:
        until = free_from(letter.contact, turn.now, turn.campaign, all_hours=True)
        if until <= turn.now:
            continue
        asleep = [
            one for one in letter.rows if not one.exempt and one.hold_until and one.hold_until <= turn.now
        ]
        put_off += [{"nag_id": row.id, "until": until} for row in asleep]
        letter.rows = [row for row in letter.rows if row not in asleep]
    await nags.put_off(turn.session, put_off, NagReason.QUIET)


async def _leave_paused(turn: TickTurn, letters: Sequence[NagLetter], standings: Standings) -> None:
    """Let what is about a paused subject wait until the pause is over."""
    ends = {
        ident(row): end
        for letter in letters
        for row in letter.rows
        if (end := nag_keeper.pause_end(row, letter.contact, standings[row.subject], turn)) is not None
    }
    for letter in letters:
        letter.rows = [row for row in letter.rows if row.id not in ends]
    put_off = [{"nag_id": nag_id, "until": until} for nag_id, until in ends.items()]
    await nags.put_off(turn.session, put_off, NagReason.PAUSED)


async def _without_repeats(
    turn: TickTurn, letters: Sequence[NagLetter], before: EarlierNags
) -> list[NagLetter]:
    """The letters with their news found, without what their readers were told a moment ago."""
    risen = [one for letter in letters for one in letter.drop_risen(before, turn.now)]
    put_off = [{"nag_id": row.id, "until": until} for row, until in risen]
    await nags.put_off(turn.session, put_off, None)
    repeats = [row for letter in letters for row in letter.drop_repeats(before, turn.now)]
    gone = {"state": NagState.MOOT, "reason": NagReason.SAME, "outbox_id": None}
    await nags.settle(turn.session, [{"nag_id": row.id, **gone} for row in repeats], turn.now)
    return [letter for letter in letters if letter.told]


def is_over(letter: NagLetter, pushes: Pushes, campaign: Campaign) -> bool:
    """Whether its reader has had as much today as they may.

    A list without news takes nothing from what is urgent: only another such list waits for it.
    """
    if not letter.counts:
        return False
    had = pushes.loud + pushes.quiet if letter.quiet else pushes.loud
    return had >= campaign.policy.budget


async def _settle_moot(turn: TickTurn, letters: Sequence[NagLetter]) -> None:
    await nags.settle(
        turn.session,
        [
            {"nag_id": row.id, "state": NagState.MOOT, "reason": reason, "outbox_id": None}
            for letter in letters
            for row, reason in letter.moot
        ],
        turn.now,
    )


async def _pass_on(turn: TickTurn, letters: Sequence[NagLetter], standings: Standings) -> bool:
    """Keep what has moved on to other people for them; returns whether there is any."""
    moved = [row for letter in letters for row, why in letter.moot if why is NagReason.MOVED]
    made = False
    for word, standing in standings.items():
        mine = [row for row in moved if row.subject == word]
        made = await nag_keeper.pass_on(turn, mine, standing) or made
    return made


async def _put_off(turn: TickTurn, over: Sequence[NagLetter]) -> None:
    """Merge what exceeds the day's budget, or makes no message, into the first one of the next working day.

    It goes along with any message before.
    """
    put_off = []
    for letter in over:
        until = nag_gathering.merges_at(letter.contact, turn.now, turn.campaign)
        put_off += [{"nag_id": row.id, "until": until} for row in letter.told]
    await nags.put_off(turn.session, put_off, NagReason.BUDGET)


async def _promise(turn: TickTurn, going: Sequence[NagLetter], pushes: Mapping[int, Pushes]) -> None:
    day = turn.today
    rows, keys = [], {}
    for letter in going:
        contact_id = ident(letter.contact)
        had = pushes.get(contact_id, Pushes())
        side = "office" if letter.office else str(had.loud + had.quiet + 1)
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


async def _words(turn: TickTurn, letter: NagLetter, standings: Standings) -> View:
    again = letter.may_repeat
    same = () if letter.quiet else letter.same
    reading = NagReader(letter.contact.id, turn.today, turn.now, turn.campaign, may_repeat=again, same=same)
    return nag_message.build(await letter.pages(standings), reading)


async def _planned(
    turn: TickTurn, letter: NagLetter, standings: Standings, everybody: TurnDirectory
) -> PlannedMessage:
    named = [standings[word].name(line.subject_id) for word, many in letter.lines.items() for line in many]
    return PlannedMessage(
        recipient=(await everybody.directory()).name_of(letter.contact),
        chat=letter.contact.telegram_user_id,
        slot=letter.told[-1].slot,
        duties=list(dict.fromkeys(named)),
        reason=nag_reasons.of_letter(letter.told),
        words=partial(_words, turn, letter, standings),
        subjects=tuple(letter.lines),
    )
