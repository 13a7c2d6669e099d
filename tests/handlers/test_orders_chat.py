"""An order in the unit's chat: 签收, 退单, 反馈; old cards, other people, two at once, and the paper."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from docx import Document

from models.cases import Case, CaseFile, CasePhase, CaseStep, SupervisionOrder, files_of, steps_of
from models.db import Database, Session
from models.people import Contact, set_roles
from reports.formats import moment_text
from rules.cases.case_lifecycle import CaseEvent, CaseState
from rules.people.roles import Role
from services.access import Actor, actor_by_account
from services.cases.case_steps import StepDetails
from services.cases.orders import dispatching
from tests.handlers.conftest import People
from tests.support.cases import CaseDesk
from tests.support.chat import Chats, Person, Shown, document, own_button, photo, pressed, said, update
from tests.support.chat import message as written
from tests.support.chat import text_of as says
from tests.support.turns import turn_for

SIGN, FEEDBACK = says("orders.sign_button"), says("orders.feedback_button")
SEND_BACK, MORE_TIME = says("orders.send_back_button"), says("orders.ask_extension_button")
PAPER, WRITE, BACK = (says(f"orders.{name}_button") for name in ("paper", "write", "back"))
CONFIRM, CANCEL = says("orders.feedback.confirm_button"), says("progress.cancel_button")
MOVED_ON = (says("cases.moved_on"), True)


def sent(person: Person, name: str = "after", **more: Any) -> dict[str, Any]:
    """The update that sends a photo in the person's private chat."""
    return update("message", written(person, photo=photo(name), **more))


@dataclass
class Scene:
    """Cases that 东风街道联络员 reported and 城管局 got."""

    database: Database
    chats: Chats
    people: People
    category: Any = None

    async def actor(self, session: Session, person: Person) -> Actor:
        found = await actor_by_account(session, person.id)
        assert found is not None
        return found

    async def dispatch(self, count: int = 1) -> list[Case]:
        async with self.database.transaction() as session:
            desk = CaseDesk(session, self.chats.clock.moment, self.chats.campaign)
            office = await self.actor(session, self.people.office)
            reporter = await self.actor(session, self.people.other_liaison)
            self.category = self.category or await desk.category(unit=self.people.unit)
            found = []
            for number in range(1, count + 1):
                case = await desk.report(reporter, self.category, place=f"人民路{number}号", hidden=True)
                found.append(await desk.step(case, CaseEvent.REGISTER, office))
            ids = [case.id or 0 for case in found]
            where: dict[str, Any] = {"now": desk.now, "campaign": desk.campaign}
            await dispatching.dispatch(turn_for(session, office, **where), ids, self.people.unit.id or 0)
        return found

    async def step(self, case: Case, event: CaseEvent, person: Person) -> None:
        async with self.database.transaction() as session:
            desk = CaseDesk(session, self.chats.clock.moment, self.chats.campaign)
            actor = await self.actor(session, person)
            await desk.step(case, event, actor, change=StepDetails(reason="仍有堆物"))

    async def order(self, count: int = 1) -> tuple[Shown, list[Case]]:
        """Dispatch cases; return the order as 城管局联络员 gets it, and the cases."""
        found = await self.dispatch(count)
        posted = await self.chats.post()
        (shown,) = [one for one in posted if one.chat_id == self.people.liaison.id]
        return shown, found

    async def now(self, case: Case) -> Case:
        async with self.database.reading() as session:
            return await session.get_one(Case, case.id)

    async def after(self, case: Case) -> list[CaseFile]:
        async with self.database.reading() as session:
            found = await files_of(session, case.id or 0)
        return [file for file in found if file.phase is CasePhase.AFTER]

    async def last(self, case: Case) -> CaseStep:
        async with self.database.reading() as session:
            return (await steps_of(session, case.id or 0))[-1]

    async def press(self, shown: Shown, *labels: str, person: Person | None = None) -> Shown:
        """Press one button after the other, each on the message that came last."""
        for label in labels:
            (shown,) = await self.chats.press(person or self.people.liaison, shown, label)
        return shown


