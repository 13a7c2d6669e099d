"""Group chats: bound by the office to a scope, moved to another topic, let go, followed to the supergroup."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlmodel import col, select

from models.audit_log import Audit
from models.db import Session
from models.delivery import live_messages
from models.delivery.live_messages import LiveKind, LiveMessage
from models.delivery.messages import Outbox, Question
from models.drafts import Draft
from models.groups import GroupChat
from rules.delivery.delivery import DeliveryState, MessageKind
from rules.people.roles import Tier
from services import live_updates, outbox, questions
from services.access import Actor
from services.campaign import Campaign
from services.groups import group_binding, group_scopes
from services.groups.group_binding import GroupScope
from services.views import View, say
from tests.services.conftest import Local, World
from tests.services.progress.talk import Talk, buttons, keys, refused
from tests.support.people import Roster
from tests.support.turns import turn_for

GROUP, SUPERGROUP = -4_012_345_678, -1_004_012_345_678


async def bind(
    session: Session,
    actor: Actor,
    now: datetime,
    campaign: Campaign,
    *,
    thread: int | None = None,
    chat: int = GROUP,
    scope: GroupScope = group_binding.ALL,
) -> View:
    return await group_binding.bind(
        turn_for(session, actor, now, campaign, chat=chat, thread=thread), title="工作群", scope=scope
    )


async def bind_to(
    session: Session, actor: Actor, words: str, now: datetime, campaign: Campaign
) -> View | None:
    turn = turn_for(session, actor, now, campaign, chat=GROUP)
    return await group_binding.bind_to(turn, words, title="工作群")


async def scope(session: Session) -> tuple[Tier | None, int | None]:
    query = select(GroupChat).execution_options(populate_existing=True)
    group = (await session.exec(query)).one()
    return group.tier, group.unit_id


async def board(session: Session) -> LiveMessage:
    group = (await session.exec(select(GroupChat).order_by(col(GroupChat.id)))).first()
    assert group is not None
    row = await live_messages.live_message(session, LiveKind.BOARD, group.id or 0)
    assert row is not None
    return row


async def stands(session: Session, *message_ids: int) -> None:
    """The board is posted and pinned."""
    shown: Any = {"message_ids": list(message_ids), "content_hash": "h", "pinned": True}
    await live_updates.settle(session, await board(session), **shown)


async def notices(session: Session) -> list[str]:
    """The text keys of the notices to the office."""
    rows = await session.exec(
        select(Outbox).where(Outbox.kind == MessageKind.NOTICE).order_by(col(Outbox.id))
    )
    return [View.from_json(row.content).lines[0].key for row in rows]


async def bound(session: Session) -> list[tuple[int, int | None, bool]]:
    rows = await session.exec(
        select(GroupChat).order_by(col(GroupChat.id)).execution_options(populate_existing=True)
    )
    return [(row.chat_id, row.thread_id, row.active) for row in rows]


async def events(session: Session) -> list[str]:
    query = select(Audit.event).where(Audit.subject_type == "group").order_by(col(Audit.id))
    return list(await session.exec(query))


async def test_the_office_binds(session: Session, world: World, local: Local, campaign: Campaign) -> None:
    answer = await bind(session, world.office, local(12, 15, 12), campaign, thread=7)
    assert keys(answer) == ["groups.bound"]
    assert await bound(session) == [(GROUP, 7, True)]
    group = (await session.exec(select(GroupChat))).one()
    assert (group.bound_by, group.tallied_until) == (world.office.id, local(12, 14, 18))


@pytest.mark.parametrize("who", ["leader", "liaison", "responsible"])
async def test_nobody_else_binds_or_unbinds(
    session: Session, world: World, now: datetime, campaign: Campaign, who: str
) -> None:
    actor: Actor = getattr(world, who)
    assert await refused(bind(session, actor, now, campaign)) == "groups.office_only"
    assert await bound(session) == []
    await bind(session, world.office, now, campaign)
    assert (
        await refused(group_binding.unbind(turn_for(session, actor, now, chat=GROUP))) == "groups.office_only"
    )
    assert await bound(session) == [(GROUP, None, True)]


async def test_binding_again_moves_to_the_topic(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    """The group's period goes on, so no report counts twice."""
    await bind(session, world.office, local(12, 15, 12), campaign, thread=7)
    await bind(session, world.office, local(12, 15, 19), campaign, thread=8)
    assert await bound(session) == [(GROUP, 8, True)]
    assert (await session.exec(select(GroupChat.tallied_until))).one() == local(12, 14, 18)
    assert await events(session) == ["bind", "bind"]


