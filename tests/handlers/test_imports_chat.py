"""Files in the private chat: the office's files are imported, all others are evidence."""

from __future__ import annotations

from typing import Any

from sqlmodel import col, select

from bot.commands.job_worker import JobWork
from bot.rendering import render_view
from models.delivery.live_messages import LiveMessage
from models.importing import Job, JobState
from models.people import Contact, ContactRole
from rules.people.roles import Role
from services.delivery import live_views
from services.importing.jobs import job_claims
from tests.handlers.conftest import People
from tests.services.importing.builders import sheet, task
from tests.support.chat import Chats, Json, Person, Shown, message, text_of, update
from tests.support.turns import tick_for

FILE = {"file_id": "f1", "file_unique_id": "u1", "file_name": "任务分解表.xlsx", "file_size": 9_000}


def sent(person: Person, *, reply_to: int | None = None, **changes: Any) -> Json:
    """The update of a document; ``caption`` and ``media_group_id`` belong to its message."""
    outside = {key: changes.pop(key) for key in ("caption", "media_group_id") if key in changes}
    return update("message", message(person, document={**FILE, **changes}, reply_to=reply_to, **outside))


async def all_jobs(chats: Chats) -> list[Job]:
    async with chats.database.reading() as session:
        return list(await session.exec(select(Job).order_by(col(Job.id))))


async def work(chats: Chats, data: bytes = b"") -> None:
    """Take a worker's turn; ``data`` is the file that Telegram had."""
    (job,) = await all_jobs(chats)
    async with chats.database.transaction() as session:
        turn = await job_claims.take(session, job)
        assert turn is not None
        if data:
            await job_claims.keep_source(session, turn, job, data, now=chats.clock.moment)
    work = JobWork(chats.database, chats.campaign, chats.clock.moment, pause=0)
    await work.do(turn.job_id, turn.worker)


async def look(chats: Chats) -> Shown:
    """The present message about the one job."""
    async with chats.database.transaction() as session:
        (row,) = (await session.exec(select(LiveMessage))).all()
        found = await live_views.render(tick_for(session, chats.clock.moment, chats.campaign), row)
        assert found is not None
        rendered = render_view(session, *found, chats.clock.moment)
    return await chats._show(row.chat_id, row.thread_id, rendered, None)


async def also(chats: Chats, person: Person, role: Role) -> None:
    async with chats.database.transaction() as session:
        query = select(Contact).where(Contact.telegram_user_id == person.id)
        contact = (await session.exec(query)).one()
        session.add(ContactRole(contact_id=contact.id or 0, role=role))


async def test_the_office_sends_a_file_and_confirms(chats: Chats, people: People) -> None:
    assert await chats.answers(sent(people.office)) == []
    assert "已收到“任务分解表.xlsx”，正在读取" in (await look(chats)).text
    await work(chats, sheet(task(), task(目标任务="补植", 责任人="城管局责任人（13800000000）")))
    shown = await look(chats)
    assert "“公安局”不是牵头单位，列为协办，但不在花名册中（2 行" in shown.text
    assert await chats.press(people.office, shown, "退回这 2 行") == []
    assert chats.toasts == [("已选：不导入，退回这 2 行", False)]
    await work(chats)
    shown = await look(chats)
    assert "退回 2 行" in shown.text
    assert {"上一题", "重新回答"} <= set(shown.labels())


async def test_the_last_answer_is_taken_back(chats: Chats, people: People) -> None:
    await chats.answers(sent(people.office))
    await work(chats, sheet(task(完成时限="长期"), task(目标任务="补植", 完成时限="立即", 配合单位=None)))
    await chats.press(people.office, await look(chats), "每周报告")
    shown = await look(chats)
    assert await chats.press(people.office, shown, "上一题") == []
    assert chats.toasts[-1] == (text_of("jobs.asked_again"), False)
    assert "多久报一次" in (await look(chats)).text


async def test_the_same_file_sent_again(chats: Chats, people: People) -> None:
    await chats.answers(sent(people.office))
    again = await chats.answer(sent(people.office))
    assert again.text == text_of("jobs.state.waiting")
    assert len(await all_jobs(chats)) == 1


