"""What each kind of live message shows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from models.delivery.live_messages import LiveKind, LiveMessage
from services.delivery import notice_views
from services.groups import boards, past_tallies
from services.importing.jobs import job_view
from services.nags.messages import live_nags
from services.turn import TickTurn
from services.views import View

Renderer = Callable[[TickTurn, int], Awaitable[tuple[View, str] | None]]
# From a subject's id to its view now and the language of that; None: the message stays as it is.
RENDERERS: Final[Mapping[LiveKind, Renderer]] = {
    LiveKind.BOARD: boards.render,
    LiveKind.TALLY: past_tallies.render,
    LiveKind.JOB: job_view.render,
    LiveKind.NAG: live_nags.render,
    LiveKind.NOTICE: notice_views.render_live,
}


async def render(turn: TickTurn, row: LiveMessage) -> tuple[View, str] | None:
    """What the message shows now, and its language. None: the message stays as it is."""
    if row.kind is LiveKind.TALLY and row.content_hash is None:
        return None  # the sender posts it; a correction made before that is applied once it is sent
    return await RENDERERS[row.kind](turn, row.subject_id)