@pytest.fixture
def scene(database: Database, chats: Chats, people: People) -> Scene:
    return Scene(database, chats, people)


# -- the straight way ----------------------------------------------------------------------------------


async def test_signed_fed_back_and_received(scene: Scene, chats: Chats, people: People) -> None:
    order, (case,) = await scene.order()
    assert order.labels() == [SIGN, FEEDBACK, SEND_BACK, MORE_TIME, PAPER]
    signed = await scene.press(order, SIGN)
    assert signed.edit
    assert signed.labels() == [FEEDBACK, SEND_BACK, MORE_TIME, PAPER]
    assert chats.toasts[-1] == (says("orders.signed", count=1), False)
    assert (await scene.now(case)).state is CaseState.ACKNOWLEDGED
    asked = await scene.press(signed, FEEDBACK)
    assert not asked.edit
    assert case.number in asked.text
    first = await chats.say(people.liaison, "已清走摊位")
    assert says("orders.feedback.photo_missing") in first.text
    await chats.press(people.liaison, first, CONFIRM)
    assert chats.toasts[-1] == (says("orders.feedback.photo_needed"), True)
    shown = await chats.answer(sent(people.liaison))
    assert says("orders.feedback.files", count=1) in shown.text
    card = await scene.press(shown, CONFIRM)
    assert card.edit
    assert says("cases.state.fed_back") in card.text
    assert chats.toasts[-1] == (says("orders.feedback.done"), False)
    assert [file.file_id for file in await scene.after(case)] == ["after-large"]
    assert (await scene.last(case)).reason == "已清走摊位"
    posted = {one.chat_id: one.text for one in await chats.post()}
    assert "待核查" in posted[people.office.id]
    assert "回执" in posted[people.liaison.id]


async def test_start_of_work_from_the_card(scene: Scene, chats: Chats, people: People) -> None:
    (case,) = await scene.dispatch()
    key = await own_button(chats, "case.card", case_id=case.id)
    card = await chats.answer(pressed(people.responsible, key, 1))
    signed = await scene.press(card, SIGN, person=people.responsible)
    begun = await scene.press(signed, says("orders.handle_button"), person=people.responsible)
    assert (await scene.now(case)).state is CaseState.HANDLING
    assert chats.toasts[-1] == (says("orders.done.handle"), False)
    assert says("orders.handle_button") not in begun.labels()
    again = await chats.answers(pressed(people.responsible, card.data(SIGN), card.message_id))
    assert chats.toasts[-1] == MOVED_ON
    assert says("cases.state.handling") in again[0].text


async def test_a_rework_is_fed_back_again(scene: Scene, chats: Chats, people: People) -> None:
    order, (case,) = await scene.order()
    for name in ("first", "second"):
        await scene.press(order, FEEDBACK)
        await scene.press(await chats.answer(sent(people.liaison, name)), CONFIRM)
        if name == "first":
            await scene.step(case, CaseEvent.REWORK, people.inspector)
    assert (await scene.now(case)).state is CaseState.FED_BACK
    assert [(file.file_id, file.step) for file in await scene.after(case)] == [
        ("first-large", 4),
        ("second-large", 6),
    ]


# -- 退单 and 申请延期 ---------------------------------------------------------------------------------


async def test_sent_back_by_a_press(scene: Scene, chats: Chats, people: People) -> None:
    order, (case,) = await scene.order()
    why = await scene.press(order, SEND_BACK)
    assert why.edit
    assert (await scene.now(case)).state is CaseState.DISPATCHED
    gone = await scene.press(why, says("orders.reason.not_here"))
    assert gone.text == says("orders.gone", number=case.number)
    assert not gone.buttons
    assert chats.toasts[-1] == (says("orders.done.send_back"), False)
    assert (await scene.now(case)).state is CaseState.REGISTERED
    assert (await scene.last(case)).reason == says("orders.reason.not_here")
    (told,) = [one for one in await chats.post() if one.chat_id == people.office.id]
    assert says("orders.reason.not_here") in told.text
    assert [label for label in told.labels() if label == says("cases.card_button")]


