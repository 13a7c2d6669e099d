"""Piles of cases that wait for somebody, the last words about them, and cases that may be the same."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import col, select

from models.audit_log import Audit
from models.cases import IS_OPEN, Case, CaseFollower, CaseStep, Instruction
from models.cases.instructions import WAITS
from models.db import Session
from rules.cases.case_facts import AppealState, Colour
from rules.cases.case_lifecycle import RUNNING, CaseEvent, CaseState
from rules.cases.geo import Spot, box

REMINDED = "case_remind"
"""The event in the audit of a 催办 about a case."""


class Pile(StrEnum):
    """What has to be done with the cases of a list."""

    TO_REGISTER = "to_register"
    TO_DISPATCH = "to_dispatch"
    EXTENSIONS = "extensions"
    APPEALS = "appeals"
    TO_VERIFY = "to_verify"
    TO_CHECK = "to_check"
    TO_RELEASE = "to_release"
    TO_RELAY = "to_relay"
    OVERDUE = "overdue"
    VERIFYING = "verifying"
    TO_SIGN = "to_sign"
    TO_HANDLE = "to_handle"
    DUE_SOON = "due_soon"


# All other piles are of cases on which a unit works.
_STATES: Final = {
    Pile.TO_REGISTER: (CaseState.REPORTED, CaseState.VERIFIED),
    Pile.VERIFYING: (CaseState.VERIFYING,),
    Pile.TO_VERIFY: (CaseState.VERIFYING,),
    Pile.TO_DISPATCH: (CaseState.REGISTERED,),
    Pile.TO_CHECK: (CaseState.FED_BACK,),
    Pile.TO_SIGN: (CaseState.DISPATCHED,),
    Pile.TO_HANDLE: (CaseState.ACKNOWLEDGED, CaseState.HANDLING, CaseState.REWORK),
}


@dataclass(frozen=True, slots=True)
class PileFilter:
    """Narrows a pile: to these units, to the contact who has to verify, or to all units but ``not_unit``."""

    unit_ids: frozenset[int] | None = None
    verifier_id: int | None = None
    not_unit: int | None = None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        found: list[sa.ColumnElement[bool]] = []
        if self.unit_ids is not None:
            found.append(col(Case.unit_id).in_(self.unit_ids))
        if self.verifier_id is not None:
            found.append(col(Case.verifier_id) == self.verifier_id)
        if self.not_unit is not None:
            found.append(col(Case.unit_id) != self.not_unit)
        return found


def _where(pile: Pile, narrow: PileFilter, now: datetime) -> list[Any]:
    if pile is Pile.APPEALS:
        return [Case.state == CaseState.CLOSED, Case.appeal == AppealState.ASKED, *narrow.conditions()]
    if pile is Pile.TO_RELAY:
        # A leader's words are passed on even if the case is closed meanwhile.
        written = sa.select(col(Instruction.order_id)).where(WAITS)
        return [col(Case.order_id).in_(written), *narrow.conditions()]
    return [IS_OPEN, *_open_conditions(pile, now), *narrow.conditions()]


def _open_conditions(pile: Pile, now: datetime) -> list[Any]:
    states = _STATES.get(pile, RUNNING)
    found: list[Any] = [col(Case.state).in_(states)]
    match pile:
        case Pile.EXTENSIONS:
            found.append(col(Case.extension_asked).is_(True))
        case Pile.TO_RELEASE:
            found += [Case.colour == Colour.RED, col(Case.released).is_(False)]
        case Pile.OVERDUE:
            found.append(col(Case.limit_at) < now)
        case Pile.DUE_SOON:
            found.append(sa.or_(col(Case.colour) != Colour.NONE, col(Case.limit_at) < now))
    return found


async def count_pile(session: Session, pile: Pile, narrow: PileFilter, now: datetime) -> int:
    query = sa.select(sa.func.count()).select_from(Case).where(*_where(pile, narrow, now))
    return int((await session.execute(query)).scalar_one())


async def pile_page(
    session: Session, pile: Pile, narrow: PileFilter, now: datetime, *, offset: int, limit: int
) -> Sequence[Case]:
    """A page of a pile, the first due first; then the cases without a limit, the longest waiting first."""
    query = (
        select(Case)
        .where(*_where(pile, narrow, now))
        .order_by(col(Case.limit_at).is_(None), col(Case.limit_at), col(Case.id))
        .offset(offset)
        .limit(limit)
    )
    return (await session.exec(query)).all()


async def last_steps(
    session: Session, case_ids: Collection[int], events: Collection[CaseEvent]
) -> dict[int, CaseStep]:
    """For each case, its last step with one of those events."""
    query = (
        select(CaseStep)
        .where(col(CaseStep.case_id).in_(case_ids), col(CaseStep.event).in_(events))
        .order_by(col(CaseStep.case_id), col(CaseStep.number))
    )
    return {step.case_id: step for step in await session.exec(query)}


async def units_that_sent_back(session: Session, case_ids: Collection[int]) -> dict[int, frozenset[int]]:
    """By case, the units that have sent it back."""
    query = select(CaseStep).where(
        col(CaseStep.case_id).in_(case_ids), col(CaseStep.event) == CaseEvent.SEND_BACK
    )
    found: dict[int, set[int]] = {}
    for step in await session.exec(query):
        if (unit_id := (step.data or {}).get("unit_id")) is not None:
            found.setdefault(step.case_id, set()).add(int(unit_id))
    return {case_id: frozenset(units) for case_id, units in found.items()}


async def last_reminders(session: Session, case_ids: Collection[int], since: datetime) -> dict[int, Audit]:
    """For each case, the last 催办 about it from ``since`` on."""
    query = (
        select(Audit)
        .where(
            Audit.subject_type == "case",
            col(Audit.subject_id).in_(case_ids),
            Audit.event == REMINDED,
            Audit.at >= since,
        )
        .order_by(col(Audit.id))
    )
    return {row.subject_id: row for row in await session.exec(query) if row.subject_id is not None}


async def maybe_the_same(session: Session, case: Case, radius_m: int, limit: int) -> Sequence[Case]:
    """Other open cases at the same known place or in the neighbourhood, and those of the same category."""
    at = [case.latitude, case.longitude]
    near: list[sa.ColumnElement[bool]] = [col(Case.category_id) == case.category_id]
    if case.point_id is not None:
        near.append(col(Case.point_id) == case.point_id)
    if at[0] is not None and at[1] is not None:
        spot: Spot = (at[0], at[1])
        latitudes, longitudes = box(spot, radius_m)
        near.append(sa.and_(col(Case.latitude).between(*latitudes), col(Case.longitude).between(*longitudes)))
    first = sa.case((sa.or_(sa.false(), *near[1:]), 0), else_=1)
    query = select(Case).where(IS_OPEN, col(Case.id) != case.id, sa.or_(*near))
    return (await session.exec(query.order_by(first, col(Case.id).desc()).limit(limit))).all()


async def follow_along(session: Session, case_id: int, into: int) -> None:
    """Let the followers of one case follow another one too. A follower who muted the one mutes the other."""
    there = set(await session.exec(select(CaseFollower.contact_id).where(CaseFollower.case_id == into)))
    for row in await session.exec(select(CaseFollower).where(CaseFollower.case_id == case_id)):
        if row.contact_id not in there:
            session.add(CaseFollower(case_id=into, contact_id=row.contact_id, muted=row.muted))
    await session.flush()
