"""``/unit``: a unit at a glance: its people and whether they can be reached, its tasks, its reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from locales import Text
from models import audit_log, people, tasks, unit_holds
from models.cases import case_standing
from models.db import Session, ident
from models.people import Contact, ContactState, Unit
from models.progress import from_below, report_lookup, report_sums
from models.progress.report_selection import ReportSelection
from models.tasks import Task, counted_tasks
from reports.case_lines import case_lines
from reports.formats import day_text, days_text, moment_text, quantity_text, short
from reports.tasks_below import BelowCounts
from rules.people.roles import Role
from rules.tasks.lamps import Lamp
from rules.tasks.task_lifecycle import OPEN_STATES, TaskState
from rules.text_parts import clip_plain
from services import audit
from services.absences import away_texts
from services.access import Actor
from services.campaign import Campaign
from services.directory_names import tier_text
from services.duties.not_reported import silent_units
from services.duties.task_duties import ReminderKind
from services.errors import DomainError
from services.people import other_names
from services.people.name_search import (
    CHOICES,
    is_called,
    retired_named,
    unit_button,
    units_also_called,
    units_named,
    words_of,
)
from services.task_wording import (
    card_button,
    is_signing_overdue,
    lamp_text,
    list_line,
    marked,
    report_words,
    task_lamp,
)
from services.turn import TickTurn, Turn
from services.views import LISTED, ButtonSpec, View, button, paging

PEOPLE: Final = 20
LATE: Final = 5
QUANTITIES: Final = 8
LIAISONS: Final = 3
Roles = Mapping[int, frozenset[Role]]


async def find(turn: Turn, words: str) -> View:
    """``/unit 名称``: the unit's card, or a choice among several. Without a name: the reader's own unit."""
    wanted = words_of(words)
    if not wanted and turn.actor.scope is None:
        raise DomainError("units.example")
    if not wanted:
        return await card(turn, turn.actor.contact.unit_id)
    found = await _found(turn.session, turn.actor, wanted)
    if not found:
        raise DomainError("units.none", words=clip_plain(" ".join(wanted), 40))
    if len(found) == 1:
        return await card(turn, ident(found[0]))
    key = "units.choose" if len(found) <= CHOICES else "units.too_many"
    rows = [[unit_button(turn.actor, unit)] for unit in found[:CHOICES]]
    return View([Text(key, count=len(found), shown=len(rows))], rows)


async def _found(session: Session, actor: Actor, wanted: Sequence[str]) -> list[Unit]:
    """The reader's units that the words may mean.

    A name that is exactly these words comes before another name that is; parts of other names are looked at
    where no name holds the words.
    """
    named = await units_named(session, wanted)
    seen = [unit for unit in named if in_scope(actor, unit.id)]
    also: list[Unit] = []
    if not any(is_called(unit, wanted) for unit in named):
        also = await units_also_called(session, wanted, whole=True)
        also = also or ([] if seen else await units_also_called(session, wanted, whole=False))
        also = [unit for unit in also if in_scope(actor, unit.id)]
    others = [unit for unit in seen if unit not in also]
    retired = []
    if actor.is_office:
        retired = await retired_named(session, wanted, others=bool(seen or also))
    if any(is_called(unit, wanted) for unit in retired):
        return [*others, *retired, *also]
    return [*also, *others, *retired]


def in_scope(actor: Actor, unit_id: int | None) -> bool:
    return actor.scope is None or unit_id in actor.scope


async def seen_unit(session: Session, actor: Actor, unit_id: int) -> Unit:
    """The unit, or ``DomainError`` with the same words if it is out of scope or does not exist.

    Only the office sees a unit that is out of use.
    """
    unit = await session.get(Unit, unit_id) if in_scope(actor, unit_id) else None
    if unit is None or (unit.retired_at is not None and not actor.is_office):
        raise DomainError("units.not_yours")
    return unit


async def card(turn: Turn, unit_id: int) -> View:
    """The unit's card, with what its reader may do from there."""
    unit = await seen_unit(turn.session, turn.actor, unit_id)
    contacts = [
        c for c in await people.contacts_of_unit(turn.session, unit_id) if c.state is not ContactState.LEFT
    ]
    roles = await people.roles_of_all(turn.session, [c.id for c in contacts if c.id is not None])
    every = await counted_tasks.tasks_in(turn.session, [unit_id])
    found = [task for task in every if task.state is not TaskState.CANCELLED]
    below = BelowCounts.together(await counted_tasks.tasks_below(turn.session, turn.today, [unit_id]))
    helped = [
        t for t in await tasks.assisted_tasks(turn.session, unit_id) if t.state is not TaskState.CANCELLED
    ]
    away = await away_texts(turn.session, [c.id for c in contacts if c.id is not None], turn.today)
    names = await other_names.card_part(turn, unit)
    lines = [
        await _title(turn.session, unit),
        *([Text("units.retired", **await retired_values(turn, unit))] if unit.retired_at else []),
        *names.lines,
        *_people_lines(contacts, roles, away),
        *_task_lines(found, below, turn.now, turn.campaign),
        *_assisting_lines(helped, turn.now, turn.campaign),
        *await _case_lines(turn, unit_id),
        *await _report_lines(turn, unit_id),
        *await _week_lines(turn, unit_id),
    ]
    rows = _rows(turn.actor, unit, contacts, roles, has_tasks=bool(found))
    if any(task.state in OPEN_STATES for task in helped):
        rows.insert(
            0,
            [button("units.assisting_button", "unit.tasks", turn.actor.id, unit_id=unit.id, assisting=True)],
        )
    return View(lines, [*rows, *names.rows, *await _use_row(turn, unit)])


