"""What each button does and what each asked-for answer leads to: a module per subject, one line a button."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.actions import delivery, reports, tasks
from handlers.work import Action, Answer

ACTIONS: Final[Mapping[str, Action]] = {**tasks.ACTIONS, **reports.ACTIONS, **delivery.ACTIONS}
# By the action of the question (``services.questions``); each takes the person's words.
ANSWERS: Final[Mapping[str, Answer]] = {}
