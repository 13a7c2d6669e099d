"""The evening tally of the groups and the morning brief of the leaders, slot by slot."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlmodel import select

from models.db import Session
from models.delivery.messages import Outbox
from rules.delivery.delivery import MessageKind
from rules.people.roles import Role, Tier
from services.access import Actor
from services.campaign import Campaign
from services.dry_run import PlannedMessage
from services.groups import evening_tallies, group_binding
from services.tallies import brief_pushes, briefs
from services.views import View
from tests.services.conftest import Local, World
from tests.services.progress.talk import Talk, keys, line, refused
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

pytestmark = pytest.mark.both_engines("sums")

GROUP = -1_001_234_567_890
SENTENCE = "今天清理违规广告牌匾1处"


@pytest.fixture
async def bound(session: Session, world: World, local: Local, campaign: Campaign) -> None:
    """A group bound on Monday the 14th at noon."""
    await bind(session, world, local(12, 14, 12), campaign)


async def bind(
    session: Session, world: World, now: datetime, campaign: Campaign, chat_id: int = GROUP
) -> None:
    await group_binding.bind(
        turn_for(session, world.office, now, campaign, chat=chat_id, thread=7), title="工作群"
    )


async def tally(session: Session, now: datetime, campaign: Campaign) -> list[PlannedMessage]:
    return await evening_tallies.tally_tick(tick_for(session, now, campaign))


def reports_in(view: View) -> int:
    return int(line(view, "tally.overall").values["reports"])


@pytest.mark.usefixtures("bound")
async def test_at_six_on_working_days(session: Session, local: Local, campaign: Campaign) -> None:
    fired = []
    moment = local(12, 14, 12)
    while moment < local(12, 22):
        fired += [(moment, planned.slot) for planned in await tally(session, moment, campaign)]
        moment += timedelta(minutes=30)
    assert fired == [(local(12, day, 18), f"2026-12-{day}/tally") for day in (14, 15, 16, 17, 18, 21)]


@pytest.mark.usefixtures("bound")
async def test_into_the_topic_in_which_it_was_bound(
    session: Session, local: Local, campaign: Campaign
) -> None:
    await tally(session, local(12, 14, 18), campaign)
    (row,) = (await session.exec(select(Outbox))).all()
    assert (row.kind, row.chat_id, row.thread_id, row.contact_id) == (MessageKind.TALLY, GROUP, 7, None)
    assert row.dedupe_key.startswith("2026-12-14/tally:")


@pytest.mark.usefixtures("bound")
async def test_every_report_is_in_one_tally(talk: Talk, local: Local) -> None:
    """Over a weekend, over an outage and to the second: none counts twice, none is left out."""
    seconds = timedelta(seconds=1)
    moments = [
        local(12, 14, 17, 59),
        local(12, 14, 18),
        local(12, 14, 18) + seconds,
        local(12, 18, 20),
        local(12, 19, 12),
        local(12, 21, 18),
        local(12, 21, 18) + seconds,
        local(12, 24, 17),
    ]
    for talk.now in moments:
        await talk.report(SENTENCE)
    counts = []
    for at in (local(12, 14, 18), local(12, 21, 18), local(12, 24, 18)):
        counts += [reports_in(planned.view) for planned in await tally(talk.session, at, talk.campaign)]
    assert counts == [2, 4, 2]


@pytest.mark.usefixtures("bound")
async def test_a_period_longer_than_a_day_is_not_called_today(talk: Talk, local: Local) -> None:
    await tally(talk.session, local(12, 17, 18), talk.campaign)
    talk.now = local(12, 18, 10)
    await talk.report(SENTENCE)
    (friday,) = await tally(talk.session, local(12, 18, 18), talk.campaign)
    talk.now = local(12, 21, 10)
    await talk.report(SENTENCE)
    (monday,) = await tally(talk.session, local(12, 21, 18), talk.campaign)
    assert "tally.quantity_today" in keys(friday.view)
    assert "tally.quantity_period" in keys(monday.view)


@pytest.mark.usefixtures("bound")
async def test_a_late_tally_shows_its_own_hour(talk: Talk, world: World, local: Local) -> None:
    """A report that comes in after 18:00 waits for the next tally."""
    talk.now = local(12, 14, 17)
    await talk.report(SENTENCE)
    talk.now = local(12, 14, 19)
    await talk.report(SENTENCE)
    (planned,) = await tally(talk.session, local(12, 14, 20, 59), talk.campaign)
    assert reports_in(planned.view) == 1
    assert line(planned.view, "tally.period").values["until"].values["time"] == "18:00"
    (button,) = [b for row in planned.view.rows for b in row if b.action == "figures.sources"]
    assert datetime.fromisoformat(button.arguments["until"]) == local(12, 14, 18)
    (following,) = await tally(talk.session, local(12, 15, 18), talk.campaign)
    assert reports_in(following.view) == 1


@pytest.mark.usefixtures("bound")
async def test_missed_slots_collapse_into_the_latest(
    session: Session, local: Local, campaign: Campaign
) -> None:
    """Down from Monday to Saturday noon: one tally, of Friday 18:00, and not before Monday morning."""
    for moment in (local(12, 19, 12), local(12, 20, 18), local(12, 21, 7, 59)):
        assert await tally(session, moment, campaign) == []
    (planned,) = await tally(session, local(12, 21, 8), campaign)
    assert planned.slot == "2026-12-18/tally"
    assert line(planned.view, "tally.title").values["day"].values["day"] == 18
    assert await tally(session, local(12, 21, 8, 1), campaign) == []
    assert len(await tally(session, local(12, 21, 18), campaign)) == 1


@pytest.mark.usefixtures("bound")
async def test_not_in_the_quiet_hours(session: Session, local: Local, campaign: Campaign) -> None:
    assert await tally(session, local(12, 14, 21), campaign) == []
    assert await tally(session, local(12, 14, 23, 59), campaign) == []
    assert [p.slot for p in await tally(session, local(12, 15, 8), campaign)] == ["2026-12-14/tally"]


@pytest.mark.usefixtures("bound")
async def test_each_group_has_its_own_period(
    talk: Talk, world: World, local: Local, campaign: Campaign
) -> None:
    """A group that is bound on Wednesday begins with Tuesday evening."""
    for day in (15, 16):
        talk.now = local(12, day, 10)
        await talk.report(SENTENCE)
    await bind(talk.session, world, local(12, 16, 12), campaign, GROUP - 1)
    counted = {p.chat: reports_in(p.view) for p in await tally(talk.session, local(12, 16, 18), campaign)}
    assert counted == {GROUP: 2, GROUP - 1: 1}


async def test_a_group_bound_after_six_waits_for_tomorrow(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    await bind(session, world, local(12, 15, 18, 5), campaign)
    assert await tally(session, local(12, 15, 18, 10), campaign) == []
    assert len(await tally(session, local(12, 16, 18), campaign)) == 1


@pytest.mark.usefixtures("bound")
async def test_a_group_that_was_let_go_gets_nothing(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    await group_binding.unbind(turn_for(session, world.office, local(12, 14, 13), chat=GROUP))
    assert await tally(session, local(12, 14, 18), campaign) == []


@pytest.mark.usefixtures("bound")
async def test_the_tally_names_the_exceptions_first(
    talk: Talk, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    await roster.task(world.other_unit, "整治背街小巷", date(2026, 12, 1))
    await talk.report(SENTENCE)
    (planned,) = await tally(talk.session, local(12, 16, 18), campaign)
    shown = keys(planned.view)
    order = ["tally.title", "tally.period", "tally.overall", "tally.late_title", "tally.not_reported"]
    assert [key for key in shown if key in order] == order
    assert shown.index("tally.not_reported") < shown.index("tally.units_title")
    assert shown.index("tally.units_title") < shown.index("tally.quantities_title")


# -- the brief -----------------------------------------------------------------------------------------


async def brief_tick(session: Session, now: datetime, campaign: Campaign) -> list[PlannedMessage]:
    return await brief_pushes.brief_tick(tick_for(session, now, campaign))


async def test_at_eight_on_working_days(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    fired = []
    moment = local(12, 17, 6)
    while moment < local(12, 22):
        fired += [moment for _ in await brief_tick(session, moment, campaign)]
        moment += timedelta(minutes=30)
    assert fired == [local(12, day, 8) for day in (17, 18, 21)]


async def test_a_missed_brief_comes_late_the_same_day_and_never_after(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    assert await brief_tick(session, local(12, 17, 18), campaign) == []
    (planned,) = await brief_tick(session, local(12, 18, 11), campaign)
    assert planned.slot == "2026-12-18/brief"
    assert await brief_tick(session, local(12, 19, 9), campaign) == []


async def test_every_enrolled_leader_once(
    session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    head = await roster.actor(
        await roster.unit("示范区", Tier.DISTRICT), "区领导甲", Role.DISTRICT_LEADER, Role.PRINCIPAL_LEADER
    )
    await roster.contact(world.unit, "未入册领导", Role.PRINCIPAL_LEADER, enrolled=False)
    planned = await brief_tick(session, local(12, 15, 8), campaign)
    accounts = {actor.contact.telegram_user_id for actor in (world.leader, head)}
    assert len(planned) == 2
    assert {p.chat for p in planned} == accounts


async def test_the_scope_of_a_brief(
    talk: Talk, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """A unit's leader sees their own unit; a district leader and the office see all."""
    district = await roster.unit("示范区", Tier.DISTRICT)
    head = await roster.actor(district, "区领导甲", Role.DISTRICT_LEADER)
    street = await roster.actor(world.other_unit, "街道主要领导", Role.PRINCIPAL_LEADER)
    await roster.task(world.other_unit, "整治背街小巷", date(2026, 12, 14))
    talk.now = local(12, 15, 9)
    await talk.report(SENTENCE)

    async def brief(actor: Actor) -> View:
        return await briefs.brief(turn_for(talk.session, actor, local(12, 15, 20), campaign))

    for actor, reports, late in ((head, 1, 1), (world.leader, 1, 0), (street, 0, 1), (world.office, 1, 1)):
        overall = line(await brief(actor), "tally.overall").values
        assert (overall["reports"], overall["late"]) == (reports, late), actor.contact.name


async def test_the_brief_is_for_leaders(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    for actor in (world.responsible, world.liaison):
        asked = briefs.brief(turn_for(session, actor, local(12, 15, 10), campaign))
        assert await refused(asked) == "brief.leaders_only"
