"""Half-made reports and corrections: one row each, so that they survive a restart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col, select

from models.columns import UtcDateTime, enum_type, rows_changed
from models.db import Session, keep
from models.partial_indexes import partial_index
from models.written import NOTHING_DUE, TOLD

# Where a session keeps the contacts and chats for which it found no draft. None: that may have changed.
_NO_DRAFT: Final = "no draft"


class DraftKind(StrEnum):
    """What the draft becomes: a progress report, a case, a unit's or an inspector's answer to a case, an
    entry of the activity log, or a notice that is sent round."""

    REPORT = "report"
    ISSUE = "issue"
    FEEDBACK = "feedback"
    VERIFICATION = "verification"
    ACTIVITY = "activity"
    NOTICE = "notice"


class Draft(SQLModel, table=True):
    """A half-made report or correction of ``report_id``, or another ``kind`` of paper about ``case_id``.

    It lives here so that it survives a restart. There is one per contact and chat, besides those that wait
    until it is finished (``set_aside_at``). ``card_due_at``: when its
    card has to be shown, because the parts of an album have come in. This is by the system's clock, because
    the program waits for Telegram's pace. ``card_message_id``: the card that is out.
    """

    __tablename__ = "draft"
    __table_args__ = (
        partial_index("ix_draft_in_chat", "contact_id", "chat_id", unique=True, where="set_aside_at IS NULL"),
        # Nearly always no card is due.
        partial_index("ix_draft_card_due", "card_due_at", where="card_due_at IS NOT NULL"),
        partial_index("ix_draft_card_promised", "card_promised_at", where="card_promised_at IS NOT NULL"),
        # Only of a card that will be due anything is told: who promises one sends it.
        {"info": {TOLD: lambda row: row.get("card_due_at")}},
    )

    id: int | None = Field(default=None, primary_key=True)
    contact_id: int = Field(foreign_key="contact.id")
    chat_id: int = Field(sa_type=sa.BigInteger)
    thread_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    task_id: int | None = Field(default=None, foreign_key="task.id")
    report_id: int | None = Field(default=None, foreign_key="progress_report.id")
    kind: DraftKind = Field(
        default=DraftKind.REPORT,
        sa_type=enum_type(DraftKind, "draft_kind"),
        sa_column_kwargs={"server_default": DraftKind.REPORT.value},
    )
    case_id: int | None = Field(default=None, foreign_key="problem_case.id")
    revision: int = 0
    awaiting_text: bool = False
    text: str = Field(default="", sa_type=sa.Text)
    content: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    card_due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    card_promised_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    card_message_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    set_aside_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


_OPEN: Final = col(Draft.set_aside_at).is_(None)
_OF_CHAT: Final = select(Draft).where(
    Draft.contact_id == sa.bindparam("contact"), Draft.chat_id == sa.bindparam("chat"), _OPEN
)


_ALL_OF_CHAT: Final = (
    select(Draft)
    .where(Draft.contact_id == sa.bindparam("contact"), Draft.chat_id == sa.bindparam("chat"))
    .order_by(col(Draft.set_aside_at).desc(), col(Draft.id).desc())
)


async def draft_of(session: Session, contact_id: int, chat_id: int) -> Draft | None:
    """The contact's draft in that chat that is not set aside. A transaction asks the database for it once."""
    for row in (*session.sync_session.new, *session.sync_session.identity_map.values()):
        # After a savepoint was undone a row has no values until it is read anew.
        said = vars(row)
        there = (said.get("contact_id"), said.get("chat_id"), said.get("set_aside_at"))
        if isinstance(row, Draft) and there == (contact_id, chat_id, None):
            return row
    none: set[tuple[int, int]] | None = session.info.setdefault(_NO_DRAFT, set())
    if none and (contact_id, chat_id) in none:
        return None
    found = (await session.exec(_OF_CHAT, params={"contact": contact_id, "chat": chat_id})).first()
    if found is not None:
        keep(session, [found])
    elif none is not None:
        none.add((contact_id, chat_id))
    return found


async def waiting_in(session: Session, contact_id: int, chat_id: int) -> Draft | None:
    """The draft of the contact in that chat that was set aside last."""
    query = select(Draft).where(Draft.contact_id == contact_id, Draft.chat_id == chat_id, sa.not_(_OPEN))
    last = query.order_by(col(Draft.set_aside_at).desc(), col(Draft.id).desc()).limit(1)
    return (await session.exec(last)).first()


async def waiting_alone(session: Session, contact_id: int, chat_id: int) -> Draft | None:
    """As ``waiting_in``; None as well while another draft is open there."""
    found = (await session.exec(_ALL_OF_CHAT, params={"contact": contact_id, "chat": chat_id})).all()
    return None if not found or any(row.set_aside_at is None for row in found) else found[0]


def look_again(session: Session) -> None:
    """Ask the database for drafts each time from now on in this transaction."""
    session.info[_NO_DRAFT] = None


def may_have_ended(session: Session) -> bool:
    """Whether a draft may have ended in this transaction: one was deleted, set aside or moved."""
    return _NO_DRAFT in session.info and session.info[_NO_DRAFT] is None


async def delete_draft(session: Session, *which: sa.ColumnElement[bool]) -> bool:
    """Delete a draft; returns whether there was one.

    A savepoint that is undone brings it back, so from now on the transaction asks the database each time.
    """
    look_again(session)
    return rows_changed(await session.execute(sa.delete(Draft).where(*which))) == 1


