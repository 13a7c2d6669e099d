"""How the tasks of a file and the stored ones stand above each other, once the file is imported."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from models.db import ident
from models.people import Unit
from models.tasks import Task
from rules.tasks.breakdown import MOST_LEVELS
from services.importing.plans.parent_lines import FileParents, FoundTask
from services.importing.rows.line_refs import LineRef


@dataclass(frozen=True, slots=True)
class Families:
    """``by_id``: the stored tasks. ``file``: what the cells of the file name. ``unit_above``: by unit.

    ``tasks``: the stored task that each line means; it grows while lines find theirs.
    """

    by_id: Mapping[int, Task]
    file: FileParents
    unit_above: Mapping[int, int | None]
    tasks: dict[LineRef, Task] = field(default_factory=dict)
    _lines: dict[int, LineRef] = field(default_factory=dict)
    _children: dict[int, list[Task]] = field(default_factory=dict)

    @classmethod
    def of(cls, known: Iterable[Task], file: FileParents, units: Sequence[Unit]) -> Families:
        found = cls({ident(task): task for task in known}, file, {ident(one): one.parent_id for one in units})
        for task in found.by_id.values():
            if task.parent_id is not None:
                found._children.setdefault(task.parent_id, []).append(task)
        return found

    def means(self, line: LineRef, task: Task) -> None:
        """Note that the line means that stored task."""
        self.tasks[line] = task
        self._lines.setdefault(ident(task), line)

    def children(self, task: Task) -> Sequence[Task]:
        """The stored children of a task."""
        return self._children.get(ident(task), ())

    def above(self, line: LineRef) -> FoundTask | None:
        """The task above a line's task: the one that its cell names, else the stored one."""
        return self._up(FoundTask(line, None))

    def is_circle(self, line: LineRef, above: FoundTask) -> bool:
        """Whether a line's task would stand above itself."""
        return FoundTask(line, None) in self._chain(above)

    def fits(self, above: FoundTask, task: Task | None) -> bool:
        """Whether a task with all that lies below it has room below another. ``task`` None: it is new."""
        below = 0 if task is None else self._height(task, MOST_LEVELS)
        return len(self._chain(above)) + 1 + below <= MOST_LEVELS

    def is_unit_below(self, unit_id: int, root_id: int) -> bool:
        """Whether a unit lies below another one, as ``people.unit_tree`` would find it."""
        seen = {unit_id}
        above = self.unit_above.get(unit_id)
        while above is not None and above != root_id and above not in seen:
            seen.add(above)
            above = self.unit_above.get(above)
        return above == root_id and unit_id != root_id

    def _up(self, found: FoundTask) -> FoundTask | None:
        if found.line is not None and (named := self.file.found.get(found.line)) is not None:
            return self._known(named)
        task = self.by_id.get(found.task_id or 0) if found.line is None else self.tasks.get(found.line)
        if task is None or task.parent_id is None:
            return None
        return self._known(FoundTask(None, task.parent_id))

    def _known(self, found: FoundTask) -> FoundTask:
        """The same task by its line, if the file has one."""
        line = self._lines.get(found.task_id or 0) if found.line is None else found.line
        return found if line is None else FoundTask(line, None)

    def _chain(self, found: FoundTask) -> list[FoundTask]:
        """A task and all above it; it ends where they go round in a circle."""
        chain: list[FoundTask] = []
        above: FoundTask | None = self._known(found)
        while above is not None and above not in chain:
            chain.append(above)
            above = self._up(above)
        return chain

    def _height(self, task: Task, most: int) -> int:
        """How many levels lie below a task; no more than ``most`` are counted."""
        below = self.children(task)
        return 0 if most == 0 or not below else 1 + max(self._height(one, most - 1) for one in below)
