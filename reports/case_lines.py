"""The cases of a scope in a tally, a brief, on a board or on a unit's card."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from locales import Text
from models.cases.case_standing import CaseStanding
from reports.formats import moment_text, short


def case_lines(cases: CaseStanding, zone: ZoneInfo, *, named: int) -> list[Text]:
    """The counts in one line, then the orders that are over longest; nothing if there is nothing to say."""
    if not cases.says_something:
        return []
    counts = {
        "registered": cases.registered,
        "closed": cases.closed,
        "due": cases.due_today,
        "unsigned": cases.unsigned,
    }
    lines = [Text("tally.cases", **counts)]
    if not cases.overdue:
        return lines
    lines.append(Text("tally.overdue_orders", count=cases.overdue))
    for order in cases.named[:named]:
        limit = moment_text(datetime.fromisoformat(order.limit_at), zone)
        said = {"unit": order.unit, "number": order.number, "category": short(order.category, 20)}
        lines.append(Text("tally.overdue_order", **said, limit=limit))
    if cases.overdue > named:
        lines.append(Text("tally.more_overdue_orders", count=cases.overdue - min(named, len(cases.named))))
    return lines


def none_late(cases: CaseStanding, below: int = 0) -> Text:
    """That no task is late. The sign for 'all well' never stands beside overdue orders or tasks below.

    ``below``: how many tasks are late below those that count.
    """
    if below:
        key = "tally.below.none_late_but_orders" if cases.overdue else "tally.below.none_late"
        return Text(key, below=below)
    return Text("tally.none_late_but_orders" if cases.overdue else "tally.none_late")
