"""Helpful lines are said once a day."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from models.db import Database, Session
from services import once_a_day
from services.views import say

HOUR = timedelta(hours=1)


async def test_once_a_day_for_each_topic_and_person(session: Session, now: datetime) -> None:
    assert await once_a_day.once(session, 7_000_000_001, "sticker", now=now)
    assert not await once_a_day.once(session, 7_000_000_001, "sticker", now=now + 23 * HOUR)
    assert await once_a_day.once(session, 7_000_000_001, "command", now=now)
    assert await once_a_day.once(session, 7_000_000_002, "sticker", now=now)
    assert await once_a_day.once(session, 7_000_000_001, "sticker", now=now + 24 * HOUR)
    assert not await once_a_day.once(session, 7_000_000_001, "sticker", now=now + 47 * HOUR)


async def test_an_album_is_answered_once(session: Session, now: datetime) -> None:
    view = say("progress.cancelled")
    assert await once_a_day.once_for_album(session, 1, "a" * 60, view, now=now) == view
    assert await once_a_day.once_for_album(session, 1, "a" * 60, view, now=now) is None
    assert await once_a_day.once_for_album(session, 1, "b", view, now=now) == view


@pytest.mark.both_engines("side by side")
async def test_of_two_at_once_one_is_told(database: Database, now: datetime) -> None:
    async def tell() -> bool:
        async with database.transaction() as session:
            return await once_a_day.once(session, 1, "sticker", now=now)

    assert sorted(await asyncio.gather(tell(), tell(), tell())) == [False, False, True]
