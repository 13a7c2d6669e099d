"""What the buttons under a half-made entry do. Each acts only at the revision of the pressed card."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from models.db import ident
from models.drafts import Draft, DraftKind
from models.people import Unit
from reports.formats import day_text
from rules.activities.activity_kinds import ActivityKind
from rules.activities.activity_words import TITLE_LIMIT, named_day
from rules.written_spans import read_past_days
from services import questions
from services.activities import activity_card, activity_drafts, activity_rights
from services.activities.activity_numbers import ActivityNumber, NumberChoice
from services.drafts import draft_changes, draft_kinds
from services.drafts.draft_kinds import draft_button
from services.errors import DomainError, OldCardError
from services.people.name_search import CHOICES, unit_button, units_also_called, units_named, words_of
from services.turn import Turn
from services.unit_use import require_in_use
from services.views import View, in_rows, say

DAY_ASKED: Final = "activity.day_words"
UNIT_ASKED: Final = "activity.unit_words"
TITLE_ASKED: Final = "activity.title_words"
_NEAR_DAYS: Final = 6


async def require(turn: Turn, revision: int) -> Draft:
    """The draft of the pressed card."""
    return await draft_kinds.current(turn, DraftKind.ACTIVITY, revision)


async def show(turn: Turn, revision: int) -> View:
    """The card again, as it is now."""
    return await activity_card.card(turn.session, turn.actor, await require(turn, revision))


async def cancel(turn: Turn, revision: int) -> View:
    """取消: nothing is recorded; an entry that was to be corrected stays as it is."""
    draft = await require(turn, revision)
    corrects = activity_drafts.entry_of(draft) is not None
    await draft_changes.discard(turn)
    return say("activities.kept_as_it_is" if corrects else "activities.cancelled")


async def ask_day(turn: Turn, revision: int) -> View:
    """改日期: the last days as buttons; any other day is written."""
    draft = await require(turn, revision)
    days = [turn.today - timedelta(days=back) for back in range(_NEAR_DAYS)]
    buttons = [draft_button(day_text(day), "activity.day", turn.actor.id, draft, day=day) for day in days]
    await questions.ask_here(turn, DAY_ASKED, {"revision": draft.revision})
    return activity_card.ask(turn.actor, draft, "activities.ask_day", in_rows(buttons, 3))


async def choose_day(turn: Turn, revision: int, day: date) -> View:
    draft = await require(turn, revision)
    if day > turn.today:
        raise DomainError("activities.day_ahead")
    activity_drafts.note(turn, draft, day=day.isoformat())
    return await activity_card.card(turn.session, turn.actor, draft)


async def day_written(turn: Turn, revision: int, words: str) -> View:
    """The day was written: 11月28日, 昨天, 2026-11-28."""
    span = read_past_days(words, turn.today)
    day = span[0] if span is not None else named_day(words, turn.today)
    if day is None:
        raise DomainError("activities.unreadable_day", words=words[:40])
    return await choose_day(turn, revision, day)


async def ask_kind(turn: Turn, revision: int) -> View:
    return activity_card.choose_kind(turn.actor, await require(turn, revision))


async def choose_kind(turn: Turn, revision: int, kind: ActivityKind) -> View:
    draft = await require(turn, revision)
    activity_drafts.note(turn, draft, kind=kind.value)
    return await activity_card.card(turn.session, turn.actor, draft)


async def ask_title(turn: Turn, revision: int) -> View:
    """改标题: the title is written."""
    draft = await require(turn, revision)
    await questions.ask_here(turn, TITLE_ASKED, {"revision": draft.revision})
    return activity_card.ask(turn.actor, draft, "activities.ask_title", [], limit=TITLE_LIMIT)


async def title_written(turn: Turn, revision: int, words: str) -> View:
    draft = await require(turn, revision)
    title = " ".join(words.split())
    if not title or len(title) > TITLE_LIMIT:
        raise DomainError("activities.title_too_long", limit=TITLE_LIMIT)
    activity_drafts.note(turn, draft, title=title)
    draft.card_message_id = None
    return await activity_card.card(turn.session, turn.actor, draft)


async def ask_words(turn: Turn, revision: int) -> View:
    """改内容: the next words take the place of those that the draft has; its files stay."""
    draft = await require(turn, revision)
    draft.awaiting_text = True
    activity_drafts.note(turn, draft)
    await questions.ask_for_paper(turn)
    return activity_card.ask(turn.actor, draft, "activities.ask_words_again", [])


async def ask_unit(turn: Turn, revision: int) -> View:
    """改单位: the units for which one may write, if they are few; the office writes the name."""
    draft = await require(turn, revision)
    if turn.actor.is_office:
        await questions.ask_here(turn, UNIT_ASKED, {"revision": draft.revision})
        return activity_card.ask(turn.actor, draft, "activities.ask_unit", [])
    units = [await turn.session.get_one(Unit, one) for one in sorted(turn.actor.answered_units)]
    return _units(turn, draft, "activities.choose_unit", units)


def _units(turn: Turn, draft: Draft, key: str, units: list[Unit]) -> View:
    rows = [
        [unit_button(turn.actor, unit, "activity.unit", revision=draft.revision)] for unit in units[:CHOICES]
    ]
    return activity_card.ask(turn.actor, draft, key, rows)


async def unit_written(turn: Turn, revision: int, words: str) -> View:
    """The unit's name was written: the one unit is taken, several are offered."""
    draft = await require(turn, revision)
    wanted = words_of(words)
    found = await units_named(turn.session, wanted) if wanted else []
    found = found or (await units_also_called(turn.session, wanted, whole=False) if wanted else [])
    if not found:
        raise DomainError("activities.no_such_unit", words=words[:40])
    draft.card_message_id = None
    if len(found) == 1:
        return await choose_unit(turn, revision, ident(found[0]))
    return _units(turn, draft, "activities.choose_unit", list(found))


async def choose_unit(turn: Turn, revision: int, unit_id: int) -> View:
    draft = await require(turn, revision)
    if not activity_rights.may_write_for(turn.actor, unit_id):
        raise DomainError("activities.read_only")
    await require_in_use(turn.session, [unit_id])
    activity_drafts.note(turn, draft, unit=unit_id)
    return await activity_card.card(turn.session, turn.actor, draft)


async def choose_number(turn: Turn, revision: int, at: int, choice: NumberChoice) -> View:
    """Take a number of the words into the entry, or leave it out."""
    draft = await require(turn, revision)
    activity_drafts.choose_number(turn, draft, await _number(turn, draft, at), choice)
    return await activity_card.card(turn.session, turn.actor, draft)


async def answer_same(turn: Turn, revision: int, at: int, same: bool) -> View:
    """同一项工作？ is answered: the number only refers to the report, or it stands beside it."""
    draft = await require(turn, revision)
    activity_drafts.answer_same(turn, draft, await _number(turn, draft, at), same)
    return await activity_card.card(turn.session, turn.actor, draft)


async def _number(turn: Turn, draft: Draft, at: int) -> ActivityNumber:
    numbers = (await activity_drafts.read(turn.session, turn.actor, draft)).numbers
    if not 0 <= at < len(numbers):
        raise OldCardError
    return numbers[at]
