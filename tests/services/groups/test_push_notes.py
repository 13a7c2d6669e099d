"""加按语 and 今日不发: what goes out, what does not, and that all counting goes on."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlmodel import col, select

from locales import plain
from models.audit_log import Audit
from models.db import Session
from models.delivery import push_notes as notes
from models.delivery.live_messages import LiveKind, LiveMessage
from models.delivery.messages import Outbox
from models.delivery.pictures import PromisedPicture
from models.groups import GroupTally
from rules.delivery.delivery import MessageKind
from rules.people.roles import Role
from rules.periods import FigurePeriod
from services.access import Actor
from services.campaign import Campaign
from services.errors import DomainError
from services.groups import group_digests, push_notes
from services.tallies import brief_pushes
from tests.services.conftest import Local, World
from tests.services.groups import tallied
from tests.services.groups.hourly import CHATS, EARLIER, LATER, OFF, USUAL, Hours
from tests.services.groups.previewed import TODAY, Previews, actions
from tests.services.groups.tallied import reports_in
from tests.services.progress.talk import Talk, keys
from tests.support.people import Roster
from tests.support.turns import tick_for

ITEM = "清理违规广告牌匾"
WEEK, MONTH = FigurePeriod.LAST_WEEK.value, FigurePeriod.LAST_MONTH.value


@pytest.fixture
async def bound(session: Session, world: World, campaign: Campaign, local: Local) -> Hours:
    """A group of each hour, bound on Monday the 14th in the evening."""
    hours = Hours(session, world.office, campaign)
    await hours.bind_each(local(12, 14, 20, 30))
    return hours


@pytest.fixture
def previews(session: Session, campaign: Campaign) -> Previews:
    return Previews(session, campaign)


@pytest.fixture
async def colleague(roster: Roster) -> Actor:
    return await roster.actor(await roster.unit("创城办二室"), "另一位", Role.OFFICE)


async def promised(session: Session, kind: MessageKind) -> list[int]:
    """The chats that were promised a message of that kind."""
    return list(await session.exec(select(Outbox.chat_id).where(Outbox.kind == kind)))


# -- the remark ----------------------------------------------------------------------------------------


async def test_the_remark_is_a_line_of_its_own_under_the_title_of_each_tally(
    bound: Hours, previews: Previews, world: World, local: Local
) -> None:
    await previews.remark(world.office, local(12, 15, 16), "请各单位 <b>今晚</b>\n落实 & 反馈")
    for hour in (17, 18, 20):
        (view,) = (await bound.told(local(12, 15, hour))).values()
        lines = view.html("zh").split("\n")
        assert lines[0].startswith("<b>【创城工作日报】</b>")
        assert lines[1] == "按语：请各单位 &lt;b&gt;今晚&lt;/b&gt; 落实 &amp; 反馈"
    (next_day,) = (await bound.told(local(12, 16, 17))).values()
    assert "push.remark" not in keys(next_day), "it was of that day"


async def test_a_corrected_tally_still_shows_it(
    bound: Hours, previews: Previews, world: World, talk: Talk, local: Local
) -> None:
    await previews.remark(world.office, local(12, 15, 17, 30), "注意进度")
    await bound.tick(local(12, 15, 17))
    await bound.tick(local(12, 15, 18))
    talk.now = local(12, 16, 9)
    await talk.report(f"12月15日{ITEM}5处")
    (view,) = await bound.reread(CHATS[USUAL], talk.now)
    assert keys(view)[1] == "push.remark"
    assert "tally.corrected" in keys(view)
    assert reports_in(view) == 1


async def test_the_last_remark_wins_and_can_be_deleted(
    bound: Hours, previews: Previews, world: World, colleague: Actor, local: Local, session: Session
) -> None:
    await previews.remark(world.office, local(12, 15, 16), "第一条")
    await previews.remark(colleague, local(12, 15, 16, 1), "第二条")
    view = await previews.view(local(12, 15, 16, 2))
    assert "按语：第二条" in view.plain("zh")
    assert "第一条" not in view.plain("zh")
    assert actions(view) == ["preview.remark", "preview.clear", "preview.stop"]
    await push_notes.clear_remark(previews.turn(world.office, local(12, 15, 16, 3)), TODAY)
    view = await previews.view(local(12, 15, 16, 4))
    assert actions(view) == ["preview.remark", "preview.stop"]
    rows = await session.exec(select(Audit).where(Audit.subject_type == "push_note").order_by(col(Audit.id)))
    said = [(row.actor_id, row.event, row.after) for row in rows]
    assert said == [
        (world.office.id, "push_remark", {"slot": TODAY, "remark": "第一条"}),
        (colleague.id, "push_remark", {"slot": TODAY, "remark": "第二条"}),
        (world.office.id, "push_remark", {"slot": TODAY, "remark": None}),
    ]


@pytest.mark.parametrize(
    ("words", "key"),
    [("好" * 201, "push.remark_too_long"), ("x" * 4000, "push.remark_too_long"), ("\u200b", None)],
)
async def test_a_remark_must_be_seen_and_is_short(
    bound: Hours, previews: Previews, world: World, local: Local, words: str, key: str | None
) -> None:
    with pytest.raises(DomainError) as refused:
        await previews.remark(world.office, local(12, 15, 16), words)
    assert refused.value.text.key == (key or "push.remark_invisible")
    assert await notes.note_of(previews.session, TODAY) is None
    await previews.remark(world.office, local(12, 15, 16), "好" * 200)


# -- 今日不发 ------------------------------------------------------------------------------------------


async def test_stopping_drops_the_message_alone(
    bound: Hours, previews: Previews, world: World, talk: Talk, local: Local, session: Session
) -> None:
    """The next tally is the same as without the stop: its period begins where it would have."""
    talk.now = local(12, 15, 10)
    await talk.report(f"今天{ITEM}12处")
    assert await previews.stop(world.office, local(12, 15, 16)) == "push.stop_set"
    for hour in (17, 18, 20):
        assert await bound.tick(local(12, 15, hour)) == []
    assert await promised(session, MessageKind.TALLY) == []
    assert (await session.exec(select(PromisedPicture))).all() == []
    assert (await session.exec(select(LiveMessage).where(LiveMessage.kind == LiveKind.TALLY))).all() == []
    ends = {hour: (await bound.group(chat)).tallied_until for hour, chat in CHATS.items()}
    assert ends == {EARLIER: local(12, 15, 17), USUAL: local(12, 15, 18), LATER: local(12, 15, 18)}
    rows = (await session.exec(select(GroupTally))).all()
    assert [(row.slot_key, row.promised) for row in rows] == [(TODAY, True)] * 3
    assert all(row.frozen["units"] for row in rows)
    talk.now = local(12, 16, 10)
    await talk.report(f"今天{ITEM}3处")
    for hour, since in ((17, local(12, 15, 17)), (18, local(12, 15, 18)), (20, local(12, 15, 18))):
        (view,) = (await bound.told(local(12, 16, hour))).values()
        assert reports_in(view) == 1, "what came on the 15th was counted then"
        row = (await session.exec(select(GroupTally).order_by(col(GroupTally.id).desc()))).first()
        assert row is not None
        assert row.since == since


async def test_a_late_report_corrects_what_was_stopped_without_a_word(
    bound: Hours, previews: Previews, world: World, talk: Talk, local: Local
) -> None:
    await previews.stop(world.office, local(12, 15, 16))
    for hour in (17, 18, 20):
        await bound.tick(local(12, 15, hour))
    talk.now = local(12, 16, 9)
    report = await talk.report(f"12月15日{ITEM}5处")
    assert report.counted_at == local(12, 15, 18)
    assert await promised(previews.session, MessageKind.TALLY) == []
    assert await tallied.dirty(previews.session) == []


async def test_stopped_and_sent_after_all(
    bound: Hours, previews: Previews, world: World, colleague: Actor, local: Local
) -> None:
    """Between two hours: who was passed over stays so, the others get theirs."""
    await previews.stop(
        world.office,
        local(
            12,
            15,
            16,
            59,
        ),
    )
    assert await bound.tick(local(12, 15, 17)) == []
    assert await previews.stop(colleague, local(12, 15, 17, 20)) == "push.stopped", "the first one is named"
    assert await previews.resume(colleague, local(12, 15, 17, 30)) == "push.resumed"
    assert await previews.resume(world.office, local(12, 15, 17, 31)) == "push.resumed"
    assert list(await bound.told(local(12, 15, 18))) == [CHATS[USUAL]]
    assert list(await bound.told(local(12, 15, 20))) == [CHATS[LATER]]
    closed = (await previews.view(local(12, 15, 20, 1))).plain("zh")
    assert "已发出：12月15日18:00 起，共 2 个群；另有 1 个群未发" in closed


async def test_a_stop_in_the_last_second_holds(
    bound: Hours, previews: Previews, world: World, local: Local
) -> None:
    await bound.tick(local(12, 15, 17))
    assert await previews.stop(world.office, local(12, 15, 17, 59) + timedelta(seconds=59)) == "push.stop_set"
    assert await bound.tick(local(12, 15, 18)) == []
    assert await bound.tick(local(12, 15, 20)) == []


async def test_after_it_went_out_a_press_tells_what_stands(
    bound: Hours, previews: Previews, world: World, local: Local
) -> None:
    await previews.remark(world.office, local(12, 15, 16), "注意进度")
    for hour in (17, 18, 20):
        await bound.tick(local(12, 15, hour))
    turn = previews.turn(world.office, local(12, 15, 20, 1))
    for change in (push_notes.stop, push_notes.resume, push_notes.clear_remark, push_notes.ask_remark):
        with pytest.raises(DomainError) as refused:
            await change(turn, TODAY)
        said = plain(refused.value.text, "zh")
        assert said == "现在不能再改。✅ 已发出：12月15日17:00 起，共 3 个群。按语：注意进度"
    with pytest.raises(DomainError):
        await previews.remark(world.office, local(12, 16, 9), "太晚")


@pytest.mark.parametrize("slot", ["2026-12-15/brief", "tally", "", "2026-12-19/tally", "9999-99-99/tally"])
async def test_no_other_slot_can_be_stopped(
    bound: Hours, previews: Previews, world: World, local: Local, slot: str
) -> None:
    """Neither the brief, nor a day off, nor what is no slot at all."""
    with pytest.raises(DomainError):
        await previews.stop(world.office, local(12, 15, 16), slot)


async def test_only_the_office_decides(bound: Hours, previews: Previews, world: World, local: Local) -> None:
    for actor in (world.leader, world.liaison, world.responsible):
        for change in (push_notes.stop, push_notes.resume, push_notes.clear_remark, push_notes.ask_remark):
            with pytest.raises(DomainError) as refused:
                await change(previews.turn(actor, local(12, 15, 16)), TODAY)
            assert refused.value.text.key == "tasks.office_only"
        with pytest.raises(DomainError):
            await previews.remark(actor, local(12, 15, 16), "按语")
    assert await notes.note_of(previews.session, TODAY) is None


async def test_after_an_outage_the_stop_still_holds(
    bound: Hours, previews: Previews, world: World, local: Local
) -> None:
    """The program was down from 17:50 until the next morning: that day's tally is still not sent."""
    await bound.tick(local(12, 15, 17))
    await previews.stop(world.office, local(12, 15, 17, 40))
    assert await bound.tick(local(12, 16, 9)) == []
    assert list(await bound.told(local(12, 16, 17))) == [CHATS[EARLIER]]


