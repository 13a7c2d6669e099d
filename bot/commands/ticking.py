"""``tick``: does once what is due by the clock, or rehearses a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.commands.command_context import CommandContext, UsageError
from locales import plain
from services.dry_run import PlannedMessage
from services.nags import rehearsal
from services.nags.next_sending import next_sending
from services.turn import TickTurn


@dataclass(frozen=True, slots=True)
class TickOptions:
    """``at``: the moment; None: now. ``following``: look ahead to what goes out next."""

    at: str | None
    following: bool
    dry_run: bool
    as_json: bool


async def tick(context: CommandContext, options: TickOptions) -> None:
    """Do what is due at a moment, or only show it (``dry_run``).

    A moment later than the clock can only be rehearsed: what will be true then is not known yet.
    """
    now = await context.clock.now()
    if options.following:
        await _look_ahead(context, options, now)
        return
    moment = now if options.at is None else _moment(context, options.at)
    if moment > now and not options.dry_run:
        raise UsageError("cli.future_needs_dry_run")
    if options.dry_run:
        async with context.database.rehearsal() as session:
            planned = [
                *await rehearsal.rehearse_slots(session, at=moment, campaign=context.campaign),
                *await rehearsal.rehearse(TickTurn(session, now, context.campaign), at=moment),
            ]
    else:
        async with context.database.transaction() as session:
            done = await rehearsal.all_due(TickTurn(session, moment, context.campaign))
            planned = [await one.made() for one in done]
    if options.as_json:
        context.print_json([message.to_json(context.locale) for message in planned])
    else:
        _show(context, planned)


async def _look_ahead(context: CommandContext, options: TickOptions, now: datetime) -> None:
    if not options.dry_run or options.at is not None:
        raise UsageError("cli.next_needs_dry_run")
    async with context.database.rehearsal() as session:
        found = await next_sending(TickTurn(session, now, context.campaign))
    if options.as_json:
        context.print_json(found.to_json(context.locale))
    elif found.moment is None:
        context.say("cli.nothing_soon")
    else:
        context.say("cli.next_at", at=f"{found.moment.astimezone(context.campaign.zone):%Y-%m-%d %H:%M}")
        _show(context, found.planned)


def _moment(context: CommandContext, text: str) -> datetime:
    """Read an ISO moment; without an offset it is local time of the campaign."""
    try:
        moment = datetime.fromisoformat(text)
        # No campaign is in such a year, and some are so near the calendar's ends that no days can be counted.
        if not 1970 <= moment.year < 9000:
            raise ValueError
    except ValueError:
        raise UsageError("cli.unreadable_moment", text=text) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=context.campaign.zone)


def _show(context: CommandContext, planned: list[PlannedMessage]) -> None:
    if not planned:
        context.say("cli.nothing_due")
    for message in planned:
        recipient = plain(message.recipient, context.locale)
        context.say("cli.planned", slot=message.slot, recipient=recipient, reason=message.reason)
        context.say("common.as_is", text=message.view.plain(context.locale) + "\n")
