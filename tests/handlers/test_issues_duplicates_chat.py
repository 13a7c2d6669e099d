"""Possible duplicates are shown before a problem is submitted; a person follows one, or submits anyhow."""

from __future__ import annotations

import pytest

from models.cases.categories import Category
from models.db import Database
from rules.cases.case_lifecycle import CaseEvent, CaseState
from services.cases import follower_notices
from tests.handlers.conftest import People
from tests.support.cases import CaseDesk
from tests.support.chat import Chats, Person, Shown, own_button, pressed
from tests.support.chat import text_of as says
from tests.support.issues import (
    NEAR_SQUARE,
    SQUARE,
    SUBMIT,
    Issues,
    picture,
    spot,
)
from tests.support.turns import turn_for

ASK_SUBMIT = says("issues.ask_submit")
BACK, ANYWAY = says("issues.back_button"), says("issues.submit_anyway_button")
SAME = says("issues.same.title", html=True)


@pytest.fixture
async def issues(database: Database, chats: Chats, people: People) -> Issues:
    return await Issues.make(database, chats, people.other_unit)


async def at(
    issues: Issues, place: tuple[float, float], name: str = "a", person: Person | None = None
) -> Shown:
    """Report a problem at ``place`` as far as its summary, and return the summary."""
    await issues.send(picture(person or issues.grid, name, caption="占道经营"))
    return await issues.send(spot(person or issues.grid, place))


async def test_one_near_by_is_followed(issues: Issues, chats: Chats, people: People) -> None:
    async with issues.database.transaction() as session:
        desk = CaseDesk(session, chats.clock.moment, chats.campaign)
        office = await issues.actor(people.office)
        category = await session.get_one(Category, issues.ids["占道经营"])
        case = await desk.report(office, category, location=(*SQUARE, None))
    card = await at(issues, NEAR_SQUARE)
    same = await issues.press(card, SUBMIT)
    assert same.text.startswith(SAME)
    assert case.number in same.text
    assert says("issues.same.metres", metres=100) in same.text
    card = await issues.press(same, BACK)
    assert card.text.endswith(ASK_SUBMIT)
    same = await issues.press(card, SUBMIT)
    done = await issues.press(same, "就是这个，关注")
    assert says("issues.followed", number=case.number, state=says("cases.state.reported")) == done.text
    assert case.number in (await issues.press(done, says("cases.card_button"))).text
    assert len(await issues.cases()) == 1
    assert await issues.draft() is None
    await chats.post()
    async with issues.database.transaction() as session:
        desk = CaseDesk(session, chats.clock.moment, chats.campaign)
        await desk.step(case, CaseEvent.REGISTER, office)
    assert issues.grid.id in {shown.chat_id for shown in await chats.post()}


async def test_it_is_submitted_all_the_same(issues: Issues, chats: Chats) -> None:
    """A problem at the same known place can be submitted; cases from meanwhile are shown first."""
    for count in range(2):
        await issues.send(picture(issues.grid, caption="占道经营"))
        card = await issues.send(spot(issues.grid, NEAR_SQUARE))
        card = await issues.press(card, "人民广场")
        answer = await issues.press(card, SUBMIT)
        assert answer.text.startswith(SAME) is bool(count)
    assert says("issues.same.same_point") in answer.text
    async with issues.database.transaction() as session:
        desk = CaseDesk(session, chats.clock.moment, chats.campaign)
        grid = await issues.actor(issues.grid)
        known = await issues.cases()
        category = await session.get_one(Category, known[0].category_id)
        late = await desk.report(grid, category, location=(*SQUARE, None))
    again = await issues.press(answer, ANYWAY)
    assert late.number in again.text
    assert known[0].number not in again.text
    done = await issues.press(again, ANYWAY)
    assert done.text == says("issues.submitted", number="20261215-0003", html=True)


async def test_the_photo_of_the_other_case(issues: Issues, chats: Chats, people: People) -> None:
    """The photo is shown only to people who may see that case."""
    await issues.press(await at(issues, SQUARE, "first"), SUBMIT)
    for person, seen in ((issues.grid, ["first-large"]), (people.leader, [])):
        card = await at(issues, SQUARE, "second", person)
        await chats.handle(pressed(person, card.data(SUBMIT), card.message_id))
        shown = chats.screen.prompts[-1].rendered
        assert [file.file_id for files in shown.albums for file in files] == seen
        (same,) = await chats._show_prompts()
        assert same.text.startswith(SAME)


async def test_no_more_than_three_are_shown(issues: Issues, chats: Chats, people: People) -> None:
    """The three nearest are shown, but all count as shown."""
    async with issues.database.transaction() as session:
        desk = CaseDesk(session, chats.clock.moment, chats.campaign)
        category = await session.get_one(Category, issues.ids["占道经营"])
        office = await issues.actor(people.office)
        for number in range(4):
            spot_there = (SQUARE[0] + 0.0004 * (4 - number), SQUARE[1], None)
            await desk.report(office, category, location=spot_there)
    same = await issues.press(await at(issues, SQUARE), SUBMIT)
    follow = [label for label in same.labels() if label.startswith("就是这个")]
    assert [label[-4:] for label in follow] == ["0004", "0003", "0002"]
    await issues.press(same, ANYWAY)
    assert len(await issues.cases()) == 5


async def test_what_was_followed_is_over_by_now(issues: Issues, chats: Chats, people: People) -> None:
    await issues.press(await at(issues, SQUARE), SUBMIT)
    same = await issues.press(await at(issues, SQUARE), SUBMIT)
    (case,) = await issues.cases()
    async with issues.database.transaction() as session:
        desk = CaseDesk(session, chats.clock.moment, chats.campaign)
        await desk.step(case, CaseEvent.REJECT, await issues.actor(people.office))
    assert await issues.refused(same, "就是这个") == says("issues.over")
    await issues.press(same, ANYWAY)
    assert [case.state for case in await issues.cases()] == [CaseState.REJECTED, CaseState.REPORTED]


async def test_following_ends_silence(issues: Issues, people: People) -> None:
    case = await issues.submitted()
    grid = await issues.actor(issues.grid)
    for muted in (True, False):
        async with issues.database.transaction() as session:
            if muted:
                await follower_notices.set_muted(session, grid, case.id or 0, True)
            else:
                await follower_notices.follow(
                    turn_for(session, grid, issues.chats.clock.moment), case.id or 0
                )
        assert await issues.followers(case) == {grid.id: muted}
    key = await own_button(issues.chats, "case.mute", case_id=case.id)
    assert await issues.chats.answers(pressed(people.liaison, key, 1)) == []
    assert await issues.followers(case) == {grid.id: False}
