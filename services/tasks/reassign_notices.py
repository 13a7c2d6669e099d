"""Who hears of a 转派, and how: the receiver with 签收, the people relieved, and the 联络员 for either."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from locales import Text
from models.db import Session, ident, row_of
from models.people import Contact
from models.tasks import Task, children
from reports.formats import day_text, short
from rules.delivery.delivery import MessageKind
from rules.people.roles import Role
from rules.tasks.task_lifecycle import TaskState
from services import outbox
from services.campaign import Campaign
from services.recipients import Directory, Recipient
from services.task_wording import due_text, list_button, sign_all_button
from services.tasks import breakdown_rights
from services.tasks.listed_tasks import ListedTasks, lines_of
from services.turn import TickTurn
from services.views import View


@dataclass(frozen=True, slots=True)
class TaskMove:
    """A task that is moved, with the person responsible before and the people who must hear of the move."""

    task: Task
    person: str
    hear: Sequence[Contact]


@dataclass(frozen=True, slots=True)
class AlsoMoved:
    """What goes to the receiver together with the tasks, in the same messages.

    ``to``: for who has it from now on. ``gone``: for who had it.
    """

    to: View
    gone: Sequence[Text] = ()


_NAMED: Final = 3
NOTHING_ELSE: Final = AlsoMoved(View([]))


def seen_before(directory: Directory, task: Task, unit_id: int) -> TaskMove:
    """The move as it stands before unit ``unit_id`` leads.

    A unit that gives the task away hears of it, too.
    """
    hear = [who.contact for who in directory.responsible(task) if is_meant(directory, who)]
    if unit_id != task.lead_unit_id:
        hear += [c for c in directory.holders(Role.LIAISON, task.lead_unit_id) if c.reachable]
    return TaskMove(task, task.responsible_person, [contact for contact in hear if contact is not None])


def is_meant(directory: Directory, who: Recipient) -> bool:
    """Whether the recipient is meant; not the office in somebody's place: it knows what it does."""
    if who.contact is None:
        return False
    return who.instead_of is None or Role.OFFICE not in directory.roles.get(ident(who.contact), ())


async def tell(
    turn: TickTurn,
    directory: Directory,
    moves: Sequence[TaskMove],
    receiver: Contact,
    reason: str | None,
    also: AlsoMoved = NOTHING_ELSE,
) -> None:
    """Promise each person concerned one message about all that was moved at once."""
    if not moves:
        return
    # A task may come back to a former holder; the moment tells two moves apart.
    key = f"{moves[0].task.id}:{turn.now.isoformat()}"
    remark = [Text("reassign.reason", reason=reason)] if reason else []
    numbers = await children.open_numbers(turn.session, [ident(move.task) for move in moves])
    above = await children.parents_by_id(turn.session, [move.task for move in moves])
    for reader, instead_of, parts in _by_reader(directory, moves):
        mine = [move.task for move in parts]
        told = [*_above_lines(above, mine, directory), *_parts_lines(numbers, mine), *remark]
        view = _together(_order(parts, reader, instead_of, told, turn.now, turn.campaign), also.to)
        await outbox.enqueue(
            turn.session,
            MessageKind.ORDER,
            f"reassign-to:{reader.id}:{key}",
            view,
            now=turn.now,
            contact=reader,
        )
    await tell_relieved(turn.session, directory, moves, receiver, reason, now=turn.now, also=also)


async def parts_lines(session: Session, found: Sequence[Task]) -> list[Text]:
    """That who takes these tasks over decides on their open parts from now on."""
    return _parts_lines(await children.open_numbers(session, [ident(task) for task in found]), found)


def _parts_lines(numbers: Mapping[int, int], found: Sequence[Task]) -> list[Text]:
    """``numbers``: how many open parts tasks have, by id. Of many tasks only the sum is told."""
    mine = {ident(task): task for task in found if ident(task) in numbers}
    if len(mine) > _NAMED:
        count = sum(numbers[task_id] for task_id in mine)
        return [Text("reassign.with_parts_of_many", tasks=len(mine), count=count)]
    return [
        Text("reassign.with_parts", objective=short(task.objective, 40), count=numbers[task_id])
        for task_id, task in mine.items()
    ]


