"""Makes the ledger: sheet after sheet from a snapshot, which makes nobody wait."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from locales import Text
from models.db import Session
from reports.formats import full_day_text
from reports.ledger_book import LedgerBook, LedgerSheet
from services.campaign import Campaign
from services.office.ledger import ledger_cases, ledger_people, ledger_tasks
from services.office.ledger.ledger_pen import LedgerPen
from services.paper_orders import MadeWorkbook
from services.turn import TickTurn

_SUMMARY: Final = (("what", 24.0), ("said", 60.0))
_STEP: Final = timedelta(microseconds=1)
Writer = Callable[[], Awaitable[LedgerSheet]]


async def build(
    turn: TickTurn,
    folder: Path,
    title: str,
    locale: str,
    *,
    first: date | None = None,
    last: date | None = None,
) -> MadeWorkbook:
    """Write the workbook into a folder.

    ``first``, ``last``: the days of reports, quantities, nags and entries of the log; None: all of them.
    Tasks, cases and people are as they are now.
    """
    session, campaign = turn.session, turn.campaign
    since = None if first is None else campaign.midnight(first) - _STEP
    until = turn.now if last is None else min(turn.now, campaign.midnight(last + timedelta(days=1)) - _STEP)
    pen = await LedgerPen.load(session, campaign, turn.now, locale)
    path = (folder / "workbook").with_suffix(".xlsx")
    with LedgerBook(path, campaign.zone) as book:
        columns = ((Text(f"ledger.summary.{name}"), width) for name, width in _SUMMARY)
        summary = pen.sheet(book, "ledger.sheet.summary", columns)
        sheets = [await write() for write in _writers(session, pen, book, (since, until), (first, last))]
        _summarise(pen, summary, sheets, campaign, (first, last))
    return MadeWorkbook(f"{title}.xlsx", path, sum(sheet.written for sheet in sheets))


def _writers(
    session: Session,
    pen: LedgerPen,
    book: LedgerBook,
    span: tuple[datetime | None, datetime],
    days: tuple[date | None, date | None],
) -> list[Writer]:
    return [
        lambda: ledger_tasks.write_tasks(session, pen, book),
        lambda: ledger_tasks.write_reports(session, pen, book, *span),
        lambda: ledger_tasks.write_figures(session, pen, book, *span),
        lambda: ledger_cases.write_cases(session, pen, book),
        lambda: ledger_cases.write_steps(session, pen, book),
        lambda: ledger_cases.write_orders(session, pen, book),
        lambda: ledger_people.write_nags(session, pen, book, *span),
        lambda: ledger_people.write_people(session, pen, book),
        lambda: ledger_people.write_log(session, pen, book, *days),
    ]


def _summarise(
    pen: LedgerPen,
    summary: LedgerSheet,
    sheets: list[LedgerSheet],
    campaign: Campaign,
    days: tuple[date | None, date | None],
) -> None:
    first, last = days
    today = campaign.today(pen.now)
    whole = first is None and last is None
    begins = pen.say("ledger.from_first") if first is None else pen.shown(full_day_text(first))
    period = (
        pen.say("ledger.whole")
        if whole
        else pen.say("ledger.period", first=begins, last=full_day_text(last or today))
    )
    summary.add([pen.say("ledger.about_period"), period])
    summary.add([pen.say("ledger.about_as_of"), pen.now])
    for sheet in sheets:
        summary.add([sheet.title, sheet.written])
    summary.end()
