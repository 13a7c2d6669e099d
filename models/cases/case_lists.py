"""Lists of cases: whose cases, which part of them, in which order; a page of them, and their number."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from models.cases import IS_OPEN, Case, CaseFollower, SupervisionOrder, cases_by_id
from models.db import Session
from rules.cases.case_lifecycle import ENDED, RUNNING, CaseState
from rules.cases.case_parts import BY_STATE, COLOURED, CaseListPart, part_of


@dataclass(frozen=True, slots=True)
class CaseListFilter:
    """Whose cases: those of these units (None: of all) and, if given, signed for or reported by a contact."""

    unit_ids: frozenset[int] | None = None
    signed_by: int | None = None
    reported_by: int | None = None

    @property
    def conditions(self) -> list[sa.ColumnElement[bool]]:
        wanted: list[sa.ColumnElement[bool]] = []
        if self.unit_ids is not None:
            wanted.append(col(Case.unit_id).in_(self.unit_ids))
        if self.signed_by is not None:
            wanted.append(col(Case.responsible_id) == self.signed_by)
        if self.reported_by is not None:
            wanted.append(col(Case.reporter_id) == self.reported_by)
        return wanted


def in_view(contact_id: int, unit_ids: Collection[int] | None) -> sa.ColumnElement[bool]:
    """The answer of ``services.cases.case_access.may_see``, as a condition of a query.

    ``unit_ids``: the contact's scope; None: they see all.
    """
    if unit_ids is None:
        return sa.true()
    follows = sa.exists().where(
        col(CaseFollower.case_id) == col(Case.id), col(CaseFollower.contact_id) == contact_id
    )
    return sa.or_(
        col(Case.unit_id).in_(unit_ids),
        col(Case.reporter_id) == contact_id,
        col(Case.verifier_id) == contact_id,
        follows,
    )


def counting_query(whose: CaseListFilter) -> Any:
    """See ``open_counts``."""
    query = sa.select(col(Case.state), col(Case.colour), sa.func.count().label("cases"))
    return query.where(IS_OPEN, *whose.conditions).group_by(col(Case.state), col(Case.colour))


async def open_counts(session: Session, whose: CaseListFilter) -> dict[CaseListPart, int]:
    """The number of open cases in each part; under ``CaseListPart.OPEN``, of all."""
    counts = dict.fromkeys(CaseListPart, 0)
    for row in (await session.execute(counting_query(whose))).mappings():
        counts[part_of(row["state"], row["colour"])] += row["cases"]
        counts[CaseListPart.OPEN] += row["cases"]
    return counts


async def count_closed(session: Session, whose: CaseListFilter, since: datetime) -> int:
    query = sa.select(sa.func.count()).select_from(Case).where(*_closed(since), *whose.conditions)
    return int((await session.execute(query)).scalar_one())


def page_query(
    whose: CaseListFilter, which: CaseListPart, *, since: datetime, first: int | None, offset: int, limit: int
) -> Any:
    """The query of ``page``. It is a function of its own, so that a test can look at its plan.

    Of all open cases it leaves out the suspended ones: they come behind all others.
    """
    query = select(Case).where(*_wanted(which, since), *whose.conditions)
    if which is CaseListPart.OPEN:
        query = query.where(col(Case.state) != CaseState.SUSPENDED)
    if which is CaseListPart.CLOSED:
        return query.order_by(col(Case.closed_at).desc(), col(Case.id).desc()).offset(offset).limit(limit)
    if first is not None:
        query = query.order_by(sa.case((col(Case.responsible_id) == first, 0), else_=1))
    # Cases without a limit come last.
    return query.order_by(col(Case.limit_at).nulls_last(), col(Case.id)).offset(offset).limit(limit)


async def page(
    session: Session,
    whose: CaseListFilter,
    which: CaseListPart,
    *,
    since: datetime,
    first: int | None = None,
    offset: int,
    limit: int,
) -> Sequence[Case]:
    """A page of cases: the soonest limit first, suspended ones last; of closed cases, the last closed first.

    ``since``: cases that were closed from then on count as closed. ``first``: a contact; the cases that they
    have signed for come before all others.
    """
    how: dict[str, Any] = {"since": since, "first": first}
    found = list(await session.exec(page_query(whose, which, **how, offset=offset, limit=limit)))
    if which is not CaseListPart.OPEN or len(found) == limit:
        return found
    counts = await open_counts(session, whose)
    before = counts[CaseListPart.OPEN] - counts[CaseListPart.SUSPENDED]
    how |= {"offset": max(offset - before, 0), "limit": limit - len(found)}
    return [*found, *await session.exec(page_query(whose, CaseListPart.SUSPENDED, **how))]


def _wanted(which: CaseListPart, since: datetime) -> list[sa.ColumnElement[bool]]:
    state, open_now = col(Case.state), sa.and_(IS_OPEN)
    if which is CaseListPart.OPEN:
        return [open_now]
    if which is CaseListPart.CLOSED:
        return _closed(since)
    if which is CaseListPart.WAITING:
        return [open_now, state.not_in((*RUNNING, *BY_STATE.values()))]
    if which in COLOURED:
        return [open_now, state.in_(RUNNING), col(Case.colour) == COLOURED[which]]
    return [open_now, state == BY_STATE[which]]


def _closed(since: datetime) -> list[sa.ColumnElement[bool]]:
    return [col(Case.state) == CaseState.CLOSED, col(Case.closed_at) >= since]


async def search(
    session: Session,
    words: Sequence[Collection[str]],
    view: sa.ColumnElement[bool],
    *,
    offset: int,
    limit: int,
) -> tuple[Sequence[Case], int]:
    """A page of the cases in a contact's ``view`` that hold every word, and the number of all of them.

    Each of ``words`` comes in all its spellings. They are looked for in place, text, category and the numbers
    of the case and its order; % and _ mean themselves. Open cases come first, then the last reported.
    """
    # The words come first: they are cheaper to look for than the followers of a case.
    wanted = sa.and_(*(_holds(spellings) for spellings in words), view)
    ids = (await session.execute(_found_query(wanted, offset, limit))).scalars().all()
    known = await cases_by_id(session, ids)
    found = [known[case_id] for case_id in ids]
    if len(found) < limit and (found or not offset):
        # This is the last page. Most searches find little and need not go through all cases again.
        return found, offset + len(found)
    count = await session.execute(sa.select(sa.func.count()).select_from(Case).where(wanted))
    return found, int(count.scalar_one())


def _found_query(wanted: sa.ColumnElement[bool], offset: int, limit: int) -> Any:
    """The query for the ids of a page. With whole rows, it would have to sort all rows that it finds."""
    query = sa.select(col(Case.id)).where(wanted)
    # It asks for the ended states, not the open ones: every row is compared with these, and they are few.
    over = col(Case.state).in_(sorted(ENDED))
    query = query.order_by(sa.case((over, 1), else_=0), col(Case.id).desc())
    return query.offset(offset).limit(limit)


def _holds(spellings: Collection[str]) -> sa.ColumnElement[bool]:
    orders = sa.select(col(SupervisionOrder.id)).where(_any(col(SupervisionOrder.number), spellings))
    texts = (Case.place, Case.text, Case.category, Case.number)
    return sa.or_(*(_any(col(text), spellings) for text in texts), col(Case.order_id).in_(orders))


def _any(column: Any, spellings: Collection[str]) -> sa.ColumnElement[bool]:
    return sa.or_(*(_contains(column, word) for word in spellings))


def _contains(column: Any, word: str) -> sa.ColumnElement[bool]:
    """Whether the column holds the word. Case is ignored only for a word that has any.

    Chinese has no capitals, and to fold every row's text would take most of the time.
    """
    has_case = word.lower() != word.upper()
    found: sa.ColumnElement[bool] = (
        column.icontains(word, autoescape=True) if has_case else column.contains(word, autoescape=True)
    )
    return found


async def last_with_serial(session: Session, serial: int, view: sa.ColumnElement[bool]) -> Case | None:
    """The most recent case in the contact's ``view`` whose number ends in that serial."""
    found: Case | None = (await session.exec(serial_query(serial, view))).first()
    return found


