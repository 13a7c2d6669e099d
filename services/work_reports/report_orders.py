"""``/work_report``: who may have a 工作情况汇报 made, about what, and how it comes to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from locales import Text, plain
from models import activities, importing, people
from models.db import Session
from models.importing import Job, JobKind
from models.progress import report_lookup
from reports.work_report import WorkReport
from rules.people.roles import LEADERS, Role
from rules.periods import NAMED, FigureDays, FigurePeriod, days_of
from services import paper_orders
from services.access import Actor
from services.campaign import Campaign
from services.errors import DomainError
from services.paper_orders import MadeWorkbook
from services.tallies import tally_periods
from services.tallies.number_sources import TracedNumber
from services.turn import TickTurn, Turn
from services.views import FileSpec, View, button, in_rows
from services.work_reports import report_facts, report_templates, report_writing
from services.work_reports.report_facts import ReportOrder

_COMMAND: Final = "/work_report"
_IN_ROW: Final = 3
# A day or a week is no period of a report to leaders.
_PERIODS: Final = tuple(one for one in NAMED if one is not FigurePeriod.DAY)
_DISTRICT: Final = frozenset({Role.OFFICE, Role.DISTRICT_LEADER})


@dataclass(frozen=True, slots=True)
class MadeReport:
    """What the worker has made: the Word file, perhaps a PDF, and what there is to say about that.

    ``sources``: the workbook of all that its numbers are made of.
    """

    name: str
    content: bytes
    pdf: bytes | None
    notes: Sequence[Text] = ()
    sources: MadeWorkbook | None = None


def require_reader(actor: Actor) -> None:
    """Raise ``DomainError`` for all but the office and leaders."""
    if not actor.is_office and not actor.is_leader:
        raise DomainError("work_report.not_yours")


async def of_words(turn: Turn, words: str) -> View:
    """``/work_report``: alone the periods as buttons, with a period's name or two days the order itself."""
    require_reader(turn.actor)
    if not words:
        return await menu(turn)
    period, days = tally_periods.read_period(words, turn.today, _COMMAND)
    first, last = (None, None) if days is None else (days.first, days.last)
    return View([await order(turn, period, first, last)])


async def menu(turn: Turn) -> View:
    """The periods, and for the office the template."""
    require_reader(turn.actor)
    periods = [
        button(Text(f"periods.{period.value}"), "work_report.order", turn.actor.id, period=period)
        for period in _PERIODS
    ]
    rows = in_rows(periods, _IN_ROW)
    lines = [Text("work_report.menu"), Text("work_report.other_days", command=_COMMAND)]
    if turn.actor.is_office:
        lines.append(await report_templates.line(turn))
        rows += await report_templates.rows(turn)
    return View(lines, rows)


async def order(
    turn: Turn,
    period: FigurePeriod,
    first: date | None = None,
    last: date | None = None,
    *,
    by_itself: bool = False,
) -> Text:
    """Have a report made; it comes as a message of its own. ``by_itself``: the program orders it for them.

    ``DomainError``: they may not, or their last one is still being made.
    """
    require_reader(turn.actor)
    days = None if first is None or last is None else FigureDays(first, last)
    begins, ends = await _days(turn, period, days)
    title = plain(
        Text("work_report.file", first=begins.isoformat(), last=ends.isoformat()), turn.campaign.locale
    )
    about = {"first": begins.isoformat(), "last": ends.isoformat()}
    await paper_orders.order(
        turn,
        JobKind.WORK_REPORT,
        title,
        on_its_way="work_report.on_its_way",
        answers=about,
        by_itself=by_itself,
    )
    return Text("work_report.ordered")


async def _days(turn: TickTurn, period: FigurePeriod, days: FigureDays | None) -> tuple[date, date]:
    """The first and the last day, which is today at the latest; the campaign begins with its first record."""
    found = days_of(period, turn.today, days)
    last = turn.today if found.end is None else min(found.end - timedelta(days=1), turn.today)
    return found.first or await first_day(turn), last


async def first_day(turn: TickTurn) -> date:
    """The day of the first report or entry of the log; today, if there is none."""
    counted = await report_lookup.first_counted(turn.session)
    begun = [turn.today] if counted is None else [turn.campaign.today(counted)]
    entered = await activities.first_day(turn.session)
    return min([*begun, *([] if entered is None else [entered])])


