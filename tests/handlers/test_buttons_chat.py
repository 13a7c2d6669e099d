"""Presses of buttons that are forged, another person's, old, pressed twice, or about another's task."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import col, select

from models import people as rows
from models import retention
from models.db import Database
from models.delivery.messages import Button
from models.progress import ProgressReport
from models.tasks import Task
from rules.tasks.task_lifecycle import TaskState
from services.people import enrolment
from tests.handlers.conftest import People
from tests.support.chat import Chats, Person, Shown, group, own_button, pressed
from tests.support.chat import text_of as says

SENTENCE = "今天清理违规广告牌匾12处"
CONFIRM = says("progress.confirm_button")
ACKNOWLEDGE = says("tasks.acknowledge_button")


async def reports(database: Database) -> int:
    async with database.reading() as session:
        return len((await session.exec(select(ProgressReport))).all())


async def state(database: Database, people: People) -> TaskState:
    async with database.reading() as session:
        return (await session.get_one(Task, people.task.id)).state


async def task_card(chats: Chats, person: Person) -> Shown:
    listed = await chats.say(person, "/tasks")
    (card,) = await chats.press(person, listed, "清理违规广告牌匾")
    return card


@pytest.mark.parametrize(
    "data", ["", "x", "A" * 16, "A" * 64, "report.confirm", "\0" * 16, "\ud800" * 16, "钥匙", '{"task_id":1}']
)
async def test_forged_data(chats: Chats, people: People, database: Database, data: str) -> None:
    await chats.say(people.responsible, SENTENCE)
    assert await chats.answers(pressed(people.responsible, data, 1)) == []
    assert chats.toasts == [(says("buttons.expired"), True)]
    assert await reports(database) == 0


async def test_a_button_without_data(chats: Chats, people: People) -> None:
    assert await chats.answers(pressed(people.responsible, None, 1)) == []
    assert chats.toasts == [(says("buttons.expired"), True)]


async def test_another_persons_button(chats: Chats, people: People, database: Database) -> None:
    """A button is refused to a person who sees it, as in a group, even if they may do the same themselves."""
    card = await chats.say(people.responsible, SENTENCE)
    for person in (people.liaison, people.office, people.other_liaison):
        assert await chats.press(person, card, CONFIRM) == []
        assert chats.toasts[-1] == (says("buttons.not_yours"), True)
    assert await reports(database) == 0


async def test_a_strangers_press(chats: Chats, people: People, database: Database) -> None:
    card = await chats.say(people.responsible, SENTENCE)
    assert await chats.press(people.stranger, card, CONFIRM) == []
    assert chats.toasts[-1] == (says("enrolment.stranger"), True)
    assert await reports(database) == 0


async def test_a_forgotten_button(chats: Chats, people: People, database: Database) -> None:
    card = await chats.say(people.responsible, SENTENCE)
    async with database.transaction() as session:
        await retention.delete_buttons(session, chats.clock.moment + timedelta(days=1))
    assert await chats.press(people.responsible, card, CONFIRM) == []
    assert chats.toasts[-1] == (says("buttons.expired"), True)


async def test_an_old_card(chats: Chats, people: People, database: Database) -> None:
    """It is answered with the present card, for it may be a second copy; that one works."""
    old = await chats.say(people.responsible, SENTENCE)
    await chats.say(people.responsible, "出动20人")
    for name in ("confirm", "adjust", "edit", "cancel"):
        label = says(f"progress.{name}_button")
        (present,) = await chats.press(people.responsible, old, label)
        assert chats.toasts[-1] == (says("progress.old_card"), True)
        assert (present.edit, "20人" in present.text) == (False, True)
    assert await reports(database) == 0
    await chats.press(people.responsible, present, CONFIRM)
    assert await reports(database) == 1


async def test_an_old_card_of_what_is_over(chats: Chats, people: People, database: Database) -> None:
    old = await chats.say(people.responsible, SENTENCE)
    present = await chats.say(people.responsible, "出动20人")
    await chats.press(people.responsible, present, CONFIRM)
    assert await chats.press(people.responsible, old, CONFIRM) == []
    assert chats.toasts[-1] == (says("progress.no_draft"), True)
    assert await reports(database) == 1


async def test_pressed_twice(chats: Chats, people: People, database: Database) -> None:
    card = await chats.say(people.responsible, SENTENCE)
    first, second = (pressed(people.responsible, card.data(CONFIRM), card.message_id) for _ in range(2))
    assert len(await chats.answers(first, second)) == 1
    assert chats.toasts == [(None, False), (says("progress.no_draft"), True)]
    assert await reports(database) == 1


async def test_the_same_update_twice(chats: Chats, people: People, database: Database) -> None:
    """Telegram repeats an update when it does not know that the bot has received it."""
    card = await chats.say(people.responsible, SENTENCE)
    raw = pressed(people.responsible, card.data(CONFIRM), card.message_id)
    assert len(await chats.answers(raw)) == 1
    assert await chats.answers(raw) == []
    assert await reports(database) == 1


async def test_acknowledging_twice(chats: Chats, people: People, database: Database) -> None:
    card = await task_card(chats, people.responsible)
    (shown,) = await chats.press(people.responsible, card, ACKNOWLEDGE)
    assert chats.toasts[-1] == (says("tasks.acknowledged"), False)
    assert ACKNOWLEDGE not in shown.labels()
    await chats.press(people.responsible, card, ACKNOWLEDGE)
    assert chats.toasts[-1] == (says("tasks.acknowledged_before"), False)
    assert await state(database, people) is TaskState.ACKNOWLEDGED


async def test_acknowledging_what_is_over(chats: Chats, people: People, database: Database) -> None:
    card = await task_card(chats, people.responsible)
    await chats.press(people.office, await task_card(chats, people.office), says("tasks.complete_button"))
    (shown,) = await chats.press(people.responsible, card, ACKNOWLEDGE)
    told, alert = chats.toasts[-1]
    assert told is not None
    assert says("common.task_state.completed") in told
    assert alert
    assert ACKNOWLEDGE not in shown.labels()
    assert await state(database, people) is TaskState.COMPLETED


async def test_completing_and_reopening(chats: Chats, people: People, database: Database) -> None:
    card = await task_card(chats, people.office)
    complete, reopen = says("tasks.complete_button"), says("tasks.reopen_button")
    (card,) = await chats.press(people.office, card, complete)
    assert await state(database, people) is TaskState.COMPLETED
    assert chats.toasts[-1] == (says("completion.done_complete"), False)
    (asked,) = await chats.press(people.office, card, reopen)
    await chats.press(people.office, asked, says("completion.reopen_now_button"))
    assert await state(database, people) is TaskState.IN_PROGRESS
    assert chats.toasts[-1] == (says("completion.done_reopen"), False)
    (present,) = await chats.press(people.office, card, reopen)
    assert chats.toasts[-1][1], "too late: it is said aloud"
    assert says("common.task_state.in_progress") in present.text


@pytest.mark.parametrize(
    "action",
    [
        "task.card",
        "task.acknowledge",
        "task.complete",
        "task.reopen",
        "task.submit",
        "task.evidence",
        "task.history",
        "history.export",
        "task.sources",
        "report.start",
        "report.zero",
    ],
)
async def test_another_units_task(chats: Chats, people: People, database: Database, action: str) -> None:
    """The presser's rights decide, even with a valid key, and nothing of the task is shown."""
    key = await own_button(chats, action, task_id=people.task.id, seen=0)
    assert await chats.answers(pressed(people.other_liaison, key, 5)) == []
    assert chats.toasts == [(says("tasks.not_yours"), True)]
    assert await state(database, people) is TaskState.ASSIGNED
    assert await reports(database) == 0