async def test_sent_back_in_words(scene: Scene, chats: Chats, people: People) -> None:
    order, (case,) = await scene.order()
    await scene.press(order, SEND_BACK, WRITE)
    long = await chats.say(people.liaison, "长" * 301)
    assert long.text == says("completion.reason_too_long", limit=300)
    answer = await chats.say(people.liaison, "该处属于交警大队管理")
    assert answer.text.startswith(says("orders.done.send_back"))
    assert not answer.edit
    assert (await scene.now(case)).state is CaseState.REGISTERED
    assert (await scene.last(case)).reason == "该处属于交警大队管理"


async def test_back_ends_the_question(scene: Scene, chats: Chats, people: People) -> None:
    """Words written after 返回 are no reason."""
    order, (case,) = await scene.order()
    card = await scene.press(order, SEND_BACK, WRITE, BACK)
    assert case.number in card.text
    await chats.handle(said(people.liaison, "不归我们管"))
    assert (await scene.now(case)).state is CaseState.DISPATCHED


async def test_feedback_ends_the_question(scene: Scene, chats: Chats, people: People) -> None:
    order, (case,) = await scene.order()
    await scene.press(order, SEND_BACK, WRITE)
    await scene.press(order, FEEDBACK)
    shown = await chats.say(people.liaison, "已清走摊位")
    assert "已清走摊位" in shown.text
    assert (await scene.now(case)).state is CaseState.DISPATCHED


async def test_words_that_come_too_late(scene: Scene, chats: Chats, people: People) -> None:
    order, (case,) = await scene.order()
    await scene.press(order, MORE_TIME, WRITE)
    await scene.step(case, CaseEvent.FEEDBACK, people.responsible)
    answer = await chats.say(people.liaison, "需要吊车")
    assert answer.text.startswith(says("cases.moved_on"))
    assert says("cases.state.fed_back") in answer.text
    assert (await scene.now(case)).steps == 4


async def test_more_time_is_asked_for(scene: Scene, chats: Chats, people: People) -> None:
    order, (case,) = await scene.order()
    card = await scene.press(order, MORE_TIME, says("orders.reason.weather"))
    assert MORE_TIME not in card.labels()
    assert (await scene.now(case)).extension_asked
    told = [one.text for one in await chats.post() if one.chat_id == people.office.id]
    assert any(says("orders.reason.weather") in text for text in told)


# -- several cases -------------------------------------------------------------------------------------


async def test_one_order_for_several(scene: Scene, chats: Chats, people: People) -> None:
    order, found = await scene.order(3)
    signed = await scene.press(order, says("orders.sign_all_button", count=3))
    assert chats.toasts[-1] == (says("orders.signed", count=3), False)
    choice = await scene.press(signed, SEND_BACK)
    assert len(choice.buttons) == 4
    gone = await scene.press(choice, found[1].number, says("orders.reason.not_ours"))
    rest = await scene.press(gone, BACK)
    assert found[1].number not in rest.text
    assert all(case.number in rest.text for case in (found[0], found[2]))
    await scene.press(await scene.press(rest, FEEDBACK), found[2].number)
    await scene.press(await chats.answer(sent(people.liaison)), CONFIRM)
    states = [(await scene.now(case)).state for case in found]
    assert states == [CaseState.ACKNOWLEDGED, CaseState.REGISTERED, CaseState.FED_BACK]
    # One case is left, so the bot takes it without asking which.
    why = await scene.press(rest, SEND_BACK)
    assert found[0].number in why.text


# -- old cards, twice, others --------------------------------------------------------------------------


async def test_signed_twice(scene: Scene, chats: Chats, people: People) -> None:
    order, (case,) = await scene.order()
    await scene.press(order, SIGN)
    again = await scene.press(order, SIGN)
    assert chats.toasts[-1] == (says("orders.signed_before"), False)
    assert SIGN not in again.labels()
    assert (await scene.now(case)).steps == 4


