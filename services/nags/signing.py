"""签收 in the private chat: what waits for a person's own 签收, with a button for each and one for all."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from locales import Text
from models import cases, tasks
from models.cases import Case, case_piles
from models.cases.case_piles import Pile
from models.db import ident
from models.tasks import Task
from reports.formats import short
from rules.cases.case_lifecycle import CaseEvent
from rules.tasks.task_lifecycle import TaskState
from services import access
from services.cases import case_steps, case_wording
from services.cases.lists import case_piles as piles
from services.message_subjects import MessageSubjects
from services.nags.subject import NagReader
from services.recipients import own_tasks
from services.task_wording import due_text, list_button
from services.tasks import task_steps
from services.turn import Turn
from services.views import LISTED, ButtonSpec, View, button, say

MOST: Final = 30
"""So many items are in a list; each has a button."""


@dataclass(frozen=True, slots=True)
class UnsignedItem:
    """A task or an order that waits for 签收: its ``name`` in a sentence and its ``label`` on a button."""

    of: MessageSubjects
    name: Text
    label: str


async def sign_or_list(turn: Turn, about: MessageSubjects) -> View:
    """收到 as a reply: sign the one item that waits for them; list several; say that there is none."""
    unsigned = await unsigned_of(turn, about)
    if len(unsigned) > 1:
        return listed(turn, unsigned, "signing.which")
    return await _signed(turn, unsigned) if unsigned else say("signing.none")


async def sign(turn: Turn, wanted: MessageSubjects, rest: MessageSubjects | None = None) -> View:
    """签收 of what still waits for the actor; then what is left of ``rest``, with its buttons."""
    return await _signed(turn, await unsigned_of(turn, wanted), rest)


async def sign_these(turn: Turn, wanted: MessageSubjects) -> list[UnsignedItem]:
    """签收 of what still waits for the actor among these; returns what that was."""
    unsigned = await unsigned_of(turn, wanted)
    await _take(turn, _subjects(unsigned))
    return unsigned


async def _take(turn: Turn, signed: MessageSubjects) -> None:
    if signed.task_ids:
        await task_steps.acknowledge(turn, signed.task_ids)
    for case_id in sorted(signed.case_ids):  # always in the same order, so that two cannot deadlock
        await case_steps.take(turn, case_id, CaseEvent.ACKNOWLEDGE, actor=turn.actor)


async def _signed(turn: Turn, unsigned: Sequence[UnsignedItem], rest: MessageSubjects | None = None) -> View:
    signed = _subjects(unsigned)
    await _take(turn, signed)
    done = [Text("signing.done", what=one.name) for one in unsigned] or [Text("signing.none")]
    left = [] if rest is None else await unsigned_of(turn, rest)
    if not left:
        row = [list_button(turn.actor.id)]
        return View(done, [row], signed.task_ids, case_ids=signed.case_ids)
    more = listed(turn, left, "signing.left")
    about = ([*signed.task_ids, *more.task_ids], [*signed.case_ids, *more.case_ids])
    return View([*done, *more.lines], more.rows, about[0], case_ids=about[1])


async def unsigned_of(turn: Turn, about: MessageSubjects) -> list[UnsignedItem]:
    """What waits for their own 签收 among these tasks and orders.

    A task is theirs if they answer for it, or hear of it in the place of the person who does.
    """
    found = (await tasks.tasks_by_id(turn.session, about.task_ids)).values()
    mine = [task for task in found if task.state is TaskState.ASSIGNED and access.may_sign(turn.actor, task)]
    mine = await own_tasks(turn.session, turn.actor, mine, turn.today)
    orders = await cases.cases_by_id(turn.session, about.case_ids)
    return _items(turn, sorted(mine, key=ident), sorted(orders.values(), key=ident))


async def all_unsigned(turn: Turn) -> list[UnsignedItem]:
    """All that waits for their own 签收: tasks that they answer for, and orders of their units."""
    found = await tasks.open_tasks_of_contact(turn.session, turn.actor.duties)
    narrow = piles.piles_of(turn.actor).get(Pile.TO_SIGN)
    orders: Sequence[Case] = ()
    if narrow is not None:
        orders = await case_piles.pile_page(
            turn.session, Pile.TO_SIGN, narrow, turn.now, offset=0, limit=LISTED
        )
    return _items(turn, [task for task in found if task.state is TaskState.ASSIGNED], orders)


def _items(turn: Turn, found: Collection[Task], orders: Collection[Case]) -> list[UnsignedItem]:
    items = []
    for task in found:
        name = Text("signing.task", objective=task.objective, due=due_text(task, turn.now, turn.campaign))
        items.append(UnsignedItem(MessageSubjects([ident(task)]), name, short(task.objective, 18)))
    for case in orders:
        if case_steps.can(turn.actor, case, CaseEvent.ACKNOWLEDGE, now=turn.now):
            name = Text(
                "signing.case",
                number=case.number,
                name=case_wording.name_without_area(case),
                limit=case_wording.limit_text(case, turn.campaign),
            )
            items.append(UnsignedItem(MessageSubjects((), [ident(case)]), name, case.number))
    return items


def listed(turn: Turn, unsigned: Sequence[UnsignedItem], title: str) -> View:
    """Each item with its button, and one button for all."""
    shown = unsigned[:MOST]
    about = _subjects(shown)
    lines, rows = [Text(title, count=len(unsigned))], []
    for number, one in enumerate(shown, 1):
        lines.append(Text("signing.line", number=number, what=one.name))
        label = Text("signing.button", number=number, name=one.label)
        rows.append([_sign_button(turn, label, one.of, about)])
    if len(shown) > 1:
        rows.append([_sign_button(turn, Text("signing.all_button", count=len(shown)), about, about)])
    return View(lines, rows, about.task_ids, case_ids=about.case_ids)


def _subjects(items: Sequence[UnsignedItem]) -> MessageSubjects:
    return MessageSubjects(
        [task_id for one in items for task_id in one.of.task_ids],
        [case_id for one in items for case_id in one.of.case_ids],
    )


def _sign_button(turn: Turn, label: Text, wanted: MessageSubjects, rest: MessageSubjects) -> ButtonSpec:
    return button(label, "sign.some", turn.actor.id, wanted=wanted, rest=rest)


def sign_button(label: Text, reading: NagReader, wanted: MessageSubjects) -> ButtonSpec:
    """签收 of these. It marks their lines, where a message stands; a message that is only shown has none."""
    if reading.outbox_id is None:
        return button(label, "sign.some", reading.reader_id, wanted=wanted)
    return button(label, "nag.sign", reading.reader_id, outbox_id=reading.outbox_id, wanted=wanted)
