"""Writes a 工作情况汇报: the facts become sentences; each number among them gets a line of the appendix.

A sentence without facts is not written, a section without sentences and a chapter without sections neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TypeVar

from locales import Text, plain
from models.db import Session
from reports.formats import full_day_text, ordinal_text
from reports.work_report import ReportChapter, ReportSection, SourceLine, WorkReport
from services.tallies.number_sources import TracedNumber
from services.work_reports.log_chapter import log_sentences, publicity_sentences
from services.work_reports.progress_chapter import (
    breakdown_sentences,
    focus_sentences,
    supervision_sentences,
)
from services.work_reports.report_facts import REFERENCES, WorkFacts
from services.work_reports.report_pen import ReportPen
from services.work_reports.task_chapters import plan_sentences, problem_sentences

Part = TypeVar("Part")


async def write(session: Session, facts: WorkFacts, locale: str) -> tuple[WorkReport, Sequence[TracedNumber]]:
    """The report in one language, and its numbers, each with a line of its appendix."""
    pen = ReportPen(locale)
    sections = (
        (
            Text("work_report.sections.deployment"),
            [*log_sentences(pen, facts), *breakdown_sentences(pen, facts)],
        ),
        (
            Text("work_report.sections.focus"),
            [*focus_sentences(pen, facts), *publicity_sentences(pen, facts)],
        ),
        (Text("work_report.sections.supervision"), supervision_sentences(pen, facts)),
    )
    done = [ReportSection(*one) for one in _headed("work_report.section", pen, sections)]
    parts = (
        (Text("work_report.chapters.done"), done),
        (Text("work_report.chapters.problems"), _plain(problem_sentences(pen, facts))),
        (Text("work_report.chapters.plans"), _plain(plan_sentences(pen, facts))),
    )
    chapters = [ReportChapter(*one) for one in _headed("work_report.chapter", pen, parts)]
    period = _period(pen, facts.order.first, facts.order.last)
    report = WorkReport(
        title=pen.say("work_report.title"),
        lead=pen.say("work_report.lead", period=period)
        if chapters
        else pen.say("work_report.nothing", period=period),
        chapters=chapters,
        unit=facts.order.unit,
        day=plain(full_day_text(facts.today), locale),
        period=period,
        sources=[await source_line(session, pen, one) for one in pen.numbers],
    )
    return report, pen.numbers


def _period(pen: ReportPen, first: date, last: date) -> str:
    return pen.say("work_report.period", first=full_day_text(first), last=full_day_text(last))


def _headed(
    key: str, pen: ReportPen, found: Sequence[tuple[Text, Sequence[Part]]]
) -> Iterator[tuple[str, Sequence[Part]]]:
    """Those that have a content, each under its heading: 一、, 二、 … or （一）, （二） …"""
    said = [(title, content) for title, content in found if content]
    for n, (title, content) in enumerate(said, 1):
        yield pen.say(key, ordinal=ordinal_text(n), title=title), content


def _plain(sentences: Sequence[str]) -> list[ReportSection]:
    return [ReportSection("", sentences)] if sentences else []


async def source_line(session: Session, pen: ReportPen, number: TracedNumber) -> SourceLine:
    """The line of the appendix of a number, with a few of its sources."""
    source = number.source
    rows = await source.rows(session, REFERENCES + 1)
    # A report with two figures of an item has one number.
    found = list(dict.fromkeys(row.reference for row in rows if row.reference))
    if not found:
        references = pen.say("work_report.references_none")
    elif len(found) > REFERENCES or (len(rows) > REFERENCES and source.count > len(rows)):
        references = pen.say("work_report.references_more", numbers=found[:REFERENCES])
    else:
        references = pen.say("work_report.references", numbers=found)
    return SourceLine(number.shown, number.about, source.count, references)
