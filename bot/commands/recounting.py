"""``recount``: compares kept sums with what they are of, and mends what differs, also while the bot runs."""

from __future__ import annotations

from dataclasses import asdict

import typer

from bot.commands.command_context import CommandContext
from reports.formats import quantity_text, short
from services.progress import recounting
from services.progress.recounting import MendedMetric, MendedUnit
from services.turn import TickTurn


async def recount(context: CommandContext, *, as_json: bool) -> None:
    """Go through the metrics, each in a transaction of its own. Exits with 1 if anything differed.

    What is mended is said at once: a run that is cut has named it.
    """
    async with context.database.reading() as session:
        metric_ids = await recounting.metrics(session)
    mended = []
    for metric_id in metric_ids:
        if (one := await _mended(context, metric_id)) is not None:
            mended.append(one)
            if not as_json:
                _say(context, one)
    units = await _units(context, as_json=as_json)
    if as_json:
        shown = [asdict(one) | {"kept": str(one.kept), "counted": str(one.counted)} for one in mended]
        report = {"metrics": len(metric_ids), "mended": shown, "units": [asdict(one) for one in units]}
        context.print_json(report)
    else:
        context.say("cli.recounted", metrics=len(metric_ids), mended=len(mended), units=len(units))
    if mended or units:
        raise typer.Exit(1)


async def _units(context: CommandContext, *, as_json: bool) -> list[MendedUnit]:
    """The units whose numbers of reports were mended, each in a transaction of its own."""
    async with context.database.reading() as session:
        every = await recounting.units(session)
        differing = [one for one in every if await recounting.unit_differs(session, one)]
    mended = []
    for unit_id in differing:
        async with context.database.transaction() as session:
            one = await recounting.mend_unit(session, unit_id)
        if one is not None:
            mended.append(one)
            if not as_json:
                context.say("cli.recounted_unit", unit=one.name, rows=one.rows)
    return mended


async def _mended(context: CommandContext, metric_id: int) -> MendedMetric | None:
    """What was mended. The bot is only kept from writing where something differs."""
    async with context.database.reading() as session:
        if not await recounting.differs(session, metric_id):
            return None
    now = await context.clock.now()
    async with context.database.transaction() as session:
        return await recounting.mend(TickTurn(session, now, context.campaign), metric_id)


def _say(context: CommandContext, one: MendedMetric) -> None:
    context.say(
        "cli.recounted_metric",
        objective=short(one.objective, 30),
        item=one.item,
        rows=one.rows,
        kept=quantity_text(one.kept, one.measure),
        counted=quantity_text(one.counted, one.measure),
    )
