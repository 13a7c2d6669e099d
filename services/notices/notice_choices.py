"""What the buttons under a half-made notice do. Each acts only at the revision of the pressed card."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from locales import Text
from models.drafts import Draft
from rules.clock_words import read_time
from rules.notices.answer_deadlines import DeadlineProblem, day_end, problem
from rules.notices.receipt_kinds import NoticeAsk
from rules.said_days import read_said_day
from rules.slots import local_slot
from services import questions
from services.drafts import draft_changes
from services.drafts.draft_kinds import draft_button
from services.errors import DomainError
from services.notices import notice_card, notice_drafts
from services.notices.audience_choices import back_row
from services.notices.notice_drafts import plan_of
from services.notices.notice_texts import deadline_text
from services.turn import Turn
from services.views import ButtonSpec, View, in_rows, say

DEADLINE_ASKED: Final = "notice.deadline_words"
_DAYS: Final = 4
_PROBLEMS: Final = {
    DeadlineProblem.PAST: "notices.deadline_past",
    DeadlineProblem.FAR: "notices.deadline_far",
    DeadlineProblem.SOON: "notices.deadline_soon",
}


async def show(turn: Turn, revision: int) -> View:
    """The card again, as it is now."""
    return await _card(turn, await notice_drafts.require(turn, revision))


async def _card(turn: Turn, draft: Draft) -> View:
    return await notice_card.card(turn.session, turn.actor, draft)


async def cancel(turn: Turn, revision: int) -> View:
    """取消: nothing is sent."""
    await notice_drafts.require(turn, revision)
    await draft_changes.discard(turn)
    return say("notices.cancelled")


async def choose_ask(turn: Turn, revision: int, ask: NoticeAsk) -> View:
    draft = await notice_drafts.require(turn, revision)
    await notice_drafts.change(turn, draft, ask=ask)
    return await _card(turn, draft)


async def choose_whose(turn: Turn, revision: int, per_unit: bool) -> View:
    """每单位一份 or 每人."""
    draft = await notice_drafts.require(turn, revision)
    await notice_drafts.change(turn, draft, per_unit=per_unit)
    return await _card(turn, draft)


async def choose_urgent(turn: Turn, revision: int, urgent: bool) -> View:
    draft = await notice_drafts.require(turn, revision)
    await notice_drafts.change(turn, draft, urgent=urgent)
    return await _card(turn, draft)


async def choose_groups(turn: Turn, revision: int, in_groups: bool) -> View:
    """抄送工作群 or not."""
    draft = await notice_drafts.require(turn, revision)
    await notice_drafts.change(turn, draft, in_groups=in_groups)
    return await _card(turn, draft)


async def ask_deadline(turn: Turn, revision: int) -> View:
    """The ends of the next working days as buttons; any other moment is written."""
    draft = await notice_drafts.require(turn, revision)
    urgent = plan_of(draft).urgent
    buttons = [_until(turn, draft, end) for end in _day_ends(turn) if _wrong(turn, end, urgent) is None]
    await questions.ask_here(turn, DEADLINE_ASKED, {"revision": draft.revision})
    lines = [Text("notices.ask_deadline")]
    return View(lines, [*in_rows(buttons, 2), back_row(turn, draft)], draft_id=draft.id)


def _day_ends(turn: Turn) -> list[datetime]:
    clock = turn.campaign.working_time
    days = [turn.today, *(clock.calendar.add(turn.today, n) for n in range(1, _DAYS + 1))]
    return [day_end(day, clock) for day in days if clock.calendar.is_working_day(day)]


def _until(turn: Turn, draft: Draft, end: datetime) -> ButtonSpec:
    label = deadline_text(end.astimezone(turn.campaign.zone))
    return draft_button(label, "notice.answer_by", turn.actor.id, draft, at=end.isoformat())


async def choose_deadline(turn: Turn, revision: int, at: str) -> View:
    """``at``: the moment, as ISO 8601 writes it."""
    draft = await notice_drafts.require(turn, revision)
    deadline = datetime.fromisoformat(at)
    refuse_deadline(turn, deadline, urgent=plan_of(draft).urgent)
    await notice_drafts.change(turn, draft, answer_by=deadline.astimezone(turn.campaign.zone))
    return await _card(turn, draft)


async def deadline_written(turn: Turn, revision: int, words: str) -> View:
    """明天17:00, 12月18日, 下周一上午10点; without an hour the end of the office hours of that day."""
    draft = await notice_drafts.require(turn, revision)
    deadline = _read_deadline(turn, words)
    if deadline is None:
        raise DomainError("notices.unreadable_deadline", words=words[:40])
    draft.card_message_id = None
    return await choose_deadline(turn, revision, deadline.isoformat())


def _read_deadline(turn: Turn, words: str) -> datetime | None:
    """The moment, in UTC; None: the words name none. An hour alone is one of today."""
    plain = words.strip().removesuffix("前").removesuffix("之").strip()
    for cut in range(len(plain) + 1):
        hour, day = read_time(plain[cut:].strip()), plain[:cut].strip()
        if hour is None and cut < len(plain):
            continue
        on = turn.today if not day and hour is not None else read_said_day(day, turn.today)
        if on is None:
            continue
        if hour is None:
            return day_end(on, turn.campaign.working_time)
        return local_slot(on, hour, turn.campaign.zone)
    return None


def refuse_deadline(turn: Turn, deadline: datetime, *, urgent: bool) -> None:
    """``DomainError`` for a deadline that has passed, is too far away, or too soon for a usual notice."""
    wrong = _wrong(turn, deadline, urgent)
    if wrong is not None:
        raise DomainError(_PROBLEMS[wrong])


def _wrong(turn: Turn, deadline: datetime, urgent: bool) -> DeadlineProblem | None:
    return problem(deadline, turn.now, turn.campaign.working_time, urgent=urgent)
