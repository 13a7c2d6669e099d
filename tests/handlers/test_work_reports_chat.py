"""/work_report in the chat: who may, which period, and the one document that is a template."""

from __future__ import annotations

import pytest
from sqlmodel import col, select

from models.db import Database
from models.importing import Job, JobKind
from tests.handlers.conftest import People
from tests.support.chat import Chats, document, message, update
from tests.support.chat import text_of as says


async def jobs(database: Database) -> list[tuple[JobKind, dict[str, str]]]:
    async with database.reading() as session:
        return [(one.kind, one.answers) for one in await session.exec(select(Job).order_by(col(Job.id)))]


async def test_a_period_by_button_or_in_words(chats: Chats, people: People, database: Database) -> None:
    menu = await chats.say(people.office, "/work_report")
    assert menu.text.splitlines()[0] == "📄 <b>工作情况汇报</b>"
    await chats.press(people.office, menu, "上月")
    assert chats.toasts[-1] == (says("work_report.ordered"), False)
    await chats.press(people.office, menu, "本月")
    assert chats.toasts[-1] == (says("work_report.on_its_way"), True)
    leader = await chats.say(people.leader, "/work_report 12月1日至12月10日")
    assert leader.text == says("work_report.ordered")
    assert await jobs(database) == [
        (JobKind.WORK_REPORT, {"first": "2026-11-01", "last": "2026-11-30"}),
        (JobKind.WORK_REPORT, {"first": "2026-12-01", "last": "2026-12-10"}),
    ]


async def test_the_whole_campaign_begins_with_its_first_record(
    chats: Chats, people: People, database: Database
) -> None:
    card = await chats.say(people.office, "/log 11月3日召开动员会")
    await chats.press(people.office, card, says("activities.confirm_button"))
    await chats.say(people.office, "/work_report 全程")
    assert await jobs(database) == [(JobKind.WORK_REPORT, {"first": "2026-11-03", "last": "2026-12-15"})]


async def test_who_may_not(chats: Chats, people: People, database: Database) -> None:
    for person in (people.liaison, people.responsible, people.inspector):
        assert (await chats.say(person, "/work_report 上月")).text == says("work_report.not_yours")
    refused = await chats.say(people.office, "/work_report 昨天前天")
    assert refused.text == says("periods.no_days", html=True, words="昨天前天", command="/work_report")
    assert await jobs(database) == []
    assert says("work_report.change_button") not in (await chats.say(people.leader, "/work_report")).labels()


async def test_only_the_answer_is_a_template(chats: Chats, people: People, database: Database) -> None:
    office = people.office
    await chats.handle(update("message", message(office, document=document("任务.docx"))))
    menu = await chats.say(office, "/work_report")
    (asked,) = await chats.press(office, menu, says("work_report.change_button"))
    assert asked.text == says("work_report.send_template")
    wrong = await chats.answer(update("message", message(office, document=document("模板.xlsx"))))
    assert wrong.text == says("work_report.fault.not_docx")
    assert (await chats.say(office, "这就发")).text == says("work_report.send_template")
    tried = await chats.answer(update("message", message(office, document=document("模板.docx"))))
    assert tried.text == says("work_report.trying", file="模板.docx")
    await chats.handle(
        update("message", message(office, document=document("又一份.docx") | {"file_id": "another"}))
    )
    kinds = [kind for kind, _ in await jobs(database)]
    assert kinds == [JobKind.IMPORT, JobKind.REPORT_TEMPLATE, JobKind.IMPORT]


async def test_a_command_ends_the_question(chats: Chats, people: People, database: Database) -> None:
    menu = await chats.say(people.office, "/work_report")
    await chats.press(people.office, menu, says("work_report.change_button"))
    await chats.say(people.office, "/cancel")
    await chats.handle(update("message", message(people.office, document=document("模板.docx"))))
    assert [kind for kind, _ in await jobs(database)] == [JobKind.IMPORT]


async def test_the_template_goes_out(chats: Chats, people: People) -> None:
    menu = await chats.say(people.office, "/work_report")
    sent = await chats.press(people.office, menu, says("work_report.fetch_button"))
    assert says("work_report.template_here") in sent[0].text


@pytest.mark.parametrize("who", ["leader", "liaison"])
async def test_others_change_no_template(chats: Chats, people: People, who: str) -> None:
    from tests.support.chat import own_button, pressed

    data = await own_button(chats, "work_report.change")
    await chats.answers(pressed(getattr(people, who), data, 1))
    assert chats.toasts[-1] == (says("tasks.office_only"), True)
