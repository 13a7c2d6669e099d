"""What a 联络员 passes on for people who cannot be reached: once a day, with 已转告 and 请创城办邀请."""

from __future__ import annotations

from datetime import date

import pytest
from sqlmodel import col, select

from locales import Text, plain
from models.audit_log import Audit
from models.db import Session
from models.delivery.messages import Outbox
from models.nags import Nag, NagReason, NagState
from models.people import Contact, ContactState
from models.tasks import Task
from rules.duties.frequencies import Frequency
from rules.people.roles import Role
from rules.tasks.task_lifecycle import TaskState
from services.access import Actor
from services.campaign import Campaign
from services.delivery import rendering
from services.message_subjects import MessageSubjects
from services.nags import nag_digest, nag_records, snoozing
from services.nags.messages import live_nags, nag_delivery
from services.nags.nag_forecast import forecast
from services.people import enrolment, invitation_requests
from services.tasks import task_steps
from services.views import View
from tests.services.conftest import Local, World
from tests.services.nags.families import run
from tests.services.progress.talk import buttons, refused
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

LATE = date(2026, 12, 14)


@pytest.fixture
async def absent(session: Session, world: World, roster: Roster) -> Contact:
    """张三 has not joined. He answers for the late task and for a report a day."""
    person = await roster.contact(world.unit, "张三", Role.RESPONSIBLE_PERSON, enrolled=False)
    world.task.responsible_id, world.task.responsible_person = person.id, person.name
    world.task.state, world.task.deadline = TaskState.IN_PROGRESS, LATE
    daily = await roster.task(world.unit, "每日清扫", None, person)
    daily.state = TaskState.IN_PROGRESS
    await session.flush()
    return person


async def heard(session: Session, reader: Actor) -> list[Outbox]:
    query = select(Outbox).where(Outbox.contact_id == reader.id, Outbox.view == "nag")
    return list(await session.exec(query.order_by(col(Outbox.id))))


async def shown(session: Session, row: Outbox, campaign: Campaign) -> View:
    found = await nag_delivery.render(tick_for(session, row.created_at, campaign), row)
    assert found is not None
    return found


async def nags_of(session: Session, task: Task) -> list[Nag]:
    query = select(Nag).where(Nag.subject_id == task.id, col(Nag.instead_of).is_not(None))
    return list(await session.exec(query.order_by(col(Nag.id)).execution_options(populate_existing=True)))


async def test_one_message_a_day_holds_all_of_the_day(
    session: Session, world: World, absent: Contact, local: Local, campaign: Campaign
) -> None:
    """The report of the day is owed at four; who passes it on hears of it with the late task at nine."""
    await run(session, local(12, 15, 8, 59), local(12, 15, 23), campaign)
    (row,) = await heard(session, world.liaison)
    assert row.created_at == local(12, 15, 9)
    text = (await shown(session, row, campaign)).plain("zh")
    assert "责任人暂时联系不上，请代为转告（2项）" in text
    assert "每日清扫" in text
    (report,) = await nags_of(session, await _daily(session))
    assert (report.state, report.settled_at) == (NagState.TOLD, local(12, 15, 9))
    assert report.due_at > local(12, 15, 15)


async def test_who_hears_of_the_person_later_gets_the_notice_at_once(
    session: Session, world: World, roster: Roster, absent: Contact, local: Local, campaign: Campaign
) -> None:
    """The list of the day is out, so a colleague who is lost at noon is told by the notice."""
    colleague = await roster.contact(world.unit, "李四", Role.RESPONSIBLE_PERSON)
    task = await roster.task(world.unit, "修补路面", None, colleague)
    task.state = TaskState.IN_PROGRESS
    await session.flush()
    notices = (
        select(Outbox)
        .where(Outbox.contact_id == world.liaison.id, col(Outbox.dedupe_key).startswith("missed:"))
        .order_by(col(Outbox.id))
    )
    await run(session, local(12, 15, 8, 59), local(12, 15, 12), campaign)
    assert list(await session.exec(notices)) == [], "the list of the morning names 张三"
    colleague.state = ContactState.UNREACHABLE
    await session.flush()
    await run(session, local(12, 15, 12, 1), local(12, 15, 23), campaign)
    (notice,) = await session.exec(notices)
    rendered = await rendering.render(tick_for(session, notice.created_at, campaign), notice)
    assert rendered is not None
    assert "李四" in rendered[0].plain("zh")
    assert "张三" not in rendered[0].plain("zh")


