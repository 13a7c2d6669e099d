"""An evening on which a group gets its tally, and a report that may be corrected afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from models.delivery.live_messages import LiveKind, LiveMessage
from models.people import Contact
from sandbox.shapes import MessageRecord
from services.groups import evening_tallies
from tests.bot.desk import Desk, account
from tests.bot.program import Program
from tests.support.turns import tick_for

SIX, SEVEN = (datetime(2026, 12, 15, hour, 5, tzinfo=UTC) for hour in (10, 11))


@dataclass
class Evening:
    """A bound group, and a 责任人 with a report of 12处."""

    program: Program
    chat: int
    responsible: Contact
    said: MessageRecord

    @property
    def desk(self) -> Desk:
        return self.program.desk

    async def tally(self) -> None:
        self.desk.clock.moment = SIX
        async with self.desk.database.transaction() as session:
            assert await evening_tallies.tally_tick(tick_for(session, SIX, self.desk.campaign))
        self.desk.sender.wake()

    async def edit(self, text: str) -> None:
        self.desk.clock.moment = SEVEN
        me = account(self.responsible)
        await self.desk.people.edit_text(me, me, self.said.message_id, text)
        await self.program.take_in()

    async def tallies(self) -> list[MessageRecord]:
        return await self.desk.received(self.chat)

    async def row(self) -> LiveMessage:
        (row,) = [one for one in await self.program.live_rows(self.chat) if one.kind is LiveKind.TALLY]
        return row
