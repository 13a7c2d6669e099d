"""The hour that a group has chosen for its tally: how it is offered, and how it changes."""

from __future__ import annotations

from datetime import datetime

from locales import Text
from models import groups, ticks
from models.db import Session, ident
from models.delivery import push_notes
from models.groups import GroupChat
from rules.tally_hours import TallyHour, in_force, offered_hours
from services import audit
from services.access import Actor
from services.campaign import Campaign
from services.errors import DomainError
from services.groups import group_scopes
from services.turn import Turn
from services.views import ButtonSpec, View, button


def office_only(actor: Actor) -> None:
    if not actor.is_office:
        raise DomainError("groups.office_only")


async def bound_view(session: Session, group: GroupChat, campaign: Campaign) -> View:
    """What a group is bound to, and when it gets its tally, with the hours to choose from."""
    scope = await group_scopes.title_of(session, group)
    if group.tally_hour is TallyHour.OFF:
        line = Text("groups.bound_without_tally", scope=scope)
    else:
        line = Text("groups.bound", scope=scope, time=_clock(group.tally_hour, campaign))
    return View([line], [choices(group, campaign)])


def present_line(group: GroupChat, campaign: Campaign) -> Text:
    """When the group gets its tally at present."""
    if group.tally_hour is TallyHour.OFF:
        return Text("groups.no_tally_now")
    return Text("groups.hour_now", time=_clock(group.tally_hour, campaign))


def _clock(hour: TallyHour, campaign: Campaign) -> str:
    return f"{campaign.tally_time(hour):%H:%M}"


def choices(group: GroupChat, campaign: Campaign) -> list[ButtonSpec]:
    """A button for each hour that is offered, with a mark on the present one. Any of the office may press."""
    usual, quiet = campaign.slots.tally, campaign.quiet
    present = in_force(group.tally_hour, usual, quiet)
    row = []
    for hour in offered_hours(usual, quiet):
        label = Text(f"groups.hour.{hour.value}", time=_clock(hour, campaign))
        label = Text("groups.hour_chosen", hour=label) if hour is present else label
        row.append(button(label, "group.hour", None, id=ident(group), hour=hour))
    return row


async def choose(turn: Turn, id: int, hour: TallyHour) -> View:
    """Let a group have its tally at that hour, or none. A second press of the same finds it chosen."""
    office_only(turn.actor)
    group = await hold(turn.session, id)
    if group is None or not group.active:
        raise DomainError("groups.bind_first")
    if hour not in offered_hours(turn.campaign.slots.tally, turn.campaign.quiet):
        raise DomainError("groups.hour_not_offered")
    before = group.tally_hour
    if hour is not before:
        group.tallied_until = await _goes_on_from(turn, group, hour)
        group.tally_hour = hour
        turn.session.add(group)
        await groups.forget_closed(turn.session, ident(group))
        was, now = {"tally_hour": before.value}, {"tally_hour": hour.value}
        audit.note(turn, "tally_hour", ("group", group.id), before=was, after=now)
        await push_notes.touch_recent(turn.session, turn.now)
    return await bound_view(turn.session, group, turn.campaign)


async def hold(session: Session, group_id: int) -> GroupChat | None:
    """A group as it is now. Nobody changes it, and no tally runs, until the transaction ends."""
    await ticks.last_tick(session, "tally")
    return await groups.locked_group(session, group_id)


async def begins_afresh(turn: Turn, group: GroupChat, hour: TallyHour) -> datetime:
    """The end of the last tally of that hour: a group that had none for a while is not told of all that time.

    What a tally has told the group already is not told again.
    """
    begins = turn.campaign.last_tally(turn.now, hour)
    if group.id is None:
        return begins
    told = await groups.last_promised(turn.session, group.id, turn.now)
    return begins if told is None else max(told, begins)


async def _goes_on_from(turn: Turn, group: GroupChat, hour: TallyHour) -> datetime:
    """Where the period of the next tally begins when a group changes its hour.

    It is the end of its last tally. A group that had none yet may have the tally of a day for which it was
    bound too late before.
    """
    if group.tally_hour is TallyHour.OFF:
        return await begins_afresh(turn, group, hour)
    if hour is TallyHour.OFF:
        return group.tallied_until
    earlier = min(group.tallied_until, turn.campaign.last_tally(turn.now, hour))
    told = await groups.last_promised(turn.session, ident(group), turn.now)
    return earlier if told is None else max(told, earlier)
