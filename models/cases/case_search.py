"""Cases and known places near a spot, and the places of a unit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from models.cases import IS_OPEN, Case, CaseFile, CasePhase, CaseStep
from models.cases.categories import InspectionPoint
from models.db import Session
from models.people import Unit
from models.progress import EvidenceKind
from rules.cases.case_lifecycle import CaseState
from rules.people.roles import Tier

Range = tuple[float, float]


def box_query(category_id: int, latitudes: Range, longitudes: Range) -> Any:
    """The query of ``open_in_box``. It is a function of its own, so that a test can look at its plan."""
    return sa.select(col(Case.id), col(Case.latitude), col(Case.longitude)).where(
        IS_OPEN,
        col(Case.category_id) == category_id,
        col(Case.latitude).between(*latitudes),
        col(Case.longitude).between(*longitudes),
    )


async def open_in_box(
    session: Session, category_id: int, latitudes: Range, longitudes: Range
) -> list[tuple[int, float, float]]:
    """(id, latitude, longitude) of open cases of a category in a box of degrees."""
    rows = (await session.execute(box_query(category_id, latitudes, longitudes))).mappings()
    return [(row["id"], row["latitude"], row["longitude"]) for row in rows]


def point_query(category_id: int, point_id: int) -> Any:
    """The query of ``open_at_point``."""
    query = sa.select(col(Case.id)).where(
        IS_OPEN, col(Case.point_id) == point_id, col(Case.category_id) == category_id
    )
    return query.order_by(col(Case.id).desc())


async def open_at_point(session: Session, category_id: int, point_id: int) -> list[int]:
    """Ids of open cases of a category at a known place, the newest first."""
    return [row[0] for row in await session.execute(point_query(category_id, point_id))]


async def first_photo(session: Session, case_id: int) -> CaseFile | None:
    """The first photo or video with which the problem was reported."""
    query = select(CaseFile).where(
        CaseFile.case_id == case_id,
        CaseFile.phase == CasePhase.BEFORE,
        col(CaseFile.kind).in_([EvidenceKind.PHOTO, EvidenceKind.VIDEO]),
    )
    return (await session.exec(query.order_by(col(CaseFile.id)).limit(1))).first()


async def first_photos(session: Session, case_ids: Collection[int]) -> dict[int, str]:
    """The file id of the first photo with which each of these cases was reported, by case."""
    query = select(CaseFile.case_id, CaseFile.file_id).where(
        col(CaseFile.case_id).in_(case_ids),
        col(CaseFile.phase) == CasePhase.BEFORE,
        col(CaseFile.kind) == EvidenceKind.PHOTO,
    )
    found: dict[int, str] = {}
    for case_id, file_id in await session.exec(query.order_by(col(CaseFile.id))):
        found.setdefault(case_id, file_id)
    return found


async def sent_as_message(session: Session, contact_id: int, message_id: int) -> bool:
    """Whether a file of that message belongs to a case that the contact has reported."""
    query = select(CaseFile.id).join(Case, col(Case.id) == col(CaseFile.case_id))
    query = query.where(Case.reporter_id == contact_id, CaseFile.message_id == message_id)
    return (await session.exec(query.limit(1))).first() is not None


async def reported_since(
    session: Session, contact_id: int, since: datetime
) -> Sequence[tuple[Case, CaseStep]]:
    """The cases that a contact has reported since then, each with its first step, the newest first."""
    query = (
        select(Case, CaseStep)
        .join(CaseStep, (col(CaseStep.case_id) == col(Case.id)) & (col(CaseStep.number) == 1))
        .where(Case.reporter_id == contact_id, Case.reported_at >= since)
        .order_by(col(Case.id).desc())
    )
    return (await session.exec(query)).all()


async def fed_back_since(session: Session, unit_ids: Collection[int], since: datetime) -> Sequence[Case]:
    """The cases that these units have fed back since then and that nobody has checked yet."""
    query = select(Case).where(
        IS_OPEN,
        col(Case.unit_id).in_(unit_ids),
        Case.state == CaseState.FED_BACK,
        col(Case.fed_back_at) >= since,
    )
    return (await session.exec(query.order_by(col(Case.id)))).all()


async def spots_in_box(session: Session, latitudes: Range, longitudes: Range) -> list[Range]:
    """(latitude, longitude) of the known places in a box of degrees."""
    query: sa.Select[*tuple[Any, ...]] = sa.select(
        col(InspectionPoint.latitude), col(InspectionPoint.longitude)
    ).where(
        col(InspectionPoint.active).is_(True),
        col(InspectionPoint.latitude).between(*latitudes),
        col(InspectionPoint.longitude).between(*longitudes),
    )
    rows = (await session.execute(query)).mappings()
    return [(row["latitude"], row["longitude"]) for row in rows]


async def any_spot(session: Session) -> bool:
    """Whether the position of any known place is known."""
    query = sa.select(col(InspectionPoint.id)).where(
        col(InspectionPoint.active).is_(True), col(InspectionPoint.latitude).is_not(None)
    )
    return (await session.execute(query.limit(1))).first() is not None


async def points_named_in(session: Session, text: str, limit: int) -> Sequence[InspectionPoint]:
    """Known places whose names stand in ``text``, the longest names first. Case is ignored."""
    whole, name = sa.func.lower(text), sa.func.lower(col(InspectionPoint.name))
    # Not LIKE: a % or _ in a name would stand for anything, and the databases treat case differently.
    query = select(InspectionPoint).where(
        col(InspectionPoint.active).is_(True), sa.func.replace(whole, name, "") != whole
    )
    query = query.order_by(sa.func.length(InspectionPoint.name).desc(), col(InspectionPoint.id))
    return (await session.exec(query.limit(limit))).all()


async def points_of(
    session: Session, unit_ids: Collection[int] | None, offset: int, limit: int
) -> Sequence[InspectionPoint]:
    """Known places of these units (None: of all), by name."""
    query = select(InspectionPoint).where(col(InspectionPoint.active).is_(True))
    if unit_ids is not None:
        query = query.where(col(InspectionPoint.unit_id).in_(unit_ids))
    return (await session.exec(query.order_by(col(InspectionPoint.name)).offset(offset).limit(limit))).all()


async def units_of_tiers(session: Session, tiers: Collection[Tier]) -> Sequence[Unit]:
    """The units of these tiers that are in use."""
    query = select(Unit).where(col(Unit.tier).in_(tiers), col(Unit.retired_at).is_(None))
    return (await session.exec(query.order_by(col(Unit.id)))).all()
