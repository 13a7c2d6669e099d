"""From the tables of a file and the office's answers to the plan of its import and the open questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from models.importing import Job
from models.people import office_sections
from services.importing.jobs.returned_rows import naming_parents
from services.importing.plans.activity_plan import plan_activities
from services.importing.plans.calendar_plan import plan_calendar
from services.importing.plans.category_plan import plan_categories
from services.importing.plans.import_questions import QuestionMaker
from services.importing.plans.point_plan import plan_points
from services.importing.plans.policy_plan import plan_policy
from services.importing.plans.preview_making import FileReading, Plan
from services.importing.plans.roster_plan import plan_roster
from services.importing.plans.section_plan import plan_sections
from services.importing.plans.task_plan import plan_tasks
from services.importing.plans.unit_aliases import known_aliases
from services.importing.reading.cells import Grid
from services.importing.reading.headers import SheetSource
from services.importing.rows.activity_rows import read_activities
from services.importing.rows.calendar_rows import read_calendar
from services.importing.rows.category_rows import read_categories
from services.importing.rows.file_kinds import FileKind
from services.importing.rows.point_rows import read_points
from services.importing.rows.policy_rows import read_policy
from services.importing.rows.questions import ImportQuestion, RefusedByReading
from services.importing.rows.roster_rows import read_roster
from services.importing.rows.section_rows import read_sections
from services.importing.rows.table_kinds import kind_of
from services.importing.rows.task_rows import read_tasks
from services.importing.rows.task_units import Roster
from services.people.enrolment import known_units
from services.turn import TickTurn


@dataclass(frozen=True, slots=True)
class FilePlan:
    """What importing a file would do. ``returnable``: the refused lines that its sender can get back."""

    kind: FileKind
    parsed: FileReading
    plan: Plan
    questions: Sequence[ImportQuestion]
    returnable: Sequence[RefusedByReading]

    @property
    def sources(self) -> Sequence[SheetSource]:
        return self.parsed.sources


async def plan_file(turn: TickTurn, job: Job, grids: Sequence[Grid]) -> FilePlan | list[ImportQuestion]:
    """The plan, or only questions as long as the kind or the columns of the file are unknown.

    Raises ImportFileError if the file holds no table that can be imported.
    """
    kind = kind_of(grids, job.file_name, job.answers)
    if isinstance(kind, list):
        return kind
    return await _Planner(turn, job, grids, kind).plan()


@dataclass(frozen=True, slots=True)
class _Planner:
    turn: TickTurn
    job: Job
    grids: Sequence[Grid]
    kind: FileKind

    @property
    def sent_on(self) -> date:
        """The day the file was sent: what has no date of its own then means the same when it is written."""
        return self.turn.campaign.today(self.job.created_at)

    async def plan(self) -> FilePlan:
        session, name, answers = self.turn.session, self.job.file_name, self.job.answers
        match self.kind:
            case FileKind.TASKS:
                tasks = read_tasks(self.grids, name, today=self.sent_on, answers=answers)
                planned = await plan_tasks(session, tasks, answers, today=self.sent_on)
                sources = naming_parents(tasks.sources, planned.parents, self.turn.campaign.locale)
                return self._made(replace(tasks, sources=sources), planned, planned.roster)
            case FileKind.ROSTER:
                units, aliases = await known_units(session), await known_aliases(session, answers)
                people = read_roster(self.grids, name, known_units=units, aliases=aliases, answers=answers)
                return self._made(people, await plan_roster(session, people), Roster(units))
            case FileKind.CATEGORIES:
                roster = await self._roster()
                categories = read_categories(self.grids, name, roster=roster, answers=answers)
                return self._made(categories, await plan_categories(session, categories), roster)
            case FileKind.POINTS:
                roster = await self._roster()
                points = read_points(self.grids, name, roster=roster, answers=answers)
                return self._made(points, await plan_points(session, points), roster)
            case FileKind.CALENDAR:
                days = read_calendar(self.grids, name, answers=answers)
                return self._made(days, await plan_calendar(session, days), Roster({}))
            case FileKind.ACTIVITIES:
                roster, today = await self._roster(), self.sent_on
                log = read_activities(self.grids, name, roster=roster, today=today, answers=answers)
                return self._made(log, await plan_activities(session, log), roster)
            case FileKind.SECTIONS:
                known = office_sections.names(await office_sections.on_roster(session))
                sections = read_sections(self.grids, name, sections=known, answers=answers)
                return self._made(sections, await plan_sections(session, sections), Roster({}))
            case FileKind.LADDER:
                policy = read_policy(self.grids, name, answers=answers)
                # Only rows of its own table; the preview alone names what is wrong in other tables.
                return self._made(policy, await plan_policy(session, policy), Roster({}), policy.refused)

    async def _roster(self) -> Roster:
        session = self.turn.session
        aliases = await known_aliases(session, self.job.answers)
        return Roster(await known_units(session), aliases=aliases)

    def _made(
        self,
        parsed: FileReading,
        plan: Plan,
        roster: Roster,
        returnable: Sequence[RefusedByReading] | None = None,
    ) -> FilePlan:
        calendar = self.turn.campaign.calendar
        maker = QuestionMaker(
            self.kind, self.job.answers, roster, lambda count: calendar.add(self.sent_on, count)
        )
        refused = plan.refused if returnable is None else returnable
        return FilePlan(self.kind, parsed, plan, maker.of(parsed, plan.refused), refused)
