"""A merged message stays a list: presses mark its lines, and the buttons of the others stay."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import delete
from sqlmodel import col, select

from models.audit_log import Audit
from models.db import Database
from models.delivery import live_messages
from models.delivery.live_messages import LiveKind, LiveMessage
from models.delivery.messages import Outbox
from models.people import Contact
from models.progress import ProgressReport
from models.tasks import Task
from reports.missed_reports import window_text
from rules.duties.frequencies import Frequency
from rules.people.roles import Role
from rules.tasks.task_lifecycle import TaskState
from services import access
from services.nags import nag_engine
from services.nags.messages import live_nags
from services.progress import zero_reports
from services.tasks import task_steps
from tests.conftest import NOW
from tests.handlers.conftest import People
from tests.support.chat import Chats, Person, Shown
from tests.support.chat import text_of as says
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

# Thursday the 17th, 09:00: the day after tasks of Tuesday had to be signed for.
NINE = NOW + timedelta(days=2, minutes=15)
# 17:30: the report of the day is owed.
EVENING = NINE.replace(hour=9, minute=30)


async def _tasks(chats: Chats, database: Database, people: People, count: int, daily: bool = False) -> None:
    """Further tasks of the responsible person, due on the 18th, or to be reported on each day."""
    async with database.transaction() as session:
        person = await _contact(session, people.responsible)
        roster = Roster(session, NOW, chats.campaign)
        for number in range(count):
            await roster.task(people.unit, f"任务{number:02}", None if daily else date(2026, 12, 18), person)


async def _contact(session: object, person: Person) -> Contact:
    query = select(Contact).where(Contact.telegram_user_id == person.id)
    return (await session.exec(query)).one()  # type: ignore[attr-defined,no-any-return]  # a session of any kind


async def _list(chats: Chats, database: Database, person: Person) -> Shown:
    chats.clock.moment = NINE
    async with database.transaction() as session:
        await nag_engine.tick(tick_for(session, NINE, chats.campaign))
    (mine,) = [one for one in await chats.post() if one.chat_id == person.id]
    return mine


async def _edited(
    chats: Chats, database: Database, person: Person, later: timedelta = timedelta(minutes=3)
) -> str | None:
    """What the editor would show in the place of the person's list; None: nothing new."""
    async with database.transaction() as session:
        outbox_id = (
            await session.exec(
                select(LiveMessage.subject_id)
                .where(LiveMessage.kind == LiveKind.NAG, LiveMessage.chat_id == person.id)
                .order_by(col(LiveMessage.subject_id).desc())
            )
        ).first()
        found = await live_nags.render(tick_for(session, NINE + later, chats.campaign), outbox_id or 0)
    return None if found is None else found[0].html(found[1])


async def test_a_signature_marks_its_line_and_the_other_buttons_stay(
    chats: Chats, people: People, database: Database
) -> None:
    await _tasks(chats, database, people, 12)
    first = await _list(chats, database, people.responsible)
    assert "共 13 项" in first.text
    labels = first.labels()
    (signed,) = await chats.press(people.responsible, first, labels[1])
    assert (signed.edit, signed.message_id) == (True, first.message_id)
    assert chats.toasts[-1] == (says("nags.signed", count=1), False)
    lines, before = signed.text.splitlines(), first.text.splitlines()
    assert lines[0] == before[0], "the title is as it went out"
    assert lines[2].endswith(says("nags.done.signed"))
    assert [line[:3] for line in lines[2:10]] == [line[:3] for line in before[2:10]]
    assert len(signed.labels()) == len(labels)
    (second,) = await chats.press(people.responsible, signed, says("tasks.next_button"))
    row = next(label for label in second.labels() if label.startswith("9 "))
    (again,) = await chats.press(people.responsible, second, row)
    assert [line.split(".")[0] for line in again.text.splitlines()[2:7]] == ["9", "10", "11", "12", "13"]
    assert again.text.splitlines()[2].endswith(says("nags.done.signed"))
    (back,) = await chats.press(people.responsible, again, says("tasks.previous_button"))
    assert back.text.splitlines()[2].endswith(says("nags.done.signed"))


async def test_all_are_signed_for_in_one_press(chats: Chats, people: People, database: Database) -> None:
    await _tasks(chats, database, people, 2)
    first = await _list(chats, database, people.responsible)
    (signed,) = await chats.press(people.responsible, first, first.labels()[0])
    assert chats.toasts[-1] == (says("nags.signed", count=3), False)
    assert signed.text.count(says("nags.done.signed")) == 3
    assert await chats.press(people.responsible, signed, signed.labels()[0]) is not None
    (once_more,) = await chats.press(people.responsible, first, first.labels()[0])
    assert chats.toasts[-1] == (says("signing.none"), False)
    assert once_more.text == signed.text


