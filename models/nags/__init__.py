"""Nags: what was said, waits or was held back about each duty, to whom and why."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col, select

from models.columns import UtcDateTime, enum_type
from models.db import Session
from models.delivery.messages import Outbox
from models.inserts import insert_once
from models.partial_indexes import partial_index
from models.tasks import Task
from models.ticks import TickMark
from rules.delivery.delivery import NOT_ARRIVED, DeliveryState
from rules.nags.levels import Level

About = tuple[str, int]
"""What a nag is about: the word of its subject in the nag engine, and the id of its row."""
AGAIN: Final = ":again"
"""The end of the key of a nag that is told once more. So it can be told so only once."""
TICK: Final = "nags"
"""The name of the tick that nags. Its mark is the turn to do so."""
BELOW: Final = "below"
"""The subject of nags about what lies below a task; the id is that of the task."""
SNOOZED: Final = "snoozed"
"""Stands in place of a rung: the moment to which somebody has snoozed a task."""
DIGEST_MARK: Final = "nag-office"
"""The tick mark of the office's digest."""


class NagState(StrEnum):
    """The state of a nag.

    ``WAITING``: it waits for its hour or its release. ``TOLD``: it is promised in a message. ``HELD``: it is
    held back for good. ``SKIPPED``: its slot collapsed into a later one. ``MOOT``: the duty was done before
    it went out.
    """

    WAITING = "waiting"
    TOLD = "told"
    HELD = "held"
    SKIPPED = "skipped"
    MOOT = "moot"


class NagReason(StrEnum):
    """Why a nag waits, was held back or skipped, or is moot."""

    QUIET = "quiet"
    BUDGET = "budget"
    SNOOZED = "snoozed"
    RELEASE = "release"
    NOT_RELEASED = "not_released"
    OUTAGE = "outage"
    NOBODY = "nobody"
    DONE = "done"
    MOVED = "moved"
    REPEATED = "repeated"
    PAUSED = "paused"
    SAME = "same"


