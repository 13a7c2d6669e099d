"""Sheets that are made on demand: kept as files of ours for as long as it takes to send them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from models.db import Session
from models.jobs import StoredFile
from reports.sheets import sheet
from services.views import FileSpec

Columns = Sequence[tuple[str, float]]
_NOT_IN_NAMES: Final = re.compile(r'[\x00-\x1f\x7f\\/:*?"<>|]')


async def as_document(
    session: Session, title: str, columns: Columns, rows: Sequence[Sequence[str | int]], *, now: datetime
) -> FileSpec:
    """The rows as a document ``title.xlsx``; ``columns``: heads and widths. What no file system takes is
    left out of the title: it may hold people's words."""
    title = _NOT_IN_NAMES.sub("", title)
    # A thread: thousands of rows take half a second, and other chats are answered meanwhile.
    content = await asyncio.to_thread(sheet, title, columns, rows)
    file = StoredFile(name=f"{title}.xlsx", content=content, created_at=now)
    session.add(file)
    await session.flush()
    return FileSpec("document", stored_id=file.id, name=file.name)
