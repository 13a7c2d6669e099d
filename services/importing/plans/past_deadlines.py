"""New deadlines that were over before the file was sent: whether they are meant so is asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from locales import Text
from reports.formats import full_day_text
from services.importing.rows.interpretations import Interpretations, Meaning
from services.importing.rows.questions import Answers, Ask, AskKind
from services.importing.rows.task_lines import RefusedRow, TaskRow


def past_deadlines(
    rows: Sequence[TaskRow], today: date, answers: Answers, meanings: Interpretations
) -> list[RefusedRow]:
    """Those of the rows, each with a new deadline, that lie before ``today``, unless the office says so.

    The question is about these very lines and days: for others it is asked again.
    """
    over = [(row, row.deadline) for row in rows if row.deadline is not None and row.deadline < today]
    lines = (f"{row.line.place}:{day.isoformat()}" for row, day in over)
    ask = Ask(AskKind.PAST, ",".join(lines))
    if answers.get(ask.key):
        for row, _ in over:
            meanings.add(row.line, Meaning.PAST)
        return []
    asks = () if ask.key in answers else (ask,)
    return [RefusedRow(row.line, row.objective, (_reason(day),), row, asks) for row, day in over]


def _reason(day: date) -> Text:
    return Text("importing.reason.past_deadline", day=full_day_text(day))