async def test_what_still_waits_after_an_outage_can_still_be_stopped(
    bound: Hours, previews: Previews, world: World, local: Local
) -> None:
    """The program comes back at seven: the tally of yesterday would go out at eight."""
    assert await previews.stop(world.office, local(12, 16, 7)) == "push.stop_set"
    assert await bound.tick(local(12, 16, 8)) == []
    with pytest.raises(DomainError):
        await previews.resume(world.office, local(12, 16, 8, 1))
    week = f"2026-12-14/{WEEK}"
    assert await previews.stop(world.office, local(12, 21, 7), week) == "push.stop_set"
    assert await told(previews, local(12, 22, 9)) == []
    for late in (local(12, 22, 9, 1), local(12, 28, 7)):
        with pytest.raises(DomainError):
            await previews.resume(world.office, late, week)


async def test_a_group_without_a_tally_is_left_alone(
    bound: Hours, previews: Previews, world: World, local: Local
) -> None:
    await bound.choose(CHATS[LATER], OFF, local(12, 15, 9))
    before = (await bound.group(CHATS[LATER])).tallied_until
    await previews.stop(world.office, local(12, 15, 16))
    for hour in (17, 18, 20):
        assert await bound.tick(local(12, 15, hour)) == []
    assert (await bound.group(CHATS[LATER])).tallied_until == before