async def _daily(session: Session) -> Task:
    return (await session.exec(select(Task).where(Task.objective == "每日清扫"))).one()


async def test_each_working_day_has_its_one_message(
    session: Session, world: World, absent: Contact, local: Local, campaign: Campaign
) -> None:
    await run(session, local(12, 15, 8, 59), local(12, 21, 23), campaign)
    days = [campaign.today(row.created_at) for row in await heard(session, world.liaison)]
    assert days == [date(2026, 12, day) for day in (15, 16, 17, 18, 21)]


async def test_without_a_morning_message_the_report_comes_at_its_own_hour(
    session: Session, world: World, absent: Contact, local: Local, campaign: Campaign
) -> None:
    world.task.state = TaskState.SUBMITTED
    await session.flush()
    await run(session, local(12, 15, 8, 59), local(12, 15, 23), campaign)
    (row,) = await heard(session, world.liaison)
    assert row.created_at > local(12, 15, 15)


async def test_a_report_that_has_come_is_not_brought_forward(
    session: Session, world: World, absent: Contact, local: Local, campaign: Campaign
) -> None:
    daily = await _daily(session)
    daily.state = TaskState.SUBMITTED
    await session.flush()
    await run(session, local(12, 15, 8, 59), local(12, 15, 23), campaign)
    (row,) = await heard(session, world.liaison)
    assert "每日清扫" not in (await shown(session, row, campaign)).plain("zh")
    assert await nags_of(session, daily) == []


async def test_what_comes_later_that_day_waits_and_the_records_say_why(
    session: Session, world: World, roster: Roster, absent: Contact, local: Local, campaign: Campaign
) -> None:
    """From noon on a colleague cannot be reached: their report of the day waits for the next morning."""
    colleague = await roster.contact(world.unit, "李四", Role.RESPONSIBLE_PERSON)
    task = await roster.task(world.unit, "修补路面", None, colleague)
    task.state = TaskState.IN_PROGRESS
    await session.flush()
    await run(session, local(12, 15, 8, 59), local(12, 15, 12), campaign)
    colleague.state = ContactState.UNREACHABLE
    await session.flush()
    await run(session, local(12, 15, 12, 1), local(12, 15, 23), campaign)
    assert len(await heard(session, world.liaison)) == 1
    (waits,) = await nags_of(session, task)
    assert (waits.state, waits.reason) == (NagState.WAITING, NagReason.BUDGET)
    assert waits.hold_until == local(12, 16, 9)
    turn = turn_for(session, world.office, local(12, 15, 18), campaign)
    records = await nag_records.of_subject(turn, "task", task.id or 0)
    assert "每日上限" in records.plain("zh")
    await run(session, local(12, 16, 8, 59), local(12, 16, 9, 5), campaign)
    _, second = await heard(session, world.liaison)
    assert "修补路面" in (await shown(session, second, campaign)).plain("zh")


async def test_their_own_nags_are_no_part_of_that_measure(
    session: Session, world: World, roster: Roster, absent: Contact, local: Local, campaign: Campaign
) -> None:
    own = await roster.task(world.unit, "自己的日报", None, world.liaison.contact)
    own.state = TaskState.IN_PROGRESS
    await session.flush()
    await run(session, local(12, 15, 8, 59), local(12, 15, 23), campaign)
    morning, afternoon = await heard(session, world.liaison)
    assert "请代为转告" in (await shown(session, morning, campaign)).plain("zh")
    text = (await shown(session, afternoon, campaign)).plain("zh")
    assert "自己的日报" in text
    assert "请代为转告" not in text


