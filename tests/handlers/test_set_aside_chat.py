"""📷 反馈 sets a half-made report or problem aside; it comes back with its card once the feedback is over."""

from __future__ import annotations

import pytest
from sqlmodel import select

from models.cases import Case
from models.db import Database
from models.drafts import Draft, DraftKind
from models.progress import ProgressReport
from rules.cases.case_lifecycle import CaseState
from tests.handlers.conftest import People
from tests.handlers.test_orders_chat import CANCEL, CONFIRM, FEEDBACK, Scene, sent
from tests.support.chat import Chats, Shown, said
from tests.support.chat import text_of as says

REPORT = "今天清理违规广告牌匾12处"
BACK = says("orders.feedback.back.report")


@pytest.fixture
def scene(database: Database, chats: Chats, people: People) -> Scene:
    return Scene(database, chats, people)


async def drafts(scene: Scene) -> list[tuple[DraftKind, bool]]:
    """(kind, whether it is set aside) of all drafts."""
    async with scene.database.reading() as session:
        rows = (await session.exec(select(Draft).order_by("id"))).all()
    return [(row.kind, row.set_aside_at is not None) for row in rows]


async def begun(scene: Scene, what: str = REPORT) -> tuple[Shown, Shown, Case]:
    """A half-made report, and then 📷 反馈: the card of the one, the question of the other, and the case."""
    order, (case,) = await scene.order()
    card = await scene.chats.say(scene.people.liaison, what)
    (asked,) = await scene.chats.press(scene.people.liaison, order, FEEDBACK)
    return card, asked, case


async def test_the_photo_goes_to_the_feedback(scene: Scene, chats: Chats, people: People) -> None:
    card, asked, case = await begun(scene)
    assert REPORT in card.text
    assert says("orders.feedback.set_aside.report") in asked.text
    assert await drafts(scene) == [(DraftKind.REPORT, True), (DraftKind.FEEDBACK, False)]
    shown = await chats.answer(sent(people.liaison))
    assert says("orders.feedback.confirm") in shown.text
    assert says("orders.feedback.set_aside.report") in shown.text
    done, back = await chats.press(people.liaison, shown, CONFIRM)
    assert (await scene.now(case)).state is CaseState.FED_BACK
    assert [file.file_id for file in await scene.after(case)] == ["after-large"]
    assert case.number in done.text
    assert back.text.startswith(BACK)
    assert REPORT in back.text
    assert await drafts(scene) == [(DraftKind.REPORT, False)]
    (receipt, *_) = await chats.press(people.liaison, back, says("progress.confirm_button"))
    assert says("orders.feedback.back.report") not in receipt.text
    async with scene.database.reading() as session:
        (report,) = await session.exec(select(ProgressReport))
    assert report.text == REPORT
    assert await drafts(scene) == []


@pytest.mark.parametrize("by", ["button", "command"])
async def test_cancelled(scene: Scene, chats: Chats, people: People, by: str) -> None:
    await begun(scene)
    shown = await chats.answer(sent(people.liaison))
    if by == "button":
        answers = await chats.press(people.liaison, shown, CANCEL)
    else:
        answers = await chats.answers(_cancel(people))
    cancelled, back = answers
    assert cancelled.text == says("progress.cancelled")
    assert back.text.startswith(BACK)
    assert await drafts(scene) == [(DraftKind.REPORT, False)]
    more = await chats.say(people.liaison, "另清运垃圾3车")
    assert REPORT in more.text, "further words go on with the report"


def _cancel(people: People) -> dict[str, object]:
    return said(people.liaison, "/cancel")


async def test_cancelled_before_a_photo(scene: Scene, chats: Chats, people: People) -> None:
    await begun(scene)
    cancelled, back = await chats.answers(_cancel(people))
    assert (cancelled.text, back.text.startswith(BACK)) == (says("progress.cancelled"), True)


async def test_an_old_card_of_what_waits_changes_nothing(scene: Scene, chats: Chats, people: People) -> None:
    card, _, _ = await begun(scene)
    shown = await chats.answer(sent(people.liaison))
    (present,) = await chats.press(people.liaison, card, says("progress.confirm_button"))
    assert says("orders.feedback.confirm") in present.text
    async with scene.database.reading() as session:
        assert (await session.exec(select(ProgressReport))).all() == []
    assert len(await chats.press(people.liaison, shown, CONFIRM)) == 2


async def test_a_reply_to_the_order_sets_aside_too(scene: Scene, chats: Chats, people: People) -> None:
    order, (case,) = await scene.order()
    await chats.say(people.liaison, REPORT)
    shown = await chats.answer(sent(people.liaison, reply_to=order.message_id))
    assert says("orders.feedback.set_aside.report") in shown.text
    done, back = await chats.press(people.liaison, shown, CONFIRM)
    assert case.number in done.text
    assert back.text.startswith(BACK)


async def test_a_problem_comes_back_with_its_words(scene: Scene, chats: Chats, people: People) -> None:
    order, (case,) = await scene.order()
    await chats.say(people.liaison, "/issue 占道经营，商户摆摊")
    (asked,) = await chats.press(people.liaison, order, FEEDBACK)
    assert says("orders.feedback.set_aside.issue") in asked.text
    shown = await chats.answer(sent(people.liaison))
    done, back = await chats.press(people.liaison, shown, CONFIRM)
    assert case.number in done.text
    assert back.text.startswith(says("orders.feedback.back.issue"))
    assert "商户摆摊" in back.text
    assert await drafts(scene) == [(DraftKind.ISSUE, False)]


async def test_what_holds_nothing_is_not_kept(scene: Scene, chats: Chats, people: People) -> None:
    order, _ = await scene.order()
    await chats.say(people.liaison, "/report")
    (asked,) = await chats.press(people.liaison, order, FEEDBACK)
    assert says("orders.feedback.set_aside.report") not in asked.text
    assert await drafts(scene) == [(DraftKind.FEEDBACK, False)]


async def test_another_paper_meanwhile(scene: Scene, chats: Chats, people: People) -> None:
    """The empty feedback makes room for a problem; the report waits until that is over, too."""
    await begun(scene)
    await chats.say(people.liaison, "/issue 占道经营，商户摆摊")
    assert await drafts(scene) == [(DraftKind.REPORT, True), (DraftKind.ISSUE, False)]
    _, back = await chats.answers(_cancel(people))
    assert back.text.startswith(BACK)


async def test_two_that_wait_come_back_one_after_the_other(
    scene: Scene, chats: Chats, people: People
) -> None:
    _, _, case = await begun(scene)
    await chats.say(people.liaison, "/issue 占道经营，商户摆摊")
    order = await chats.say(people.liaison, f"/case {case.number}")
    await chats.press(people.liaison, order, FEEDBACK)
    waiting = [(DraftKind.REPORT, True), (DraftKind.ISSUE, True), (DraftKind.FEEDBACK, False)]
    assert sorted(await drafts(scene)) == sorted(waiting)
    _, problem = await chats.answers(_cancel(people))
    assert "商户摆摊" in problem.text
    _, report = await chats.answers(_cancel(people))
    assert REPORT in report.text
    assert await drafts(scene) == [(DraftKind.REPORT, False)]