async def test_a_reason_pressed_twice(scene: Scene, chats: Chats, people: People) -> None:
    """After the first press the case is no longer the unit's, so nothing of it is shown."""
    order, (case,) = await scene.order()
    why = await scene.press(order, SEND_BACK)
    await scene.press(why, says("orders.reason.not_ours"))
    for label in (says("orders.reason.not_ours"), BACK, WRITE):
        assert not await chats.press(people.liaison, why, label)
        assert chats.toasts[-1] == (says("cases.not_yours"), True)
    assert not await chats.press(people.liaison, order, SIGN)
    assert chats.toasts[-1] == (says("orders.not_yours"), True)
    assert (await scene.now(case)).steps == 4


async def test_an_extension_asked_too_late(scene: Scene, chats: Chats, people: People) -> None:
    """The old order, the old card, a reason and written words: each says when the limit passed."""
    order, (case,) = await scene.order()
    key = await own_button(chats, "case.card", case_id=case.id)
    card = await chats.answer(pressed(people.liaison, key, 1))
    limit = (await scene.now(case)).limit_at
    assert limit is not None
    chats.clock.moment = limit - timedelta(minutes=1)
    why = await scene.press(order, MORE_TIME)
    chats.clock.moment = limit + timedelta(minutes=1)
    at = moment_text(limit, chats.campaign.zone)
    too_late = says("orders.extension_too_late", number=case.number, at=at)
    words = await chats.say(people.liaison, "设备还没有到")
    assert words.text == too_late
    assert await chats.press(people.liaison, why, says("orders.reason.weather")) == []
    assert chats.toasts[-1] == (too_late, True)
    assert await chats.press(people.liaison, card, MORE_TIME) == []
    assert chats.toasts[-1] == (too_late, True)
    shown = await scene.press(order, MORE_TIME)
    assert chats.toasts[-1] == (too_late, True)
    assert MORE_TIME not in shown.labels()
    assert not (await scene.now(case)).extension_asked


@pytest.mark.parametrize("count", [1, 3])
async def test_why_no_case_of_an_order_can_be_extended(
    scene: Scene, chats: Chats, people: People, count: int
) -> None:
    """Who asked already hears of that; of several cases, the one whose limit passed last is named."""
    order, found = await scene.order(count)
    if count == 1:
        await scene.step(found[0], CaseEvent.ASK_EXTENSION, people.responsible)
        await scene.press(order, MORE_TIME)
        assert chats.toasts[-1] == (says("cases.refused.extension_waits"), True)
        return
    await scene.step(found[0], CaseEvent.FEEDBACK, people.responsible)
    limit = (await scene.now(found[1])).limit_at
    assert limit is not None
    chats.clock.moment = limit + timedelta(days=1)
    await scene.press(order, MORE_TIME)
    toast, alert = chats.toasts[-1]
    at = moment_text(limit, chats.campaign.zone)
    numbers = {case.number for case in found[1:]}
    assert toast in {says("orders.extension_too_late", number=number, at=at) for number in numbers}
    assert alert


async def test_an_old_order_shows_how_it_stands(scene: Scene, chats: Chats, people: People) -> None:
    order, (case,) = await scene.order()
    why = await scene.press(order, MORE_TIME)
    await scene.step(case, CaseEvent.FEEDBACK, people.responsible)
    for label in (FEEDBACK, SEND_BACK, MORE_TIME):
        shown = await scene.press(order, label)
        assert chats.toasts[-1] == (says("orders.none_left"), True)
        assert says("cases.state.fed_back") in shown.text
        assert shown.labels() == [PAPER]
    card = await scene.press(why, says("orders.reason.weather"))
    assert chats.toasts[-1] == MOVED_ON
    assert says("cases.state.fed_back") in card.text
    assert (await scene.now(case)).steps == 4