async def test_nothing_new_is_said_by_the_line(chats: Chats, people: People, database: Database) -> None:
    await _tasks(chats, database, people, 1, daily=True)
    chats.clock.moment = EVENING
    async with database.transaction() as session:
        await nag_engine.tick(tick_for(session, EVENING, chats.campaign))
    (first,) = [one for one in await chats.post() if one.chat_id == people.responsible.id]
    word = says(f"progress.zero_button.{Frequency.DAILY.value}")
    label = next(one for one in first.labels() if one.endswith(word))
    (marked,) = await chats.press(people.responsible, first, label)
    line = next(one for one in marked.text.splitlines() if "任务00" in one)
    assert line.startswith("<s>")
    assert line.endswith(says("nags.done.reported"))
    assert label not in marked.labels()


async def _evening_list(chats: Chats, database: Database, people: People) -> tuple[Shown, str, str]:
    """The list of Thursday evening, and its buttons 报进展 and 今日无新增."""
    await _tasks(chats, database, people, 1, daily=True)
    chats.clock.moment = EVENING
    async with database.transaction() as session:
        await nag_engine.tick(tick_for(session, EVENING, chats.campaign))
    (first,) = [one for one in await chats.post() if one.chat_id == people.responsible.id]
    word = says(f"progress.zero_button.{Frequency.DAILY.value}")
    labels = first.labels()
    zero = next(label for label in labels if label.endswith(word))
    return first, labels[labels.index(zero) - 1], zero


async def test_the_next_day_a_line_still_speaks_of_its_own_day(
    chats: Chats, people: People, database: Database
) -> None:
    first, _, zero = await _evening_list(chats, database, people)
    chats.clock.moment = EVENING + timedelta(hours=16)
    (marked,) = await chats.press(people.responsible, first, zero)
    thursday = [window_text("2026-12-17")]
    assert chats.toasts[-1] == (says("progress.zero.taken_for", windows=thursday), False)
    line = next(one for one in marked.text.splitlines() if "任务00" in one)
    assert line.endswith(says("nags.done.reported"))
    async with database.transaction() as session:
        (report,) = (await session.exec(select(ProgressReport))).all()
    assert (report.about_day, report.windows) == (date(2026, 12, 17), ("2026-12-17",))


async def test_a_report_on_the_next_day_does_not_mark_the_line_of_the_day_before(
    chats: Chats, people: People, database: Database
) -> None:
    first, report, _ = await _evening_list(chats, database, people)
    chats.clock.moment = EVENING + timedelta(hours=16)
    (asked,) = await chats.press(people.responsible, first, report)
    assert says("windows.goes_to", windows=[window_text("2026-12-17")]) in asked.text
    async with database.transaction() as session:
        task_id = (await session.exec(select(Task.id).where(col(Task.objective).contains("任务00")))).one()
        actor = await access.actor_by_account(session, people.responsible.id)
        assert actor is not None
        turn = turn_for(session, actor, chats.clock.moment, chats.campaign)
        await zero_reports.of_window(turn, task_id or 0, "2026-12-18")
    later = chats.clock.moment - NINE
    assert "<s>" not in (await _edited(chats, database, people.responsible, later) or "")


async def test_what_was_done_elsewhere_is_marked_in_the_last_list_only(
    chats: Chats, people: People, database: Database
) -> None:
    await _tasks(chats, database, people, 1)
    first = await _list(chats, database, people.responsible)
    assert await _edited(chats, database, people.responsible) is None
    async with database.transaction() as session:
        office = await access.actor_by_account(session, people.office.id)
        assert office is not None
        await task_steps.complete(turn_for(session, office, NINE, chats.campaign), people.task.id or 0)
    edited = await _edited(chats, database, people.responsible)
    assert edited is not None
    struck = [line for line in edited.splitlines() if line.startswith("<s>")]
    assert len(struck) == 1
    assert people.task.objective in struck[0]
    assert struck[0].endswith(says("nags.done.completed"))
    # A press that comes a second later tells how it stands, and marks the line.
    label = next(one for one in first.labels() if people.task.objective in one)
    (late,) = await chats.press(people.responsible, first, label)
    assert chats.toasts[-1] == (says("signing.none"), False)
    assert any(line.startswith("<s>") for line in late.text.splitlines())
    async with database.transaction() as session:
        query = select(LiveMessage).where(LiveMessage.chat_id == people.responsible.id)
        row = (await session.exec(query)).one()
        later = row.subject_id + 1000
        await live_messages.keep_list(session, later, row.chat_id, row.content or {})
    async with database.transaction() as session:
        turn = tick_for(session, NINE + timedelta(minutes=3), chats.campaign)
        assert await live_nags.render(turn, row.subject_id) is None


async def test_what_was_given_to_somebody_else_says_so(
    chats: Chats, people: People, database: Database
) -> None:
    await _tasks(chats, database, people, 1)
    await _list(chats, database, people.responsible)
    async with database.transaction() as session:
        other = await Roster(session, NOW, chats.campaign).contact(
            people.unit, "赵六", Role.RESPONSIBLE_PERSON
        )
        task = await session.get_one(Task, people.task.id)
        task.responsible_id, task.responsible_person = other.id, other.name
        session.add(task)
    edited = await _edited(chats, database, people.responsible)
    assert edited is not None
    assert says("nags.done.moved") in edited
    assert edited.count("<s>") == 1