async def retired_values(turn: Turn, unit: Unit) -> dict[str, Text | str]:
    """Since when the unit is out of use, and by whom."""
    row = await audit_log.last_of_events(turn.session, ("unit", ident(unit)), {"retire"})
    by = await audit.name_of(turn.session, None if row is None else row.actor_id)
    return {"at": moment_text(unit.retired_at or turn.now, turn.campaign.zone), "by": by}


async def _use_row(turn: Turn, unit: Unit) -> list[list[ButtonSpec]]:
    """停用单位 while nothing hangs on the unit, 恢复单位 when it is out of use; for the office."""
    if not turn.actor.is_office:
        return []
    if unit.retired_at is not None:
        return [[button("units.revive_button", "unit.revive", turn.actor.id, unit_id=unit.id)]]
    if await unit_holds.holds_on(turn.session, ident(unit), turn.now):
        return []
    return [[button("units.retire_button", "unit.ask_retire", turn.actor.id, unit_id=unit.id)]]


async def _title(session: Session, unit: Unit) -> Text:
    tier = tier_text(unit.tier)
    parent = None if unit.parent_id is None else await session.get(Unit, unit.parent_id)
    if parent is None:
        return Text("units.title", unit=unit.name, tier=tier)
    return Text("units.title_below", unit=unit.name, tier=tier, parent=parent.name)


def _people_lines(contacts: Sequence[Contact], roles: Roles, away: Mapping[int, Text]) -> list[Text]:
    if not contacts:
        return [Text("units.no_people")]
    lines = [Text("units.people", count=len(contacts))]
    for contact in contacts[:PEOPLE]:
        leave = away.get(ident(contact))
        name = Text("leave.with_away", name=contact.name, away=leave) if leave else contact.name
        lines.append(
            Text(
                "units.person",
                name=name,
                roles=role_texts(roles.get(ident(contact), frozenset())),
                state=Text(f"units.state.{contact.state.value}"),
            )
        )
    if len(contacts) > PEOPLE:
        lines.append(Text("units.more_people", count=len(contacts) - PEOPLE))
    return lines


def role_texts(roles: frozenset[Role]) -> list[Text] | Text:
    """The roles as they are written, or the note that there is none."""
    held = [Text(f"common.role.{role.value}") for role in Role if role in roles]
    return held or Text("units.no_role")


def _task_lines(found: Sequence[Task], below: BelowCounts, now: datetime, campaign: Campaign) -> list[Text]:
    """How many tasks there are under which lamp, what lies below them, and the late ones."""
    opened = [task for task in found if task.state in OPEN_STATES]
    counts = _counts(found, now, campaign)
    lines = [Text("units.tasks", **counts)]
    if below.every:
        lines = [Text("units.tasks_below", **counts, below=below.text_with_late)]
    unsigned = [task for task in opened if task.state is TaskState.ASSIGNED]
    if unsigned:
        overdue = sum(is_signing_overdue(task, now, campaign) for task in unsigned)
        count = len(unsigned)
        late_to_sign = Text("units.unsigned_overdue", count=count, overdue=overdue)
        lines.append(late_to_sign if overdue else Text("units.unsigned", count=count))
    late = [task for task in opened if task_lamp(task, now, campaign) is Lamp.RED]
    lines += [_late_line(task, now, campaign) for task in late[:LATE]]
    if len(late) > LATE:
        lines.append(Text("units.more_late", count=len(late) - LATE))
    return lines


def _assisting_lines(helped: Sequence[Task], now: datetime, campaign: Campaign) -> list[Text]:
    """The tasks that the unit assists; other units sign for them and are responsible for their deadlines."""
    return [Text("units.assisting", **_counts(helped, now, campaign))] if helped else []


def _counts(found: Sequence[Task], now: datetime, campaign: Campaign) -> dict[str, int]:
    """How many are open, under which lamp, and how many are done."""
    opened = [task for task in found if task.state in OPEN_STATES]
    lamps = Counter(task_lamp(task, now, campaign) for task in opened)
    counts = {lamp.value: lamps[lamp] for lamp in Lamp}
    return {"open": len(opened), "done": len(found) - len(opened), **counts}


