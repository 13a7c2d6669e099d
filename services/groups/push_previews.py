"""日报预览: half an hour before the groups are told something, the office sees what, and may stop it.

It is one quiet message per slot and reader, which is edited while groups still wait. The morning brief has
none. It shows the whole district as it is now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Final

from locales import Text
from models import groups, people, ticks
from models.db import Session, ident
from models.delivery import messages, push_notes
from models.delivery.messages import Outbox
from models.delivery.push_notes import PushNote
from models.people import Contact
from reports.formats import hour_text
from reports.tally import preview_lines
from rules.delivery.delivery import MessageKind
from rules.people.roles import Role
from rules.period_days import told_of
from rules.slots import local_slot
from rules.tally_hours import TallyHour
from services import outbox
from services.access import require_office
from services.campaign import Campaign
from services.dry_run import PlannedMessage
from services.errors import DomainError
from services.groups import group_digests, preview_choice, push_slots
from services.groups.push_notes import outcome, remark_lines, stopped_line
from services.groups.push_slots import PushHour, PushSlot
from services.groups.tally_hours import INSTANT
from services.office_notices import PREVIEW
from services.people.free_hours import quiet_of
from services.tallies import period_digests, tally_counting
from services.turn import TickTurn, Turn
from services.views import ButtonSpec, View, button

LEAD: Final = timedelta(minutes=30)
TICK: Final = "foresight"
_MINUTE: Final = timedelta(minutes=1)
# Only times of the day are reckoned with.
_SOME_DAY: Final = date(2000, 1, 2)


# -- by the clock --------------------------------------------------------------------------------------


async def preview_tick(turn: TickTurn) -> list[PlannedMessage]:
    """Promise what is due, and have the previews that stand in chats looked at when an hour comes near.

    After an outage no preview is made up for: one that comes after the tally is worthless.
    """
    mark = await ticks.tick_turn(turn.session, TICK, turn.now)
    moments = await _moments(turn)
    passed = sum(at - lead <= turn.now for at in moments for lead in (LEAD, timedelta()))
    phase = f"{turn.today}/{passed}"
    if mark.slot_key != phase:
        mark.slot_key = phase
        turn.session.add(mark)
        await push_notes.touch_recent(turn.session, turn.now)
    if not any(at - LEAD <= turn.now < at for at in moments):
        return []
    readers = await _readers(turn.session)
    return [one for slot in await _due(turn) for one in await _push(turn, slot, readers)] if readers else []


async def rehearse(session: Session, *, at: datetime, campaign: Campaign) -> list[PlannedMessage]:
    """What would be sent at ``at`` if the program had run until the minute before.

    It leaves changed rows behind, so it must run in a transaction that is rolled back.
    """
    turn, readers = TickTurn(session, at, campaign), await _readers(session)
    due = [slot for slot in await _due(turn) if slot.first is not None and slot.first - LEAD > at - _MINUTE]
    planned = [one for slot in due for one in await _push(turn, slot, readers, again=True)]
    return [await one.made() for one in planned]


async def times(turn: TickTurn) -> set[time]:
    """The local times at which a preview may come."""
    if not await _readers(turn.session):
        return set()
    campaign, slots = turn.campaign, turn.campaign.slots
    hours = await groups.chosen_hours(turn.session)
    wanted = {campaign.tally_time(hour) for hour in hours} | {max(slots.digest, campaign.quiet.ends)}
    return {(datetime.combine(_SOME_DAY, at) - LEAD).time() for at in wanted}


async def _moments(turn: TickTurn) -> list[datetime]:
    """When something goes out today, whether or not a group still waits for it."""
    campaign, today = turn.campaign, turn.today
    if not campaign.calendar.is_working_day(today):
        return []
    hours = await groups.chosen_hours(turn.session) - {TallyHour.OFF}
    found = {local_slot(today, campaign.tally_time(hour), campaign.zone) for hour in hours}
    if told_of(today, campaign.calendar):
        found.add(group_digests.begins(today, campaign))
    return sorted(found)


async def _due(turn: TickTurn) -> list[PushSlot]:
    """The slots of which a preview may come now: none of whose groups was told yet."""
    return [
        slot
        for slot in await push_slots.of_today(turn)
        if slot.is_open and slot.first is not None and slot.first - LEAD <= turn.now < slot.first
    ]


async def _readers(session: Session) -> list[Contact]:
    """The members of the office who have chosen previews."""
    office = await people.enrolled_with_role(session, Role.OFFICE)
    wanted = await preview_choice.who_wants(session, [ident(contact) for contact in office])
    return [contact for contact in office if ident(contact) in wanted]


async def _push(
    turn: TickTurn, slot: PushSlot, readers: Sequence[Contact], *, again: bool = False
) -> list[PlannedMessage]:
    """Promise one message to each reader, once. ``again``: tell of those that were promised, too."""
    keys = {ident(one): push_notes.preview_key(slot.key, ident(one)) for one in readers}
    known = await messages.ids_of_keys(turn.session, list(keys.values()))
    planned = []
    for contact in readers:
        key = keys[ident(contact)]
        if (key in known and not again) or not _may_disturb(turn, slot, contact):
            continue
        await _promise(turn, slot, contact, key, pushed=True)
        planned.append(
            PlannedMessage(
                recipient=Text("common.as_is", text=contact.name),
                chat=contact.telegram_user_id,
                slot=f"{slot.key}/preview",
                duties=[],
                reason=Text("push.reason"),
                words=partial(view, turn, slot, ident(contact)),
            )
        )
    return planned


def _may_disturb(turn: TickTurn, slot: PushSlot, contact: Contact) -> bool:
    """Whether neither the hour of the preview nor this moment is in the reader's quiet hours."""
    campaign = turn.campaign
    quiet = quiet_of(contact, campaign)
    moments = [turn.now] if slot.first is None else [turn.now, slot.first - LEAD]
    return all(
        hours.allows(at, campaign.zone, campaign.calendar)
        for hours in (quiet, campaign.quiet)
        for at in moments
    )


