"""The way from 申请办结 to the 销号清单 in the chats, by buttons and words."""

from __future__ import annotations

import pytest
from sqlmodel import select

from models.audit_log import Audit
from models.db import Database
from models.delivery.messages import Question
from models.tasks import Task
from rules.people.roles import Role
from rules.tasks.task_lifecycle import TaskState
from tests.handlers.conftest import People
from tests.support.chat import Chats, Person, Shown, edit, message, photo, pressed, update
from tests.support.chat import text_of as says
from tests.support.people import Roster

SUBMIT, SUBMIT_NOW = says("tasks.submit_button"), says("completion.submit_button")
COMPLETE, RETURN = says("tasks.complete_button"), says("tasks.return_button")
WITHDRAW = says("completion.withdraw_button")
CANCEL, REOPEN = says("tasks.cancel_button"), says("tasks.reopen_button")
BACK, OTHER = says("completion.back_button"), says("completion.write_reason_button")


@pytest.fixture
async def second(database: Database, people: People, chats: Chats) -> Person:
    """A second member of the office."""
    async with database.transaction() as session:
        roster = Roster(session, chats.clock.moment, chats.campaign)
        contact = await roster.contact(people.unit, "创城办第二人", Role.OFFICE)
    assert contact.telegram_user_id
    return Person(contact.telegram_user_id)


async def task_of(database: Database, people: People) -> Task:
    async with database.reading() as session:
        return await session.get_one(Task, people.task.id)


async def card_of(chats: Chats, person: Person) -> Shown:
    listed = await chats.say(person, "/tasks")
    (card,) = await chats.press(person, listed, "清理违规广告牌匾")
    return card


async def submitted(chats: Chats, people: People) -> dict[int, Shown]:
    """Let the responsible person do 申请办结; return the office's requests for a decision, by chat."""
    card = await card_of(chats, people.responsible)
    (asked,) = await chats.press(people.responsible, card, SUBMIT)
    assert asked.edit, "it is asked in place of the card"
    (shown,) = await chats.press(people.responsible, asked, SUBMIT_NOW)
    assert SUBMIT not in shown.labels()
    return {order.chat_id: order for order in await chats.post()}


async def test_returned_in_words_then_completed(
    chats: Chats, people: People, second: Person, database: Database
) -> None:
    orders = await submitted(chats, people)
    assert set(orders) == {people.office.id, second.id}
    order = orders[people.office.id]
    (asked,) = await chats.press(people.office, order, RETURN)
    assert asked.edit
    assert "达到创城标准" in asked.text, "what they decide about stays in sight"
    (write,) = await chats.press(people.office, asked, OTHER)
    assert (await task_of(database, people)).state is TaskState.SUBMITTED
    answer = await chats.say(people.office, "照片看不清门牌，请补拍")
    assert answer.text.startswith(says("completion.done_return"))
    (notice,) = await chats.post()
    assert notice.chat_id == people.responsible.id
    assert "照片看不清门牌，请补拍" in notice.text
    (card,) = await chats.press(people.responsible, notice, says("completion.card_button"))
    assert "照片看不清门牌，请补拍" in card.text

    orders = await submitted(chats, people)
    (done,) = await chats.press(second, orders[second.id], COMPLETE)
    assert says("common.task_state.completed") in done.text
    told = await chats.post()
    assert sorted(shown.chat_id for shown in told) == sorted([people.responsible.id, people.liaison.id])
    assert "创城办第二人" in told[0].text
    for old in (order, write):  # the first message, and the message of the return, which is long over
        label = RETURN if old is order else BACK
        (present,) = await chats.press(people.office, old, label)
        assert says("common.task_state.completed") in present.text
    task = await task_of(database, people)
    assert (task.state, task.return_reason) == (TaskState.COMPLETED, None)


async def test_a_reason_may_be_typed_where_it_is_asked(
    chats: Chats, people: People, database: Database
) -> None:
    """The question with the usual reasons takes words as well, without a press before."""
    order = (await submitted(chats, people))[people.office.id]
    await chats.press(people.office, order, RETURN)
    answer = await chats.say(people.office, "门牌看不清")
    assert answer.text.startswith(says("completion.done_return"))
    assert (await task_of(database, people)).return_reason == "门牌看不清"
    card = await card_of(chats, people.office)
    (asked,) = await chats.press(people.office, card, CANCEL)
    (back,) = await chats.press(people.office, asked, BACK)
    assert CANCEL in back.labels()
    await chats.say(people.office, "随便看看")
    assert (await task_of(database, people)).state is TaskState.RETURNED, "返回 ends the question"


