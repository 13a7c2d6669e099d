"""The office's button under a message that may not have arrived."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.binding import Binding, acts
from handlers.work import Work
from services.access import Actor
from services.delivery import resending


async def _resend(work: Work, actor: Actor, *, outbox_id: int) -> None:
    work.replace(await resending.resend(work.tick_turn(), actor, outbox_id))


ACTIONS: Final[Mapping[str, Binding]] = {
    "outbox.resend": acts(_resend),
}
