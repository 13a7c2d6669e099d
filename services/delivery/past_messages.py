"""Whether a promised message is of a day that is over."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from models.delivery.messages import Outbox
from rules.delivery.delivery import MessageKind
from rules.slots import local_slot
from services.campaign import Campaign
from services.nags import requeue

DAY_BOUND: Final = frozenset({MessageKind.NAG, MessageKind.HINT, MessageKind.BRIEF})


def is_of_the_past(row: Outbox, campaign: Campaign, now: datetime) -> bool:
    """Whether the message's day is over, so that its next slot replaces it.

    A colour has no next slot and is told late. A brief's day is over earlier.
    """
    if row.kind not in DAY_BOUND or requeue.is_told_late(row):
        return False
    today = campaign.today(now)
    brief_ends = local_slot(today, campaign.slots.brief_ends, campaign.zone)
    over = row.kind is MessageKind.BRIEF and now >= brief_ends
    return over or campaign.today(row.created_at) != today
