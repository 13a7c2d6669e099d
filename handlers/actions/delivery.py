"""The office's button under a message that may not have arrived."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.work import Action, Arguments, Work
from services import outbox
from services.access import Actor


async def _resend(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(
        await outbox.resend(work.session, actor, arguments["outbox_id"], now=work.now, campaign=work.campaign)
    )


ACTIONS: Final[Mapping[str, Action]] = {
    "outbox.resend": _resend,
}
