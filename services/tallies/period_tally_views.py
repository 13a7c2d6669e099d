"""``/tally``: the tally of any period and cut in the chat, its parts, and the reports behind its numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from locales import Text, plain
from models import tasks
from models.cases.case_standing import CaseMove
from models.people import Unit
from models.progress import ProgressReport, ReportKind, report_lookup, report_sums
from models.progress.report_lookup import CountedPart
from models.progress.report_sums import ReportCounts
from models.tasks.counted_tasks import CountedTask
from reports.formats import moment_text, short
from reports.papers import PictureCopy
from reports.period_tally import PeriodTally, part_line, part_text, period_lines
from rules.periods import NAMED, FigurePeriod
from services import exports
from services.directory_names import tier_scope_text
from services.tallies import (
    period_pictures,
    period_tallies,
    period_tally_export,
    tally_numbers,
    tally_parts,
    tally_periods,
)
from services.tallies.period_tallies import TallyCut, TallySelection
from services.tallies.tally_counting import unit_names
from services.tallies.tally_parts import TallyBreakdown
from services.tallies.tally_sources import sources_button
from services.turn import Turn
from services.views import LISTED, ButtonSpec, FileSpec, View, arguments_of, button, in_rows, paging, say

_COMMAND: Final = "/tally"
_IN_ROW: Final = 3
_NAME: Final = 30


async def of_words(turn: Turn, words: str) -> View:
    """``/tally``, alone (today), with a period's name, or with two days: 11月1日至11月20日."""
    if not words:
        return await overview(turn, TallySelection())
    period, days = tally_periods.read_period(words, turn.today, _COMMAND)
    first, last = (None, None) if days is None else (days.first, days.last)
    return await overview(turn, TallySelection(period, first=first, last=last))


async def overview(turn: Turn, asked: TallySelection) -> View:
    """The tally, with buttons to what is behind it, to its parts, and to the other periods."""
    asked, cut = await _cut(turn, asked)
    found = await period_tallies.tasks_of(turn, cut)
    tally = await period_tallies.count(turn, cut, found)
    names = await cut_names(turn, asked)
    lines = period_lines(tally, _period_name(asked), names, turn.campaign.zone, turn.today.year)
    lines.append(Text("period_tally.other_days"))
    rows = [*_behind(turn, asked, cut, tally), *_parts_row(turn, asked, cut, found)]
    return View(lines, [*rows, *_periods(turn, asked), *_preview(turn, asked), *_back(turn, asked)])


def _preview(turn: Turn, asked: TallySelection) -> list[list[ButtonSpec]]:
    """日报预览: the office sees what goes out today, beside the tally of today."""
    if not turn.actor.is_office or asked.period is not TallySelection().period or asked.first is not None:
        return []
    return [[button("push.open_button", "preview.open", turn.actor.id)]]


async def breakdown(turn: Turn, asked: TallySelection, by: TallyBreakdown, *, offset: int) -> View:
    """A line for each part, with a button to its own tally."""
    asked, cut = await _cut(turn, asked)
    found = await tally_parts.parts(turn, asked, cut, by)
    lines = [await head(turn, asked, Text(f"period_tally.by.{by.value}"))]
    rows = []
    for number, part in enumerate(found[offset : offset + LISTED], offset + 1):
        lines.append(part_line(number, part.line))
        if part.selection is not None:
            label = Text("period_tally.part_button", number=number, name=part.line.name)
            rows.append(_button(turn, label, part.selection))
    if not found:
        lines.append(Text("period_tally.no_parts"))
    arguments = arguments_of(asked) | {"by": by}
    turning = paging("periods.parts", turn.actor.id, offset, len(found), **arguments)
    return View(lines, [*in_rows(rows, 2), *turning, [back_button(turn, asked)]])


async def reports(turn: Turn, asked: TallySelection, *, offset: int, part: CountedPart | None = None) -> View:
    """The reports that the tally counts, or a part of them, those first that count last."""
    asked, cut = await _cut(turn, asked)
    selection = cut.selection(cut.spans.now)
    counts = (await report_sums.report_counts(turn.session, selection)).values()
    every, parts = sum(one.reports for one in counts), _part_counts(counts)
    count = every if part is None else parts[part]
    found = await report_lookup.selected(turn.session, selection, LISTED, offset, part)
    what = Text("period_tally.reports_behind", count=count) if part is None else part_text(part.value, count)
    lines = [await head(turn, asked, what), *await _report_lines(turn, found)]
    about = arguments_of(asked)
    turning = paging("periods.reports", turn.actor.id, offset, count, **about, part=part)
    others = [
        button(part_text(one.value, number), "periods.reports", turn.actor.id, **about, part=one, offset=0)
        for one, number in parts.items()
        if number and part is None
    ]
    return View(lines, [*turning, *in_rows(others, 2), [back_button(turn, asked)]])


