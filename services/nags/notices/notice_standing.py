"""How things stand with the parties of notices at one moment: who hears, and what is still owed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final, Self

from locales import Text
from models.db import RowJson, ident, known, row_of
from models.delivery.messages import Outbox
from models.nags import Nag, NagReason
from models.notices import Notice, NoticeCopy, NoticeParty, notice_due
from models.people import Contact
from rules.nags.ladder import Obligation
from rules.nags.levels import Level
from rules.notices.notice_lifecycle import NoticeState
from rules.notices.receipt_kinds import NoticeAsk
from rules.people.roles import Role
from services.campaign import Campaign
from services.nags.notices import notice_page
from services.nags.notices.notice_page import NoticeLine
from services.nags.subject import DueNag, PageMaker, PersonLines
from services.notices.notice_texts import name_of
from services.recipients import Directory, Recipient, of_section
from services.turn import TickTurn

WORD: Final = "notice_party"
READ_KIND: Final = "notice_read"
ANSWER_KIND: Final = "notice_answer"


def kind_of(notice: Notice) -> str:
    """阅知 is asked for once; an answer about a meeting or in words is missed by those above, too."""
    return READ_KIND if notice.ask is NoticeAsk.READ else ANSWER_KIND


def obligation(notice: Notice, campaign: Campaign) -> Obligation:
    """The answer that a party of the notice owes. After the deadline nobody hears of 阅知 any more."""
    day = campaign.today(notice.answer_by)
    ends = notice.answer_by if notice.ask is NoticeAsk.READ else None
    return Obligation(kind_of(notice), f"{day:%Y%m%d}", notice.sent_at, notice.answer_by, day, ends)


@dataclass(frozen=True, slots=True)
class NoticeDuties:
    """``found``: parties with their notices, by the party's id. ``copies``: who got it, by party."""

    now: datetime
    campaign: Campaign
    found: Mapping[int, tuple[NoticeParty, Notice]]
    copies: Mapping[int, Sequence[NoticeCopy]]
    directory: Directory

    @classmethod
    async def of(cls, turn: TickTurn, party_ids: Collection[int], directory: Directory) -> Self:
        found = await notice_due.with_notices(turn.session, party_ids)
        copies = await notice_due.copies_by_party(turn.session, party_ids)
        return cls(turn.now, turn.campaign, found, copies, directory)

    def is_owed(self, party_id: int) -> bool:
        party, notice = self.found[party_id]
        over = notice.ask is NoticeAsk.READ and notice.answer_by <= self.now
        return party.answer is None and notice.state is NoticeState.OPEN and not over

    async def readers(self, subject_id: int, level: Level) -> Sequence[Recipient]:
        """Those who got a copy and may answer; above them the section and the 分管领导 of the unit."""
        party, _ = self.found[subject_id]
        theirs = self._answering(party)
        if level is Level.RESPONSIBLE:
            return theirs
        there = [one for one in self.directory.by_unit.get(party.unit_id, ()) if one.reachable]
        but = {who.contact_id for who in theirs}
        if level is Level.SECTION:
            names = {who.contact.section for who in theirs if who.contact is not None}
            roles = self.directory.roles
            chosen = [one for name in names for one in of_section(name, there, roles, but)]
        else:
            in_charge = level is Level.LEADER_IN_CHARGE
            chosen = self.directory.holders(Role.LEADER_IN_CHARGE, party.unit_id) if in_charge else []
        return [Recipient(one) for one in self.directory.heard(chosen) if one.id not in but]

    def _answering(self, party: NoticeParty) -> list[Recipient]:
        found = []
        for copy in self.copies.get(ident(party), ()):
            reader = row_of(self.directory.by_id, copy.contact_id)
            if reader is not None and reader.reachable and (copy.place or reader.unit_id == party.unit_id):
                found.append(Recipient(reader, copy.place or None, deputy=bool(copy.place)))
        return found

    async def weigh(self, rows: Sequence[Nag], reader: Contact) -> PersonLines[NoticeLine]:
        found = PersonLines[NoticeLine]()
        for row in rows:
            line = await self._line(row.subject_id, row.level, reader)
            if line is None:
                found.moot.append((row, NagReason.DONE))
                continue
            found.told.append(row)
            found.lines += [line] if line not in found.lines else []
        return found

    async def _line(self, party_id: int, level: Level | None, reader: Contact) -> NoticeLine | None:
        """None: it is answered or over, or the reader hears of it no more."""
        if level is None or party_id not in self.found or not self.is_owed(party_id):
            return None
        hears = {who.contact_id for who in await self.readers(party_id, level)}
        return NoticeLine(party_id, level) if reader.id in hears else None

    async def still(self, items: Sequence[RowJson], reader: Contact) -> list[NoticeLine]:
        lines = [await self._line(item[f"{WORD}_id"], Level(item["level"]), reader) for item in items]
        return [line for line in lines if line is not None]

    async def again(self, row: Nag, due_at: datetime) -> DueNag | None:
        return None  # whoever reads it by now has their own copy

    async def comes_again(self, row: Nag) -> bool:
        return False

    async def page(self, lines: Sequence[NoticeLine], reader: Contact) -> PageMaker:
        own = {
            copy.party_id: ident(copy)
            for many in self.copies.values()
            for copy in many
            if copy.contact_id == reader.id
        }
        return partial(notice_page.notice_page, lines, self.found, own, self.directory.unit_names)

    async def done(self, row: Outbox, reader: Contact) -> Mapping[tuple[int, str], Text]:
        found = {}
        for item in row.content[notice_page.CONTENT]:
            party_id = known(item[f"{WORD}_id"])
            party, notice = self.found[party_id]
            if party.answer is not None:
                found[party_id, ""] = Text("notices.nag.answered")
            elif notice.state is not NoticeState.OPEN:
                found[party_id, ""] = Text(f"notices.over.{notice.state.value}")
        return found

    def name(self, subject_id: int) -> str:
        return name_of(self.found[subject_id][1])

    def brief(self, subject_id: int) -> Text:
        return Text("common.as_is", text=self.name(subject_id))

    def paused_until(self, subject_id: int) -> datetime | None:
        return None

    def answers(self, subject_id: int) -> int | None:
        """Others of the unit hear of it, too, or nobody: nobody is missed."""
        return None
