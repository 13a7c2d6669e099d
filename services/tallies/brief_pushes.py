"""The morning push to the leaders: the brief, and the week or the month that is over, as one message."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from locales import Text
from models import people, ticks
from models.db import Session, ident
from models.delivery import messages
from models.people import Contact
from models.ticks import TickMark
from reports.formats import day_text
from reports.pictures.picture import Picture
from reports.pictures.tally_picture import tally_picture
from reports.tally import Tally, says_something
from rules.delivery.delivery import MessageKind
from rules.period_days import TOLD_OF, told_of, told_on
from rules.periods import FigurePeriod
from rules.slots import latest_slot, local_slot, slot_key
from services import outbox
from services.access import actor_of
from services.campaign import Campaign
from services.dry_run import PlannedMessage, TickStep
from services.tallies import brief_rhythm, briefs, period_digests, promised_pictures
from services.tallies.brief_rhythm import ChosenRhythm, brief_before
from services.tallies.period_digests import PeriodDigest
from services.tasks import task_targets
from services.turn import TickTurn, Turn, turn_of
from services.views import View

log = structlog.get_logger(__name__)
_TICK: Final = "brief"
AT_ONCE: Final = 20
"""So many leaders get theirs in one transaction."""
Scope = Collection[int] | None


@dataclass(frozen=True, slots=True)
class Push:
    """What a leader gets. ``before``: the day of their last brief; None: no brief is due, but ``told``."""

    contact: Contact
    before: date | None
    told: tuple[FigurePeriod, ...]


@dataclass(slots=True)
class CountedPushes:
    """What was counted in a step: leaders of one scope read the same numbers."""

    tallies: dict[tuple[Scope, date], Tally] = field(default_factory=dict)
    digests: dict[tuple[Scope, FigurePeriod], PeriodDigest] = field(default_factory=dict)
    pictures: dict[tuple[Scope, date | None, tuple[FigurePeriod, ...], str], Picture | None] = field(
        default_factory=dict
    )


async def brief_tick(turn: TickTurn) -> list[PlannedMessage]:
    """As ``brief_step``, until all have theirs."""
    planned: list[PlannedMessage] = []
    while True:
        step = await brief_step(turn)
        planned += step.told
        if not step.more:
            return planned


async def brief_step(turn: TickTurn) -> TickStep:
    """Promise some enrolled leaders the brief of this working day, or of the week that is over.

    A week or a month that is over and was not told of yet is in the same message. A missed day's brief is not
    made up for.
    """
    mark = await ticks.tick_turn(turn.session, _TICK, turn.now)
    day = latest_slot(
        turn.now, turn.campaign.slots.brief, turn.campaign.zone, turn.campaign.calendar.is_working_day
    )
    ends = turn.campaign.slots.brief_ends
    if day != turn.today or turn.now >= local_slot(day, ends, turn.campaign.zone):
        return TickStep([], more=False)
    slot = slot_key(day, _TICK)
    if mark.slot_key == slot:
        return TickStep([], more=False)
    marks = {period: await _mark_of(turn, period) for period in told_of(day, turn.campaign.calendar)}
    told = [one for one, done in marks.items() if done.slot_key != period_digests.slot_of(turn, one)]
    pushes = await _pushes(turn, slot, told)
    counted = CountedPushes()
    planned: list[PlannedMessage] = []
    for push in pushes:
        if len(planned) == AT_ONCE:
            return TickStep(planned, more=True)
        if (made := await _promised(turn, slot, push, counted)) is not None:
            planned.append(made)
    if pushes and not planned:
        return TickStep([], more=False)  # nobody got theirs, so the next tick tries again
    mark.slot_key = slot
    for period, done in marks.items():
        done.slot_key = period_digests.slot_of(turn, period)
    turn.session.add_all([mark, *marks.values()])
    return TickStep(planned, more=False)


async def rehearse(session: Session, *, at: datetime, campaign: Campaign) -> list[PlannedMessage]:
    """What would be sent at ``at`` if the program had run until the minute before.

    It leaves changed rows behind, so it must run in a transaction that is rolled back.
    """
    turn, before = TickTurn(session, at, campaign), at - timedelta(minutes=1)
    mark = await ticks.tick_turn(session, _TICK, before)
    day = latest_slot(before, campaign.slots.brief, campaign.zone, campaign.calendar.is_working_day)
    mark.slot_key = "" if day is None else slot_key(day, _TICK)
    session.add(mark)
    for period in TOLD_OF:
        done, first = await _mark_of(turn, period), told_on(period, turn.today, campaign.calendar)
        was_told = first is not None and local_slot(first, campaign.slots.brief, campaign.zone) <= before
        done.slot_key = period_digests.slot_of(turn, period) if was_told else ""
        session.add(done)
    await session.flush()
    return await brief_tick(turn)


async def _mark_of(turn: TickTurn, period: FigurePeriod) -> TickMark:
    return await ticks.tick_turn(turn.session, f"{_TICK} {period.value}", turn.now)


async def _pushes(turn: TickTurn, slot: str, told: Sequence[FigurePeriod]) -> list[Push]:
    """What the leaders get who have not been promised theirs and can be reached."""
    leaders = [one for one in await people.enrolled_leaders(turn.session) if one.reachable]
    chosen = await brief_rhythm.rhythms(turn.session, [ident(one) for one in leaders], turn.campaign.zone)
    there = await messages.ids_of_keys(turn.session, [f"{slot}:{one.id}" for one in leaders])
    had = await _had(turn, leaders, told)
    pushes = []
    for contact in leaders:
        rhythm = chosen.get(ident(contact), ChosenRhythm())
        before = brief_before(turn.today, rhythm, turn.campaign.calendar)
        mine = tuple(
            one for one in told if _was_there(turn, contact, one) and (ident(contact), one) not in had
        )
        if f"{slot}:{contact.id}" not in there and (before is not None or mine):
            pushes.append(Push(contact, before, mine))
    return pushes


async def _had(
    turn: TickTurn, leaders: Sequence[Contact], told: Sequence[FigurePeriod]
) -> set[tuple[int, FigurePeriod]]:
    """Who was told of which period on an earlier day, on which not all leaders got theirs."""
    found = set()
    for period in told:
        day = told_on(period, turn.today, turn.campaign.calendar) or turn.today
        while day < turn.today:
            keys = {f"{slot_key(day, _TICK)}:{one.id}": ident(one) for one in leaders}
            there = await messages.ids_of_keys(turn.session, list(keys))
            found |= {(keys[key], period) for key in there}
            day += timedelta(days=1)
    return found


def _was_there(turn: TickTurn, contact: Contact, period: FigurePeriod) -> bool:
    """Whether they had joined by the day on which the period was to be told of."""
    first = told_on(period, turn.today, turn.campaign.calendar)
    if first is None or contact.enrolled_at is None:
        return first is not None
    return turn.campaign.today(contact.enrolled_at) <= first


async def _promised(turn: TickTurn, slot: str, push: Push, counted: CountedPushes) -> PlannedMessage | None:
    """What is promised to a leader. None: it cannot be counted. That costs theirs alone; the log says why."""
    try:
        async with turn.session.begin_nested():
            return await _promise(turn, slot, push, counted)
    except SQLAlchemyError:
        raise
    except Exception:
        log.exception("a brief cannot be counted", contact=ident(push.contact))
        return None


async def _promise(turn: TickTurn, slot: str, push: Push, counted: CountedPushes) -> PlannedMessage:
    contact = push.contact
    mine = turn_of(turn, await actor_of(turn.session, contact, today=turn.today))
    tally = None if push.before is None else await _tally(mine, push.before, counted)
    digests = [await _digest(mine, period, counted) for period in push.told]
    views = [] if tally is None else [briefs.view_of(mine, tally, whole=False)]
    view = _joined([*views, *(View(made.lines, [made.button] if made.button else []) for made in digests)])
    # A brief is over with its morning; what it tells of a week or month is not.
    kind, key = MessageKind.DIGEST if push.told else MessageKind.BRIEF, f"{slot}:{contact.id}"
    await outbox.enqueue(turn.session, kind, key, view, now=turn.now, contact=contact)
    about = mine.actor.oversight, push.before, push.told, contact.locale or turn.campaign.locale
    if about not in counted.pictures:
        counted.pictures[about] = await promised_pictures.made(
            turn, lambda: _picture(mine, tally, digests, about[-1])
        )
    if (picture := counted.pictures[about]) is not None:
        await promised_pictures.promise_to_contact(turn, f"{slot}/picture:{contact.id}", picture, contact)
    return PlannedMessage(
        recipient=Text("common.contact", unit=mine.actor.unit.name, name=contact.name),
        chat=contact.telegram_user_id,
        slot=slot,
        duties=[],
        reason=Text("brief.reason"),
        words=view,
    )


async def _tally(turn: Turn, before: date, counted: CountedPushes) -> Tally:
    about = turn.actor.oversight, before
    if about not in counted.tallies:
        counted.tallies[about] = await briefs.tally_of(turn, before)
    return counted.tallies[about]


async def _digest(turn: Turn, period: FigurePeriod, counted: CountedPushes) -> PeriodDigest:
    about = turn.actor.oversight, period
    if about not in counted.digests:
        scope = briefs.scope_of(turn)
        counted.digests[about] = await period_digests.digest(turn, period, turn.actor.oversight, scope)
    return counted.digests[about]


def _joined(views: Sequence[View]) -> View:
    """Several views as one message, an empty line between them."""
    lines = [line for view in views for line in (Text("common.as_is", text=""), *view.lines)]
    return View(lines[1:], [row for view in views for row in view.rows])


async def _picture(
    turn: Turn, tally: Tally | None, digests: Sequence[PeriodDigest], locale: str
) -> Picture | None:
    """The one picture of the message: that of the longest time of which it has something to tell."""
    for made in digests:
        if (shown := await period_digests.picture(turn, made, locale)) is not None:
            return shown
    if tally is None or not says_something(tally):
        return None
    title = Text("pictures.brief_title", day=day_text(turn.today), scope=briefs.scope_of(turn))
    targets = await task_targets.target_sums(turn.session, turn.actor.oversight, turn.now)
    picture = tally_picture(tally, targets, title, turn.campaign.zone, locale)
    return picture if picture.panels else None