def serial_query(serial: int, view: sa.ColumnElement[bool]) -> Any:
    """The query of ``last_with_serial``. It reads numbers from their index, and cases only with that one."""
    numbered = aliased(Case)
    ids = sa.select(col(numbered.id)).where(col(numbered.number).like(f"%-{serial:04d}"))
    query = select(Case).where(col(Case.id).in_(ids), view)
    return query.order_by(col(Case.id).desc()).limit(1)


async def cases_on_order(
    session: Session, serial: int, year: int | None, view: sa.ColumnElement[bool]
) -> Sequence[Case]:
    """The cases in the contact's ``view`` that are on an order of that serial.

    ``year`` None: the last year of which they may see such a case.
    """
    query = (
        select(Case, SupervisionOrder.year)
        .join(SupervisionOrder, col(SupervisionOrder.id) == col(Case.order_id))
        .where(SupervisionOrder.serial == serial, view)
        .order_by(col(SupervisionOrder.year).desc(), col(Case.id))
    )
    if year is not None:
        query = query.where(SupervisionOrder.year == year)
    found = (await session.exec(query)).all()
    return [case for case, of in found if of == found[0][1]]


async def all_orders(session: Session) -> dict[int, SupervisionOrder]:
    return {order.id: order for order in await session.exec(select(SupervisionOrder)) if order.id is not None}
