"""回执: the answer of a unit or a person to a notice. The last one counts, all are kept."""

from __future__ import annotations

from typing import Final

from locales import Text
from models import notices
from models.db import ident
from models.notices import Notice, NoticeCopy, NoticeParty, NoticeReceipt
from rules.notices.notice_lifecycle import IllegalNoticeEventError, NoticeEvent, next_state
from rules.notices.receipt_kinds import ANSWERS, IN_WORDS, WORDS_LIMIT, ReceiptKind
from services import audit, questions
from services.access import Actor
from services.errors import DomainError
from services.notices import notice_copies, notice_group_copies
from services.notices.notice_copies import answer_text
from services.notices.notice_texts import name_of
from services.turn import Turn
from services.views import TurnOutcome, View, button

WORDS_ASKED: Final = "notice.answer_words"


async def press(
    turn: Turn, party_id: int, seen_answers: int, kind: ReceiptKind, seen_revision: int = 1
) -> TurnOutcome:
    """已阅 and 参加 count at once. Somebody who comes too late sees the copy as it is now.

    ``seen_revision``: the text of the pressed message, here and below.
    """
    notice, copy, party = await _open(turn, party_id)
    if kind in IN_WORDS or kind not in ANSWERS[notice.ask]:
        raise DomainError("buttons.expired")
    said, done = await _too_late(turn, notice, party, seen_answers), False
    if said is None:
        words = _own_words(turn.actor) if kind is ReceiptKind.ATTEND else ""
        said, done = await _answer(turn, (notice, seen_revision), copy, party, kind, words)
    return TurnOutcome(await notice_copies.copy_view(turn, notice, copy), said, done=done)


def _own_words(actor: Actor) -> str:
    """The reader's own name and post, as the one who comes."""
    return " ".join(part for part in (actor.contact.name, actor.contact.post) if part)


async def write(
    turn: Turn, party_id: int, seen_answers: int, kind: ReceiptKind, seen_revision: int = 1
) -> View:
    """请假, 由…代 and 回复: the next message says why, who comes, or the reply."""
    notice, _, party = await _open(turn, party_id)
    if kind not in IN_WORDS or kind not in ANSWERS[notice.ask]:
        raise DomainError("buttons.expired")
    late = await _too_late(turn, notice, party, seen_answers)
    if late is not None:
        return View([late])
    seen = {"seen_answers": seen_answers, "seen_revision": seen_revision}
    await questions.ask_here(turn, WORDS_ASKED, {"party_id": party_id, "kind": kind, **seen})
    return View([Text(f"notices.ask_answer.{kind.value}", notice=name_of(notice))])


async def written(
    turn: Turn, party_id: int, seen_answers: int, kind: ReceiptKind, words: str, seen_revision: int = 1
) -> View:
    """The reason, the name of who comes instead, or the reply. A reply is shown before it counts."""
    notice, copy, party = await _open(turn, party_id)
    late = await _too_late(turn, notice, party, seen_answers)
    if late is not None:
        return View([late])
    said, limit = words.strip(), WORDS_LIMIT[kind]
    about = {"party_id": party_id, "seen_answers": seen_answers, "seen_revision": seen_revision}
    again = button("notices.again_button", "notice.write", turn.actor.id, kind=kind, **about)
    if len(said) > limit:
        return View([Text("notices.words_too_long", limit=limit, count=len(said))], [[again]])
    if kind is not ReceiptKind.REPLY:
        noted, _ = await _answer(turn, (notice, seen_revision), copy, party, kind, said)
        return View([noted])
    yes = button("notices.confirm_button", "notice.reply", turn.actor.id, words=said, **about)
    return View([Text("notices.reply_shown", words=said)], [[yes, again]])


async def reply(turn: Turn, party_id: int, seen_answers: int, words: str, seen_revision: int = 1) -> View:
    """确认: the reply that was shown counts."""
    notice, copy, party = await _open(turn, party_id)
    late = await _too_late(turn, notice, party, seen_answers)
    if late is not None:
        return View([late])
    noted, _ = await _answer(turn, (notice, seen_revision), copy, party, ReceiptKind.REPLY, words)
    return View([noted])


async def show(turn: Turn, copy_id: int) -> View:
    """The copy again, as it is now."""
    notice, copy = await notice_copies.own(turn, copy_id)
    return await notice_copies.copy_view(turn, notice, copy)


async def _open(turn: Turn, party_id: int) -> tuple[Notice, NoticeCopy, NoticeParty]:
    """The party, its notice, and the actor's copy. ``DomainError``: they may not answer for it now."""
    copy = await notices.copy_of(turn.session, party_id, turn.actor.id)
    if copy is None:
        raise DomainError("buttons.expired")
    notice = await notices.locked(turn.session, copy.notice_id, shared=True)
    party = await notices.party_by_id(turn.session, party_id)
    if notice is None:
        raise DomainError("buttons.expired")
    if not may_answer(turn.actor, party):
        raise DomainError("notices.not_for_you")
    return notice, copy, party


def may_answer(actor: Actor, party: NoticeParty) -> bool:
    """Whether somebody who has a copy may answer: they are that person, of that unit, or stand in."""
    if party.contact_id is not None:
        return party.contact_id in actor.duties
    return actor.belongs_to(party.unit_id)


async def _too_late(turn: Turn, notice: Notice, party: NoticeParty, seen: int) -> Text | None:
    """Why an answer changes nothing; None: it counts."""
    try:
        next_state(notice.state, NoticeEvent.ANSWER)
    except IllegalNoticeEventError:
        return Text(f"notices.over.{notice.state.value}")
    if party.answers == seen:
        return None
    if party.answer is None:
        return Text("notices.newer")
    return Text("notices.answered_before", who=await audit.name_of(turn.session, party.answered_by))


async def _answer(
    turn: Turn, text: tuple[Notice, int], copy: NoticeCopy, party: NoticeParty, kind: ReceiptKind, words: str
) -> tuple[Text, bool]:
    """Keep the answer as the party's last one, and let all copies of the party show it.

    ``text``: the notice and which of its texts they saw. Returns what to say, and whether it counts:
    somebody else may have answered at the same moment.
    """
    notice, revision = text
    seen = party.answers
    values = {"answer": kind, "words": words, "answered_by": turn.actor.id, "answered_at": turn.now}
    if not await notices.take_answer(turn.session, ident(party), seen, values):
        present = await notices.party_by_id(turn.session, ident(party))
        return await _too_late(turn, notice, present, seen) or Text("notices.changed_since"), False
    row = NoticeReceipt(
        party_id=ident(party),
        number=seen + 1,
        answer=kind,
        words=words,
        actor_id=turn.actor.id,
        place=copy.place,
        at=turn.now,
        revision=revision,
    )
    turn.session.add(row)
    await turn.session.flush()
    await turn.session.refresh(party)
    audit.note(turn, "notice_answer", ("notice_party", party.id), after={"answer": kind.value})
    copies = await notices.copies_of_party(turn.session, ident(party))
    await notice_copies.touch(turn.session, copies)
    await notice_group_copies.counts_follow(turn.session, notice)
    key = "notices.noted_read" if kind is ReceiptKind.READ else "notices.noted"
    return Text(key, answer=answer_text(kind, words)), True
