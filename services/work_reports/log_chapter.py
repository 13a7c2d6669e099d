"""动员部署 and 宣传引导: what the activity log (工作纪实) tells. Its numbers stand in this chapter alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from models.activities import Activity, ActivityFigure
from models.db import ident
from reports.formats import short
from rules.activities.activity_kinds import ActivityKind
from services.tallies.number_sources import NamedSources, SourceRow
from services.work_reports.report_facts import WorkFacts
from services.work_reports.report_pen import ReportPen

_NAMED: Final = 3
_TITLE: Final = 60
_NUMBERS: Final = 4
_DEPLOYED: Final = (ActivityKind.MEETING, ActivityKind.DOCUMENT, ActivityKind.TEAM, ActivityKind.FUNDS)
_SHOWN: Final = (ActivityKind.EVENT, ActivityKind.MEDIA, ActivityKind.OTHER)
# The sentence has its own verb: 召开A、B.
_VERBS: Final = {
    ActivityKind.MEETING: re.compile(r"^(?:组织)?(?:召开|举行|开)了?"),
    ActivityKind.DOCUMENT: re.compile(r"^(?:印发|下发|制[定订]|出台|发布)了?"),
    ActivityKind.EVENT: re.compile(r"^(?:组织)?(?:开展|举办|举行)了?"),
}
# With one of these inside, a title is a sentence.
_INSIDE: Final = {
    ActivityKind.MEETING: re.compile(r"召开|举行"),
    ActivityKind.DOCUMENT: re.compile(r"印发|下发|出台"),
    ActivityKind.EVENT: re.compile(r"开展|举办|举行"),
}


def log_sentences(pen: ReportPen, facts: WorkFacts) -> list[str]:
    """A paragraph for each kind of entry: meetings, documents, teams, funds."""
    return [said for kind in _DEPLOYED if (said := _paragraph(pen, facts, kind))]


def publicity_sentences(pen: ReportPen, facts: WorkFacts) -> list[str]:
    """A paragraph of events, one of media, one of what is neither."""
    return [said for kind in _SHOWN if (said := _paragraph(pen, facts, kind))]


def _paragraph(pen: ReportPen, facts: WorkFacts, kind: ActivityKind) -> str:
    entries = [one for one in facts.entries if one.kind is kind]
    if not entries:
        return ""
    said = _named_first(pen, facts, kind, entries)
    # The last clause goes on with the numbers: 召开A、B，参加人数共454人。
    return pen.sentence([*said[:-1], pen.clauses([said[-1], *_numbers(pen, facts, entries)])])


def _named_first(
    pen: ReportPen, facts: WorkFacts, kind: ActivityKind, entries: Sequence[Activity]
) -> list[str]:
    """The first entries by their titles, and of more how many there are.

    The sentence has the verb of the titles: 召开A、B. A title with a verb inside is a clause of its own.
    """
    titles = [_title(facts, one) for one in entries[:_NAMED]]
    plain_titles = [one for one in titles if not _has_verb(kind, one)]
    clauses = [one for one in titles if _has_verb(kind, one)]
    if len(entries) > _NAMED:
        about = pen.say(f"work_report.log_about.{kind.value}")
        count = pen.number(about, _named(entries), len(entries))
        if not plain_titles:
            return [*clauses, pen.say(f"work_report.log_count.{kind.value}", count=count)]
        said = pen.say(f"work_report.log_many.{kind.value}", titles=plain_titles, count=count)
        return [*clauses, said]
    if kind in _VERBS and plain_titles:
        return [*clauses, pen.say(f"work_report.log.{kind.value}", titles=plain_titles)]
    return [*clauses, *plain_titles]


def _has_verb(kind: ActivityKind, title: str) -> bool:
    inside = _INSIDE.get(kind)
    return inside is not None and inside.search(title) is not None


def _title(facts: WorkFacts, entry: Activity) -> str:
    """The title without the verb that the sentence has, and without the unit in front of that verb."""
    verb = _VERBS.get(entry.kind)
    if verb is None:
        return short(entry.title, _TITLE)
    named = next((one for one in facts.names_of(entry.unit_id) if entry.title.startswith(one)), "")
    bare, found = verb.subn("", entry.title[len(named) :], count=1)
    return short((bare if found else "") or entry.title, _TITLE)


def _named(entries: Sequence[Activity]) -> NamedSources:
    return NamedSources([SourceRow(one.number, one.unit_id, one.day) for one in reversed(entries)])


def _numbers(pen: ReportPen, facts: WorkFacts, entries: Sequence[Activity]) -> list[str]:
    """The sums of the entries' numbers, those first that most of them have.

    A number that is the same work as a report is counted there. One that a title says is not said again, but
    it has its line of the appendix.
    """
    found: dict[tuple[str, str], list[tuple[Activity, ActivityFigure]]] = {}
    for entry in entries:
        for figure in facts.entry_figures.get(ident(entry), ()):
            if ident(figure) not in facts.elsewhere and figure.item:
                found.setdefault((figure.item, figure.unit), []).append((entry, figure))
    most = sorted(found.items(), key=lambda one: -len(one[1]))[:_NUMBERS]
    clauses = [
        (_is_said(facts, entries, made), _clause(pen, item, unit, made)) for (item, unit), made in most
    ]
    return [clause for said, clause in clauses if not said]


def _is_said(
    facts: WorkFacts, entries: Sequence[Activity], made: Sequence[tuple[Activity, ActivityFigure]]
) -> bool:
    """Whether the title of the one entry that has the number says it already, and is shown."""
    (entry, figure), *others = made
    said = rf"(?<![\d.,]){re.escape(f'{figure.amount:f}')}[余多]?{re.escape(figure.unit)}"
    return not others and entry in entries[:_NAMED] and re.search(said, _title(facts, entry)) is not None


def _clause(pen: ReportPen, item: str, unit: str, made: Sequence[tuple[Activity, ActivityFigure]]) -> str:
    amount = sum((figure.amount for _, figure in made), Decimal(0))
    approx = any(figure.approx for _, figure in made)
    rows = [
        SourceRow(entry.number, entry.unit_id, entry.day, added=figure.amount, approx=figure.approx)
        for entry, figure in reversed(made)
    ]
    source = NamedSources(rows)
    kind = pen.say(f"work_report.log_about.{made[0][0].kind.value}")
    about = pen.say("work_report.about_entry", kind=kind, item=item)
    shown = pen.quantity(about, source, amount, unit, approx=approx)
    key = "work_report.item" if len(made) == 1 else "work_report.item_together"
    return pen.say(key, item=item, quantity=shown)
