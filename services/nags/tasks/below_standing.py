"""How things stand below some tasks: which children are late or ask for 办结, and who hears of it above."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Self

from locales import Text
from models import tasks
from models.db import RowJson, Session, ident, known
from models.delivery.messages import Outbox
from models.nags import BELOW, Nag, NagReason
from models.people import Contact
from models.tasks import Task, child_duties
from reports.formats import short
from rules.nags.decider_rungs import HEARD
from rules.nags.ladder import Obligation
from rules.nags.levels import Level
from rules.nags.policy import DutyKind
from services.campaign import Campaign
from services.duties import report_windows, task_duties
from services.duties.task_duties import OwedKey, OwedTasks
from services.duties.unreported_streaks import is_share, is_window
from services.nags.nag_keeper import deciders_ladder
from services.nags.subject import DueNag, PageMaker, PersonLines, TurnDirectory
from services.nags.tasks.below_page import LateBelow, MissingSince, below_page
from services.recipients import Directory, Recipient
from services.task_wording import due_text, lamp_text
from services.tasks import explanation_card
from services.turn import TickTurn


@dataclass(frozen=True, slots=True)
class LateBelowLine:
    """What one person hears of the children of a task. ``owed``: what was owed when it was due.

    ``parts``: the ids of the children that owed any of it when it was told. ``instead_of``: the person in
    whose place it is heard, as the deputy.
    """

    task_id: int
    owed: tuple[OwedKey, ...] = ()
    instead_of: str | None = None
    parts: tuple[int, ...] = ()

    @property
    def subject_id(self) -> int:
        return self.task_id

    @property
    def urges(self) -> bool:
        return False

    @property
    def own(self) -> bool:
        return False

    @property
    def relayed_for(self) -> str | None:
        return None

    def to_json(self) -> dict[str, object]:
        owed = [[str(kind), cycle] for kind, cycle in self.owed]
        place = {"instead_of": self.instead_of, "parts": list(self.parts)}
        return {f"{BELOW}_id": self.task_id, "owed": owed, **place}

    @classmethod
    def from_json(cls, data: RowJson) -> LateBelowLine:
        owed = tuple((kind, cycle) for kind, cycle in data["owed"])
        return cls(data[f"{BELOW}_id"], owed, data["instead_of"], tuple(data["parts"]))


def by_parent(found: Iterable[Task]) -> dict[int, list[Task]]:
    """The children among these tasks, each once, by the id of their parent."""
    parts: dict[int, list[Task]] = {}
    for task in {ident(task): task for task in found}.values():
        if task.parent_id is not None:
            parts.setdefault(task.parent_id, []).append(task)
    return parts


def owed_below(
    owed: OwedTasks, asked: Iterable[Task], above: Mapping[int, Task], campaign: Campaign
) -> OwedTasks:
    """What is heard above of parts: what they are late with, and the answer owed to those that ask for 办结.

    ``owed``: what parts owe, also that of which nobody above hears. ``above``: the tasks above the ``asked``.
    """
    found = {
        task_id: {key: one for key, one in every.items() if one.kind in HEARD}
        for task_id, every in owed.items()
    }
    for part in asked:
        one = task_duties.of_asked_below(above[known(part.parent_id)], True, campaign)
        found[ident(part)] = {} if one is None else {(one.kind, one.cycle): one}
    return found


def _joined(one: LateBelowLine, other: LateBelowLine) -> LateBelowLine:
    """Two lines about the children of the same task."""
    owed = tuple(dict.fromkeys((*one.owed, *other.owed)))
    return replace(one, owed=owed, parts=tuple(dict.fromkeys((*one.parts, *other.parts))))


@dataclass(frozen=True, slots=True)
class BelowStanding:
    """The children of ``tasks`` about which people are nagged, or that wait for 办结 (``parts``).

    ``owed``: what is heard above of each (see ``owed_below``). ``now``: the moment, which may lie ahead.
    """

    session: Session
    now: datetime
    campaign: Campaign
    tasks: Mapping[int, Task]
    parts: Mapping[int, Sequence[Task]]
    owed: OwedTasks
    directory: Directory

    @classmethod
    async def of(
        cls, turn: TickTurn, task_ids: Collection[int], everybody: TurnDirectory | None = None
    ) -> Self:
        """``everybody``: what the tick knows; None: only those who may be concerned are read."""
        above = await tasks.tasks_by_id(turn.session, task_ids)
        found = await child_duties.nagged_children(turn.session, task_ids)
        asked = await child_duties.asked_below(turn.session, above.values())
        if everybody is None:
            directory = await Directory.about(turn.session, [*found, *asked], turn.today)
        else:
            directory = await everybody.knowing([*found, *asked])
        every = await task_duties.owed_by_key(turn, found, None if everybody is None else everybody.owed)
        owed = owed_below(every, asked, above, turn.campaign)
        return cls(turn.session, turn.now, turn.campaign, above, by_parent([*found, *asked]), owed, directory)

    # -- who hears -------------------------------------------------------------------------------------

    async def readers(self, subject_id: int, level: Level) -> Sequence[Recipient]:
        """Who decides on any of the children."""
        if level is not Level.DECIDER:
            return []
        who = (one for child in self.parts.get(subject_id, ()) for one in self.directory.deciders(child))
        return list({(one.contact_id, one.instead_of): one for one in who}.values())

    def _of(self, line: LateBelowLine, reader: Contact) -> list[Task]:
        """The children that the reader's line is about: they decide on them, and these are not paused."""
        mine = (reader.id, line.instead_of)
        return [
            child
            for child in self.parts.get(line.task_id, ())
            if not self._is_paused(child)
            and any((who.contact_id, who.instead_of) == mine for who in self.directory.deciders(child))
        ]

    def _is_paused(self, child: Task) -> bool:
        return child.paused_until is not None and child.paused_until > self.now

    # -- what is still owed ----------------------------------------------------------------------------

    def still(self, line: LateBelowLine, reader: Contact) -> LateBelowLine | None:
        """The line as far as it still holds; None: it does not."""
        mine = {ident(child): self._owed_of(child).keys() for child in self._of(line, reader)}
        there = {child_id: mine[child_id] for child_id in line.parts if child_id in mine}
        left = tuple(key for key in line.owed if any(key in keys for keys in there.values()))
        parts = tuple(child_id for child_id, keys in there.items() if not keys.isdisjoint(left))
        return replace(line, owed=left, parts=parts) if left else None

    def _owed_of(self, child: Task) -> Mapping[OwedKey, Obligation]:
        return self.owed.get(ident(child), {})

    async def weigh(self, rows: Sequence[Nag], reader: Contact) -> PersonLines[LateBelowLine]:
        found = PersonLines[LateBelowLine]()
        merged: dict[tuple[int, str | None], LateBelowLine] = {}
        for row in rows:
            line = self._line(row, reader)
            if line is None:
                found.moot.append((row, await self._why_moot(row, reader)))
                continue
            found.told.append(row)
            key = (row.subject_id, row.instead_of)
            merged[key] = _joined(merged[key], line) if key in merged else line
        found.lines = list(merged.values())
        return found

    def _line(self, row: Nag, reader: Contact) -> LateBelowLine | None:
        """What the nag says of the children; None: nothing any more."""
        key = (row.kind, row.cycle)
        line = LateBelowLine(row.subject_id, (key,), row.instead_of)
        parts = tuple(
            ident(child)
            for child in self._of(line, reader)
            if (one := self._owed_of(child).get(key)) is not None and self._is_told(one, row.due_at)
        )
        return replace(line, parts=parts) if parts else None

    def _is_told(self, one: Obligation, due_at: datetime) -> bool:
        """Whether a nag of that moment is about it.

        Of children that missed so many of the last windows each was told of on its own day, and may have
        reported since.
        """
        if not is_share(one.cycle):
            return True
        first = deciders_ladder(self.campaign).next_after(one, one.opens - timedelta(seconds=1))
        return first is not None and first <= due_at < first + timedelta(days=1)

    async def _why_moot(self, row: Nag, reader: Contact) -> NagReason:
        """It goes on only if its reader decides on none of the children any more."""
        hears = await self.readers(row.subject_id, Level.DECIDER)
        mine = (reader.id, row.instead_of) in {(who.contact_id, who.instead_of) for who in hears}
        moved = not mine and self._owes(row.subject_id, (row.kind, row.cycle))
        return NagReason.MOVED if moved else NagReason.DONE

    def _owes(self, task_id: int, key: OwedKey) -> bool:
        return any(key in self._owed_of(child) for child in self.parts.get(task_id, ()))

    async def again(self, row: Nag, due_at: datetime) -> DueNag | None:
        if row.level is None:
            return None
        about = (BELOW, row.subject_id, row.kind, row.cycle, row.slot, row.rung)
        return DueNag(*about, due_at, [row.level])

    async def comes_again(self, row: Nag) -> bool:
        ladder, key = deciders_ladder(self.campaign), (row.kind, row.cycle)
        owed = [
            there[key]
            for child in self.parts.get(row.subject_id, ())
            if key in (there := self._owed_of(child))
        ]
        return not owed or any(ladder.hears_again(one, row.due_at, Level.DECIDER) for one in owed)

    # -- what is said ----------------------------------------------------------------------------------

    async def page(self, lines: Sequence[LateBelowLine], reader: Contact) -> PageMaker:
        parts = [(line, self._of(line, reader)) for line in lines]
        shown = [child for _, mine in parts for child in mine]
        reasons = await explanation_card.reasons(self.session, shown, self.campaign)
        late = [
            LateBelow(
                self.tasks[line.task_id],
                self._late(line, mine, reasons),
                self._missing_since(line, mine),
                line.instead_of,
            )
            for line, mine in parts
        ]
        return partial(below_page, lines, late)

    def _late(
        self, line: LateBelowLine, mine: Sequence[Task], reasons: Mapping[int, str]
    ) -> dict[str, dict[str, str]]:
        """The units of those of ``mine`` that are late or ask for 办结, by kind, with their ``reasons``."""
        found: dict[str, dict[str, str]] = {}
        for child in mine:
            name = self.directory.unit_names[child.lead_unit_id]
            for kind in {one.kind for one in self._named(line, child)}:
                reason = reasons.get(ident(child), "") if kind == DutyKind.TASK else ""
                names = found.setdefault(kind, {})
                names[name] = names.get(name) or reason
        return found

    def _named(self, line: LateBelowLine, child: Task) -> list[Obligation]:
        """What the line names the child for."""
        told = line.owed if child.id in line.parts else ()
        return [one for key, one in self._owed_of(child).items() if key in told or self._is_named(one)]

    def _missing_since(self, line: LateBelowLine, mine: Sequence[Task]) -> MissingSince | None:
        """The oldest missing report; None: none is, or only some of the last ones are."""
        firsts = []
        for child in mine:
            named = self._named(line, child)
            reports = [one for one in named if one.kind == DutyKind.REPORT and not is_share(one.cycle)]
            if reports:
                firsts.append(min(reports, key=lambda one: one.limit))
        if not firsts:
            return None
        cycles = {one.cycle for one in firsts}
        return MissingSince(min(firsts, key=lambda one: one.limit).cycle, alike=len(cycles) == 1)

    async def done(self, row: Outbox, reader: Contact) -> Mapping[tuple[int, str], Text]:
        lines = [LateBelowLine.from_json(item) for item in row.content[BELOW]]
        found: dict[tuple[int, str], Text] = {}
        for line in lines:
            how = None if self._is_over(line) else self._how(line, reader, row.created_at)
            if how is not None:
                found[line.task_id, line.instead_of or ""] = how
        return found

    def _how(self, line: LateBelowLine, reader: Contact, told_at: datetime) -> Text | None:
        """What was done below since it was told; None: nothing."""
        owing = [one for one in line.parts if not self.owed.get(one, {}).keys().isdisjoint(line.owed)]
        divided = [one for one in line.parts if one not in owing and self._is_divided(one, told_at)]
        if not owing:
            asked = {kind for kind, _ in line.owed} == {DutyKind.BELOW_ASKED}
            key = "nags.done.below_answered" if asked else "nags.done.below"
            return Text("nags.done.below_divided" if divided else key)
        if self.still(line, reader) is None:
            return None if all(self._waits(one) for one in owing) else Text("nags.done.moved")
        gone = len(line.parts) - len(owing) - len(divided)
        return Text("nags.done.below_part", count=gone) if gone else None

    def _child(self, child_id: int) -> Task | None:
        there = (child for many in self.parts.values() for child in many)
        return next((child for child in there if child.id == child_id), None)

    def _waits(self, child_id: int) -> bool:
        child = self._child(child_id)
        return child is not None and self._is_paused(child)

    def _is_divided(self, child_id: int, told_at: datetime) -> bool:
        """Whether a child was broken down since: its own parts report now, and nobody has reported yet."""
        child = self._child(child_id)
        if child is None or child.own_reports or not child.own_switches:
            return False
        return child.own_switches[-1] > told_at

    def _is_over(self, line: LateBelowLine) -> bool:
        """Whether only the time of a window has passed in which reports were missing."""
        keys = [key for kind, key in line.owed if kind == DutyKind.REPORT and is_window(key)]
        for child in self.parts.get(line.task_id, ()):
            for key in keys:
                window = report_windows.of_key(child, key, self.campaign)
                if window is not None and (window.told_until or window.ends) <= self.now:
                    return True
        return False

    def name(self, subject_id: int) -> str:
        return self.tasks[subject_id].objective

    def brief(self, subject_id: int) -> Text:
        task = self.tasks[subject_id]
        return Text(
            "nags.release_line",
            lamp=lamp_text(task, self.now, self.campaign),
            objective=short(task.objective, 40),
            due=due_text(task, self.now, self.campaign),
        )

    def paused_until(self, subject_id: int) -> datetime | None:
        """Until when the nags of all its late children are paused."""
        late = [
            child
            for child in self.parts.get(subject_id, ())
            if any(self._is_late(one) for one in self._owed_of(child).values())
        ]
        ends = [child.paused_until for child in late if self._is_paused(child)]
        return min((end for end in ends if end is not None), default=None) if len(ends) == len(late) else None

    def _is_named(self, one: Obligation) -> bool:
        """Whether a line names the child even if only another one was due: it is late, not only often so."""
        return self._is_late(one) and not is_share(one.cycle)

    def _is_late(self, one: Obligation) -> bool:
        """Whether who decides on a child hears of it now: it is late, and no report of a period gone by.

        A request for 办结 waits from the moment at which it is made.
        """
        ended = one.ends is not None and one.ends <= self.now
        return one.limit <= self.now and not ended

    def answers(self, subject_id: int) -> int | None:
        return None