async def test_the_forecast_knows_what_was_brought_forward(
    session: Session, world: World, absent: Contact, local: Local, campaign: Campaign
) -> None:
    for at, expected in ((local(12, 15, 8), 1), (local(12, 15, 10), 0)):
        await run(session, at, at, campaign)
        if expected == 0:
            await run(session, local(12, 15, 9), local(12, 15, 9, 1), campaign)
        told = await forecast(tick_for(session, at, campaign))
        mine = [one for one in told.of_day(date(2026, 12, 15)) if one.contact.id == world.liaison.id]
        assert len(mine) == expected


# -- 已转告 ---------------------------------------------------------------------------------------------


async def passed_on(
    session: Session, world: World, local: Local, campaign: Campaign
) -> tuple[Outbox, list[int]]:
    """The message of Tuesday at nine, and the ids of its tasks; 已转告 of the late one at ten."""
    await run(session, local(12, 15, 8, 59), local(12, 15, 9, 1), campaign)
    (row,) = await heard(session, world.liaison)
    turn = turn_for(session, world.liaison, local(12, 15, 10), campaign)
    text = await snoozing.pass_on(turn, row.id or 0, MessageSubjects([world.task_id]))
    assert text.key == "nags.relayed"
    return row, [world.task_id, (await _daily(session)).id or 0]


async def test_the_line_of_a_person_who_is_not_there_offers_to_pass_on_and_to_invite(
    session: Session, world: World, absent: Contact, local: Local, campaign: Campaign
) -> None:
    await run(session, local(12, 15, 8, 59), local(12, 15, 9, 1), campaign)
    (row,) = await heard(session, world.liaison)
    view = await shown(session, row, campaign)
    assert [[one.action for one in many] for many in view.rows] == [
        ["nag.relayed"],
        ["nag.relayed", "task.card", "nag.invite"],
        ["nag.relayed", "task.card"],  # he is invited once
        ["task.list"],
    ]
    everything = MessageSubjects([world.task_id, (await _daily(session)).id or 0])
    assert view.rows[0][0].arguments["wanted"] == {"task_ids": everything.task_ids, "case_ids": []}


async def test_what_is_folded_is_not_passed_on_with_all(
    session: Session, world: World, absent: Contact, local: Local, campaign: Campaign
) -> None:
    """On the second day one of the two lines is folded; with both in view there is a button for both."""
    await run(session, local(12, 15, 8, 59), local(12, 16, 9, 1), campaign)
    _, row = await heard(session, world.liaison)
    folded = await shown(session, row, campaign)
    assert len([one for one in folded.lines if one.key == "nags.same"]) == 1
    assert [[one.label.key for one in many if one.action == "nag.relayed"] for many in folded.rows] == [
        ["nags.relayed_button"],
        [],
        [],
    ]
    turn = turn_for(session, world.liaison, local(12, 16, 10), campaign)
    whole = await live_nags.turn_page(turn, row.id or 0, offset=0, unfold=True)
    assert whole.rows[0][0].label == Text("nags.relayed_all_button", count=2)


async def test_who_has_joined_but_cannot_be_reached_is_not_invited(
    session: Session, world: World, absent: Contact, local: Local, campaign: Campaign
) -> None:
    absent.state = ContactState.UNREACHABLE
    await session.flush()
    await run(session, local(12, 15, 8, 59), local(12, 15, 9, 1), campaign)
    view = await shown(session, (await heard(session, world.liaison))[0], campaign)
    assert buttons(view, "nag.relayed")
    assert buttons(view, "nag.invite") == []


