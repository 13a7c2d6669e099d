"""Whether a promised message is of a day that is over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from models.delivery.messages import Outbox
from models.restorations import RESTORED
from rules.delivery.delivery import MessageKind
from rules.slots import local_slot
from services.campaign import Campaign
from services.nags.messages import requeue

DAY_BOUND: Final = frozenset({MessageKind.NAG, MessageKind.HINT, MessageKind.BRIEF, MessageKind.PICTURE})
# A tally of the lost time would show figures of which the reports are lost. A notice is old news by then.
_KEPT_AFTER_RESTORE: Final = {
    MessageKind.TALLY: timedelta(days=1),
    MessageKind.NOTICE: timedelta(days=7),
    MessageKind.DIGEST: timedelta(days=7),
}


def is_of_the_past(row: Outbox, campaign: Campaign, now: datetime) -> bool:
    """Whether the message's day is over, so that its next slot replaces it.

    A colour has no next slot and is told late. A brief's day is over earlier. Of what a restore
    holds, tallies are over with their day, and notices and digests after a week.
    """
    today = campaign.today(now)
    if row.error == RESTORED and (kept := _KEPT_AFTER_RESTORE.get(row.kind)) is not None:
        return campaign.today(row.created_at) <= today - kept
    if row.kind not in DAY_BOUND or requeue.is_told_late(row):
        return False
    brief_ends = local_slot(today, campaign.slots.brief_ends, campaign.zone)
    over = row.kind is MessageKind.BRIEF and now >= brief_ends
    return over or campaign.today(row.created_at) != today
