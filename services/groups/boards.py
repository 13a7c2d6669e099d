"""The board of a group: one pinned message that shows the state of the work today."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from locales import Text
from models import audit_log
from models.delivery import live_messages
from models.delivery.live_messages import LiveKind
from models.groups import GroupChat
from reports.case_lines import case_lines
from reports.formats import day_text, moment_text, short
from reports.metric_rows import metric_rows
from reports.tally import LateTask, Tally
from rules.slots import local_slot
from services.campaign import Campaign
from services.groups import group_scopes
from services.tallies import tally_counting
from services.tallies.tally_metrics import metrics_button
from services.turn import TickTurn
from services.views import View

LATE: Final = 5
ORDERS: Final = 3
ITEM: Final = 20
NAMES: Final = 15
NAME: Final = 12
Mark = tuple[str, tuple[int, ...]]


async def mark(turn: TickTurn) -> Mark:
    """Everything that the boards depend on, as one value. When it differs, the boards are rendered again.

    Every change is audited, so no use case has to think of the boards. The value holds several last audit
    numbers, not one, because a transaction may end after others that began later. It also counts the hours
    of the day after which a board reads differently: the new day from the brief's hour, silence from the
    nags' hour, what is late from the close of the day.
    """
    today = turn.today
    slots = (turn.campaign.slots.brief, turn.campaign.slots.nag, turn.campaign.slots.day_closes)
    passed = sum(local_slot(today, slot, turn.campaign.zone) <= turn.now for slot in slots)
    return f"{today if passed else 'night'}/{passed}", tuple(await audit_log.last_audited(turn.session))


async def render(turn: TickTurn, group_id: int) -> tuple[View, str] | None:
    """The board as it reads now, always one message, however long the units' names are. None: no board."""
    group = await turn.session.get(GroupChat, group_id)
    if group is None:
        return None
    if not group.active:
        row = await live_messages.live_message(turn.session, LiveKind.BOARD, group_id)
        ended = View([Text("boards.ended")]) if row is not None and row.message_ids else None
        return None if ended is None else (ended, turn.campaign.locale)
    since = local_slot(turn.today, datetime.min.time(), turn.campaign.zone)
    units = await group_scopes.units_of(turn.session, group)
    tally = await tally_counting.count(
        turn.session, since=since, as_of=turn.now, campaign=turn.campaign, scope=units
    )
    title = Text("boards.title", scope=await group_scopes.title_of(turn.session, group))
    buttons = metrics_button(tally, units, since=None, until=None)
    view = View([title, *_lines(tally, turn.campaign, turn.now)], [buttons] if buttons else ())
    return view, turn.campaign.locale


def stamp(now: datetime, campaign: Campaign) -> Text:
    """The last line: when the board last changed. It is not compared: the board would change for ever."""
    return Text("boards.updated_at", at=moment_text(now, campaign.zone))


def _lines(tally: Tally, campaign: Campaign, now: datetime) -> list[Text]:
    red, yellow = len(tally.late), len(tally.nearly_due)
    total = tally.done + tally.on_time + red
    lines = [
        Text("boards.lamps", green=tally.on_time - yellow, yellow=yellow, red=red),
        _done(tally, total),
    ]
    lines += _late(tally.late)
    if tally.below.late:
        lines.append(Text("boards.late_below", count=tally.below.late))
    lines += case_lines(tally.cases, campaign.zone, named=ORDERS)
    lines.append(Text("boards.today", day=day_text(campaign.today(now)), reports=tally.reports))
    reported = [line.name for line in tally.units if line.reports]
    lines += _names("boards.not_reported", tally.not_reported) + _names("boards.reported", reported)
    lines += metric_rows(tally.quantities, tally.targeted, daily=True, item=ITEM, measure=NAME)
    lines.append(Text("boards.reply"))
    return lines


def _done(tally: Tally, total: int) -> Text:
    if not tally.below.every:
        return Text("boards.done", done=tally.done, total=total)
    return Text("boards.done_below", done=tally.done, total=total, below=tally.below.text)


def _late(late: Sequence[LateTask]) -> list[Text]:
    lines = []
    for task in sorted(late, key=lambda task: task.days_left)[:LATE]:
        values = {"unit": short(task.unit, NAME), "days": task.days}
        lines.append(Text("boards.late", objective=short(task.objective, 30), **values))
    if len(late) > LATE:
        lines.append(Text("boards.more_late", count=len(late) - LATE))
    return lines


def _names(key: str, names: Sequence[str]) -> list[Text]:
    """A list of units, as many as can be read at a glance."""
    if not names:
        return []
    shown = [Text("common.as_is", text=short(name, NAME)) for name in names[:NAMES]]
    if len(names) > NAMES:
        shown.append(Text("boards.and_more", count=len(names) - NAMES))
    return [Text(key, count=len(names), units=shown)]
