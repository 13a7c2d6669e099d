"""修改: a notice gets another text. 更正 edits what was sent; 重新阅知 sends it anew and asks again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from locales import Text
from models import notices
from models.db import ident
from models.notices import Notice, NoticeRevision, notice_revisions
from reports.formats import moment_text
from rules.notices.answer_deadlines import renewed_deadline
from rules.notices.notice_lifecycle import IllegalNoticeEventError, NoticeEvent, next_state
from rules.notices.secrecy_marks import secrecy_mark
from services import audit, questions
from services.drafts.draft_changes import Addition
from services.drafts.draft_parts import DraftPart, words_of
from services.errors import DomainError
from services.notices import audience as audiences
from services.notices import notice_copies, notice_group_copies, notice_readers, notice_sending
from services.notices.notice_drafts import TEXT_LIMIT
from services.notices.notice_ending import SUBJECT
from services.notices.notice_following import standing_of, theirs
from services.notices.notice_texts import answer_by_text, deadline_text, name_of
from services.turn import Turn
from services.views import View, button, paging

TEXT_ASKED: Final = "notice.text"


@dataclass(frozen=True, slots=True)
class NoticePart:
    """One of the messages that the text of an open notice was made from."""

    notice: Notice
    parts: tuple[DraftPart, ...]
    index: int

    def edited(self, text: str) -> list[DraftPart]:
        return [replace(part, text=text) if n == self.index else part for n, part in enumerate(self.parts)]


async def ask(turn: Turn, notice_id: int) -> View:
    """修改: the next message is the new text."""
    notice = await theirs(turn, notice_id, lock=True)
    late = _too_late(turn, notice, notice.revision, NoticeEvent.CORRECT)
    if late is not None:
        return View([late])
    arguments = {"notice_id": notice_id, "seen_revision": notice.revision}
    await questions.ask_here(turn, TEXT_ASKED, arguments)
    back = button("notices.keep_text_button", "notice.count", turn.actor.id, notice_id=notice_id)
    return View([Text("notices.ask_text"), Text("notices.body", text=notice.text)], [[back]])


async def written(turn: Turn, notice_id: int, seen_revision: int, words: str) -> View:
    """The new text is shown, with the two ways to use it. A text that cannot be sent is written again."""
    notice = await theirs(turn, notice_id, lock=True)
    late = _too_late(turn, notice, seen_revision, NoticeEvent.CORRECT)
    if late is not None:
        return View([late])
    text = words.strip()
    _refuse(notice, text)
    return await _offer(turn, notice, text)


async def part_at(turn: Turn, message_id: int) -> NoticePart | None:
    """The part of an open notice of the actor's own that is this message of the chat."""
    for notice in await notices.issued_by(turn.session, turn.actor.id):
        parts = tuple(DraftPart.from_json(part) for part in notice.parts)
        for index, part in enumerate(parts):
            if part.is_message(turn.chat, message_id):
                return NoticePart(notice, parts, index)
    return None


async def edit(turn: Turn, part: NoticePart, addition: Addition) -> View | None:
    """The sender has edited a message of a notice. None: its words are the same."""
    if addition.text == part.parts[part.index].text:
        return View([Text("notices.files_stay")]) if addition.files else None
    notice = await theirs(turn, ident(part.notice), lock=True)
    late = _too_late(turn, notice, notice.revision, NoticeEvent.CORRECT)
    if late is not None:
        return View([late])
    parts = part.edited(addition.text)
    text = words_of(parts).strip()
    if text != notice.text:
        _refuse(notice, text)
    notice.parts = [one.to_json() for one in parts]
    await turn.session.flush()
    return View([Text("notices.same_text")]) if text == notice.text else await _offer(turn, notice, text)


def _too_late(turn: Turn, notice: Notice, seen_revision: int, event: NoticeEvent) -> Text | None:
    """Why the text cannot be changed any more: the right is lost, it is over, or has been changed since."""
    if not audiences.may_send(turn.actor):
        return Text("notices.not_yours")
    try:
        next_state(notice.state, event)
    except IllegalNoticeEventError:
        return Text(f"notices.over.{notice.state.value}")
    return None if notice.revision == seen_revision else Text("notices.changed_meanwhile")


def _refuse(notice: Notice, text: str) -> None:
    """``DomainError``: this text cannot be sent, or is the present one."""
    if not text:
        raise DomainError("notices.no_new_text")
    if len(text) > TEXT_LIMIT:
        raise DomainError("notices.too_long", limit=TEXT_LIMIT)
    if (mark := secrecy_mark(text)) is not None:
        raise DomainError("notices.secret", mark=mark)
    if text == notice.text:
        raise DomainError("notices.same_text")


