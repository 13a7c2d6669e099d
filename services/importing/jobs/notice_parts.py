"""What one person hears of an import, part by part, in a message that Telegram takes as one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final, NamedTuple, TypeVar

from locales import LOCALES, Text
from models.db import row_of
from models.tasks import Task
from reports.formats import short
from rules.delivery.delivery import MessageKind
from rules.text_parts import MESSAGE_LIMIT, utf16_len
from services.recipients import Directory
from services.task_wording import due_text, list_button, sign_all_button
from services.tasks.assignments import assigned
from services.tasks.listed_tasks import LISTED, ListedTasks, lines_of
from services.tasks.reassign_notices import TaskMove, given_away, taken_over, unsigned
from services.turn import TickTurn
from services.views import ButtonSpec, View

_LIMIT: Final = MESSAGE_LIMIT - 196
"""This leaves room for what the sender adds to a message."""
_NAMED: Final = 3
T = TypeVar("T")
Holder = tuple[int | None, int, str]
"""Who answers for a task now: the contact's id if they are in the roster, the lead unit's id, the name."""


class ReaderPlace(NamedTuple):
    """In whose place somebody hears of a task; ``name`` None: in their own.

    ``deputy``: they have that person's duties during a leave, and do not only pass it on.
    """

    name: str | None
    deputy: bool = False

    @property
    def answers(self) -> bool:
        return self.name is None or self.deputy


OWN: Final = ReaderPlace(None)


@dataclass(slots=True)
class PersonalNews:
    """What an import means for one person.

    ``assigned``, ``taken_over``, ``changed``: tasks by the place in which they hear of them. ``given_away``:
    tasks that they answer for no more, by who does now. ``unreceived``: tasks of their unit that were given
    to who is not in its roster, so that nobody receives them; ``not_received``: those of them that they
    answer for no more. ``assisting``, ``assisting_no_more``: by unit. ``broken_down``: tasks that have got
    children, with their number.
    """

    assigned: dict[ReaderPlace, list[Task]] = field(default_factory=partial(defaultdict, list))
    taken_over: dict[ReaderPlace, list[TaskMove]] = field(default_factory=partial(defaultdict, list))
    changed: dict[ReaderPlace, list[tuple[Task, Text]]] = field(default_factory=partial(defaultdict, list))
    given_away: dict[Holder, list[TaskMove]] = field(default_factory=partial(defaultdict, list))
    unreceived: dict[Holder, list[TaskMove]] = field(default_factory=partial(defaultdict, list))
    not_received: dict[Holder, list[TaskMove]] = field(default_factory=partial(defaultdict, list))
    assisting: dict[int, list[Task]] = field(default_factory=partial(defaultdict, list))
    assisting_no_more: dict[int, list[Task]] = field(default_factory=partial(defaultdict, list))
    broken_down: dict[ReaderPlace, list[tuple[Task, int]]] = field(default_factory=partial(defaultdict, list))

    @property
    def kind(self) -> MessageKind:
        """An order, if there is something to do now or to do otherwise."""
        to_do = self.assigned or self.taken_over or self.unreceived or self.changed or self.assisting
        return MessageKind.ORDER if to_do else MessageKind.NOTICE

    def view(self, turn: TickTurn, contact_id: int, directory: Directory) -> View:
        """The message; of long lists as much as fits into one."""
        parts = self._parts(turn, directory)
        view = View([])
        for most in range(LISTED, 0, -1):
            lines = [line for part in parts for line in lines_of(part, most)]
            view = View(lines, self._rows(contact_id), self._task_ids())
            if all(utf16_len(view.plain(locale)) <= _LIMIT for locale in LOCALES):
                break
        return view

    def _task_ids(self) -> list[int]:
        """The tasks into which they may look: of the others they read the names alone."""
        found = [
            *(task for mine in self.assigned.values() for task in mine),
            *(move.task for moves in self.taken_over.values() for move in moves),
            *(move.task for moves in self.unreceived.values() for move in moves),
            *(task for changes in self.changed.values() for task, _ in changes),
            *(task for helped in self.assisting.values() for task in helped),
            *(task for found in self.broken_down.values() for task, _ in found),
        ]
        return list(dict.fromkeys(task.id for task in found if task.id is not None))

    def _rows(self, contact_id: int) -> list[list[ButtonSpec]]:
        rows = [[list_button(contact_id)]] if self._task_ids() else []
        mine = [task for place, found in self.assigned.items() if place.answers for task in found]
        mine += [move.task for place, moves in self.taken_over.items() if place.answers for move in moves]
        if to_sign := unsigned(mine):
            rows.insert(0, [sign_all_button([task.id for task in to_sign], contact_id)])
        return rows

    def _parts(self, turn: TickTurn, directory: Directory) -> list[list[ListedTasks]]:
        now, campaign, unit_names = turn.now, turn.campaign, directory.unit_names
        return [
            [_assigned(mine, turn, at, directory) for at, mine in _own_first(self.assigned)],
            [
                taken_over(moves, at.name, now, campaign, deputy=at.deputy)
                for at, moves in _own_first(self.taken_over)
            ],
            [
                _unreceived("told.unreceived", moves, holder, unit_names)
                for holder, moves in self.unreceived.items()
            ],
            [_changed(at, changes) for at, changes in _own_first(self.changed)],
            [_broken_down(at, found) for at, found in _own_first(self.broken_down)],
            [given_away(moves, _whom(holder, unit_names)) for holder, moves in self.given_away.items()],
            [
                _unreceived("told.not_received", moves, holder, unit_names)
                for holder, moves in self.not_received.items()
            ],
            [_assisting(unit, helped, turn, unit_names) for unit, helped in self.assisting.items()],
            [_no_more(unit, helped, unit_names) for unit, helped in self.assisting_no_more.items()],
        ]


def _own_first(found: Mapping[ReaderPlace, list[T]]) -> list[tuple[ReaderPlace, list[T]]]:
    return sorted(found.items(), key=lambda item: item[0].name is not None)


def _assigned(mine: Sequence[Task], turn: TickTurn, place: ReaderPlace, directory: Directory) -> ListedTasks:
    """New tasks, and which of them are parts of others: on these not the office decides, but who is named."""
    found = assigned(mine, turn.now, turn.campaign, place.name)
    parts = [parent for task in mine if (parent := row_of(directory.above, task.parent_id)) is not None]
    if not parts:
        return found
    named = {f"{directory.unit_names[one.lead_unit_id]} {one.responsible_person}": None for one in parts}
    key = "told.parts" if len(named) <= _NAMED else "told.parts_more"
    return replace(found, below=[Text(key, count=len(parts), people=list(named)[:_NAMED])])


def _changed(place: ReaderPlace, changes: Sequence[tuple[Task, Text]]) -> ListedTasks:
    """Tasks that are somebody's before and after, with what has changed in them."""
    title = Text("told.changed", count=len(changes))
    if place.name is not None:
        key = "told.changed_deputy" if place.deputy else "told.changed_pass_on"
        title = Text(key, count=len(changes), name=place.name)
    entries = [
        Text("told.line", number=number, objective=short(task.objective, 40), changes=changed)
        for number, (task, changed) in enumerate(changes, 1)
    ]
    return ListedTasks(title, entries)