async def drafts_to_move(session: Session, old: int, new: int) -> Sequence[Draft]:
    """The drafts of a group that became a supergroup, locked. They go on in the new chat.

    A draft is left out if its contact has meanwhile begun another one in the new chat.
    """
    session.info[_NO_DRAFT] = None
    begun = sa.select(col(Draft.contact_id)).where(col(Draft.chat_id) == new, _OPEN)
    query = select(Draft).where(Draft.chat_id == old, col(Draft.contact_id).not_in(begun))
    query = query.with_for_update().execution_options(populate_existing=True)
    return (await session.exec(query)).all()


async def cards_to_come(session: Session) -> list[tuple[int, datetime]]:
    """Drafts whose cards have to be shown now or soon, as (id, when), the first due first.

    A card that was promised is due at once. If parts of an album come in beside it, it waits for them.
    """
    when = sa.func.coalesce(col(Draft.card_due_at), col(Draft.card_promised_at), type_=UtcDateTime)
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(col(Draft.id), when.label("at"))
        .where(sa.or_(col(Draft.card_due_at).is_not(None), col(Draft.card_promised_at).is_not(None)))
        .order_by(when)
    )
    return [(row["id"], row["at"]) for row in (await session.execute(query)).mappings()]


async def delete_changed_since(session: Session, since: datetime) -> set[int]:
    """Delete the drafts that were changed at ``since`` or later; returns whose they were."""
    recent = col(Draft.updated_at) >= since
    owners = set((await session.execute(sa.select(col(Draft.contact_id)).where(recent))).scalars())
    await session.execute(sa.delete(Draft).where(recent).execution_options(synchronize_session=False))
    return owners


async def forget_cards(session: Session) -> None:
    """Show no card by itself that is perhaps out."""
    await session.execute(
        sa.update(Draft)
        .values(card_promised_at=None, card_due_at=None)
        .execution_options(synchronize_session=False)
    )


async def promise_card(session: Session, draft_id: int, at: datetime) -> None:
    """Note that the draft's card is on its way."""
    draft = await session.get(Draft, draft_id)
    if draft is not None:
        draft.card_promised_at = at


_CARD_OUT: Final[sa.Select[*tuple[Any, ...]]] = sa.select(col(Draft.id), col(Draft.card_message_id)).where(
    col(Draft.contact_id) == sa.bindparam("contact"),
    col(Draft.chat_id) == sa.bindparam("chat"),
    col(Draft.card_message_id).is_not(None),
)


async def card_out(session: Session, contact_id: int, chat_id: int) -> tuple[int, int] | None:
    """(id of the draft, its card) of a contact in a chat; None: there is no card."""
    # The row is not kept: in a group it may be filed by itself before this transaction comes to it.
    row = (await session.execute(_CARD_OUT, {"contact": contact_id, "chat": chat_id})).mappings().first()
    return None if row is None else (row["id"], row["card_message_id"])


_CARD_OF: Final[sa.Select[*tuple[Any, ...]]] = sa.select(col(Draft.card_message_id)).where(
    col(Draft.id) == sa.bindparam("draft")
)


async def card_of(session: Session, draft_id: int) -> tuple[bool, int | None]:
    """(whether the draft is still there, its card)."""
    row = (await session.execute(_CARD_OF, {"draft": draft_id})).mappings().first()
    return row is not None, None if row is None else row["card_message_id"]


_CARD_IS_OUT: Final = (
    sa.update(Draft)
    .where(col(Draft.id) == sa.bindparam("draft"))
    .values(card_message_id=sa.bindparam("message"))
    .execution_options(synchronize_session=False, **NOTHING_DUE)
)
_DUE: Final = sa.bindparam("due", type_=UtcDateTime())
_CARD_IS_DUE_NO_MORE: Final = _CARD_IS_OUT.values(
    card_due_at=sa.case((col(Draft.card_due_at) == _DUE, None), else_=col(Draft.card_due_at)),
    card_promised_at=sa.case((col(Draft.card_promised_at) <= _DUE, None), else_=col(Draft.card_promised_at)),
)


async def note_card(session: Session, draft_id: int, message_id: int, due: datetime | None) -> None:
    """Note that a draft's card is out. It is due no more, unless a part has come in since ``due``.

    It is promised no more, unless a newer one was promised since.
    """
    said = {"draft": draft_id, "message": message_id}
    if due is None:
        await session.execute(_CARD_IS_OUT, said)
    else:
        await session.execute(_CARD_IS_DUE_NO_MORE, said | {"due": due})


async def move_draft(session: Session, contact_id: int, old_chat: int, new_chat: int) -> None:
    """Move a contact's draft along to their new account, unless there is a draft already.

    Its card stays behind in the old chat.
    """
    session.info[_NO_DRAFT] = None
    there = sa.select(col(Draft.id)).where(
        col(Draft.contact_id) == contact_id, col(Draft.chat_id) == new_chat, _OPEN
    )
    if (await session.execute(there)).first() is None:
        await session.execute(
            sa.update(Draft)
            .where(col(Draft.contact_id) == contact_id, col(Draft.chat_id) == old_chat)
            .values(chat_id=new_chat, card_message_id=None)
        )


async def drafts_of(session: Session, contact_id: int) -> Sequence[Draft]:
    """All drafts that a contact has not finished, in any chat."""
    return (
        await session.exec(select(Draft).where(Draft.contact_id == contact_id).order_by(col(Draft.id)))
    ).all()
