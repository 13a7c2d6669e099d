"""How a task reads in a list: lamp, limit, state, the button to its card."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from locales import Text
from models.progress import ProgressReport, ReportKind
from models.tasks import Task
from reports.formats import days_text, full_day_text, quantity_text, short
from rules.duties.frequencies import Frequency
from rules.tasks.lamps import Lamp, lamp
from rules.tasks.task_lifecycle import OPEN_STATES, TaskState
from services.access import Actor
from services.campaign import Campaign
from services.views import ButtonSpec, button


def task_lamp(task: Task, now: datetime, campaign: Campaign) -> Lamp:
    done = task.state not in OPEN_STATES
    return lamp(task.deadline, campaign.today(now), done, campaign.calendar)


def lamp_text(task: Task, now: datetime, campaign: Campaign) -> Text:
    return Text(f"common.lamp.{task_lamp(task, now, campaign).value}")


def due_text(task: Task, now: datetime, campaign: Campaign) -> Text:
    """12月20日（还剩3天） for a deadline, 12月18日→12月20日 for one that moved, 每日 for a long-term task.

    A task with a deadline of which reports are owed until it is done has both.
    """
    if task.deadline is None:
        return frequency_text(task.frequency)
    left = (task.deadline - campaign.today(now)).days
    day = _deadline_text(task, task.deadline)
    due = day if task.state not in OPEN_STATES else Text("tasks.due_with_days", day=day, days=days_text(left))
    return (
        due if task.frequency is None else Text("tasks.due_and_reports", due=due, reports=reports_text(task))
    )


def _deadline_text(task: Task, deadline: date) -> Text:
    if task.first_deadline is None or task.first_deadline == deadline:
        return full_day_text(deadline)
    key = "tasks.due_moved_late" if task.was_overdue else "tasks.due_moved"
    return Text(key, old=full_day_text(task.first_deadline), day=full_day_text(deadline))


def frequency_text(frequency: Frequency | None) -> Text:
    return Text(f"common.frequency.{frequency.value if frequency else 'none'}")


def reports_text(task: Task) -> Text:
    """How often the task's reports are owed; it is long-term work only if it has no deadline."""
    if task.deadline is None or task.frequency is None:
        return frequency_text(task.frequency)
    return report_name(task.frequency)


def report_name(frequency: Frequency | None) -> Text:
    """每日报告, 每周报告, …"""
    return Text(f"nags.report.{frequency.value if frequency else 'none'}")


def is_signing_overdue(task: Task, now: datetime, campaign: Campaign) -> bool:
    return task.state is TaskState.ASSIGNED and campaign.today(now) > campaign.sign_by(task.assigned_at)


def state_text(task: Task, now: datetime, campaign: Campaign) -> Text:
    """The state's name; 未签收·已超时 for a task that should have been signed for."""
    if is_signing_overdue(task, now, campaign):
        return Text("tasks.signing_overdue")
    return Text(f"common.task_state.{task.state.value}")


REPORT_WORDS: Final = 40


def report_words(report: ProgressReport) -> Text | str:
    """What a report says, in one line; 无新增 for a zero report that was pressed and has no words."""
    if report.text:
        return short(report.text, REPORT_WORDS)
    return Text("tasks.zero_report" if report.kind is ReportKind.ZERO else "tasks.no_words")


def last_day_of_pause(task: Task, now: datetime, campaign: Campaign) -> date | None:
    """The last day on which nobody is nagged about the task; None: its nags are not paused."""
    if task.paused_until is None or task.paused_until <= now:
        return None
    return campaign.today(task.paused_until) - timedelta(days=1)


def marked(text: Text, task: Task, now: datetime, campaign: Campaign, late_below: int = 0) -> Text:
    """The text with the task's marks: parts are overdue, 延期 is asked for, nobody is nagged about it."""
    marks = [Text("tasks.mark.late_below", count=late_below)] if late_below else []
    if (last := last_day_of_pause(task, now, campaign)) is not None:
        marks.append(Text("tasks.mark.paused", day=full_day_text(last)))
    if task.extension_until is not None:
        marks.append(Text("tasks.mark.extension_asked", day=full_day_text(task.extension_until)))
    return Text("tasks.marked", text=text, marks=marks) if marks else text


def card_button(actor: Actor, number: int, task: Task, name: str | None = None) -> ButtonSpec:
    """The button from a list's line to the card. ``name``: what it says instead of the objective (a unit)."""
    label = Text("tasks.open_button", number=number, objective=short(name or task.objective, 18))
    return button(label, "task.card", actor.id, task_id=task.id)


def zero_button(actor: Actor, task: Task) -> ButtonSpec:
    """无新增 for the task's own window: 今日, 本周, 本双周, 本月, 本季, 本班."""
    frequency = task.frequency or Frequency.DAILY
    return button(f"progress.zero_button.{frequency.value}", "report.zero", actor.id, task_id=task.id)


def list_button(only_for: int | None) -> ButtonSpec:
    """The button from a message to the reader's own list."""
    return button("nags.list_button", "task.list", only_for)


def sign_all_button(task_ids: Sequence[int | None], only_for: int | None) -> ButtonSpec:
    label = Text("tasks.acknowledge_all_button", count=len(task_ids))
    return button(label, "task.acknowledge_all", only_for, task_ids=task_ids)


def differing_targets(task: Task, total: Decimal | None) -> list[Text]:
    """What the targets below a task add up to, where that is another number than its own."""
    if not total or not task.target_value or total == task.target_value:
        return []
    unit = task.target_unit or ""
    shown = {"total": quantity_text(total, unit), "target": quantity_text(task.target_value, unit)}
    return [Text("breakdowns.targets_differ", **shown)]


def list_line(
    number: int, task: Task, now: datetime, campaign: Campaign, unit: str | None = None, late_below: int = 0
) -> Text:
    """A task in a list, with the number that its button below shows.

    ``unit``: stands before it. ``late_below``: how many parts of it are overdue.
    """
    state = marked(state_text(task, now, campaign), task, now, campaign, late_below)
    objective = short(task.objective, 40)
    return Text(
        "tasks.line",
        number=number,
        lamp=lamp_text(task, now, campaign),
        objective=objective if unit is None else Text("children.named", unit=unit, objective=objective),
        due=due_text(task, now, campaign),
        state=state,
    )