async def test_withdrawn_before_the_office_decides(chats: Chats, people: People, database: Database) -> None:
    order = (await submitted(chats, people))[people.office.id]
    card = await card_of(chats, people.responsible)
    (back,) = await chats.press(people.responsible, card, WITHDRAW)
    assert chats.toasts[-1][0] == says("completion.withdrawn")
    assert back.edit
    assert SUBMIT in back.labels()
    assert WITHDRAW not in back.labels()
    assert not await chats.post(), "the office reads of it when it presses"
    (late,) = await chats.press(people.office, order, COMPLETE)
    assert "撤回，任务现为" in chats.toasts[-1][0]
    assert says("common.task_state.assigned") in late.text
    (present,) = await chats.press(people.responsible, card, WITHDRAW)
    assert SUBMIT in present.labels(), "the old card shows how it stands"
    assert (await task_of(database, people)).state is TaskState.ASSIGNED


async def test_figures_that_were_corrected_meanwhile_are_looked_at_first(
    chats: Chats, people: People, database: Database
) -> None:
    """办结, a pressed reason and a written reason all show corrected figures before they decide."""
    sent = update("message", message(people.responsible, text="今天清理违规广告牌匾120处"))
    await chats.press(people.responsible, await chats.answer(sent), says("progress.confirm_button"))
    await chats.post()
    order = (await submitted(chats, people))[people.office.id]
    assert "120处" in order.text
    (asked,) = await chats.press(people.office, order, RETURN)
    await chats.press(people.office, asked, OTHER)
    await chats.answers(edit(sent, text="今天清理违规广告牌匾12处"))
    await chats.post()
    late = await chats.say(people.office, "数字不对")
    assert late.text.startswith(says("completion.other_figures"))
    for old, label in ((asked, says("completion.reason.no_evidence")), (order, COMPLETE)):
        (late,) = await chats.press(people.office, old, label)
        assert chats.toasts[-1] == (says("completion.other_figures"), True)
        assert "12处" in late.text
        assert "120处" not in late.text
    assert (await task_of(database, people)).state is TaskState.SUBMITTED
    await chats.press(people.office, late, COMPLETE)
    assert (await task_of(database, people)).state is TaskState.COMPLETED


async def test_two_members_press(chats: Chats, people: People, second: Person, database: Database) -> None:
    orders = await submitted(chats, people)
    await chats.press(people.office, orders[people.office.id], COMPLETE)
    before = await audits(database)
    (present,) = await chats.press(second, orders[second.id], RETURN)
    line, alert = chats.toasts[-1]
    assert alert
    assert line
    assert "创城办工作人员" in line
    assert REOPEN in present.labels(), "the card is renewed"
    (twice,) = await chats.press(people.office, orders[people.office.id], COMPLETE)
    assert says("common.task_state.completed") in twice.text
    assert await audits(database) == before


async def audits(database: Database) -> int:
    async with database.reading() as session:
        return len((await session.exec(select(Audit))).all())


async def test_the_wrong_person_presses_in_the_offices_message(
    chats: Chats, people: People, database: Database
) -> None:
    """The request's buttons are for all of the office, so a press checks the right."""
    order = (await submitted(chats, people))[people.office.id]
    for person, refusal in (
        (people.responsible, says("tasks.office_only")),
        (people.leader, says("tasks.office_only")),
        (people.other_liaison, says("tasks.not_yours")),
    ):
        for label in (COMPLETE, RETURN):
            raw = pressed(person, order.data(label), order.message_id)
            assert await chats.answers(raw) == []
            assert chats.toasts[-1] == (refusal, True)
    stranger = pressed(people.stranger, order.data(COMPLETE), order.message_id)
    assert "清理" not in "".join(shown.text for shown in await chats.answers(stranger))
    assert (await task_of(database, people)).state is TaskState.SUBMITTED


async def test_a_reason_is_not_waited_for_any_more(chats: Chats, people: People, database: Database) -> None:
    """After 返回, after a press that decides, and after a command, further words are no reason."""
    order = (await submitted(chats, people))[people.office.id]

    async def asked() -> Shown:
        (reasons,) = await chats.press(people.office, order, RETURN)
        (write,) = await chats.press(people.office, reasons, OTHER)
        async with database.reading() as session:
            assert len((await session.exec(select(Question))).all()) == 1
        return write

    async def is_over() -> bool:
        async with database.reading() as session:
            return not (await session.exec(select(Question))).all()

    (back,) = await chats.press(people.office, await asked(), BACK)
    assert await is_over()
    assert RETURN in back.labels(), "the submission is there again"
    await asked()
    await chats.say(people.office, "/tasks")
    assert await is_over()
    await asked()
    await chats.press(people.office, order, COMPLETE)
    assert await is_over()
    assert (await task_of(database, people)).return_reason is None


