"""分解到下级: which units are chosen, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from locales import Text
from models import tasks
from models.db import Session, ident
from models.people import Unit
from models.tasks import Task, breakdowns, children
from models.tasks.breakdowns import TaskBreakdown
from reports.formats import short
from rules.people.roles import Tier
from rules.tasks.breakdown import MOST_UNITS
from services.breakdown import breakdown_plan, breakdown_preview
from services.breakdown.begun_breakdowns import begun, keep, leave_button
from services.breakdown.breakdown_plan import BreakdownPlan
from services.directory_names import tier_scope_text
from services.errors import DomainError
from services.tasks import breakdown_rights
from services.turn import Turn
from services.views import LISTED, ButtonSpec, View, button, paging

_A_ROW: Final = 2


async def start(turn: Turn, task_id: int) -> View:
    """分解到下级 was pressed: propose the units that assist, and those directly below the lead unit.

    What was begun before goes on. ``DomainError``: they may not, or there is no unit to choose.
    """
    task = await breakdown_rights.to_break_down(turn, task_id)
    able = await breakdown_rights.units_for(turn.session, task)
    if not able:
        raise DomainError("breakdowns.no_units")
    row = await breakdowns.begun(turn.session, task_id, turn.actor.id)
    if row is None:
        own = task.own_reports and bool(await children.units_of(turn.session, task_id))
        plan = BreakdownPlan(own_reports=own).with_units(await _proposed(turn.session, task, able))
        row = TaskBreakdown(
            task_id=task_id, contact_id=turn.actor.id, plan=plan.to_json(), updated_at=turn.now
        )
        turn.session.add(row)
        await turn.session.flush()
    plan = BreakdownPlan.from_json(row.plan)
    if not plan.units.keys() & {unit.id for unit in able}:
        return await choose(turn, ident(row))
    found = await breakdown_plan.proposals(turn, task, plan)
    return await breakdown_preview.shown(turn, row, task, plan, found)


async def _proposed(session: Session, task: Task, able: Sequence[Unit]) -> list[int]:
    """The units that the first press chooses; nobody wants hundreds at once unasked."""
    assisting = (await tasks.assisting_units(session, [ident(task)]))[ident(task)]
    found = [ident(u) for u in able if u.id in assisting or u.parent_id == task.lead_unit_id]
    return found if len(found) <= MOST_UNITS else []


async def choose(turn: Turn, breakdown_id: int, *, offset: int = 0) -> View:
    """The units that can be chosen, page by page; a press chooses one or leaves it out."""
    row, task, plan = await begun(turn, breakdown_id)
    able = await breakdown_rights.units_for(turn.session, task)
    if not able:  # somebody else has broken it down meanwhile
        raise DomainError("breakdowns.no_units")
    offset = offset if offset < len(able) else 0
    about = {"breakdown_id": breakdown_id}
    toggles = [_toggle(turn, breakdown_id, unit, plan, offset) for unit in able[offset : offset + LISTED]]
    rows = [toggles[at : at + _A_ROW] for at in range(0, len(toggles), _A_ROW)]
    rows += paging("breakdown.units", turn.actor.id, offset, len(able), breakdown_id=breakdown_id)
    rows.append(_of_tiers(turn, breakdown_id, able))
    count = len(plan.units.keys() & {unit.id for unit in able})
    if count:
        label = Text("breakdowns.preview_button", count=count)
        rows.append([button(label, "breakdown.preview", turn.actor.id, **about)])
    rows.append([leave_button(turn, row)])
    lines = [
        Text("breakdowns.title", objective=short(task.objective, 80)),
        Text("breakdowns.choose", count=count, able=len(able), most=MOST_UNITS),
    ]
    return View(lines, rows, [ident(task)])


def _toggle(turn: Turn, breakdown_id: int, unit: Unit, plan: BreakdownPlan, offset: int) -> ButtonSpec:
    chosen = unit.id in plan.units
    label = Text("breakdowns.unit_chosen" if chosen else "breakdowns.unit_open", unit=unit.name)
    said = {"unit_id": unit.id, "on": not chosen, "offset": offset}
    return button(label, "breakdown.toggle", turn.actor.id, breakdown_id=breakdown_id, **said)


def _of_tiers(turn: Turn, breakdown_id: int, able: Sequence[Unit]) -> list[ButtonSpec]:
    """The buttons that choose all units, or all of a tier, or none."""
    about = {"breakdown_id": breakdown_id}
    tiers = list(dict.fromkeys(unit.tier for unit in able))
    labels = [Text("breakdowns.all_button")]
    if len(tiers) > 1:
        labels = [Text("breakdowns.tier_button", tier=tier_scope_text(tier)) for tier in tiers]
    row = [
        button(label, "breakdown.tier", turn.actor.id, **about, tier=tier)
        for label, tier in zip(labels, tiers, strict=True)
    ]
    return [*row, button("breakdowns.none_button", "breakdown.none", turn.actor.id, **about)]


async def toggle(turn: Turn, breakdown_id: int, unit_id: int, on: bool, *, offset: int = 0) -> View:
    """Choose a unit, or leave it out."""
    row, _, plan = await begun(turn, breakdown_id)
    others = [one for one in plan.units if one != unit_id]
    await keep(turn, row, plan.with_units([*others, unit_id] if on else others))
    return await choose(turn, breakdown_id, offset=offset)


async def choose_tier(turn: Turn, breakdown_id: int, tier: Tier) -> View:
    """Choose all units of a tier beside those that are chosen, as many as can be chosen at once."""
    row, task, plan = await begun(turn, breakdown_id)
    able = await breakdown_rights.units_for(turn.session, task)
    more = [ident(unit) for unit in able if unit.tier is tier]
    await keep(turn, row, plan.with_units(list(dict.fromkeys([*plan.units, *more]))[:MOST_UNITS]))
    return await choose(turn, breakdown_id)


async def choose_none(turn: Turn, breakdown_id: int) -> View:
    row, _, plan = await begun(turn, breakdown_id)
    await keep(turn, row, plan.with_units([]))
    return await choose(turn, breakdown_id)
