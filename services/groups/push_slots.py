"""What goes out to the groups today: the evening tally, and the week and the month that are over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from locales import Text
from models import groups, ticks
from models.db import ident
from models.delivery import messages, push_notes
from models.groups import GroupChat
from reports.formats import day_text
from rules.period_days import TOLD_OF, told_of, told_on, week_or_month_after
from rules.periods import FigurePeriod
from rules.slots import day_of_slot, local_slot, slot_key
from rules.tally_hours import TallyHour
from services.groups import group_digests, tally_hours
from services.tallies import period_digests
from services.turn import TickTurn

TALLY: Final = "tally"


@dataclass(frozen=True, slots=True)
class PushHour:
    """A moment at which groups get it: how many wait for it, got it, and were passed over (今日不发)."""

    at: datetime
    waiting: int = 0
    sent: int = 0
    held_back: int = 0


@dataclass(frozen=True, slots=True)
class PushSlot:
    """A day's tally, or a week's or a month's digest (``period``), and when the groups get it."""

    key: str
    day: date
    period: FigurePeriod | None
    hours: Sequence[PushHour]

    @property
    def title(self) -> Text:
        name = TALLY if self.period is None else self.period.value
        return Text(f"push.title.{name}", day=day_text(self.day))

    @property
    def first(self) -> datetime | None:
        """When the first group gets it; None: no group does."""
        return self.hours[0].at if self.hours else None

    @property
    def is_open(self) -> bool:
        """Whether a group still waits for it."""
        return any(hour.waiting for hour in self.hours)


async def of_today(turn: TickTurn) -> list[PushSlot]:
    """What some group gets today, in the order in which it goes out."""
    if not turn.campaign.calendar.is_working_day(turn.today):
        return []
    periods: list[FigurePeriod | None] = [*told_of(turn.today, turn.campaign.calendar), None]
    found = [await _slot(turn, period, turn.today) for period in periods]
    return [slot for slot in found if slot.hours and (slot.day == turn.today or slot.is_open)]


async def by_key(turn: TickTurn, key: str) -> PushSlot | None:
    """A slot as it stands, also one of an earlier day. None: the key means nothing."""
    day, name = day_of_slot(key), key[11:]
    if day is None or name not in {TALLY, *TOLD_OF}:
        return None
    if name == TALLY:
        return await _slot(turn, None, day)
    period = FigurePeriod(name)
    return await _slot(turn, period, week_or_month_after(period, day))


async def held(turn: TickTurn, key: str) -> PushSlot | None:
    """As ``by_key``. It does not go out, nor go on going out, until the transaction ends."""
    name = key[11:]
    if name in {TALLY, *TOLD_OF}:
        await ticks.last_tick(turn.session, TALLY if name == TALLY else group_digests.tick_of(name))
    return await by_key(turn, key)


async def _slot(turn: TickTurn, period: FigurePeriod | None, day: date) -> PushSlot:
    if period is None:
        key = slot_key(day, TALLY)
        return PushSlot(key, day, None, await _tally_hours(turn, key, day))
    # Any day of the week or month in which it is told of names it.
    told = told_on(period, day, turn.campaign.calendar) or day
    key = period_digests.slot_of(replace(turn, now=turn.campaign.midnight(day)), period)
    return PushSlot(key, told, period, await _digest_hours(turn, key, told, period))


async def _tally_hours(turn: TickTurn, key: str, day: date) -> list[PushHour]:
    """The hours of the groups. A group that has got it is counted at the hour that it has now."""
    campaign = turn.campaign
    closes = local_slot(day, campaign.slots.day_closes, campaign.zone)
    told = await groups.promised_of_slot(turn.session, key)
    waiting: Counter[datetime] = Counter()
    sent: Counter[datetime] = Counter()
    held_back: Counter[datetime] = Counter()
    for group in await groups.active_groups(turn.session):
        at = local_slot(day, campaign.tally_time(group.tally_hour), campaign.zone)
        had = told.get(ident(group))
        if had is not None:
            (held_back if had else sent)[at] += 1
        elif _waits(turn, group, day, min(at, closes)):
            waiting[at] += 1
    return [
        PushHour(at, waiting[at], sent[at], held_back[at]) for at in sorted({*waiting, *sent, *held_back})
    ]


def _waits(turn: TickTurn, group: GroupChat, day: date, ends: datetime) -> bool:
    """Whether a group still gets the tally of that day, after an outage on a later one."""
    if group.tally_hour is TallyHour.OFF or group.tallied_until >= ends:
        return False
    if day == turn.today:
        return turn.campaign.calendar.is_working_day(day)
    missed = tally_hours.latest_tally(group.tally_hour, turn.now, turn.campaign)
    return missed is not None and missed.day == day


async def _digest_hours(turn: TickTurn, key: str, day: date, period: FigurePeriod) -> list[PushHour]:
    at = group_digests.begins(day, turn.campaign)
    found = await groups.active_groups(turn.session)
    count = sum(group.bound_at <= at for group in found)
    # Keys of one period begin with their days.
    if await ticks.done_slot(turn.session, group_digests.tick_of(period.value)) >= key:
        if sent := await messages.ids_of_keys(turn.session, [f"{key}:{group.id}" for group in found]):
            return [PushHour(at, sent=len(sent))]
        note = await push_notes.note_of(turn.session, key)
        stopped = note is not None and note.stopped_at is not None
        return [PushHour(at, held_back=count)] if stopped and count else []
    if not count:
        return []
    told = told_on(period, turn.today, turn.campaign.calendar)
    return [PushHour(at, waiting=count)] if group_digests.may_come_late(turn, day) and told == day else []
