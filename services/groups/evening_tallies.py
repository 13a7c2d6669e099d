"""The tally of the groups, once a day, each at the hour that the group has chosen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from locales import Text
from models import groups, ticks
from models.db import Session, ident
from models.delivery import push_notes
from models.delivery.push_notes import PushNote
from models.groups import GroupChat
from reports.tally import TallyStanding
from rules.delivery.delivery import MessageKind
from rules.slots import local_slot
from rules.tally_hours import TallyHour, in_force
from services import outbox
from services.campaign import Campaign
from services.dry_run import PlannedMessage
from services.groups import counting_by_hour, past_tallies, tally_hours
from services.groups.past_tallies import KeptTally, TallyScope
from services.groups.tally_hours import TallySlot
from services.tallies import promised_pictures, reports_below, tally_counting
from services.turn import TickTurn
from services.views import View


async def tally_tick(turn: TickTurn) -> list[PlannedMessage]:
    """Promise each bound group the tally of its latest hour; missed ones collapse into it.

    For the groups whose hour is after the close of the day, keep how the day closed.
    """
    await ticks.tick_turn(turn.session, "tally", turn.now)
    found = await groups.active_groups(turn.session)
    due = await _due(turn, found)
    notes = await push_notes.notes_of(turn.session, {slot.key for _, slot in due}) if due else {}
    planned = [await _promise_tally(turn, group, slot, notes.get(slot.key)) for group, slot in due]
    for key in sorted({slot.key for _, slot in due}):
        await push_notes.touch_previews(turn.session, key)
    await _keep_closed(turn, found)
    return [one for one in planned if one is not None]


async def _due(turn: TickTurn, found: Sequence[GroupChat]) -> list[tuple[GroupChat, TallySlot]]:
    """The groups that get a tally now. One that was tallied on a day at another hour waits for the next."""
    wanted = []
    for hour in TallyHour:
        slot = tally_hours.latest_tally(hour, turn.now, turn.campaign)
        mine = [group for group in found if group.tally_hour is hour]
        if slot is None or not mine or not _may_go_out(slot.day, turn.now, turn.campaign):
            continue
        behind = [group for group in mine if group.tallied_until < slot.ends]
        there = await groups.tallies_of_slot(turn.session, slot.key) if behind else {}
        for group in behind:
            row = there.get(ident(group))
            had = row is not None and row.promised and row.as_of <= group.tallied_until
            wanted += [] if had else [(group, slot)]
    return sorted(wanted, key=lambda one: ident(one[0]))


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


async def _keep_closed(turn: TickTurn, found: Sequence[GroupChat]) -> None:
    """Keep how the day closed for those who get its tally later: nobody can find that again."""
    slot = tally_hours.waited_for(turn.now, turn.campaign)
    if slot is None:
        return
    usual, quiet = turn.campaign.slots.tally, turn.campaign.quiet
    later = [group for group in found if in_force(group.tally_hour, usual, quiet) is TallyHour.LATER]
    waiting = [group for group in later if group.tallied_until < slot.ends]
    there = await groups.tallies_of_slot(turn.session, slot.key) if waiting else {}
    for group in waiting:
        if ident(group) not in there:
            scope = await TallyScope.of(turn.session, group)
            since = await _period_begins(turn.session, group)
            standing = await _stand(turn, group, since, slot, scope)
            await past_tallies.keep_closed(turn.session, group, slot, KeptTally(since, standing, scope))


async def _promise_tally(
    turn: TickTurn, group: GroupChat, slot: TallySlot, note: PushNote | None
) -> PlannedMessage | None:
    """Promise it. None: the office has stopped it, so only its message is dropped."""
    since = await _period_begins(turn.session, group)
    closed = await past_tallies.closed_tally(turn.session, group, slot, since)
    if closed is not None:
        standing, scope = closed
    else:
        scope = await TallyScope.of(turn.session, group)
        standing = await _stand(turn, group, since, slot, scope)
    slot = slot.told(since, turn.now, turn.campaign)
    kept = KeptTally(since, standing, scope, None if note is None else note.remark)
    group.tallied_until = slot.as_of
    turn.session.add(group)
    if note is not None and note.stopped_at is not None:
        await past_tallies.hold_back(turn.session, group, slot, kept)
        return None
    return await _send(turn, group, slot, kept)


async def _send(turn: TickTurn, group: GroupChat, slot: TallySlot, kept: KeptTally) -> PlannedMessage:
    tally = await counting_by_hour.count(
        turn.session,
        kept.standing,
        slot.shown,
        since=kept.since,
        as_of=slot.as_of,
        scope=kept.scope.units,
    )
    view = past_tallies.view(tally, kept.scope, turn.campaign, remark=kept.remark)
    shown = await past_tallies.remember_tally(turn, group, slot, kept)
    await outbox.enqueue(
        turn.session,
        MessageKind.TALLY,
        f"{slot.key}:{group.id}",
        view,
        now=turn.now,
        chat=(group.chat_id, group.thread_id),
        live_id=shown.id,
    )
    picture = await promised_pictures.made(turn, lambda: past_tallies.picture(turn, tally, kept.scope))
    if picture is not None and picture.panels:
        key = f"{slot.key}/picture:{group.id}"
        await promised_pictures.promise_to_group(turn, key, picture, group, shown.subject_id)
    return _planned(group, slot, [task.objective for task in tally.late], view)


def _planned(group: GroupChat, slot: TallySlot, late: Sequence[str], view: View) -> PlannedMessage:
    recipient = Text("common.as_is", text=group.title)
    return PlannedMessage(recipient, group.chat_id, slot.key, late, Text("tally.reason"), view)


async def _stand(
    turn: TickTurn, group: GroupChat, since: datetime, slot: TallySlot, scope: TallyScope
) -> TallyStanding:
    """How the tasks stand now, and what was due up to the tally's hour."""
    standing = await tally_counting.stand(
        turn.session, since=since, as_of=slot.as_of, campaign=turn.campaign, scope=scope.units
    )
    # Counts from the last tally, even if the group never got that one: see ``_period_begins``.
    return await reports_below.with_due(
        turn.session,
        standing,
        since=group.tallied_until,
        until=slot.as_of,
        campaign=turn.campaign,
        scope=scope.units,
    )


async def _period_begins(session: Session, group: GroupChat) -> datetime:
    """The start of a group's next tally (exclusive): the end of its last one.

    If the group never got that one, what counts at its very moment, such as the reports of the evening
    before, is still new to the group.
    """
    got = await groups.got_tally_of(session, ident(group), group.tallied_until)
    return group.tallied_until if got else group.tallied_until - tally_hours.INSTANT
