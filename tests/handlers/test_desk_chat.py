"""The office's decisions in the chat: /todo, two taps to the order; old and double presses do nothing."""

from __future__ import annotations

from typing import Any

import pytest

from models.db import Database
from models.people import Contact
from rules.cases.case_lifecycle import CaseEvent, CaseState
from rules.people.roles import Role
from tests.handlers.conftest import People
from tests.handlers.street import Street
from tests.support.cases import TO_DISPATCHED
from tests.support.chat import Chats, Person, own_button, photo, pressed, said, update
from tests.support.chat import message as written
from tests.support.chat import text_of as says
from tests.support.people import Roster

QUICK = says("desk.quick_button")
CONFIRM = says("desk.confirm_button")
MISTAKEN = says("desk.reassign_for_button", reason=says("desk.reassign_mistaken"))
MOVED_ON = (says("cases.moved_on"), True)


@pytest.fixture
def street(database: Database, chats: Chats, people: People) -> Street:
    return Street(database, chats, people)


@pytest.fixture
async def second_office(database: Database, chats: Chats, people: People) -> Person:
    async with database.transaction() as session:
        roster = Roster(session, chats.clock.moment, chats.campaign)
        contact: Contact = await roster.contact(await roster.unit("创城办二室"), "另一位", Role.OFFICE)
    assert contact.telegram_user_id is not None
    return Person(contact.telegram_user_id)


async def test_two_taps_from_the_card_to_the_order(street: Street, chats: Chats, people: People) -> None:
    case = await street.make()
    preview = await street.press(people.office, await street.card(people.office, case), QUICK)
    assert preview.edit
    assert "城管局" in preview.text
    card = await street.press(people.office, preview, CONFIRM)
    assert card.edit
    assert chats.toasts[-1] == (says("desk.dispatched", number="创城督办〔2026〕1号"), False)
    assert (await street.now(case)).state is CaseState.DISPATCHED
    posted = [shown for shown in await chats.post() if shown.chat_id == people.liaison.id]
    assert any("创城督办〔2026〕1号" in shown.text for shown in posted)


async def test_two_members_press_at_once(
    street: Street, chats: Chats, people: People, second_office: Person
) -> None:
    case = await street.make()
    mine = await street.press(people.office, await street.card(people.office, case), QUICK)
    others = await street.press(second_office, await street.card(second_office, case), QUICK)
    await chats.handle(
        pressed(people.office, mine.data(CONFIRM), mine.message_id),
        pressed(second_office, others.data(CONFIRM), others.message_id),
    )
    shown = await chats._show_prompts()
    assert len(shown) == 2
    assert all(says("cases.state.dispatched") in card.text for card in shown), "each sees how it stands"
    assert MOVED_ON in chats.toasts
    assert len(await street.orders()) == 1


async def test_a_double_press_and_an_old_card_change_nothing(
    street: Street, chats: Chats, people: People
) -> None:
    case = await street.make()
    old = await street.card(people.office, case)
    preview = await street.press(people.office, old, QUICK)
    await street.press(people.office, preview, CONFIRM)
    for shown, label in (
        (preview, CONFIRM),
        (old, QUICK),
        (old, says("desk.register_button")),
        (old, says("desk.reject_button")),
        (old, says("desk.merge_button")),
        (old, says("desk.ask_verification_button")),
        (old, says("desk.verdict_button")),
    ):
        card = await street.press(people.office, shown, label)
        assert chats.toasts[-1] == MOVED_ON, label
        assert says("cases.state.dispatched") in card.text
    assert (await street.now(case)).steps == 3
    assert len(await street.orders()) == 1


@pytest.mark.parametrize("who", ["leader", "liaison", "inspector", "other_liaison"])
async def test_buttons_of_others_do_nothing(street: Street, chats: Chats, people: People, who: str) -> None:
    case = await street.make(CaseEvent.REGISTER)
    person: Person = getattr(people, who)
    about = {"case_id": case.id, "seen": case.steps}
    pressed_by_others: dict[str, dict[str, Any]] = {
        "desk.register": about,
        "desk.dispatch": about,
        "desk.reassign": about,
        "desk.confirm": {"cases": [[case.id, case.steps]], "unit_id": people.unit.id},
        "desk.reject_for": {**about, "reason": "mended"},
        "desk.merge_now": {**about, "into": case.id},
        "desk.entrust": {**about, "contact_id": 1},
        "desk.remind": {"cases": [case.id]},
        "desk.remind_send": {"cases": [case.id], "until": 0, "id": "x"},
        "desk.list": {"pile": "to_dispatch", "offset": 0},
    }
    for action, arguments in pressed_by_others.items():
        key = await own_button(chats, action, None, **arguments)
        assert not await chats.answers(pressed(person, key, 1)), action
        assert chats.toasts[-1][1], action
    assert (await street.now(case)).steps == case.steps
    assert not await street.orders()


