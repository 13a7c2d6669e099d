"""Following a notice: its live count in the issuer's chat, and the lists behind the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from locales import Text
from models import notices
from models.db import ident
from models.notices import Notice, NoticeCopy, NoticeParty, NoticeReceipt, notice_revisions
from models.people import Contact
from reports.formats import moment_text
from rules.delivery.delivery import NOT_ARRIVED, DeliveryState
from rules.notices.notice_lifecycle import NoticeState
from rules.notices.receipt_kinds import ANSWERS
from services.errors import DomainError
from services.notices import audience as audiences
from services.notices import notice_group_copies
from services.notices.audience import Audience
from services.notices.notice_copies import changed_text, earlier_text, key_of, specs
from services.notices.notice_texts import answer_by_text, name_of
from services.turn import TickTurn, Turn
from services.views import LISTED, ButtonSpec, View, button, in_rows


class ListedParties(StrEnum):
    """The lists behind the numbers: who answered in one way, who did not, and who was not reached."""

    READ = "read"
    ATTEND = "attend"
    ABSENT = "absent"
    SUBSTITUTE = "substitute"
    REPLY = "reply"
    OPEN = "open"
    UNREACHED = "unreached"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class NoticeStanding:
    """A notice with its parties, its copies, and what became of each.

    ``earlier``: the last answers to an earlier text, by party, if the notice was sent anew.
    """

    notice: Notice
    parties: Sequence[NoticeParty]
    copies: Sequence[NoticeCopy]
    states: dict[str, DeliveryState]
    earlier: dict[int, NoticeReceipt]

    @property
    def wanted(self) -> list[NoticeCopy]:
        """The copies of people who have joined, but for those that are void."""
        asked = self.notice.asked_revision
        return [copy for copy in self.copies if not copy.waits and copy.revision == asked]

    @property
    def unreached(self) -> list[NoticeParty]:
        """未加入: the parties of which nobody has joined."""
        ids = {copy.party_id for copy in self.wanted}
        return [party for party in self.parties if party.id not in ids]

    @property
    def sent(self) -> int:
        """已发出: the copies that are in their chats, as far as anybody knows."""
        return sum(self.states.get(key_of(copy)) is DeliveryState.SENT for copy in self.wanted)

    @property
    def failed(self) -> list[NoticeCopy]:
        return [copy for copy in self.wanted if self.states.get(key_of(copy)) in NOT_ARRIVED]

    def unanswered(self, party: NoticeParty) -> Text:
        """未答复, with the party's answer to an earlier text."""
        receipt = self.earlier.get(ident(party))
        if receipt is None:
            return Text("notices.list_open")
        return Text("notices.list_open_earlier", earlier=earlier_text(receipt))

    def of(self, listed: ListedParties) -> list[NoticeParty]:
        if listed is ListedParties.OPEN:
            return [party for party in self.parties if party.answer is None]
        if listed is ListedParties.UNREACHED:
            return self.unreached
        if listed is ListedParties.FAILED:
            ids = {copy.party_id for copy in self.failed}
            return [party for party in self.parties if party.id in ids]
        return [party for party in self.parties if party.answer == listed.value]


async def standing_of(turn: TickTurn, notice: Notice) -> NoticeStanding:
    parties = await notices.parties_of(turn.session, ident(notice))
    copies = await notices.copies_of(turn.session, ident(notice))
    states = await notices.deliveries(turn.session, [key_of(copy) for copy in copies])
    before, earlier = notice.asked_revision, {}
    if before > 1:
        earlier = await notice_revisions.earlier_answers(turn.session, ident(notice), before)
    return NoticeStanding(notice, parties, copies, states, earlier)


async def render_live(turn: TickTurn, notice_id: int) -> tuple[View, str] | None:
    """The live count of a notice in its issuer's chat."""
    notice = await notices.notice_by_id(turn.session, notice_id)
    if notice is None:
        return None
    issuer = await turn.session.get_one(Contact, notice.issuer_id)
    return await count_view(turn, notice, notice.issuer_id), issuer.locale or turn.campaign.locale


async def count_view(turn: TickTurn, notice: Notice, reader_id: int) -> View:
    """The numbers of a notice as they are now, for its issuer or a colleague of theirs."""
    found = await standing_of(turn, notice)
    lines = [Text("notices.count.title", notice=name_of(notice, 60)), *await _about(turn, found)]
    if notice.state is not NoticeState.OPEN:
        lines.append(Text(f"notices.over.{notice.state.value}"))
    return View(lines, _rows(found, reader_id))


