"""What the people of ``pushes.py`` do: they report, forget, are away, press; cases come and are mended.

Everything goes through the services that the handlers call. What was done is noted on the ledger.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Final

from sqlmodel import col, select

from bench import pushes_town
from bench.duty_ledger import CaseOnLedger, DutyLedger, TaskOnLedger
from bench.pushes_town import HABITS, PersonKind
from models.cases import Case
from models.cases.categories import Category
from models.db import ident
from models.delivery.messages import Outbox
from models.people import Contact, Unit
from models.tasks import Task
from rules.cases.case_lifecycle import CaseEvent, CaseState
from rules.delivery.delivery import MessageKind
from rules.duties.frequencies import Frequency
from rules.nags.snooze import SnoozeChoice
from rules.tasks.task_lifecycle import NAGGED_STATES, TaskState
from services.cases import case_steps
from services.cases.case_steps import MovedOnError, StepDetails
from services.cases.handling import feedback_notices
from services.cases.orders import dispatching
from services.cases.submitting import case_filing
from services.cases.submitting.case_filing import NewCase
from services.errors import DomainError
from services.nags import nag_releases, snoozing
from services.nags.snoozing import SnoozeSubject
from services.people import leave
from services.progress import zero_reports
from services.tasks import task_steps
from services.turn import TickTurn, Turn, turn_of
from tests.support.cases import photo

CASES_A_DAY: Final = 10
SNOOZED: Final = 0.08
"""How often a reminder is answered by 稍后提醒."""
AWAY: Final = 0.02
"""How often a person's leave begins, a working day."""
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
Act = Callable[[TickTurn], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Dice:
    """Draws what happens. Each matter has a die of its own, named by what it is.

    So one more message changes what its reader does, and not what everybody else does from then on: two
    versions of the program are played with the same lives.
    """

    seed: int

    def of(self, *matter: object) -> Random:
        return Random(repr((self.seed, *map(str, matter))))  # noqa: S311  # the same lives in each run


@dataclass(slots=True)
class Lives:
    """All that people are going to do, by its moment. ``away``: until which day a person is on leave.

    ``times``: how often a matter came up on a day, for its die.
    """

    dice: Dice
    kinds: Mapping[int, PersonKind]
    ledger: DutyLedger
    agenda: list[tuple[datetime, int, Act]] = field(default_factory=list)
    away: dict[int, date] = field(default_factory=dict)
    times: Counter[tuple[object, ...]] = field(default_factory=Counter)
    _numbers: count[int] = field(default_factory=count)

    # -- the agenda ------------------------------------------------------------------------------------

    @property
    def next_at(self) -> datetime | None:
        return self.agenda[0][0] if self.agenda else None

    def plan(self, at: datetime, act: Act) -> None:
        heappush(self.agenda, (at, next(self._numbers), act))

    async def act(self, turn: TickTurn) -> None:
        """Do what comes next. What the services refuse is not done."""
        _, _, act = heappop(self.agenda)
        try:
            async with turn.session.begin_nested():
                await act(turn)
        except (DomainError, MovedOnError, LookupError):
            pass

    def plan_day(self, midnight: datetime, *, works: bool, first_of_week: bool) -> None:
        """Draw what the day brings, apart from what messages bring about."""
        for contact_id, kind in self.kinds.items():
            hours = (9, 21) if kind is PersonKind.SHIFTS else (8,) if works and kind in HABITS else ()
            for hour in hours:
                dice = self.dice.of("visit", contact_id, midnight, hour)
                if dice.random() < HABITS[kind].alone:
                    until = 17 if hour == 8 else hour + 8
                    self.plan(_during(midnight, hour, until, dice), partial(self._works, contact_id))
        if not works:
            return
        dice = self.dice.of("office", midnight)
        if first_of_week:
            self.plan(_during(midnight, 9, 10, dice), self._new_tasks)
        self.plan(_during(midnight, 9, 10, dice), self._leaves)
        self.plan(_during(midnight, 9, 11, dice), self._release)
        self.plan(_during(midnight, 10, 17, dice), self._complete)
        for number in range(CASES_A_DAY):
            mine = self.dice.of("case", midnight, number)
            self.plan(_during(midnight, 8, 17, mine), partial(self._file_case, mine))

    def hear(self, row: Outbox, at: datetime) -> None:
        """Note what a message that has arrived said, and draw whether its reader does something about it."""
        if row.contact_id is None:
            return
        about = [line["task_id"] for line in row.content.get("duties", ()) if line["tone"] == "nag"]
        cases = [entry["case_id"] for entry in row.content.get("entries", ())]
        if row.kind is MessageKind.NAG:
            self._note_reminders(about, cases, at)
        kind = self.kinds[row.contact_id]
        if kind not in HABITS or row.kind not in {MessageKind.NAG, MessageKind.ORDER}:
            return
        day = at.date()
        self.times[row.contact_id, row.kind, day] += 1
        dice = self.dice.of("hears", row.contact_id, row.kind, day, self.times[row.contact_id, row.kind, day])
        drawn, later = dice.random(), at + timedelta(minutes=dice.randint(4, 180))
        if row.kind is MessageKind.NAG and drawn < SNOOZED:
            self.plan(
                at + timedelta(minutes=3), partial(self._snooze, ident(row), row.contact_id, about, cases)
            )
        elif drawn < HABITS[kind].reminded:
            self.plan(later, partial(self._answers, row.contact_id, about))
            self.plan(later, partial(self._mends, row.contact_id))

    def _note_reminders(self, about: Iterable[int], cases: Iterable[int], at: datetime) -> None:
        for task_id in about:
            if task_id in self.ledger.tasks:
                self.ledger.tasks[task_id].reminded.append(at)
        for case_id in cases:
            if case_id in self.ledger.cases:
                self.ledger.cases[case_id].reminded.append(at)

    # -- contacts --------------------------------------------------------------------------------------

    async def _as(self, turn: TickTurn, contact_id: int) -> Turn:
        return turn_of(turn, await pushes_town.actor(turn, contact_id))

    def _is_away(self, contact_id: int, turn: TickTurn) -> bool:
        return self.away.get(contact_id, date.min) >= turn.today

    async def _works(self, contact_id: int, turn: TickTurn) -> None:
        """A visit of their own: sign, report what is due, hand in what is due soon, mend cases."""
        if self._is_away(contact_id, turn):
            return
        query = select(Task).where(col(Task.responsible_id) == contact_id).order_by(col(Task.id))
        for task in list(await turn.session.exec(query.execution_options(populate_existing=True))):
            soon = task.deadline is not None and task.deadline <= turn.today + 4 * _DAY
            await self._does(turn, contact_id, task, hands_in=soon and self._hands_in(task, turn))
        await self._mends(contact_id, turn)

    async def _answers(self, contact_id: int, about: Iterable[int], turn: TickTurn) -> None:
        """Do what a reminder asks for."""
        if self._is_away(contact_id, turn):
            return
        for task_id in about:
            task = await turn.session.get_one(Task, task_id, populate_existing=True)
            late = task.deadline is not None and task.deadline <= turn.today
            await self._does(turn, contact_id, task, hands_in=late or self._hands_in(task, turn))

    def _hands_in(self, task: Task, turn: TickTurn) -> bool:
        return self.dice.of("hands in", task.id, turn.today).random() < 0.4

    async def _does(self, turn: TickTurn, contact_id: int, task: Task, *, hands_in: bool) -> None:
        known = self.ledger.tasks[ident(task)]
        mine = await self._as(turn, contact_id)
        if task.state is TaskState.ASSIGNED:
            await task_steps.acknowledge(mine, [ident(task)])
            known.signed = turn.now
        if task.frequency is not None and task.own_reports and self._is_due(task.frequency, known, turn):
            await zero_reports.of_task(mine, ident(task))
            known.reports.append(turn.now)
        if task.deadline is not None and hands_in and task.state in NAGGED_STATES:
            await turn.session.refresh(task)
            await task_steps.submit(mine, ident(task))
            known.over = turn.now

    def _is_due(self, frequency: Frequency, known: TaskOnLedger, turn: TickTurn) -> bool:
        """Whether they have not reported for this period, as they remember it themselves."""
        last = max(known.reports, default=None)
        if last is None:
            return True
        told, today = turn.campaign.today(last), turn.today
        if frequency is Frequency.SHIFT:
            return turn.now - last > 8 * _HOUR
        if frequency is Frequency.WEEKLY:
            return told.isocalendar()[:2] != today.isocalendar()[:2]
        if frequency is Frequency.FORTNIGHTLY:
            return len({self.ledger.weeks_since(known, day) // 2 for day in (told, today)}) > 1
        return told.month != today.month if frequency is Frequency.MONTHLY else told != today

    async def _snooze(
        self, row_id: int, contact_id: int, about: Iterable[int], cases: Iterable[int], turn: TickTurn
    ) -> None:
        mine, subject = await self._as(turn, contact_id), SnoozeSubject(outbox_id=row_id)
        offered = await snoozing.choose(mine, subject)
        if not offered.rows:
            return
        dice = self.dice.of("puts off", contact_id, turn.now)
        chosen = dice.choice([button for row in offered.rows for button in row])
        await snoozing.snooze(mine, subject, SnoozeChoice(chosen.arguments["until"]))
        span = (turn.now, turn.now + 3 * _DAY)  # a choice before a weekend reaches so far at most
        for known in (*map(self.ledger.tasks.get, about), *map(self.ledger.cases.get, cases)):
            if known is not None:
                known.postponed.append(span)

    async def _leaves(self, turn: TickTurn) -> None:
        """Now and then somebody goes on leave, and a colleague stands in."""
        for contact_id, kind in self.kinds.items():
            dice = self.dice.of("leave", contact_id, turn.today)
            if kind not in HABITS or self._is_away(contact_id, turn) or dice.random() >= AWAY:
                continue
            contact = await turn.session.get_one(Contact, contact_id, populate_existing=True)
            staff = select(Contact).where(col(Contact.unit_id) == contact.unit_id).order_by(col(Contact.id))
            others = [one for one in await turn.session.exec(staff) if one.id != contact_id]
            deputies = [one for one in others if self.kinds.get(ident(one)) in HABITS]
            if not deputies:
                continue
            until = turn.today + dice.randint(1, 5) * _DAY
            deputy_id = ident(dice.choice(deputies))
            await leave.confirm(await self._as(turn, contact_id), contact_id, deputy_id, turn.today, until)
            self.away[contact_id] = until

    # -- the office ------------------------------------------------------------------------------------

    async def _office(self, turn: TickTurn) -> Turn:
        return await self._one_of(turn, PersonKind.OFFICE)

    async def _one_of(self, turn: TickTurn, kind: PersonKind) -> Turn:
        there = [one for one, is_ in self.kinds.items() if is_ is kind]
        return await self._as(turn, self.dice.of(kind, turn.now).choice(there))

    async def _new_tasks(self, turn: TickTurn) -> None:
        for task in await pushes_town.new_tasks(turn, self.kinds, self.dice.of("tasks", turn.today)):
            self.note_task(task)

    def note_task(self, task: Task) -> None:
        self.ledger.tasks[ident(task)] = TaskOnLedger(
            ident(task), task.assigned_at, task.deadline, task.frequency if task.own_reports else None
        )

    async def _release(self, turn: TickTurn) -> None:
        """Let all go out that waits for the leaders."""
        office = await self._office(turn)
        while found := [
            button
            for row in (await nag_releases.view(office)).rows
            for button in row
            if button.action == "release.send"
        ]:
            for button in found:
                await nag_releases.decide(office, **button.arguments, send=True)

    async def _complete(self, turn: TickTurn) -> None:
        """Complete what was handed in: the office does, or who answers for the task above."""
        office = await self._office(turn)
        query = select(Task).where(col(Task.state) == TaskState.SUBMITTED).order_by(col(Task.id))
        for task in list(await turn.session.exec(query)):
            above = None if task.parent_id is None else await turn.session.get_one(Task, task.parent_id)
            decides = None if above is None else above.responsible_id
            who = await self._as(turn, decides) if decides in self.kinds and decides is not None else office
            await task_steps.complete(who, ident(task))

    # -- cases -----------------------------------------------------------------------------------------

    async def _file_case(self, dice: Random, turn: TickTurn) -> None:
        categories = (await turn.session.exec(select(Category).order_by(col(Category.id)))).all()
        inspector = await self._one_of(turn, PersonKind.INSPECTOR)
        place = f"人民路{dice.randint(1, 99)}号"
        made = NewCase(category=dice.choice(categories), text="巡查发现", files=[photo()], place=place)
        case = await case_filing.report(inspector, made)
        later = turn.now + dice.randint(10, 120) * timedelta(minutes=1)
        self.plan(later, partial(self._send, ident(case), dice))

    async def _send(self, case_id: int, dice: Random, turn: TickTurn) -> None:
        """立案 and 派遣."""
        office = await self._office(turn)
        details = StepDetails(reason="属实")
        case = await case_steps.take(office, case_id, CaseEvent.REGISTER, actor=office.actor, change=details)
        category = await turn.session.get_one(Category, case.category_id)
        streets = select(Unit).where(col(Unit.name).like("%街道")).order_by(col(Unit.id))
        unit_id = category.unit_id or ident(dice.choice((await turn.session.exec(streets)).all()))
        await dispatching.dispatch(office, [case_id], unit_id)
        case = await turn.session.get_one(Case, case_id, populate_existing=True)
        if case.limit_at is not None:
            self.ledger.cases[case_id] = CaseOnLedger(case_id, turn.now, case.limit_at)

    async def _mends(self, contact_id: int, turn: TickTurn) -> None:
        """Take the open cases of the unit in hand, and report those mended that were taken before."""
        if self._is_away(contact_id, turn):
            return
        mine = await self._as(turn, contact_id)
        open_states = (CaseState.DISPATCHED, CaseState.ACKNOWLEDGED, CaseState.HANDLING, CaseState.REWORK)
        query = select(Case).where(col(Case.unit_id) == mine.actor.unit.id, col(Case.state).in_(open_states))
        for case in list(await turn.session.exec(query.execution_options(populate_existing=True))):
            if case.state is CaseState.DISPATCHED:
                await case_steps.take(mine, ident(case), CaseEvent.ACKNOWLEDGE, actor=mine.actor)
                dice = self.dice.of("mends", contact_id, case.id)
                later = turn.now + dice.randint(40, 400) * timedelta(minutes=1)
                self.plan(later, partial(self._mends, contact_id))
            else:
                await self._feeds_back(mine, case)

    async def _feeds_back(self, mine: Turn, case: Case) -> None:
        await feedback_notices.tell_checkers(mine, case, "已整改", 1)
        await case_steps.take(mine, ident(case), CaseEvent.FEEDBACK, actor=mine.actor)
        known = self.ledger.cases.get(ident(case))
        if known is not None and known.over is None:
            known.over = mine.now
        dice = self.dice.of("checks", case.id, case.steps)
        later = mine.now + dice.randint(30, 300) * timedelta(minutes=1)
        self.plan(later, partial(self._check, ident(case), dice))

    async def _check(self, case_id: int, dice: Random, turn: TickTurn) -> None:
        office = await self._office(turn)
        event = CaseEvent.REWORK if dice.random() < 0.15 else CaseEvent.CLOSE
        await case_steps.take(office, case_id, event, actor=office.actor, change=StepDetails(reason="经核查"))


def _during(midnight: datetime, first: int, last: int, dice: Random) -> datetime:
    return midnight + timedelta(minutes=dice.randint(first * 60 + 5, last * 60))
