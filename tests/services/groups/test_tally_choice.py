"""The office chooses the hour of a group's tally by buttons, under what the group is bound to."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import time

import pytest
from sqlmodel import col, select

from locales import plain
from models.audit_log import Audit
from models.db import Database, Session
from models.groups import GroupTally
from rules.nags.quiet_hours import QuietHours
from rules.people.roles import Tier
from rules.slots import SlotTimes
from rules.tally_hours import TallyHour
from services.access import Actor
from services.campaign import Campaign
from services.groups import evening_tallies, group_binding, tally_choice
from services.groups.group_binding import GroupScope
from services.views import View
from tests.services.conftest import Local, World, make_world
from tests.services.groups.hourly import EARLIER, LATER, OFF, USUAL, Hours
from tests.services.progress.talk import buttons, keys, refused
from tests.support.people import Roster
from tests.support.rows import id_of
from tests.support.turns import tick_for, turn_for

GROUP, SUPERGROUP = -4_012_345_678, -1_004_012_345_678


@pytest.fixture
async def hours(session: Session, world: World, campaign: Campaign, local: Local) -> Hours:
    """The office, and a group bound on Tuesday morning."""
    found = Hours(session, world.office, campaign)
    await found.bind(GROUP, local(12, 15, 9))
    return found


def labels(view: View) -> list[str]:
    return [plain(one.label, "zh") for one in buttons(view, "group.hour")]


async def question(hours: Hours, local: Local) -> View:
    turn = turn_for(hours.session, hours.office, local(12, 15, 10), hours.campaign, chat=GROUP)
    return await group_binding.ask_scope(turn, title="工作群")


async def bound_again(hours: Hours, local: Local) -> View:
    turn = turn_for(hours.session, hours.office, local(12, 15, 10), hours.campaign, chat=GROUP)
    return await group_binding.bind(turn, title="工作群", scope=GroupScope(Tier.STREET))


async def audited(session: Session) -> list[tuple[str, str]]:
    rows = await session.exec(select(Audit).where(Audit.event == "tally_hour").order_by(col(Audit.id)))
    return [((row.before or {})["tally_hour"], (row.after or {})["tally_hour"]) for row in rows]


async def test_the_hours_are_offered_and_the_present_one_is_marked(hours: Hours, local: Local) -> None:
    asked = await question(hours, local)
    assert labels(asked) == ["17:00", "✔ 18:00（默认）", "20:00", "不发日报"]
    assert keys(asked) == ["groups.bound_now", "groups.hour_now", "groups.ask_scope"]
    assert labels(await bound_again(hours, local)) == labels(asked)
    chosen = await hours.choose(GROUP, EARLIER, local(12, 15, 10))
    assert labels(chosen) == ["✔ 17:00", "18:00（默认）", "20:00", "不发日报"]
    assert "每个工作日 17:00 在此发送创城工作日报" in chosen.plain("zh")
    assert "at 17:00 on each working day" in chosen.plain("en")
    off = await hours.choose(GROUP, OFF, local(12, 15, 10))
    assert labels(off)[-1] == "✔ 不发日报"
    assert "不发日报，进展看板随时更新" in off.plain("zh")
    assert keys(await question(hours, local))[1] == "groups.no_tally_now"
    assert {one.only_for for one in buttons(off, "group.hour")} == {None}, (
        "any member of the office may press"
    )


async def test_an_unbound_group_is_asked_for_its_scope_alone(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    turn = turn_for(session, world.office, local(12, 15, 10), campaign, chat=SUPERGROUP)
    asked = await group_binding.ask_scope(turn, title="工作群")
    assert (keys(asked), labels(asked)) == (["groups.ask_scope"], [])


async def test_bound_again_it_keeps_its_hour(hours: Hours, local: Local) -> None:
    await hours.choose(GROUP, LATER, local(12, 15, 10))
    assert labels(await bound_again(hours, local))[2] == "✔ 20:00"
    turn = turn_for(hours.session, hours.office, local(12, 15, 11), hours.campaign, chat=GROUP)
    await group_binding.unbind(turn)
    assert labels(await bound_again(hours, local))[2] == "✔ 20:00"


async def test_each_change_is_audited_once(hours: Hours, local: Local) -> None:
    for hour in (LATER, LATER, OFF, USUAL, USUAL):
        await hours.choose(GROUP, hour, local(12, 15, 10))
    assert await audited(hours.session) == [("usual", "later"), ("later", "off"), ("off", "usual")]


@pytest.mark.parametrize("who", ["leader", "liaison", "responsible"])
async def test_the_office_alone(hours: Hours, world: World, local: Local, who: str) -> None:
    actor: Actor = getattr(world, who)
    turn = turn_for(hours.session, actor, local(12, 15, 10), hours.campaign, chat=GROUP)
    choosing = tally_choice.choose(turn, id_of(await hours.group(GROUP)), LATER)
    assert await refused(choosing) == "groups.office_only"
    assert (await hours.group(GROUP)).tally_hour is USUAL


async def test_an_old_button_after_unbinding(hours: Hours, local: Local) -> None:
    turn = turn_for(hours.session, hours.office, local(12, 15, 10), hours.campaign, chat=GROUP)
    group = id_of(await hours.group(GROUP))
    await group_binding.unbind(turn)
    assert await refused(tally_choice.choose(turn, group, LATER)) == "groups.bind_first"
    assert await refused(tally_choice.choose(turn, 99, LATER)) == "groups.bind_first"
    assert (await hours.group(GROUP)).tally_hour is USUAL


async def test_a_supergroup_keeps_the_hour_and_the_buttons(hours: Hours, local: Local) -> None:
    await hours.choose(GROUP, LATER, local(12, 15, 10))
    await group_binding.follow(hours.session, GROUP, SUPERGROUP, now=local(12, 15, 11))
    group = await hours.group(SUPERGROUP)
    assert group.tally_hour is LATER
    old = turn_for(hours.session, hours.office, local(12, 15, 12), hours.campaign, chat=GROUP)
    await tally_choice.choose(old, id_of(group), EARLIER)
    (planned,) = await hours.tick(local(12, 15, 17))
    assert planned.chat == SUPERGROUP


@pytest.mark.parametrize(
    ("tally", "quiet", "offered"),
    [
        pytest.param(time(0, 30), QuietHours(), ["✔ 00:30（默认）", "不发日报"], id="after midnight"),
        pytest.param(time(22), QuietHours(), ["✔ 22:00（默认）", "不发日报"], id="in the quiet hours"),
        pytest.param(
            time(19), QuietHours(), ["18:00", "✔ 19:00（默认）", "不发日报"], id="the later one in them"
        ),
    ],
)
async def test_hours_in_the_quiet_hours_are_not_offered(
    hours: Hours, local: Local, tally: time, quiet: QuietHours, offered: list[str]
) -> None:
    hours.campaign = replace(hours.campaign, slots=SlotTimes(tally=tally), quiet=quiet)
    assert labels(await question(hours, local)) == offered
    assert await refused(hours.choose(GROUP, LATER, local(12, 15, 10))) == "groups.hour_not_offered"


async def test_a_choice_that_the_settings_do_not_allow_any_more_is_the_usual_hour(
    hours: Hours, local: Local
) -> None:
    """The choice is kept: when the settings allow it again, it holds again."""
    await hours.choose(GROUP, LATER, local(12, 15, 10))
    before = hours.campaign
    hours.campaign = replace(before, quiet=QuietHours(time(19), time(8)))
    assert labels(await question(hours, local)) == ["17:00", "✔ 18:00（默认）", "不发日报"]
    (planned,) = await hours.tick(local(12, 15, 18))
    assert "tally.late_news" not in keys(planned.view)
    hours.campaign = before
    assert await hours.tick(local(12, 16, 18)) == []
    assert len(await hours.tick(local(12, 16, 20))) == 1


async def test_settings_that_change_between_close_and_hour_bring_the_tally_at_once(
    hours: Hours, local: Local
) -> None:
    await hours.choose(GROUP, LATER, local(12, 15, 10))
    assert await hours.tick(local(12, 15, 18)) == []
    hours.campaign = replace(hours.campaign, quiet=QuietHours(time(19, 30), time(8)))
    assert len(await hours.tick(local(12, 15, 19))) == 1
    assert await hours.tick(local(12, 15, 19, 1)) == []


async def test_another_scope_between_close_and_hour_is_kept_anew(hours: Hours, local: Local) -> None:
    await hours.choose(GROUP, LATER, local(12, 15, 10))
    await hours.tick(local(12, 15, 18))
    await bound_again(hours, local)
    assert (await hours.session.exec(select(GroupTally))).all() == []
    await hours.tick(local(12, 15, 18, 1))
    (planned,) = await hours.tick(local(12, 15, 20))
    assert "范围：街道" in planned.view.plain("zh")


@pytest.mark.both_engines("side by side")
async def test_two_of_the_office_press_at_once(database: Database, campaign: Campaign, local: Local) -> None:
    """Both presses count, one after the other, and a tally runs before them or after."""
    now = local(12, 15, 18)
    async with database.transaction() as session:
        world = await make_world(Roster(session, local(12, 15, 9), campaign))
        hours = Hours(session, world.office, campaign)
        await hours.bind(GROUP, local(12, 15, 9))
        group = id_of(await hours.group(GROUP))

    async def press(hour: TallyHour) -> None:
        async with database.transaction() as session:
            await tally_choice.choose(turn_for(session, world.office, now, campaign, chat=GROUP), group, hour)

    async def tick() -> int:
        async with database.transaction() as session:
            return len(await evening_tallies.tally_tick(tick_for(session, now, campaign)))

    await asyncio.gather(press(EARLIER), press(LATER), tick(), tick())
    async with database.transaction() as session:
        hours = Hours(session, world.office, campaign)
        (first, second) = await audited(session)
        assert (first[0], second[0]) == ("usual", first[1])
        assert (await hours.group(GROUP)).tally_hour.value == second[1]
        for at in (local(12, 15, 18, 1), local(12, 15, 20), local(12, 15, 20, 30)):
            await hours.tick(at)
        rows = (await session.exec(select(GroupTally))).all()
        assert [(row.slot_key, row.promised) for row in rows] == [("2026-12-15/tally", True)]