async def test_the_lists_lead_to_one_order_for_several(street: Street, chats: Chats, people: People) -> None:
    for _ in range(2):
        await street.make(CaseEvent.REGISTER)
    todo = await chats.say(people.office, "/todo")
    waiting = says("desk.pile_button", pile=says("desk.pile.to_dispatch"), count=2)
    listed = await street.press(people.office, todo, waiting)
    assert listed.edit
    picked = await street.press(people.office, listed, says("desk.unpicked_button", n=1))
    both = await street.press(people.office, picked, says("desk.unpicked_button", n=2))
    done = await street.press(people.office, both, says("desk.dispatch_picked_button", count=2), CONFIRM)
    assert "创城督办〔2026〕1号" in done.text
    empty = await street.press(people.office, done, says("desk.back_button"))
    assert says("desk.list_empty") in empty.text
    assert (await chats.say(people.office, "/todo")).text == says("desk.nothing")


async def test_one_of_several_was_dispatched_meanwhile(
    street: Street, chats: Chats, people: People, second_office: Person
) -> None:
    one, other = await street.make(CaseEvent.REGISTER), await street.make(CaseEvent.REGISTER)
    todo = await chats.say(people.office, "/todo")
    listed = await street.press(people.office, todo, says("desk.pile.to_dispatch"))
    preview = await street.press(
        people.office,
        listed,
        says("desk.same_unit_button", unit="城管局", count=2),
        says("desk.dispatch_picked_button", count=2),
    )
    card = await street.card(second_office, one)
    await street.press(second_office, card, says("desk.dispatch_button"), CONFIRM)
    told = await street.press(people.office, preview, CONFIRM)
    assert f"{one.number}（{says('cases.state.dispatched')}）" in told.text
    assert other.number in told.text
    assert (await street.now(other)).state is CaseState.DISPATCHED
    assert len(await street.orders()) == 2


async def test_another_unit_by_its_name(street: Street, chats: Chats, people: People) -> None:
    case = await street.make(*TO_DISPATCHED)
    asked = await street.press(
        people.office, await street.card(people.office, case), says("desk.reassign_button")
    )
    assert asked.edit
    for words in ("没有的单位", "\0", "%", "长" * 4_000):
        assert not (await chats.say(people.office, words)).buttons, "asked still, and answered"
    found = await chats.say(people.office, "东风")
    card = await street.press(people.office, found, "东风街道", MISTAKEN)
    assert "东风街道" in card.text
    assert (await street.now(case)).unit_id == people.other_unit.id


async def test_a_written_reason(street: Street, chats: Chats, people: People) -> None:
    case = await street.make()
    await street.press(
        people.office,
        await street.card(people.office, case),
        says("desk.reject_button"),
        says("completion.write_reason_button"),
    )
    refused = await chats.say(people.office, "长" * 301)
    assert refused.text == says("completion.reason_too_long", limit=300)
    card = await chats.say(people.office, "属于<b>私人</b>纠纷")
    assert card.text.startswith(says("desk.rejected"))
    assert "属于&lt;b&gt;私人&lt;/b&gt;纠纷" in card.text
    assert (await street.now(case)).state is CaseState.REJECTED


async def test_a_written_reason_too_late(
    street: Street, chats: Chats, people: People, second_office: Person
) -> None:
    case = await street.make()
    await street.press(
        people.office,
        await street.card(people.office, case),
        says("desk.reject_button"),
        says("completion.write_reason_button"),
    )
    await street.press(second_office, await street.card(second_office, case), says("desk.register_button"))
    late = await chats.say(people.office, "原因")
    assert late.text.startswith(says("cases.moved_on"))
    assert (await street.now(case)).state is CaseState.REGISTERED


async def test_merged_by_a_written_number(street: Street, chats: Chats, people: People) -> None:
    case, other = await street.make(), await street.make()
    await street.press(people.office, await street.card(people.office, case), says("desk.merge_button"))
    itself = await chats.say(people.office, case.number)
    assert itself.text == says("desk.merge_self")
    asked = await chats.say(people.office, other.number)
    await street.press(people.office, asked, says("desk.merge_now_button"))
    assert (await street.now(case)).merged_into == other.id


