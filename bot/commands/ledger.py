"""``ledger``: the ledger as a workbook."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import date, datetime
from pathlib import Path

from bot.commands.command_context import CommandContext, UsageError, read_date
from locales import Text
from services import audit, calendar
from services.office.ledger import ledger_making
from services.turn import TickTurn


async def ledger(context: CommandContext, out: Path, first: str | None, last: str | None) -> None:
    """Write the ledger. It is written whole or not at all."""
    begins, ends = (None if text is None else read_date(text) for text in (first, last))
    if begins is not None and ends is not None and ends < begins:
        raise UsageError("ledger.days_backwards")
    now = await context.clock.now()
    try:
        rows = await _make(context, now, out, begins, ends)
    except (ConnectionError, TimeoutError):
        raise  # it is the database that cannot be reached
    except OSError as error:
        raise UsageError("ledger.not_written", file=str(out), why=error.strerror or str(error)) from None
    async with context.database.transaction() as session:
        audit.record(session, "export", ("ledger", None), now=now, after={"rows": rows})
    context.show(Text("ledger.written", file=str(out), count=rows))


async def _make(
    context: CommandContext, now: datetime, out: Path, first: date | None, last: date | None
) -> int:
    """Write the workbook, and return how many rows it has. It is made beside its place, on the same disk."""
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as folder:
        async with context.database.reading() as session:
            campaign = await calendar.current_campaign(session, context.campaign)
            turn = TickTurn(session, now, campaign)
            made = await ledger_making.build(
                turn, Path(folder), out.stem, campaign.locale, first=first, last=last
            )
        await asyncio.to_thread(made.path.replace, out)
    return made.rows
