"""``/sections`` and 全部 of ``/todo``, in the chats of the office."""

from __future__ import annotations

import pytest
from sqlmodel import select

from models.db import Database
from models.people import Contact, office_sections
from rules.people.office_subjects import OfficeSubject
from tests.handlers.conftest import People
from tests.handlers.street import Street
from tests.support.chat import Chats, Person
from tests.support.chat import text_of as says

CHANGE = says("sections.subject_button", subject=says("sections.subject.cases"))
MATERIALS = says("sections.section", section="材料组", count=1)


@pytest.fixture
async def second(database: Database, people: People, second_office: Person) -> Person:
    """A colleague in 材料组; the other is in 综合组."""
    async with database.transaction() as session:
        for person, section in ((people.office, "综合组"), (second_office, "材料组")):
            query = select(Contact).where(Contact.telegram_user_id == person.id)
            (await session.exec(query)).one().section = section
    return second_office


async def stored(database: Database) -> dict[OfficeSubject, str]:
    async with database.reading() as session:
        return await office_sections.sections(session)


async def test_a_section_is_chosen_and_cleared(
    chats: Chats, people: People, second: Person, database: Database
) -> None:
    table = await chats.say(people.office, "/sections")
    (choice,) = await chats.press(people.office, table, CHANGE)
    (back,) = await chats.press(people.office, choice, says("people.back_button"))
    assert back.text == table.text
    (choice,) = await chats.press(people.office, back, CHANGE)
    (kept,) = await chats.press(people.office, choice, MATERIALS)
    assert MATERIALS in kept.text
    assert await stored(database) == {OfficeSubject.CASES: "材料组"}
    # The buttons of the choice are of what was there before.
    await chats.press(people.office, choice, says("sections.section", section="综合组", count=1))
    assert await stored(database) == {OfficeSubject.CASES: "材料组"}
    (choice,) = await chats.press(second, await chats.say(second, "/sections"), CHANGE)
    await chats.press(second, choice, says("sections.everybody"))
    assert await stored(database) == {}


async def test_the_table_goes_out_as_a_sheet(chats: Chats, people: People) -> None:
    table = await chats.say(people.office, "/sections")
    (file,) = await chats.press(people.office, table, says("sections.export_button"))
    assert file.text == says("sections.exported", html=True)


async def test_only_the_office_is_answered(chats: Chats, people: People) -> None:
    refused = await chats.say(people.liaison, "/sections")
    assert refused.text == says("tasks.office_only", html=True)


async def test_a_case_is_told_to_its_section_and_everybody_may_act(
    chats: Chats, people: People, second: Person, database: Database
) -> None:
    (choice,) = await chats.press(people.office, await chats.say(people.office, "/sections"), CHANGE)
    await chats.press(people.office, choice, MATERIALS)
    await Street(database, chats, people).make()
    told = {one.chat_id for one in await chats.post()}
    assert second.id in told
    assert people.office.id not in told
    first = await chats.say(people.office, "/todo")
    assert says("desk.of_others", count=1, html=True) in first.text
    (whole,) = await chats.press(people.office, first, says("desk.whole_button", count=1))
    assert whole.text == (await chats.say(second, "/todo")).text
    pile = next(label for label in whole.labels() if label != says("desk.whole_button", count=1))
    (listed,) = await chats.press(people.office, whole, pile)
    assert listed.text
