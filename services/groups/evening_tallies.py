"""The evening tally of the groups, once per slot."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from locales import Text
from models import groups, ticks
from models.db import Session, ident
from models.groups import GroupChat
from rules.delivery.delivery import MessageKind
from rules.slots import latest_slot, local_slot, slot_key
from services import outbox
from services.campaign import Campaign
from services.dry_run import PlannedMessage
from services.duties import report_windows
from services.groups import past_tallies
from services.groups.past_tallies import TallyScope
from services.tallies import promised_pictures, tally_counting
from services.turn import TickTurn

_INSTANT: Final = timedelta(microseconds=1)


async def tally_tick(turn: TickTurn) -> list[PlannedMessage]:
    """Promise each bound group the tally of the latest slot; missed slots collapse into it."""
    await ticks.tick_turn(turn.session, "tally", turn.now)
    day = latest_slot(
        turn.now, turn.campaign.slots.tally, turn.campaign.zone, turn.campaign.calendar.is_working_day
    )
    if day is None or not _may_go_out(day, turn.now, turn.campaign):
        return []
    as_of = local_slot(day, turn.campaign.slots.day_closes, turn.campaign.zone)
    wanted = [group for group in await groups.active_groups(turn.session) if group.tallied_until < as_of]
    return [await _promise_tally(turn, group, day, as_of) for group in wanted]


def _may_go_out(day: date, now: datetime, campaign: Campaign) -> bool:
    """Whether the tally of ``day`` may be sent now.

    It may on that day until the quiet hours begin; after an outage, in the hours of a working day.
    """
    today = campaign.today(now)
    if now >= local_slot(today, campaign.quiet.begins, campaign.zone):
        return False
    if day == today:
        return True
    from_hours = local_slot(today, campaign.slots.brief, campaign.zone)
    return campaign.calendar.is_working_day(today) and now >= from_hours


async def _promise_tally(turn: TickTurn, group: GroupChat, day: date, as_of: datetime) -> PlannedMessage:
    scope = await TallyScope.of(turn.session, group)
    since, slot = await _period_begins(turn.session, group), slot_key(day, "tally")
    standing = await tally_counting.stand(
        turn.session, since=since, as_of=as_of, campaign=turn.campaign, scope=scope.units
    )
    # Counts from the last tally, even if the group never got that one: see ``_period_begins``.
    due = await report_windows.closing(
        turn.session, since=group.tallied_until, until=as_of, campaign=turn.campaign, scope=scope.units
    )
    standing = replace(standing, due=due)
    tally = await tally_counting.count_with(
        turn.session, standing, since=since, as_of=as_of, scope=scope.units
    )
    view = past_tallies.view(tally, scope, turn.campaign)
    shown = await past_tallies.remember_tally(turn.session, group, slot, tally, standing, scope)
    await outbox.enqueue(
        turn.session,
        MessageKind.TALLY,
        f"{slot}:{group.id}",
        view,
        now=turn.now,
        chat=(group.chat_id, group.thread_id),
        live_id=shown.id,
    )
    picture = await past_tallies.picture(turn, tally, scope)
    if picture.panels:
        key = f"{slot}/picture:{group.id}"
        await promised_pictures.promise_to_group(turn, key, picture, group, shown.subject_id)
    group.tallied_until = as_of
    turn.session.add(group)
    return PlannedMessage(
        recipient=Text("common.as_is", text=group.title),
        chat=group.chat_id,
        slot=slot,
        duties=[task.objective for task in tally.late],
        reason=Text("tally.reason"),
        words=view,
    )


async def _period_begins(session: Session, group: GroupChat) -> datetime:
    """The start of a group's next tally (exclusive): the end of its last one.

    If the group never got that one, what counts at its very moment, such as the reports of the evening
    before, is still new to the group.
    """
    got = await groups.got_tally_of(session, ident(group), group.tallied_until)
    return group.tallied_until if got else group.tallied_until - _INSTANT
