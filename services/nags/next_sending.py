"""When something goes out next, and to whom: the ticks are run ahead of the clock, and rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Final

from locales import Text
from models import groups
from models.delivery import office_matters
from rules.delivery.notice_rhythm import HOURS
from rules.slots import local_slot
from services import office_notices
from services.dry_run import PlannedMessage
from services.groups import push_previews
from services.nags import nag_engine
from services.nags.rehearsal import all_due
from services.turn import TickTurn
from services.views import View

HORIZON: Final = timedelta(days=14)
"""So far ahead is looked: longer than any holiday keeps everybody quiet."""
_MINUTE: Final = timedelta(minutes=1)
_STEPS: Final = 10_000


@dataclass(frozen=True, slots=True)
class NextSending:
    """The moment at which messages go out, and these messages. ``moment`` None: none within ``HORIZON``."""

    moment: datetime | None
    planned: list[PlannedMessage]

    def to_json(self, locale: str) -> dict[str, object]:
        at = None if self.moment is None else self.moment.isoformat()
        return {"at": at, "messages": [message.to_json(locale) for message in self.planned]}


async def next_sending(turn: TickTurn) -> NextSending:
    """What goes out next after ``turn.now`` if nobody does anything until then.

    What is due at ``turn.now`` itself does not count. It leaves changed rows behind, so it must run in a
    transaction that is rolled back.
    """
    await _all_ticks(turn)
    moment, end = turn.now, turn.now + HORIZON
    for _ in range(_STEPS):
        following = await _following(turn, moment, end)
        if following is None:
            return NextSending(None, [])
        planned = await _all_ticks(replace(turn, now=following))
        if planned and following > turn.now:
            return NextSending(following, planned)
        moment = following
    raise RuntimeError(f"the look ahead from {turn.now.isoformat()} does not come to its end")


async def _all_ticks(turn: TickTurn) -> list[PlannedMessage]:
    """Run what says something to people; messages keep the words that they have at this moment."""
    planned = [await one.made() for one in await all_due(turn)]
    return [*planned, _notices()] if await office_notices.tick(turn) else planned


def _notices() -> PlannedMessage:
    text, why = View([Text("office_notices.gathered")]), Text("office_notices.reason")
    return PlannedMessage(Text("common.role.office"), None, "notices", [], why, text)


async def _following(turn: TickTurn, moment: datetime, end: datetime) -> datetime | None:
    """The next moment after ``moment`` and up to ``end`` at which a tick may have something to say.

    One tick handles only so many duties; if more is due, it is ``moment`` once more.
    """
    due = await nag_engine.next_due(turn.session)
    if due is not None and due <= moment:
        return moment
    hours = sorted(await _hours(turn))
    slots = (slot for slot in _slots(turn, moment, end, hours) if slot > moment)
    found = [at for at in (due, next(slots, None)) if at is not None and at <= end]
    return min(found, default=None)


async def _hours(turn: TickTurn) -> set[time]:
    """The local times at which something may go out on each day."""
    slots = turn.campaign.slots
    gathered = await office_matters.readers_waited_for(turn.session) != []
    # A notice of the very hour is waited for, so gathered ones come a minute later.
    told = {time(hour, 1) for hours in HOURS.values() for hour in hours} if gathered else set()
    # The day closes at the usual hour, also where no group gets its tally then.
    chosen = {turn.campaign.tally_time(hour) for hour in await groups.chosen_hours(turn.session)}
    previews = await push_previews.times(turn)
    return {slots.brief, slots.digest, slots.tally, *told, *chosen, *previews}


def _slots(turn: TickTurn, moment: datetime, end: datetime, hours: list[time]) -> Iterator[datetime]:
    zone = turn.campaign.zone
    day = turn.campaign.today(moment)
    while day <= turn.campaign.today(end):
        yield from (local_slot(day, hour, zone) for hour in hours)
        day += timedelta(days=1)
