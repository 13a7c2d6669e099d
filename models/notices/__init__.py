"""通知: a notice, the parties that answer it, the copies that people get, and every answer that was given."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col, select

from models.columns import UtcDateTime, enum_type, rows_changed
from models.db import Session
from models.delivery.live_messages import LiveKind, LiveMessage
from models.delivery.messages import Outbox
from models.partial_indexes import partial_index
from models.people import Contact
from models.progress import EvidenceKind
from rules.delivery.delivery import DeliveryState
from rules.notices.notice_lifecycle import NoticeState
from rules.notices.receipt_kinds import NoticeAsk, ReceiptKind


class Notice(SQLModel, table=True):
    """通知. ``per_unit``: one answer stands for a unit; else each person answers. ``answer_by``: until when.

    ``audience``: to whom it went, as the sender chose it. ``revision``: the number of its text, from 1;
    ``revised_at``: since when. ``asked_revision``: the text with which it was last sent; earlier answers do
    not count. ``parts``: the messages that the text was made from (``DraftPart``), as they read now; none
    once it was written anew. ``in_groups``: copies of it went to groups.
    """

    __tablename__ = "notice"
    __table_args__ = (partial_index("ix_notice_open", "sent_at", where="state = 'open'"),)

    id: int | None = Field(default=None, primary_key=True)
    issuer_id: int = Field(foreign_key="contact.id", index=True)
    text: str = Field(sa_type=sa.Text)
    ask: NoticeAsk = Field(sa_type=enum_type(NoticeAsk, "notice_ask"))
    per_unit: bool
    urgent: bool
    answer_by: datetime = Field(sa_type=UtcDateTime)
    audience: dict[str, Any] = Field(sa_type=sa.JSON)
    state: NoticeState = Field(sa_type=enum_type(NoticeState, "notice_state"))
    sent_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revision: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    asked_revision: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    revised_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    parts: list[Any] = Field(default_factory=list, sa_type=sa.JSON, sa_column_kwargs={"server_default": "[]"})
    in_groups: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})


class NoticeFile(SQLModel, table=True):
    """A photo, video or document that goes along with a notice; Telegram keeps it."""

    __tablename__ = "notice_file"

    notice_id: int = Field(foreign_key="notice.id", primary_key=True)
    position: int = Field(primary_key=True)
    kind: EvidenceKind = Field(sa_type=enum_type(EvidenceKind, "notice_file_kind"))
    file_id: str = Field(max_length=255)
    file_unique_id: str = Field(max_length=64)
    file_name: str | None = Field(default=None, max_length=255)


class NoticeParty(SQLModel, table=True):
    """Who owes one answer to a notice: a unit, or a person of it (``contact_id``).

    ``answers``: rises with each answer and each 重新阅知; it guards the next answer. The columns after it are
    the last answer that counts, as ``NoticeReceipt`` has it. ``look_at``: when the scan of the nags looks at
    it next. ``nagged_until``: slots up to then are done.
    """

    __tablename__ = "notice_party"
    __table_args__ = (
        partial_index(
            "ix_notice_party_unit", "notice_id", "unit_id", unique=True, where="contact_id IS NULL"
        ),
        partial_index(
            "ix_notice_party_contact", "notice_id", "contact_id", unique=True, where="contact_id IS NOT NULL"
        ),
        partial_index("ix_notice_party_due", "look_at", where="look_at IS NOT NULL"),
    )

    id: int | None = Field(default=None, primary_key=True)
    notice_id: int = Field(foreign_key="notice.id")
    unit_id: int = Field(foreign_key="unit.id")
    contact_id: int | None = Field(default=None, foreign_key="contact.id")
    answers: int = 0
    answer: ReceiptKind | None = Field(default=None, sa_type=enum_type(ReceiptKind, "notice_answer"))
    words: str = Field(default="", sa_type=sa.Text)
    answered_by: int | None = Field(default=None, foreign_key="contact.id")
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    look_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    nagged_until: datetime = Field(sa_type=UtcDateTime)


class NoticeCopy(SQLModel, table=True):
    """The copy of a notice that a person gets, for the answer of their party.

    ``place``: the name of the person in whose place they get it, as their deputy; "" for their own copy.
    ``due_at``: when it may go out, after the reader's quiet hours; None: it was promised, or its reader has
    not joined yet (``waits``). ``revision``: the ``asked_revision`` with which they got it; a copy of an
    earlier one is void.
    """

    __tablename__ = "notice_copy"
    __table_args__ = (
        sa.UniqueConstraint("notice_id", "contact_id", "party_id"),
        partial_index("ix_notice_copy_due", "due_at", where="due_at IS NOT NULL"),
    )

    id: int | None = Field(default=None, primary_key=True)
    notice_id: int = Field(foreign_key="notice.id")
    party_id: int = Field(foreign_key="notice_party.id", index=True)
    contact_id: int = Field(foreign_key="contact.id")
    place: str = Field(default="", max_length=220)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    waits: bool = False
    revision: int = Field(default=1, sa_column_kwargs={"server_default": "1"})


class NoticeReceipt(SQLModel, table=True):
    """回执: one answer of a party. Rows are only ever added; the last one counts.

    ``place``: the person for whom the actor stood in; "" if for nobody. ``revision``: the text that it
    answers.
    """

    __tablename__ = "notice_receipt"
    __table_args__ = (sa.UniqueConstraint("party_id", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    party_id: int = Field(foreign_key="notice_party.id")
    number: int
    answer: ReceiptKind = Field(sa_type=enum_type(ReceiptKind, "receipt_answer"))
    words: str = Field(default="", sa_type=sa.Text)
    actor_id: int = Field(foreign_key="contact.id")
    place: str = Field(default="", max_length=220)
    at: datetime = Field(sa_type=UtcDateTime)
    revision: int = Field(default=1, sa_column_kwargs={"server_default": "1"})


class NoticeRevision(SQLModel, table=True):
    """A text that a notice had before. ``number``: which one. ``actor_id``, ``at``: who changed it, and when.

    ``asked_anew``: the text after it was sent to everybody anew (重新阅知); else it was corrected in place.
    """

    __tablename__ = "notice_revision"

    notice_id: int = Field(foreign_key="notice.id", primary_key=True)
    number: int = Field(primary_key=True)
    text: str = Field(sa_type=sa.Text)
    asked_anew: bool
    actor_id: int = Field(foreign_key="contact.id")
    at: datetime = Field(sa_type=UtcDateTime)


LISTED: Final = 30
AT_ONCE: Final = 500


async def notice_by_id(session: Session, notice_id: int) -> Notice | None:
    """The notice as it is now."""
    query = select(Notice).where(Notice.id == notice_id)
    return (await session.exec(query.execution_options(populate_existing=True))).first()


async def locked(session: Session, notice_id: int, *, shared: bool = False) -> Notice | None:
    """The notice, which nobody else changes before the commit.

    ``shared``: others may hold it so, too: answers come side by side, and an end waits for them.
    """
    query = select(Notice).where(Notice.id == notice_id).with_for_update(read=shared)
    return (await session.exec(query.execution_options(populate_existing=True))).first()


async def copy_of(session: Session, party_id: int, contact_id: int) -> NoticeCopy | None:
    """The person's own copy for that party."""
    mine = (NoticeCopy.party_id == party_id, NoticeCopy.contact_id == contact_id)
    return (await session.exec(select(NoticeCopy).where(*mine))).first()


