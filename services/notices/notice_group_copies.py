"""The copies of a notice that go to groups (抄送工作群): the text and how many have answered, without names.

Nobody answers in a group: the copy asks to do so in the private chat.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from locales import Text
from models import groups, notices, people
from models.db import Session, ident
from models.delivery.live_messages import LiveKind
from models.delivery.messages import Outbox
from models.groups import GroupChat
from models.notices import Notice, notice_groups
from models.notices.notice_groups import NoticeGroup
from models.people import Contact
from rules.delivery.delivery import NOT_ARRIVED, DeliveryState, MessageKind
from rules.notices.notice_lifecycle import NoticeState
from rules.notices.receipt_kinds import NoticeAsk
from services import live_updates, office_notices, outbox
from services.access import Actor
from services.groups import group_scopes
from services.notices import audience as audiences
from services.notices.audience import Audience
from services.notices.notice_copies import changed_text
from services.notices.notice_texts import answer_by_text
from services.turn import TickTurn
from services.views import View

_AT_ONCE: Final = 100
_KEPT: Final = {"kept": True}
_ANSWERED: Final = {
    (True, True): "notices.groups.units_read",
    (True, False): "notices.groups.units_answered",
    (False, True): "notices.groups.people_read",
    (False, False): "notices.groups.people_answered",
}
"""How many have answered: whether units do, and whether they are only asked to read."""


async def groups_for(session: Session, actor: Actor, units: Collection[int]) -> list[GroupChat]:
    """The groups in which people of these units are.

    The office may write to all of them, a unit's people to those of units below theirs.
    """
    found = await groups.active_groups(session) if units else ()
    if not found:
        return []
    mine = await _may_write_to(session, actor)
    scopes = [(group, await group_scopes.units_of(session, group)) for group in found]
    return [group for group, scope in scopes if _reaches(scope, units) and _lies_in(scope, mine)]


async def _may_write_to(session: Session, actor: Actor) -> frozenset[int] | None:
    if actor.is_office:
        return None
    return await people.unit_tree(session, actor.contact.unit_id, retired=False)


def _reaches(scope: frozenset[int] | None, units: Collection[int]) -> bool:
    return scope is None or not scope.isdisjoint(units)


def _lies_in(scope: frozenset[int] | None, mine: frozenset[int] | None) -> bool:
    """``mine`` None: it may be any group."""
    return mine is None or (scope is not None and scope <= mine)


async def add(turn: TickTurn, notice: Notice, found: Sequence[GroupChat]) -> None:
    """Let these groups get a copy, as soon as a group may be disturbed."""
    notice.in_groups = bool(found)
    turn.session.add(notice)
    moment = _due(turn, notice)
    rows = [NoticeGroup(notice_id=ident(notice), group_id=ident(group), due_at=moment) for group in found]
    turn.session.add_all(rows)
    await turn.session.flush()


def _due(turn: TickTurn, notice: Notice) -> datetime:
    """When a group may get it: now, or after the deployment's quiet hours if it is not urgent."""
    campaign = turn.campaign
    return turn.now if notice.urgent else campaign.quiet.end_of(turn.now, campaign.zone, campaign.calendar)


async def ask_anew(turn: TickTurn, notice: Notice) -> None:
    """重新阅知: let the groups get the new text as a new message."""
    if not notice.in_groups:
        return
    moment = _due(turn, notice)
    for copy, _ in await notice_groups.of_notice(turn.session, ident(notice)):
        copy.due_at, copy.revision = moment, notice.asked_revision
        turn.session.add(copy)
    await turn.session.flush()


async def promise_due(turn: TickTurn) -> int:
    """Promise the copies that may go out now; returns how many there were."""
    count = 0
    while found := await notice_groups.due(turn.session, turn.now, _AT_ONCE):
        for copy, group in found:
            await _promise(turn, copy, group)
        await turn.session.flush()
        count += len(found)
    return count


async def _promise(turn: TickTurn, copy: NoticeGroup, group: GroupChat) -> None:
    about = {"notice": copy.notice_id, "group": copy.group_id, "revision": copy.revision}
    body = office_notices.NOTICE_GROUP, about
    place = (group.chat_id, group.thread_id)
    key = _key(copy, copy.revision)
    await outbox.enqueue_raw(turn.session, MessageKind.ORDER, key, body, now=turn.now, chat=place)
    copy.due_at = None
    turn.session.add(copy)


def _key(copy: NoticeGroup, revision: int) -> str:
    return f"notice-group:{copy.notice_id}:{copy.group_id}:{revision}"