async def test_too_long_a_reason_is_asked_again(chats: Chats, people: People, database: Database) -> None:
    order = (await submitted(chats, people))[people.office.id]
    (reasons,) = await chats.press(people.office, order, RETURN)
    await chats.press(people.office, reasons, OTHER)
    answer = await chats.say(people.office, "字" * 4000)
    assert answer.text == says("completion.reason_too_long", limit=300)
    await chats.say(people.office, "<b>门牌</b>看不清")
    assert (await task_of(database, people)).return_reason == "<b>门牌</b>看不清"


async def test_a_reason_by_one_press(chats: Chats, people: People, database: Database) -> None:
    order = (await submitted(chats, people))[people.office.id]
    (reasons,) = await chats.press(people.office, order, RETURN)
    (card,) = await chats.press(people.office, reasons, says("completion.reason.wrong_figures"))
    assert chats.toasts[-1] == (says("completion.done_return"), False)
    assert "数据不符" in card.text
    await chats.press(people.office, reasons, says("completion.reason.no_evidence"))
    assert (await task_of(database, people)).return_reason == "数据不符"


async def test_cancelled_after_a_reason_and_a_second_thought(
    chats: Chats, people: People, database: Database
) -> None:
    card = await card_of(chats, people.office)
    (reasons,) = await chats.press(people.office, card, CANCEL)
    (confirm,) = await chats.press(people.office, reasons, says("completion.reason.duplicate"))
    assert (await task_of(database, people)).state is TaskState.ASSIGNED
    (card,) = await chats.press(people.office, confirm, BACK)
    assert CANCEL in card.labels()
    (card,) = await chats.press(people.office, confirm, says("completion.confirm_cancel_button"))
    assert (await task_of(database, people)).state is TaskState.CANCELLED
    assert not {CANCEL, REOPEN, COMPLETE} & set(card.labels())
    assert all("重复交办" in shown.text for shown in await chats.post())


async def test_done_and_history_by_command(chats: Chats, people: People, database: Database) -> None:
    order = (await submitted(chats, people))[people.office.id]
    await chats.press(people.office, order, COMPLETE)
    (told, *_) = [shown for shown in await chats.post() if shown.chat_id == people.liaison.id]
    for person in (people.office, people.leader, people.liaison):
        done = await chats.say(person, "/done")
        assert "清理违规广告牌匾" in done.text
        assert (says("done.export_button") in done.labels()) is (person is people.office)
    assert (await chats.say(people.other_liaison, "/done")).text == says("done.none")
    replied = await chats.say(people.liaison, "/history", reply_to=told.message_id)
    named = await chats.say(people.liaison, "/history 广告 牌匾")
    assert replied.text == named.text
    assert says("history.event.task_complete") in named.text
    assert (await chats.say(people.liaison, "/history")).text == says("history.how")
    assert (await chats.say(people.other_liaison, "/history 广告牌匾")).text == says("history.not_found")
    card = await card_of_done(chats, people.office)
    (page,) = await chats.press(people.office, card, says("tasks.history_button"))
    assert not page.edit
    assert page.text == named.text


async def card_of_done(chats: Chats, person: Person) -> Shown:
    done = await chats.say(person, "/done")
    (card,) = await chats.press(person, done, "清理违规广告牌匾")
    return card


async def test_sheets_are_sent_as_files(chats: Chats, people: People, database: Database) -> None:
    order = (await submitted(chats, people))[people.office.id]
    await chats.press(people.office, order, COMPLETE)
    done = await chats.say(people.office, "/done")
    history = await chats.say(people.office, "/history 广告牌匾")
    raw = [
        pressed(people.office, done.data(says("done.export_button")), done.message_id),
        pressed(people.office, history.data(says("history.export_button")), history.message_id),
    ]
    await chats.handle(*raw)
    albums = [album for prompt in chats.screen.prompts for album in prompt.rendered.albums]
    names = [file.name for album in albums for file in album]
    assert names == ["销号清单2026-12-15.xlsx", "办理记录-清理违规广告牌匾.xlsx"]
    for (file,) in albums:
        assert file.make is not None, "it is not made in the handler's transaction"
        assert file.make().startswith(b"PK")


async def test_the_evidence_is_sent_as_files(chats: Chats, people: People) -> None:
    card = await chats.answer(
        update(
            "message", message(people.responsible, photo=photo("门牌"), caption="今天清理违规广告牌匾12处")
        )
    )
    await chats.press(people.responsible, card, says("progress.confirm_button"))
    orders = await submitted(chats, people)
    order = orders[people.office.id]
    await chats.handle(pressed(people.office, order.data(says("tasks.evidence_button")), order.message_id))
    (prompt,) = chats.screen.prompts
    assert [[(file.kind, file.file_id) for file in album] for album in prompt.rendered.albums] == [
        [("photo", "门牌-large")]
    ]
