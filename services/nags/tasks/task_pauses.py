"""暂停催办: for a while nobody is nagged about one task, by who decides on it and with a reason.

Deadline, lamp, 逾期 and 未报告 go on and carry the mark. What is due meanwhile waits, and is told in one
message when the pause is over, as far as it is still owed then. The office itself hears on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, Literal

from locales import Text
from models import nags, people, tasks, ticks
from models.db import ident
from models.nags import BELOW, NagReason, nag_waits
from models.tasks import Task, children
from reports.formats import full_day_text
from rules.tasks.task_extensions import LONGEST_PAUSE, may_pause_until
from rules.tasks.task_lifecycle import NAGGED_STATES, TaskEvent
from rules.written_days import read_day
from services import questions
from services.errors import DomainError
from services.people.free_hours import free_from
from services.reasons import REASON_LIMIT, named_reason, reason_rows, written_reason
from services.task_wording import last_day_of_pause
from services.tasks import breakdown_rights, completion, pause_card, task_card, task_steps
from services.tasks.task_card import task_button
from services.turn import Turn
from services.views import TurnOutcome, View, arguments_of, button

DAYS: Final = (3, 7, 15, LONGEST_PAUSE)
PauseReason = Literal["season", "others_needed", "approval"]
# The reasons that one press gives; any other reason is written.
REASONS: Final[Sequence[PauseReason]] = ("season", "others_needed", "approval")


@dataclass(frozen=True, slots=True)
class PauseMatter:
    """A pause to begin or, while one lasts, to renew.

    ``seen``: the last step of 暂停催办 when the card was shown. ``last``: the last day, once it is chosen.
    """

    task_id: int
    seen: int
    last: date | None = None


async def start(turn: Turn, matter: PauseMatter) -> TurnOutcome:
    """Ask for the last day: by a button, or in words."""
    task = await _locked(turn, matter.task_id)
    if (why_not := await _hindrance(turn, task, matter.seen)) is not None:
        return await completion.refused(turn, matter.task_id, why_not)
    rows = []
    for days in DAYS:
        last = turn.today + timedelta(days=days)
        label = Text("pauses.day_button", days=days, day=full_day_text(last))
        chosen = arguments_of(replace(matter, last=last))
        rows.append([button(label, "pause.reason", turn.actor.id, **chosen)])
    await questions.ask_here(turn, "pause.day", arguments_of(matter))
    lines = [*await _title(turn, task), Text("pauses.choose_day", most=LONGEST_PAUSE)]
    if count := (await children.open_numbers(turn.session, [matter.task_id])).get(matter.task_id):
        lines.insert(1, Text("pauses.parts_go_on", count=count))
    back = [task_button("completion.back_button", "task.show", turn.actor, task)]
    return TurnOutcome(View(lines, [*rows, back], [matter.task_id]))


async def _title(turn: Turn, task: Task) -> list[Text]:
    lines = [Text("pauses.title", objective=await breakdown_rights.name_of(turn.session, task, 80))]
    last = last_day_of_pause(task, turn.now, turn.campaign)
    return lines if last is None else [*lines, Text("pauses.until_now", day=full_day_text(last))]


async def day_in_words(turn: Turn, matter: PauseMatter, words: str) -> TurnOutcome:
    """Take the written day, and ask for the reason. ``DomainError``: it is no day, or not a possible one."""
    last = read_day(words, turn.today)
    if last is None:
        raise DomainError("pauses.no_day")
    return await ask_reason(turn, replace(matter, last=last))


async def ask_reason(turn: Turn, matter: PauseMatter) -> TurnOutcome:
    """Ask for the reason of the pause until the day that was chosen."""
    task = await _locked(turn, matter.task_id)
    if (why_not := await _hindrance(turn, task, matter.seen)) is not None:
        return await completion.refused(turn, matter.task_id, why_not)
    last = _last_day(turn, task, matter)
    labels = {name: Text(f"pauses.reason.{name}") for name in REASONS}
    rows = reason_rows(turn.actor, labels, "pause.decide", arguments_of(matter))
    await questions.ask_here(turn, "pause.reason", arguments_of(matter))
    asked = Text("extensions.choose_reason", limit=REASON_LIMIT)
    lines = [*await _title(turn, task), Text("pauses.last_day", day=full_day_text(last)), asked]
    back = [task_button("completion.back_button", "task.show", turn.actor, task)]
    return TurnOutcome(View(lines, [*rows, back], [matter.task_id]))


def _last_day(turn: Turn, task: Task, matter: PauseMatter) -> date:
    """The last day; ``DomainError``: a pause cannot end then, or ends no later than the one that lasts."""
    if matter.last is None:
        raise ValueError("no day was chosen")
    if not may_pause_until(matter.last, turn.today):
        raise DomainError("pauses.too_long", most=LONGEST_PAUSE)
    present = last_day_of_pause(task, turn.now, turn.campaign)
    if present is not None and matter.last <= present:
        raise DomainError("pauses.not_longer", day=full_day_text(present))
    return matter.last


async def decide_for(turn: Turn, matter: PauseMatter, reason: PauseReason) -> TurnOutcome:
    """As ``decide``, for the reason on a button."""
    return await decide(turn, matter, named_reason(f"pauses.reason.{reason}", turn.campaign))


async def answer(turn: Turn, matter: PauseMatter, words: str) -> TurnOutcome:
    """As ``decide``, for the written reason."""
    return await decide(turn, matter, written_reason(words))


async def decide(turn: Turn, matter: PauseMatter, reason: str) -> TurnOutcome:
    """Pause the nags about the task until the end of the last day. Of two presses the first counts."""
    task = await _locked(turn, matter.task_id)
    if (why_not := await _hindrance(turn, task, matter.seen)) is not None:
        return await completion.refused(turn, matter.task_id, why_not)
    last = _last_day(turn, task, matter)
    present = last_day_of_pause(task, turn.now, turn.campaign)
    before = {} if present is None else {"paused_until": present.isoformat()}
    after = {"paused_until": last.isoformat(), "reason": reason}
    until = turn.campaign.midnight(last + timedelta(days=1))
    values = {"paused_until": until, "pause_reason": reason}
    await task_steps.keep_state(turn, task, TaskEvent.PAUSE, before, after, **values)
    return TurnOutcome(await task_card.card(turn, matter.task_id), Text("pauses.paused"))


async def resume(turn: Turn, task_id: int, seen: int) -> TurnOutcome:
    """恢复催办: what waits for the end of the pause goes out, as soon as its readers may be disturbed."""
    # A tick that still sees the pause would let more wait for its end. It comes before, or after.
    await ticks.last_tick(turn.session, nags.TICK)
    task = await _locked(turn, task_id)
    present = last_day_of_pause(task, turn.now, turn.campaign)
    if present is None or seen != await pause_card.last_step(turn.session, task_id):
        return await completion.refused(turn, task_id, _changed(present))
    before: dict[str, object] = {"paused_until": present.isoformat()}
    await task_steps.keep_state(
        turn, task, TaskEvent.RESUME, before, {}, paused_until=None, pause_reason=None
    )
    above = [] if task.parent_id is None else [(BELOW, task.parent_id)]
    waiting = await nag_waits.paused(turn.session, ("task", task_id), *above)
    readers = await people.contacts_by_id(turn.session, {nag.contact_id for nag in waiting if nag.contact_id})
    moved = [
        {"nag_id": ident(nag), "until": free_from(readers[nag.contact_id], turn.now, turn.campaign)}
        for nag in waiting
        if nag.contact_id is not None
    ]
    await nags.put_off(turn.session, moved, NagReason.PAUSED)
    return TurnOutcome(await task_card.card(turn, task_id), Text("pauses.resumed"))


async def _locked(turn: Turn, task_id: int) -> Task:
    await tasks.lock(turn.session, task_id)
    return await task_steps.for_decider(turn.session, turn.actor, task_id)


async def _hindrance(turn: Turn, task: Task, seen: int) -> Text | None:
    """Why the task cannot be paused now, also because it was paused or resumed after ``seen``."""
    if task.state not in NAGGED_STATES:
        return await completion.present(turn.session, task, turn.campaign)
    if seen == await pause_card.last_step(turn.session, ident(task)):
        return None
    return _changed(last_day_of_pause(task, turn.now, turn.campaign))


def _changed(present: date | None) -> Text:
    return (
        Text("pauses.not_paused")
        if present is None
        else Text("pauses.paused_now", day=full_day_text(present))
    )