async def test_feedback_on_an_old_card(scene: Scene, chats: Chats, people: People) -> None:
    _, (case,) = await scene.order()
    key = await own_button(chats, "case.card", case_id=case.id)
    card = await chats.answer(pressed(people.liaison, key, 1))
    await scene.step(case, CaseEvent.FEEDBACK, people.responsible)
    shown = await scene.press(card, FEEDBACK)
    assert chats.toasts[-1] == MOVED_ON
    assert says("cases.state.fed_back") in shown.text


async def test_confirmed_twice(scene: Scene, chats: Chats, people: People) -> None:
    order, (case,) = await scene.order()
    await scene.press(order, FEEDBACK)
    shown = await chats.answer(sent(people.liaison))
    for label in (CONFIRM, CONFIRM, CANCEL):
        card = await scene.press(shown, label)
        assert says("cases.state.fed_back") in card.text
    assert chats.toasts[-1] == MOVED_ON
    assert len(await scene.after(case)) == 1


async def test_two_of_the_unit_press_at_once(scene: Scene, chats: Chats, people: People) -> None:
    (case,) = await scene.dispatch()
    reasons = {}
    for person in (people.liaison, people.responsible):
        key = await own_button(chats, "case.card", case_id=case.id)
        card = await chats.answer(pressed(person, key, 1))
        reasons[person] = await scene.press(card, MORE_TIME, person=person)
    label = says("orders.reason.big_work")
    presses = [pressed(person, shown.data(label), shown.message_id) for person, shown in reasons.items()]
    await chats.handle(*presses)
    assert MOVED_ON in chats.toasts
    assert (says("orders.done.ask_extension"), False) in chats.toasts
    assert len(await chats._show_prompts()) == 2, "each sees the card"
    assert (await scene.now(case)).steps == 4


@pytest.mark.parametrize("who", ["leader", "other_liaison", "office", "inspector"])
async def test_buttons_of_others_do_nothing(scene: Scene, chats: Chats, people: People, who: str) -> None:
    (case,) = await scene.dispatch()
    person: Person = getattr(people, who)
    about = {"case_id": case.id, "seen": 3}
    for action, arguments in {
        "order.acknowledge": about,
        "order.handle": about,
        "order.feedback": about,
        "order.send_back": about,
        "order.ask_extension": about,
        "order.appeal": about,
        "order.reason": {**about, "event": "send_back", "reason": "not_ours"},
        "order.write": {**about, "event": "send_back"},
        "order.sign": {"order_id": 1},
    }.items():
        key = await own_button(chats, action, **arguments)  # type: ignore[arg-type]
        assert not await chats.answers(pressed(person, key, 1)), action
        assert chats.toasts[-1][1], action
    assert (await scene.now(case)).steps == 3


async def test_another_unit_does_not_see_the_order(scene: Scene, chats: Chats, people: People) -> None:
    await scene.dispatch()
    for action in ("order.show", "order.paper", "order.sign"):
        key = await own_button(chats, action, order_id=1)
        assert not await chats.answers(pressed(people.other_liaison, key, 1))
        assert chats.toasts[-1] == (says("orders.not_yours"), True)


async def test_a_button_of_the_liaison_is_theirs(scene: Scene, chats: Chats, people: People) -> None:
    order, (case,) = await scene.order()
    assert not await chats.press(people.responsible, order, SIGN)
    assert (await scene.now(case)).state is CaseState.DISPATCHED


async def test_who_lost_the_right_while_asked(
    scene: Scene, chats: Chats, people: People, database: Database
) -> None:
    order, (case,) = await scene.order()
    await scene.press(order, SEND_BACK, WRITE)
    async with database.transaction() as session:
        actor = await scene.actor(session, people.liaison)
        contact = await session.get_one(Contact, actor.id)
        await set_roles(session, contact.id or 0, {Role.LEADER_IN_CHARGE})
    answer = await chats.say(people.liaison, "不归我们管")
    assert answer.text == says("cases.not_for_you.unit")
    assert (await scene.now(case)).state is CaseState.DISPATCHED


