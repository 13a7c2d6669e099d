"""Notices that wait for an answer, as a subject of the nag engine."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from models.db import RowJson, ident
from models.delivery.messages import Outbox
from models.notices import Notice, NoticeParty, notice_due
from models.people import Contact
from rules.nags.ladder import DueSlots
from rules.nags.levels import Level
from rules.nags.policy import KindOfDuty, Rung, RungMeasure
from services.errors import DomainError
from services.nags.nag_keeper import due_by_ladder, ladder_of
from services.nags.notices.notice_page import CONTENT, NoticeLine
from services.nags.notices.notice_standing import ANSWER_KIND, READ_KIND, WORD, NoticeDuties, obligation
from services.nags.subject import DueNag, NagFile, OwedPart, Subject, SubjectScan, TurnDirectory
from services.notices.notice_texts import name_of
from services.turn import TickTurn, Turn

MOST: Final = 400
"""So many parties are looked at in one step."""
_DAY: Final = RungMeasure.WORKING_DAY
_ON_THE_DAY: Final = (Level.RESPONSIBLE,)
KINDS: Final = (
    KindOfDuty(
        READ_KIND,
        ("通知阅知", "阅知"),
        "notices.nag.kind_read",
        "notices.nag.kind_read",
        (Rung(READ_KIND, 0, _DAY, _ON_THE_DAY),),
        goes_on=False,
    ),
    KindOfDuty(
        ANSWER_KIND,
        ("通知回执", "回执", "参会回执"),
        "notices.nag.kind_answer",
        "notices.nag.kind_answer",
        (
            Rung(ANSWER_KIND, 0, _DAY, _ON_THE_DAY),
            Rung(ANSWER_KIND, 1, _DAY, (Level.SECTION, Level.LEADER_IN_CHARGE)),
        ),
        goes_on=False,
    ),
)
"""阅知: one line on the deadline's morning. 参会 and 回复: the same, and a working day later those above."""


async def _scan(turn: TickTurn, everybody: TurnDirectory) -> SubjectScan[NoticeLine]:
    found = await notice_due.due_for_look(turn.session, turn.now, MOST)
    if not found:
        return SubjectScan([], None)
    duties = await NoticeDuties.of(turn, [ident(one) for one in found], await everybody.directory())
    ladder, due = ladder_of(turn.campaign), []
    for party in found:
        notice, party_id = duties.found[ident(party)][1], ident(party)
        owed, following = obligation(notice, turn.campaign), None
        if duties.is_owed(party_id):
            slots = ladder.due(owed, party.nagged_until, turn.now)
            due += [due_by_ladder(WORD, party_id, owed, slots, ladder)] if slots else []
            following = ladder.next_after(owed, turn.now)
        await notice_due.seen_to(turn.session, party, following, turn.now)
    return SubjectScan(due, duties if due else None, len(found) == MOST)


async def _stand_at(turn: TickTurn, moment: datetime, backlog: bool) -> None:
    await notice_due.stand_at(turn.session, moment, backlog=backlog)


async def _standing(turn: TickTurn, ids: Collection[int], everybody: TurnDirectory) -> NoticeDuties:
    return await NoticeDuties.of(turn, ids, await everybody.directory())


async def _left(
    turn: TickTurn, _row: Outbox, items: Sequence[RowJson], reader: Contact
) -> tuple[Sequence[NoticeLine], NoticeDuties]:
    ids = {item[f"{WORD}_id"] for item in items}
    standing = await NoticeDuties.of(turn, ids, await TurnDirectory(turn).directory())
    return await standing.still(items, reader), standing


async def _own(_turn: Turn, _party_id: int) -> Sequence[NoticeLine]:
    return []  # one line that asks once is not put off


def _put_off(_line: NoticeLine) -> Sequence[OwedPart]:
    return []


async def _file(turn: Turn, party_id: int) -> NagFile:
    found = (await notice_due.with_notices(turn.session, [party_id])).get(party_id)
    if found is None:
        raise DomainError("buttons.expired")
    party, notice = found
    sees = turn.actor.is_office or notice.issuer_id == turn.actor.id
    if not sees and not turn.actor.belongs_to(party.unit_id):
        raise DomainError("buttons.expired")
    return NagFile(name_of(notice), party.unit_id, party.contact_id, whole=sees)


@dataclass(frozen=True, slots=True)
class NoticesAhead:
    """The parties that the scan looks at in the coming days."""

    turn: TickTurn
    until: datetime
    parties: Sequence[tuple[NoticeParty, Notice]]
    everybody: TurnDirectory

    @classmethod
    async def read(cls, turn: TickTurn, until: datetime, _waiting: Collection[int]) -> Self:
        found = await notice_due.due_for_look(turn.session, until, MOST)
        known = await notice_due.with_notices(turn.session, [ident(one) for one in found])
        return cls(turn, until, list(known.values()), TurnDirectory(turn))

    @property
    def looked(self) -> int:
        return len(self.parties)

    @property
    def whole(self) -> bool:
        return len(self.parties) < MOST

    async def events(self) -> Sequence[tuple[datetime, DueNag]]:
        ladder, found = ladder_of(self.turn.campaign), []
        for party, notice in self.parties:
            owed = obligation(notice, self.turn.campaign)
            for slot in ladder.between(owed, party.nagged_until, self.until):
                one = due_by_ladder(WORD, ident(party), owed, DueSlots([slot]), ladder)
                found.append((slot.at, one))
        return sorted(found, key=lambda event: event[0])

    async def standing(self, subject_ids: Collection[int], at: datetime) -> NoticeDuties:
        then = TickTurn(self.turn.session, at, self.turn.campaign)
        return await NoticeDuties.of(then, subject_ids, await self.everybody.directory())


NOTICES: Final = Subject(
    WORD,
    CONTENT,
    KINDS,
    "",
    scan=_scan,
    next_look=notice_due.next_look,
    look_again=notice_due.look_again,
    stand_at=_stand_at,
    standing=_standing,
    left=_left,
    own=_own,
    put_off=_put_off,
    file=_file,
    ahead=NoticesAhead.read,
    in_digest=False,
    is_foreseen=False,
    goes_along=True,
)
"""A line stands for one party of a notice."""
