"""Members of the office who have chosen previews, and what they do with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select

from models.db import Session
from models.delivery.messages import Outbox
from services import office_notices
from services.access import Actor
from services.campaign import Campaign
from services.dry_run import PlannedMessage
from services.groups import preview_choice, push_notes, push_previews, push_slots
from services.groups.push_slots import PushSlot
from services.turn import Turn
from services.views import View
from tests.support.rows import id_of
from tests.support.turns import tick_for, turn_for

TODAY = "2026-12-15/tally"


@dataclass
class Previews:
    """The previews of one or more officers, and the ticks that promise them."""

    session: Session
    campaign: Campaign

    def turn(self, officer: Actor, now: datetime) -> Turn:
        return turn_for(self.session, officer, now, self.campaign)

    async def choose(self, officer: Actor, now: datetime, *, on: bool = True) -> None:
        await preview_choice.choose(self.turn(officer, now), on=on)

    async def tick(self, at: datetime) -> list[PlannedMessage]:
        """What is told by the tick at that moment."""
        told = await push_previews.preview_tick(tick_for(self.session, at, self.campaign))
        return [await one.made() for one in told]

    async def promised(self) -> Sequence[Outbox]:
        query = select(Outbox).where(Outbox.view == office_notices.PREVIEW).order_by(col(Outbox.id))
        return (await self.session.exec(query)).all()

    async def slot(self, at: datetime, key: str = TODAY) -> PushSlot:
        found = await push_slots.by_key(tick_for(self.session, at, self.campaign), key)
        assert found is not None
        return found

    async def view(self, at: datetime, key: str = TODAY) -> View:
        """The preview as it reads at that moment."""
        turn = tick_for(self.session, at, self.campaign)
        return await push_previews.view(turn, await self.slot(at, key), 1)

    async def rendered(self, row: Outbox, at: datetime) -> View | None:
        """A promised preview as the sender renders it."""
        return await push_previews.render(tick_for(self.session, at, self.campaign), row)

    async def live(self, row: Outbox, at: datetime) -> View | None:
        found = await push_previews.render_live(tick_for(self.session, at, self.campaign), id_of(row))
        return None if found is None else found[0]

    async def remark(self, officer: Actor, now: datetime, words: str, key: str = TODAY) -> View:
        return await push_notes.set_remark(self.turn(officer, now), key, words)

    async def stop(self, officer: Actor, now: datetime, key: str = TODAY) -> str:
        return (await push_notes.stop(self.turn(officer, now), key)).key

    async def resume(self, officer: Actor, now: datetime, key: str = TODAY) -> str:
        return (await push_notes.resume(self.turn(officer, now), key)).key


def actions(view: View | None) -> list[str]:
    return [] if view is None else [one.action for row in view.rows for one in row]