async def test_what_was_passed_on_comes_again_on_the_second_working_day(
    session: Session, world: World, absent: Contact, local: Local, campaign: Campaign
) -> None:
    await passed_on(session, world, local, campaign)
    await run(session, local(12, 15, 10), local(12, 17, 23), campaign)
    texts = [(await shown(session, row, campaign)).plain("zh") for row in await heard(session, world.liaison)]
    assert ["清理违规广告牌匾" in text for text in texts] == [True, False, True]
    assert "每日清扫" in texts[1]


async def test_those_above_hear_all_the_same(
    session: Session, world: World, absent: Contact, local: Local, campaign: Campaign
) -> None:
    await passed_on(session, world, local, campaign)
    await run(session, local(12, 15, 10), local(12, 17, 9, 1), campaign)
    (row,) = [one for one in await heard(session, world.leader) if one.created_at == local(12, 17, 9)]
    assert "清理违规广告牌匾" in (await shown(session, row, campaign)).plain("zh")


async def test_it_is_on_record_and_marked_in_the_list(
    session: Session, world: World, absent: Contact, local: Local, campaign: Campaign
) -> None:
    row, _ = await passed_on(session, world, local, campaign)
    (noted,) = await session.exec(select(Audit).where(Audit.event == "relay"))
    assert (noted.actor_id, noted.subject_id) == (world.liaison.id, world.task_id)
    _, _, standing = (
        await nag_delivery.left(
            tick_for(session, local(12, 15, 11), campaign), row, world.liaison.contact, any_day=True
        )
    )[0]
    done = await standing.done(row, world.liaison.contact)
    assert {key: text.key for key, text in done.items()} == {
        (world.task_id, "张三"): "nags.done.relayed",
    }


async def test_the_office_reads_that_it_was_passed_on_and_not_put_off_by_the_person(
    session: Session, world: World, absent: Contact, local: Local, campaign: Campaign
) -> None:
    """In the digest and in the records: the person themselves has chosen nothing."""
    await passed_on(session, world, local, campaign)
    await run(session, local(12, 15, 10), local(12, 16, 9, 1), campaign)
    office = turn_for(session, world.office, local(12, 15, 18), campaign)
    digest = (await nag_digest.digest_view(office, date(2026, 12, 15), world.office.id)).plain("zh")
    assert "顺延：联络员已转告 1 项" in digest
    assert "本人选择" not in digest
    records = (await nag_records.of_subject(office, "task", world.task_id)).plain("zh")
    assert "联络员已转告，12月17日09:00再发" in records
    assert "联络员已转告，12月17日09:00前不再提醒" in records
    assert "稍后提醒" not in records
    await run(session, local(12, 16, 10), local(12, 17, 9, 1), campaign)
    records = (await nag_records.of_subject(office, "task", world.task_id)).plain("zh")
    assert "转告后再次提醒，待发送" in records


async def test_nothing_is_passed_on_that_is_done_or_somebody_elses(
    session: Session, world: World, absent: Contact, local: Local, campaign: Campaign
) -> None:
    row, _ = await passed_on(session, world, local, campaign)
    wanted = MessageSubjects([world.task_id])
    turn = turn_for(session, world.responsible, local(12, 15, 11), campaign)
    assert await refused(snoozing.pass_on(turn, row.id or 0, wanted)) == "nags.relay_nothing"
    turn = turn_for(session, world.liaison, local(12, 15, 11), campaign)
    assert await refused(snoozing.pass_on(turn, row.id or 0, MessageSubjects([99]))) == "nags.relay_nothing"
    await task_steps.submit(turn, world.task_id)
    assert await refused(snoozing.pass_on(turn, row.id or 0, wanted)) == "nags.relay_nothing"


async def test_who_joins_meanwhile_hears_themselves(
    session: Session, world: World, absent: Contact, local: Local, campaign: Campaign
) -> None:
    row, _ = await passed_on(session, world, local, campaign)
    absent.telegram_user_id, absent.state = 77, ContactState.ENROLLED
    await session.flush()
    turn = turn_for(session, world.liaison, local(12, 15, 11), campaign)
    refusal = await refused(snoozing.pass_on(turn, row.id or 0, MessageSubjects([world.task_id])))
    assert refusal == "nags.relay_nothing"
    await run(session, local(12, 15, 11), local(12, 15, 23), campaign)
    mine = (await session.exec(select(Outbox).where(Outbox.contact_id == absent.id))).all()
    assert len(mine) == 1, "the report of the day, at its own hour"


