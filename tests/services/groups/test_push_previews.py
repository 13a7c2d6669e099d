"""日报预览: when it comes, to whom, what it shows, and what becomes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from sqlmodel import select

from models.audit_log import Audit
from models.db import Database, Session
from models.delivery import push_notes as notes
from models.delivery.live_messages import LiveKind, LiveMessage
from models.people import ContactRole
from rules.nags.quiet_hours import QuietHours
from rules.people.roles import Role
from services.campaign import Campaign
from services.errors import DomainError
from services.groups import group_binding, group_digests, push_previews
from services.nags import quiet_hours, rehearsal
from services.nags.next_sending import next_sending
from tests.services.conftest import Local, World, make_world
from tests.services.groups.hourly import CHATS, EARLIER, LATER, OFF, USUAL, Hours
from tests.services.groups.previewed import TODAY, Previews, actions
from tests.services.progress.talk import Talk
from tests.support.people import Roster
from tests.support.rows import id_of
from tests.support.turns import tick_for, turn_for

ITEM = "清理违规广告牌匾"


@pytest.fixture
def hours(session: Session, world: World, campaign: Campaign) -> Hours:
    return Hours(session, world.office, campaign)


@pytest.fixture
async def previews(session: Session, world: World, campaign: Campaign, local: Local) -> Previews:
    """The officer has chosen previews."""
    made = Previews(session, campaign)
    await made.choose(world.office, local(12, 14, 9))
    return made


async def slots_told(previews: Previews, *moments: datetime) -> list[str]:
    return [one.slot for at in moments for one in await previews.tick(at)]


# -- when, and to whom ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "first"),
    [((EARLIER, USUAL, LATER), (16, 30)), ((USUAL, LATER), (17, 30)), ((LATER,), (19, 30))],
)
async def test_it_comes_half_an_hour_before_the_first_hour_once(
    hours: Hours, previews: Previews, local: Local, chosen: tuple[object, ...], first: tuple[int, int]
) -> None:
    for hour, chat in CHATS.items():
        if hour in chosen:
            await hours.bind(chat, local(12, 14, 20, 30), hour)
    at = local(12, 15, *first)
    assert await slots_told(previews, local(12, 15, 9), at - timedelta(seconds=1)) == []
    (planned,) = await previews.tick(at)
    assert planned.slot == f"{TODAY}/preview"
    assert await slots_told(previews, at, at + timedelta(minutes=10), at + timedelta(minutes=29)) == []
    for later in (17, 17.5, 18, 19.5, 20, 20.5):
        moment = local(12, 15) + timedelta(hours=later)
        await hours.tick(moment)
        assert await previews.tick(moment) == []
    (row,) = await previews.promised()
    assert row.content["quiet"] is True


async def test_after_an_outage_it_is_not_made_up_for(hours: Hours, previews: Previews, local: Local) -> None:
    await hours.bind(CHATS[USUAL], local(12, 14, 20, 30))
    assert await previews.tick(local(12, 15, 18)) == []
    assert len(await previews.tick(local(12, 16, 17, 59))) == 1
    (row,) = await previews.promised()
    assert await previews.rendered(row, local(12, 16, 17, 59)) is not None
    assert await previews.rendered(row, local(12, 16, 18)) is None, "it was on its way for too long"
    assert await previews.rendered(row, local(12, 17, 17, 45)) is None


async def test_nobody_gets_it_unasked_nor_without_the_office(
    hours: Hours, previews: Previews, world: World, roster: Roster, local: Local, session: Session
) -> None:
    await roster.actor(await roster.unit("创城办二室"), "另一位", Role.OFFICE)
    await hours.bind(CHATS[USUAL], local(12, 14, 20, 30))
    (planned,) = await previews.tick(local(12, 15, 17, 30))
    assert planned.chat == world.office.contact.telegram_user_id
    (row,) = await previews.promised()
    for role in await session.exec(select(ContactRole).where(ContactRole.contact_id == world.office.id)):
        await session.delete(role)
    await session.flush()
    assert await previews.live(row, local(12, 15, 17, 40)) is None
    assert await previews.tick(local(12, 16, 17, 30)) == []
    with pytest.raises(DomainError):
        await push_previews.open_now(previews.turn(world.leader, local(12, 15, 17, 40)))


async def test_without_a_group_that_gets_it_there_is_none(
    hours: Hours, previews: Previews, world: World, local: Local
) -> None:
    assert await previews.tick(local(12, 15, 17, 30)) == []
    await hours.bind(CHATS[USUAL], local(12, 15, 17, 31))
    await hours.choose(CHATS[USUAL], OFF, local(12, 15, 17, 32))
    assert await previews.tick(local(12, 15, 17, 35)) == []
    with pytest.raises(DomainError) as refused:
        await push_previews.open_now(previews.turn(world.office, local(12, 15, 17, 40)))
    assert refused.value.text.key == "push.none"
    await hours.choose(CHATS[USUAL], USUAL, local(12, 15, 17, 41))
    assert len(await previews.tick(local(12, 15, 17, 42))) == 1


async def test_on_a_day_off_there_is_none(
    hours: Hours, previews: Previews, world: World, local: Local
) -> None:
    await hours.bind(CHATS[USUAL], local(12, 14, 20, 30))
    assert await previews.tick(local(12, 19, 17, 30)) == []
    with pytest.raises(DomainError):
        await push_previews.open_now(previews.turn(world.office, local(12, 19, 17, 30)))


async def test_quiet_hours_keep_it_back_and_the_button_opens_it(
    hours: Hours, previews: Previews, world: World, local: Local
) -> None:
    """Their own quiet hours begin at 17:15: neither the hour of the preview nor later is it pushed."""
    await hours.bind(CHATS[USUAL], local(12, 14, 20, 30))
    contact = world.office.contact
    contact.quiet_from, contact.quiet_until = time(17, 15), time(8, 0)
    assert await slots_told(previews, local(12, 15, 17, 30), local(12, 15, 17, 45)) == []
    turn = previews.turn(world.office, local(12, 15, 17, 45))
    assert (await push_previews.open_now(turn)).key == "push.opened"
    (row,) = await previews.promised()
    assert await previews.rendered(row, local(12, 15, 17, 45)) is not None


async def test_quiet_hours_that_end_meanwhile_do_not_bring_it_late(
    previews: Previews, hours: Hours, local: Local
) -> None:
    """The digests are at 08:30; where nights end at 08:15, 08:00 is quiet."""
    await hours.bind(CHATS[USUAL], local(12, 14, 20, 30))
    previews.campaign = replace(previews.campaign, quiet=QuietHours(time(21), time(8, 15)))
    assert await slots_told(previews, local(12, 21, 8), local(12, 21, 8, 20)) == []


async def test_week_and_month_are_seen_at_eight(hours: Hours, previews: Previews, local: Local) -> None:
    await hours.bind(CHATS[USUAL], local(12, 14, 20, 30))
    assert await slots_told(previews, local(12, 21, 7, 59)) == []
    assert await slots_told(previews, local(12, 21, 8)) == ["2026-12-14/last_week/preview"]
    assert await slots_told(previews, local(12, 21, 8, 30)) == []
    monday = datetime.fromisoformat("2027-01-04T08:00+08:00")
    assert await slots_told(previews, monday) == [
        "2026-12-01/last_month/preview",
        "2026-12-28/last_week/preview",
    ]
    assert await slots_told(previews, monday + timedelta(minutes=1)) == []


# -- what it shows -------------------------------------------------------------------------------------


async def test_it_shows_the_district_as_it_is_now_and_to_whom_it_goes(
    hours: Hours, previews: Previews, talk: Talk, local: Local
) -> None:
    await hours.bind_each(local(12, 14, 20, 30))
    talk.now = local(12, 15, 10)
    await talk.report(f"今天{ITEM}12处")
    view = await previews.view(local(12, 15, 16, 30))
    assert view.plain("zh").split("\n") == [
        "【日报预览】12月15日",
        "统计时段：12月14日18:00—12月15日16:30",
        "任务：今日办结 0 项（累计 0 项），按期在办 1 项，逾期 0 项；收到报告 1 份。",
        "✅ 无逾期任务。",
        "发送安排：17:00（1 个群）、18:00（1 个群）、20:00（1 个群）",
        "无需操作，到时自动发送。",
    ]
    assert actions(view) == ["preview.remark", "preview.stop"]
    await hours.tick(local(12, 15, 17))
    await hours.tick(local(12, 15, 18))
    last = (await previews.view(local(12, 15, 19, 30))).plain("zh")
    assert "统计时段：12月14日18:00—12月15日18:00" in last
    assert "17:00（1 个群，已发出）、18:00（1 个群，已发出）、20:00（1 个群）" in last
    assert "尚未报告" not in last
    assert "收到报告 1 份" in last
    assert "Goes out: 17:00 (groups: 1, sent)" in (await previews.view(local(12, 15, 19, 30))).plain("en")


async def test_who_has_not_reported_so_far_is_named(hours: Hours, previews: Previews, local: Local) -> None:
    await hours.bind(CHATS[USUAL], local(12, 14, 20, 30))
    assert "尚未报告（18:00截止）1 个：城管局" in (await previews.view(local(12, 15, 17, 30))).plain("zh")


async def test_a_digest_shows_its_own_lines(
    hours: Hours, previews: Previews, talk: Talk, local: Local
) -> None:
    await hours.bind(CHATS[USUAL], local(12, 14, 20, 30))
    talk.now = local(12, 18, 10)
    await talk.report(f"今天{ITEM}30处")
    lines = (await previews.view(local(12, 21, 8), "2026-12-14/last_week")).plain("zh").split("\n")
    assert lines[:3] == ["【周报预览】12月21日", "【创城工作周报】12月14日—12月20日 全区", "收到报告：1 份"]
    assert "发送安排：08:30（1 个群）" in lines


async def test_after_the_last_hour_it_says_what_became_of_it(
    hours: Hours, previews: Previews, world: World, local: Local
) -> None:
    await hours.bind_each(local(12, 14, 20, 30))
    await previews.tick(local(12, 15, 16, 30))
    (row,) = await previews.promised()
    for hour in (17, 18, 20):
        await hours.tick(local(12, 15, hour))
    for later in (local(12, 15, 20, 1), local(12, 18, 9)):
        view = await previews.live(row, later)
        assert view is not None
        assert list(view.rows) == []
        assert view.plain("zh") == "【日报预览】12月15日\n✅ 已发出：12月15日17:00 起，共 3 个群。"
    await previews.stop(world.office, local(12, 16, 9), "2026-12-16/tally")
    for hour in (17, 18, 20):
        await hours.tick(local(12, 16, hour))
    view = await previews.view(local(12, 16, 20, 1), "2026-12-16/tally")
    assert list(view.rows) == []
    assert "⛔ 未发：创城办 创城办工作人员 12月16日09:00 设为今日不发" in view.plain("zh").replace("　", " ")


async def test_its_message_is_looked_at_when_something_changes(
    hours: Hours, previews: Previews, world: World, local: Local, session: Session
) -> None:
    """A change by anybody, a tally that went out, other groups, and half an hour before each later hour."""
    await hours.bind_each(local(12, 14, 20, 30))
    await previews.tick(local(12, 15, 16, 30))
    (row,) = await previews.promised()
    live = LiveMessage(
        kind=LiveKind.PREVIEW, subject_id=id_of(row), chat_id=row.chat_id, message_ids=[7], dirty=False
    )
    session.add(live)
    await session.flush()

    async def was_touched() -> bool:
        await session.refresh(live)
        touched, live.dirty = live.dirty, False
        session.add(live)
        await session.flush()
        return touched

    await previews.tick(local(12, 15, 16, 31))
    assert not await was_touched()
    await previews.stop(world.office, local(12, 15, 16, 35))
    assert await was_touched()
    await previews.resume(world.office, local(12, 15, 16, 36))
    assert await was_touched()
    await hours.choose(CHATS[LATER], OFF, local(12, 15, 16, 37))
    assert await was_touched()
    await hours.choose(CHATS[LATER], OFF, local(12, 15, 16, 38))
    assert not await was_touched()
    await hours.bind(-1099, local(12, 15, 16, 39))
    assert await was_touched()
    await group_binding.unbind(
        turn_for(session, world.office, local(12, 15, 16, 40), hours.campaign, chat=-1099)
    )
    assert await was_touched()
    await hours.choose(CHATS[LATER], LATER, local(12, 15, 16, 41))
    assert await was_touched()
    await hours.tick(local(12, 15, 17))
    assert await was_touched()
    for minute in ((17, 30), (19, 30)):
        await previews.tick(local(12, 15, *minute) - timedelta(minutes=1))
        await was_touched()
        await previews.tick(local(12, 15, *minute))
        assert await was_touched()
        await previews.tick(local(12, 15, *minute) + timedelta(minutes=1))
        assert not await was_touched()
    await hours.tick(local(12, 15, 20))
    assert await was_touched()


async def test_a_change_on_the_way_is_noticed(
    hours: Hours, previews: Previews, world: World, local: Local, session: Session
) -> None:
    await hours.bind(CHATS[USUAL], local(12, 14, 20, 30))
    await previews.tick(local(12, 15, 17, 30))
    (row,) = await previews.promised()
    shown = await previews.rendered(row, local(12, 15, 17, 30))
    assert shown is not None
    session.add(
        LiveMessage(
            kind=LiveKind.PREVIEW,
            subject_id=id_of(row),
            chat_id=row.chat_id,
            content=dict(shown.listed or {}),
        )
    )
    assert not await notes.changed_since_shown(session, id_of(row), TODAY)
    await previews.stop(world.office, local(12, 15, 17, 31))
    assert await notes.changed_since_shown(session, id_of(row), TODAY)


# -- the choice, and the button ------------------------------------------------------------------------


async def test_the_choice_is_off_and_audited(session: Session, world: World, campaign: Campaign) -> None:
    turn = Previews(session, campaign).turn(world.office, datetime.fromisoformat("2026-12-15T10:00+08:00"))
    view = await quiet_hours.show_quiet_hours(turn)
    assert "日报预览：关。" in view.plain("zh")
    for on in (True, True, False):
        view = await quiet_hours.choose_previews(turn, on)
        assert ("日报预览：开" in view.plain("zh")) is on
    rows = await session.exec(select(Audit).where(Audit.event == "previews"))
    assert [(row.before, row.after) for row in rows] == [
        ({"previews": False}, {"previews": True}),
        ({"previews": True}, {"previews": False}),
    ]
    leader = Previews(session, campaign).turn(world.leader, turn.now)
    assert "日报预览" not in (await quiet_hours.show_quiet_hours(leader)).plain("zh")
    with pytest.raises(DomainError):
        await quiet_hours.choose_previews(leader, True)


async def test_the_button_opens_all_that_still_waits(
    hours: Hours, world: World, session: Session, campaign: Campaign, local: Local
) -> None:
    """Also for who gets no previews by themselves; pressed twice in a minute they come once."""
    previews = Previews(session, campaign)
    await hours.bind(CHATS[USUAL], local(12, 14, 20, 30))
    for _ in range(2):
        await push_previews.open_now(previews.turn(world.office, local(12, 21, 8, 5)))
    assert [row.content["slot"] for row in await previews.promised()] == [
        "2026-12-14/last_week",
        "2026-12-21/tally",
    ]
    await group_digests.digest_tick(tick_for(session, local(12, 21, 8, 30), campaign))
    await push_previews.open_now(previews.turn(world.office, local(12, 21, 9)))
    assert [row.content["slot"] for row in (await previews.promised())[2:]] == ["2026-12-21/tally"]
    await hours.tick(local(12, 21, 18))
    with pytest.raises(DomainError):
        await push_previews.open_now(previews.turn(world.office, local(12, 21, 18, 1)))


# -- a look ahead --------------------------------------------------------------------------------------


@pytest.fixture
async def committed(database: Database, campaign: Campaign, local: Local) -> Database:
    """A group of each hour, and an officer who has chosen previews."""
    async with database.transaction() as session:
        world = await make_world(Roster(session, local(12, 14, 9), campaign))
        await Hours(session, world.office, campaign).bind_each(local(12, 14, 20, 30))
        await Previews(session, campaign).choose(world.office, local(12, 14, 21))
    return database


async def test_a_look_ahead_and_a_rehearsal_tell_of_it(
    committed: Database, campaign: Campaign, local: Local
) -> None:
    async with committed.rehearsal() as session:
        found = await next_sending(tick_for(session, local(12, 15, 10), campaign))
    assert found.moment == local(12, 15, 16, 30)
    assert [one.slot for one in found.planned] == [f"{TODAY}/preview"]
    async with committed.rehearsal() as session:
        foreseen = await rehearsal.rehearse_slots(session, at=local(12, 15, 16, 30), campaign=campaign)
    (planned,) = foreseen
    assert planned.view.plain("zh").startswith("【日报预览】12月15日")
    async with committed.rehearsal() as session:
        assert await rehearsal.rehearse_slots(session, at=local(12, 15, 16, 31), campaign=campaign) == []
    async with committed.rehearsal() as session:
        digests = await rehearsal.rehearse_slots(session, at=local(12, 21, 8), campaign=campaign)
    assert [one.slot for one in digests if one.slot.endswith("/preview")] == ["2026-12-14/last_week/preview"]


async def test_a_restart_between_preview_and_tally_tells_nobody_twice(
    committed: Database, database_url: str, campaign: Campaign, local: Local
) -> None:
    async with committed.transaction() as session:
        assert len(await Previews(session, campaign).tick(local(12, 15, 16, 30))) == 1
    other = Database(database_url)
    try:
        async with other.transaction() as session:
            assert await Previews(session, campaign).tick(local(12, 15, 16, 31)) == []
            assert len(await Previews(session, campaign).promised()) == 1
    finally:
        await other.close()