async def test_another_units_task_for_a_draft(chats: Chats, people: People) -> None:
    await chats.say(people.other_liaison, "出动20人")
    async with chats.database.reading() as session:
        last = (await session.exec(select(Button).where(Button.action == "report.confirm"))).one()
    key = await own_button(
        chats, "report.pick", last.contact_id, revision=last.arguments["revision"], task_id=people.task.id
    )
    assert await chats.answers(pressed(people.other_liaison, key, 5)) == []
    assert chats.toasts == [(says("tasks.not_yours"), True)]


async def test_a_right_that_was_lost_meanwhile(chats: Chats, people: People, database: Database) -> None:
    """Rights are checked when a button is pressed, not when it is made."""
    card = await task_card(chats, people.liaison)
    async with database.transaction() as session:
        contact = await rows.contact_by_account(session, people.liaison.id)
        assert contact is not None
        contact.unit_id = people.other_unit.id or 0
    assert await chats.press(people.liaison, card, ACKNOWLEDGE) == []
    assert chats.toasts[-1] == (says("tasks.not_yours"), True)


async def test_a_task_that_does_not_exist(chats: Chats, people: People) -> None:
    key = await own_button(chats, "task.card", task_id=999_999)
    await chats.answers(pressed(people.office, key, 5))
    assert chats.toasts == [(says("tasks.not_yours"), True)]


