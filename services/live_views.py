"""What each kind of live message shows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final

from models.db import Session
from models.messages import LiveKind, LiveMessage
from services import boards, job_view, past_tallies
from services.campaign import Campaign
from services.views import View

Renderer = Callable[[Session, int, Campaign, datetime], Awaitable[tuple[View, str] | None]]
# From a subject's id to what its message should show now, and in which language; None: it is left as it is.
RENDERERS: Final[Mapping[LiveKind, Renderer]] = {
    LiveKind.BOARD: boards.render,
    LiveKind.TALLY: past_tallies.render,
    LiveKind.JOB: job_view.render,
}


async def render(
    session: Session, row: LiveMessage, campaign: Campaign, now: datetime
) -> tuple[View, str] | None:
    """What the message should show now, and in which language; None: it is to be left as it is."""
    if row.kind is LiveKind.TALLY and row.content_hash is None:
        return None  # the sender posts it, if anybody; what was corrected by then is looked at when it is out
    return await RENDERERS[row.kind](session, row.subject_id, campaign, now)
