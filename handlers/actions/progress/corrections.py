"""Buttons under a person's own filed reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.binding import Binding, ending_question, replaces, says, tells
from services.progress import corrections, my_reports

ACTIONS: Final[Mapping[str, Binding]] = {
    "correction.withdraw": replaces(corrections.withdraw),
    # The next words are the correction, not the answer to an earlier question.
    **ending_question({"correction.begin": replaces(corrections.begin)}),
    "correction.keep": tells("corrections.kept"),
    "mine.open": says(my_reports.open_one),
}
