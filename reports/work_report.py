"""The 工作情况汇报 as it is written: chapters of sentences, and where each of their numbers comes from.

``services.work_reports`` writes it, ``reports.work_report_docx`` puts it into a template.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of the appendix: a number as it stands in the text, what it counts, and of what it is made.

    ``count``: how many reports, cases or entries that are; ``references``: their numbers, or some of them.
    """

    shown: str
    about: str
    count: int
    references: str


@dataclass(frozen=True, slots=True)
class ReportSection:
    """Paragraphs, perhaps under a heading such as （一）….  Without any it is left out."""

    heading: str
    paragraphs: Sequence[str]


@dataclass(frozen=True, slots=True)
class ReportChapter:
    """一、…: sections with something to say."""

    heading: str
    sections: Sequence[ReportSection]


@dataclass(frozen=True, slots=True)
class WorkReport:
    """``unit``: who reports; ``period``: the days that it is about; ``day``: that of writing."""

    title: str
    lead: str
    chapters: Sequence[ReportChapter]
    unit: str
    day: str
    period: str
    sources: Sequence[SourceLine] = field(default_factory=tuple)
