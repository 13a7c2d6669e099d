"""数据来源: the reports behind the totals, and the button to them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from locales import Text
from models.progress import figure_sources
from models.progress.figure_sources import FigureSource, ItemTotal
from models.progress.report_selection import ReportSelection
from reports.formats import moment_text, quantity_text, short
from rules.delivery.delivery import MessageKind
from services import outbox
from services.access import Actor, visible_task
from services.tallies.tally_counting import unit_names
from services.turn import Turn
from services.views import ButtonSpec, View, button, paging


def sources_button(until: datetime, units: Collection[int] | None = None) -> ButtonSpec:
    """数据来源: the button to the reports behind the numbers of ``units`` (None: all) up to ``until``."""
    about = None if units is None else sorted(units)
    return button("sources.button", "figures.sources", until=until, units=about)


LISTED_SOURCES: Final = 60
LISTED_ITEMS: Final = 10


async def sources(
    turn: Turn,
    *,
    until: datetime,
    units: Collection[int] | None = None,
    task_id: int | None = None,
    offset: int = 0,
) -> View:
    """The totals of ``units`` (None: all) up to ``until``, ten on a page, each with its last reports.

    ``task_id``: only those of one task. There are the reports that the reader may see; the view says so if
    these are fewer than the totals that they read contain.
    """
    scope = await _scope(turn, until, units, task_id)
    found = await figure_sources.item_totals(turn.session, scope)
    if not found:
        return View([Text("sources.none"), *_note(turn, scope, units)], (), _tasks(scope))
    page = found[offset : offset + LISTED_ITEMS]
    lines, more, names = [_title(turn, until)], [], await unit_names(turn.session)
    about: dict[str, Any] = {
        "until": until,
        "units": None if units is None else sorted(units),
        "task_id": task_id,
    }
    for total in page:
        listed = max(LISTED_SOURCES // len(page), 1)
        parts = await figure_sources.of_item(turn.session, scope, total, listed)
        lines += _item_lines(total, parts, names)
        if total.figures > listed:
            lines.append(Text("sources.earlier", count=total.figures - listed))
            label = Text("sources.all_button", item=short(total.item, 16), count=total.figures)
            item = {"item": total.item, "measure": total.measure}
            more.append([button(label, "figures.of_item", turn.actor.id, **item, **about)])
    rows = more + paging("figures.sources", turn.actor.id, offset, len(found), page=LISTED_ITEMS, **about)
    return View([*lines, *_note(turn, scope, units)], rows, _tasks(scope))


async def of_item(
    turn: Turn,
    *,
    item: str,
    measure: str,
    until: datetime,
    units: Collection[int] | None = None,
    task_id: int | None = None,
    offset: int = 0,
) -> View:
    """All reports behind the total of one item, the last first, page by page."""
    scope = await _scope(turn, until, units, task_id)
    named = [
        one
        for one in await figure_sources.item_totals(turn.session, scope)
        if (one.item, one.measure) == (item, measure)
    ]
    if not named:
        return View([Text("sources.none"), *_note(turn, scope, units)], (), _tasks(scope))
    parts = await figure_sources.of_item(turn.session, scope, named[0], LISTED_SOURCES, offset)
    lines = [_title(turn, until), *_item_lines(named[0], parts, await unit_names(turn.session))]
    about = {"item": item, "measure": measure} | _about(until, units, task_id)
    shown = (turn.actor.id, offset, named[0].figures)
    rows = paging("figures.of_item", *shown, page=LISTED_SOURCES, **about)
    return View([*lines, *_note(turn, scope, units)], rows, _tasks(scope))


async def task_sources(turn: Turn, task_id: int) -> View:
    """The reports behind one task's totals."""
    return await sources(turn, until=turn.now, task_id=task_id)


async def _scope(
    turn: Turn, until: datetime, units: Collection[int] | None, task_id: int | None
) -> ReportSelection:
    """What the reader may see of what is asked. Who may see a task sees all reports about it."""
    if task_id is None:
        return ReportSelection(until, unit_ids=in_view(turn.actor, units))
    await visible_task(turn.session, turn.actor, task_id)
    return ReportSelection(until, task_id=task_id)


def _about(until: datetime, units: Collection[int] | None, task_id: int | None) -> dict[str, Any]:
    """What the buttons say of the scope."""
    return {"until": until, "units": None if units is None else sorted(units), "task_id": task_id}


def _title(turn: Turn, until: datetime) -> Text:
    return Text("sources.title", until=moment_text(until, turn.campaign.zone))


def _tasks(scope: ReportSelection) -> list[int]:
    return [] if scope.task_id is None else [scope.task_id]


def _note(turn: Turn, scope: ReportSelection, units: Collection[int] | None) -> list[Text]:
    return [] if scope.task_id is not None else note_of_view(turn.actor, units)


def _item_lines(total: ItemTotal, parts: Iterable[FigureSource], names: Mapping[int, str]) -> list[Text]:
    """The total, and these figures of it with their reports."""
    shown = quantity_text(total.total, total.measure, approx=total.approx)
    lines = [Text("sources.total", item=total.item, total=shown)]
    for part in parts:
        added = quantity_text(part.added, total.measure, approx=part.approx)
        lines.append(Text("sources.part", number=part.receipt_no, unit=names[part.unit_id], added=added))
    return lines


def in_view(actor: Actor, units: Collection[int] | None) -> Collection[int] | None:
    """Those of ``units`` (None: all) whose reports ``actor`` may see."""
    if actor.scope is None:
        return units
    return actor.scope if units is None else actor.scope.intersection(units)


def note_of_view(actor: Actor, units: Collection[int] | None) -> list[Text]:
    """The line that says that the actor sees fewer reports than the totals that they read contain."""
    if actor.scope is None or (units is not None and actor.scope.issuperset(units)):
        return []
    return [Text("sources.within_your_view")]


async def send_privately(turn: Turn, view: View, name: str) -> bool:
    """Answer a question from a group in the reader's private chat; False if we cannot write there.

    ``name``: what was asked for.
    """
    key = f"{name}:{turn.actor.id}:{turn.now.isoformat()}"
    return await outbox.enqueue(
        turn.session, MessageKind.NOTICE, key, view, now=turn.now, contact=turn.actor.contact
    )
