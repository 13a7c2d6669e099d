"""``dead``: lists the updates that could not be handled, handles them again, or marks them as seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from bot.commands.command_context import CommandContext
from services.delivery import dead_letters
from services.errors import DomainError
from services.turn import TickTurn


async def dead(context: CommandContext, again: Sequence[int], seen: Sequence[int], *, as_json: bool) -> None:
    """Do what is asked, then print what is left. ``DomainError``: a number that stands for no dead update."""
    async with context.database.transaction() as session:
        turn = TickTurn(session, await context.clock.now(), context.campaign)
        for number in again:
            if not await dead_letters.run_again(turn, number):
                raise DomainError("cli.not_dead", number=number)
        for number in seen:
            if not await dead_letters.mark_seen(turn, [number]):
                raise DomainError("cli.not_dead", number=number)
        left = await dead_letters.unseen(session)
    if as_json:
        context.print_json([asdict(one) | {"received_at": one.received_at.isoformat()} for one in left])
        return
    for one in left:
        at = f"{one.received_at.astimezone(context.campaign.zone):%Y-%m-%d %H:%M}"
        context.say("cli.dead_line", number=one.number, at=at, sender=one.sender, error=one.error)
    context.say("cli.dead_count", count=len(left))
