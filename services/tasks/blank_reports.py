"""按上次格式报: a unit's last report on a task with its numbers left blank, to be copied and filled in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from locales import Text
from models.progress import report_sums
from rules.progress.quantities.blanks import blank_report
from rules.text_parts import utf16_len
from services import access
from services.turn import Turn
from services.views import COPIED, ButtonSpec, copy_button


@dataclass(frozen=True, slots=True)
class BlankReport:
    """The report as a button that copies it or, if it is too long for one, as lines to copy."""

    buttons: Sequence[ButtonSpec] = ()
    lines: Sequence[Text] = ()


async def last_blank(turn: Turn, task_id: int) -> BlankReport:
    """The items and units of the last report that the writer's unit made on the task; empty without one.

    No number of it is offered: people would send yesterday's.
    """
    unit_id = await access.counting_unit(turn.session, turn.actor, task_id)
    items = await report_sums.last_items(turn.session, task_id, unit_id)
    if not items:
        return BlankReport()
    words = blank_report(items)
    if utf16_len(words) <= COPIED:
        return BlankReport(buttons=[copy_button("progress.blank_button", words)])
    return BlankReport(lines=[Text("progress.blank_to_copy", words=words)])
