"""突出重点 and 督导: the quantities by 行动 and 重点, the reports, the tasks, the orders and the cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from models.progress.figure_sources import FocusTotal
from models.tasks.counted_tasks import BelowPart
from reports.formats import ordinal_text
from rules.cases.case_figures import CaseCount, Rate
from services.tallies.number_sources import (
    CaseNumber,
    CountedReports,
    IssuedOrders,
    NamedSources,
    OtherNumbers,
    SourceRow,
    SummedFigures,
    TasksBelowNumber,
    TracedNumber,
)
from services.work_reports.report_facts import WorkFacts
from services.work_reports.report_pen import ReportPen

_ITEMS: Final = 6
"""So many items of a 重点 are named, those of the most reports."""


def focus_sentences(pen: ReportPen, facts: WorkFacts) -> list[str]:
    """A paragraph for each 重点, in the order of its tasks; in it, what was done in each 行动.

    Tasks without 重点 have a paragraph for each 行动.
    """
    found: dict[str, dict[str | None, list[FocusTotal]]] = {}
    for one in facts.totals:
        if one.total.total > 0:
            head, action = (one.action, None) if one.focus is None else (one.focus, one.action)
            found.setdefault(head, {}).setdefault(action, []).append(one)
    order = list(dict.fromkeys(task.focus or task.action for task in facts.tasks))
    heads = sorted(found, key=lambda head: order.index(head) if head in order else len(order))
    return [_head(pen, facts, head, n, found[head], len(heads)) for n, head in enumerate(heads, 1)]


def _head(
    pen: ReportPen,
    facts: WorkFacts,
    head: str,
    n: int,
    totals: Mapping[str | None, Sequence[FocusTotal]],
    heads: int,
) -> str:
    said = pen.sentence([_action(pen, facts, action, some) for action, some in totals.items()])
    if heads == 1:
        return pen.say("work_report.head", head=head, said=said)
    return pen.say("work_report.head_numbered", ordinal=ordinal_text(n), head=head, said=said)


def _action(pen: ReportPen, facts: WorkFacts, action: str | None, totals: Sequence[FocusTotal]) -> str:
    items = pen.clauses([_item(pen, facts, one) for one in totals[:_ITEMS]])
    return items if action is None else pen.say("work_report.action", action=action, items=items)


def _item(pen: ReportPen, facts: WorkFacts, one: FocusTotal) -> str:
    selection = replace(facts.selection, action=one.action, focus=one.focus, no_focus=one.focus is None)
    total = one.total
    where = [one.action] if one.focus is None else [one.focus, one.action]
    about = pen.say("work_report.about_item", item=total.item, where=where)
    source = SummedFigures(selection, total)
    shown = pen.quantity(about, source, total.total, total.measure, approx=total.approx)
    return pen.say("work_report.item", item=total.item, quantity=shown)


def breakdown_sentences(pen: ReportPen, facts: WorkFacts) -> list[str]:
    """Into how many tasks of how many units the campaign was broken down."""
    if not facts.tasks:
        return []
    # They are many; the annex does not name them.
    rows = [SourceRow("", task.lead_unit_id, task_id=task.id) for task in facts.tasks]
    tasks = NamedSources(rows)
    units = [facts.units[one] for one in dict.fromkeys(task.lead_unit_id for task in facts.tasks)]
    values = {
        "count": pen.number(pen.say("work_report.about.tasks"), tasks, len(facts.tasks)),
        "units": pen.number(pen.say("work_report.about.units"), NamedSources.of(units), len(units)),
    }
    if not facts.below.every:
        return [pen.sentence([pen.say("work_report.tasks_of_units", **values)])]
    values |= {
        "below": below_number(pen, facts, BelowPart.EVERY, facts.below.every),
        "below_done": below_number(pen, facts, BelowPart.DONE, facts.below.done),
    }
    return [pen.sentence([pen.say("work_report.tasks_of_units_below", **values)])]


def below_number(pen: ReportPen, facts: WorkFacts, part: BelowPart, count: int) -> str:
    """How many tasks lie below those that count, with its line of the appendix."""
    source = TasksBelowNumber(part, facts.today, facts.order.unit_ids, count)
    return pen.number(pen.say(f"work_report.about_below.{part.value}"), source, count)


def supervision_sentences(pen: ReportPen, facts: WorkFacts) -> list[str]:
    """How much was reported and completed; the orders, and what became of the cases."""
    found = [_tasks(pen, facts), _orders(pen, facts)]
    return [pen.sentence(said) for said in found if said]


def _tasks(pen: ReportPen, facts: WorkFacts) -> list[str]:
    said = []
    if facts.reports:
        source = CountedReports(facts.selection, facts.reports)
        count = pen.number(pen.say("work_report.about.reports"), source, facts.reports)
        said.append(pen.say("work_report.reports", count=count))
    if done := facts.completed:
        count = pen.number(pen.say("work_report.about.completed"), pen.tasks(done), len(done))
        said.append(pen.say("work_report.completed", count=count))
    return said


def _orders(pen: ReportPen, facts: WorkFacts) -> list[str]:
    said = []
    if facts.orders:
        source = IssuedOrders(facts.span, facts.order.unit_ids, facts.orders)
        count = pen.number(pen.say("work_report.about.orders"), source, facts.orders)
        said.append(pen.say("work_report.orders", count=count))
    for which, key in (
        (CaseCount.REGISTERED, "work_report.registered"),
        (CaseCount.CLOSED, "work_report.closed"),
    ):
        if facts.cases.count(which):
            said.append(pen.say(key, count=case_number(pen, facts, which)))
    return [*said, *_in_time(pen, facts)]


def _in_time(pen: ReportPen, facts: WorkFacts) -> list[str]:
    """How many of the cases that were due were closed in time. Suspended ones are not among them."""
    percent = facts.cases.percent(Rate.IN_TIME_RATE)
    if percent is None:
        return []
    due = case_number(pen, facts, CaseCount.DUE)
    suspended = facts.cases.count(CaseCount.SUSPENDED)
    shown = f"{percent.normalize():f}%"
    whole = facts.cases.whole(Rate.IN_TIME_RATE)
    about = pen.say("work_report.about.rate")
    pen.numbers.append(TracedNumber(shown, about, OtherNumbers(whole)))
    values = {"due": due, "count": case_number(pen, facts, CaseCount.IN_TIME), "percent": shown}
    if suspended:
        left_out = case_number(pen, facts, CaseCount.SUSPENDED)
        return [pen.say("work_report.in_time_without", **values, suspended=left_out)]
    return [pen.say("work_report.in_time", **values)]


def case_number(pen: ReportPen, facts: WorkFacts, which: CaseCount) -> str:
    """A count of cases, with its line of the appendix."""
    count = facts.cases.count(which)
    source = CaseNumber(which, facts.span, facts.part, count)
    return pen.number(pen.say(f"work_report.about.{which.value}"), source, count)
