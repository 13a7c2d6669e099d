"""The sample's tasks of ``pushes.py``, broken down: the units that assist below get parts, as rows."""

from __future__ import annotations

from itertools import count

from sqlmodel import col, select

from models import tasks
from models.db import ident
from models.people import Contact, Unit
from models.tasks import Task, child_duties
from rules.people.roles import Tier
from services.tasks.task_steps import schedule_nags
from services.turn import TickTurn
from tests.services.nags.golden.towns import everybody

_BELOW = frozenset({Tier.STREET, Tier.PARK, Tier.VILLAGE})


async def break_down(turn: TickTurn) -> frozenset[int]:
    """Break each task down to the streets and villages that assist it and have somebody who has joined.

    Returns the ids of the people in their units: those who have a child. The parts have ids below zero, so
    that all other tasks have the same ids, and with them the same lives, in both plays.
    """
    session = turn.session
    units = {ident(unit): unit for unit in await session.exec(select(Unit))}
    found = list(await session.exec(select(Task).order_by(col(Task.id))))
    assisting = await tasks.assisting_units(session, [ident(task) for task in found])
    people = [one for one in await everybody(session) if one.reachable]
    parts, numbers = set[int](), count(1)
    for task in found:
        below = [units[one] for one in assisting[ident(task)] if units[one].tier in _BELOW]
        below = [unit for unit in below if any(one.unit_id == unit.id for one in people)]
        for unit in below:
            part = _part(task, unit, [one for one in people if one.unit_id == unit.id], turn)
            part.id = -next(numbers)
            session.add(part)
            parts.add(ident(unit))
        if below and task.frequency is not None:
            child_duties.set_own_reports(task, own=False, now=turn.now)
            session.add(task)
    await session.flush()
    return frozenset(ident(one) for one in await everybody(session) if one.unit_id in parts)


def _part(task: Task, unit: Unit, there: list[Contact], turn: TickTurn) -> Task:
    """The unit's part, of its 联络员 or else whom it has."""
    person = next((one for one in there if "联络员" in one.name), there[0])
    part = Task(
        identity=f"{task.id}/{unit.id}".rjust(64, "p"),
        action=task.action,
        focus=task.focus,
        objective=task.objective,
        standard=task.standard,
        deadline=task.deadline,
        frequency=task.frequency,
        parent_id=task.id,
        rhythm_from=child_duties.rhythm_below(task),
        lead_unit_id=ident(unit),
        responsible_person=person.name,
        responsible_id=person.id,
        assigned_at=turn.now,
        nagged_until=turn.now,
        created_at=turn.now,
        updated_at=turn.now,
    )
    schedule_nags(part, turn.now)
    return part