# -- photos --------------------------------------------------------------------------------------------


async def test_an_album_and_its_late_part(scene: Scene, chats: Chats, people: People) -> None:
    order, (case,) = await scene.order()
    await scene.press(order, FEEDBACK)
    album = {"media_group_id": "77"}
    assert not await chats.answers(
        sent(people.liaison, "a", caption="已清走摊位", **album), sent(people.liaison, "b", **album)
    )
    (card,) = await chats.cards()
    assert says("orders.feedback.files", count=2) in card.text
    assert "已清走摊位" in card.text
    await scene.press(card, CONFIRM)
    late = await chats.answer(sent(people.liaison, "c", **album))
    assert late.text == says("orders.feedback.joined_late", number=case.number)
    assert [file.file_id for file in await scene.after(case)] == ["a-large", "b-large", "c-large"]
    assert {file.step for file in await scene.after(case)} == {4}


async def test_a_reply_with_a_photo(scene: Scene, chats: Chats, people: People) -> None:
    order, (case,) = await scene.order()
    shown = await chats.answer(sent(people.liaison, caption="已清走摊位", reply_to=order.message_id))
    await scene.press(shown, CONFIRM)
    assert (await scene.now(case)).state is CaseState.FED_BACK


async def test_a_document_is_no_picture(scene: Scene, chats: Chats, people: People) -> None:
    order, (case,) = await scene.order()
    await scene.press(order, FEEDBACK)
    shown = await chats.answer(update("message", written(people.liaison, document=document("整改报告.docx"))))
    assert says("orders.feedback.photo_missing") in shown.text
    await chats.press(people.liaison, shown, CONFIRM)
    assert chats.toasts[-1] == (says("orders.feedback.photo_needed"), True)
    assert (await scene.now(case)).state is CaseState.DISPATCHED


async def test_given_up(scene: Scene, chats: Chats, people: People) -> None:
    order, (case,) = await scene.order()
    await scene.press(order, FEEDBACK)
    shown = await chats.answer(sent(people.liaison))
    assert (await scene.press(shown, CANCEL)).text == says("progress.cancelled")
    await scene.press(order, FEEDBACK)
    await chats.answer(sent(people.liaison))
    await chats.say(people.liaison, "/cancel")
    asked = await scene.press(order, FEEDBACK)
    assert case.number in asked.text
    assert says("orders.feedback.confirm") not in asked.text, "nothing was kept"
    assert not await scene.after(case)


# -- the paper -----------------------------------------------------------------------------------------


async def test_the_paper_on_its_button(scene: Scene, chats: Chats, people: People) -> None:
    order, (one, other) = await scene.order(2)
    await chats.handle(pressed(people.liaison, order.data(PAPER), order.message_id))
    ((file,),) = chats.screen.prompts[-1].rendered.albums
    assert file.name == "督办单 创城督办〔2026〕1号.docx"
    assert file.make is not None
    page = Document(BytesIO(file.make()))
    words = [cell.text for row in page.tables[0].rows for cell in row.cells]
    assert any(one.number in said for said in words)
    assert any(other.number in said for said in words)
    assert "创城督办〔2026〕1号" in [paragraph.text for paragraph in page.paragraphs]
    assert not [said for said in words if "东风街道联络员" in said], "the reporter asked not to be named"
    (shown,) = await chats._show_prompts()
    assert not shown.edit
    assert shown.text == says("orders.paper.sent", number="创城督办〔2026〕1号")


async def test_the_order_hides_who_asked_for_it(scene: Scene, chats: Chats, people: People) -> None:
    order, (case,) = await scene.order()
    key = await own_button(chats, "case.card", case_id=case.id)
    card = await chats.answer(pressed(people.liaison, key, 1))
    assert "东风街道联络员" not in order.text + card.text
    async with scene.database.reading() as session:
        assert (await session.get_one(SupervisionOrder, 1)).number in order.text
