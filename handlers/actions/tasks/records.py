"""Buttons of the 销号清单 and of a task's history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.binding import Binding, opens, replaces, says
from services.tasks import strike_off_list, task_history

ACTIONS: Final[Mapping[str, Binding]] = {
    "done.list": replaces(strike_off_list.list_view),
    "done.export": says(strike_off_list.export),
    "task.history": opens(task_history.view, again="until"),
    "history.export": says(task_history.export),
}