# -- the week and the month ----------------------------------------------------------------------------


async def told(previews: Previews, at: datetime) -> list[str]:
    digests = await group_digests.digest_tick(tick_for(previews.session, at, previews.campaign))
    return [one.view.plain("zh") for one in digests]


async def test_the_digest_has_its_remark_and_the_brief_has_none(
    bound: Hours, previews: Previews, world: World, talk: Talk, local: Local, campaign: Campaign
) -> None:
    talk.now = local(12, 18, 10)
    await talk.report(f"今天{ITEM}30处")
    at = local(12, 21, 8, 10)
    await previews.remark(world.office, at, "本周重点：背街小巷", f"2026-12-14/{WEEK}")
    leaders = await brief_pushes.brief_tick(tick_for(previews.session, local(12, 21, 8), campaign))
    assert leaders
    assert all("按语" not in one.view.plain("zh") for one in leaders)
    found = await told(previews, local(12, 21, 8, 30))
    assert len(found) == 3
    assert {text.split("\n")[1] for text in found} == {"按语：本周重点：背街小巷"}


async def test_a_stopped_month_is_over_all_the_same(
    bound: Hours, previews: Previews, world: World, talk: Talk, session: Session
) -> None:
    """The week, which is told of at the same moment, still goes out."""
    month, week = f"2026-12-01/{MONTH}", f"2026-12-28/{WEEK}"
    early = datetime.fromisoformat("2027-01-04T08:00+08:00")
    await previews.stop(world.office, early, month)
    found = await told(previews, early + timedelta(minutes=30))
    assert len(found) == 3
    assert all("周报" in text for text in found)
    assert await told(previews, early + timedelta(hours=2)) == []
    assert "未发" in (await previews.view(early + timedelta(hours=1), month)).plain("zh")
    assert "已发出" in (await previews.view(early + timedelta(hours=1), week)).plain("zh")
    with pytest.raises(DomainError):
        await previews.resume(world.office, early + timedelta(hours=1), month)
    pictures = (await session.exec(select(PromisedPicture.promise_key))).all()
    assert all(MONTH not in key for key in pictures)
