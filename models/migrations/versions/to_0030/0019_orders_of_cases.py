"""a case keeps a row for each of its orders, so that what a unit did stays when the case goes on

The rows are what the steps of each case add up to (``rules.cases.order_facts``, as it is at this revision).
No step says by when a unit had to sign. So only the order that a case is on now gets that moment.

Revision ID: 0019
Revises: 0018
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_AT_ONCE = 1000
_OUTCOMES = ("running", "suspended", "fed_back", "closed", "sent_back", "reassigned")
_SIGNING = ("acknowledge", "handle", "feedback")
_LEADS_TO = {"feedback": "fed_back", "suspend": "suspended", "resume": "running", "rework": "running"}
_ENDS = {"close": "closed", "send_back": "sent_back", "reassign": "reassigned"}
_STOPPING = ("feedback", "suspend", "send_back")
_MOMENT = sa.DateTime(timezone=True)
_MAYBE = ("registered_at", "acknowledged_at", "fed_back_at", "ended_at")
_NUMBERS = ("worked", "extensions", "reworks")
_ORDER_CASE = sa.table(
    "order_case",
    *(sa.column(name) for name in ("case_id", "number", "order_id", "unit_id", "outcome", *_NUMBERS)),
    *(
        sa.column(name, _MOMENT)
        for name in ("first_limit_at", "limit_at", "sign_by", "dispatched_at", *_MAYBE)
    ),
    sa.column("exempt", sa.Boolean()),
)
_PAPER = sa.table(
    "supervision_order",
    *(sa.column("id"), sa.column("number"), sa.column("unit_id"), sa.column("issued_at", _MOMENT)),
)
_CASE = sa.table("problem_case", *(sa.column("id"), sa.column("orders"), sa.column("sign_by", _MOMENT)))
_STEP = sa.table(
    "case_step",
    *(sa.column(name) for name in ("case_id", "number", "event", "unit_id", "worked")),
    *(sa.column("at", _MOMENT), sa.column("limit_at", _MOMENT), sa.column("data", sa.JSON())),
)
_Order = dict[str, Any]


def upgrade() -> None:
    with op.batch_alter_table("problem_case", schema=None) as batch_op:
        batch_op.add_column(sa.Column("orders", sa.Integer(), server_default="0", nullable=False))
    connection = op.get_bind()
    orders = list(_orders(connection))
    op.drop_table("order_case")
    _create()
    for some in _parts(orders):
        connection.execute(sa.insert(_ORDER_CASE), some)
    its = _CASE.c.id == sa.bindparam("of_case")
    # The last order of a case comes last, and its number is the one that stays.
    counted = [{"of_case": order["case_id"], "of_order": order["number"]} for order in orders]
    for some in _parts(counted):
        connection.execute(sa.update(_CASE).where(its).values(orders=sa.bindparam("of_order")), some)


def _create() -> None:
    op.create_table(
        "order_case",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=True),
        sa.Column("first_limit_at", _MOMENT, nullable=False),
        sa.Column("sign_by", _MOMENT, nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("dispatched_at", _MOMENT, nullable=False),
        sa.Column("limit_at", _MOMENT, nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(*_OUTCOMES, name="order_outcome", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        *(sa.Column(name, _MOMENT, nullable=True) for name in _MAYBE),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _NUMBERS),
        sa.Column("exempt", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["problem_case.id"], name=op.f("fk_order_case_case_id_problem_case")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["supervision_order.id"], name=op.f("fk_order_case_order_id_supervision_order")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_order_case_unit_id_unit")),
        sa.PrimaryKeyConstraint("case_id", "number", name=op.f("pk_order_case")),
        sa.UniqueConstraint("order_id", "case_id", name=op.f("uq_order_case_order_id_case_id")),
    )
    with op.batch_alter_table("order_case", schema=None) as batch_op:
        batch_op.create_index("ix_order_case_registered", ["registered_at", "unit_id"], unique=False)
        batch_op.create_index("ix_order_case_limit", ["limit_at", "unit_id"], unique=False)
        batch_op.create_index("ix_order_case_ended", ["ended_at", "outcome", "unit_id"], unique=False)


def _parts(rows: list[_Order]) -> Iterator[list[_Order]]:
    for start in range(0, len(rows), _AT_ONCE):
        yield rows[start : start + _AT_ONCE]


def _orders(connection: sa.Connection) -> Iterator[_Order]:
    """The rows of all orders, those of a case one after the other."""
    papers = {row.number: row.id for row in connection.execute(sa.select(_PAPER.c.id, _PAPER.c.number))}
    cases = sa.select(_CASE.c.id, _CASE.c.sign_by)
    sign_by = {row.id: row.sign_by for row in connection.execute(cases)}
    unmatched = _known(connection)
    steps = connection.execute(sa.select(_STEP).order_by(_STEP.c.case_id, _STEP.c.number)).all()
    for case_id, own in groupby(steps, key=lambda step: int(step.case_id)):
        folded = _folded(own, papers)
        for order in folded:
            unmatched.get(case_id, {}).pop(order["order_id"], None)
        if folded:
            folded[-1]["sign_by"] = sign_by[case_id]
        # A row that no step made stays, and counts nowhere.
        folded += unmatched.pop(case_id, {}).values()
        yield from (order | {"case_id": case_id, "number": n} for n, order in enumerate(folded, 1))


def _known(connection: sa.Connection) -> dict[int, dict[int, _Order]]:
    """The orders of each case by their paper, as the old table knows them."""
    old = sa.table(
        "order_case", *(sa.column("order_id"), sa.column("case_id"), sa.column("limit_at", _MOMENT))
    )
    query = sa.select(old, _PAPER.c.unit_id, _PAPER.c.issued_at).join(_PAPER, _PAPER.c.id == old.c.order_id)
    found: dict[int, dict[int, _Order]] = {}
    for row in connection.execute(query.order_by(old.c.order_id)):
        order = _made(row.unit_id, row.issued_at, row.limit_at, row.order_id) | {"outcome": "sent_back"}
        found.setdefault(row.case_id, {})[row.order_id] = order
    return found


def _folded(steps: Iterable[sa.Row[Any]], papers: dict[str, int]) -> list[_Order]:
    """The orders that the steps of a case add up to."""
    orders: list[_Order] = []
    present: _Order | None = None
    registered_at = None
    for step in steps:
        if present is not None:
            _take(present, step)
        if step.event in {"dispatch", "reassign"}:
            said = step.data if isinstance(step.data, dict) else {}
            present = _made(step.unit_id, step.at, step.limit_at, papers.get(str(said.get("order"))))
            present["registered_at"] = registered_at
            orders.append(present)
        elif step.event in {"send_back", "reopen"}:
            present = None
        elif step.event == "register":
            registered_at = step.at
    return orders


def _made(unit_id: int, at: datetime, limit_at: datetime, order_id: int | None) -> _Order:
    first = {"unit_id": unit_id, "dispatched_at": at, "limit_at": limit_at, "first_limit_at": limit_at}
    none_yet = dict.fromkeys((*_MAYBE, "sign_by")) | dict.fromkeys(_NUMBERS, 0)
    return first | none_yet | {"order_id": order_id, "outcome": "running", "exempt": False}


def _take(order: _Order, step: sa.Row[Any]) -> None:
    """Move an order on by a step of its case."""
    if step.event in _ENDS:
        order.update(outcome=_ENDS[step.event], ended_at=step.at)
    elif step.limit_at is not None:
        order["limit_at"] = step.limit_at
    if step.event in _LEADS_TO:
        order["outcome"] = _LEADS_TO[step.event]
    if step.event in _SIGNING:
        order["acknowledged_at"] = order["acknowledged_at"] or step.at
    if step.event in {"feedback", "rework"}:
        order["fed_back_at"] = step.at if step.event == "feedback" else None
    order["worked"] += step.worked if step.event in _STOPPING else 0
    order["reworks"] += step.event == "rework"
    order["extensions"] += step.event == "extend"
    order["exempt"] = order["exempt"] or step.event == "grant_appeal"


def downgrade() -> None:
    raise NotImplementedError("nobody goes back from here")
