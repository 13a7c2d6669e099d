"""``work-report``: the 工作情况汇报 of the district as a Word file, and the template of it."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.commands.command_context import CommandContext, UsageError, read_date
from bot.commands.imports import read_file
from bot.commands.report_work import made_report, written_sources
from locales import Text
from models.db import Session
from services import calendar
from services.campaign import Campaign
from services.errors import DomainError
from services.turn import TickTurn
from services.work_reports import report_orders, report_templates


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """What the command line asks for."""

    first: str | None
    last: str | None
    out: Path | None
    template: Path | None
    template_out: Path | None
    pdf: bool
    sources: bool = False


async def work_report(context: CommandContext, options: ReportOptions) -> None:
    """Write the report, or only the template. Nothing is written if anything fails."""
    if options.template_out is not None:
        await _write_template(context, options.template_out)
        return
    if options.out is None:
        raise UsageError("work_report.no_out")
    with tempfile.TemporaryDirectory() as folder:
        await _write_report(context, options, options.out, Path(folder))


async def _write_report(context: CommandContext, options: ReportOptions, out: Path, folder: Path) -> None:
    now = await context.clock.now()
    sources = None
    async with context.database.reading() as session:
        campaign = await calendar.current_campaign(session, context.campaign)
        turn = TickTurn(session, now, campaign)
        first, last = await _days(turn, options)
        asked = await report_orders.scoped(session, campaign, None, first, last)
        report, numbers = await report_orders.write(turn, asked)
        if options.sources:
            sources = await written_sources(turn, numbers, folder, out.stem)
        template = await _template(session, options)
    given = options.template.name if options.template else None
    try:
        made = await made_report(
            out.name, report, template, campaign.locale, given=given, with_pdf=options.pdf
        )
    except DomainError as refusal:
        raise UsageError(refusal.text.key, **refusal.text.values) from refusal
    await _write(out, made.content)
    if made.pdf is not None:
        await _write(out.with_suffix(".pdf"), made.pdf)
    if sources is not None:
        await _write(out.with_name(sources.name), sources.path.read_bytes())
    for note in made.notes:
        context.show(note)
    context.show(Text("work_report.written", file=str(out)))


async def _days(turn: TickTurn, options: ReportOptions) -> tuple[date, date]:
    last = turn.today if options.last is None else read_date(options.last)
    first = await report_orders.first_day(turn) if options.first is None else read_date(options.first)
    if last < first:
        raise UsageError("work_report.days_backwards")
    if first > turn.today:
        raise UsageError("periods.days_to_come")
    return first, min(last, turn.today)


async def _template(session: Session, options: ReportOptions) -> bytes | None:
    if options.template is not None:
        return read_file(options.template)
    return await report_templates.content(session)


async def _write_template(context: CommandContext, out: Path) -> None:
    from reports.work_report_template import default_template

    async with context.database.reading() as session:
        kept = await report_templates.content(session)
    campaign: Campaign = context.campaign
    await _write(out, kept or default_template(campaign.locale))
    context.show(Text("work_report.template_written", file=str(out)))


async def _write(out: Path, content: bytes) -> None:
    """Write the file whole or not at all."""
    beside = out.with_name(f".{out.name}.part")
    try:
        await asyncio.to_thread(beside.write_bytes, content)
        await asyncio.to_thread(beside.replace, out)
    except OSError as error:
        await asyncio.to_thread(beside.unlink, missing_ok=True)
        raise UsageError("work_report.not_written", file=str(out), why=error.strerror or "") from None
