"""存在问题 and 下一步打算: late tasks, rework, missing reports; and the open tasks by their deadlines."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import groupby
from typing import Final

from models.tasks.counted_tasks import BelowPart, CountedTask
from reports.formats import day_of_year_text, full_day_text, short
from rules.cases.case_figures import CaseCount
from services.tallies.number_sources import NamedSources, SourceRow
from services.work_reports.progress_chapter import below_number, case_number
from services.work_reports.report_facts import WorkFacts
from services.work_reports.report_pen import ReportPen

_NAMED: Final = 8
_UNITS: Final = 6
_OBJECTIVE: Final = 60


def problem_sentences(pen: ReportPen, facts: WorkFacts) -> list[str]:
    """A paragraph for each kind of problem that there is."""
    found = [_late(pen, facts), _late_below(pen, facts), _rework(pen, facts), _missed(pen, facts)]
    return [pen.sentence([said]) for said in found if said]


def _late(pen: ReportPen, facts: WorkFacts) -> str:
    late = facts.late
    if not late:
        return ""
    count = _counted(pen, "work_report.about.late", late)
    tasks = [
        pen.say(
            "work_report.late_task",
            objective=_short(task),
            unit=facts.units[task.lead_unit_id],
            day=_day(facts, task),
        )
        for task in late[:_NAMED]
    ]
    key = "work_report.late_more" if len(late) > _NAMED else "work_report.late"
    return pen.say(key, day=full_day_text(facts.today), count=count, tasks=tasks)


def _late_below(pen: ReportPen, facts: WorkFacts) -> str:
    """How many tasks are late below those that count. They are not named."""
    if not facts.below.late:
        return ""
    count = below_number(pen, facts, BelowPart.LATE, facts.below.late)
    return pen.say("work_report.late_below", day=full_day_text(facts.today), count=count)


def _day(facts: WorkFacts, task: CountedTask) -> object:
    deadline = task.deadline or facts.today
    return day_of_year_text(deadline, facts.today.year)


def _rework(pen: ReportPen, facts: WorkFacts) -> str:
    if not facts.cases.count(CaseCount.REWORKED):
        return ""
    return pen.say("work_report.rework", count=case_number(pen, facts, CaseCount.REWORKED))


def _missed(pen: ReportPen, facts: WorkFacts) -> str:
    if not facts.missed:
        return ""
    worst = sorted(facts.missed.items(), key=lambda one: (-one[1], one[0]))
    whole = sum(facts.missed.values())
    units = [pen.say("work_report.missed_unit", unit=name, count=times) for name, times in worst]
    rows = [SourceRow(said, added=Decimal(times)) for said, (_, times) in zip(units, worst, strict=True)]
    count = pen.number(pen.say("work_report.about.missed"), NamedSources(rows), whole)
    key = "work_report.missed_more" if len(worst) > _UNITS else "work_report.missed"
    return pen.say(key, count=count, units=units[:_UNITS])


def plan_sentences(pen: ReportPen, facts: WorkFacts) -> list[str]:
    """The open tasks: first those that are late, then month by month, then those without a deadline."""
    found = []
    if facts.late:
        found.append(
            pen.say("work_report.plan_late", count=_counted(pen, "work_report.about.late", facts.late))
        )
    for (year, month), tasks in groupby(facts.ahead, key=lambda task: _month(task)):
        found.append(_of_month(pen, facts, year, month, list(tasks)))
    if steady := [task for task in facts.open if task.deadline is None]:
        found.append(
            pen.say(
                "work_report.plan_steady",
                count=_counted(pen, "work_report.about.steady", steady),
                tasks=_names(facts, pen, steady),
            )
        )
    return [pen.sentence([said]) for said in found]


def _month(task: CountedTask) -> tuple[int, int]:
    return (0, 0) if task.deadline is None else (task.deadline.year, task.deadline.month)


def _of_month(pen: ReportPen, facts: WorkFacts, year: int, month: int, tasks: Sequence[CountedTask]) -> str:
    key = "work_report.plan_month" if year == facts.today.year else "work_report.plan_month_of_year"
    about = pen.say("work_report.about.open_of_month", year=year, month=month)
    count = pen.number(about, pen.tasks(tasks), len(tasks))
    return pen.say(key, year=year, month=month, count=count, tasks=_names(facts, pen, tasks))


def _names(facts: WorkFacts, pen: ReportPen, tasks: Sequence[CountedTask]) -> str:
    names = [
        pen.say("work_report.task", objective=_short(task), unit=facts.units[task.lead_unit_id])
        for task in tasks[:_NAMED]
    ]
    return pen.say("work_report.names_more" if len(tasks) > _NAMED else "work_report.names", names=names)


def _counted(pen: ReportPen, about: str, tasks: Sequence[CountedTask]) -> str:
    return pen.number(pen.say(about), pen.tasks(tasks), len(tasks))


def _short(task: CountedTask) -> str:
    return short(task.objective, _OBJECTIVE)
