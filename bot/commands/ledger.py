"""``ledger``: the ledger as a workbook."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from datetime import date
from pathlib import Path

from bot.commands.command_context import CommandContext, UsageError
from locales import Text
from services import audit, calendar
from services.office.ledger import ledger_making
from services.turn import TickTurn


async def ledger(context: CommandContext, out: Path, first: str | None, last: str | None) -> None:
    """Write the ledger. It is written whole or not at all."""
    begins, ends = _date(first), _date(last)
    if begins is not None and ends is not None and ends < begins:
        raise UsageError("ledger.days_backwards")
    now = await context.clock.now()
    with tempfile.TemporaryDirectory() as folder:
        async with context.database.reading() as session:
            campaign = await calendar.current_campaign(session, context.campaign)
            turn = TickTurn(session, now, campaign)
            made = await ledger_making.build(
                turn, Path(folder), out.stem, campaign.locale, first=begins, last=ends
            )
        await _place(made.path, out)
    async with context.database.transaction() as session:
        audit.record(session, "export", ("ledger", None), now=now, after={"rows": made.rows})
    context.show(Text("ledger.written", file=str(out), count=made.rows))


def _date(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise UsageError("cli.unreadable_date", text=text) from None


async def _place(made: Path, out: Path) -> None:
    beside = out.with_name(f".{out.name}.part")
    try:
        await asyncio.to_thread(shutil.copyfile, made, beside)
        await asyncio.to_thread(beside.replace, out)
    except OSError as error:
        await asyncio.to_thread(beside.unlink, missing_ok=True)
        raise UsageError("ledger.not_written", file=str(out), why=error.strerror or "") from None
