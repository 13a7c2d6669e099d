"""Groups that have chosen the hour of their tally, and what their tallies say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select

from locales import Text
from models.db import Session
from models.groups import GroupChat, GroupTally
from rules.tally_hours import TallyHour
from services.access import Actor
from services.campaign import Campaign
from services.dry_run import PlannedMessage
from services.groups import evening_tallies, past_tallies, tally_choice
from services.groups.group_binding import GroupScope
from services.views import View
from tests.services.groups import tallied
from tests.support.rows import id_of
from tests.support.turns import tick_for, turn_for

EARLIER, USUAL, LATER, OFF = TallyHour
CHATS = {EARLIER: -1017, USUAL: -1018, LATER: -1020}
BLOCK = ("tally.late_news", "tally.late_quantities", "tally.came_since_title", "tally.late_after")


@dataclass
class Hours:
    """The office, which binds groups, and the ticks that tally them."""

    session: Session
    office: Actor
    campaign: Campaign

    async def bind(
        self, chat: int, now: datetime, hour: TallyHour = USUAL, scope: GroupScope | None = None
    ) -> None:
        await tallied.bind(self.session, self.office, now, self.campaign, chat, scope)
        await self.choose(chat, hour, now)

    async def bind_each(self, now: datetime, scope: GroupScope | None = None) -> None:
        """Bind a group of each hour, all of one scope."""
        for hour, chat in CHATS.items():
            await self.bind(chat, now, hour, scope)

    async def choose(self, chat: int, hour: TallyHour, now: datetime) -> View:
        turn = turn_for(self.session, self.office, now, self.campaign, chat=chat)
        return await tally_choice.choose(turn, id_of(await self.group(chat)), hour)

    async def group(self, chat: int) -> GroupChat:
        query = select(GroupChat).where(GroupChat.chat_id == chat)
        return (await self.session.exec(query.execution_options(populate_existing=True))).one()

    async def tick(self, at: datetime) -> list[PlannedMessage]:
        return await evening_tallies.tally_tick(tick_for(self.session, at, self.campaign))

    async def told(self, at: datetime) -> dict[int | None, View]:
        """The tallies of the tick at that moment by their chats."""
        return {planned.chat: planned.view for planned in await self.tick(at)}

    async def reread(self, chat: int, now: datetime) -> list[View]:
        """All tallies that a group got, the oldest first, as they read now."""
        query = (
            select(GroupTally.id)
            .join(GroupChat, col(GroupChat.id) == col(GroupTally.group_id))
            .where(GroupChat.chat_id == chat, col(GroupTally.promised).is_(True))
            .order_by(col(GroupTally.as_of))
        )
        turn = tick_for(self.session, now, self.campaign)
        found = [await past_tallies.render(turn, row or 0) for row in await self.session.exec(query)]
        return [view for view, _ in filter(None, found)]


def without_block(view: View) -> list[Text]:
    """The lines of a tally without those on what came after the close."""
    lines, skipping = [], False
    for line in view.lines:
        # The lines of windows follow their title.
        skipping = line.key == "tally.came_since_title" or (skipping and line.key == "tally.missed_line")
        if not skipping and line.key not in BLOCK:
            lines.append(line)
    return lines


def one(view: View, key: str) -> Text | None:
    """The line of a view with that key, if there is one."""
    found = [line for line in view.lines if line.key == key]
    assert len(found) <= 1
    return found[0] if found else None
