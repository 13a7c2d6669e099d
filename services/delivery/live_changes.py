"""What people do makes the messages dirty that show it: boards, and people's last nags."""

from __future__ import annotations

from models import audit_log
from models.delivery import live_messages
from models.delivery.live_messages import LiveKind
from services import live_updates
from services.groups import boards
from services.groups.boards import Mark
from services.nags.messages import live_nags
from services.turn import TickTurn


async def mark(turn: TickTurn) -> Mark | None:
    """All that these messages depend on, as one value; None: there is no such message."""
    if not await live_messages.any_live(turn.session, LiveKind.BOARD, LiveKind.NAG):
        return None
    return await boards.mark(turn)


async def touch(turn: TickTurn, before: Mark | None, after: Mark) -> None:
    """Mark dirty what may have changed between two marks; ``before`` None: the first is not known."""
    known = None if before is None else before[1]
    new = set(after[1]) - set(known or ())
    if known is not None and new and min(new) > max(known, default=0):
        # There may be more than a mark holds.
        new |= set(await audit_log.audited_between(turn.session, max(known, default=0), min(new)))
    await live_updates.touch(turn.session, LiveKind.BOARD)
    await live_nags.touch(turn, sorted(new))
