"""What each kind of live message shows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from models.delivery.live_messages import LiveKind, LiveMessage
from services import live_updates
from services.breakdown import breakdown_notices
from services.delivery import notice_views
from services.groups import boards, past_tallies, push_previews
from services.importing.jobs import job_view
from services.nags.messages import live_nags
from services.notices import notice_copies, notice_following, notice_group_copies
from services.tallies import promised_pictures
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
    LiveKind.PICTURE: promised_pictures.render_live,
    LiveKind.PREVIEW: push_previews.render_live,
    LiveKind.BREAKDOWN: breakdown_notices.render_live,
    LiveKind.NOTICE_COPY: notice_copies.render_live,
    LiveKind.NOTICE_COUNT: notice_following.render_live,
    LiveKind.NOTICE_GROUP: notice_group_copies.render_live,
}


async def render(turn: TickTurn, row: LiveMessage) -> tuple[View, str] | None:
    """What the message shows now, and its language. None: the message stays as it is."""
    if row.kind is LiveKind.TALLY and row.content_hash is None:
        return None  # the sender posts it; a correction made before that is applied once it is sent
    return await RENDERERS[row.kind](turn, row.subject_id)


async def note_sent(
    turn: TickTurn, live_id: int, first: int, message_ids: Sequence[int], content_hash: str | None = None
) -> None:
    """As ``live_updates.note_sent``; the message is edited if what it shows has changed on the way."""
    row = await live_updates.note_sent(turn.session, live_id, first, message_ids, content_hash)
    if row is None or content_hash is None:
        return
    if row.kind is LiveKind.PICTURE:
        changed = await promised_pictures.is_out_of_date(turn, row.subject_id, content_hash)
    else:
        changed = await past_tallies.is_corrected(turn.session, row.subject_id)
    if changed:
        row.dirty, row.version = True, row.version + 1
        turn.session.add(row)
        await turn.session.flush()


async def note_edited(turn: TickTurn, row: LiveMessage) -> None:
    """Note that a message has been changed, where something depends on when that was."""
    if row.kind is LiveKind.PICTURE:
        await promised_pictures.note_edited(turn, row.subject_id)