async def asked_for(turn: TickTurn, job: Job) -> ReportOrder:
    """What a job asks for, in its reader's own scope as it is now.

    ``DomainError``: the reader has left, or may not have it any more.
    """
    return await _scoped_for(turn, job, await _reader(turn, job))


async def _reader(turn: TickTurn, job: Job) -> Actor:
    actor = await paper_orders.reader_of(turn, job)
    require_reader(actor)
    return actor


async def _scoped_for(turn: TickTurn, job: Job, actor: Actor) -> ReportOrder:
    first, last = (date.fromisoformat(job.answers[name]) for name in ("first", "last"))
    return await scoped(turn.session, turn.campaign, actor, first, last)


async def write(turn: TickTurn, asked: ReportOrder) -> tuple[WorkReport, Sequence[TracedNumber]]:
    """The report that is asked for, and its numbers with their sources."""
    facts = await report_facts.gather(turn.session, turn.campaign, asked, turn.now)
    return await report_writing.write(turn.session, facts, turn.campaign.locale)


async def brings_sources(turn: TickTurn, job: Job) -> bool:
    """Whether the sheet of sources comes along.

    Leaders who get the report by itself each month are spared it; its appendix says enough for them.
    """
    return job.confirmed_by is not None or (await _reader(turn, job)).is_office


def sources_name(name: str, locale: str) -> str:
    """The name of the sheet that goes with a report."""
    return f"{plain(Text('work_report.sources_file', file=name), locale)}.xlsx"


async def scoped(
    session: Session, campaign: Campaign, actor: Actor | None, first: date, last: date
) -> ReportOrder:
    """The order in the reader's scope: the district, or the units that they lead. None: the command line."""
    if actor is None or actor.roles & _DISTRICT:
        return ReportOrder(first, last, None, await _office_name(session, campaign))
    return ReportOrder(first, last, actor.overseen_units, actor.unit.name)


async def _office_name(session: Session, campaign: Campaign) -> str:
    """The office's full name, or that of the unit in which it is; "" if there is no office yet."""
    if campaign.office_name:
        return campaign.office_name
    officers = await people.enrolled_with_role(session, Role.OFFICE)
    names = await people.unit_names(session, [one.unit_id for one in officers[:1]])
    return next(iter(names.values()), "")


async def deliver(turn: TickTurn, job: Job, made: MadeReport, asked: ReportOrder) -> tuple[View, Role | None]:
    """Store the files; the message that brings them, and the role that its reader must still have.

    ``DomainError``: meanwhile the reader has lost their role, or leads other units.
    """
    reader = await _reader(turn, job)
    if (await _scoped_for(turn, job, reader)).unit_ids != asked.unit_ids:
        raise DomainError("work_report.scope_changed")
    files = []
    for ending, content in ((".docx", made.content), (".pdf", made.pdf)):
        if content is not None:
            name = f"{made.name}{ending}"
            stored_id = await importing.store(turn.session, name, content, turn.now)
            files.append(FileSpec("document", stored_id=stored_id, name=name))
    if made.sources is not None:
        files.append(await paper_orders.stored(turn, made.sources))
    return View([Text("work_report.made", file=made.name), *made.notes], files=files), _role(reader)


def _role(reader: Actor) -> Role | None:
    """The role by which they may have it; None: that of somebody for whom they stand in."""
    if Role.OFFICE in reader.roles:
        return Role.OFFICE
    return next(iter(sorted(reader.roles & LEADERS)), None)


def sample(locale: str) -> Mapping[str, object]:
    """Words for all placeholders, with which a template is tried."""
    from reports.work_report import ReportChapter, ReportSection, SourceLine
    from reports.work_report_template import placeholders

    words = plain(Text("work_report.title"), locale)
    section = ReportSection(words, [words])
    report = WorkReport(
        words,
        words,
        [ReportChapter(words, [section, ReportSection("", [words])])] * 2,
        words,
        words,
        words,
        [SourceLine("1", words, 1, words)],
    )
    return placeholders(report)