async def test_merged_by_a_press(street: Street, chats: Chats, people: People) -> None:
    case, other = await street.make(), await street.make()
    await chats.post()
    asked = await street.press(
        people.office, await street.card(people.office, case), says("desk.merge_button"), other.number
    )
    assert asked.edit
    merged = await street.press(people.office, asked, says("desk.merge_now_button"))
    assert says("cases.state.merged") in merged.text
    (told,) = await chats.post()
    assert told.chat_id == people.other_liaison.id
    assert other.number in told.text
    await street.press(people.office, asked, says("desk.merge_now_button"))
    assert chats.toasts[-1] == MOVED_ON
    assert not await chats.post()
    opened = await street.press(people.other_liaison, told, says("cases.card_button"))
    assert other.number in opened.text


async def test_rejected_by_a_press(street: Street, chats: Chats, people: People) -> None:
    case = await street.make()
    await chats.post()
    why = await street.press(
        people.office, await street.card(people.office, case), says("desk.reject_button")
    )
    await street.press(people.office, why, says("desk.reject_not_ours"))
    (told,) = await chats.post()
    assert told.chat_id == people.other_liaison.id
    assert says("desk.reject_not_ours") in told.text


async def test_the_office_gives_its_own_finding(street: Street, chats: Chats, people: People) -> None:
    case = await street.make()
    card = await street.card(people.office, case)
    asked = await street.press(people.office, card, says("desk.verdict_button"))
    assert asked.edit
    done = await street.press(people.office, asked, says("desk.false_button"))
    assert says("cases.state.verified") in done.text
    await street.press(people.office, asked, says("desk.true_button"))
    assert chats.toasts[-1] == MOVED_ON
    assert [step.reason for step in await street.history(case)][1:] == [says("desk.finding_false")]


async def test_a_verification_in_many_words_and_one_that_is_cancelled(
    street: Street, chats: Chats, people: People
) -> None:
    case = await street.make()
    card = await street.card(people.inspector, case)
    await street.press(people.inspector, card, says("desk.verify_photos_button"))
    draft = await chats.say(people.inspector, "现场有摊位。" * 600)
    cancelled = await street.press(people.inspector, draft, says("desk.verify_cancel_button"))
    assert says("cases.state.reported") in cancelled.text
    assert not await chats.answers(pressed(people.inspector, draft.data(says("desk.true_button")), 1))
    assert chats.toasts[-1] == (says("issues.no_draft"), True)
    await street.press(people.inspector, card, says("desk.verify_photos_button"))
    draft = await chats.say(people.inspector, "现场有摊位。" * 600)
    done = await street.press(people.inspector, draft, says("desk.true_button"))
    assert says("cases.state.verified") in done.text
    assert all(len(part) <= 4096 for part in done.parts)
    assert (await street.now(case)).state is CaseState.VERIFIED


async def test_reassigned_by_a_press(street: Street, chats: Chats, people: People) -> None:
    case = await street.dispatched()
    await chats.post()
    case = await street.take(case, CaseEvent.ACKNOWLEDGE)
    card = await street.card(people.office, case)
    asked = await street.press(people.office, card, says("desk.reassign_button"))
    key = await own_button(
        chats, "desk.preview", None, cases=[[case.id, case.steps]], unit_id=people.other_unit.id
    )
    preview = await chats.answer(pressed(people.office, key, asked.message_id))
    assert says("desk.plan_why", limit=300) in preview.text
    assert CONFIRM not in preview.labels(), "it is taken from a unit for a reason"
    await street.press(people.office, preview, MISTAKEN)
    posted = {shown.chat_id: shown for shown in await chats.post()}
    assert "东风街道" in posted[people.liaison.id].text
    assert says("desk.reassign_mistaken") in posted[people.liaison.id].text
    assert not posted[people.liaison.id].buttons, "it is not theirs to open any more"
    assert "创城督办〔2026〕2号" in posted[people.other_liaison.id].text
    again = await street.press(people.office, preview, MISTAKEN)
    assert chats.toasts[-1] == MOVED_ON
    assert says("cases.state.dispatched") in again.text
    assert len(await street.orders()) == 2


