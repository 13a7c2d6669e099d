"""The line of promised pictures: all that are due are drawn by one process, stored, and then promised."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.clock import Clock
from bot.loops import NET_SECONDS, Loop
from bot.waiting import work_unless
from bot.workers.pictures import drawn
from models.db import Database, Session
from models.delivery.pictures import PromisedPicture
from models.written import WrittenRows
from reports.pictures.picture import Picture
from services import calendar
from services.campaign import Campaign
from services.delivery import picture_contents
from services.tallies import promised_pictures
from services.turn import TickTurn

log = structlog.get_logger(__name__)
LONGEST_REST: Final = 300.0
Draw = Callable[[Sequence[Picture]], Coroutine[Any, Any, list[bytes | None]]]


@dataclass(slots=True)
class WantedPicture:
    """What it ``said``, what is ``shown``, with the hour of a correction, and the rows that get it."""

    said: Picture
    shown: Picture
    rows: list[PromisedPicture] = field(default_factory=list)


class PictureLine(Loop):
    """One loop, one process at a time. A picture that a killed program had begun is drawn by the next one.

    ``draw``: draws pictures.
    """

    def __init__(self, database: Database, clock: Clock, campaign: Campaign, *, draw: Draw = drawn) -> None:
        super().__init__("pictures cannot be looked at", retry=NET_SECONDS, survives=Exception)
        self._db = database
        self._clock = clock
        self._campaign = campaign
        self._draw = draw
        self._failures = 0

    def committed(self, written: WrittenRows) -> None:
        """Look if a picture was promised or corrected."""
        if written.has(PromisedPicture):
            self.wake()

    async def look(self) -> float:
        """Draw what is due; the rest follows at once."""
        wanted = await self._wanted()
        if not wanted:
            return NET_SECONDS if wanted is None else 0.0
        try:
            pngs = await work_unless(self._stopping, self._draw([one.shown for one in wanted]))
        except Exception as error:
            # However the process ends: a picture that it cannot draw must not be asked for again for ever.
            log.warning("pictures not drawn", count=len(wanted), error=repr(error))
            pngs = [None for _ in wanted]
        if pngs is None:
            return NET_SECONDS  # the program ends
        for one, png in zip(wanted, pngs, strict=True):
            await self._keep(one, png)
        self._failures = self._failures + 1 if None in pngs else 0
        return 0.0 if not self._failures else min(2.0**self._failures, LONGEST_REST)

    async def _wanted(self) -> list[WantedPicture] | None:
        """What is to be drawn now. None: nothing is due.

        What a correction leaves as it is needs nothing. Alike pictures, such as those of leaders of one
        scope, are one.
        """
        async with self._db.reading() as session:
            turn = await self._turn(session)
            found = await promised_pictures.to_draw(turn)
        if not found:
            return None
        wanted: dict[str, WantedPicture] = {}
        for picture in found:
            if (content := await self._said(picture)) is None:
                continue
            shown = promised_pictures.shown_on(turn, picture, content)
            key = json.dumps(shown.to_json())
            wanted.setdefault(key, WantedPicture(content, shown)).rows.append(picture)
        return list(wanted.values())

    async def _said(self, picture: PromisedPicture) -> Picture | None:
        """What a picture says. None: that is what it shows already, or nobody can count it now."""
        try:
            async with self._db.reading() as session:
                said = await picture_contents.said_by(await self._turn(session), picture)
        except SQLAlchemyError:
            raise
        except Exception:
            log.exception("a picture cannot be counted", picture=picture.id)
            async with self._db.transaction() as session:
                await promised_pictures.note_failed(await self._turn(session), picture)
            return None
        if said is None:
            async with self._db.transaction() as session:
                await promised_pictures.keep_unchanged(await self._turn(session), picture)
        return said

    async def _keep(self, wanted: WantedPicture, png: bytes | None) -> None:
        async with self._db.transaction() as session:
            turn = await self._turn(session)
            if png is not None:
                await promised_pictures.keep_drawn(turn, wanted.rows, wanted.said, png)
                return
            for picture in wanted.rows:
                log.error("a picture cannot be drawn", picture=picture.id, attempts=picture.attempts + 1)
                await promised_pictures.note_failed(turn, picture)

    async def _turn(self, session: Session) -> TickTurn:
        campaign = await calendar.current_campaign(session, self._campaign)
        return TickTurn(session, await self._clock.now(), campaign)