# -- 请创城办邀请 ----------------------------------------------------------------------------------------


async def invitations(session: Session, office: Actor, campaign: Campaign) -> list[View]:
    query = select(Outbox).where(Outbox.contact_id == office.id, col(Outbox.dedupe_key).startswith("invite:"))
    found = [
        await rendering.render(tick_for(session, row.created_at, campaign), row)
        for row in await session.exec(query.order_by(col(Outbox.id)))
    ]
    return [one[0] for one in found if one is not None]


async def test_the_office_is_asked_once_a_day_for_a_person(
    session: Session, world: World, absent: Contact, local: Local, campaign: Campaign
) -> None:
    for day, hour, said in ((15, 10, "asked"), (15, 11, "asked_today"), (16, 10, "asked")):
        turn = turn_for(session, world.liaison, local(12, day, hour), campaign)
        answer = await invitation_requests.ask(turn, world.task_id)
        assert answer.key == f"enrolment.asking.{said}"
    first, _ = await invitations(session, world.office, campaign)
    assert (
        first.plain("zh") == "【请邀请】城管局 张三尚未加入，名下任务2项，现由城管局 城管局联络员代为转告。"
    )
    (invite,) = buttons(first, "person.invite")
    assert invite.arguments["contact_id"] == absent.id


async def test_asked_again_it_says_since_when_there_is_a_link(
    session: Session, world: World, absent: Contact, local: Local, campaign: Campaign
) -> None:
    """Both are told, and neither is shown the link."""
    ask = invitation_requests.ask
    await ask(turn_for(session, world.liaison, local(12, 15, 10), campaign), world.task_id)
    turn = turn_for(session, world.office, local(12, 15, 11), campaign)
    made = await enrolment.invite_contact(turn, absent.id or 0)
    answer = await ask(turn_for(session, world.liaison, local(12, 16, 10), campaign), world.task_id)
    assert "创城办12月15日11:00已生成邀请链接（12月29日11:00前有效）" in plain(answer, "zh")
    first, second = [one.plain("zh") for one in await invitations(session, world.office, campaign)]
    assert "链接" not in first
    assert "12月15日11:00已生成邀请链接" in second
    assert made.token not in second + plain(answer, "zh")
    late = turn_for(session, world.liaison, made.expires_at, campaign)
    assert (await ask(late, world.task_id)).key == "enrolment.asking.asked"


async def test_who_is_asked_for_today_has_no_button_until_tomorrow(
    session: Session, world: World, absent: Contact, local: Local, campaign: Campaign
) -> None:
    (await _daily(session)).state = TaskState.SUBMITTED
    await session.flush()
    await run(session, local(12, 15, 8, 59), local(12, 15, 9, 1), campaign)
    (row,) = await heard(session, world.liaison)
    await invitation_requests.ask(
        turn_for(session, world.liaison, local(12, 15, 10), campaign), world.task_id
    )
    view = await nag_delivery.render(tick_for(session, local(12, 15, 11), campaign), row)
    assert buttons(view, "nag.relayed")
    assert buttons(view, "nag.invite") == []
    await run(session, local(12, 16, 8, 59), local(12, 16, 9, 1), campaign)
    _, second = await heard(session, world.liaison)
    assert len(buttons(await shown(session, second, campaign), "nag.invite")) == 1


async def joined_notices(session: Session) -> list[tuple[int | None, str]]:
    query = select(Outbox).where(col(Outbox.dedupe_key).startswith("joined:"))
    return [(row.contact_id, row.content["lines"][0]["$text"]) for row in await session.exec(query)]


