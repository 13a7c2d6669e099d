"""Each group may have its own hour for the tally: when it gets it, once each, also after an outage."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlmodel import select

from models.db import Session
from models.delivery.messages import Outbox
from rules.tally_hours import TallyHour
from services.campaign import Campaign
from services.views import View
from tests.services.conftest import Local, World
from tests.services.groups.hourly import CHATS, EARLIER, LATER, OFF, USUAL, Hours, without_block
from tests.services.groups.tallied import quantity_in, reports_in
from tests.services.progress.talk import Talk, keys, line

pytestmark = pytest.mark.both_engines("sums")

ITEM = "清理违规广告牌匾"
GROUP = -1001


@pytest.fixture(autouse=True)
def _with_a_target(world: World) -> None:
    """So each tally has the metric, whether or not anything came in its period."""
    world.task.target_value, world.task.target_unit = Decimal(100), "处"


@pytest.fixture
def hours(session: Session, world: World, campaign: Campaign) -> Hours:
    return Hours(session, world.office, campaign)


@pytest.fixture
async def bound(hours: Hours, local: Local) -> Hours:
    """A group of each hour, bound on Monday the 14th in the evening."""
    await hours.bind_each(local(12, 14, 20, 30))
    return hours


async def told_on(hours: Hours, local: Local, day: int) -> dict[TallyHour, View]:
    """The tallies of the three groups on a day, each at its hour."""
    found = {}
    for hour, at in ((EARLIER, 17), (USUAL, 18), (LATER, 20)):
        ((chat, view),) = (await hours.told(local(12, day, at))).items()
        assert chat == CHATS[hour]
        found[hour] = view
    return found


# -- when ----------------------------------------------------------------------------------------------


async def test_each_group_at_its_own_hour_on_working_days(bound: Hours, local: Local) -> None:
    fired = []
    moment = local(12, 15, 12)
    while moment < local(12, 22):
        fired += [(moment, planned.chat, planned.slot) for planned in await bound.tick(moment)]
        moment += timedelta(minutes=30)
    assert fired == [
        (local(12, day, at), CHATS[hour], f"2026-12-{day}/tally")
        for day in (15, 16, 17, 18, 21)
        for hour, at in ((EARLIER, 17), (USUAL, 18), (LATER, 20))
    ]
    promised = list(await bound.session.exec(select(Outbox.dedupe_key)))
    assert len(set(promised)) == len(promised) == len(fired)


async def test_a_group_without_tally_gets_none(hours: Hours, local: Local) -> None:
    await hours.bind(GROUP, local(12, 14, 20), OFF)
    for day in (15, 16):
        for at in (17, 18, 20):
            assert await hours.tick(local(12, day, at)) == []


async def test_switched_on_again_it_begins_afresh(hours: Hours, talk: Talk, local: Local) -> None:
    """A month without tally makes no period of a month; what it was told before is not told again."""
    await hours.bind(GROUP, local(12, 1, 9), USUAL)
    talk.now = local(12, 1, 10)
    await talk.report(f"今天{ITEM}3处")
    assert reports_in((await hours.told(local(12, 1, 18)))[GROUP]) == 1
    await hours.choose(GROUP, OFF, local(12, 1, 18, 5))
    await hours.choose(GROUP, USUAL, local(12, 1, 18, 10))
    assert (await hours.group(GROUP)).tallied_until == local(12, 1, 18)
    await hours.choose(GROUP, OFF, local(12, 1, 18, 15))
    for day in (2, 3, 14):
        talk.now = local(12, day, 10)
        await talk.report(f"今天{ITEM}3处")
        assert await hours.tick(local(12, day, 18)) == []
    await hours.choose(GROUP, USUAL, local(12, 15, 9))
    talk.now = local(12, 15, 10)
    await talk.report(f"今天{ITEM}3处")
    view = (await hours.told(local(12, 15, 18)))[GROUP]
    assert (reports_in(view), quantity_in(view)) == (1, ("3", "15"))
    assert line(view, "tally.period").values["since"].values["day"].values["day"] == 14


@pytest.mark.parametrize(
    ("hour", "at", "days"),
    [
        pytest.param(USUAL, 9, [15], id="before its hour, that day"),
        pytest.param(USUAL, 19, [16], id="after it, the next day"),
        pytest.param(EARLIER, 17, [16], id="at the very hour, the next day"),
        pytest.param(LATER, 19, [15], id="after the close and before its hour, that day"),
    ],
)
async def test_switched_on_its_first_tally_is_of_the_next_hour(
    hours: Hours, local: Local, hour: TallyHour, at: int, days: list[int]
) -> None:
    await hours.bind(GROUP, local(12, 1, 9), OFF)
    await hours.choose(GROUP, hour, local(12, 15, at))
    moments = [local(12, 15, at) + timedelta(minutes=30 * step) for step in range(48)]
    found = [planned.slot for moment in moments for planned in await hours.tick(moment)]
    assert found == [f"2026-12-{day}/tally" for day in days][: len(found)]
    assert bool(found) or days == [16]


async def test_a_group_bound_after_the_close_may_have_its_tally_that_evening(
    hours: Hours, local: Local
) -> None:
    """It is bound at the usual hour first, which is over; then the office chooses the later one."""
    await hours.bind(GROUP, local(12, 15, 18, 30), USUAL)
    assert await hours.tick(local(12, 15, 18, 35)) == []
    await hours.choose(GROUP, LATER, local(12, 15, 18, 40))
    (planned,) = await hours.tick(local(12, 15, 20))
    assert planned.slot == "2026-12-15/tally"
    assert await hours.tick(local(12, 15, 20, 1)) == []


async def test_missed_hours_collapse_and_come_in_the_hours_of_a_working_day(
    bound: Hours, local: Local
) -> None:
    """Down from Tuesday noon to Saturday: one tally each, of Friday, not before Monday morning."""
    for moment in (local(12, 19, 12), local(12, 20, 20), local(12, 21, 7, 59)):
        assert await bound.tick(moment) == []
    found = await bound.tick(local(12, 21, 8))
    assert [(one.chat, one.slot) for one in found] == [(chat, "2026-12-18/tally") for chat in CHATS.values()]
    assert all("tally.not_yet_reported" not in keys(one.view) for one in found), "that day has closed"
    assert await bound.tick(local(12, 21, 8, 1)) == []
    assert await told_on(bound, local, 21)


async def test_not_in_the_quiet_hours(bound: Hours, local: Local) -> None:
    assert await bound.tick(local(12, 15, 21)) == []
    assert len(await bound.tick(local(12, 16, 8))) == 3


async def test_an_earlier_one_that_missed_its_hour_shows_the_day_as_it_closed(
    bound: Hours, talk: Talk, local: Local
) -> None:
    """Until the close it still comes as of its hour; after the close nobody may report in time any more."""
    talk.now = local(12, 15, 17, 20)
    await talk.report(f"今天{ITEM}2处")
    (at_half_past,) = await bound.tick(local(12, 15, 17, 30))
    assert (at_half_past.chat, reports_in(at_half_past.view)) == (CHATS[EARLIER], 0)
    assert line(at_half_past.view, "tally.period").values["until"].values["time"] == "17:00"
    found = await bound.told(local(12, 16, 18, 30))
    assert reports_in(found[CHATS[EARLIER]]) == reports_in(found[CHATS[USUAL]]) == 1
    early = found[CHATS[EARLIER]]
    assert line(early, "tally.period").values["until"].values["time"] == "18:00"
    assert "tally.not_reported" in keys(early)
    assert "tally.not_yet_reported" not in keys(early)


async def test_an_outage_between_close_and_later_hour(bound: Hours, talk: Talk, local: Local) -> None:
    """How the day closed was kept; the tally of the next morning still shows it so."""
    talk.now = local(12, 15, 10)
    await talk.report(f"今天{ITEM}2处")
    usual = (await bound.told(local(12, 15, 18)))[CHATS[USUAL]]
    talk.now = local(12, 15, 19)
    await talk.report(f"今天{ITEM}3处")
    view = (await bound.told(local(12, 16, 8)))[CHATS[LATER]]
    assert without_block(view) == usual.lines
    assert line(view, "tally.late_news").values["count"] == 1