async def test_unbinding(session: Session, world: World, now: datetime, campaign: Campaign) -> None:
    assert keys(await group_binding.unbind(turn_for(session, world.office, now, chat=GROUP))) == [
        "groups.not_bound"
    ]
    await bind(session, world.office, now, campaign)
    assert await group_binding.unbind(turn_for(session, world.office, now, chat=GROUP)) is None
    assert keys(await group_binding.unbind(turn_for(session, world.office, now, chat=GROUP))) == [
        "groups.not_bound"
    ]
    assert await bound(session) == [(GROUP, None, False)]
    assert await events(session) == ["bind", "unbind"]


async def test_bound_again_after_a_while_begins_afresh(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    await bind(session, world.office, local(12, 1, 12), campaign)
    await group_binding.unbind(turn_for(session, world.office, local(12, 1, 13), chat=GROUP))
    await bind(session, world.office, local(12, 15, 12), campaign)
    assert await bound(session) == [(GROUP, None, True)]
    assert (await session.exec(select(GroupChat.tallied_until))).one() == local(12, 14, 18)


async def test_removed_from_the_group(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    await group_binding.lose_group(session, GROUP, now=now)
    await bind(session, world.office, now, campaign)
    await group_binding.lose_group(session, GROUP, now=now)
    await group_binding.lose_group(session, GROUP, now=now)
    assert await bound(session) == [(GROUP, None, False)]
    assert await events(session) == ["bind", "unbind"]


async def test_to_the_supergroup_once(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    """Telegram tells it in the old group, in the new one, and again when we write to the old one."""
    await bind(session, world.office, now, campaign)
    for _ in range(3):
        await group_binding.follow(session, GROUP, SUPERGROUP, now=now)
    assert await bound(session) == [(SUPERGROUP, None, True)]
    assert await events(session) == ["bind", "migrate"]


async def test_a_supergroup_that_was_bound_by_hand_meanwhile(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    await bind(session, world.office, now, campaign)
    await bind(session, world.office, now, campaign, chat=SUPERGROUP)
    await group_binding.follow(session, GROUP, SUPERGROUP, now=now)
    assert await bound(session) == [(GROUP, None, False), (SUPERGROUP, None, True)]


async def test_a_group_that_nobody_bound(session: Session, world: World, now: datetime) -> None:
    await group_binding.follow(session, GROUP, SUPERGROUP, now=now)
    assert await bound(session) == []
    assert await events(session) == []


async def test_asked_what_the_group_is_about(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    """The office chooses all, or a tier that has units; only the member who asked may choose.

    In a bound group the question says what the group is bound to.
    """
    where: Any = {"chat": GROUP, "thread": 7}
    view = await group_binding.ask_scope(turn_for(session, world.office, **where), title="工作群")
    assert keys(view) == ["groups.ask_scope"]
    offered = [
        (button.label.key, button.arguments["tier"], button.arguments["thread_id"], button.only_for)
        for button in buttons(view, "group.bind")
    ]
    mine = world.office.id
    assert offered == [
        ("groups.scope.all", None, 7, mine),
        ("groups.scope.street", "street", 7, mine),
        ("groups.scope.department", "department", 7, mine),
    ]
    await bind(session, world.office, now, campaign, scope=GroupScope(Tier.STREET))
    view = await group_binding.ask_scope(turn_for(session, world.office, **where), title="工作群")
    assert view.plain("zh").startswith("本群已绑定，当前范围：街道。")
    assert (
        await refused(group_binding.ask_scope(turn_for(session, world.leader, **where), title="工作群"))
        == "groups.office_only"
    )


@pytest.mark.parametrize(
    ("words", "tier", "unit"),
    [
        ("城管局", None, "城管局"),
        (" 城 管 局 ", None, "城管局"),
        ("东风", None, "东风街道"),
        ("街道", Tier.STREET, None),
        ("各街道", Tier.STREET, None),
        ("区直部门", Tier.DEPARTMENT, None),
        ("区", Tier.DISTRICT, None),
        ("全部", None, None),
        ("ALL", None, None),
    ],
)
async def test_bound_by_name(
    session: Session,
    world: World,
    now: datetime,
    campaign: Campaign,
    words: str,
    tier: Tier | None,
    unit: str | None,
) -> None:
    assert await bind_to(session, world.office, words, now, campaign) is None
    ids = {"城管局": world.unit.id, "东风街道": world.other_unit.id, None: None}
    assert await scope(session) == (tier, ids[unit])


async def test_names_that_are_in_doubt(
    session: Session, world: World, roster: Roster, now: datetime, campaign: Campaign
) -> None:
    for number in range(7):
        await roster.unit(f"和平社区{number}", Tier.VILLAGE, world.other_unit)
    question = await bind_to(session, world.office, "社区", now, campaign)
    assert keys(question) == ["groups.which_unit"]
    chosen = buttons(question, "group.bind")[2]
    await bind(session, world.office, now, campaign, scope=GroupScope(unit_id=chosen.arguments["unit_id"]))
    group = (await session.exec(select(GroupChat))).one()
    assert (await group_scopes.title_of(session, group)).values["text"] == "和平社区2"
    await roster.unit("和平社区8", Tier.VILLAGE)
    await roster.unit("和平社区9", Tier.VILLAGE)
    for words, key in (
        ("社区", "groups.too_many_units"),
        ("火星局", "groups.no_such_unit"),
        ("%", "groups.no_such_unit"),
        ("🏛" * 2000, "groups.no_such_unit"),
        ("\u200b", "groups.no_such_unit"),
    ):
        assert await refused(bind_to(session, world.office, words, now, campaign)) == key
    assert await refused(bind_to(session, world.leader, "城管局", now, campaign)) == "groups.office_only"
    gone = bind(session, world.office, now, campaign, scope=GroupScope(unit_id=999_999))
    assert await refused(gone) == "buttons.expired"


async def test_scopes_are_units(
    session: Session, world: World, roster: Roster, now: datetime, campaign: Campaign
) -> None:
    """A tier has just its own units; a unit also has the units below it. A change is audited."""
    village = await roster.unit("东风社区", Tier.VILLAGE, world.other_unit)
    await bind(session, world.office, now, campaign)
    group = (await session.exec(select(GroupChat))).one()

    async def units() -> set[int | None]:
        return set(await group_scopes.units_of(session, group) or ())

    assert await group_scopes.units_of(session, group) is None
    await bind(session, world.office, now, campaign, scope=GroupScope(Tier.STREET))
    assert await units() == {world.other_unit.id}
    await bind(session, world.office, now, campaign, scope=GroupScope(unit_id=world.other_unit.id))
    assert await units() == {world.other_unit.id, village.id}
    last = (await session.exec(select(Audit).order_by(col(Audit.id).desc()).limit(1))).one()
    assert (last.event, last.actor_id) == ("bind", world.office.id)
    assert last.before == {"tier": "street", "unit_id": None}
    assert last.after == {"tier": None, "unit_id": world.other_unit.id}


async def test_the_board_goes_along(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    """Binding makes the board, a new topic moves it, a command shows it again; old messages are to go."""
    await bind(session, world.office, now, campaign, thread=7)
    assert ((await board(session)).thread_id, (await board(session)).dirty) == (7, True)
    await stands(session, 50)
    assert not (await board(session)).dirty
    await bind(session, world.office, now, campaign, thread=7, scope=GroupScope(Tier.STREET))
    assert ((await board(session)).message_ids, (await board(session)).dirty) == ([50], True)
    await bind(session, world.office, now, campaign, thread=8)
    row = await board(session)
    assert (row.thread_id, row.message_ids, row.stale_ids, row.pinned) == (8, [], [50], False)
    await stands(session, 51)
    await group_binding.post_board(turn_for(session, world.office, chat=GROUP))
    row = await board(session)
    assert (row.message_ids, row.stale_ids, row.dirty) == ([], [50, 51], True)
    assert (
        await refused(group_binding.post_board(turn_for(session, world.leader, chat=GROUP)))
        == "groups.office_only"
    )
    await group_binding.unbind(turn_for(session, world.office, now, chat=GROUP))
    assert (
        await refused(group_binding.post_board(turn_for(session, world.office, chat=GROUP)))
        == "groups.bind_first"
    )


async def test_settling_what_was_to_be_posted_anew_meanwhile(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    await bind(session, world.office, now, campaign)
    await stands(session, 50)
    row = await board(session)
    seen = LiveMessage(**row.model_dump())
    await group_binding.post_board(turn_for(session, world.office, chat=GROUP))
    await live_updates.settle(session, seen, message_ids=[50, 52], content_hash="x", stale_ids=[])
    row = await board(session)
    assert (row.message_ids, row.stale_ids, row.dirty) == ([], [50, 52], True)


async def test_settling_what_was_moved_while_it_was_first_posted(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    """Bound in the wrong topic and at once in the right one: the board must not stay in the first."""
    await bind(session, world.office, now, campaign, thread=7)
    seen = LiveMessage(**(await board(session)).model_dump())
    await bind(session, world.office, now, campaign, thread=8)
    await live_updates.settle(session, seen, message_ids=[50], content_hash="x", stale_ids=[])
    row = await board(session)
    assert (row.thread_id, row.message_ids, row.stale_ids, row.dirty) == (8, [], [50], True)


async def test_the_right_to_pin(session: Session, world: World, now: datetime, campaign: Campaign) -> None:
    """The loss and the return are noted once each; the office hears of the loss."""
    await group_binding.note_pin_right(session, GROUP, False, now=now)
    assert await notices(session) == []
    await bind(session, world.office, now, campaign)
    for _ in range(2):
        await group_binding.note_pin_right(session, GROUP, False, now=now)
    assert await notices(session) == ["groups.lost_pin"]
    await stands(session, 50)
    for _ in range(2):
        await group_binding.note_pin_right(session, GROUP, True, now=now)
    assert (await board(session)).dirty
    assert await events(session) == ["bind", "pin_right", "pin_right"]
    assert await notices(session) == ["groups.lost_pin"]


async def promise(session: Session, key: str, now: datetime, chat: int, thread: int | None) -> None:
    view = say("common.as_is", text=key)
    await outbox.enqueue(session, MessageKind.TALLY, key, view, now=now, chat=(chat, thread))


async def test_a_topic_that_is_gone(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    """Waiting and later messages of the topic go to the general topic; those of other topics stay."""
    await bind(session, world.office, now, campaign, thread=7)
    await promise(session, "here", now, GROUP, 7)
    await promise(session, "elsewhere", now, GROUP, 9)
    for _ in range(2):
        await group_binding.lose_thread(session, GROUP, 7, now=now)
    assert await bound(session) == [(GROUP, None, True)]
    assert (await board(session)).thread_id is None
    rows = await session.exec(
        select(Outbox).where(Outbox.kind == MessageKind.TALLY).execution_options(populate_existing=True)
    )
    assert {row.dedupe_key: row.thread_id for row in rows} == {"here": None, "elsewhere": 9}
    assert await notices(session) == ["groups.lost_topic"]
    assert await events(session) == ["bind", "lost_topic"]


async def test_all_that_waits_follows_to_the_supergroup(
    session: Session, world: World, now: datetime, campaign: Campaign, talk: Talk
) -> None:
    """Messages (held ones, too), the board, unfinished reports and questions follow once.

    Messages already sent stay.
    """
    await bind(session, world.office, now, campaign)
    await stands(session, 50)
    for key, state in (
        ("new", DeliveryState.NEW),
        ("sending", DeliveryState.SENDING),
        ("held", DeliveryState.UNKNOWN),
        ("sent", DeliveryState.SENT),
    ):
        await promise(session, key, now, GROUP, None)
        row = (await session.exec(select(Outbox).where(Outbox.dedupe_key == key))).one()
        row.state = state
    session.add(Draft(contact_id=talk.actor.id, chat_id=GROUP, card_message_id=60, updated_at=now))
    await questions.ask(session, 5, GROUP, "join.unit", now=now)
    await questions.ask(session, 6, GROUP, "join.unit", now=now)
    await questions.ask(session, 6, SUPERGROUP, "away.days", now=now, arguments={"contact_id": 1})
    await session.flush()
    for _ in range(2):
        await group_binding.follow(session, GROUP, SUPERGROUP, now=now)
    session.expire_all()
    rows = await session.exec(select(Outbox).where(Outbox.kind == MessageKind.TALLY))
    chats = {row.dedupe_key: row.chat_id for row in rows}
    assert chats == {"new": SUPERGROUP, "sending": SUPERGROUP, "held": SUPERGROUP, "sent": GROUP}
    shown = await board(session)
    assert (shown.chat_id, shown.message_ids, shown.pinned) == (SUPERGROUP, [], False)
    assert shown.dirty
    draft = (await session.exec(select(Draft))).one()
    assert (draft.chat_id, draft.card_message_id) == (SUPERGROUP, None)
    assert draft.card_due_at is not None
    assert draft.card_due_at < now
    asked = await session.exec(select(Question).where(Question.chat_id == SUPERGROUP))
    assert {question.user_id: question.action for question in asked} == {
        5: "join.unit",
        6: "away.days",
    }
    assert await events(session) == ["bind", "migrate"]


async def test_a_board_of_a_group_that_removed_the_bot_is_posted_anew_when_it_is_back(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    await bind(session, world.office, now, campaign)
    await stands(session, 50)
    await group_binding.lose_group(session, GROUP, now=now)
    row = await board(session)
    assert (row.message_ids, row.stale_ids, row.dirty) == ([], [50], False)
    assert await notices(session) == ["groups.lost"]
    await bind(session, world.office, now, campaign)
    assert (await board(session)).dirty


async def test_how_to_bind_is_said_once(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    assert keys(await group_binding.added(session, GROUP, now=now)) == ["groups.added"]
    assert await group_binding.added(session, GROUP, now=now) is None
    await bind(session, world.office, now, campaign, chat=SUPERGROUP)
    assert await group_binding.added(session, SUPERGROUP, now=now) is None