def _part_counts(counts: Iterable[ReportCounts]) -> dict[CountedPart, int]:
    found = list(counts)
    return {
        CountedPart.ZERO: sum(one.reports - one.progress for one in found),
        CountedPart.LATE: sum(one.late for one in found),
        CountedPart.MADE_UP: sum(one.made_up for one in found),
    }


async def completed(turn: Turn, asked: TallySelection, *, offset: int) -> View:
    """The tasks that were completed in the period, the last one first."""
    asked, cut = await _cut(turn, asked)
    every = period_tallies.completed(await period_tallies.tasks_of(turn, cut), cut.spans.now)
    every.sort(key=lambda task: (task.completed_at or turn.now, task.id), reverse=True)
    names = await unit_names(turn.session)
    lines = [await head(turn, asked, Text("period_tally.completed_behind", count=len(every)))]
    for number, task in enumerate(every[offset : offset + LISTED], offset + 1):
        at = moment_text(task.completed_at or turn.now, turn.campaign.zone)
        what = short(task.objective, _NAME)
        unit = names[task.lead_unit_id]
        lines.append(Text("period_tally.completed_line", number=number, unit=unit, task=what, at=at))
    turning = paging("periods.completed", turn.actor.id, offset, len(every), **arguments_of(asked))
    return View(lines, [*turning, [back_button(turn, asked)]])


async def export(turn: Turn, asked: TallySelection) -> View:
    """The tally as a workbook, whose name says what it is about."""
    asked, cut = await _cut(turn, asked)
    title = Text("period_tally.file", **await _file_names(turn, asked))
    return await period_tally_export.export(turn, asked, cut, title=title)


async def paper(turn: Turn, asked: TallySelection) -> View:
    """The tally as a Word file, with the tables of the workbook."""
    asked, cut = await _cut(turn, asked)
    names = await _file_names(turn, asked)
    title, head = Text("period_tally.file", **names), Text("pictures.period_title", **names)
    return await period_tally_export.paper(turn, asked, cut, title=title, head=head)


async def source_sheet(turn: Turn, asked: TallySelection) -> Text:
    """Order a workbook of all that the numbers are made of."""
    asked = replace(asked, at=asked.at or turn.now)
    title = Text("sources.sheet_file", **await _file_names(turn, asked))
    await tally_numbers.order(turn, asked, title)
    return Text("sources.sheet_ordered")


async def picture(turn: Turn, asked: TallySelection) -> View:
    """The tally as a picture, of the same moment as the words."""
    asked, cut = await _cut(turn, asked)
    names = await _file_names(turn, asked)
    locale = turn.actor.contact.locale or turn.campaign.locale
    title = Text("pictures.period_title", **names)
    made = await period_pictures.picture(turn, cut, asked.period, title, locale)
    if made is None:
        return say("pictures.nothing")
    file = Text("period_tally.file", **names)
    name = f"{exports.file_title(plain(file, locale))}.png"
    stamp = Text("common.as_is", text=made.stamp)
    caption = Text("pictures.caption", title=title, stamp=stamp)
    return View([], files=[FileSpec("photo", name=name, caption=caption, make=PictureCopy(made))])


async def _file_names(turn: Turn, asked: TallySelection) -> dict[str, object]:
    """What the name of a file says: the period, the cut, and the day as of which it counts."""
    day = turn.campaign.today(asked.at or turn.now).isoformat()
    return {"period": _period_name(asked), "cut": await cut_names(turn, asked), "day": day}


async def _cut(turn: Turn, asked: TallySelection) -> tuple[TallySelection, TallyCut]:
    """The selection at its moment, which all further buttons keep, and what it counts."""
    asked = replace(asked, at=asked.at or turn.now)
    return asked, await period_tallies.cut_of(turn, asked)


async def head(turn: Turn, asked: TallySelection, what: Text) -> Text:
    """The title of a list behind a tally. ``what``: what it lists, and how many."""
    period, cut = _period_name(asked), await cut_names(turn, asked)
    return Text("period_tally.part_title", period=period, cut=cut, what=what)


def _period_name(asked: TallySelection) -> Text:
    return Text(f"periods.{asked.period.value}")


async def cut_names(turn: Turn, asked: TallySelection) -> list[Text]:
    """The names of all that the selection is cut to. Who does not see all units reads that it is theirs."""
    found: list[Text] = []
    if asked.unit_id is not None:
        unit = Text("common.as_is", text=(await turn.session.get_one(Unit, asked.unit_id)).name)
        found.append(Text("period_tally.alone", unit=unit) if asked.alone else unit)
    elif turn.actor.scope is not None and len(turn.actor.scope) > 1:
        found.append(Text("period_tally.own_units"))
    elif turn.actor.scope is not None:
        found.append(Text("common.as_is", text=turn.actor.unit.name))
    if asked.tier is not None:
        found.append(tier_scope_text(asked.tier))
    words = (word for word in (asked.action, asked.focus) if word is not None)
    found += [Text("common.as_is", text=short(word, _NAME)) for word in words]
    return found or [Text("brief.scope_all")]


