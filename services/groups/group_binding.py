"""Group chats: binding one to a scope, releasing it, following it to its supergroup."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from locales import Text
from models import drafts, groups
from models.db import Session, ident
from models.delivery import messages, push_notes
from models.delivery.live_messages import LiveKind
from models.groups import GroupChat
from models.people import Unit
from rules.people.roles import Tier
from services import audit, live_updates, office_notices, once_a_day
from services.access import Actor
from services.drafts import draft_parts
from services.errors import DomainError
from services.groups import group_scopes, tally_choice
from services.turn import Turn
from services.unit_use import require_in_use
from services.views import ButtonSpec, View, arguments_of, button, say

ALL_WORDS: Final = frozenset({"全部", "全区", "all"})
# A card is due by the system's clock, not by the campaign's. A moment long ago is due by both.
_AT_ONCE: Final = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class GroupScope:
    """All units (neither field is set), a tier, or one unit with those below it."""

    tier: Tier | None = None
    unit_id: int | None = None


ALL: Final = GroupScope()


async def ask_scope(turn: Turn, *, title: str) -> View:
    """``/bind`` alone: ask which scope this group has."""
    tally_choice.office_only(turn.actor)
    choices: list[Tier | None] = [None, *await group_scopes.tiers(turn.session)]
    buttons = [
        _choice(turn.actor, turn.thread, title, group_scopes.title(tier, None), GroupScope(tier))
        for tier in choices
    ]
    rows = [buttons[:1], *(buttons[at : at + 3] for at in range(1, len(buttons), 3))]
    group = await groups.group_by_chat(turn.session, turn.chat)
    lines = [Text("groups.ask_scope")]
    if group is not None and group.active:
        now = Text("groups.bound_now", scope=await group_scopes.title_of(turn.session, group))
        lines = [now, tally_choice.present_line(group, turn.campaign), *lines]
        rows.append(tally_choice.choices(group, turn.campaign))
    return View(lines, rows)


async def bind_to(turn: Turn, words: str, *, title: str) -> View | None:
    """``/bind 城管局``. None: the group is bound; else the question which of several units is meant."""
    tally_choice.office_only(turn.actor)
    scope = GroupScope(group_scopes.tier_named(words))
    if scope.tier is None and words.strip().casefold() not in ALL_WORDS:
        found = await group_scopes.units_named(turn.session, words)
        choices = [GroupScope(unit_id=unit.id) for unit in found]
        if len(found) > 1:
            rows = [
                [_choice(turn.actor, turn.thread, title, group_scopes.title(None, unit), choice)]
                for unit, choice in zip(found, choices, strict=True)
            ]
            return View([Text("groups.which_unit", text=words[:40])], rows)
        scope = choices[0]
    await bind(turn, title=title, scope=scope)
    return None


def _choice(actor: Actor, thread_id: int | None, title: str, label: Text, scope: GroupScope) -> ButtonSpec:
    return button(label, "group.bind", actor.id, thread_id=thread_id, title=title, **arguments_of(scope))


async def bind(turn: Turn, *, title: str, scope: GroupScope = ALL) -> View:
    """Send the tally and the board of ``scope`` to this group and topic; a second call changes them."""
    tally_choice.office_only(turn.actor)
    if scope.unit_id is not None and await turn.session.get(Unit, scope.unit_id) is None:
        raise DomainError("buttons.expired")
    await require_in_use(turn.session, [scope.unit_id])
    group = await groups.group_by_chat(turn.session, turn.chat)
    group = None if group is None else await tally_choice.hold(turn.session, ident(group))
    before = None if group is None else _settings(group)
    if group is None:
        group = GroupChat(
            chat_id=turn.chat, active=False, bound_by=turn.actor.id, bound_at=turn.now, tallied_until=turn.now
        )
    if not group.active:
        group.tallied_until = await tally_choice.begins_afresh(turn, group, group.tally_hour)
        group.bound_at = turn.now
    group.active, group.thread_id, group.title = True, turn.thread, title
    # Whether the bot may pin has to be found out again.
    group.tier, group.unit_id, group.may_pin = scope.tier, scope.unit_id, True
    group.bound_by = turn.actor.id
    turn.session.add(group)
    await turn.session.flush()
    # How the day closed is kept anew, for the scope as it is now.
    await groups.forget_closed(turn.session, ident(group))
    _note(turn.session, "bind", group, turn.now, before, turn.actor.id)
    await live_updates.ensure_live(turn.session, LiveKind.BOARD, ident(group), chat=(turn.chat, turn.thread))
    await push_notes.touch_recent(turn.session, turn.now)
    return await tally_choice.bound_view(turn.session, group, turn.campaign)


async def unbind(turn: Turn) -> View | None:
    """``/unbind`` by the office: no more tallies here. None: done; else the reason why not."""
    tally_choice.office_only(turn.actor)
    group = await groups.group_by_chat(turn.session, turn.chat)
    if group is None or not group.active:
        return say("groups.not_bound")
    await _let_go(turn.session, group, turn.now, turn.actor.id)
    await live_updates.touch(turn.session, LiveKind.BOARD, group.id)
    return None


async def post_board(turn: Turn) -> None:
    """``/board`` by the office: post the board again, below everything that was said since."""
    tally_choice.office_only(turn.actor)
    group = await groups.group_by_chat(turn.session, turn.chat)
    if group is None or not group.active:
        raise DomainError("groups.bind_first")
    await live_updates.ensure_live(
        turn.session, LiveKind.BOARD, ident(group), chat=(group.chat_id, group.thread_id), again=True
    )


async def added(session: Session, chat_id: int, *, now: datetime) -> View | None:
    """The bot was added to a group, by anybody: say once how to bind it."""
    if await groups.is_bound(session, chat_id):
        return None
    return await once(session, chat_id, "groups.added", now=now)


async def once(session: Session, chat_id: int, key: str, *, now: datetime) -> View | None:
    """A line for a group, unless the group got it lately."""
    return say(key) if await once_a_day.once(session, chat_id, key, now=now) else None


async def lose_group(session: Session, chat_id: int, *, now: datetime) -> None:
    """The bot was removed from the group: stop writing to it, and tell the office once."""
    group = await groups.group_by_chat(session, chat_id)
    if group is not None and group.active:
        await _let_go(session, group, now, None)
        await live_updates.forget(session, LiveKind.BOARD, ident(group))
        view = say("groups.lost", title=group.title)
        await office_notices.tell(session, f"group-lost:{group.id}:{now.isoformat()}", view, now=now)


async def note_pin_right(session: Session, chat_id: int, may_pin: bool, *, now: datetime) -> None:
    """Record whether the bot may pin here.

    Without the right the board is a message like any other, and the office is told once.
    """
    group = await groups.group_by_chat(session, chat_id)
    if group is None or not group.active or group.may_pin is may_pin:
        return
    before = _settings(group)
    group.may_pin = may_pin
    session.add(group)
    _note(session, "pin_right", group, now, before)
    if may_pin:
        await live_updates.touch(session, LiveKind.BOARD, group.id)
        return
    view = say("groups.lost_pin", title=group.title)
    await office_notices.tell(session, f"group-pin:{group.id}:{now.isoformat()}", view, now=now)


async def note_no_photos(session: Session, chat_id: int, *, now: datetime) -> None:
    """A group does not let the bot send pictures: tell the office once for each binding."""
    group = await groups.group_by_chat(session, chat_id)
    if group is not None and group.active:
        key = f"group-photos:{group.id}:{group.bound_at.isoformat()}"
        await office_notices.tell(session, key, say("groups.no_photos", title=group.title), now=now)


async def lose_thread(session: Session, chat_id: int, thread_id: int, *, now: datetime) -> None:
    """The topic is closed or deleted: write to the general topic instead, and tell the office once."""
    await messages.leave_thread(session, chat_id, thread_id)
    group = await groups.group_by_chat(session, chat_id)
    if group is None or group.thread_id != thread_id:
        return
    before = _settings(group)
    group.thread_id = None
    session.add(group)
    _note(session, "lost_topic", group, now, before)
    view = say("groups.lost_topic", title=group.title)
    await office_notices.tell(session, f"group-topic:{group.id}:{now.isoformat()}", view, now=now)


async def follow(session: Session, old_id: int, new_id: int, *, now: datetime) -> None:
    """A group became a supergroup: move the binding and what waits for it to the new id, once.

    It does not matter whether an error or which of the two service messages comes first.
    """
    if old_id == new_id:
        return
    await messages.repoint_chat(session, old_id, new_id)
    for draft in await drafts.drafts_to_move(session, old_id, new_id):
        draft_parts.move(draft, new_id)
        draft.card_due_at = _AT_ONCE
        session.add(draft)
    group = await groups.group_by_chat(session, old_id)
    if group is None:
        return
    if await groups.group_by_chat(session, new_id) is not None:
        await _let_go(session, group, now, None)  # somebody has already bound the new one
        await live_updates.forget(session, LiveKind.BOARD, ident(group))
        return
    before = _settings(group)
    group.chat_id = new_id
    session.add(group)
    await session.flush()
    _note(session, "migrate", group, now, before)


async def _let_go(session: Session, group: GroupChat, now: datetime, actor_id: int | None) -> None:
    before = _settings(group)
    group.active = False
    session.add(group)
    _note(session, "unbind", group, now, before, actor_id)
    await push_notes.touch_recent(session, now)


def _settings(group: GroupChat) -> dict[str, object]:
    """The settings of a group that the audit records."""
    return {
        "chat_id": group.chat_id,
        "active": group.active,
        "thread_id": group.thread_id,
        "tier": group.tier.value if group.tier else None,
        "unit_id": group.unit_id,
        "may_pin": group.may_pin,
        "tally_hour": group.tally_hour.value,
    }


def _note(
    session: Session,
    event: str,
    group: GroupChat,
    now: datetime,
    before: dict[str, object] | None,
    actor_id: int | None = None,
) -> None:
    """Audit the settings of the group that have changed."""
    after = _settings(group)
    if before is not None:
        changed = [name for name in after if after[name] != before[name]]
        before, after = {name: before[name] for name in changed}, {name: after[name] for name in changed}
    subject = ("group", group.id)
    audit.record(session, event, subject, now=now, actor_id=actor_id, before=before, after=after)


def only_in_groups() -> View:
    """The answer to ``/bind`` outside a group."""
    return say("groups.only_in_groups")
