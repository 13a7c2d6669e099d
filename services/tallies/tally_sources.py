"""数据来源: the reports behind the totals, and the button to them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from locales import Text
from models.db import Session
from models.progress import report_sums
from models.progress.report_sums import FigureSource
from reports.formats import moment_text, quantity_text
from rules.delivery.delivery import MessageKind
from services import outbox
from services.access import Actor, visible_task
from services.campaign import Campaign
from services.tallies.tally_counting import unit_names
from services.turn import Turn
from services.views import ButtonSpec, View, button


def sources_button(until: datetime, units: Collection[int] | None = None) -> ButtonSpec:
    """数据来源: the button to the reports behind the numbers of ``units`` (None: all) up to ``until``."""
    about = None if units is None else sorted(units)
    return button("sources.button", "figures.sources", until=until, units=about)


LISTED_SOURCES = 60


async def sources(turn: Turn, *, until: datetime, units: Collection[int] | None = None) -> View:
    """Every total of ``units`` (None: all) up to ``until``, with the reports that the reader may see.

    The view says so if they see fewer reports than the totals that they read contain.
    """
    found = await report_sums.figure_sources(turn.session, until=until, unit_ids=in_view(turn.actor, units))
    view = await _sources_view(turn.session, found, until, turn.campaign)
    return replace(view, lines=[*view.lines, *note_of_view(turn.actor, units)])


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


async def task_sources(turn: Turn, task_id: int) -> View:
    """The reports behind one task's totals."""
    await visible_task(turn.session, turn.actor, task_id)
    found = await report_sums.figure_sources(turn.session, until=turn.now, task_id=task_id)
    return await _sources_view(turn.session, found, turn.now, turn.campaign, task_ids=[task_id])


async def _sources_view(
    session: Session,
    found: Sequence[FigureSource],
    until: datetime,
    campaign: Campaign,
    *,
    task_ids: Sequence[int] = (),
) -> View:
    names = await unit_names(session)
    groups: dict[tuple[str, str], list[FigureSource]] = {}
    for source in found:
        groups.setdefault((source.item, source.measure), []).append(source)
    if not groups:
        return View([Text("sources.none")], (), task_ids)
    lines = [Text("sources.title", until=moment_text(until, campaign.zone))]
    for (item, measure), parts in groups.items():
        total = sum((part.added for part in parts), Decimal(0))
        approx = any(part.approx for part in parts)
        lines.append(Text("sources.total", item=item, total=quantity_text(total, measure, approx=approx)))
        for part in parts[-LISTED_SOURCES:]:
            lines.append(
                Text(
                    "sources.part",
                    number=part.receipt_no,
                    unit=names[part.unit_id],
                    added=quantity_text(part.added, measure, approx=part.approx),
                )
            )
        if len(parts) > LISTED_SOURCES:
            lines.append(Text("sources.earlier", count=len(parts) - LISTED_SOURCES))
    return View(lines, (), task_ids)


async def send_privately(turn: Turn, view: View, name: str) -> bool:
    """Answer a question from a group in the reader's private chat; False if we cannot write there.

    ``name``: what was asked for.
    """
    key = f"{name}:{turn.actor.id}:{turn.now.isoformat()}"
    return await outbox.enqueue(
        turn.session, MessageKind.NOTICE, key, view, now=turn.now, contact=turn.actor.contact
    )