async def test_pressed_twice_and_by_others(chats: Chats, people: People) -> None:
    await chats.answers(sent(people.office))
    await work(chats, sheet(task(配合单位=None, 分管领导=None)))
    shown = await look(chats)
    # A person outside the office gets hold of the button.
    assert await chats.press(people.responsible, shown, "确认导入") == []
    assert chats.toasts == [(text_of("tasks.office_only"), True)]
    assert (await all_jobs(chats))[0].state is JobState.PREVIEW
    for _ in range(2):
        assert await chats.press(people.office, shown, "确认导入") == []
    assert chats.toasts[1:] == [(text_of("jobs.state.confirmed"), False)] * 2
    await work(chats)
    assert "已导入" in (await look(chats)).text
    await chats.press(people.office, shown, "取消")
    assert chats.toasts[-1] == (text_of("jobs.state.done"), False)


async def test_cancelled(chats: Chats, people: People) -> None:
    await chats.answers(sent(people.office))
    await work(chats, sheet(task(配合单位=None)))
    await chats.press(people.office, await look(chats), "取消")
    assert chats.toasts == [(text_of("jobs.state.cancelled"), False)]
    shown = await look(chats)
    assert "已取消" in shown.text
    assert shown.labels() == []


async def test_twenty_five_megabytes(chats: Chats, people: People) -> None:
    answer = await chats.answer(sent(people.office, file_size=25 * 1024 * 1024))
    assert answer.text == text_of("importing.file.too_large", file="任务分解表.xlsx", limit=5)
    assert await all_jobs(chats) == []


async def test_others_documents_are_evidence(chats: Chats, people: People) -> None:
    card = await chats.answer(sent(people.responsible, caption="今天清理12处"))
    assert "12处" in card.text
    stranger = await chats.answer(sent(people.stranger))
    assert "导入" not in stranger.text
    assert await all_jobs(chats) == []


async def test_who_may_mean_both_is_asked(chats: Chats, people: People) -> None:
    await also(chats, people.responsible, Role.OFFICE)
    raw = sent(people.responsible, caption="今天清理12处")
    question = await chats.answer(raw)
    assert question.labels() == ["导入", "作为佐证"]
    (card,) = await chats.press(people.responsible, question, "作为佐证")
    assert card.edit
    assert "12处" in card.text
    assert await chats.press(people.responsible, question, "作为佐证") == []
    assert chats.toasts[-1] == (text_of("jobs.already_evidence"), False)

    question = await chats.answer(sent(people.responsible))
    for _ in range(2):
        (answer,) = await chats.press(people.responsible, question, "导入")
        assert answer.text == text_of("jobs.taken_as_import")
    assert len(await all_jobs(chats)) == 1
    # This button belongs to another person.
    await chats.press(people.office, question, "导入")
    assert chats.toasts[-1] == (text_of("buttons.not_yours"), True)


async def test_a_reply_about_a_task_is_evidence(chats: Chats, people: People) -> None:
    await also(chats, people.responsible, Role.OFFICE)
    listed = await chats.say(people.responsible, "/tasks")
    (card,) = await chats.press(people.responsible, listed, people.task.objective[:6])
    answer = await chats.answer(sent(people.responsible, reply_to=card.message_id))
    assert answer.labels() != ["导入", "作为佐证"]
    assert await all_jobs(chats) == []


async def test_a_name_is_only_shown(chats: Chats, people: People) -> None:
    """Markup in a file's name is shown as text; a name that is too long or missing causes no trouble."""
    await chats.answers(sent(people.office, file_name="<b>表</b>\n&.xlsx"))
    assert "“&lt;b&gt;表&lt;/b&gt; &amp;.xlsx”" in (await look(chats)).text
    await chats.answers(sent(people.office, file_id="f2", file_name="长" * 300 + ".xlsx"))
    await chats.answers(sent(people.office, file_id="f3", file_name=None))
    _, long, nameless = await all_jobs(chats)
    assert (len(long.file_name), long.file_name[-5:]) == (100, ".xlsx")
    assert nameless.file_name == "u1"