async def touch_copies(session: Session, keys: Sequence[str], kind: LiveKind = LiveKind.NOTICE_COPY) -> None:
    """Mark the copies of these keys dirty that stand in a chat, so that they are edited."""
    for start in range(0, len(keys), AT_ONCE):
        part = keys[start : start + AT_ONCE]
        told = sa.select(col(Outbox.id)).where(col(Outbox.dedupe_key).in_(part))
        await session.execute(
            sa.update(LiveMessage)
            .where(col(LiveMessage.kind) == kind, col(LiveMessage.subject_id).in_(told))
            .values(dirty=True, version=col(LiveMessage.version) + 1)
            .execution_options(synchronize_session=False)
        )


async def deliveries(session: Session, keys: Sequence[str]) -> dict[str, DeliveryState]:
    """What became of the promises with these keys; of those that were not made there is nothing."""
    found: dict[str, DeliveryState] = {}
    for start in range(0, len(keys), AT_ONCE):
        part = keys[start : start + AT_ONCE]
        query = sa.select(col(Outbox.dedupe_key), col(Outbox.state)).where(col(Outbox.dedupe_key).in_(part))
        found |= {row.dedupe_key: row.state for row in await session.execute(query)}
    return found


async def open_ones(session: Session) -> Sequence[Notice]:
    query = select(Notice).where(Notice.state == NoticeState.OPEN)
    return (await session.exec(query.order_by(col(Notice.id)))).all()


async def sent_after(session: Session, moment: datetime) -> Sequence[Notice]:
    """The open notices that were sent, or sent anew, after that moment."""
    then = sa.literal(moment, UtcDateTime)
    query = select(Notice).where(Notice.state == NoticeState.OPEN)
    query = query.where(sa.or_(col(Notice.sent_at) > then, col(Notice.revised_at) > then))
    return (await session.exec(query)).all()


async def files_of(session: Session, notice_id: int) -> Sequence[NoticeFile]:
    query = select(NoticeFile).where(NoticeFile.notice_id == notice_id)
    return (await session.exec(query.order_by(col(NoticeFile.position)))).all()


async def parties_of(session: Session, notice_id: int) -> Sequence[NoticeParty]:
    query = select(NoticeParty).where(NoticeParty.notice_id == notice_id)
    return (await session.exec(query.order_by(col(NoticeParty.id)))).all()


async def party_by_id(session: Session, party_id: int) -> NoticeParty:
    """The party as it is now."""
    query = select(NoticeParty).where(NoticeParty.id == party_id)
    return (await session.exec(query.execution_options(populate_existing=True))).one()


