"""``import-categories``, ``import-points`` and ``import-ladder``: preview, question, one transaction."""

from __future__ import annotations

from pathlib import Path

from bot.commands.command_context import CommandContext
from bot.commands.imports import ImportOptions, read_file, say_notices, say_row, show_and_write
from services.importing.plans.category_plan import CategoryPlan, apply_categories, plan_categories
from services.importing.plans.point_plan import PointPlan, apply_points, plan_points
from services.importing.plans.policy_plan import PolicyPlan, apply_policy, plan_policy
from services.importing.rows.category_rows import parse_categories
from services.importing.rows.point_rows import parse_points
from services.importing.rows.policy_rows import parse_policy
from services.importing.rows.task_units import Roster
from services.people.enrolment import known_units


async def import_categories(context: CommandContext, file: Path, options: ImportOptions) -> None:
    async with context.database.reading() as session:
        roster = Roster(await known_units(session))
        parsed = parse_categories(read_file(file), file.name, roster=roster)
        plan = await plan_categories(session, parsed)
    await show_and_write(context, plan, _preview, apply_categories, plan.changes_anything, options)


async def import_points(context: CommandContext, file: Path, options: ImportOptions) -> None:
    async with context.database.reading() as session:
        roster = Roster(await known_units(session))
        plan = await plan_points(session, parse_points(read_file(file), file.name, roster=roster))
    await show_and_write(context, plan, _preview, apply_points, plan.changes_anything, options)


async def import_ladder(context: CommandContext, file: Path, options: ImportOptions) -> None:
    parsed = parse_policy(read_file(file), file.name)
    async with context.database.reading() as session:
        plan = await plan_policy(session, parsed)
    await show_and_write(context, plan, _preview_ladder, apply_policy, plan.changes_anything, options)


def _preview_ladder(context: CommandContext, plan: PolicyPlan) -> None:
    say_notices(context, plan.notices)
    for refused in plan.refused:
        say_row(context, "refused", refused.row, refused.name, refused.reasons)
    counts = {status: plan.count(status) for status in ("new", "changed", "unchanged")}
    context.say("cli.preview.ladder", refused=len(plan.refused), **counts)


def _preview(context: CommandContext, plan: CategoryPlan | PointPlan) -> None:
    say_notices(context, plan.notices)
    for line in plan.lines:
        if line.row.warnings:
            say_row(context, "warning", line.row.row, line.row.name, line.row.warnings)
    for refused in plan.refused:
        say_row(context, "refused", refused.row, refused.name, refused.reasons)
    for whose, name in plan.missing.values():
        context.say("cli.preview.retired", name=name, whose=whose)
    counts = {status: plan.count(status) for status in ("new", "changed", "unchanged")}
    counts |= {"refused": len(plan.refused), "missing": len(plan.missing)}
    if isinstance(plan, CategoryPlan):
        context.say("cli.preview.categories", **counts)
    else:
        context.say("cli.preview.points", **counts)