async def counts_follow(session: Session, notice: Notice) -> None:
    """Let the count in the issuer's chat, and what stands in groups, show how things are now."""
    await live_updates.touch(session, LiveKind.NOTICE_COUNT, ident(notice))
    if notice.in_groups:
        found = await notice_groups.of_notice(session, ident(notice))
        keys = [_key(copy, number) for copy, _ in found for number in range(1, copy.revision + 1)]
        await notices.touch_copies(session, keys, LiveKind.NOTICE_GROUP)


async def standing(session: Session, notice: Notice) -> list[Text]:
    """How many groups have got their copy, and which have not, for the issuer."""
    if not notice.in_groups:
        return []
    found = await notice_groups.of_notice(session, ident(notice))
    states = await notices.deliveries(session, [_key(copy, copy.revision) for copy, _ in found])
    became = [(group, states.get(_key(copy, copy.revision))) for copy, group in found]
    sent = sum(state is DeliveryState.SENT for _, state in became)
    lines = [Text("notices.groups.count", sent=sent, groups=len(found))]
    missed = [group.title for group, state in became if _missed(group, state)]
    return [*lines, Text("notices.groups.missed", names=missed)] if missed else lines


def _missed(group: GroupChat, state: DeliveryState | None) -> bool:
    """Whether the group does not get it any more: the sending failed, or the group was unbound before."""
    return state in NOT_ARRIVED or (state is not DeliveryState.SENT and not group.active)


async def render(turn: TickTurn, row: Outbox) -> View | None:
    """The copy as it goes out.

    None: the notice was taken back, has ended or was sent anew before, or the group was unbound.
    """
    notice, group = await _rows(turn.session, row)
    if notice is None or group is None or not group.active:
        return None
    revision = row.content["revision"]
    is_over = notice.state is not NoticeState.OPEN or revision < notice.asked_revision
    if is_over and not row.parts_sent:
        return None
    return replace(await _view(turn, notice, revision), listed=_KEPT)


async def render_live(turn: TickTurn, outbox_id: int) -> tuple[View, str] | None:
    """The copy once it stands, as things are now. A group that was unbound sees no more numbers."""
    row = await turn.session.get(Outbox, outbox_id)
    if row is None:
        return None
    notice, group = await _rows(turn.session, row)
    if notice is None or group is None or (notice.state is NoticeState.OPEN and not group.active):
        return None
    return await _view(turn, notice, row.content["revision"]), turn.campaign.locale


async def _rows(session: Session, row: Outbox) -> tuple[Notice | None, GroupChat | None]:
    group = await session.get(GroupChat, row.content["group"], populate_existing=True)
    return await notices.notice_by_id(session, row.content["notice"]), group


async def _view(turn: TickTurn, notice: Notice, revision: int) -> View:
    """``revision``: with which text the message was sent."""
    head = await _head(turn.session, notice)
    if notice.state is NoticeState.WITHDRAWN:
        return View([head, Text("notices.over.withdrawn")])
    if revision < notice.asked_revision:
        return View([head, Text("notices.void")])
    lines = [head, Text("notices.body", text=notice.text), *changed_text(turn, notice)]
    lines += await _addressed(turn.session, notice)
    if count := len(await notices.files_of(turn.session, ident(notice))):
        lines.append(Text("notices.groups.files", count=count))
    if notice.state is NoticeState.OPEN:
        lines.append(Text("notices.groups.please", by=answer_by_text(notice, turn.campaign)))
    lines.append(await _answered(turn.session, notice))
    if notice.state is NoticeState.ENDED:
        lines.append(Text("notices.over.ended"))
    return View(lines)


async def _head(session: Session, notice: Notice) -> Text:
    """The issuer's unit; a group reads no person's name."""
    issuer = await session.get_one(Contact, notice.issuer_id)
    unit = (await people.unit_names(session, [issuer.unit_id]))[issuer.unit_id]
    return Text("notices.groups.head_urgent" if notice.urgent else "notices.groups.head", unit=unit)


async def _addressed(session: Session, notice: Notice) -> list[Text]:
    """To whom the notice goes, unless it goes to people by their names."""
    audience = Audience.from_json(notice.audience)
    if audience.people:
        return []
    return [Text("notices.to", audience=await audiences.title(session, audience))]


async def _answered(session: Session, notice: Notice) -> Text:
    answered, asked = await notice_groups.answers(session, ident(notice))
    key = _ANSWERED[notice.per_unit, notice.ask is NoticeAsk.READ]
    return Text(key, asked=asked, answered=answered)
