"""``import-categories``, ``-points``, ``-ladder`` and ``-sections``: preview, question, one transaction."""

from __future__ import annotations

from pathlib import Path

from bot.commands.command_context import CommandContext
from bot.commands.imports import ImportOptions, read_file, show_and_write
from models.db import Session
from models.people import office_sections
from services.importing.plans.category_plan import apply_categories, plan_categories
from services.importing.plans.point_plan import apply_points, plan_points
from services.importing.plans.policy_plan import apply_policy, plan_policy
from services.importing.plans.section_plan import apply_sections, plan_sections
from services.importing.plans.unit_aliases import known_aliases
from services.importing.reading.grids import read_grids
from services.importing.rows.category_rows import parse_categories
from services.importing.rows.file_kinds import FileKind
from services.importing.rows.point_rows import parse_points
from services.importing.rows.policy_rows import parse_policy
from services.importing.rows.questions import NO_ANSWERS
from services.importing.rows.section_rows import read_sections
from services.importing.rows.task_units import Roster
from services.people.enrolment import known_units


async def import_categories(context: CommandContext, file: Path, options: ImportOptions) -> None:
    async with context.database.reading() as session:
        parsed = parse_categories(read_file(file), file.name, roster=await _roster(session))
        plan = await plan_categories(session, parsed)
    await show_and_write(context, FileKind.CATEGORIES, parsed, plan, apply_categories, options)


async def import_points(context: CommandContext, file: Path, options: ImportOptions) -> None:
    async with context.database.reading() as session:
        parsed = parse_points(read_file(file), file.name, roster=await _roster(session))
        plan = await plan_points(session, parsed)
    await show_and_write(context, FileKind.POINTS, parsed, plan, apply_points, options)


async def import_ladder(context: CommandContext, file: Path, options: ImportOptions) -> None:
    parsed = parse_policy(read_file(file), file.name)
    async with context.database.reading() as session:
        plan = await plan_policy(session, parsed)
    await show_and_write(context, FileKind.LADDER, parsed, plan, apply_policy, options)


async def import_sections(context: CommandContext, file: Path, options: ImportOptions) -> None:
    async with context.database.reading() as session:
        known = office_sections.names(await office_sections.on_roster(session))
        parsed = read_sections(read_grids(read_file(file), file.name), file.name, sections=known)
        plan = await plan_sections(session, parsed)
    await show_and_write(context, FileKind.SECTIONS, parsed, plan, apply_sections, options)


async def _roster(session: Session) -> Roster:
    return Roster(await known_units(session), aliases=await known_aliases(session, NO_ANSWERS))
