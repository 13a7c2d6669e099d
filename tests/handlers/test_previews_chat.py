"""日报预览 in the chats of the office: the choice, the button, and what each press answers."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from models.db import Database
from models.delivery.push_notes import PushNote
from models.people import Contact, ContactRole
from rules.people.roles import Role
from services.groups import evening_tallies, push_previews
from tests.handlers.conftest import People
from tests.support.chat import Chats, Person, Shown, group, said
from tests.support.chat import text_of as says
from tests.support.turns import tick_for

CHAT = -1_004_012_345_678
STOP, RESUME = says("push.stop_button"), says("push.resume_button")
REMARK, CLEAR = says("push.remark_button"), says("push.clear_button")
OPEN = says("push.open_button")


@pytest.fixture
async def bound(chats: Chats, people: People) -> datetime:
    """A group that gets its tally at 18:00; it is 17:30 of the next working day, which this returns."""
    chats.clock.moment = datetime.fromisoformat("2026-12-14T12:00+08:00")
    await chats.answers(said(people.office, "/bind 全部", chat=group(CHAT)))
    chats.clock.moment = datetime.fromisoformat("2026-12-15T17:30+08:00")
    return chats.clock.moment


async def previews(chats: Chats, *readers: Person) -> list[Shown]:
    """Run the tick and deliver; return the preview of each reader."""
    async with chats.database.transaction() as session:
        await push_previews.preview_tick(tick_for(session, chats.clock.moment, chats.campaign))
    found = {shown.chat_id: shown for shown in await chats.post()}
    return [found[reader.id] for reader in readers]


async def choose(chats: Chats, *officers: Person) -> None:
    for officer in officers:
        quiet = await chats.say(officer, "/quiet")
        (chosen,) = await chats.press(officer, quiet, says("quiet.previews_on_button"))
        assert says("quiet.previews_on") in chosen.text


async def note(database: Database) -> PushNote:
    async with database.reading() as session:
        return (await session.exec(select(PushNote))).one()


async def test_who_has_chosen_it_gets_it_and_may_stop_and_resume(
    chats: Chats, people: People, second_office: Person, bound: datetime, database: Database
) -> None:
    """Two officers: whoever is second learns what stands."""
    await choose(chats, people.office, second_office)
    mine, theirs = await previews(chats, people.office, second_office)
    assert "【日报预览】</b>12月15日" in mine.text
    assert mine.labels() == [REMARK, STOP]
    assert await chats.press(people.office, mine, STOP) == []
    assert chats.toasts[-1] == (says("push.stop_set"), False)
    await chats.press(second_office, theirs, STOP)
    assert "创城办工作人员" in (chats.toasts[-1][0] or "")
    assert (await note(database)).stopped_at is not None
    opened = await chats.press(second_office, theirs, STOP)
    assert opened == []


async def test_the_remark_is_written_after_its_button(
    chats: Chats, people: People, bound: datetime, database: Database
) -> None:
    """Words that are too long are refused, and the question stays."""
    await choose(chats, people.office)
    (mine,) = await previews(chats, people.office)
    (asked,) = await chats.press(people.office, mine, REMARK)
    assert asked.text == says("push.ask_remark", limit=200)
    long = await chats.say(people.office, "长" * 4000)
    assert long.text == says("push.remark_too_long", limit=200)
    answer = await chats.say(people.office, "请 <i>抓紧</i> & 落实")
    assert answer.text == says("push.remark_set", html=True, remark="请 <i>抓紧</i> & 落实")
    assert (await note(database)).remark == "请 <i>抓紧</i> & 落实"
    chats.clock.moment += timedelta(minutes=30)
    async with database.transaction() as session:
        await evening_tallies.tally_tick(tick_for(session, chats.clock.moment, chats.campaign))
    (tally,) = [one for one in await chats.post() if one.chat_id == CHAT]
    assert tally.text.split("\n")[1] == "按语：请 &lt;i&gt;抓紧&lt;/i&gt; &amp; 落实"


async def test_a_press_after_it_went_out_answers_what_stands(
    chats: Chats, people: People, bound: datetime, database: Database
) -> None:
    await choose(chats, people.office)
    (mine,) = await previews(chats, people.office)
    (asked,) = await chats.press(people.office, mine, REMARK)
    assert asked
    chats.clock.moment += timedelta(minutes=30)
    async with database.transaction() as session:
        await evening_tallies.tally_tick(tick_for(session, chats.clock.moment, chats.campaign))
    late = await chats.say(people.office, "来不及了")
    assert "已发出" in late.text
    await chats.press(people.office, mine, STOP)
    text, alert = chats.toasts[-1]
    assert "已发出" in (text or "")
    assert alert
    async with database.reading() as session:
        assert (await session.exec(select(PushNote))).all() == []


async def test_who_lost_the_role_changes_nothing(
    chats: Chats, people: People, second_office: Person, bound: datetime, database: Database
) -> None:
    await choose(chats, people.office, second_office)
    mine, theirs = await previews(chats, people.office, second_office)
    async with database.transaction() as session:
        query = select(Contact).where(Contact.telegram_user_id == second_office.id)
        gone = (await session.exec(query)).one()
        roles = select(ContactRole).where(ContactRole.contact_id == gone.id, ContactRole.role == Role.OFFICE)
        await session.delete((await session.exec(roles)).one())
    for label in (STOP, REMARK):
        assert await chats.press(second_office, theirs, label) == []
        assert chats.toasts[-1] == (says("tasks.office_only"), True)
    # A preview is its reader's own.
    await chats.press(second_office, mine, STOP)
    assert chats.toasts[-1] == (says("buttons.not_yours"), True)
    async with database.reading() as session:
        assert (await session.exec(select(PushNote))).all() == []


@pytest.mark.parametrize("command", ["/tally", "/quiet"])
async def test_the_office_opens_it_where_it_looks(
    chats: Chats, people: People, bound: datetime, command: str
) -> None:
    shown = await chats.say(people.office, command)
    await chats.press(people.office, shown, OPEN)
    assert chats.toasts[-1] == (says("push.opened"), False)
    (mine,) = await chats.post()
    assert mine.chat_id == people.office.id
    assert mine.labels() == [REMARK, STOP]
    assert all(OPEN not in label for label in (await chats.say(people.leader, command)).labels())


async def test_when_nothing_waits_the_button_says_so(chats: Chats, people: People) -> None:
    shown = await chats.say(people.office, "/tally")
    await chats.press(people.office, shown, OPEN)
    assert chats.toasts[-1] == (says("push.none"), True)


async def test_another_period_has_no_button(chats: Chats, people: People, bound: datetime) -> None:
    assert OPEN not in (await chats.say(people.office, "/tally 本周")).labels()