def _above_lines(above: Mapping[int, Task], found: Sequence[Task], directory: Directory) -> list[Text]:
    """The tasks of which these are parts, each once, with who decides on them; of many nothing is said."""
    parents = {ident(over): over for one in found if (over := row_of(above, one.parent_id)) is not None}
    few = parents.values() if len(parents) <= _NAMED else ()
    return [breakdown_rights.said_above(one, directory.unit_names) for one in few]


def _together(view: View, also: View) -> View:
    return replace(
        view,
        lines=[*view.lines, *also.lines],
        rows=[*view.rows, *also.rows],
        case_ids=[*view.case_ids, *also.case_ids],
    )


async def tell_relieved(
    session: Session,
    directory: Directory,
    moves: Sequence[TaskMove],
    receiver: Contact,
    reason: str | None,
    *,
    now: datetime,
    also: AlsoMoved = NOTHING_ELSE,
) -> None:
    """Tell the people who were responsible for a task, or passed it on, who is responsible now."""
    key = f"{moves[0].task.id}:{now.isoformat()}"
    remark = [Text("reassign.reason", reason=reason)] if reason else []
    relieved: dict[int, tuple[Contact, list[TaskMove]]] = {}
    for move in moves:
        for contact in {contact.id: contact for contact in move.hear}.values():
            if contact.id is not None and contact.id != receiver.id:
                relieved.setdefault(contact.id, (contact, []))[1].append(move)
    whom = directory.name_of(receiver)
    for contact, parts in relieved.values():
        view = View([*lines_of([given_away(parts, whom)]), *remark, *also.gone])
        await outbox.enqueue(
            session, MessageKind.NOTICE, f"reassign-from:{contact.id}:{key}", view, now=now, contact=contact
        )


def _by_reader(
    directory: Directory, moves: Sequence[TaskMove]
) -> list[tuple[Contact, str | None, list[TaskMove]]]:
    """The readers with their tasks: the new 责任人, or a person who passes it on (then with the name)."""
    found: dict[int, tuple[Contact, str | None, list[TaskMove]]] = {}
    for move in moves:
        for who in directory.responsible(move.task):
            if who.contact is not None and who.contact.id is not None and is_meant(directory, who):
                found.setdefault(who.contact.id, (who.contact, who.instead_of, []))[2].append(move)
    return list(found.values())


def _order(
    moves: Sequence[TaskMove],
    reader: Contact,
    instead_of: str | None,
    remark: Sequence[Text],
    now: datetime,
    campaign: Campaign,
) -> View:
    lines = lines_of([taken_over(moves, instead_of, now, campaign)])
    rows = [[list_button(reader.id)]]
    if instead_of is None and (to_sign := unsigned([move.task for move in moves])):
        rows.insert(0, [sign_all_button([task.id for task in to_sign], reader.id)])
    return View([*lines, *remark], rows, [move.task.id for move in moves if move.task.id is not None])


def unsigned(found: Sequence[Task]) -> list[Task]:
    """The tasks for which nobody has signed yet."""
    return [task for task in found if task.state is TaskState.ASSIGNED]


def taken_over(
    moves: Sequence[TaskMove],
    instead_of: str | None,
    now: datetime,
    campaign: Campaign,
    *,
    deputy: bool = False,
) -> ListedTasks:
    """The tasks that came to one person.

    ``instead_of``: that person, if the reader passes it on to them, or as a ``deputy`` acts for them.
    """
    title = Text("reassign.to_you", count=len(moves))
    if instead_of is not None:
        key = "reassign.to_deputy" if deputy else "reassign.to_pass_on"
        title = Text(key, count=len(moves), name=instead_of)
    entries = [
        Text(
            "reassign.line",
            number=number,
            objective=short(move.task.objective, 40),
            due=due_text(move.task, now, campaign),
            person=short(move.person, 20),
        )
        for number, move in enumerate(moves, 1)
    ]
    to_sign = unsigned([move.task for move in moves])
    days = [Text("reassign.sign_by", day=day_text(campaign.sign_by(task.assigned_at))) for task in to_sign]
    return ListedTasks(title, entries, days[:1])


def given_away(moves: Sequence[TaskMove], whom: Text) -> ListedTasks:
    """The tasks that went to ``whom``, for a former holder.

    They are only named, for that person may no longer look into them.
    """
    entries = [
        Text(
            "reassign.from_line",
            number=number,
            objective=short(move.task.objective, 40),
            person=short(move.person, 20),
        )
        for number, move in enumerate(moves, 1)
    ]
    return ListedTasks(Text("reassign.from_you", count=len(moves), whom=whom), entries)