def _broken_down(place: ReaderPlace, found: Sequence[tuple[Task, int]]) -> ListedTasks:
    """Tasks below which the sheet has put others."""
    title = Text("told.broken_down", count=len(found))
    if place.name is not None:
        key = "told.broken_down_deputy" if place.deputy else "told.broken_down_pass_on"
        title = Text(key, count=len(found), name=place.name)
    entries = [
        Text("told.broken_down_line", number=number, objective=short(task.objective, 40), count=count)
        for number, (task, count) in enumerate(found, 1)
    ]
    return ListedTasks(title, entries)


def _whom(holder: Holder, unit_names: Mapping[int, str]) -> Text:
    _, unit_id, name = holder
    return Text("common.contact", unit=unit_names[unit_id], name=short(name, 20))


def _unreceived(
    key: str, moves: Sequence[TaskMove], holder: Holder, unit_names: Mapping[int, str]
) -> ListedTasks:
    """Tasks that nobody receives: the sheet gives them to who is not in the roster. They are only named."""
    _, unit_id, name = holder
    entries = given_away(moves, _whom(holder, unit_names)).entries
    title = Text(key, count=len(moves), unit=unit_names[unit_id], name=short(name, 20))
    return ListedTasks(title, entries)


def _assisting(
    unit_id: int, helped: Sequence[Task], turn: TickTurn, unit_names: Mapping[int, str]
) -> ListedTasks:
    """Tasks with which a unit helps from now on."""
    title = Text("told.assisting", unit=unit_names[unit_id], count=len(helped))
    entries = [
        Text(
            "told.assisting_line",
            number=number,
            objective=short(task.objective, 40),
            due=due_text(task, turn.now, turn.campaign),
            unit=unit_names[task.lead_unit_id],
            person=short(task.responsible_person, 20),
        )
        for number, task in enumerate(helped, 1)
    ]
    return ListedTasks(title, entries)


def _no_more(unit_id: int, helped: Sequence[Task], unit_names: Mapping[int, str]) -> ListedTasks:
    """Tasks with which a unit helps no more; they are only named."""
    title = Text("told.assisting_no_more", unit=unit_names[unit_id], count=len(helped))
    entries = [
        Text(
            "told.assisting_no_more_line",
            number=number,
            objective=short(task.objective, 40),
            unit=unit_names[task.lead_unit_id],
        )
        for number, task in enumerate(helped, 1)
    ]
    return ListedTasks(title, entries)
