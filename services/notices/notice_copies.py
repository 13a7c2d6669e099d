"""The copy of a notice that a reader gets, and how it reads after an answer or the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from locales import Text
from models import notices, people
from models.db import Session, ident
from models.delivery.messages import Outbox
from models.notices import Notice, NoticeCopy, NoticeParty, NoticeReceipt, notice_revisions
from models.people import Contact
from reports.formats import moment_text
from rules.notices.notice_lifecycle import NoticeState
from rules.notices.receipt_kinds import ANSWERS, IN_WORDS, NoticeAsk, ReceiptKind
from services import audit
from services.errors import DomainError
from services.notices.notice_texts import answer_by_text
from services.turn import TickTurn, Turn
from services.views import ButtonSpec, FileSpec, View, button

_KEPT: Final = {"kept": True}


def key_of(copy: NoticeCopy) -> str:
    """The key of its promise."""
    return _key(copy, copy.revision)


def _key(copy: NoticeCopy, revision: int) -> str:
    key = f"notice:{copy.notice_id}:{copy.id}"
    return key if revision == 1 else f"{key}:{revision}"


async def touch(session: Session, copies: Sequence[NoticeCopy], *, void: bool = False) -> None:
    """Let these copies be edited as they stand; with ``void`` those of earlier texts, too."""
    keys = [
        _key(copy, revision)
        for copy in copies
        for revision in range(1 if void else copy.revision, copy.revision + 1)
    ]
    await notices.touch_copies(session, keys)


async def render(turn: TickTurn, row: Outbox) -> View | None:
    """The copy as it goes out. None: the notice was taken back, has ended, or was sent anew before."""
    copy = await turn.session.get(NoticeCopy, row.content["copy"])
    notice = await notices.notice_by_id(turn.session, row.content["notice"])
    if copy is None or notice is None:
        return None
    revision = _revision(row)
    is_over = notice.state is not NoticeState.OPEN or revision < notice.asked_revision
    if is_over and not row.parts_sent:
        return None
    return replace(await copy_view(turn, notice, copy, revision), listed=_KEPT)


def _revision(row: Outbox) -> int:
    """With which text the row was promised. Rows of earlier releases have the first."""
    return int(row.content.get("revision", 1))


async def render_live(turn: TickTurn, outbox_id: int) -> tuple[View, str] | None:
    """The copy once it stands, as things are now."""
    row = await turn.session.get(Outbox, outbox_id)
    copy = None if row is None else await turn.session.get(NoticeCopy, row.content["copy"])
    notice = None if copy is None else await notices.notice_by_id(turn.session, copy.notice_id)
    if row is None or copy is None or notice is None:
        return None
    reader = await turn.session.get_one(Contact, copy.contact_id)
    view = await copy_view(turn, notice, copy, _revision(row))
    return view, reader.locale or turn.campaign.locale


async def copy_view(turn: TickTurn, notice: Notice, copy: NoticeCopy, revision: int | None = None) -> View:
    """The notice as the reader of that copy sees it. ``revision``: with which text the message was sent, if
    it may be an earlier message than their last."""
    sent_with = copy.revision if revision is None else revision
    head = await _head(turn.session, notice)
    if notice.state is NoticeState.WITHDRAWN:
        return View([head, Text("notices.over.withdrawn")])
    if sent_with < notice.asked_revision:
        return View([head, *await _void(turn, notice, copy, sent_with)])
    party = await notices.party_by_id(turn.session, copy.party_id)
    lines = [head, Text("notices.body", text=notice.text), *changed_text(turn, notice)]
    if copy.place:
        lines.append(Text("notices.in_place", name=copy.place))
    lines += await _standing(turn, notice, party)
    rows = [] if notice.state is not NoticeState.OPEN else _answers(notice, party, copy.contact_id)
    if count := len(await notices.files_of(turn.session, ident(notice))):
        label = Text("notices.files_button", count=count)
        rows.append([button(label, "notice.files", copy.contact_id, copy_id=copy.id)])
    return View(lines, rows)


def changed_text(turn: TickTurn, notice: Notice) -> list[Text]:
    """That the text is not the first one."""
    if notice.revised_at is None:
        return []
    at = moment_text(notice.revised_at, turn.campaign.zone)
    return [Text("notices.changed_text", number=notice.revision, at=at)]


async def _void(turn: TickTurn, notice: Notice, copy: NoticeCopy, sent_with: int) -> list[Text]:
    """That the notice was sent anew since, and the party's answer to this message."""
    receipt = await notice_revisions.answer_to(turn.session, ident(notice), copy.party_id, sent_with)
    lines = [Text("notices.void")]
    if receipt is not None:
        who = await audit.name_of(turn.session, receipt.actor_id)
        at = moment_text(receipt.at, turn.campaign.zone)
        lines.append(Text("notices.answered", who=who, at=at, answer=earlier_text(receipt)))
    return lines