async def _offer(turn: Turn, notice: Notice, text: str) -> View:
    """The new text, and what each of the two ways does."""
    standing = await standing_of(turn, notice)
    answered = sum(party.answer is not None for party in standing.parties)
    about = {"notice_id": ident(notice), "seen_revision": notice.revision, "words": text}
    by = deadline_text(_renewed_deadline(turn, notice).astimezone(turn.campaign.zone))
    lines = [
        Text("notices.offer_title", notice=name_of(notice, 40)),
        Text("notices.body", text=text),
        Text("notices.offer_correct", count=answered),
        Text("notices.offer_renew", count=answered, by=by),
    ]
    correct = button("notices.correct_button", "notice.correct", turn.actor.id, **about)
    renew = button("notices.renew_button", "notice.renew", turn.actor.id, **about)
    back = button("notices.keep_text_button", "notice.count", turn.actor.id, notice_id=ident(notice))
    return View(lines, [[correct, renew], [back]])


def _renewed_deadline(turn: Turn, notice: Notice) -> datetime:
    clock = turn.campaign.working_time
    return renewed_deadline(notice.answer_by, turn.now, clock, urgent=notice.urgent)


async def correct(turn: Turn, notice_id: int, seen_revision: int, words: str) -> View:
    """更正: what was sent is edited in place, and the answers stay."""
    notice = await _changed(turn, notice_id, seen_revision, words, NoticeEvent.CORRECT)
    await _let_all_follow(turn, notice)
    return _done(turn, notice, Text("notices.corrected", number=notice.revision))


async def renew(turn: Turn, notice_id: int, seen_revision: int, words: str) -> View:
    """重新阅知: everybody gets the new text as a new message and is asked anew."""
    notice = await _changed(turn, notice_id, seen_revision, words, NoticeEvent.RENEW)
    notice.answer_by = _renewed_deadline(turn, notice)
    notice.asked_revision = notice.revision
    await turn.session.flush()
    await notice_revisions.ask_anew(turn.session, notice_id, turn.now)
    await _let_all_follow(turn, notice)
    await notice_group_copies.ask_anew(turn, notice)
    await notice_readers.give(turn, notice, turn.actor)
    await notice_sending.promise_due(turn)
    people = len((await standing_of(turn, notice)).wanted)
    by = answer_by_text(notice, turn.campaign)
    return _done(turn, notice, Text("notices.renewed", number=notice.revision, people=people, by=by))


async def _changed(turn: Turn, notice_id: int, seen_revision: int, text: str, event: NoticeEvent) -> Notice:
    """The notice, locked, with its new text; the one before is kept.

    ``DomainError``: it cannot be changed, or not to this text.
    """
    notice = await theirs(turn, notice_id, lock=True)
    late = _too_late(turn, notice, seen_revision, event)
    if late is not None:
        raise DomainError(late.key)
    _refuse(notice, text)
    before = NoticeRevision(
        notice_id=notice_id,
        number=notice.revision,
        text=notice.text,
        asked_anew=event is NoticeEvent.RENEW,
        actor_id=turn.actor.id,
        at=turn.now,
    )
    turn.session.add(before)
    if words_of([DraftPart.from_json(part) for part in notice.parts]).strip() != text:
        notice.parts = []  # the messages that it was made from do not say this
    notice.text, notice.revision, notice.revised_at = text, notice.revision + 1, turn.now
    await turn.session.flush()
    changed = {"before": {"revision": before.number}, "after": {"revision": notice.revision}}
    audit.note(turn, f"notice_{event.value}", (SUBJECT, notice_id), **changed)
    return notice


async def _let_all_follow(turn: Turn, notice: Notice) -> None:
    """Let the copies that stand in chats show how things are now, and the count."""
    copies = await notices.copies_of(turn.session, ident(notice))
    await notice_copies.touch(turn.session, copies)
    await notice_group_copies.counts_follow(turn.session, notice)


async def earlier(turn: Turn, notice_id: int, offset: int = 0) -> View:
    """前稿: the texts that the notice had before, each on a page of its own, the last one first."""
    notice = await theirs(turn, notice_id)
    found = [*reversed(await notice_revisions.texts_of(turn.session, notice_id))]
    if not found:
        raise DomainError("buttons.expired")
    shown = found[min(offset, len(found) - 1)]
    at = moment_text(shown.at, turn.campaign.zone)
    who = await audit.name_of(turn.session, shown.actor_id)
    key = "notices.earlier_renewed" if shown.asked_anew else "notices.earlier_corrected"
    lines = [
        Text("notices.earlier_title", number=shown.number, notice=name_of(notice, 40)),
        Text("notices.body", text=shown.text),
        Text(key, who=who, at=at),
    ]
    turned = paging("notice.earlier", turn.actor.id, offset, len(found), page=1, notice_id=notice_id)
    return View(lines, turned)


def _done(turn: Turn, notice: Notice, said: Text) -> View:
    opens = button("notices.open_button", "notice.follow", turn.actor.id, notice_id=notice.id)
    return View([said], [[opens]])
