"""发送: a notice with its parties and copies in one transaction; the outbox promises each copy once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from locales import Text
from models import notices, people
from models.db import ident
from models.delivery.live_messages import LiveKind
from models.drafts import Draft
from models.notices import Notice, NoticeCopy, NoticeFile, NoticeParty
from models.people import Contact
from rules.delivery.delivery import MessageKind
from rules.notices.notice_lifecycle import NoticeEvent, next_state
from rules.notices.secrecy_marks import secrecy_mark
from services import audit, live_updates, office_notices, outbox
from services.drafts import draft_changes
from services.drafts.draft_kinds import draft_button
from services.errors import DomainError
from services.notices import notice_card, notice_choices, notice_drafts, notice_group_copies
from services.notices.audience import Reach
from services.notices.notice_copies import key_of
from services.notices.notice_drafts import CardReach, NoticePlan, plan_of
from services.notices.notice_ending import SUBJECT
from services.people.free_hours import free_from
from services.turn import TickTurn, Turn
from services.views import View, button

AT_ONCE: Final = 500
"""So many copies are promised by one write."""


async def send(turn: Turn, revision: int, mark: str, sure: bool = False) -> View:
    """发送. ``mark``: who is reached, as the card shows it; if that has changed, the card comes again.

    An urgent notice is asked about once more (``sure``), for it goes out at any hour.
    """
    draft = await notice_drafts.require(turn, revision)
    plan = plan_of(draft)
    _refuse(turn, draft, plan)
    found = await notice_drafts.reach_of(turn, plan)
    now_reached = await notice_drafts.card_reach(turn, plan, found)
    if now_reached.mark != mark:
        await notice_drafts.change(turn, draft)
        card = await notice_card.card(turn.session, turn.actor, draft)
        return View([Text("notices.changed_since"), *card.lines], card.rows, draft_id=draft.id)
    if not found.readers:
        raise DomainError("notices.no_reader")
    if plan.urgent and not sure:
        return _ask_sure(turn, draft, now_reached)
    await draft_changes.take(turn.session, draft)
    notice = await _make(turn, draft, plan, found)
    said = [Text("notices.sending", units=now_reached.units, people=now_reached.people)]
    if notice.in_groups:
        said.append(Text("notices.groups.sending", groups=len(found.groups)))
    return View(said, [[button("notices.open_button", "notice.follow", turn.actor.id, notice_id=notice.id)]])


def _ask_sure(turn: Turn, draft: Draft, reach: CardReach) -> View:
    """The question before an urgent notice."""
    about = {"mark": reach.mark, "sure": True}
    yes = draft_button("notices.send_now_button", "notice.send", turn.actor.id, draft, **about)
    back = draft_button("notices.back_button", "notice.show", turn.actor.id, draft)
    return View([Text("notices.ask_urgent", people=reach.people)], [[yes], [back]], draft_id=draft.id)


def _refuse(turn: Turn, draft: Draft, plan: NoticePlan) -> None:
    """``DomainError``: no text, a mark of secrecy, or a deadline that has passed meanwhile."""
    if not draft.text.strip():
        raise DomainError("notices.no_text_yet")
    if len(draft.text) > notice_drafts.TEXT_LIMIT:
        raise DomainError("notices.too_long", limit=notice_drafts.TEXT_LIMIT)
    names = (file.file_name or "" for file in draft_changes.files_of(draft))
    if (found := secrecy_mark(draft.text, *names)) is not None:
        raise DomainError("notices.secret", mark=found)
    notice_choices.refuse_deadline(turn, plan.answer_by, urgent=plan.urgent)


async def _make(turn: Turn, draft: Draft, plan: NoticePlan, found: Reach) -> Notice:
    """The notice with everything that belongs to it. What may go out now is promised now."""
    parts = draft_changes.parts_of(draft)
    notice = Notice(
        issuer_id=turn.actor.id,
        text=draft.text,
        ask=plan.ask,
        per_unit=plan.per_unit,
        urgent=plan.urgent,
        answer_by=plan.answer_by,
        audience={} if plan.audience is None else plan.audience.to_json(),
        state=next_state(None, NoticeEvent.SEND),
        sent_at=turn.now,
        parts=[replace(part, files=(), chat_id=part.chat_id or draft.chat_id).to_json() for part in parts],
    )
    turn.session.add(notice)
    await turn.session.flush()
    _add_files(turn, draft, notice)
    await _add_parties(turn, notice, found)
    if plan.in_groups:
        await notice_group_copies.add(turn, notice, found.groups)
    chosen = {"ask": plan.ask.value, "urgent": plan.urgent, "people": len(found.readers)}
    chosen |= {"groups": len(found.groups)} if notice.in_groups else {}
    audit.note(turn, "notice_send", (SUBJECT, notice.id), after=chosen)
    home = (turn.account, None)
    await live_updates.ensure_live(turn.session, LiveKind.NOTICE_COUNT, ident(notice), chat=home)
    await promise_due(turn)
    return notice


def _add_files(turn: Turn, draft: Draft, notice: Notice) -> None:
    for position, file in enumerate(draft_changes.files_of(draft)):
        row = NoticeFile(
            notice_id=ident(notice),
            position=position,
            kind=draft_changes.evidence_kind(file),
            file_id=file.file_id,
            file_unique_id=file.file_unique_id,
            file_name=file.file_name,
        )
        turn.session.add(row)


async def _add_parties(turn: Turn, notice: Notice, found: Reach) -> None:
    parties = [
        NoticeParty(
            notice_id=ident(notice),
            unit_id=ident(party.unit),
            contact_id=None if party.contact is None else party.contact.id,
            look_at=turn.now,
            nagged_until=turn.now,
        )
        for party in found.parties
    ]
    turn.session.add_all(parties)
    await turn.session.flush()
    copies = [
        new_copy(turn, notice, row, who, place)
        for row, party in zip(parties, found.parties, strict=True)
        for who, place in party.readers
    ]
    copies += [
        NoticeCopy(notice_id=ident(notice), party_id=ident(row), contact_id=ident(who), waits=True)
        for row, party in zip(parties, found.parties, strict=True)
        for who in party.waiting
    ]
    turn.session.add_all(copies)
    await turn.session.flush()


def new_copy(turn: TickTurn, notice: Notice, party: NoticeParty, who: Contact, place: str) -> NoticeCopy:
    """The copy of a reader. ``place``: as ``NoticeCopy`` has it."""
    return NoticeCopy(
        notice_id=ident(notice),
        party_id=ident(party),
        contact_id=ident(who),
        place=place,
        due_at=due(turn, notice, who),
        revision=notice.asked_revision,
    )


def due(turn: TickTurn, notice: Notice, reader: Contact) -> datetime:
    """When the reader's copy may go out: now, or after their quiet hours if the notice is not urgent."""
    return turn.now if notice.urgent else free_from(reader, turn.now, turn.campaign)


async def promise_due(turn: TickTurn) -> int:
    """Promise the copies that may go out now; returns how many there were."""
    count = 0
    while found := await notices.copies_due(turn.session, turn.now, AT_ONCE):
        await _promise(turn, found)
        count += len(found)
    return count + await notice_group_copies.promise_due(turn)


async def _promise(turn: TickTurn, found: Sequence[NoticeCopy]) -> None:
    readers = await people.contacts_by_id(turn.session, {copy.contact_id for copy in found})
    rows = []
    for copy in found:
        about = {"notice": copy.notice_id, "copy": copy.id, "revision": copy.revision}
        body = office_notices.NOTICE_COPY, about
        reader, key = readers[copy.contact_id], key_of(copy)
        if reader.reachable and reader.telegram_user_id is not None:
            rows.append(outbox.row_for(reader, MessageKind.ORDER, key, body, turn.now))
        else:  # it is kept for their return
            await outbox.enqueue_raw(turn.session, MessageKind.ORDER, key, body, now=turn.now, contact=reader)
    if rows:
        await outbox.enqueue_many(turn.session, rows)
    await notices.copies_promised(turn.session, [ident(copy) for copy in found])