async def test_reassigned_for_a_reason_in_words(street: Street, chats: Chats, people: People) -> None:
    case = await street.dispatched()
    asked = await street.press(
        people.office, await street.card(people.office, case), says("desk.reassign_button")
    )
    about = {"cases": [[case.id, case.steps]], "unit_id": people.other_unit.id}
    key = await own_button(chats, "desk.preview", None, **about)
    await chats.answer(pressed(people.office, key, asked.message_id))
    blank = await chats.say(people.office, "\u3164")
    assert blank.text == says("completion.reason_invisible")
    assert len(await street.orders()) == 1
    card = await chats.say(people.office, "该路段上月已移交街道管理")
    assert says("desk.dispatched", number="创城督办〔2026〕2号") in card.text
    assert "该路段上月已移交街道管理" in card.text
    late = await chats.say(people.office, "再改一次")
    assert "再改一次" not in (await street.card(people.office, case)).text
    assert late.text != card.text
    assert len(await street.orders()) == 2


async def test_reminded_again_and_left(street: Street, chats: Chats, people: People) -> None:
    case = await street.make(*TO_DISPATCHED)
    await chats.post()
    card = await street.card(people.office, case)
    preview = await street.press(people.office, card, says("desk.remind_button"))
    left = await street.press(people.office, preview, says("desk.remind_leave_button"))
    assert left.text == says("desk.remind_left")
    assert not await chats.post()
    await street.press(people.office, card, says("desk.remind_button"), says("desk.remind_send_button"))
    assert len(await chats.post()) == 1
    before = await street.press(people.office, card, says("desk.remind_button"))
    again = await street.press(people.office, before, says("desk.remind_again_button"))
    assert again.edit
    await street.press(people.office, again, says("desk.remind_send_button"))
    assert len(await chats.post()) == 1


async def test_from_a_list_back_to_all_of_them(street: Street, chats: Chats, people: People) -> None:
    await street.make()
    todo = await chats.say(people.office, "/todo")
    listed = await street.press(people.office, todo, says("desk.pile.to_register"))
    front = await street.press(people.office, listed, says("desk.front_button"))
    assert front.edit
    assert front.text == todo.text


async def test_left_is_not_asked_any_more(street: Street, chats: Chats, people: People) -> None:
    case = await street.make()
    asked = await street.press(
        people.office, await street.card(people.office, case), says("desk.merge_button")
    )
    await street.press(people.office, asked, says("desk.back_button"))
    assert says("cases.state.merged") not in (await chats.say(people.office, "20200101-0001")).text
    assert (await street.now(case)).steps == 1


async def test_an_inspector_verifies_with_a_photo(street: Street, chats: Chats, people: People) -> None:
    case = await street.make()
    card = await street.card(people.office, case)
    await street.press(people.office, card, says("desk.ask_verification_button"), "督导员甲")
    order = next(shown for shown in await chats.post() if shown.chat_id == people.inspector.id)
    ask = await street.press(people.inspector, order, says("desk.verify_photos_button"))
    assert not ask.edit, "the order stays, to be looked at"
    sent = written(people.inspector, photo=photo("stall"), caption="摊位仍在")
    draft = await chats.answer(update("message", sent))
    assert "摊位仍在" in draft.text
    done = await street.press(people.inspector, draft, says("desk.true_button"))
    assert says("cases.state.verified") in done.text
    assert "摊位仍在" in done.text
    told = next(shown for shown in await chats.post() if shown.chat_id == people.office.id)
    assert "摊位仍在" in told.text


async def test_reminders_are_previewed(street: Street, chats: Chats, people: People) -> None:
    case = await street.make(*TO_DISPATCHED)
    await chats.post()
    preview = await street.press(
        people.office, await street.card(people.office, case), says("desk.remind_button")
    )
    assert not preview.edit
    await street.press(people.office, preview, says("desk.remind_send_button"))
    (nag,) = await chats.post()
    assert nag.chat_id == people.liaison.id
    assert case.number in nag.text
    again = await street.press(people.office, preview, says("desk.remind_send_button"))
    assert chats.toasts[-1][1]
    assert again.edit
    assert not await chats.post()


async def test_todo_of_everybody(street: Street, chats: Chats, people: People) -> None:
    await street.make(*TO_DISPATCHED)
    mine = await chats.say(people.liaison, "/todo")
    assert says("desk.pile.to_sign") in mine.text
    nothing = says("desk.nothing")
    assert (await chats.say(people.leader, "/todo")).text == says("desk.nothing_to_know")
    for person in (people.inspector, people.other_liaison):
        assert (await chats.say(person, "/todo")).text == nothing
    stranger = await chats.answers(said(people.stranger, "/todo"))
    assert nothing not in "".join(shown.text for shown in stranger)