async def _report_lines(turn: Turn, found: Sequence[ProgressReport]) -> list[Text]:
    names = await unit_names(turn.session)
    about = await tasks.tasks_by_id(turn.session, {one.task_id for one in found if one.task_id is not None})
    lines = []
    for one in found:
        task = None if one.task_id is None else about.get(one.task_id)
        what = Text("mine.whole_unit") if task is None else short(task.objective, _NAME)
        lines.append(
            Text(
                "period_tally.report_line",
                number=one.receipt_no,
                unit=names[one.unit_id],
                task=what,
                said=Text("mine.zero") if one.kind is ReportKind.ZERO else short(one.text, _NAME),
            )
        )
    return lines


def _behind(turn: Turn, asked: TallySelection, cut: TallyCut, tally: PeriodTally) -> list[list[ButtonSpec]]:
    """Buttons to the reports and the tasks that the numbers count, to the sources, and to files of all."""
    row, about = [], arguments_of(asked) | {"offset": 0}
    if tally.reports.now:
        label = Text("period_tally.reports_button", count=tally.reports.now)
        row.append(button(label, "periods.reports", turn.actor.id, **about))
    if tally.completed.now:
        label = Text("period_tally.completed_button", count=tally.completed.now)
        row.append(button(label, "periods.completed", turn.actor.id, **about))
    for move, moved in ((CaseMove.REGISTERED, tally.registered), (CaseMove.CLOSED, tally.closed)):
        if moved is not None and moved.now:
            label = Text(f"period_tally.{move.value}_button", count=moved.now)
            row.append(button(label, "periods.cases", turn.actor.id, **about, move=move))
    if tally.quantities:
        span, more = cut.spans.now, {"action": cut.action, "focus": cut.focus}
        row.append(sources_button(span.until, cut.units, since=span.since, **more))
    sheet = button("period_tally.export_button", "periods.export", turn.actor.id, **arguments_of(asked))
    paper = button("period_tally.paper_button", "periods.paper", turn.actor.id, **arguments_of(asked))
    shown = button("pictures.button", "periods.picture", turn.actor.id, **arguments_of(asked))
    every = button("sources.sheet_button", "periods.sources", turn.actor.id, **arguments_of(asked))
    last = [*([every] if row else []), *_earlier(turn, asked, tally)]
    return [*in_rows(row, _IN_ROW), [shown, sheet, paper], *([last] if last else [])]


def _earlier(turn: Turn, asked: TallySelection, tally: PeriodTally) -> list[ButtonSpec]:
    """Buttons to the same tally of the periods with which it is compared: the same moments, as days."""
    found = []
    for name, span in (("before", tally.before), ("year_before", tally.year_before)):
        first = None if span is None else tally_periods.first_day(span, turn.campaign)
        if span is not None and first is not None:
            last = turn.campaign.today(span.until)
            earlier = replace(asked, period=FigurePeriod.DAYS, at=span.until, first=first, last=last)
            found.append(_button(turn, f"period_tally.{name}_button", earlier))
    return found


def _parts_row(
    turn: Turn, asked: TallySelection, cut: TallyCut, found: Sequence[CountedTask]
) -> list[list[ButtonSpec]]:
    """Buttons to the breakdowns that have more than one part. ``found``: the tasks of the cut."""
    several = cut.units is None or len(cut.units) > 1
    offered = {
        TallyBreakdown.TIER: several and asked.tier is None and asked.unit_id is None,
        TallyBreakdown.UNIT: several,
        TallyBreakdown.ACTION: asked.action is None and len({task.action for task in found}) > 1,
        TallyBreakdown.FOCUS: asked.focus is None and len({task.focus for task in found}) > 1,
    }
    about = arguments_of(asked) | {"offset": 0}
    row = [
        button(f"period_tally.by.{by.value}", "periods.parts", turn.actor.id, **about, by=by)
        for by, there in offered.items()
        if there
    ]
    return in_rows(row, _IN_ROW)


def _periods(turn: Turn, asked: TallySelection) -> list[list[ButtonSpec]]:
    """Buttons to the same cut in the other periods, as they run at the moment of the press."""
    same = replace(asked, at=None, first=None, last=None)
    others = (period for period in NAMED if period is not asked.period)
    return in_rows(
        [_button(turn, f"periods.{period.value}", replace(same, period=period)) for period in others], _IN_ROW
    )


def _back(turn: Turn, asked: TallySelection) -> list[list[ButtonSpec]]:
    """A button to all units and tasks in the same period."""
    if not asked.is_cut:
        return []
    whole = TallySelection(asked.period, asked.at, asked.first, asked.last)
    return [[_button(turn, "period_tally.whole_button", whole)]]


def back_button(turn: Turn, asked: TallySelection) -> ButtonSpec:
    """The button of a list back to its tally."""
    return _button(turn, "period_tally.back_button", asked)


def _button(turn: Turn, label: str | Text, asked: TallySelection) -> ButtonSpec:
    return button(label, "periods.tally", turn.actor.id, **arguments_of(asked))
