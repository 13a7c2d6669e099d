"""Buttons and written answers of the office about the metrics of a task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.binding import Binding, answers, ending_question, opens, replaces
from services.progress import metric_list

ACTIONS: Final[Mapping[str, Binding]] = {
    # The list also leads back from a question: the next words are no longer an answer to it.
    **ending_question({"metric.list": opens(metric_list.show_metrics)}),
    "metric.open": replaces(metric_list.open_one),
    "metric.ask_name": replaces(metric_list.ask_name),
    "metric.rename": replaces(metric_list.rename),
    "metric.choose": replaces(metric_list.choose),
    "metric.merge": replaces(metric_list.merge),
    "metric.part": replaces(metric_list.part),
    "metric.accept": replaces(metric_list.accept),
    "metric.decline": replaces(metric_list.decline),
}
ANSWERS: Final[Mapping[str, Binding]] = {"metric.name": answers(metric_list.rename)}
