"""The week and the month in the leaders' brief: one message, also where there would be no brief."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlmodel import select

from models.db import Session
from models.delivery.messages import Outbox
from models.delivery.pictures import PromisedPicture
from models.people import Contact
from reports.pictures.picture import Picture
from rules.delivery.delivery import MessageKind
from rules.people.roles import Role
from services.campaign import Campaign
from services.delivery import rendering
from services.nags import quiet_hours
from services.tallies import brief_pushes, promised_pictures
from services.tallies.brief_rhythm import BriefRhythm
from services.turn import TickTurn
from services.views import View
from tests.services.conftest import Local, World
from tests.services.progress.talk import Talk, keys
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

SENTENCE = "今天清理违规广告牌匾12处"


async def briefed(session: Session, world: World, at: datetime, campaign: Campaign) -> list[View]:
    account = world.leader.contact.telegram_user_id
    planned = await brief_pushes.brief_tick(tick_for(session, at, campaign))
    return [one.view for one in planned if one.chat == account]


@pytest.fixture
async def reported(talk: Talk, local: Local) -> None:
    talk.now = local(12, 16, 10)
    await talk.report(SENTENCE)


async def test_the_week_is_in_the_brief_of_its_first_working_day(
    talk: Talk, reported: None, world: World, local: Local, campaign: Campaign
) -> None:
    (view,) = await briefed(talk.session, world, local(12, 21, 8), campaign)
    words = view.plain("zh")
    assert words.index("【创城简报】") < words.index("\n\n【创城工作周报】12月14日—12月20日 城管局")
    assert "\n收到报告：1 份\n" in words
    rows = (await talk.session.exec(select(Outbox).where(Outbox.kind == MessageKind.DIGEST))).all()
    mine = [row for row in rows if row.contact_id == world.leader.id]
    assert len(mine) == 1, "it is one message"
    (next_day,) = await briefed(talk.session, world, local(12, 22, 8), campaign)
    assert "周报" not in next_day.plain("zh")


async def test_a_brief_of_one_line_carries_it_too(
    talk: Talk, world: World, local: Local, campaign: Campaign
) -> None:
    world.task.deadline = date(2026, 12, 31)
    await talk.session.flush()
    (view,) = await briefed(talk.session, world, local(12, 21, 8), campaign)
    assert [key for key in keys(view) if key != "common.as_is"][:2] == ["brief.no_news", "digest.nothing"]


async def test_who_has_the_brief_weekly_gets_the_month_on_its_own_day(
    talk: Talk, reported: None, world: World, local: Local, campaign: Campaign
) -> None:
    """1 December 2026 is a Tuesday, on which they have no brief; 1 April 2027 a Thursday."""
    at = turn_for(talk.session, world.leader, local(12, 16, 11), campaign)
    await quiet_hours.choose_brief(at, BriefRhythm.WEEKLY)
    april = datetime.fromisoformat("2027-04-01T08:00+08:00")
    (view,) = await briefed(talk.session, world, april, campaign)
    assert view.plain("zh").startswith("【创城工作月报】2027年3月 城管局")
    assert (
        await briefed(talk.session, world, datetime.fromisoformat("2027-04-02T08:00+08:00"), campaign) == []
    )


async def test_its_picture_is_promised_with_it(
    talk: Talk, reported: None, world: World, local: Local, campaign: Campaign
) -> None:
    await briefed(talk.session, world, local(12, 17, 8), campaign)
    pictures = (await talk.session.exec(select(PromisedPicture))).all()
    mine = [one for one in pictures if one.contact_id == world.leader.id]
    assert [one.promise_key for one in mine] == [f"2026-12-17/brief/picture:{world.leader.id}"]
    assert mine[0].content["title"] == "创城每日简报 12月17日 · 城管局"


async def test_a_message_has_one_picture_that_of_the_longest_time(
    talk: Talk, reported: None, world: World, local: Local, campaign: Campaign
) -> None:
    await briefed(talk.session, world, datetime.fromisoformat("2027-01-04T08:00+08:00"), campaign)
    pictures = (await talk.session.exec(select(PromisedPicture))).all()
    mine = [one for one in pictures if one.contact_id == world.leader.id]
    assert [one.content["title"] for one in mine] == ["创城工作月报 2026年12月 · 城管局"]


async def test_what_a_missed_brief_would_have_told_is_in_the_next_one_once(
    talk: Talk, reported: None, world: World, local: Local, campaign: Campaign
) -> None:
    """The program was down on Monday."""
    (view,) = await briefed(talk.session, world, local(12, 22, 8), campaign)
    assert "【创城工作周报】12月14日—12月20日 城管局" in view.plain("zh")
    (view,) = await briefed(talk.session, world, local(12, 23, 8), campaign)
    assert "周报" not in view.plain("zh")


async def test_who_joined_later_hears_of_no_week_before(
    talk: Talk, reported: None, world: World, local: Local, campaign: Campaign
) -> None:
    contact = world.leader.contact
    contact.enrolled_at = local(12, 22, 7)
    await talk.session.flush()
    (view,) = await briefed(talk.session, world, local(12, 22, 8), campaign)
    assert "周报" not in view.plain("zh")


async def test_many_leaders_get_theirs_in_steps_once_each(
    talk: Talk, reported: None, world: World, local: Local, campaign: Campaign
) -> None:
    roster = Roster(talk.session, local(12, 14, 9), campaign)
    for number in range(brief_pushes.AT_ONCE + 5):
        await roster.contact(world.unit, f"领导{number}", Role.DISTRICT_LEADER)
    turn = tick_for(talk.session, local(12, 21, 8), campaign)
    first, second = await brief_pushes.brief_step(turn), await brief_pushes.brief_step(turn)
    assert (len(first.told), first.more, second.more) == (brief_pushes.AT_ONCE, True, False)
    chats = [one.chat for one in (*first.told, *second.told)]
    assert len(chats) == len(set(chats)) >= brief_pushes.AT_ONCE + 5
    assert all("周报" in one.view.plain("zh") for one in second.told)
    assert (await brief_pushes.brief_step(turn)).told == []


async def test_what_cannot_be_counted_for_one_leader_holds_up_no_other(
    talk: Talk,
    reported: None,
    world: World,
    local: Local,
    campaign: Campaign,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Their own brief is left out and logged; half of it is not promised either."""
    roster = Roster(talk.session, local(12, 14, 9), campaign)
    for number in range(brief_pushes.AT_ONCE + 5):
        await roster.contact(world.unit, f"领导{number}", Role.DISTRICT_LEADER)
    promise = promised_pictures.promise_to_contact

    async def fails(turn: TickTurn, key: str, picture: Picture, contact: Contact) -> None:
        await promise(turn, key, picture, contact)
        if contact.name == "领导0":
            raise ValueError("a broken row")

    monkeypatch.setattr(promised_pictures, "promise_to_contact", fails)
    turn = tick_for(talk.session, local(12, 21, 8), campaign)
    planned = await brief_pushes.brief_tick(turn)
    assert await brief_pushes.brief_tick(turn) == []
    told = {one.recipient.values["name"] for one in planned}
    assert {f"领导{number}" for number in range(brief_pushes.AT_ONCE + 5)} - told == {"领导0"}
    rows = await talk.session.exec(select(Outbox.contact_id).where(Outbox.kind == MessageKind.DIGEST))
    pictures = await talk.session.exec(select(PromisedPicture.contact_id))
    assert len(list(rows)) == len(list(pictures)) == len(planned)