async def test_a_window_that_closed_without_a_report_is_not_marked(
    chats: Chats, people: People, database: Database
) -> None:
    """The next morning nobody owes yesterday's report any more. That is no report."""
    await _tasks(chats, database, people, 1, daily=True)
    await _list(chats, database, people.responsible)
    async with database.transaction() as session:
        actor = await access.actor_by_account(session, people.responsible.id)
        assert actor is not None
        await task_steps.acknowledge(turn_for(session, actor, NINE, chats.campaign), [people.task.id or 0])
    edited = await _edited(chats, database, people.responsible, timedelta(days=1, hours=12))
    assert edited is not None
    daily = next(line for line in edited.splitlines() if "任务00" in line)
    assert says("nags.done.reported") not in daily
    assert "<s>" not in daily


async def test_a_list_that_is_no_longer_known_stays_as_it_is(
    chats: Chats, people: People, database: Database
) -> None:
    first = await _list(chats, database, people.responsible)
    async with database.transaction() as session:
        await session.execute(delete(LiveMessage))
    label = next(one for one in first.labels() if people.task.objective in one)
    assert await chats.press(people.responsible, first, label) == []
    assert chats.toasts[-1] == (says("nags.signed", count=1), False)


async def test_nobody_else_turns_it(chats: Chats, people: People, database: Database) -> None:
    await _tasks(chats, database, people, 12)
    await _list(chats, database, people.responsible)
    async with database.transaction() as session:
        other = await access.actor_by_account(session, people.leader.id)
        assert other is not None
        rows = (await session.exec(select(Outbox).where(Outbox.view == "nag"))).all()
        mine = next(row for row in rows if row.chat_id == people.responsible.id)
        assert await live_nags.shown(turn_for(session, other, NINE, chats.campaign), mine.id or 0) is None


# -- 说明原因, 已转告, 请创城办邀请 ------------------------------------------------------------------------


async def _asked_why(chats: Chats, database: Database, people: People) -> tuple[Shown, Shown]:
    """The list of a person whose task is late, and what 说明原因 in it asks."""
    async with database.transaction() as session:
        task = await session.get_one(Task, people.task.id)
        task.state, task.deadline = TaskState.IN_PROGRESS, date(2026, 12, 16)
        session.add(task)
    first = await _list(chats, database, people.responsible)
    label = next(one for one in first.labels() if one.endswith("说明原因"))
    (asked,) = await chats.press(people.responsible, first, label)
    return first, asked


async def test_why_a_task_is_late_is_asked_beside_the_list_and_marked_in_it(
    chats: Chats, people: People, database: Database
) -> None:
    first, asked = await _asked_why(chats, database, people)
    assert asked.message_id != first.message_id, "the list stays"
    card = await chats.say(people.responsible, "吊车已约到周五")
    assert says("explanations.kept") in card.text
    assert "吊车已约到周五" in card.text
    edited = await _edited(chats, database, people.responsible)
    assert edited is not None
    assert says("nags.done.explained") in edited
    assert "<s>" not in edited, "it is still owed"


async def test_a_reason_by_button_and_a_second_press(
    chats: Chats, people: People, database: Database
) -> None:
    _, asked = await _asked_why(chats, database, people)
    (card,) = await chats.press(people.responsible, asked, says("explanations.reason.weather"))
    assert says("explanations.reason.weather") in card.text
    await chats.press(people.responsible, asked, says("explanations.reason.weather"))
    async with database.reading() as session:
        rows = (await session.exec(select(Audit).where(Audit.event == "explain"))).all()
    assert len(rows) == 1


async def test_a_reminder_is_passed_on_in_its_list(chats: Chats, people: People, database: Database) -> None:
    first = await _list(chats, database, people.other_liaison)
    assert "请代为转告（1项）" in first.text
    (marked,) = await chats.press(people.other_liaison, first, says("nags.relayed_button", number=1))
    assert (marked.edit, marked.message_id) == (True, first.message_id)
    assert says("nags.done.relayed") in marked.text
    assert chats.toasts[-1][0] is not None
    assert "12月21日09:00前不再就此提醒您（1项）" in chats.toasts[-1][0]


async def test_the_office_is_asked_to_invite_who_has_not_joined(
    chats: Chats, people: People, database: Database
) -> None:
    first = await _list(chats, database, people.other_liaison)
    label = says("nags.invite_button", number=1)
    assert await chats.press(people.other_liaison, first, label) == []
    assert chats.toasts[-1] == (says("enrolment.asking.asked", name="某某"), True)
    await chats.press(people.other_liaison, first, label)
    told = [one for one in await chats.post() if one.chat_id == people.office.id]
    assert ["某某不在通讯录中" in one.text for one in told].count(True) == 1
