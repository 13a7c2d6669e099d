"""``import-roster``, ``import-tasks`` and ``import-calendar``: preview, question, one transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

from bot.commands.command_context import CommandContext, UsageError
from locales import Text, plain
from models.db import Session
from services.importing.jobs.roster_writing import apply_roster
from services.importing.jobs.task_writing import apply_tasks
from services.importing.plans.calendar_plan import CalendarPlan, apply_calendar, plan_calendar
from services.importing.plans.roster_plan import RosterPlan, plan_roster
from services.importing.plans.task_plan import TaskPlan, plan_tasks
from services.importing.reading.archives import MAX_FILE_BYTES
from services.importing.rows.calendar_rows import parse_calendar
from services.importing.rows.roster_rows import parse_roster
from services.importing.rows.task_rows import parse_tasks
from services.people.enrolment import known_units
from services.turn import TickTurn


def read_file(file: Path) -> bytes:
    """The file's bytes; of a file that is too large, just enough to refuse it."""
    try:
        if not file.is_file():  # a pipe or a device may never end
            raise FileNotFoundError
        with file.open("rb") as opened:
            return opened.read(MAX_FILE_BYTES + 1)
    except OSError:
        raise UsageError("cli.file_missing", file=str(file)) from None


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What the command line asks for: only the preview; the plan as JSON; no question."""

    dry_run: bool
    as_json: bool
    yes: bool


async def import_tasks(
    context: CommandContext, file: Path, options: ImportOptions, *, today: str | None
) -> None:
    now = await context.clock.now()
    day = context.campaign.today(now) if today is None else _date(today)
    parsed = parse_tasks(read_file(file), file.name, today=day)
    async with context.database.reading() as session:
        plan = await plan_tasks(session, parsed)
    changes = bool(plan.count("new") or plan.count("changed"))

    async def write(session: Session, plan: TaskPlan, *, now: datetime) -> None:
        await apply_tasks(TickTurn(session, now, context.campaign), plan)

    await show_and_write(context, plan, _preview_tasks, write, changes, options)


async def import_roster(context: CommandContext, file: Path, options: ImportOptions) -> None:
    async with context.database.reading() as session:
        parsed = parse_roster(read_file(file), file.name, known_units=await known_units(session))
        plan = await plan_roster(session, parsed)
    changes = any(plan.count(s) or plan.count_units(s) for s in ("new", "changed"))
    await show_and_write(context, plan, _preview_roster, apply_roster, changes, options)


async def import_calendar(context: CommandContext, file: Path, options: ImportOptions) -> None:
    parsed = parse_calendar(read_file(file), file.name)
    async with context.database.reading() as session:
        plan = await plan_calendar(session, parsed)
    await show_and_write(context, plan, _preview_calendar, apply_calendar, bool(plan.to_write()), options)


class ImportPlan(Protocol):
    """A plan of an import."""

    def to_json(self, locale: str) -> dict[str, Any]: ...


PlanT = TypeVar("PlanT", bound=ImportPlan)
WrittenT = TypeVar("WrittenT", bound=ImportPlan, contravariant=True)


class PlanWriter(Protocol[WrittenT]):
    """Writes a plan in the caller's transaction."""

    def __call__(self, session: Session, plan: WrittenT, *, now: datetime) -> Awaitable[None]: ...


async def show_and_write(
    context: CommandContext,
    plan: PlanT,
    show: Callable[[CommandContext, PlanT], None],
    write: PlanWriter[PlanT],
    changes: bool,
    options: ImportOptions,
) -> None:
    """Show the plan, ask, and write it in one transaction. ``changes``: whether it changes anything."""
    if options.as_json:
        context.print_json(plan.to_json(context.locale))
    else:
        show(context, plan)
    if options.dry_run:
        return
    if changes:
        context.confirm(Text("cli.ask_import"), yes=options.yes)
        async with context.database.transaction() as session:
            await write(session, plan, now=await context.clock.now())
    if not options.as_json:
        context.say("cli.imported" if changes else "cli.nothing_to_import")


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError("cli.unreadable_date", text=text) from None


def _preview_tasks(context: CommandContext, plan: TaskPlan) -> None:
    say_notices(context, plan.notices)
    for planned in plan.tasks:
        if planned.row.warnings:
            say_row(context, "warning", planned.row.row, planned.row.objective, planned.row.warnings)
    for refused in plan.refused:
        say_row(context, "refused", refused.row, refused.objective, refused.reasons)
    for _, objective, unit in plan.missing:
        context.say("cli.preview.missing", name=objective, unit=unit)
    context.say(
        "cli.preview.tasks",
        new=plan.count("new"),
        changed=plan.count("changed"),
        unchanged=plan.count("unchanged"),
        refused=len(plan.refused),
        missing=len(plan.missing),
    )


def _preview_roster(context: CommandContext, plan: RosterPlan) -> None:
    say_notices(context, plan.notices)
    for row, _ in plan.contacts:
        if row.warnings:
            say_row(context, "warning", row.row, row.name, row.warnings)
    for refused in plan.refused:
        say_row(context, "refused", refused.row, refused.name or refused.unit, refused.reasons)
    for unit, name in plan.missing:
        context.say("cli.preview.missing", name=name, unit=unit)
    context.say(
        "cli.preview.roster",
        units_new=plan.count_units("new"),
        units_changed=plan.count_units("changed"),
        new=plan.count("new"),
        changed=plan.count("changed"),
        unchanged=plan.count("unchanged"),
        refused=len(plan.refused),
        missing=len(plan.missing),
    )


def _preview_calendar(context: CommandContext, plan: CalendarPlan) -> None:
    say_notices(context, plan.notices)
    for refused in plan.refused:
        say_row(context, "refused", refused.row, refused.text, refused.reasons)
    context.say(
        "cli.preview.calendar",
        new=plan.count("new"),
        changed=plan.count("changed"),
        unchanged=plan.count("unchanged"),
        refused=len(plan.refused),
    )


def say_row(context: CommandContext, kind: str, row: int, name: str, texts: Sequence[Text]) -> None:
    # Each reason is a sentence with commas of its own, so a comma between them would not separate them.
    between = plain(Text("common.sentence_separator"), context.locale)
    joined = between.join(plain(text, context.locale) for text in texts)
    context.say(f"cli.preview.{kind}", row=row, name=name or "—", reasons=joined)


def say_notices(context: CommandContext, notices: Sequence[Text]) -> None:
    for notice in notices:
        context.say("cli.preview.notice", notice=notice)