async def _about(turn: TickTurn, found: NoticeStanding) -> list[Text]:
    notice = found.notice
    who = await audiences.title(turn.session, Audience.from_json(notice.audience))
    ask, by = Text(f"notices.ask.{notice.ask.value}"), answer_by_text(notice, turn.campaign)
    whose = Text("notices.per_unit" if notice.per_unit else "notices.per_person")
    answered = sum(party.answer is not None for party in found.parties)
    numbers = {"sent": found.sent, "copies": len(found.wanted), "all": len(found.parties)}
    lines = [
        *changed_text(turn, notice),
        Text("notices.to", audience=who),
        Text("notices.asked", whose=whose, ask=ask, by=by),
        Text("notices.count.numbers", answered=answered, **numbers),
    ]
    before = sum(party.answer is None and party.id in found.earlier for party in found.parties)
    if before:
        lines.append(Text("notices.count.earlier", count=before))
    if found.unreached:
        lines.append(Text("notices.count.unreached", count=len(found.unreached)))
    if found.failed:
        lines.append(Text("notices.count.failed", count=len(found.failed)))
    return [*lines, *await notice_group_copies.standing(turn.session, notice)]


def _rows(found: NoticeStanding, reader_id: int) -> list[list[ButtonSpec]]:
    notice, about = found.notice, {"notice_id": ident(found.notice)}
    kinds = [ListedParties(kind.value) for kind in ANSWERS[notice.ask]]
    lists = [
        _list_button(one, there, reader_id, ident(notice))
        for one in (*kinds, ListedParties.OPEN, ListedParties.UNREACHED, ListedParties.FAILED)
        if (there := len(found.of(one)))
    ]
    ends = [button("notices.sheet_button", "notice.sheet", reader_id, **about)]
    if notice.revision > 1:
        ends.append(button("notices.earlier_button", "notice.earlier", reader_id, **about))
    if notice.state is NoticeState.OPEN:
        if found.of(ListedParties.OPEN):
            ends.append(button("notices.remind_button", "notice.remind", reader_id, **about))
        ends.append(button("notices.revise_button", "notice.revise", reader_id, **about))
        ends.append(button("notices.end_button", "notice.end", reader_id, **about))
    if notice.state is not NoticeState.WITHDRAWN:
        ends.append(button("notices.withdraw_button", "notice.withdraw", reader_id, **about))
    return [*in_rows(lists, 2), *in_rows(ends, 2)]


def _list_button(listed: ListedParties, count: int, reader_id: int, notice_id: int) -> ButtonSpec:
    label = Text(f"notices.list_button.{listed.value}", count=count)
    return button(label, "notice.list", reader_id, notice_id=notice_id, listed=listed)


async def theirs(turn: Turn, notice_id: int, *, lock: bool = False) -> Notice:
    """A notice that the actor follows: their own, or for the office one of a colleague.

    ``DomainError``: it is somebody else's.
    """
    read = notices.locked if lock else notices.notice_by_id
    notice = await read(turn.session, notice_id)
    if notice is None:
        raise DomainError("buttons.expired")
    if notice.issuer_id != turn.actor.id:
        issuer = await turn.session.get_one(Contact, notice.issuer_id)
        if not turn.actor.is_office or issuer.unit_id != turn.actor.contact.unit_id:
            raise DomainError("buttons.expired")
    return notice


async def open_one(turn: Turn, notice_id: int) -> View:
    """A notice that the actor has sent: its text, its files and its numbers as they are now."""
    notice = await theirs(turn, notice_id)
    counted = await count_view(turn, notice, turn.actor.id)
    found = await notices.files_of(turn.session, notice_id)
    return View(
        [Text("notices.body", text=notice.text), *counted.lines[1:]], counted.rows, files=specs(found)
    )


async def count(turn: Turn, notice_id: int) -> View:
    """The numbers again, as they are now."""
    return await count_view(turn, await theirs(turn, notice_id), turn.actor.id)


async def followed(turn: Turn) -> Sequence[Notice]:
    """The last notices that the actor has sent, and for the office those of the whole office."""
    if turn.actor.is_office:
        return await notices.issued_in(turn.session, turn.actor.contact.unit_id)
    return await notices.issued_by(turn.session, turn.actor.id)


async def list_view(turn: Turn) -> View:
    """``/notice`` alone: the notices that the actor follows, and 写通知."""
    found = await followed(turn)
    lines = [Text("notices.mine_title", count=len(found))]
    rows = []
    for number, notice in enumerate(found[:LISTED], 1):
        at = moment_text(notice.sent_at, turn.campaign.zone)
        state = Text(f"notices.state.{notice.state.value}")
        lines.append(Text("notices.mine_line", number=number, notice=name_of(notice, 40), at=at, state=state))
        label = Text("notices.mine_button", number=number, notice=name_of(notice, 16))
        rows.append([button(label, "notice.follow", turn.actor.id, notice_id=notice.id)])
    return View(lines, [[button("notices.begin_button", "notice.begin", turn.actor.id)], *rows])
