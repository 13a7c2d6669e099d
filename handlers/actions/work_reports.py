"""Buttons of ``/work_report``: the periods, and the template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.binding import Binding, answers, flashes, replaces, says
from services.work_reports import report_orders, report_templates

ACTIONS: Final[Mapping[str, Binding]] = {
    "work_report.order": flashes(report_orders.order),
    "work_report.fetch": says(report_templates.fetch),
    "work_report.change": says(report_templates.ask),
    "work_report.reset": replaces(report_templates.reset),
}
ANSWERS: Final[Mapping[str, Binding]] = {report_templates.ASKED: answers(report_templates.words_instead)}
