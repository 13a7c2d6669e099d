"""What the units chose for numbers whose words say neither 新增 nor 累计."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sqlmodel import Field, SQLModel, col, select

from models.columns import enum_type
from models.db import Session
from models.progress import FigureMode

WORDING_LIMIT: Final = 200


class ModeChoice(SQLModel, table=True):
    """The mode that a unit chose last for a metric and a ``wording`` that leaves it open."""

    __tablename__ = "mode_choice"

    unit_id: int = Field(foreign_key="unit.id", primary_key=True)
    metric_id: int = Field(foreign_key="metric.id", primary_key=True)
    wording: str = Field(max_length=WORDING_LIMIT, primary_key=True)
    mode: FigureMode = Field(sa_type=enum_type(FigureMode, "figure_mode"))


async def of_unit(
    session: Session, unit_id: int, metric_ids: Collection[int]
) -> dict[tuple[int, str], FigureMode]:
    """A unit's choices under these metrics, by metric and wording."""
    query = select(ModeChoice).where(ModeChoice.unit_id == unit_id, col(ModeChoice.metric_id).in_(metric_ids))
    return {(row.metric_id, row.wording): row.mode for row in await session.exec(query)}


async def remember(session: Session, unit_id: int, metric_id: int, wording: str, mode: FigureMode) -> None:
    """Note a unit's choice in the place of an earlier one. The metric's task is locked."""
    row = await session.get(ModeChoice, (unit_id, metric_id, wording), populate_existing=True)
    if row is None:
        row = ModeChoice(unit_id=unit_id, metric_id=metric_id, wording=wording, mode=mode)
    row.mode = mode
    session.add(row)
    await session.flush()
