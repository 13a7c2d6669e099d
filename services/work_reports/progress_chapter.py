"""突出重点 and 督导: the quantities by 行动 and 重点, the reports, the tasks, the orders and the cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from models.progress.figure_sources import FocusTotal
from reports.formats import ordinal_text
from rules.cases.case_figures import CaseCount, Rate
from services.work_reports.number_sources import CaseNumber, CountedReports, NamedSources, SummedFigures
from services.work_reports.report_facts import WorkFacts
from services.work_reports.report_pen import ReportPen

_ITEMS: Final = 6
"""So many items of a 重点 are named, those of the most reports."""


def action_sentences(pen: ReportPen, facts: WorkFacts) -> list[str]:
    """A paragraph for each 行动, in the order of its tasks; in it, what was done for each 重点."""
    by_action: dict[str, dict[str | None, list[FocusTotal]]] = {}
    for one in facts.totals:
        if one.total.total > 0:
            by_action.setdefault(one.action, {}).setdefault(one.focus, []).append(one)
    order = list(dict.fromkeys(task.action for task in facts.tasks))
    actions = sorted(by_action, key=lambda action: order.index(action) if action in order else len(order))
    several = len(actions) > 1
    found = []
    for n, action in enumerate(actions, 1):
        parts = [_focus(pen, facts, focus, totals) for focus, totals in by_action[action].items()]
        key = "work_report.action_numbered" if several else "work_report.action"
        said = pen.sentence(parts)
        found.append(pen.say(key, ordinal=ordinal_text(n), action=action, said=said))
    return found


def _focus(pen: ReportPen, facts: WorkFacts, focus: str | None, totals: Sequence[FocusTotal]) -> str:
    items = pen.clauses([_item(pen, facts, one) for one in totals[:_ITEMS]])
    return items if focus is None else pen.say("work_report.focus", focus=focus, items=items)


def _item(pen: ReportPen, facts: WorkFacts, one: FocusTotal) -> str:
    selection = replace(facts.selection, action=one.action, focus=one.focus, no_focus=one.focus is None)
    total = one.total
    source = SummedFigures(selection, total)
    about = pen.say(
        "work_report.about_item", item=total.item, action=one.action, focus=one.focus or one.action
    )
    shown = pen.quantity(about, source, total.total, total.measure, approx=total.approx)
    return pen.say("work_report.item", item=total.item, quantity=shown)


def supervision_sentences(pen: ReportPen, facts: WorkFacts) -> list[str]:
    """How much was reported and completed; the orders, and what became of the cases."""
    found = [_tasks(pen, facts), _orders(pen, facts)]
    return [pen.sentence(said) for said in found if said]


def _tasks(pen: ReportPen, facts: WorkFacts) -> list[str]:
    said = []
    if facts.tasks:
        units = {task.lead_unit_id for task in facts.tasks}
        named = NamedSources([], len(facts.tasks))
        count = pen.number(pen.say("work_report.about.tasks"), named, len(facts.tasks))
        said.append(pen.say("work_report.tasks_of_units", count=count, units=len(units)))
    if facts.reports:
        source = CountedReports(facts.selection, facts.reports)
        said.append(
            pen.say(
                "work_report.reports",
                count=pen.number(pen.say("work_report.about.reports"), source, facts.reports),
            )
        )
    if done := facts.completed:
        named = NamedSources([task.objective for task in done], len(done))
        said.append(
            pen.say(
                "work_report.completed",
                count=pen.number(pen.say("work_report.about.completed"), named, len(done)),
            )
        )
    return said


def _orders(pen: ReportPen, facts: WorkFacts) -> list[str]:
    numbers, issued = facts.orders
    said = []
    if issued:
        count = pen.number(pen.say("work_report.about.orders"), NamedSources(numbers, issued), issued)
        said.append(pen.say("work_report.orders", count=count))
    for which, key in (
        (CaseCount.REGISTERED, "work_report.registered"),
        (CaseCount.CLOSED, "work_report.closed"),
    ):
        if facts.cases.count(which):
            said.append(pen.say(key, count=case_number(pen, facts, which)))
    due = facts.cases.whole(Rate.IN_TIME_RATE)
    percent = facts.cases.percent(Rate.IN_TIME_RATE)
    if due and percent is not None:
        in_time = case_number(pen, facts, CaseCount.IN_TIME) if facts.cases.count(CaseCount.IN_TIME) else "0"
        said.append(
            pen.say("work_report.in_time", due=due, count=in_time, percent=f"{percent.normalize():f}")
        )
    return said


def case_number(pen: ReportPen, facts: WorkFacts, which: CaseCount) -> str:
    """A count of cases, with its line of the appendix."""
    count = facts.cases.count(which)
    source = CaseNumber(which, facts.span, facts.part, count)
    return pen.number(pen.say(f"work_report.about.{which.value}"), source, count)