def _late_line(task: Task, now: datetime, campaign: Campaign) -> Text:
    left = 0 if task.deadline is None else (task.deadline - campaign.today(now)).days
    return Text(
        "units.late",
        lamp=lamp_text(task, now, campaign),
        objective=short(task.objective, 40),
        days=marked(days_text(left), task, now, campaign),
        person=short(task.responsible_person, 20),
    )


async def _case_lines(turn: TickTurn, unit_id: int) -> list[Text]:
    """The unit's cases: what came and went since Monday, and how its orders stand."""
    ends = turn.campaign.midnight(turn.today + timedelta(days=1))
    since = _week_begins(turn)
    found = await case_standing.standing(
        turn.session, since=since, at=turn.now, day_ends=ends, unit_ids=[unit_id]
    )
    return case_lines(found, turn.campaign.zone, named=LATE)


def _week_begins(turn: TickTurn) -> datetime:
    """The last moment before Monday: what counts at its very first belongs to the week."""
    monday = turn.today - timedelta(days=turn.today.weekday())
    return turn.campaign.midnight(monday) - timedelta(microseconds=1)


async def _report_lines(turn: TickTurn, unit_id: int) -> list[Text]:
    """The last report, what units below reported for it, and for how long the unit has been silent."""
    report = await report_lookup.last_report_of_unit(turn.session, unit_id)
    below = await from_below.reports_below(turn.session, ReportSelection(turn.now, None, [unit_id]))
    lines = [Text("units.no_report")]
    if report is not None:
        contact = await turn.session.get(Contact, report.contact_id)
        lines = [
            Text(
                "units.report",
                number=report.receipt_no,
                at=moment_text(report.reported_at, turn.campaign.zone),
                name=contact.name if contact else "",
                text=report_words(report),
            )
        ]
    if below:
        lines.append(Text("units.reports_below", count=below))
    for silent in await silent_units(turn, [unit_id]):
        lines.append(Text("units.silent", days=silent.days) if silent.days else Text("units.silent_today"))
    return lines


async def _week_lines(turn: TickTurn, unit_id: int) -> list[Text]:
    """What the unit has counted since Monday."""
    monday, since = turn.today - timedelta(days=turn.today.weekday()), _week_begins(turn)
    sums = await report_sums.quantity_sums(turn.session, ReportSelection(turn.now, since, [unit_id]))
    moved = [line for line in sums if line.added]
    if not moved:
        return []
    lines = [Text("units.week", day=day_text(monday))]
    for line in moved[:QUANTITIES]:
        added = quantity_text(line.added, line.measure, approx=line.added_approx)
        total = quantity_text(line.total, line.measure, approx=line.approx)
        lines.append(Text("units.quantity", item=line.item, added=added, total=total))
    if len(moved) > QUANTITIES:
        lines.append(Text("units.more_quantities", count=len(moved) - QUANTITIES))
    return lines


def _rows(
    actor: Actor, unit: Unit, contacts: Sequence[Contact], roles: Roles, *, has_tasks: bool
) -> list[list[ButtonSpec]]:
    row = [button("units.tasks_button", "unit.tasks", actor.id, unit_id=unit.id)] if has_tasks else []
    if not actor.is_office:
        return [row] if row else []
    if has_tasks:
        said = {"kind": ReminderKind.UNIT, "subject": unit.id}
        row.append(button("units.remind_button", "remind.preview", actor.id, **said))
    liaisons = [c for c in contacts if Role.LIAISON in roles.get(ident(c), ())]
    rows = [row] if row else []
    for contact in liaisons[:LIAISONS]:
        label = Text("units.liaison_button", name=short(contact.name, 20))
        rows.append([button(label, "person.card", actor.id, contact_id=contact.id)])
    return rows


async def task_list(turn: Turn, unit_id: int, *, offset: int = 0, assisting: bool = False) -> View:
    """The open tasks that the unit leads (``assisting``: helps with), by due date, page by page."""
    unit = await seen_unit(turn.session, turn.actor, unit_id)
    if assisting:
        found = [t for t in await tasks.assisted_tasks(turn.session, unit_id) if t.state in OPEN_STATES]
    else:
        found = list(await tasks.open_tasks(turn.session, [unit_id]))
    title = "units.assisting_list" if assisting else "units.task_list"
    lines, rows = [Text(title, unit=unit.name, count=len(found))], []
    shown = found[offset : offset + LISTED]
    for number, task in enumerate(shown, offset + 1):
        lines.append(list_line(number, task, turn.now, turn.campaign))
        rows.append([card_button(turn.actor, number, task)])
    more: dict[str, Any] = {"assisting": True} if assisting else {}
    rows += paging("unit.tasks", turn.actor.id, offset, len(found), unit_id=unit_id, **more)
    return View(lines, rows, [task.id for task in shown if task.id is not None])