@pytest.mark.parametrize("asks", [True, False])
async def test_who_stood_in_hears_once_that_the_person_has_joined(
    session: Session, world: World, absent: Contact, local: Local, campaign: Campaign, *, asks: bool
) -> None:
    """The 联络员 alone hears it, whether they asked for the invitation or were told in their place."""
    if asks:
        await invitation_requests.ask(turn_for(session, world.liaison, local(12, 15, 9)), world.task_id)
    else:
        await run(session, local(12, 15, 8, 59), local(12, 15, 9, 1), campaign)
    for account in (77, 78):
        await enrolment.bind_account(session, absent, account, now=local(12, 15, 10), actor_id=None)
    assert await joined_notices(session) == [(world.liaison.id, "enrolment.asking.has_joined")]


async def test_for_whom_nobody_stood_in_nobody_hears_that_they_have_joined(
    session: Session, world: World, absent: Contact, local: Local
) -> None:
    await enrolment.bind_account(session, absent, 77, now=local(12, 15, 8), actor_id=None)
    assert await joined_notices(session) == []


async def test_of_somebody_outside_the_roster_the_office_is_told_so(
    session: Session, world: World, absent: Contact, local: Local, campaign: Campaign
) -> None:
    world.task.responsible_id, world.task.responsible_person = None, "某某"
    await session.flush()
    await invitation_requests.ask(turn_for(session, world.liaison, local(12, 15, 10)), world.task_id)
    (told,) = await invitations(session, world.office, campaign)
    assert "某某不在通讯录中" in told.plain("zh")
    assert buttons(told, "person.invite") == []


async def test_who_may_ask_and_for_whom(
    session: Session, world: World, absent: Contact, local: Local, campaign: Campaign
) -> None:
    at = local(12, 15, 10)
    ask = invitation_requests.ask
    assert await refused(ask(turn_for(session, world.leader, at), world.task_id)) == (
        "enrolment.asking.not_yours"
    )
    assert await refused(ask(turn_for(session, world.other_liaison, at), world.task_id)) == "tasks.not_yours"
    absent.state = ContactState.ENROLLED
    await session.flush()
    assert await refused(ask(turn_for(session, world.liaison, at), world.task_id)) == (
        "enrolment.asking.joined"
    )
    assert await invitations(session, world.office, campaign) == []


async def test_without_an_office_that_can_be_reached_they_tell_it_themselves(
    session: Session, world: World, absent: Contact, local: Local
) -> None:
    world.office.contact.state = ContactState.UNREACHABLE
    await session.flush()
    turn = turn_for(session, world.liaison, local(12, 15, 10))
    assert (await invitation_requests.ask(turn, world.task_id)).key == "enrolment.asking.nobody"


async def test_the_office_as_stand_in_invites_by_itself(
    session: Session, world: World, absent: Contact, local: Local, campaign: Campaign
) -> None:
    world.liaison.contact.state = ContactState.UNREACHABLE
    await session.flush()
    await run(session, local(12, 15, 8, 59), local(12, 15, 9, 1), campaign)
    mine = [row for row in await heard(session, world.office) if "role" not in row.content]
    view = await shown(session, mine[0], campaign)
    assert [one.label.key for one in buttons(view, "nag.invite")] == ["nags.invite_office_button"]


async def test_a_shift_that_nobody_has_joined_for_is_told_once_a_day(
    session: Session, world: World, roster: Roster, absent: Contact, local: Local, campaign: Campaign
) -> None:
    task = await roster.task(world.unit, "夜间巡逻", None, absent)
    task.frequency, task.state = Frequency.SHIFT, TaskState.IN_PROGRESS
    await session.flush()
    await run(session, local(12, 15, 0), local(12, 16, 23, 59), campaign)
    days = [campaign.today(row.created_at) for row in await heard(session, world.liaison)]
    assert days == [date(2026, 12, 15), date(2026, 12, 16)]
