"""The engine of the nags: the hour at which a person hears, what is put off and why, and what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, select

from models import nags as kept
from models.calendar import WorkingDayOverride
from models.db import Session
from models.delivery.messages import Outbox
from models.nags import Nag, NagReason, NagState
from models.nags.policies import LadderPolicy
from models.people.absences import Absence
from rules.duties.frequencies import Frequency
from rules.nags.levels import Level
from rules.nags.policy import DEFAULT, DutyKind, Policy, Rung, RungMeasure
from rules.nags.snooze import SnoozeChoice
from rules.people.roles import Role
from rules.slots import SlotTimes
from rules.tasks.task_lifecycle import TaskState
from services import calendar
from services.access import actor_of
from services.campaign import Campaign
from services.delivery import rendering
from services.dry_run import PlannedMessage
from services.errors import DomainError
from services.nags import nag_engine, nag_releases, snoozing
from services.nags.messages import live_nags
from services.nags.snoozing import SnoozeSubject
from services.tasks import task_steps
from tests.services.conftest import Local, World
from tests.support.binding import brought
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

pytestmark = pytest.mark.usefixtures("world")


@pytest.fixture(autouse=True)
async def _signed(session: Session, world: World) -> None:
    """The task of the world is in work: these tests are about its deadline."""
    world.task.state = TaskState.IN_PROGRESS
    session.add(world.task)
    await session.flush()


async def tick(session: Session, at: datetime, campaign: Campaign) -> list[PlannedMessage]:
    told = await nag_engine.tick(tick_for(session, at, await calendar.current_campaign(session, campaign)))
    return [await one.made() for one in told if not one.slot.endswith("nag-office")]


async def rows(session: Session, *states: NagState) -> Sequence[Nag]:
    query = select(Nag).where(col(Nag.state).in_(states or tuple(NagState))).order_by(col(Nag.id))
    return (await session.exec(query.execution_options(populate_existing=True))).all()


def chats(told: Sequence[PlannedMessage]) -> list[int | None]:
    return [one.chat for one in told]


# -- outages -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "told_at", "skipped"),
    [
        (0, (12, 15, 9), 0),
        (2, (12, 15, 9), 0),
        (3 * 86400, (12, 18, 9), 1),  # the slots of the 15th and of the 18th
        (21 * 86400, (1, 5, 9), 12),
    ],
)
async def test_an_outage_gives_one_nag_in_working_hours_and_is_recorded(
    session: Session,
    world: World,
    local: Local,
    campaign: Campaign,
    seconds: int,
    told_at: tuple[int, int, int],
    skipped: int,
) -> None:
    up = local(12, 15, 9) + timedelta(seconds=seconds)
    told = await tick(session, up, campaign)
    mine = [one for one in told if one.chat == world.responsible.contact.telegram_user_id]
    assert len(mine) == 1
    month, day, hour = told_at
    assert up - timedelta(seconds=2) <= local(month, day, hour, year=2027 if month == 1 else 2026) <= up
    gone = await rows(session, NagState.SKIPPED)
    assert sum(row.skipped for row in gone) == skipped
    assert {row.reason for row in gone} <= {NagReason.OUTAGE}
    assert await tick(session, up + timedelta(minutes=1), campaign) == []


async def test_up_again_at_night_it_waits_for_the_morning_and_merges_there(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    """Down over the slot of Tuesday, up at 22:00: nothing at night, one nag at nine, which says why."""
    assert await tick(session, local(12, 15, 22), campaign) == []
    (waiting,) = await rows(session, NagState.WAITING)
    assert (waiting.reason, waiting.hold_until) == (NagReason.QUIET, local(12, 16, 9))
    assert await tick(session, local(12, 16, 8), campaign) == []
    assert len(await tick(session, local(12, 16, 9), campaign)) == 1
    (told,) = await rows(session, NagState.TOLD)
    assert (told.reason, told.due_at) == (NagReason.QUIET, local(12, 15, 9))


async def test_of_two_slots_of_one_duty_that_meet_one_line_is_told(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    assert await tick(session, local(12, 17, 23), campaign) == []
    (planned, *_) = await tick(session, local(12, 18, 9), campaign)
    assert planned.duties == ["清理违规广告牌匾"]
    assert len(await rows(session, NagState.TOLD)) == 2, "both slots are accounted for"
    assert planned.view.plain("zh").count("清理违规广告牌匾") == 1


@pytest.mark.parametrize("back", [timedelta(hours=2), timedelta(days=1)])
async def test_a_clock_that_jumps_ahead_and_back_nags_once(
    session: Session, world: World, local: Local, campaign: Campaign, back: timedelta
) -> None:
    assert len(await tick(session, local(12, 15, 9), campaign)) == 1
    moment = local(12, 15, 9) - back
    while moment < local(12, 15, 20):
        assert await tick(session, moment, campaign) == []
        moment += timedelta(hours=1)
    assert len(await tick(session, local(12, 18, 9), campaign)) == 1


async def test_with_another_zone_all_is_looked_at_anew(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    """Nine in New York is thirteen hours after nine in Shanghai, and nobody waits for the old hour."""
    await tick(session, local(12, 14, 12), campaign)
    york = replace(campaign, slots=SlotTimes(zone=ZoneInfo("America/New_York")))
    assert await tick(session, local(12, 15, 9), york) == []
    assert await tick(session, datetime(2026, 12, 15, 8, 59, tzinfo=york.zone), york) == []
    assert len(await tick(session, datetime(2026, 12, 15, 9, 0, tzinfo=york.zone), york)) == 1


# -- quiet hours and the budget ------------------------------------------------------------------------


async def test_what_a_scan_looked_at_while_the_calendar_changed_is_looked_at_anew(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    """The scan began before the import of a 调休 Saturday was committed, and reckoned without it."""
    await tick(session, local(12, 18, 9), campaign)
    saturday, moment = date(2026, 12, 19), local(12, 18, 9, 1)
    session.add(WorkingDayOverride(day=saturday, working=True, updated_at=moment))
    await session.flush()
    await tick(session, moment, campaign)
    told = await tick(session, local(12, 19, 9), campaign)
    assert world.responsible.contact.telegram_user_id in chats(told)


async def test_ones_own_quiet_hours_move_the_slot_to_their_end(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    contact = world.responsible.contact
    contact.quiet_from, contact.quiet_until = time(20), time(10, 30)
    session.add(contact)
    assert await tick(session, local(12, 15, 9), campaign) == []
    assert await tick(session, local(12, 15, 10, 29), campaign) == []
    assert chats(await tick(session, local(12, 15, 10, 30), campaign)) == [contact.telegram_user_id]


async def test_a_night_that_was_made_longer_holds_back_what_waited_for_the_old_end(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    contact = world.responsible.contact
    contact.quiet_from, contact.quiet_until = time(20), time(9, 30)
    session.add(contact)
    assert await tick(session, local(12, 15, 9), campaign) == []
    contact.quiet_until = time(10)
    session.add(contact)
    assert await tick(session, local(12, 15, 9, 30), campaign) == []
    (row,) = await rows(session, NagState.WAITING)
    assert (row.hold_until, row.reason) == (local(12, 15, 10), NagReason.QUIET)
    assert chats(await tick(session, local(12, 15, 10), campaign)) == [contact.telegram_user_id]


async def three_slots_a_day(session: Session, now: datetime) -> None:
    """A policy that nags three times a day about an overdue task, with one push a day allowed."""
    rungs = tuple(
        Rung(DutyKind.TASK, 1, RungMeasure.WORKING_DAY, (Level.RESPONSIBLE,), every=1, at=at)
        for at in (None, time(11), time(14))
    )
    rest = tuple(rung for rung in DEFAULT.rungs if rung.kind is not DutyKind.TASK)
    policy = Policy((*rungs, *rest), version=1, budget=2)
    session.add(
        LadderPolicy(
            version=1,
            rungs=[rung.to_json() for rung in policy.rungs],
            budget=policy.budget,
            release=policy.release,
            made_at=now,
        )
    )
    await session.flush()


async def test_what_exceeds_the_budget_merges_into_the_next_working_day(
    session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    await three_slots_a_day(session, local(12, 18, 12))
    told = [
        (hour, len(await tick(session, local(12, 21, hour), campaign))) for hour in (9, 11, 14, 15, 18, 20)
    ]
    assert told == [(9, 1), (11, 1), (14, 0), (15, 0), (18, 0), (20, 0)]
    (waiting,) = await rows(session, NagState.WAITING)
    assert (waiting.reason, waiting.hold_until) == (NagReason.BUDGET, local(12, 22, 9))
    (planned,) = await tick(session, local(12, 22, 9), campaign)
    assert planned.duties == ["清理违规广告牌匾"]
    assert {row.policy for row in await rows(session)} == {1}, "each knows by which policy it was told"


async def test_who_keeps_the_night_shift_hears_in_the_morning_that_its_report_is_missing(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    """80 % of a night is over at 05:36: the nag waits for eight, when the shift is over, and is still told.

    A nag that the budget puts off is still told as well. This ends when people are reminded of the next
    shift's missing report.
    """
    world.task.frequency, world.task.deadline = Frequency.SHIFT, None
    session.add(world.task)
    await session.flush()
    assert chats(await tick(session, local(12, 15, 17, 40), campaign)) == [_chat(world)]
    assert await tick(session, local(12, 16, 5, 40), campaign) == []
    (told,) = await tick(session, local(12, 16, 8, 1), campaign)
    assert "逾期未报" in told.view.plain("zh")


async def test_who_keeps_the_night_shift_hears_before_the_night(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    world.task.frequency, world.task.deadline = Frequency.SHIFT, None
    session.add(world.task)
    await session.flush()
    assert chats(await tick(session, local(12, 15, 17, 40), campaign)) == [_chat(world)]
    assert await tick(session, local(12, 15, 20, 29), campaign) == []
    (told,) = await tick(session, local(12, 15, 20, 31), campaign)
    assert "逾期" not in told.view.plain("zh")
    assert await tick(session, local(12, 16, 8, 1), campaign) == []


async def test_what_was_done_before_it_could_be_told_is_moot(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    await three_slots_a_day(session, local(12, 18, 12))
    for hour in (9, 11, 14):
        await tick(session, local(12, 21, hour), campaign)
    await task_steps.complete(turn_for(session, world.office, local(12, 21, 16)), world.task_id)
    assert await tick(session, local(12, 22, 9), campaign) == []
    (moot,) = await rows(session, NagState.MOOT)
    assert moot.reason is NagReason.DONE


# -- snooze --------------------------------------------------------------------------------------------


async def message_of(session: Session, contact_id: int) -> Outbox:
    query = select(Outbox).where(Outbox.contact_id == contact_id, Outbox.view == "nag")
    return (await session.exec(query.order_by(col(Outbox.id).desc()))).first() or pytest.fail("nothing sent")


async def test_a_snooze_puts_off_the_person_and_not_their_leader(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    """Snoozed on Friday until Monday at nine: that is one nag then, and the leader hears as ever."""
    await tick(session, local(12, 18, 9), campaign)
    row = await message_of(session, world.responsible.id)
    turn = turn_for(session, world.responsible, local(12, 18, 9, 5), campaign)
    view = await snoozing.choose(turn, SnoozeSubject(outbox_id=row.id))
    # On Monday at nine they hear of it anyway, so that is not offered; a press of an older message counts.
    assert [r[0].arguments["until"] for r in view.rows] == ["two_hours", "afternoon"]
    said = await snoozing.snooze(turn, **brought(view.rows[0][0]))
    assert said.lines[0].key == "nags.snoozed"
    assert await tick(session, local(12, 18, 11), campaign) == []
    assert len(await tick(session, local(12, 18, 11, 5), campaign)) == 1
    monday = SnoozeSubject((await message_of(session, world.responsible.id)).id), SnoozeChoice.WORKING_DAY
    await snoozing.snooze(turn_for(session, world.responsible, local(12, 18, 11, 10), campaign), *monday)
    told = await tick(session, local(12, 21, 9), campaign)
    assert sorted(chats(told), key=str) == sorted(
        [world.responsible.contact.telegram_user_id, world.leader.contact.telegram_user_id], key=str
    )


async def test_a_slot_within_a_snooze_is_held_back_and_says_so(
    session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    task = await roster.task(world.unit, "逾期任务", date(2026, 12, 11), world.responsible.contact)
    task.state = TaskState.IN_PROGRESS
    await tick(session, local(12, 16, 9), campaign)
    row = await message_of(session, world.responsible.id)
    await three_slots_a_day(session, local(12, 16, 9, 30))
    later = SnoozeSubject(row.id), SnoozeChoice.AFTERNOON
    await snoozing.snooze(turn_for(session, world.responsible, local(12, 16, 9, 30), campaign), *later)
    assert await tick(session, local(12, 16, 11), campaign) == []
    assert await tick(session, local(12, 16, 14), campaign) == []
    held = await rows(session, NagState.HELD)
    assert {row.reason for row in held} == {NagReason.SNOOZED}
    assert len(held) == 2
    assert len(await tick(session, local(12, 16, 15), campaign)) == 1


async def test_the_latest_choice_counts_and_a_finished_duty_cannot_be_put_off(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    await tick(session, local(12, 18, 9), campaign)
    subject = SnoozeSubject((await message_of(session, world.responsible.id)).id)
    for choice, minute in ((SnoozeChoice.WORKING_DAY, 1), (SnoozeChoice.TWO_HOURS, 2)):
        await snoozing.snooze(
            turn_for(session, world.responsible, local(12, 18, 9, minute), campaign),
            subject,
            choice,
        )
    assert len(await tick(session, local(12, 18, 11, 2), campaign)) == 1
    assert [row.reason for row in await rows(session, NagState.MOOT)] == [NagReason.REPEATED]
    await task_steps.complete(turn_for(session, world.office, local(12, 18, 12)), world.task_id)
    with pytest.raises(DomainError) as refusal:
        await snoozing.choose(turn_for(session, world.responsible, local(12, 18, 12, 1), campaign), subject)
    assert refusal.value.text.key == "nags.snooze_nothing"
    with pytest.raises(DomainError):
        await snoozing.choose(turn_for(session, world.leader, local(12, 18, 9, 3), campaign), subject)


# -- the head of the unit ------------------------------------------------------------------------------


async def until_the_head_is_due(session: Session, campaign: Campaign, local: Local) -> list[PlannedMessage]:
    """The nags up to the fifth working day after the 18th."""
    told: list[PlannedMessage] = []
    for day in (21, 22, 23, 24, 25):
        told += await tick(session, local(12, day, 9), campaign)
    return told


async def test_the_head_of_a_unit_hears_when_the_office_releases_it_and_once(
    session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    head = await roster.actor(world.unit, "城管局局长", Role.PRINCIPAL_LEADER)
    told = await until_the_head_is_due(session, campaign, local)
    assert head.contact.telegram_user_id not in chats(told)
    now = local(12, 25, 9, 30)
    view = await nag_releases.view(turn_for(session, world.office, now, campaign))
    assert "（任务时限·限期后第5个工作日）" in view.plain("zh"), "it says why"
    assert "加入" not in view.plain("zh")
    ((release, drop),) = view.rows
    assert (release.action, drop.action) == ("release.send", "release.drop")
    with pytest.raises(DomainError):
        await nag_releases.view(turn_for(session, world.leader, now, campaign))
    said = await nag_releases.decide(
        turn_for(session, world.office, now, campaign), **brought(release), send=True
    )
    assert said.key == "nags.released"
    (planned,) = await tick(session, now, campaign)
    assert planned.chat == head.contact.telegram_user_id
    assert "清理违规广告牌匾" in planned.view.plain("zh")
    with pytest.raises(DomainError) as again:
        await nag_releases.decide(turn_for(session, world.office, now, campaign), **brought(drop), send=False)
    assert again.value.text.key == "nags.release_decided"
    later = await tick(session, local(12, 28, 9), campaign)
    assert head.contact.telegram_user_id not in chats(later)


async def test_the_list_says_that_a_head_has_joined_lately(
    session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    head = await roster.actor(world.unit, "城管局局长", Role.PRINCIPAL_LEADER)
    head.contact.enrolled_at = local(12, 23, 11)
    await until_the_head_is_due(session, campaign, local)
    for day, said in ((25, True), (31, False)):
        turn = turn_for(session, world.office, local(12, day, 9, 30), campaign)
        text = (await nag_releases.view(turn)).plain("zh")
        assert "城管局局长" in text
        assert ("本人12月23日加入，此前无法通知" in text) is said


async def test_what_is_not_released_is_not_sent_and_what_is_done_waits_no_more(
    session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    await roster.actor(world.unit, "城管局局长", Role.PRINCIPAL_LEADER)
    second = await roster.task(world.unit, "另一任务", date(2026, 12, 18), world.responsible.contact)
    second.state = TaskState.IN_PROGRESS
    await until_the_head_is_due(session, campaign, local)
    now = local(12, 25, 9, 30)
    await task_steps.complete(turn_for(session, world.office, now), world.task_id)
    view = await nag_releases.view(turn_for(session, world.office, now, campaign))
    ((_, drop),) = view.rows
    assert len(drop.arguments["ids"]) == 1, "of two tasks one is done"
    await nag_releases.decide(turn_for(session, world.office, now, campaign), **brought(drop), send=False)
    assert (await nag_releases.view(turn_for(session, world.office, now, campaign))).rows == ()
    assert await tick(session, now, campaign) == []
    (held,) = await rows(session, NagState.HELD)
    assert held.reason is NagReason.NOT_RELEASED


async def test_what_was_done_before_the_press_is_not_said_to_be_released(
    session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    await roster.actor(world.unit, "城管局局长", Role.PRINCIPAL_LEADER)
    await until_the_head_is_due(session, campaign, local)
    now = local(12, 25, 9, 30)
    ((release, _),) = (await nag_releases.view(turn_for(session, world.office, now, campaign))).rows
    await task_steps.complete(turn_for(session, world.office, now), world.task_id)
    with pytest.raises(DomainError) as refusal:
        await nag_releases.decide(
            turn_for(session, world.office, now, campaign), **brought(release), send=True
        )
    assert refusal.value.text.key == "nags.release_decided"


# -- who hears instead ---------------------------------------------------------------------------------


async def test_while_somebody_is_away_their_deputy_hears_and_does(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    session.add(
        Absence(
            contact_id=world.responsible.id,
            deputy_id=world.liaison.id,
            first=date(2026, 12, 18),
            last=date(2026, 12, 18),
            made_by=world.responsible.id,
            made_at=local(12, 17, 12),
        )
    )
    await session.flush()
    (planned,) = await tick(session, local(12, 18, 9), campaign)
    assert planned.chat == world.liaison.contact.telegram_user_id
    keys = [row[0].action for row in planned.view.rows]
    assert keys[0] == "report.start", "they do not pass it on, they do it"
    assert "（代城管局责任人）" in planned.view.plain("zh")
    told = chats(await tick(session, local(12, 21, 9), campaign))
    assert world.responsible.contact.telegram_user_id in told, "they are back"
    assert world.liaison.contact.telegram_user_id not in told


async def test_who_cannot_be_reached_is_taken_to_their_unit_and_listed_for_the_office_once(
    session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    absent = await roster.contact(world.unit, "王五", Role.RESPONSIBLE_PERSON, enrolled=False)
    for name in ("一", "二"):
        task = await roster.task(world.unit, f"任务{name}", date(2026, 12, 18), absent)
        task.state = TaskState.IN_PROGRESS
    (first, *_) = [await tick(session, local(12, day, 9), campaign) for day in (15, 18, 21)]
    relayed = [one.view.plain("zh") for one in first if one.chat == world.liaison.contact.telegram_user_id]
    assert len(relayed) == 1
    assert "应通知：王五" in relayed[0], "the list of the 联络员 names them, and no notice says it again"
    query = select(Outbox).where(col(Outbox.dedupe_key).startswith("missed:"))
    told = (await session.exec(query)).all()
    assert {row.contact_id for row in told} == {world.leader.id, world.office.id}
    assert len(told) == 2, "once, for two tasks and three slots"
    assert absent.missed_at == local(12, 15, 9)


async def test_whoever_has_not_signed_reads_who_else_has_not(
    session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    await roster.task(world.unit, "待签收一", date(2027, 1, 29), world.responsible.contact)
    other = await roster.contact(world.unit, "赵六", Role.RESPONSIBLE_PERSON)
    second = await roster.task(world.unit, "待签收二", date(2027, 1, 29), other)
    told = await tick(session, local(12, 17, 9), campaign)
    by_chat = {one.chat: one.view.plain("zh") for one in told}
    mine = by_chat[world.responsible.contact.telegram_user_id]
    assert "未签收（应于12月16日前签收）" in mine
    assert "本单位尚未签收的还有：赵六1项" in mine
    assert "城管局责任人1项" in by_chat[other.telegram_user_id]
    zhao = await actor_of(session, other)
    await task_steps.acknowledge(turn_for(session, zhao, local(12, 17, 9)), [second.id or 0])
    row = await message_of(session, zhao.id)
    assert await rendering.render(tick_for(session, local(12, 17, 9, 1), campaign), row) is None, (
        "it stops at once"
    )
    shown = await rendering.render(
        tick_for(session, local(12, 17, 9, 1), campaign), await message_of(session, world.responsible.id)
    )
    assert shown is not None
    assert "赵六" not in shown[0].plain("zh")


async def test_long_messages_are_paged_and_the_longest_overdue_stand_first(
    session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    for number in range(10):
        task = await roster.task(
            world.unit, f"任务{number}", date(2026, 12, 1 + number), world.responsible.contact
        )
        task.state = TaskState.IN_PROGRESS
    told = await tick(session, local(12, 18, 9), campaign)
    mine = next(one for one in told if one.chat == world.responsible.contact.telegram_user_id)
    assert mine.duties[0] == "清理违规广告牌匾"
    row = await message_of(session, world.responsible.id)
    shown = await rendering.render(tick_for(session, local(12, 18, 9, 1), campaign), row)
    assert shown is not None
    lines = shown[0].plain("zh").splitlines()
    assert lines[0] == "【任务提醒】12月18日，共 11 项"
    assert lines[2].startswith("1. 🔴 任务0，")
    assert lines[9].startswith("8. 🔴 任务7，")
    actor = await actor_of(session, world.responsible.contact)
    second = await live_nags.turn_page(
        turn_for(session, actor, local(12, 18, 9, 2), campaign), row.id or 0, offset=8
    )
    text = second.plain("zh").splitlines()
    assert [line[:4] for line in text[2:5]] == ["9. 🔴", "10. ", "11. "]
    assert text[4].endswith("今天到期")
    with pytest.raises(DomainError):
        await live_nags.turn_page(
            turn_for(session, world.leader, local(12, 18, 9, 2), campaign), row.id or 0, offset=0
        )


async def test_one_look_costs_what_is_due(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    """A look moves on what it looks at: the next look finds nothing until the next slot."""
    await tick(session, local(12, 15, 9), campaign)
    assert await kept.next_ready(session) is None
    await session.refresh(world.task)
    assert world.task.next_nag_at == local(12, 18, 9)


async def test_what_is_late_stands_first_and_a_report_is_named_by_its_window(
    session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    who = world.responsible.contact
    weekly = await roster.task(world.unit, "汇总市容整治", None, who, state=TaskState.IN_PROGRESS)
    weekly.frequency = Frequency.WEEKLY
    unsigned = await roster.task(world.unit, "整治夜市", local(12, 31).date(), who)
    (early,) = [one for one in await tick(session, local(12, 18, 9), campaign) if one.chat == _chat(world)]
    assert "🟡 汇总市容整治，每周报告未报（12月18日18:00截止）" in early.view.plain("zh")
    told = {one.chat: one.view.plain("zh") for one in await tick(session, local(12, 22, 9), campaign)}
    theirs, leaders = told[_chat(world)], told[world.leader.contact.telegram_user_id]
    assert theirs.index("🔴 清理违规广告牌匾，已逾期4天") < theirs.index("🔴 汇总市容整治，每周报告逾期未报")
    assert theirs.index("🔴 汇总市容整治") < theirs.index(f"🟢 {unsigned.objective}，还剩9天、未签收")
    assert "补报请写明日期" in theirs
    assert "补报" not in leaders


def _chat(world: World) -> int | None:
    return world.responsible.contact.telegram_user_id
