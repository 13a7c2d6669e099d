"""The board of a group: what it says, how long it is, and when it has to be looked at again."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlmodel import select

from models.db import Database, Session
from models.delivery.live_messages import LiveKind
from models.groups import GroupChat
from rules.people.roles import Role, Tier
from rules.tasks.task_lifecycle import TaskState
from rules.text_parts import MESSAGE_LIMIT, split_html, utf16_len
from services import live_updates
from services.campaign import Campaign
from services.groups import boards, group_binding
from services.groups.group_binding import GroupScope
from services.message_subjects import MessageSubjects, remember
from services.tasks import task_steps
from services.views import View
from tests.services.conftest import Local, World, make_world
from tests.services.progress.talk import Talk
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

GROUP = -1_004_012_345_678


async def bind(
    session: Session, world: World, now: datetime, campaign: Campaign, scope: GroupScope = group_binding.ALL
) -> int:
    turn = turn_for(session, world.office, now, campaign, chat=GROUP)
    await group_binding.bind(turn, title="工作群", scope=scope)
    return (await session.exec(select(GroupChat.id))).one() or 0


async def shown(session: Session, group_id: int, campaign: Campaign, now: datetime) -> View:
    found = await boards.render(tick_for(session, now, campaign), group_id)
    assert found is not None
    return found[0]


@pytest.mark.both_engines("sums")
async def test_a_day_on_the_board(
    session: Session, world: World, roster: Roster, campaign: Campaign, local: Local, talk: Talk
) -> None:
    await roster.task(world.other_unit, "整治背街小巷环境", date(2026, 12, 11))
    await roster.task(world.other_unit, "规范停车秩序", date(2027, 3, 1))
    done = await roster.task(world.unit, "更新公益广告", date(2026, 12, 31))
    done.state = TaskState.COMPLETED
    await session.flush()
    group = await bind(session, world, local(12, 15, 8), campaign)
    before = await shown(session, group, campaign, local(12, 15, 8, 59))
    assert before.plain("zh").splitlines() == [
        "【创城进展看板】全区",
        "🟢 按期 1　🟡 临期 1　🔴 逾期 1",
        "办结 1/4 项",
        "🔴 东风街道：整治背街小巷环境，已逾期4天",
        "12月15日　收到报告 0 份",
        "责任人回复本条消息（文字、照片均可），即可报告进展。",
    ]
    talk.now = local(12, 15, 10)
    await talk.report("今天清理违规广告牌匾12处")
    after = (await shown(session, group, campaign, local(12, 15, 10, 1))).plain("zh").splitlines()
    assert after[4:8] == [
        "12月15日　收到报告 1 份",
        "未报告 1 个：东风街道",
        "已报告 1 个：城管局",
        "· 清理违规广告牌匾：今日 12处，累计 12处",
    ]
    assert "东风街道" in (await shown(session, group, campaign, local(12, 15, 10, 1))).plain("en")


@pytest.mark.both_engines("sums")
async def test_only_the_scope_is_shown(
    session: Session, world: World, roster: Roster, campaign: Campaign, local: Local
) -> None:
    await roster.task(world.other_unit, "整治背街小巷环境", date(2026, 12, 11))
    group = await bind(session, world, local(12, 15, 8), campaign, GroupScope(Tier.STREET))
    text = (await shown(session, group, campaign, local(12, 15, 12))).plain("zh")
    assert "街道\n🟢 按期 0　🟡 临期 0　🔴 逾期 1\n办结 0/1 项" in text
    assert "城管局" not in text
    await bind(session, world, local(12, 15, 8), campaign, GroupScope(unit_id=world.unit.id))
    text = (await shown(session, group, campaign, local(12, 15, 12))).plain("zh")
    assert "城管局\n🟢 按期 0　🟡 临期 1　🔴 逾期 0" in text
    assert "整治背街小巷环境" not in text


async def test_two_hundred_units_with_long_names_fit_into_one_message(
    session: Session, world: World, roster: Roster, campaign: Campaign, local: Local
) -> None:
    for number in range(200):
        unit = await roster.unit(f"{number}<&>" + "🏛" * 90, Tier.STREET)
        person = await roster.actor(unit, "某" * 90, Role.RESPONSIBLE_PERSON)
        await roster.task(unit, f"{number}" + "𠮷&\n" * 100, date(2026, 12, 11), person.contact)
        if number % 10 == 0:
            talk = Talk(session, person, local(12, 15, 10), campaign)
            await talk.report(f"今天{'清理违规广告牌匾' * 8}{number}张{number}12处")
    group = await bind(session, world, local(12, 15, 8), campaign)
    view = await shown(session, group, campaign, local(12, 15, 12))
    stamp = boards.stamp(local(12, 15, 12), campaign)
    for locale in ("zh", "en"):
        (whole,) = split_html(View([*view.lines, stamp]).html(locale), MESSAGE_LIMIT - 96)
        assert utf16_len(whole) < MESSAGE_LIMIT
    text = view.plain("zh")
    assert "未报告 181 个：" in text
    assert "等另外 166 个" in text
    assert "……另有 195 项逾期。" in text


async def test_a_group_that_was_let_go(
    session: Session, world: World, campaign: Campaign, now: datetime
) -> None:
    """The board that stands there says that it has ended; no new one is posted."""
    group = await bind(session, world, now, campaign)
    await group_binding.unbind(turn_for(session, world.office, now, chat=GROUP))
    assert await boards.render(tick_for(session, now, campaign), group) is None
    row = await live_updates.ensure_live(session, LiveKind.BOARD, group, chat=(GROUP, None))
    row.message_ids = [50]
    await session.flush()
    assert "不再更新" in (await shown(session, group, campaign, now)).plain("zh")
    assert await boards.render(tick_for(session, now, campaign), 999) is None


@pytest.mark.both_engines("sums")
async def test_what_makes_boards_look_again(
    session: Session, world: World, campaign: Campaign, local: Local, talk: Talk
) -> None:
    """Audited steps do, and the hours at which the day reads otherwise; nothing else does."""

    async def mark(at: datetime) -> boards.Mark:
        return await boards.mark(tick_for(session, at, campaign))

    night = await mark(local(12, 15, 0, 1))
    assert night == await mark(local(12, 15, 7, 59))
    hours = [night, *[await mark(local(12, 15, hour)) for hour in (8, 9, 18)], await mark(local(12, 16, 8))]
    assert len(set(hours)) == len(hours)
    assert await mark(local(12, 15, 9)) == await mark(local(12, 15, 17, 59))
    at = local(12, 15, 10)
    seen = await mark(at)
    await talk.write("今天清理违规广告牌匾12处")
    await remember(session, GROUP, 5, MessageSubjects([world.task_id]))
    assert await mark(at) == seen, "a draft is nobody's business"
    await talk.confirm(await talk.write("今天清理违规广告牌匾12处"))
    await session.flush()
    assert await mark(at) != seen
    seen = await mark(at)
    await task_steps.acknowledge(turn_for(session, world.responsible, at), [world.task_id])
    await session.flush()
    assert await mark(at) == seen, "it was 办理中 already"


@pytest.mark.both_engines("side by side")
async def test_a_transaction_that_ends_late_is_seen(
    database: Database, campaign: Campaign, now: datetime
) -> None:
    """Its audit rows have lower numbers than rows that were seen meanwhile."""
    async with database.transaction() as session:
        world = await make_world(Roster(session, now, campaign))
        await bind(session, world, now, campaign)
    if database.is_sqlite:
        return  # one writer at a time: numbers come in order
    async with database.transaction() as slow:
        await group_binding.note_pin_right(slow, GROUP, False, now=now)
        await slow.flush()
        async with database.transaction() as quick:
            await task_steps.acknowledge(
                turn_for(quick, world.responsible, now + timedelta(hours=1)), [world.task_id]
            )
        async with database.reading() as session:
            seen = await boards.mark(tick_for(session, now, campaign))
    async with database.reading() as session:
        assert await boards.mark(tick_for(session, now, campaign)) != seen
