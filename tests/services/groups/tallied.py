"""Groups, the tallies that they got, and how those tallies read now."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import col, select

from models.db import Session
from models.delivery.live_messages import LiveKind, LiveMessage
from models.groups import GroupTally
from services import live_updates
from services.access import Actor
from services.campaign import Campaign
from services.groups import evening_tallies, group_binding, past_tallies
from services.groups.group_binding import GroupScope
from services.views import View
from tests.services.progress.talk import line
from tests.support.turns import tick_for, turn_for

GROUP = -1_001_234_567_890


async def bind(
    session: Session,
    office: Actor,
    now: datetime,
    campaign: Campaign,
    chat_id: int = GROUP,
    scope: GroupScope | None = None,
) -> None:
    await group_binding.bind(
        turn_for(session, office, now, campaign, chat=chat_id, thread=None),
        title="工作群",
        scope=scope or GroupScope(),
    )


async def run(session: Session, at: datetime, campaign: Campaign, *, sent: bool = True) -> list[View]:
    """The tallies of the tick at that moment; with ``sent`` they stand in their chats afterwards."""
    views = [planned.view for planned in await evening_tallies.tally_tick(tick_for(session, at, campaign))]
    rows = (await session.exec(select(LiveMessage).where(LiveMessage.kind == LiveKind.TALLY))).all()
    for row in rows:
        if sent and row.id is not None and not row.message_ids:
            await live_updates.note_sent(session, row.id, 0, [5_000 + row.id], "hash")
    return views


async def reread(session: Session, campaign: Campaign, now: datetime) -> list[View]:
    """All tallies that went out, oldest first, as they read now."""
    rows = (await session.exec(select(GroupTally).order_by(col(GroupTally.id)))).all()
    found = [await past_tallies.render(tick_for(session, now, campaign), row.id or 0) for row in rows]
    return [view for view, _ in filter(None, found)]


async def dirty(session: Session) -> list[bool]:
    """For each tally that went out: whether it has to be edited."""
    query = select(LiveMessage).where(LiveMessage.kind == LiveKind.TALLY).order_by(col(LiveMessage.id))
    rows = await session.exec(query.execution_options(populate_existing=True))
    return [row.dirty for row in rows]


def reports_in(view: View) -> int:
    return int(line(view, "tally.overall").values["reports"])


def quantity_in(view: View) -> tuple[str, str]:
    """The one quantity of a tally: its amount in the period (0 where there is none), and in total."""
    (found,) = [one for one in view.lines if one.key.startswith("tally.quantity_")]
    added = found.values.get("added")
    return added.values["grouped"] if added else "0", found.values["total"].values["grouped"]
