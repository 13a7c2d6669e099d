"""The office's button under a message that may not have arrived."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.work import Action, Arguments, Work
from services.access import Actor
from services.delivery import resending


async def _resend(work: Work, actor: Actor, arguments: Arguments) -> None:
    outbox_id = arguments["outbox_id"]
    work.replace(await resending.resend(work.tick_turn(), actor, outbox_id))


ACTIONS: Final[Mapping[str, Action]] = {
    "outbox.resend": _resend,
}
