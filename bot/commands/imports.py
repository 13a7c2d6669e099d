"""``import-roster``, ``-tasks``, ``-calendar`` and ``-log``: preview, question, one transaction."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol, TypeVar

from bot.commands.command_context import CommandContext, UsageError, read_date
from locales import Text
from models.db import Session
from services.importing.jobs.job_view import children_text
from services.importing.jobs.preview_pages import remark_line
from services.importing.jobs.roster_writing import apply_roster
from services.importing.jobs.task_writing import apply_tasks
from services.importing.plans.activity_plan import ActivityPlan, plan_activities, write_activities
from services.importing.plans.calendar_plan import apply_calendar, plan_calendar
from services.importing.plans.preview_making import FileReading, Plan, preview_of
from services.importing.plans.previews import ImportPreview, PreviewDetails, Section, rows_to_write
from services.importing.plans.roster_plan import plan_roster
from services.importing.plans.task_plan import TaskPlan, plan_tasks
from services.importing.plans.unit_aliases import known_aliases
from services.importing.reading.archives import MAX_FILE_BYTES
from services.importing.rows.activity_rows import parse_activities
from services.importing.rows.calendar_rows import parse_calendar
from services.importing.rows.file_kinds import FileKind
from services.importing.rows.questions import NO_ANSWERS
from services.importing.rows.roster_rows import parse_roster
from services.importing.rows.task_rows import parse_tasks
from services.importing.rows.task_units import Roster
from services.people.enrolment import known_units
from services.turn import TickTurn

_WHOLE: Final = 10_000
_ORDER: Final = (
    *(Section.NOTICES, Section.MEANINGS, Section.CHANGES),
    *(Section.WARNINGS, Section.REFUSED, Section.ABSENT),
)


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
    day = context.campaign.today(now) if today is None else read_date(today)
    parsed = parse_tasks(read_file(file), file.name, today=day)
    async with context.database.reading() as session:
        plan = await plan_tasks(session, parsed)

    async def write(session: Session, plan: TaskPlan, *, now: datetime) -> None:
        await apply_tasks(TickTurn(session, now, context.campaign), plan)

    await show_and_write(context, FileKind.TASKS, parsed, plan, write, options)


async def import_roster(context: CommandContext, file: Path, options: ImportOptions) -> None:
    async with context.database.reading() as session:
        units, aliases = await known_units(session), await known_aliases(session, NO_ANSWERS)
        parsed = parse_roster(read_file(file), file.name, known_units=units, aliases=aliases)
        plan = await plan_roster(session, parsed)
    await show_and_write(context, FileKind.ROSTER, parsed, plan, apply_roster, options)


async def import_calendar(context: CommandContext, file: Path, options: ImportOptions) -> None:
    parsed = parse_calendar(read_file(file), file.name)
    async with context.database.reading() as session:
        plan = await plan_calendar(session, parsed)
    await show_and_write(context, FileKind.CALENDAR, parsed, plan, apply_calendar, options)


async def import_activities(context: CommandContext, file: Path, options: ImportOptions) -> None:
    today = context.campaign.today(await context.clock.now())
    async with context.database.reading() as session:
        roster = Roster(await known_units(session), aliases=await known_aliases(session, NO_ANSWERS))
        parsed = parse_activities(read_file(file), file.name, roster=roster, today=today)
        plan = await plan_activities(session, parsed)

    async def write(session: Session, plan: ActivityPlan, *, now: datetime) -> None:
        await write_activities(TickTurn(session, now, context.campaign), plan.to_write())

    await show_and_write(context, FileKind.ACTIVITIES, parsed, plan, write, options)


PlanT = TypeVar("PlanT", bound=Plan)
WrittenT = TypeVar("WrittenT", bound=Plan, contravariant=True)


class PlanWriter(Protocol[WrittenT]):
    """Writes a plan in the caller's transaction."""

    def __call__(self, session: Session, plan: WrittenT, *, now: datetime) -> Awaitable[None]: ...


async def show_and_write(
    context: CommandContext,
    kind: FileKind,
    parsed: FileReading,
    plan: PlanT,
    write: PlanWriter[PlanT],
    options: ImportOptions,
) -> None:
    """Show the plan, ask, and write it in one transaction."""
    preview, details = preview_of(plan, parsed)
    changes = rows_to_write(preview.counts) > 0
    if options.as_json:
        context.print_json(plan.to_json(context.locale))
    else:
        _show(context, kind, preview, details)
    if options.dry_run:
        return
    if changes:
        context.confirm(Text("cli.ask_import"), yes=options.yes)
        async with context.database.transaction() as session:
            await write(session, plan, now=await context.clock.now())
    if not options.as_json:
        context.say("cli.imported" if changes else "cli.nothing_to_import")


def _show(context: CommandContext, kind: FileKind, preview: ImportPreview, details: PreviewDetails) -> None:
    """Everything that a preview says, and the counts."""
    for section in _ORDER:
        for remark in details.sections.get(section, ()):
            context.show(remark_line(section, remark, context.locale, _WHOLE))
    for line in (Text(f"jobs.counts.{kind.value}", **preview.counts), *children_text(preview.counts)):
        context.show(line)
