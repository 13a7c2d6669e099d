"""周报、月报: each bound group is told of the week and the month that are over, once."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from locales import Text
from models import groups, ticks
from models.db import Session
from models.delivery import push_notes
from models.groups import GroupChat
from rules.delivery.delivery import MessageKind
from rules.period_days import LATEST, TOLD_OF, told_on
from rules.periods import FigurePeriod
from rules.slots import local_slot
from services import outbox
from services.campaign import Campaign
from services.dry_run import PlannedMessage
from services.groups import group_scopes
from services.tallies import period_digests, promised_pictures
from services.turn import TickTurn
from services.views import View


async def digest_tick(turn: TickTurn) -> list[PlannedMessage]:
    """Promise each bound group what is to be told of by now; the longer period first.

    After an outage it comes later in the same week or month, in the hours of a working day.
    """
    told: list[PlannedMessage] = []
    for period in TOLD_OF:
        day = told_on(period, turn.today, turn.campaign.calendar)
        if day is not None and may_come_late(turn, day) and _may_go_out(turn, day):
            told += await _tell(turn, period, day)
    return told


async def rehearse(session: Session, *, at: datetime, campaign: Campaign) -> list[PlannedMessage]:
    """What would be sent at ``at`` if the program had run until the minute before.

    It leaves changed rows behind, so it must run in a transaction that is rolled back.
    """
    turn, before = TickTurn(session, at, campaign), at - timedelta(minutes=1)
    for period in TOLD_OF:
        mark = await ticks.tick_turn(session, tick_of(period.value), at)
        day = told_on(period, turn.today, campaign.calendar)
        was_told = day is not None and begins(day, campaign) <= before
        mark.slot_key = period_digests.slot_of(turn, period) if was_told else ""
        session.add(mark)
    await session.flush()
    return await digest_tick(turn)


def tick_of(period: str) -> str:
    """The name of the mark that says of which week or month (the name of that period) groups were told."""
    return f"digest {period}"


def begins(day: date, campaign: Campaign) -> datetime:
    """The first moment of a day at which groups are told of a period."""
    return local_slot(day, max(campaign.slots.digest, campaign.quiet.ends), campaign.zone)


def may_come_late(turn: TickTurn, day: date) -> bool:
    """Whether what was to be told on ``day`` is still told today."""
    return turn.today - day <= LATEST


def _may_go_out(turn: TickTurn, day: date) -> bool:
    """Whether groups may be told now of what they are to be told of on ``day``."""
    allowed = turn.campaign.quiet.allows(turn.now, turn.campaign.zone, turn.campaign.calendar)
    return allowed and all(begins(one, turn.campaign) <= turn.now for one in (day, turn.today))


async def _tell(turn: TickTurn, period: FigurePeriod, day: date) -> list[PlannedMessage]:
    mark = await ticks.tick_turn(turn.session, tick_of(period.value), turn.now)
    slot = period_digests.slot_of(turn, period)
    if mark.slot_key == slot:
        return []
    mark.slot_key = slot
    turn.session.add(mark)
    note = await push_notes.note_of(turn.session, slot)
    await push_notes.touch_previews(turn.session, slot)
    if note is not None and note.stopped_at is not None:
        return []  # its message alone is dropped: the period is over for these groups, too
    # A group that was bound later hears of the next period.
    since = begins(day, turn.campaign)
    found = [group for group in await groups.active_groups(turn.session) if group.bound_at <= since]
    remark = None if note is None else note.remark
    return [await _promise(turn, group, period, slot, remark) for group in found]


async def _promise(
    turn: TickTurn, group: GroupChat, period: FigurePeriod, slot: str, remark: str | None
) -> PlannedMessage:
    units = await group_scopes.units_of(turn.session, group)
    scope = await group_scopes.title_of(turn.session, group)
    made = await period_digests.digest(turn, period, units, scope)
    remarks = [] if remark is None else [Text("push.remark", remark=remark)]
    lines = [made.lines[0], *remarks, *made.lines[1:]]
    view = View(lines, [made.button] if made.button else [])
    key, chat = f"{slot}:{group.id}", (group.chat_id, group.thread_id)
    await outbox.enqueue(turn.session, MessageKind.DIGEST, key, view, now=turn.now, chat=chat)
    picture = await promised_pictures.made(
        turn, lambda: period_digests.picture(turn, made, turn.campaign.locale)
    )
    if picture is not None:
        await promised_pictures.promise_to_group(turn, f"{slot}/picture:{group.id}", picture, group)
    return PlannedMessage(
        recipient=Text("common.as_is", text=group.title),
        chat=group.chat_id,
        slot=slot,
        duties=[],
        reason=Text(f"digest.{period.value}_reason"),
        words=view,
    )
