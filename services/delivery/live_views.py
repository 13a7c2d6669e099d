"""What each kind of live message shows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final

from models.db import Session
from models.delivery.live_messages import LiveKind, LiveMessage
from services.campaign import Campaign
from services.groups import boards, past_tallies
from services.importing.jobs import job_view
from services.views import View

Renderer = Callable[[Session, int, Campaign, datetime], Awaitable[tuple[View, str] | None]]
# From a subject's id to its view now and the language of that; None: the message stays as it is.
RENDERERS: Final[Mapping[LiveKind, Renderer]] = {
    LiveKind.BOARD: boards.render,
    LiveKind.TALLY: past_tallies.render,
    LiveKind.JOB: job_view.render,
}


async def render(
    session: Session, row: LiveMessage, campaign: Campaign, now: datetime
) -> tuple[View, str] | None:
    """What the message shows now, and its language. None: the message stays as it is."""
    if row.kind is LiveKind.TALLY and row.content_hash is None:
        return None  # the sender posts it; a correction made before that is applied once it is sent
    return await RENDERERS[row.kind](session, row.subject_id, campaign, now)
