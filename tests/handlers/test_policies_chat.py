"""The office's nag policy and 迎检, and everybody's quiet hours, by command and button."""

from __future__ import annotations

from sqlmodel import select

from models.db import Database
from models.nags import policies
from models.nags.policies import Inspection
from models.people import Contact
from rules.nags.policy import DEFAULT, ReleaseMode
from tests.handlers.conftest import People
from tests.support.chat import Chats
from tests.support.chat import text_of as says


async def test_the_office_and_its_policy(chats: Chats, people: People, database: Database) -> None:
    shown = await chats.say(people.office, "/ladder")
    assert says("ladder.default_title", html=True) in shown.text
    (file,) = await chats.press(people.office, shown, says("ladder.export_button"))
    assert says("ladder.exported", html=True) in file.text
    (auto,) = await chats.press(people.office, shown, says("ladder.release_button.auto"))
    assert auto.edit
    assert says("ladder.release.auto", html=True) in auto.text
    # By now the first card's button belongs to an older version.
    await chats.press(people.office, shown, says("ladder.release_button.auto"))
    assert chats.toasts[-1] == (says("ladder.moved_on"), True)
    (asked,) = await chats.press(people.office, auto, says("ladder.reset_button"))
    (back,) = await chats.press(people.office, asked, says("people.back_button"))
    (asked,) = await chats.press(people.office, back, says("ladder.reset_button"))
    await chats.press(people.office, asked, says("ladder.reset_now_button"))
    async with database.reading() as session:
        policy = await policies.current(session)
    assert (policy.version, policy.release, policy.rungs) == (2, ReleaseMode.OFFICE, DEFAULT.rungs)
    refused = await chats.say(people.liaison, "/ladder")
    assert refused.text == says("tasks.office_only", html=True)


async def test_an_inspection_is_announced_and_called_off(
    chats: Chats, people: People, database: Database
) -> None:
    assert says("inspection.none", html=True) in (await chats.say(people.office, "/inspection")).text
    asked = await chats.say(people.office, "/inspection 12月20日-12月25日 国家测评迎检")
    assert "共6天" in asked.text
    (there,) = await chats.press(people.office, asked, says("people.confirm_button"))
    await chats.press(people.office, asked, says("people.confirm_button"))
    assert chats.toasts[-1] == (says("inspection.another", name="国家测评迎检"), True)
    await chats.press(people.office, there, says("inspection.cancel_button", name="国家测评迎检"))
    async with database.reading() as session:
        (row,) = (await session.exec(select(Inspection))).all()
    assert row.ended_at == chats.clock.moment
    unread = await chats.say(people.office, "/inspection 下周 迎检")
    assert "/inspection 12月10日-12月15日" in unread.text


async def test_quiet_hours(chats: Chats, people: People, database: Database) -> None:
    assert "21:00-08:00" in (await chats.say(people.responsible, "/quiet")).text
    own = await chats.say(people.responsible, "/quiet 22点到7点半")
    assert "22:00-07:30" in own.text
    (usual,) = await chats.press(people.responsible, own, says("quiet.usual_button"))
    assert "21:00-08:00" in usual.text
    assert not usual.buttons
    async with database.reading() as session:
        contacts = (await session.exec(select(Contact))).all()
    assert {contact.quiet_from for contact in contacts} == {None}
