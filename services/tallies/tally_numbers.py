"""The numbers of a period's tally with their sources, and the order of a sheet of all of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from pydantic import TypeAdapter

from locales import Text, plain
from models.cases.case_standing import CaseMove
from models.importing import Job, JobKind
from models.progress import figure_sources
from models.progress.report_lookup import CountedPart
from models.tasks.counted_tasks import CountedTask
from reports.formats import quantity_text
from reports.period_tally import PeriodTally
from reports.period_tally_sheets import count_measure, count_name
from services import exports, paper_orders
from services.errors import DomainError
from services.paper_orders import MadeWorkbook
from services.tallies import period_tallies
from services.tallies.number_sources import (
    CountedReports,
    MovedCaseNumber,
    NamedSources,
    NumberSource,
    SourceRow,
    SummedFigures,
    TracedNumber,
)
from services.tallies.period_tallies import TallyCut, TallySelection
from services.turn import TickTurn, Turn, turn_of
from services.views import View

_ASKED: TypeAdapter[TallySelection] = TypeAdapter(TallySelection)


async def order(turn: Turn, asked: TallySelection, title: Text) -> None:
    """Have the sheet made by the worker; it comes as a message of its own. ``title``: that of the file.

    ``DomainError``: the unit is none of theirs, or their last sheet is still being made.
    """
    asked = replace(asked, at=asked.at or turn.now)
    cut = await period_tallies.cut_of(turn, asked)
    name = exports.file_title(plain(title, _locale(turn)))
    about = {"asked": _ASKED.dump_json(asked).decode(), "units": _kept(cut)}
    await paper_orders.order(
        turn, JobKind.TALLY_SOURCES, name, on_its_way="sources.on_its_way", answers=about
    )


async def asked_for(turn: TickTurn, job: Job) -> tuple[list[TracedNumber], str]:
    """The numbers that a job asks for, and the reader's language. ``DomainError``: see ``_cut_of``."""
    reader, cut = await _cut_of(turn, job)
    locale = _locale(reader)
    return await numbers(turn, cut, locale), locale


async def _cut_of(turn: TickTurn, job: Job) -> tuple[Turn, TallyCut]:
    """The reader with the rights that they have now, and what they asked for.

    ``DomainError``: they see other units than when they asked.
    """
    reader = turn_of(turn, await paper_orders.reader_of(turn, job))
    cut = await period_tallies.cut_of(reader, _ASKED.validate_json(job.answers["asked"]))
    if _kept(cut) != job.answers["units"]:
        raise DomainError("sources.scope_changed")
    return reader, cut


def _kept(cut: TallyCut) -> str:
    """The units of a cut as a job keeps them."""
    return json.dumps(None if cut.units is None else sorted(cut.units))


def _locale(turn: Turn) -> str:
    return turn.actor.contact.locale or turn.campaign.locale


async def deliver(turn: TickTurn, job: Job, made: MadeWorkbook) -> View:
    """Store the sheet; the message that brings it to its reader. ``DomainError``: see ``_cut_of``."""
    await _cut_of(turn, job)
    return View([Text("sources.sheet_made")], files=[await paper_orders.stored(turn, made)])


async def numbers(turn: TickTurn, cut: TallyCut, locale: str) -> list[TracedNumber]:
    """The numbers of the tally's own period: reports and their parts, tasks, cases, then all quantities."""
    cut = replace(cut, spans=replace(cut.spans, before=None, year_before=None))
    found = await period_tallies.tasks_of(turn, cut)
    tally = await period_tallies.count(turn, cut, found)
    done = period_tallies.completed(found, cut.spans.now)
    counts = {**_reports(cut, tally), "completed": _completed(turn, done)}
    if tally.registered is not None and tally.closed is not None:
        counts |= {
            "registered": _cases(cut, CaseMove.REGISTERED, tally.registered.now),
            "closed": _cases(cut, CaseMove.CLOSED, tally.closed.now),
        }
    return [
        *(_count(name, source, locale) for name, source in counts.items() if source.count),
        *await _quantities(turn, cut, locale),
    ]


def _reports(cut: TallyCut, tally: PeriodTally) -> dict[str, NumberSource]:
    selection = cut.selection(cut.spans.now)
    parts = {CountedPart.ZERO: tally.zero, CountedPart.LATE: tally.late, CountedPart.MADE_UP: tally.made_up}
    return {
        "reports": CountedReports(selection, int(tally.reports.now)),
        **{part.value: CountedReports(selection, count, part) for part, count in parts.items()},
    }


def _completed(turn: TickTurn, done: Sequence[CountedTask]) -> NamedSources:
    last_first = sorted(done, key=lambda task: (task.completed_at or turn.now, task.id), reverse=True)
    rows = [SourceRow("", task.lead_unit_id, task.completed_at, task.id) for task in last_first]
    return NamedSources(rows)


def _cases(cut: TallyCut, move: CaseMove, count: Decimal) -> MovedCaseNumber:
    units = None if cut.units is None else frozenset(cut.units)
    return MovedCaseNumber(move, cut.spans.now, units, int(count))


def _count(name: str, source: NumberSource, locale: str) -> TracedNumber:
    shown = quantity_text(Decimal(source.count), plain(count_measure(name), locale))
    return TracedNumber(plain(shown, locale), plain(count_name(name), locale), source)


async def _quantities(turn: TickTurn, cut: TallyCut, locale: str) -> list[TracedNumber]:
    selection = cut.selection(cut.spans.now)
    return [
        TracedNumber(
            plain(quantity_text(one.total, one.measure, approx=one.approx), locale),
            one.item,
            SummedFigures(selection, one),
        )
        for one in await figure_sources.item_totals(turn.session, selection)
        if one.figures
    ]
