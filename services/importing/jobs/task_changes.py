"""What an import has changed in tasks, as the audit of its moment says, and how that reads in a message."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from typing import Any, Final

from locales import Text
from models import audit_log, tasks
from models.audit_log import Audit
from models.db import row_of
from models.tasks import Task, children
from reports.formats import differing, full_day_text, short
from rules.duties.frequencies import Frequency
from services import audit
from services.audit_texts import field_text
from services.task_wording import frequency_text
from services.turn import TickTurn

_ASSISTING: Final = "assisting_units"
_PARENT: Final = "parent_id"
_HOLDER: Final = frozenset({"lead_unit_id", "responsible_person", "responsible_id"})
TOLD: Final = (
    *("deadline", "frequency", "standard", "leader_in_charge", "handling_section"),
    *("lead_unit_id", "responsible_person", "responsible_id", _ASSISTING, _PARENT, "own_reports"),
)
"""The fields whose change somebody hears of; of any other change nobody does."""
_WORDS: Final = 30
_NAME: Final = 20
_PARENT_NAME: Final = 40
_UNITS: Final = 4


@dataclass(frozen=True, slots=True)
class TaskChange:
    """What an import has changed in a task.

    ``before``, ``after``: the fields in ``TOLD`` that differ, as the audit has them. ``standing``: those of
    them that nobody has changed since. Later decisions prevail: those who made them have told people.
    ``parent``: the task that is above it now.
    """

    task: Task
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    standing: Collection[str]
    parent: Task | None = None

    @property
    def goes_over(self) -> bool:
        """Whether it gives the task to another unit, or to somebody else."""
        return "lead_unit_id" in self.after or is_another(self.before, self.after, self.task.responsible_id)

    @property
    def has_joined(self) -> bool:
        """Whether it has become a child."""
        return _PARENT in self.standing

    @property
    def reaches_nobody(self) -> bool:
        """Whether who has the task now is not in the roster, so that nobody receives it."""
        return self.task.responsible_id is None

    @property
    def has_moved_on(self) -> bool:
        """Whether the person to whom the import gave the task has it no more."""
        return not (_HOLDER & self.after.keys()) <= set(self.standing)

    @property
    def former_person(self) -> str:
        return self.before.get("responsible_person") or self.task.responsible_person

    @property
    def former_unit(self) -> int:
        return self.before.get("lead_unit_id") or self.task.lead_unit_id

    @property
    def added(self) -> Sequence[int]:
        """The units that assist from now on."""
        return self._units(self.after, self.before)

    @property
    def removed(self) -> Sequence[int]:
        """The units that assist no more."""
        return self._units(self.before, self.after)

    def _units(self, there: Mapping[str, Any], not_there: Mapping[str, Any]) -> Sequence[int]:
        if _ASSISTING not in self.standing:
            return ()
        return [unit_id for unit_id in there[_ASSISTING] if unit_id not in not_there[_ASSISTING]]

    def told(self, unit_names: Mapping[int, str]) -> Text | None:
        """The changes in one text; None: none of them is news for who has the task before and after."""
        news = [self._field(name) for name in TOLD if name in self.standing and name in _FIELDS]
        if _PARENT in self.standing and self.parent is not None:
            objective, unit = short(self.parent.objective, _PARENT_NAME), unit_names[self.parent.lead_unit_id]
            news.append(Text("told.parent", objective=objective, unit=unit))
        for key, units in (("told.assisting_added", self.added), ("told.assisting_removed", self.removed)):
            if units:
                news.append(Text(key, units=_named([unit_names[unit_id] for unit_id in units])))
        return reduce(_and, news) if news else None

    def _field(self, name: str) -> Text:
        return _FIELDS[name](name, self.before[name], self.after[name])


def is_another(before: Mapping[str, Any], after: Mapping[str, Any], responsible_id: int | None) -> bool:
    """Whether what has changed is the person who answers; ``responsible_id``: theirs, if they are known.

    The same name, found in the roster only now or not any more, is the same person.
    """
    renamed = "responsible_person" in after
    if "responsible_id" not in after:
        return renamed and responsible_id is None
    if before["responsible_id"] is None or after["responsible_id"] is None:
        return renamed
    return True


async def of_import(turn: TickTurn, found: Sequence[Task], after: int) -> list[TaskChange]:
    """What the import of this moment has changed in these tasks, by task.

    What is new for somebody because of it, the audit says; what of it still stands, the tasks say.
    ``after``: the id of the audit's last row before the import.
    """
    by_id = {task.id: task for task in found if task.id is not None}
    changed: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {}
    for row in await audit_log.imports_at(turn.session, list(by_id), turn.now, after):
        if row.subject_id is not None:
            _add(changed.setdefault(row.subject_id, ({}, {})), row)
    helpers = await tasks.assisting_units(turn.session, list(changed))
    above = await children.parents_by_id(turn.session, found)
    changes = [
        replace(
            _change(by_id[task_id], before, after, helpers[task_id]),
            parent=row_of(above, by_id[task_id].parent_id),
        )
        for task_id, (before, after) in changed.items()
    ]
    return [change for change in changes if change.after]


def _add(change: tuple[dict[str, Any], dict[str, Any]], row: Audit) -> None:
    """Two lines of a file may be about the same task: the first value and the last one count."""
    before, after = change
    for name in TOLD:
        if name in (row.after or {}):
            before.setdefault(name, (row.before or {}).get(name))
            after[name] = (row.after or {})[name]


def _change(
    task: Task, before: Mapping[str, Any], after: Mapping[str, Any], helpers: Sequence[int]
) -> TaskChange:
    now = _as_audited({name: getattr(task, name) for name in after if name != _ASSISTING})
    now[_ASSISTING] = sorted(helpers)
    differing = [name for name in after if before[name] != after[name]]
    return TaskChange(
        task,
        {name: before[name] for name in differing},
        {name: after[name] for name in differing},
        [name for name in differing if now[name] == after[name]],
    )


def record_import(
    turn: TickTurn,
    task_id: int,
    before: Mapping[str, object] | None,
    after: Mapping[str, object],
    actor_id: int | None,
) -> None:
    """Note in the audit what an import has changed in a task. ``before`` None: the task is new."""
    audit.record(
        turn.session,
        "import",
        ("task", task_id),
        now=turn.now,
        actor_id=actor_id,
        before=None if before is None else _as_audited(before),
        after=_as_audited(after),
    )


def _as_audited(fields: Mapping[str, object]) -> dict[str, object]:
    """Field values as JSON for the audit."""
    return {
        name: value if value is None or isinstance(value, int | str | list) else str(value)
        for name, value in fields.items()
    }


def _and(first: Text, second: Text) -> Text:
    return Text("told.and", first=first, second=second)


def _deadline(_name: str, old: str | None, new: str | None) -> Text:
    days = [None if day is None else full_day_text(date.fromisoformat(day)) for day in (old, new)]
    return _from_to("told.deadline", *days)


def _frequency(_name: str, old: str | None, new: str | None) -> Text:
    named = [None if one is None else frequency_text(Frequency(one)) for one in (old, new)]
    return _from_to("told.frequency", *named)


def _standard(_name: str, old: str, new: str) -> Text:
    cut = differing(old, new, _WORDS)
    return Text("told.standard", old=cut[0], new=cut[1])


def _own_reports(_name: str, _old: bool, _new: bool) -> Text:
    """Said only where the reports of children take the place of its own: an import never does the other."""
    return Text("told.reported_below")


def _words(name: str, old: str | None, new: str | None) -> Text:
    shown = [Text("common.as_is", text=short(text, _NAME)) if text else None for text in (old, new)]
    return _from_to("told.field", *shown, field=field_text(name))


def _from_to(key: str, old: Text | None, new: Text | None, **values: Text) -> Text:
    nothing = Text("history.nothing")
    return Text(key, old=old or nothing, new=new or nothing, **values)


def _named(names: Sequence[str]) -> Text:
    if len(names) <= _UNITS:
        return Text("common.as_is", text=list(names))
    return Text("told.units_many", units=list(names[:_UNITS]), count=len(names))


_FIELDS: Final[Mapping[str, Callable[[str, Any, Any], Text]]] = {
    "deadline": _deadline,
    "frequency": _frequency,
    "standard": _standard,
    "leader_in_charge": _words,
    "handling_section": _words,
    "responsible_person": _words,
    "own_reports": _own_reports,
}
