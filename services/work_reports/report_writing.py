"""Writes a 工作情况汇报: the facts become sentences; each number among them gets a line of the appendix.

A sentence without facts is not written, a section without sentences and a chapter without sections neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from locales import Text, plain
from models.db import Session
from reports.formats import full_day_text, ordinal_text
from reports.work_report import ReportChapter, ReportSection, SourceLine, WorkReport
from services.work_reports.log_chapter import log_sentences, publicity_sentences
from services.work_reports.number_sources import NumberSource
from services.work_reports.progress_chapter import (
    breakdown_sentences,
    focus_sentences,
    supervision_sentences,
)
from services.work_reports.report_facts import REFERENCES, WorkFacts
from services.work_reports.report_pen import ReportPen
from services.work_reports.task_chapters import plan_sentences, problem_sentences


async def write(session: Session, facts: WorkFacts, locale: str) -> tuple[WorkReport, Sequence[NumberSource]]:
    """The report in one language, and the source of each line of its appendix."""
    pen = ReportPen(locale)
    first = _sections(
        pen,
        [
            ("deployment", [*log_sentences(pen, facts), *breakdown_sentences(pen, facts)]),
            ("focus", [*focus_sentences(pen, facts), *publicity_sentences(pen, facts)]),
            ("supervision", supervision_sentences(pen, facts)),
        ],
    )
    problems = _plain(problem_sentences(pen, facts))
    plans = _plain(plan_sentences(pen, facts))
    chapters = _chapters(pen, [("done", first), ("problems", problems), ("plans", plans)])
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
        sources=[await _source_line(session, pen, *one) for one in pen.numbers],
    )
    return report, [source for _, _, source in pen.numbers]


def _period(pen: ReportPen, first: date, last: date) -> str:
    return pen.say("work_report.period", first=full_day_text(first), last=full_day_text(last))


def _sections(pen: ReportPen, found: Sequence[tuple[str, Sequence[str]]]) -> list[ReportSection]:
    said = [(name, sentences) for name, sentences in found if sentences]
    return [
        ReportSection(
            pen.say(
                "work_report.section",
                ordinal=ordinal_text(n),
                title=Text(f"work_report.sections.{name}"),
            ),
            sentences,
        )
        for n, (name, sentences) in enumerate(said, 1)
    ]


def _plain(sentences: Sequence[str]) -> list[ReportSection]:
    return [ReportSection("", sentences)] if sentences else []


def _chapters(pen: ReportPen, found: Sequence[tuple[str, list[ReportSection]]]) -> list[ReportChapter]:
    said = [(name, sections) for name, sections in found if sections]
    return [
        ReportChapter(
            pen.say(
                "work_report.chapter",
                ordinal=ordinal_text(n),
                title=Text(f"work_report.chapters.{name}"),
            ),
            sections,
        )
        for n, (name, sections) in enumerate(said, 1)
    ]


async def _source_line(
    session: Session, pen: ReportPen, shown: str, about: str, source: NumberSource
) -> SourceLine:
    found = list(await source.references(session, REFERENCES + 1))
    if not found:
        references = pen.say("work_report.references_none")
    elif len(found) <= REFERENCES:
        references = pen.say("work_report.references", numbers=found)
    else:
        references = pen.say("work_report.references_more", numbers=found[:REFERENCES])
    return SourceLine(shown, about, source.count, references)
