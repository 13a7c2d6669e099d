"""Group chats: bound by the office, moved to another topic, let go, followed to the supergroup."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlmodel import col, select

from models.campaign import Audit, GroupChat
from models.db import Session
from services import groups
from services.access import Actor
from services.campaign import Campaign
from services.views import View
from tests.services.conftest import Local, World
from tests.services.talk import keys, refused

GROUP, SUPERGROUP = -4_012_345_678, -1_004_012_345_678


async def bind(
    session: Session,
    actor: Actor,
    now: datetime,
    campaign: Campaign,
    *,
    thread: int | None = None,
    chat: int = GROUP,
) -> View:
    return await groups.bind(
        session, actor, chat_id=chat, thread_id=thread, title="工作群", now=now, campaign=campaign
    )


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
    assert await refused(groups.unbind(session, actor, GROUP, now=now)) == "groups.office_only"
    assert await bound(session) == [(GROUP, None, True)]


async def test_binding_again_moves_to_the_topic(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    """And counts no report twice: the period goes on."""
    await bind(session, world.office, local(12, 15, 12), campaign, thread=7)
    await bind(session, world.office, local(12, 15, 19), campaign, thread=8)
    assert await bound(session) == [(GROUP, 8, True)]
    assert (await session.exec(select(GroupChat.tallied_until))).one() == local(12, 14, 18)
    assert await events(session) == ["bind", "bind"]


async def test_unbinding(session: Session, world: World, now: datetime, campaign: Campaign) -> None:
    assert keys(await groups.unbind(session, world.office, GROUP, now=now)) == ["groups.not_bound"]
    await bind(session, world.office, now, campaign)
    assert keys(await groups.unbind(session, world.office, GROUP, now=now)) == ["groups.unbound"]
    assert keys(await groups.unbind(session, world.office, GROUP, now=now)) == ["groups.not_bound"]
    assert await bound(session) == [(GROUP, None, False)]
    assert await events(session) == ["bind", "unbind"]


async def test_bound_again_after_a_while_begins_afresh(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    await bind(session, world.office, local(12, 1, 12), campaign)
    await groups.unbind(session, world.office, GROUP, now=local(12, 1, 13))
    await bind(session, world.office, local(12, 15, 12), campaign)
    assert await bound(session) == [(GROUP, None, True)]
    assert (await session.exec(select(GroupChat.tallied_until))).one() == local(12, 14, 18)


async def test_removed_from_the_group(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    await groups.lose(session, GROUP, now=now)
    await bind(session, world.office, now, campaign)
    await groups.lose(session, GROUP, now=now)
    await groups.lose(session, GROUP, now=now)
    assert await bound(session) == [(GROUP, None, False)]
    assert await events(session) == ["bind", "unbind"]


async def test_to_the_supergroup_once(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    """Telegram tells it in the old group and in the new one, and again when we write to the old."""
    await bind(session, world.office, now, campaign)
    for _ in range(3):
        await groups.follow(session, GROUP, SUPERGROUP, now=now)
    assert await bound(session) == [(SUPERGROUP, None, True)]
    assert await events(session) == ["bind", "migrate"]


async def test_a_supergroup_that_was_bound_by_hand_meanwhile(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    await bind(session, world.office, now, campaign)
    await bind(session, world.office, now, campaign, chat=SUPERGROUP)
    await groups.follow(session, GROUP, SUPERGROUP, now=now)
    assert await bound(session) == [(GROUP, None, False), (SUPERGROUP, None, True)]


async def test_a_group_that_nobody_bound(session: Session, world: World, now: datetime) -> None:
    await groups.follow(session, GROUP, SUPERGROUP, now=now)
    assert await bound(session) == []
    assert await events(session) == []