async def test_a_button_under_a_message_that_is_gone(chats: Chats, people: People) -> None:
    """Telegram then gives only the message's chat and number, with date 0; the press counts all the same."""
    card = await task_card(chats, people.responsible)
    raw = pressed(people.responsible, card.data(ACKNOWLEDGE), card.message_id)
    raw["callback_query"]["message"] = {
        "chat": people.responsible.chat,
        "message_id": card.message_id,
        "date": 0,
    }
    (shown,) = await chats.answers(raw)
    assert shown.chat_id == people.responsible.id
    assert chats.toasts[-1] == (says("tasks.acknowledged"), False)


async def test_sources_from_a_group_come_privately(chats: Chats, people: People) -> None:
    """Each person who presses gets the sources they may see; the group gets none."""
    await chats.press(people.responsible, await chats.say(people.responsible, SENTENCE), CONFIRM)
    await chats.post()
    key = await own_button(chats, "figures.sources", until=chats.clock.moment.isoformat(), units=None)
    for person, part in ((people.office, "12处"), (people.other_liaison, says("sources.none"))):
        assert await chats.answers(pressed(person, key, 5, chat=group(-100))) == []
        assert chats.toasts[-1] == (says("sources.sent_privately"), False)
        (details,) = await chats.post()
        assert details.chat_id == person.id
        assert part in details.text
    (shown,) = await chats.answers(pressed(people.office, key, 5))
    assert "12处" in shown.text


async def test_all_metrics_from_a_group_come_privately_page_by_page(
    chats: Chats, people: People, database: Database
) -> None:
    things = (
        *("小广告", "树枝", "落叶", "污泥", "砖石", "灰土", "废纸", "废旧轮胎", "塑料袋", "玻璃瓶", "枯草"),
        *("杂草", "积水", "油污", "蛛网", "烟头", "木料", "渣土", "残雪", "石块", "泥沙", "果皮"),
    )
    counted = "，".join(f"清理{thing}{n}处" for n, thing in enumerate(things, 1))
    await chats.press(people.responsible, await chats.say(people.responsible, f"今天{counted}"), CONFIRM)
    await chats.post()
    key = await own_button(chats, "figures.metrics", since=None, until=None, units=None, by_arrival=False)
    for person, part in (
        (people.office, "清理果皮：今日 22处"),
        (people.other_liaison, says("sources.none")),
    ):
        assert await chats.answers(pressed(person, key, 5, chat=group(-100))) == []
        assert chats.toasts[-1] == (says("sources.sent_privately"), False)
        (page,) = await chats.post()
        assert page.chat_id == person.id
        assert part in page.text
    (page,) = await chats.answers(pressed(people.office, key, 5))
    assert not page.edit, "what opened it stays"
    assert page.labels() == [says("tasks.next_button")]
    (last,) = await chats.press(people.office, page, says("tasks.next_button"))
    assert (last.edit, last.message_id, last.labels()) == (
        True,
        page.message_id,
        [says("tasks.previous_button")],
    )
    assert "清理小广告：今日 1处，累计 1处" in last.text
    assert await chats.press(people.liaison, page, says("tasks.next_button")) == []
    assert chats.toasts[-1] == (says("buttons.not_yours"), True)


async def test_sources_for_one_who_blocked_the_bot(chats: Chats, people: People, database: Database) -> None:
    async with database.transaction() as session:
        await enrolment.lose_contact(
            session, people.liaison.id, now=chats.clock.moment, today=chats.clock.moment.date()
        )
    key = await own_button(chats, "figures.sources", until=chats.clock.moment.isoformat(), units=None)
    await chats.answers(pressed(people.liaison, key, 5, chat=group(-100)))
    assert chats.toasts == [(says("sources.start_first"), True)]


async def test_every_button_has_an_owner_or_is_for_all(
    chats: Chats, people: People, database: Database
) -> None:
    """Anybody may press 数据来源, 全部指标 and 全部未报 of tally, board and brief."""
    await task_card(chats, people.responsible)
    await chats.say(people.responsible, SENTENCE)
    await chats.say(people.leader, "/brief")
    async with database.reading() as session:
        free = await session.exec(select(Button.action).where(col(Button.contact_id).is_(None)))
    assert set(free) <= {"figures.sources", "figures.metrics", "figures.missed"}
