"""Cases: reported problems, their steps, their photos and the people who follow them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col, select

from models.columns import Amount, UtcDateTime, enum_type, rows_changed
from models.db import Session
from models.partial_indexes import partial_index
from models.progress import EvidenceKind
from rules.cases.case_facts import AppealState, CaseFacts, Colour, HistoryStep
from rules.cases.case_lifecycle import OPEN, CaseEvent, CaseState
from rules.cases.order_facts import OrderFacts, OrderOutcome
from rules.working_time import TimeUnit

_OPEN_WORDS: Final = ", ".join(f"'{state}'" for state in sorted(OPEN))
# The words are those of the partial indexes: SQLite uses an index only for a condition that it can compare.
IS_OPEN: Final = sa.text(f"problem_case.state IN ({_OPEN_WORDS})")


def _open_index(name: str, *columns: str) -> sa.Index:
    return partial_index(name, *columns, where=f"state IN ({_OPEN_WORDS})")


class Case(SQLModel, table=True):
    """案卷. It keeps what its category said at registration: a change of the category is for new cases.

    ``place_unit_id``: the unit whose place it is. ``hidden``: the units do not learn who reported it. The
    columns from ``steps`` on are the facts of ``rules.cases.case_facts``, as the case's steps add up to them.
    ``steps`` is the number of steps and guards every change. ``look_at``: when the scan looks at the case
    next, because its colour changes, its suspension ends, or a slot of the ladder comes. ``nagged_until``:
    slots up to then are done. ``usual_amount``: the category's limit, if 迎检 has made this case's shorter.
    """

    __tablename__ = "problem_case"
    __table_args__ = (
        # With the colour, so that the numbers of each are counted from these indexes alone.
        _open_index("ix_case_open_unit", "unit_id", "limit_at", "state", "colour"),
        _open_index("ix_case_open_state", "state", "limit_at", "colour"),
        _open_index("ix_case_open_limit", "limit_at", "id"),
        _open_index("ix_case_open_place", "category_id", "latitude"),
        _open_index("ix_case_open_point", "point_id", "category_id"),
        # Counts by unit or category come from these indexes alone.
        sa.Index("ix_case_registered", "registered_at", "unit_id", "category"),
        sa.Index("ix_case_limit", "limit_at"),
        sa.Index("ix_case_closed", "closed_at", "unit_id", "category"),
        partial_index("ix_case_look", "look_at", where="look_at IS NOT NULL"),
    )

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(max_length=20, unique=True)
    category_id: int = Field(foreign_key="category.id")
    category: str = Field(max_length=120)
    standard: str = Field(sa_type=sa.Text)
    indicator: str | None = Field(default=None, max_length=200)
    limit_amount: Decimal = Field(sa_type=Amount)
    limit_unit: TimeUnit = Field(sa_type=enum_type(TimeUnit, "case_limit_unit"))
    usual_amount: Decimal | None = Field(default=None, sa_type=Amount)
    text: str = Field(default="", sa_type=sa.Text)
    latitude: float | None = None
    longitude: float | None = None
    place: str | None = Field(default=None, max_length=255)
    point_id: int | None = Field(default=None, foreign_key="inspection_point.id")
    place_unit_id: int | None = Field(default=None, foreign_key="unit.id")
    reporter_id: int = Field(foreign_key="contact.id", index=True)
    hidden: bool = False
    task_id: int | None = Field(default=None, foreign_key="task.id")
    merged_into: int | None = Field(default=None, foreign_key="problem_case.id")
    order_id: int | None = Field(default=None, foreign_key="supervision_order.id", index=True)
    responsible_id: int | None = Field(default=None, foreign_key="contact.id", index=True)
    verifier_id: int | None = Field(default=None, foreign_key="contact.id", index=True)
    reported_at: datetime = Field(sa_type=UtcDateTime)
    sign_by: datetime | None = Field(default=None, sa_type=UtcDateTime)
    look_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    nagged_until: datetime | None = Field(default=None, sa_type=UtcDateTime)

    steps: int = 0
    orders: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    state: CaseState = Field(sa_type=enum_type(CaseState, "case_state"))
    unit_id: int | None = Field(default=None, foreign_key="unit.id")
    registered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    dispatched_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    acknowledged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    limit_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    clock_from: datetime | None = Field(default=None, sa_type=UtcDateTime)
    stopped_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    fed_back_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    worked: int = 0
    extensions: int = 0
    extension_asked: bool = False
    reworks: int = 0
    suspended_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    suspended: bool = False
    colour: Colour = Field(default=Colour.NONE, sa_type=enum_type(Colour, "case_colour"))
    released: bool = False
    appeal: AppealState = Field(default=AppealState.NONE, sa_type=enum_type(AppealState, "case_appeal"))

    @property
    def facts(self) -> CaseFacts:
        return CaseFacts(**{name: getattr(self, name) for name in CaseFacts.__dataclass_fields__})


class CaseStep(SQLModel, table=True):
    """One step of a case's history. Rows are only ever added.

    ``actor_id`` None: the step happened by itself. ``data``: more facts (e.g. the unit that sent it back).
    """

    __tablename__ = "case_step"
    __table_args__ = (sa.UniqueConstraint("case_id", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="problem_case.id")
    number: int
    event: CaseEvent = Field(sa_type=enum_type(CaseEvent, "case_event"))
    at: datetime = Field(sa_type=UtcDateTime)
    actor_id: int | None = Field(default=None, foreign_key="contact.id")
    reason: str | None = Field(default=None, sa_type=sa.Text)
    unit_id: int | None = Field(default=None, foreign_key="unit.id")
    limit_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    worked: int = 0
    colour: Colour | None = Field(default=None, sa_type=enum_type(Colour, "step_colour"))
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    data: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True))

    @property
    def step(self) -> HistoryStep:
        return HistoryStep(
            self.event, self.at, self.unit_id, self.limit_at, self.worked, self.colour, self.until
        )


class CasePhase(StrEnum):
    """When a file came in: before the problem was mended, at the verification, or after."""

    BEFORE = "before"
    VERIFICATION = "verification"
    AFTER = "after"


class CaseFile(SQLModel, table=True):
    """A photo, video or document of a case, which Telegram keeps.

    ``step``: the number of the step with which it came.
    """

    __tablename__ = "case_file"

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="problem_case.id", index=True)
    step: int
    phase: CasePhase = Field(sa_type=enum_type(CasePhase, "case_phase"))
    kind: EvidenceKind = Field(sa_type=enum_type(EvidenceKind, "case_file_kind"))
    file_id: str = Field(max_length=255)
    file_unique_id: str = Field(max_length=64)
    file_name: str | None = Field(default=None, max_length=255)
    message_id: int | None = Field(default=None, sa_type=sa.BigInteger)


class CaseFollower(SQLModel, table=True):
    """A person who hears of each step: the reporter, or one who pressed 就是这个，关注.

    ``muted``: they do not want to hear.
    """

    __tablename__ = "case_follower"

    case_id: int = Field(foreign_key="problem_case.id", primary_key=True)
    contact_id: int = Field(foreign_key="contact.id", primary_key=True)
    muted: bool = False


class SupervisionOrder(SQLModel, table=True):
    """督办单: the cases that were dispatched to a unit together, under one number. It has their states."""

    __tablename__ = "supervision_order"
    __table_args__ = (sa.UniqueConstraint("year", "serial"),)

    id: int | None = Field(default=None, primary_key=True)
    year: int
    serial: int
    number: str = Field(max_length=60, unique=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    leader_in_charge: str | None = Field(default=None, max_length=100)
    requirement: str = Field(sa_type=sa.Text)
    task_id: int | None = Field(default=None, foreign_key="task.id")
    issued_at: datetime = Field(sa_type=UtcDateTime)
    issued_by: int = Field(foreign_key="contact.id")


class OrderCase(SQLModel, table=True):
    """An order of a case: what its unit was given, and what came of it. The row stays when the case goes on.

    ``number``: which order of the case it is. ``order_id``: the paper; ``first_limit_at``: the limit on it.
    The columns from ``unit_id`` on are the facts of ``rules.cases.order_facts``, as the case's steps add up
    to them; those of the last order are also columns of the case.
    """

    __tablename__ = "order_case"
    __table_args__ = (
        sa.UniqueConstraint("order_id", "case_id"),
        sa.Index("ix_order_case_registered", "registered_at", "unit_id"),
        sa.Index("ix_order_case_limit", "limit_at", "unit_id"),
        sa.Index("ix_order_case_ended", "ended_at", "outcome", "unit_id"),
    )

    case_id: int = Field(foreign_key="problem_case.id", primary_key=True)
    number: int = Field(primary_key=True)
    order_id: int | None = Field(default=None, foreign_key="supervision_order.id")
    first_limit_at: datetime = Field(sa_type=UtcDateTime)
    sign_by: datetime | None = Field(default=None, sa_type=UtcDateTime)

    unit_id: int = Field(foreign_key="unit.id")
    dispatched_at: datetime = Field(sa_type=UtcDateTime)
    limit_at: datetime = Field(sa_type=UtcDateTime)
    outcome: OrderOutcome = Field(sa_type=enum_type(OrderOutcome, "order_outcome"))
    registered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    acknowledged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    fed_back_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    worked: int = 0
    extensions: int = 0
    reworks: int = 0
    exempt: bool = False

    @property
    def facts(self) -> OrderFacts:
        return OrderFacts(**{name: getattr(self, name) for name in OrderFacts.__dataclass_fields__})


class IssuedPaper(SQLModel, table=True):
    """What the paper of an order says, as it was issued. It never changes; later steps are on the card.

    ``content``: see ``services.cases.orders.order_paper``. ``made_at``: later than the order for one from
    before papers were kept.
    """

    __tablename__ = "issued_paper"

    order_id: int = Field(foreign_key="supervision_order.id", primary_key=True)
    content: dict[str, Any] = Field(sa_type=sa.JSON(none_as_null=True), nullable=False)
    made_at: datetime = Field(sa_type=UtcDateTime)


class Instruction(SQLModel, table=True):
    """A leader's 批示 on an order. The unit learns of it once the office has released it.

    ``sent_at`` None: its leader has not confirmed it. ``withdrawn_at``: it will not be released, because its
    leader dropped it or took it back, or because no case is left on the order.
    """

    __tablename__ = "instruction"

    id: int | None = Field(default=None, primary_key=True)
    order_id: int = Field(foreign_key="supervision_order.id", index=True)
    leader_id: int = Field(foreign_key="contact.id")
    text: str = Field(sa_type=sa.Text)
    excerpt: str | None = Field(default=None, sa_type=sa.Text)
    written_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    released_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    released_by: int | None = Field(default=None, foreign_key="contact.id")


class SentCase(SQLModel, table=True):
    """A case that a message of ours was about, so that a reply to the message finds it."""

    __tablename__ = "sent_case"

    chat_id: int = Field(sa_type=sa.BigInteger, primary_key=True)
    message_id: int = Field(sa_type=sa.BigInteger, primary_key=True)
    case_id: int = Field(foreign_key="problem_case.id", primary_key=True)


async def case_by_id(session: Session, case_id: int) -> Case | None:
    """The case as it stands, read anew."""
    return await session.get(Case, case_id, populate_existing=True)


async def locked_case(session: Session, case_id: int) -> Case | None:
    """As ``case_by_id``, locked until the transaction ends.

    A row that only refers to the case can still be written. Otherwise the note that a message about several
    cases was sent could wait for one case while another waits for it.
    """
    return await session.get(Case, case_id, populate_existing=True, with_for_update={"key_share": True})


async def write_facts(session: Session, case: Case, facts: CaseFacts, **values: Any) -> bool:
    """Move a case on by one step; False if somebody else has moved it since it was read."""
    moved = await session.execute(
        sa.update(Case)
        .where(col(Case.id) == case.id, col(Case.steps) == facts.steps - 1)
        .values({name: getattr(facts, name) for name in CaseFacts.__dataclass_fields__} | values)
        .execution_options(synchronize_session=False)
    )
    if rows_changed(moved) != 1:
        return False
    await session.refresh(case)
    return True


async def steps_of(session: Session, case_id: int) -> Sequence[CaseStep]:
    query = select(CaseStep).where(CaseStep.case_id == case_id).order_by(col(CaseStep.number))
    return (await session.exec(query)).all()


async def only_coloured_since(session: Session, case_id: int, seen: int) -> bool:
    """Whether all steps of the case after its first ``seen`` ones only changed its colour."""
    query = select(CaseStep.number).where(
        CaseStep.case_id == case_id, CaseStep.number > seen, col(CaseStep.event) != CaseEvent.COLOUR
    )
    return (await session.exec(query.limit(1))).first() is None


async def files_of(session: Session, case_id: int) -> Sequence[CaseFile]:
    query = select(CaseFile).where(CaseFile.case_id == case_id).order_by(col(CaseFile.id))
    return (await session.exec(query)).all()


async def followers_of(session: Session, case_id: int) -> Sequence[CaseFollower]:
    query = select(CaseFollower).where(CaseFollower.case_id == case_id)
    return (await session.exec(query.order_by(col(CaseFollower.contact_id)))).all()


async def cases_of_order(session: Session, order_id: int) -> Sequence[Case]:
    """The cases that are still on an order."""
    return (await session.exec(select(Case).where(Case.order_id == order_id).order_by(col(Case.id)))).all()


async def cases_by_id(session: Session, ids: Sequence[int]) -> dict[int, Case]:
    if not ids:
        return {}
    rows = await session.exec(select(Case).where(col(Case.id).in_(ids)))
    return {row.id: row for row in rows if row.id is not None}


async def case_by_number(session: Session, number: str) -> Case | None:
    return (await session.exec(select(Case).where(Case.number == number))).first()


async def case_subjects(session: Session, chat_id: int, message_id: int) -> Sequence[int]:
    """Ids of the cases that a message of ours was about."""
    query = select(SentCase.case_id).where(SentCase.chat_id == chat_id, SentCase.message_id == message_id)
    return (await session.exec(query.order_by(col(SentCase.case_id)))).all()
