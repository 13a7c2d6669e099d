"""Each person gets one notice of all their new tasks; it says 已撤回 once the 分解 is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from locales import Text
from models import tasks
from models.db import Session, ident, row_of
from models.delivery import live_messages, messages
from models.delivery.live_messages import LiveKind
from models.delivery.messages import Outbox
from models.people import Contact, ContactState
from models.tasks import Task
from models.tasks.breakdowns import TaskBreakdown
from reports.formats import short
from rules.delivery.delivery import MessageKind
from rules.duties.frequencies import Frequency
from rules.tasks.task_lifecycle import OPEN_STATES
from services import audit, office_notices, outbox
from services.recipients import Directory
from services.task_wording import list_button, report_name, sign_all_button
from services.tasks.assignments import assigned
from services.tasks.listed_tasks import lines_of
from services.tasks.reassign_notices import unsigned
from services.turn import TickTurn, Turn
from services.views import View, button

_KEPT: Final = {"kept": True}


@dataclass(slots=True)
class NewParts:
    """What one person hears: their new tasks, by the person for whom they stand in ("": none), and those
    tasks of theirs that are a part of the other one from now on."""

    contact: Contact
    made: dict[str, list[int]] = field(default_factory=dict)
    attached: list[int] = field(default_factory=list)

    def add(self, part: Task, place: str, *, new: bool) -> None:
        (self.made.setdefault(place, []) if new else self.attached).append(ident(part))


async def promise(turn: Turn, row: TaskBreakdown) -> None:
    """Promise each person concerned one notice. Who breaks the task down needs none.

    Who is not enrolled yet sees their tasks when they enrol; who has blocked the bot, when they come back.
    """
    news = await _news(turn, row)
    for one in news:
        content = {"breakdown": row.id, "made": one.made, "attached": one.attached}
        body = office_notices.BREAKDOWN, content
        key = _key(row, ident(one.contact))
        await outbox.enqueue_raw(
            turn.session, MessageKind.ORDER, key, body, now=turn.now, contact=one.contact
        )
    row.told = [ident(one.contact) for one in news]
    turn.session.add(row)
    await turn.session.flush()
    await tell_owner(turn, row, "breakdowns.owner_told")


async def tell_owner(turn: Turn, row: TaskBreakdown, key: str) -> int | None:
    """Tell the 责任人 of a task, or their deputy, that somebody else has changed what they owe themselves.

    Returns who was told.
    """
    task = await turn.session.get_one(Task, row.task_id)
    return await tell_person(turn, task, _changed(turn, row, task, key), f"{key}:{row.id}")


def _changed(turn: Turn, row: TaskBreakdown, task: Task, key: str) -> Text:
    """That the actor has broken the task down, or has taken that back."""
    count = len(row.made) + len(row.attached)
    return Text(key, who=turn.actor.contact.name, objective=short(task.objective, 60), count=count)


async def tell_person(turn: Turn, task: Task, line: Text, dedupe: str) -> int | None:
    """Tell the 责任人 of a task, or their deputy, one line, with the way to its card. The actor knows it.

    Returns who was told.
    """
    directory = await Directory.about(turn.session, [task], turn.today)
    own = row_of(directory.by_id, task.responsible_id)
    reader = own and (directory.deputy_of(own) or own)
    if reader is None or reader.id == turn.actor.id:
        return None
    await _tell(turn, task, line, dedupe, reader)
    return reader.id


async def _tell(turn: Turn, task: Task, line: Text, dedupe: str, reader: Contact) -> None:
    view = View([line], [[button("completion.card_button", "task.card", reader.id, task_id=task.id)]])
    await outbox.enqueue(turn.session, MessageKind.ORDER, dedupe, view, now=turn.now, contact=reader)


def _key(row: TaskBreakdown, contact_id: int) -> str:
    return f"breakdown:{row.id}:{contact_id}"


async def _news(turn: Turn, row: TaskBreakdown) -> list[NewParts]:
    parts = await tasks.tasks_by_id(turn.session, [*row.made, *row.attached])
    theirs = [part for part in parts.values() if part.state in OPEN_STATES]
    directory = await Directory.about(turn.session, theirs, turn.today)
    found: dict[int, NewParts] = {}
    for part in theirs:
        own = row_of(directory.by_id, part.responsible_id)
        deputy = None if own is None else directory.deputy_of(own)
        reader = deputy or own
        if own is None or reader is None or reader.id == turn.actor.id:
            continue
        if reader.state in {ContactState.ENROLLED, ContactState.UNREACHABLE}:
            news = found.setdefault(ident(reader), NewParts(reader))
            place = directory.place_of(own, deputy) if deputy else ""
            news.add(part, place, new=part.id in row.made)
    return list(found.values())


async def render(turn: TickTurn, row: Outbox) -> View | None:
    """The notice as it goes out. None: the 分解 was taken back before."""
    breakdown = await turn.session.get(TaskBreakdown, row.content["breakdown"], populate_existing=True)
    if breakdown is None or (breakdown.undone_at is not None and not row.parts_sent):
        return None
    view = await _shown(turn, row, breakdown)
    return None if view is None else replace(view, listed=_KEPT)


async def render_live(turn: TickTurn, outbox_id: int) -> tuple[View, str] | None:
    """The notice once it stands: 已撤回, if the 分解 was taken back. None: it stays as it is."""
    row = await turn.session.get(Outbox, outbox_id)
    breakdown = None if row is None else await turn.session.get(TaskBreakdown, row.content["breakdown"])
    if row is None or breakdown is None or breakdown.undone_at is None:
        return None
    reader = await turn.session.get(Contact, row.contact_id)
    view = await _shown(turn, row, breakdown)
    locale = None if reader is None else reader.locale
    return None if view is None else (view, locale or turn.campaign.locale)


async def _shown(turn: TickTurn, row: Outbox, breakdown: TaskBreakdown) -> View | None:
    """The notice as things stand; None: nothing of it concerns anybody any more."""
    task = await turn.session.get_one(Task, breakdown.task_id)
    who = await audit.name_of(turn.session, breakdown.contact_id)
    above = Text("breakdowns.told_above", objective=short(task.objective, 60), who=who)
    made: dict[str, list[int]] = row.content["made"]
    if breakdown.undone_at is not None:
        return View(await _taken_back(turn.session, row, above))
    new = {place: await _open(turn.session, ids) for place, ids in made.items()}
    attached = await _open(turn.session, row.content["attached"])
    parts = [assigned(some, turn.now, turn.campaign, place or None) for place, some in new.items() if some]
    lines = lines_of(parts)
    lines += [_of_attached("breakdowns.told_attached", one) for one in attached]
    if not lines:
        return None
    mine = [task for some in new.values() for task in some]
    rows = [[list_button(row.contact_id)]]
    if to_sign := unsigned(mine):
        rows.insert(0, [sign_all_button([one.id for one in to_sign], row.contact_id)])
    return View([*lines, above], rows, [ident(one) for one in [*mine, *attached]])


async def _taken_back(session: Session, row: Outbox, above: Text) -> list[Text]:
    """What need not be done any more, and which task stands alone again. ``above``: of what it was a part."""
    count = sum(map(len, row.content["made"].values()))
    lines = [Text("breakdowns.told_undone", count=count), above] if count else []
    return [*lines, *map(told_released, await _open(session, row.content["attached"]))]


def told_released(task: Task) -> Text:
    """That a task stands alone again, and how often it is reported."""
    return _of_attached("breakdowns.told_released", task)


def _of_attached(key: str, task: Task) -> Text:
    return Text(key, objective=short(task.objective, 60), reports=rhythm_text(task.frequency))


def rhythm_text(frequency: Frequency | None) -> Text:
    """How often a task is reported, if it is."""
    return Text("breakdowns.no_reports") if frequency is None else report_name(frequency)


async def _open(session: Session, ids: Sequence[int]) -> list[Task]:
    found = await tasks.tasks_by_id(session, ids)
    return [task for task in found.values() if task.state in OPEN_STATES]


async def take_back(turn: Turn, row: TaskBreakdown) -> None:
    """Edit what was told of a 分解 that is taken back; what has not gone out never does."""
    keys = [_key(row, contact_id) for contact_id in row.told]
    for outbox_id in (await messages.ids_of_keys(turn.session, keys)).values():
        await live_messages.touch_live(turn.session, LiveKind.BREAKDOWN, outbox_id)
    told = await tell_owner(turn, row, "breakdowns.owner_told_undone")
    maker = await turn.session.get(Contact, row.contact_id)
    if maker is not None and maker.reachable and ident(maker) not in {turn.actor.id, told}:
        task = await turn.session.get_one(Task, row.task_id)
        line = _changed(turn, row, task, "breakdowns.maker_told_undone")
        await _tell(turn, task, line, f"breakdowns.undone:{row.id}", maker)