async def test_if_nobody_can_get_theirs_the_next_tick_tries_again(
    talk: Talk,
    reported: None,
    world: World,
    local: Local,
    campaign: Campaign,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fails(*_: object) -> None:
        raise ValueError("a fault of ours")

    with monkeypatch.context() as broken:
        broken.setattr(promised_pictures, "promise_to_contact", fails)
        assert await brief_pushes.brief_tick(tick_for(talk.session, local(12, 21, 8), campaign)) == []
    (view,) = await briefed(talk.session, world, local(12, 21, 8, 5), campaign)
    assert "周报" in view.plain("zh")


async def test_a_step_that_is_not_followed_tells_nobody_twice(
    talk: Talk, reported: None, world: World, local: Local, campaign: Campaign
) -> None:
    """On Monday the program ends between two steps, and comes back on Tuesday."""
    roster = Roster(talk.session, local(12, 14, 9), campaign)
    for number in range(brief_pushes.AT_ONCE + 5):
        await roster.contact(world.unit, f"领导{number}", Role.DISTRICT_LEADER)
    first = await brief_pushes.brief_step(tick_for(talk.session, local(12, 21, 8), campaign))
    told = {one.chat for one in first.told}
    planned = await brief_pushes.brief_tick(tick_for(talk.session, local(12, 22, 8), campaign))
    for one in planned:
        assert ("周报" in one.view.plain("zh")) == (one.chat not in told)
    assert any("周报" in one.view.plain("zh") for one in planned)


async def test_what_tells_of_a_week_is_not_over_with_the_morning(
    talk: Talk, reported: None, world: World, local: Local, campaign: Campaign
) -> None:
    """Telegram could not be reached until the evening."""
    await briefed(talk.session, world, local(12, 21, 8), campaign)
    rows = (await talk.session.exec(select(Outbox).where(Outbox.kind == MessageKind.DIGEST))).all()
    (mine,) = [row for row in rows if row.contact_id == world.leader.id]
    assert await rendering.render(tick_for(talk.session, local(12, 21, 19), campaign), mine) is not None