class Nag(SQLModel, table=True):
    """What one person has to hear about one duty in one slot, because of one level of the ladder.

    ``kind``: a word of ``rules.nags.policy.KINDS``. ``subject``, ``subject_id``: see ``About``.
    ``cycle`` and ``slot`` as in ``rules.nags.ladder``. ``key`` makes it impossible to say it twice.
    ``rung``: the rung's measure and offset, or the news of an order. ``contact_id`` None: it is for nobody (a
    skipped slot, or nobody could be reached). ``instead_of``: the person for whom they hear it.
    ``hold_until``: when it goes out (None while waiting: once it is released). ``skipped``: the number of
    slots for which a skipped row stands. ``policy``: the version of the policy. ``delivery``: what became of
    the message, once the message itself is deleted.
    """

    __tablename__ = "nag"
    __table_args__ = (
        # The scan looks only at nags that still have to go out.
        partial_index("ix_nag_waiting", "hold_until", where="state = 'waiting'"),
        # The first counts a person's pushes of today; the second finds the nags of a day for the office.
        sa.Index("ix_nag_contact_settled", "contact_id", "settled_at"),
        sa.Index("ix_nag_created", "created_at"),
        sa.Index("ix_nag_about", "subject_id", "subject"),
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(max_length=160, unique=True)
    kind: str = Field(max_length=32)
    subject: str = Field(max_length=16)
    subject_id: int
    cycle: str = Field(max_length=40)
    slot: str = Field(max_length=40)
    rung: str = Field(max_length=40)
    level: Level | None = Field(default=None, sa_type=enum_type(Level, "nag_level"))
    contact_id: int | None = Field(default=None, foreign_key="contact.id")
    instead_of: str | None = Field(default=None, max_length=100)
    state: NagState = Field(sa_type=enum_type(NagState, "nag_state"))
    reason: NagReason | None = Field(default=None, sa_type=enum_type(NagReason, "nag_reason"))
    due_at: datetime = Field(sa_type=UtcDateTime)
    hold_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    exempt: bool = False
    skipped: int = 0
    policy: int = 0
    outbox_id: int | None = Field(default=None, foreign_key="outbox.id", index=True)
    delivery: DeliveryState | None = Field(default=None, sa_type=enum_type(DeliveryState, "nag_delivery"))
    created_at: datetime = Field(sa_type=UtcDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    @property
    def about(self) -> About:
        return self.subject, self.subject_id

    @property
    def may_repeat(self) -> bool:
        """Whether it tells once more what perhaps arrived before."""
        return self.key.endswith(AGAIN)


class Snooze(SQLModel, table=True):
    """The moment until which one person does not want to be reminded of one duty. The latest row counts."""

    __tablename__ = "snooze"
    __table_args__ = (sa.Index("ix_snooze_contact_until", "contact_id", "until"),)

    id: int | None = Field(default=None, primary_key=True)
    contact_id: int = Field(foreign_key="contact.id")
    subject: str = Field(max_length=16)
    subject_id: int
    until: datetime = Field(sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)


def waiting(
    about: About,
    kind: str,
    *,
    cycle: str,
    slot: str,
    rung: str,
    due_at: datetime,
    policy: int,
    now: datetime,
) -> dict[str, Any]:
    """A row for ``add``, with every column: a waiting nag, for nobody yet."""
    return {
        "kind": str(kind),
        "subject": about[0],
        "subject_id": about[1],
        "cycle": cycle,
        "slot": slot,
        "rung": rung,
        "level": None,
        "contact_id": None,
        "instead_of": None,
        "state": NagState.WAITING,
        "reason": None,
        "due_at": due_at,
        "hold_until": None,
        "exempt": False,
        "skipped": 0,
        "policy": policy,
        "outbox_id": None,
        "delivery": None,
        "created_at": now,
        "settled_at": None,
    }


async def add(session: Session, rows: Sequence[dict[str, Any]]) -> int:
    """Keep the new ones of the rows; returns how many.

    A row whose key is there already was said or still waits.
    """
    return await insert_once(session, Nag, rows)


async def stored_keys(session: Session, keys: Collection[str]) -> set[str]:
    """Which of these keys have a row."""
    query = sa.select(col(Nag.key)).where(col(Nag.key).in_(keys))
    return set((await session.execute(query)).scalars())


async def add_again(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """As ``add``. A nag that went on to other people and now comes back to its first person waits again."""
    await add(session, rows)
    moved = col(Nag.reason) == NagReason.MOVED
    for row in rows:
        if row["state"] is NagState.WAITING:
            gone_on = sa.and_(col(Nag.key) == row["key"], col(Nag.state) == NagState.MOOT, moved)
            values = {"hold_until": row["hold_until"], "reason": row["reason"], "settled_at": None}
            await session.execute(sa.update(Nag).where(gone_on).values(state=NagState.WAITING, **values))


_OF_WAITING: Final = (
    select(Nag)
    .where(Nag.state == NagState.WAITING)
    .with_for_update()
    .execution_options(populate_existing=True)
)


async def ready(session: Session, now: datetime, most: int | None) -> Sequence[Nag]:
    """The waiting nags that may go out at ``now``, read anew and locked, in the order of the index.

    At most ``most`` of them, or all (None). If it asked for the order of ids, SQLite would read all nags that
    there ever were.
    """
    query = (
        _OF_WAITING.where(col(Nag.hold_until) <= now).order_by(col(Nag.hold_until), col(Nag.id)).limit(most)
    )
    return (await session.exec(query)).all()


async def ready_for(session: Session, contact_ids: Collection[int], now: datetime) -> Sequence[Nag]:
    """As ``ready``, all of it for these people."""
    query = _OF_WAITING.where(col(Nag.hold_until) <= now, col(Nag.contact_id).in_(contact_ids))
    return (await session.exec(query.order_by(col(Nag.id)))).all()


async def going_along(
    session: Session, contact_ids: Collection[int], now: datetime, until: datetime
) -> Sequence[Nag]:
    """What is not ready at ``now``, but goes along with any message to these people, read anew and locked.

    It was put off for the day's budget, or only waits until then for others of its kind.
    """
    query = _OF_WAITING.where(
        col(Nag.hold_until) > now,
        col(Nag.contact_id).in_(contact_ids),
        sa.or_(
            col(Nag.reason) == NagReason.BUDGET,
            sa.and_(col(Nag.reason).is_(None), col(Nag.hold_until) <= until),
        ),
    )
    return (await session.exec(query.order_by(col(Nag.id)))).all()


async def next_ready(session: Session) -> datetime | None:
    """The moment at which the next waiting nag may go out."""
    query = sa.select(col(Nag.hold_until)).where(
        col(Nag.state) == NagState.WAITING, col(Nag.hold_until).is_not(None)
    )
    return (await session.execute(query.order_by(col(Nag.hold_until)).limit(1))).scalar()


async def snoozed(session: Session, contact_ids: Collection[int], now: datetime) -> Sequence[Snooze]:
    """Snoozes of these people that have not ended at ``now``."""
    query = select(Snooze).where(col(Snooze.contact_id).in_(contact_ids), col(Snooze.until) > now)
    return (await session.exec(query.order_by(col(Snooze.id)))).all()


async def settle(session: Session, rows: Sequence[dict[str, Any]], now: datetime) -> None:
    """Note what became of nags that the caller holds locked.

    Each row has ``nag_id``, ``state``, ``reason`` and ``outbox_id``.
    """
    if rows:
        nag = Nag.__table__  # type: ignore[attr-defined]  # what SQLModel makes of the class
        names = ("state", "reason", "outbox_id")
        values = {name: sa.bindparam(f"new_{name}", type_=nag.c[name].type) for name in names}
        query = sa.update(nag).where(nag.c.id == sa.bindparam("nag_id")).values(settled_at=now, **values)
        bound = [{"nag_id": r["nag_id"]} | {f"new_{name}": r[name] for name in names} for r in rows]
        await (await session.connection()).execute(query, bound)


async def put_off(session: Session, rows: Sequence[dict[str, Any]], reason: NagReason | None) -> None:
    """Let nags that the caller holds locked go out later. Each row has ``nag_id`` and ``until``."""
    if rows:
        nag = Nag.__table__  # type: ignore[attr-defined]  # what SQLModel makes of the class
        until = sa.bindparam("until", type_=nag.c.hold_until.type)
        query = sa.update(nag).where(nag.c.id == sa.bindparam("nag_id"))
        await (await session.connection()).execute(query.values(hold_until=until, reason=reason), list(rows))


async def to_release(session: Session) -> Sequence[Nag]:
    """The nags that wait for the office to release them, the oldest first, read anew and locked."""
    query = _OF_WAITING.where(col(Nag.hold_until).is_(None), Nag.reason == NagReason.RELEASE)
    return (await session.exec(query.order_by(col(Nag.hold_until), col(Nag.id)))).all()


def is_about(table: type[Nag] | type[Snooze], about: Collection[About]) -> sa.ColumnElement[bool]:
    """The condition that a row is about one of these."""
    ids: dict[str, list[int]] = {}
    for subject, subject_id in about:
        ids.setdefault(subject, []).append(subject_id)
    each = [
        sa.and_(col(table.subject) == subject, col(table.subject_id).in_(mine))
        for subject, mine in ids.items()
    ]
    return sa.or_(sa.false(), *each)


_CHILD: Final = sa.exists().where(col(Task.id) == col(Nag.subject_id), col(Task.parent_id).is_not(None))
_NO_CHILD: Final = sa.or_(col(Nag.subject) != "task", sa.not_(_CHILD))


async def of_day(
    session: Session, since: datetime, until: datetime, subjects: Collection[str]
) -> Sequence[Nag]:
    """All nags about these subjects that were made in [since, until), read anew.

    Here and below: without those about children, which are nothing for the office.
    """
    there = (col(Nag.created_at) >= since, col(Nag.created_at) < until)
    query = select(Nag).where(*there, col(Nag.subject).in_(subjects), _NO_CHILD)
    query = query.order_by(col(Nag.id)).execution_options(populate_existing=True)
    return (await session.exec(query)).all()


async def unconfirmed(session: Session, since: datetime, until: datetime) -> set[int]:
    """Ids of the nags made in [since, until) whose message certainly or perhaps did not arrive.

    Nobody can say that their readers were nagged.
    """
    became = sa.func.coalesce(col(Outbox.state), col(Nag.delivery))
    query = (
        sa.select(col(Nag.id))
        .outerjoin(Outbox, col(Outbox.id) == col(Nag.outbox_id))
        .where(col(Nag.created_at) >= since, col(Nag.created_at) < until, became.in_(NOT_ARRIVED))
    )
    return set((await session.execute(query)).scalars())


async def any_since(session: Session, since: datetime, subjects: Collection[str]) -> bool:
    """Whether any nag about these subjects was made from then on, except what people have put off."""
    by_people = col(Nag.reason).in_((NagReason.SNOOZED, NagReason.PAUSED))
    other = sa.or_(col(Nag.reason).is_(None), sa.not_(sa.and_(col(Nag.state) == NagState.WAITING, by_people)))
    there = (col(Nag.created_at) >= since, col(Nag.subject).in_(subjects), other, _NO_CHILD)
    return (await session.execute(sa.select(col(Nag.id)).where(*there).limit(1))).first() is not None


async def drop_waiting(session: Session, until: datetime) -> None:
    """For a rehearsal: let all nags that go out until then be gone."""
    await session.execute(
        sa.update(Nag)
        .where(col(Nag.state) == NagState.WAITING, col(Nag.hold_until) <= until)
        .values(state=NagState.MOOT)
    )


async def forget_since(session: Session, since: datetime) -> None:
    """For a rehearsal: forget what was kept or promised from then on. Nags from before wait again."""
    digest = sa.and_(col(Outbox.view) == "nag_office", col(Outbox.created_at) >= since)
    await session.execute(sa.delete(Nag).where(col(Nag.created_at) >= since))
    gone = sa.update(Nag).where(col(Nag.settled_at) >= since)
    waited = gone.where(col(Nag.state).in_((NagState.TOLD, NagState.MOOT)), col(Nag.hold_until).is_not(None))
    await session.execute(waited.values(state=NagState.WAITING, outbox_id=None, settled_at=None))
    await session.execute(gone.values(outbox_id=None))
    await session.execute(sa.update(Outbox).where(digest).values(dedupe_key=_gone()))
    await session.execute(sa.update(TickMark).where(col(TickMark.name) == DIGEST_MARK).values(slot_key=""))


def _gone() -> sa.ColumnElement[str]:
    return sa.cast(col(Outbox.id), sa.String) + ":gone"
