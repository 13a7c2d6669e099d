"""The templates of the 工作情况汇报 that the office has brought; the last one holds."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col, select

from models.columns import UtcDateTime
from models.db import Session


class ReportTemplate(SQLModel, table=True):
    """A template that was tried and taken. ``content`` None: from then on the program's own holds again."""

    __tablename__ = "report_template"

    id: int | None = Field(default=None, primary_key=True)
    file_name: str = Field(max_length=255)
    content: bytes | None = Field(default=None, sa_type=sa.LargeBinary)
    made_by: int | None = Field(default=None, foreign_key="contact.id")
    made_at: datetime = Field(sa_type=UtcDateTime)


async def last_template(session: Session) -> ReportTemplate | None:
    """The template that holds; None: none was ever brought."""
    query = select(ReportTemplate).order_by(col(ReportTemplate.id).desc()).limit(1)
    return (await session.exec(query)).first()