async def _promise(turn: TickTurn, slot: PushSlot, contact: Contact, key: str, *, pushed: bool) -> bool:
    content = {"slot": slot.key, "pushed": pushed, "role": Role.OFFICE.value, "quiet": True}
    return await outbox.enqueue_raw(
        turn.session, MessageKind.NOTICE, key, (PREVIEW, content), now=turn.now, contact=contact
    )


# -- by a button ---------------------------------------------------------------------------------------


async def open_now(turn: Turn) -> Text:
    """日报预览: all that some group still waits for today. Pressed twice in a minute it comes once."""
    require_office(turn.actor)
    found = [slot for slot in await push_slots.of_today(turn) if slot.is_open]
    if not found:
        raise DomainError("push.none")
    for slot in found:
        key = push_notes.preview_key(slot.key, turn.actor.id, f"/{turn.now:%H%M}")
        await _promise(turn, slot, turn.actor.contact, key, pushed=False)
    return Text("push.opened")


# -- what it shows -------------------------------------------------------------------------------------


async def render(turn: TickTurn, row: Outbox) -> View | None:
    """The preview as it goes out. None: it would come too late, or in quiet hours."""
    slot = await push_slots.by_key(turn, row.content["slot"])
    contact = None if row.contact_id is None else await turn.session.get(Contact, row.contact_id)
    if slot is None or contact is None or not slot.is_open or slot.first is None:
        return None
    if row.content["pushed"] and (turn.now >= slot.first or not _may_disturb(turn, slot, contact)):
        return None
    note = push_notes.stamp_of(await push_notes.note_of(turn.session, slot.key))
    return replace(await view(turn, slot, row.contact_id), listed={"note": note})


async def render_live(turn: TickTurn, outbox_id: int) -> tuple[View, str] | None:
    """The preview as it reads now, and its reader's language. None: it stays as it is."""
    row = await turn.session.get(Outbox, outbox_id)
    contact_id = None if row is None else row.contact_id
    contact = None if contact_id is None else await turn.session.get(Contact, contact_id)
    if row is None or contact is None or contact.telegram_user_id != row.chat_id:
        return None
    if Role.OFFICE not in await people.roles_of(turn.session, ident(contact)):
        return None  # who has left the office sees no newer numbers
    slot = await push_slots.by_key(turn, row.content["slot"])
    if slot is None:
        return None
    return await view(turn, slot, contact_id), contact.locale or turn.campaign.locale


async def view(turn: TickTurn, slot: PushSlot, reader_id: int | None) -> View:
    """What goes out, to whom and when, with what the office may do. Afterwards: what became of it."""
    note = await push_notes.note_of(turn.session, slot.key)
    if not slot.is_open:
        return View([slot.title, await outcome(turn, slot, note), *remark_lines(note)])
    numbers = await _numbers(turn, slot)
    hours = [_hour(turn, hour) for hour in slot.hours]
    stopped = note is not None and note.stopped_at is not None
    last = await stopped_line(turn, note) if note is not None and stopped else Text("push.silence_sends")
    lines = [slot.title, *numbers, Text("push.hours", hours=hours), *remark_lines(note), last]
    return View(lines, _rows(slot, note, reader_id))


def _hour(turn: TickTurn, hour: PushHour) -> Text:
    """The groups of an hour: those that still wait, or what became of it for the others."""
    at = hour_text(hour.at, turn.campaign.zone)
    if hour.waiting:
        return Text("push.hour_waiting", time=at, count=hour.waiting)
    if hour.sent:
        return Text("push.hour_sent", time=at, count=hour.sent)
    return Text("push.hour_held_back", time=at, count=hour.held_back)


def _rows(slot: PushSlot, note: PushNote | None, reader_id: int | None) -> list[list[ButtonSpec]]:
    remarked = note is not None and note.remark is not None
    stopped = note is not None and note.stopped_at is not None
    key = "push.change_remark_button" if remarked else "push.remark_button"
    first = [button(key, "preview.remark", reader_id, slot=slot.key)]
    if remarked:
        first.append(button("push.clear_button", "preview.clear", reader_id, slot=slot.key))
    if stopped:
        return [first, [button("push.resume_button", "preview.resume", reader_id, slot=slot.key)]]
    return [first, [button("push.stop_button", "preview.stop", reader_id, slot=slot.key)]]


async def _numbers(turn: TickTurn, slot: PushSlot) -> list[Text]:
    """The first lines of the tally of the whole district, or its digest, as of now."""
    campaign = turn.campaign
    if slot.period is not None:
        scope = Text("groups.scope.all")
        return (await period_digests.digest(turn, slot.period, None, scope)).lines
    closes = local_slot(slot.day, campaign.slots.day_closes, campaign.zone)
    as_of = min(turn.now, closes)
    since = campaign.last_tally(closes - INSTANT)
    tally = await tally_counting.count(turn.session, since=since, as_of=as_of, campaign=campaign)
    if turn.now < closes:
        tally = replace(tally, closes=closes)
    return preview_lines(tally, campaign.zone)
