"""Group chats: binding one for the tally, letting it go, following it to its supergroup."""

from __future__ import annotations

from datetime import datetime

from models import campaign as groups
from models import messages
from models.campaign import GroupChat
from models.db import Session
from services import audit, outbox
from services.access import Actor
from services.campaign import Campaign
from services.errors import DomainError
from services.summaries import last_tally_moment
from services.views import View, say


async def bind(
    session: Session,
    actor: Actor,
    *,
    chat_id: int,
    thread_id: int | None,
    title: str,
    now: datetime,
    campaign: Campaign,
) -> View:
    """``/bind`` by the office: the tally goes to this group, in this topic. Again: it moves here."""
    if not actor.is_office:
        raise DomainError("groups.office_only")
    group = await groups.group_by_chat(session, chat_id)
    before = None
    if group is None:
        group = GroupChat(
            chat_id=chat_id,
            bound_by=actor.id,
            bound_at=now,
            tallied_until=last_tally_moment(now, campaign),
        )
    else:
        before = {"active": group.active, "thread_id": group.thread_id}
        if not group.active:
            group.tallied_until = last_tally_moment(now, campaign)
    group.active, group.thread_id, group.title = True, thread_id, title
    group.bound_by, group.bound_at = actor.id, now
    session.add(group)
    await session.flush()
    after = {"active": True, "thread_id": thread_id}
    audit.record(session, "bind", ("group", group.id), now=now, actor_id=actor.id, before=before, after=after)
    return say("groups.bound", time=f"{campaign.slots.tally:%H:%M}")


async def unbind(session: Session, actor: Actor, chat_id: int, *, now: datetime) -> View:
    """``/unbind`` by the office: no more tallies here."""
    if not actor.is_office:
        raise DomainError("groups.office_only")
    group = await groups.group_by_chat(session, chat_id)
    if group is None or not group.active:
        return say("groups.not_bound")
    await _let_go(session, group, now, actor.id)
    return say("groups.unbound")


async def lose(session: Session, chat_id: int, *, now: datetime) -> None:
    """The bot was removed from the group: it is not written to any more."""
    group = await groups.group_by_chat(session, chat_id)
    if group is not None and group.active:
        await _let_go(session, group, now, None)
        view = say("groups.lost", title=group.title)
        await outbox.tell_office(session, f"group-lost:{group.id}:{now.isoformat()}", view, now=now)


async def lost_pin(session: Session, group_id: int, *, now: datetime) -> None:
    """The bot may not pin here (any more): its board stays a message like any other."""
    group = await session.get(GroupChat, group_id)
    if group is not None and group.may_pin:
        group.may_pin = False
        session.add(group)
        audit.record(
            session,
            "lost_pin",
            ("group", group.id),
            now=now,
            before={"may_pin": True},
            after={"may_pin": False},
        )


async def _let_go(session: Session, group: GroupChat, now: datetime, actor_id: int | None) -> None:
    group.active = False
    session.add(group)
    audit.record(
        session,
        "unbind",
        ("group", group.id),
        now=now,
        actor_id=actor_id,
        before={"active": True},
        after={"active": False},
    )


async def follow(session: Session, old_id: int, new_id: int, *, now: datetime) -> None:
    """A group became a supergroup: the binding and what waits for it go to the new id, once."""
    await messages.repoint_chat(session, old_id, new_id)
    group = await groups.group_by_chat(session, old_id)
    if group is None:
        return
    if await groups.group_by_chat(session, new_id) is not None:
        await _let_go(session, group, now, None)  # somebody has bound the new one already
        return
    group.chat_id = new_id
    session.add(group)
    await session.flush()
    audit.record(
        session,
        "migrate",
        ("group", group.id),
        now=now,
        before={"chat_id": old_id},
        after={"chat_id": new_id},
    )


def only_in_groups() -> View:
    """``/bind`` was sent where there is no group."""
    return say("groups.only_in_groups")