async def copies_of(session: Session, notice_id: int) -> Sequence[NoticeCopy]:
    query = select(NoticeCopy).where(NoticeCopy.notice_id == notice_id)
    return (await session.exec(query.order_by(col(NoticeCopy.id)))).all()


async def copies_of_party(session: Session, party_id: int) -> Sequence[NoticeCopy]:
    query = select(NoticeCopy).where(NoticeCopy.party_id == party_id)
    return (await session.exec(query.order_by(col(NoticeCopy.id)))).all()


async def copies_due(session: Session, until: datetime, limit: int) -> Sequence[NoticeCopy]:
    """The copies that may go out by then, the oldest first; locked, so that each is promised once."""
    due = col(NoticeCopy.due_at)
    query = select(NoticeCopy).where(due.is_not(None), due <= sa.literal(until, UtcDateTime))
    return (await session.exec(query.order_by(due, col(NoticeCopy.id)).limit(limit).with_for_update())).all()


async def copies_promised(session: Session, ids: Collection[int]) -> None:
    """Note that these copies were promised."""
    promised = sa.update(NoticeCopy).where(col(NoticeCopy.id).in_(ids)).values(due_at=None)
    await session.execute(promised.execution_options(synchronize_session=False))


async def hold_back(session: Session, notice_id: int) -> None:
    """Let no copy of the notice go out that was not promised yet."""
    unsent = sa.or_(col(NoticeCopy.due_at).is_not(None), col(NoticeCopy.waits))
    held = sa.update(NoticeCopy).where(col(NoticeCopy.notice_id) == notice_id, unsent)
    held = held.values(due_at=None, waits=False)
    await session.execute(held.execution_options(synchronize_session=False))


async def take_answer(session: Session, party_id: int, seen: int, values: Mapping[str, Any]) -> bool:
    """Write a party's answer after the ``seen`` ones; False: somebody has answered since."""
    taken = (
        sa.update(NoticeParty)
        .where(col(NoticeParty.id) == party_id, col(NoticeParty.answers) == seen)
        .values(answers=seen + 1, look_at=None, **values)
    )
    return rows_changed(await session.execute(taken.execution_options(synchronize_session=False))) == 1


async def issued_by(session: Session, contact_id: int, limit: int = LISTED) -> Sequence[Notice]:
    """The last notices of an issuer, the newest first."""
    query = select(Notice).where(Notice.issuer_id == contact_id).order_by(col(Notice.id).desc())
    return (await session.exec(query.limit(limit))).all()


async def issued_in(session: Session, unit_id: int, limit: int = LISTED) -> Sequence[Notice]:
    """The last notices of people of that unit, the newest first."""
    query = select(Notice).join(Contact, col(Contact.id) == col(Notice.issuer_id))
    query = query.where(Contact.unit_id == unit_id).order_by(col(Notice.id).desc())
    return (await session.exec(query.limit(limit))).all()


async def sent_since(session: Session, contact_ids: Collection[int], since: datetime) -> dict[int, int]:
    """How many notices each of these people was sent since then, by contact."""
    counted = sa.func.count(sa.distinct(col(NoticeCopy.notice_id))).label("notices")
    query = (
        sa.select(col(NoticeCopy.contact_id), counted)
        .join(Notice, col(Notice.id) == col(NoticeCopy.notice_id))
        .where(col(NoticeCopy.contact_id).in_(contact_ids))
        .where(col(Notice.sent_at) >= sa.literal(since, UtcDateTime))
        .group_by(col(NoticeCopy.contact_id))
    )
    return {row.contact_id: row.notices for row in await session.execute(query)}


# Copies of people who have joined, of open notices, that wait for an answer.
_UNANSWERED: Final = (
    ~col(NoticeCopy.waits),
    col(NoticeCopy.revision) == col(Notice.asked_revision),
    col(NoticeParty.answer).is_(None),
    col(Notice.state) == NoticeState.OPEN,
)


async def readers_waited_for(session: Session, notice_id: int) -> set[int]:
    """The contacts who got a copy of the open notice of which nobody has answered."""
    query = select(NoticeCopy.contact_id).join(NoticeParty, col(NoticeParty.id) == col(NoticeCopy.party_id))
    query = query.join(Notice, col(Notice.id) == col(NoticeCopy.notice_id)).where(*_UNANSWERED)
    return set(await session.exec(query.where(NoticeCopy.notice_id == notice_id)))


async def waiting_for(session: Session, contact_id: int) -> Sequence[tuple[NoticeCopy, Notice]]:
    """Their copies of open notices of which nobody has answered, the oldest first."""
    query = select(NoticeCopy, Notice).join(Notice, col(Notice.id) == col(NoticeCopy.notice_id))
    query = query.join(NoticeParty, col(NoticeParty.id) == col(NoticeCopy.party_id)).where(*_UNANSWERED)
    query = query.where(NoticeCopy.contact_id == contact_id).order_by(col(NoticeCopy.id))
    return (await session.exec(query)).all()