def earlier_text(receipt: NoticeReceipt) -> Text:
    """The answer to an earlier text, such as 第1稿已阅."""
    answer = answer_text(receipt.answer, receipt.words)
    return Text("notices.answer_to", number=receipt.revision, answer=answer)


async def _head(session: Session, notice: Notice) -> Text:
    issuer = await session.get_one(Contact, notice.issuer_id)
    unit = (await people.unit_names(session, [issuer.unit_id]))[issuer.unit_id]
    return Text("notices.head_urgent" if notice.urgent else "notices.head", unit=unit, name=issuer.name)


async def _standing(turn: TickTurn, notice: Notice, party: NoticeParty) -> list[Text]:
    """What is asked until when, who has answered what, and whether it is over."""
    lines = []
    if party.answer is not None and party.answered_at is not None:
        who = await audit.name_of(turn.session, party.answered_by)
        at = moment_text(party.answered_at, turn.campaign.zone)
        lines.append(Text("notices.answered", who=who, at=at, answer=answer_text(party.answer, party.words)))
    elif notice.state is NoticeState.OPEN:
        ask = Text(f"notices.please.{notice.ask.value}")
        lines.append(Text("notices.please_by", by=answer_by_text(notice, turn.campaign), ask=ask))
    if notice.state is NoticeState.ENDED:
        lines.append(Text("notices.over.ended"))
    return lines


def answer_text(answer: ReceiptKind, words: str) -> Text:
    """The answer in words, such as 请假：出差."""
    if not words:
        return Text(f"notices.answer.{answer.value}")
    return Text(f"notices.answer_words.{answer.value}", words=words)


def _answers(notice: Notice, party: NoticeParty, reader_id: int) -> list[list[ButtonSpec]]:
    """What the reader may answer.

    Once somebody has, that person alone may change it; 已阅 needs no change.
    """
    if party.answer is not None and (party.answered_by != reader_id or notice.ask is NoticeAsk.READ):
        return []
    coming = party.answer is ReceiptKind.ATTEND
    kinds = [kind for kind in ANSWERS[notice.ask] if not (coming and kind is ReceiptKind.ATTEND)]
    return [[_answer_button(notice, party, kind, reader_id) for kind in kinds]]


def _answer_button(notice: Notice, party: NoticeParty, kind: ReceiptKind, reader_id: int) -> ButtonSpec:
    key = f"notices.answer_button.{kind.value}"
    label = Text(key if party.answer is None else f"notices.change_button.{kind.value}")
    action = "notice.write" if kind in IN_WORDS else "notice.answer"
    seen = {"seen_answers": party.answers, "seen_revision": notice.revision}
    return button(label, action, reader_id, party_id=party.id, kind=kind, **seen)


async def own(turn: Turn, copy_id: int) -> tuple[Notice, NoticeCopy]:
    """The notice and the reader's copy of it. ``DomainError``: the copy is not theirs."""
    copy = await turn.session.get(NoticeCopy, copy_id)
    notice = None if copy is None else await notices.notice_by_id(turn.session, copy.notice_id)
    if copy is None or notice is None or copy.contact_id != turn.actor.id:
        raise DomainError("buttons.expired")
    return notice, copy


async def files(turn: Turn, copy_id: int) -> View:
    """附件: the files of the notice, by their ids at Telegram, so that size is no limit."""
    notice, _ = await own(turn, copy_id)
    if notice.state is NoticeState.WITHDRAWN:
        raise DomainError("notices.over.withdrawn")
    found = await notices.files_of(turn.session, ident(notice))
    return View([Text("notices.files_follow", count=len(found))], files=specs(found))


def specs(found: Sequence[notices.NoticeFile]) -> list[FileSpec]:
    return [FileSpec(file.kind.value, file.file_id, name=file.file_name) for file in found]
