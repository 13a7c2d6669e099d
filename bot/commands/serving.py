"""``run``: runs the bot itself."""

from __future__ import annotations

from bot import app
from bot.clock import SimulatedClock
from bot.commands.command_context import CommandContext, clock_of


async def serve(context: CommandContext, clock_url: str | None) -> None:
    """Run until told to stop. With a simulated clock the ticks look often, for its hours pass in seconds."""
    context.settings.token()
    clock = context.clock if clock_url is None else clock_of(context.settings, clock_url)
    try:
        fast = isinstance(clock, SimulatedClock)
        await app.run(context.settings, context.database, clock, fast_ticks=fast)
    finally:
        await clock.close()
