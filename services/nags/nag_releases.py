"""放行: nags for a 单位主要领导 go out by one press of the office for each leader."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from locales import Text
from models import nags, people
from models.db import ident
from models.nags import About, Nag, NagReason, NagState
from models.people import Contact
from reports.formats import day_text
from services import audit
from services.access import require_office
from services.errors import DomainError
from services.nags import nag_keeper, nag_reasons
from services.nags.messages.nag_letter import Standings
from services.nags.subject import SomeStanding, TurnDirectory, by_subject
from services.nags.subjects import SUBJECTS
from services.people.free_hours import free_from
from services.recipients import Directory
from services.turn import TickTurn, Turn
from services.views import View, button

SHOWN: Final = 5
NEW: Final = timedelta(days=7)
"""For so long the list says that a leader has joined."""


@dataclass(frozen=True, slots=True)
class PendingRelease:
    """What one leader would hear: the rows by what they are about."""

    leader: Contact
    rows: dict[About, list[Nag]] = field(default_factory=dict)

    @property
    def ids(self) -> list[int]:
        return [row.id for many in self.rows.values() for row in many if row.id is not None]


async def pending(turn: TickTurn) -> tuple[Sequence[PendingRelease], Standings]:
    """What waits for the office, by leader; what has been done meanwhile no longer waits."""
    rows = await nags.to_release(turn.session)
    leaders = await people.contacts_by_id(turn.session, {row.contact_id for row in rows if row.contact_id})
    standings: dict[str, SomeStanding] = {}
    everybody = TurnDirectory(turn)
    found: dict[int, PendingRelease] = {}
    passed_on = False
    for word, mine in by_subject(rows).items():
        standing = standings[word] = await SUBJECTS[word].standing(
            turn, {row.subject_id for row in mine}, everybody
        )
        gone = []
        for row in mine:
            if nag_keeper.is_paused(standing, row.subject_id, turn.now):
                continue  # the office has said that nobody hears of it now
            leader = leaders[row.contact_id or 0]
            weighed = await standing.weigh([row], leader)
            gone += weighed.moot
            if weighed.told:
                kept = found.setdefault(ident(leader), PendingRelease(leader))
                kept.rows.setdefault((row.subject, row.subject_id), []).append(row)
        moot = [
            {"nag_id": row.id, "state": NagState.MOOT, "reason": why, "outbox_id": None} for row, why in gone
        ]
        await nags.settle(turn.session, moot, turn.now)
        moved = [row for row, why in gone if why is NagReason.MOVED]
        passed_on = await nag_keeper.pass_on(turn, moved, standing) or passed_on
    if passed_on:
        return await pending(turn)
    return list(found.values()), standings


async def view(turn: Turn) -> View:
    """The list: each leader with what they would hear, and two buttons."""
    require_office(turn.actor)
    waiting, standings = await pending(turn)
    if not waiting:
        return View([Text("nags.release_none")])
    lines, rows = [Text("nags.release_title", count=len(waiting))], []
    names = await Directory.load(turn.session, turn.today)
    for number, one in enumerate(waiting, 1):
        name = names.name_of(one.leader)
        lines.append(Text("nags.release_leader", number=number, name=name, count=len(one.rows)))
        lines += _joined_lately(turn, one.leader)
        for (word, subject_id), rows_of in list(one.rows.items())[:SHOWN]:
            brief = standings[word].brief(subject_id)
            lines.append(Text("nags.release_item", line=brief, why=nag_reasons.of_release(rows_of)))
        if len(one.rows) > SHOWN:
            lines.append(Text("nags.release_more", count=len(one.rows) - SHOWN))
        subject = {"contact_id": one.leader.id, "ids": one.ids}
        send, drop = (
            Text("nags.release_button", number=number),
            Text("nags.release_drop_button", number=number),
        )
        rows.append(
            [
                button(send, "release.send", turn.actor.id, **subject),
                button(drop, "release.drop", turn.actor.id, **subject),
            ]
        )
    return View(lines, rows)


def _joined_lately(turn: Turn, leader: Contact) -> list[Text]:
    """Since when they can be told at all, where that is new."""
    if leader.enrolled_at is None or leader.enrolled_at < turn.now - NEW:
        return []
    return [Text("nags.release_joined", day=day_text(turn.campaign.today(leader.enrolled_at)))]


async def decide(turn: Turn, contact_id: int, ids: Collection[int], *, send: bool) -> Text:
    """Send the leader what the list showed, or drop it; returns the answer. Only one press counts."""
    require_office(turn.actor)
    # What has been done meanwhile, or the leader no longer hears, is not released.
    waiting, _ = await pending(turn)
    rows = [row for one in waiting for many in one.rows.values() for row in many if row.id in ids]
    if not rows:
        raise DomainError("nags.release_decided")
    leader = await turn.session.get_one(Contact, contact_id)
    if send:
        until = free_from(leader, turn.now, turn.campaign)
        reason = NagReason.QUIET if until > turn.now else None
        await nags.put_off(turn.session, [{"nag_id": row.id, "until": until} for row in rows], reason)
    else:
        held = {"state": NagState.HELD, "reason": NagReason.NOT_RELEASED, "outbox_id": None}
        await nags.settle(turn.session, [{"nag_id": row.id, **held} for row in rows], turn.now)
    audit.note(
        turn,
        "release_nag" if send else "drop_nag",
        ("contact", leader.id),
        after={f"{word}_ids": sorted(ids) for word, ids in _ids_of(rows).items()},
    )
    return Text("nags.released" if send else "nags.release_dropped", name=leader.name)


def _ids_of(rows: Sequence[Nag]) -> dict[str, set[int]]:
    return {word: {row.subject_id for row in mine} for word, mine in by_subject(rows).items()}
