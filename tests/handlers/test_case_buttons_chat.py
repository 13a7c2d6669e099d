"""Every button of the office's desk and of 核查: the wrong person, an old card, a second press."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from handlers.actions.cases import case_checking, case_decisions
from models.cases import Case
from models.db import Database
from models.delivery.messages import Question
from rules.cases.case_lifecycle import CaseEvent, CaseState
from tests.handlers.conftest import People
from tests.handlers.street import Street
from tests.support.cases import TO_CLOSED, TO_DISPATCHED, TO_FED_BACK
from tests.support.chat import Chats, Person, own_button, pressed
from tests.support.chat import text_of as says

MOVED_ON = (says("cases.moved_on"), True)
FEEDBACK, CLOSE = CaseEvent.FEEDBACK, CaseEvent.CLOSE
HANDLING = (*TO_DISPATCHED, CaseEvent.HANDLE)
# These show only what their reader may see anyway, or say that nothing is done.
HARMLESS = {"desk.front", "desk.open", "desk.back", "desk.remind_leave", "case.back", "instruction.leave"}
# These are about an unfinished 核实 or a 批示, and name no step of the case.
UNSEEN = {"desk.list", "desk.remind", "desk.remind_send", "desk.verify_file", "desk.verify_cancel"} | {
    *("case.instruct", "instruction.show", "instruction.excerpt", "instruction.release"),
    *("instruction.unsent", "instruction.send", "instruction.discard"),
    "instruction.withdraw",
    # These are about many cases: those that moved on are named, and the rest goes through.
    *("desk.plan", "desk.plan_confirm", "desk.register_picked"),
}


def presses(case: Case, seen: int, people: People) -> Mapping[str, Mapping[str, Any]]:
    """Each action that decides something or asks for a decision, with the arguments of its button."""
    about = {"case_id": case.id, "seen": seen}
    dispatched = {"cases": [[case.id, seen]], "unit_id": people.other_unit.id}
    closing, suspending = {**about, "event": "close"}, {**about, "event": "suspend"}
    return {
        "desk.list": {"pile": "to_dispatch", "offset": 0},
        "desk.dispatch": about,
        "desk.preview": dispatched,
        "desk.reassign": about,
        "desk.units": dispatched,
        "desk.confirm": dispatched,
        "desk.register": about,
        "desk.register_picked": {"picked": [[case.id, seen]], "pile": "to_register"},
        "desk.plan": {"picked": [[case.id, seen]], "pile": "to_register"},
        "desk.plan_confirm": {"orders": [], "pile": "to_register"},
        "desk.reject": about,
        "desk.reject_for": {**about, "reason": "mended"},
        "desk.reject_write": about,
        "desk.merge": about,
        "desk.merge_into": {**about, "into": case.id},
        "desk.merge_now": {**about, "into": case.id},
        "desk.ask_verification": about,
        "desk.entrust": {**about, "contact_id": 1},
        "desk.ask_verdict": about,
        "desk.verify": {**about, "found": True},
        "desk.verify_photos": about,
        "desk.verify_file": {"revision": 1, "found": True},
        "desk.verify_cancel": {"revision": 1},
        "desk.remind": {"cases": [case.id]},
        "desk.remind_send": {"cases": [case.id], "until": 0, "id": "x"},
        "case.check": about,
        "case.extension": about,
        "case.hearing": about,
        "case.suspend": about,
        "case.write_until": about,
        "case.ask_ruling": suspending,
        "case.write_ruling": closing,
        "case.rule": closing,
        "case.instruct": about,
        **{
            f"instruction.{press}": {"instruction_id": 1}
            for press in (*("show", "excerpt", "release", "unsent", "send", "discard", "withdraw"),)
        },
    }


@pytest.fixture
def street(database: Database, chats: Chats, people: People) -> Street:
    return Street(database, chats, people)


async def test_no_action_is_left_out(street: Street, people: People) -> None:
    known = {*presses(await street.make(), 1, people), *HARMLESS}
    assert known == {*case_decisions.ACTIONS, *case_checking.ACTIONS}


@pytest.mark.parametrize("who", ["liaison", "other_liaison"])
@pytest.mark.parametrize("events", [(), TO_DISPATCHED, TO_FED_BACK, TO_CLOSED])
async def test_by_the_wrong_person(
    street: Street, chats: Chats, people: People, who: str, events: tuple[CaseEvent, ...]
) -> None:
    """People of the unit that holds the case, and of the unit that reported it, may not press these."""
    case, person = await street.make(*events), getattr(people, who)
    promised = await street.promised()
    for action, arguments in presses(case, case.steps, people).items():
        key = await own_button(chats, action, None, **arguments)
        before = len(chats.toasts)
        assert not await chats.answers(pressed(person, key, 1)), action
        ((text, alert),) = chats.toasts[before:]
        assert text, action
        assert alert, action
    assert (await street.now(case)).steps == case.steps
    assert await street.promised() == promised
    assert not await street.orders()


async def test_on_an_old_card(street: Street, chats: Chats, people: People) -> None:
    """Any button on an old card does and asks nothing; the present card takes its place."""
    case = await street.make(*HANDLING)
    for action, arguments in presses(case, case.steps - 1, people).items():
        if action in UNSEEN:
            continue
        key = await own_button(chats, action, None, **arguments)
        card = await chats.answer(pressed(people.office, key, 1))
        assert chats.toasts[-1] == MOVED_ON, action
        assert card.edit, action
        assert says("cases.state.handling") in card.text, action
    assert (await street.now(case)).steps == case.steps
    async with street.database.reading() as session:
        assert not list(await session.exec(select(Question))), "and no words are waited for"


TWICE: list[tuple[tuple[CaseEvent, ...], str, dict[str, Any], CaseState]] = [
    ((), "desk.register", {}, CaseState.REGISTERED),
    ((), "desk.reject_for", {"reason": "not_ours"}, CaseState.REJECTED),
    ((), "desk.verify", {"found": False}, CaseState.VERIFIED),
    (TO_FED_BACK, "case.rule", {"event": "close"}, CaseState.CLOSED),
    (TO_FED_BACK, "case.rule", {"event": "rework", "reason": "unmended"}, CaseState.REWORK),
    ((*HANDLING, CaseEvent.ASK_EXTENSION), "case.rule", {"event": "extend"}, CaseState.HANDLING),
    ((*HANDLING, CaseEvent.ASK_EXTENSION), "case.rule", {"event": "refuse_extension"}, CaseState.HANDLING),
    (
        HANDLING,
        "case.rule",
        {"event": "suspend", "reason": "weather", "until": "2026-12-20T10:00:00+00:00"},
        CaseState.SUSPENDED,
    ),
    (TO_CLOSED, "case.rule", {"event": "reopen", "reason": "relapsed"}, CaseState.REGISTERED),
]


@pytest.mark.parametrize(("events", "action", "arguments", "state"), TWICE)
async def test_pressed_twice(
    street: Street,
    chats: Chats,
    people: People,
    events: tuple[CaseEvent, ...],
    action: str,
    arguments: dict[str, Any],
    state: CaseState,
) -> None:
    case = await street.make(*events)
    key = await own_button(chats, action, None, case_id=case.id, seen=case.steps, **arguments)
    first = await chats.answer(pressed(people.office, key, 1))
    assert chats.toasts[-1] != MOVED_ON
    promised = await street.promised()
    second = await chats.answer(pressed(people.office, key, 1))
    assert chats.toasts[-1] == MOVED_ON
    for shown in (first, second):
        assert says(f"cases.state.{state.value}") in shown.text
    now = await street.now(case)
    assert (now.state, now.steps) == (state, case.steps + 1)
    assert await street.promised() == promised, "nobody hears of it twice"


@pytest.mark.parametrize("event", ["grant_appeal", "refuse_appeal"])
async def test_an_appeal_is_decided_once(street: Street, chats: Chats, people: People, event: str) -> None:
    case = await street.make(*TO_DISPATCHED)
    chats.clock.moment += timedelta(days=3)
    case = await street.take(case, FEEDBACK, CLOSE, CaseEvent.APPEAL)
    card = await street.card(people.office, case)
    hearing = await street.press(people.office, card, says("checking.hearing_button"))
    assert hearing.edit
    assert "停电" in hearing.text
    why = await street.press(people.office, hearing, says(f"checking.{event}_button"))
    reason = says("checking.reason.beyond_control" if event == "grant_appeal" else "checking.reason.no_proof")
    done = await street.press(people.office, why, reason)
    assert says(f"cases.event.{event}") in done.text
    for old, label in ((why, reason), (hearing, says("checking.grant_appeal_button"))):
        await street.press(people.office, old, label)
        assert chats.toasts[-1] == MOVED_ON
    assert (await street.now(case)).appeal.value == ("granted" if event == "grant_appeal" else "refused")
    told = [shown.text for shown in await chats.post() if shown.chat_id == people.liaison.id]
    assert sum(reason in text for text in told) == 1


async def test_extended_with_words(street: Street, chats: Chats, people: People) -> None:
    case = await street.make(*TO_DISPATCHED, CaseEvent.ASK_EXTENSION)
    card = await street.card(people.office, case)
    asked = await street.press(people.office, card, says("checking.extension_button"))
    write = await street.press(people.office, asked, says("checking.extend_with_words_button"))
    assert write.edit
    done = await chats.say(people.office, "请加派人手")
    assert "请加派人手" in done.text
    now = await street.now(case)
    assert (now.extensions, now.extension_asked) == (1, False)
    assert case.limit_at is not None
    assert now.limit_at is not None
    assert now.limit_at > case.limit_at


async def test_refused_without_a_reason_it_does_not_count(
    street: Street, chats: Chats, people: People
) -> None:
    case = await street.make(*TO_DISPATCHED, CaseEvent.ASK_EXTENSION)
    card = await street.card(people.office, case)
    await street.press(
        people.office,
        card,
        says("checking.extension_button"),
        says("checking.refuse_extension_button"),
        says("checking.without_reason_button"),
    )
    now = await street.now(case)
    assert (now.extensions, now.extension_asked, now.limit_at) == (0, False, case.limit_at)


async def test_suspended_for_so_many_days(street: Street, chats: Chats, people: People) -> None:
    case = await street.make(*HANDLING)
    card = await street.card(people.office, case)
    done = await street.press(
        people.office,
        card,
        says("checking.suspend_button"),
        says("checking.days_button", days=7),
        says("checking.reason.funding"),
    )
    assert says("cases.state.suspended") in done.text
    now = await street.now(case)
    assert now.suspended_until is not None
    local = now.suspended_until.astimezone(chats.campaign.zone)
    assert (local.month, local.day, local.hour) == (12, 22, 18)
    assert says("checking.suspend_button") not in done.labels()


class TestInstruction:
    async def written(self, street: Street, chats: Chats, people: People) -> Any:
        """Let the leader write a 批示; return the case and the message that asks the office to release it."""
        case = await street.dispatched()
        await chats.post()
        card = await street.card(people.leader, case)
        await street.press(people.leader, card, says("checking.instruct_button"))
        draft = await chats.say(people.leader, "三日内整改到位")
        await street.press(people.leader, draft, says("checking.send_button"))
        (order,) = [shown for shown in await chats.post() if shown.chat_id == people.office.id]
        return case, order

    async def test_released_whole_and_once(self, street: Street, chats: Chats, people: People) -> None:
        case, order = await self.written(street, chats, people)
        assert "三日内整改到位" not in (await street.card(people.liaison, case)).text
        # The office looks at the excerpt first, then goes back.
        asks = await street.press(people.office, order, says("checking.excerpt_button"))
        back = await street.press(people.office, asks, says("checking.back_button"))
        assert back.edit
        await street.press(people.office, back, says("checking.release_button"))
        told, answer = await chats.post()
        assert told.chat_id == people.liaison.id
        assert answer.chat_id == people.leader.id
        assert "三日内整改到位" in told.text
        for label in (says("checking.release_button"), says("checking.excerpt_button")):
            again = await street.press(people.office, order, label)
            assert chats.toasts[-1] == (says("checking.released_before"), True)
            assert label not in again.labels()
        assert not await chats.post()
        assert "三日内整改到位" in (await street.card(people.liaison, case)).text

    async def test_released_from_the_list(self, street: Street, chats: Chats, people: People) -> None:
        """The office overlooked the message, and releases the 批示 from its list."""
        await self.written(street, chats, people)
        todo = await chats.say(people.office, "/todo")
        listed = await street.press(people.office, todo, says("desk.pile.to_relay"))
        asked = await street.press(people.office, listed, says("desk.relay_button", words=""))
        await street.press(people.office, asked, says("checking.release_button"))
        told, answer = await chats.post()
        assert (told.chat_id, answer.chat_id) == (people.liaison.id, people.leader.id)
        assert says("desk.pile.to_relay") not in (await chats.say(people.office, "/todo")).text

    async def test_what_is_written_after_going_back_is_no_excerpt(
        self, street: Street, chats: Chats, people: People
    ) -> None:
        _, order = await self.written(street, chats, people)
        asks = await street.press(people.office, order, says("checking.excerpt_button"))
        await street.press(people.office, asks, says("checking.back_button"))
        await chats.say(people.office, "随便写写")
        assert not await chats.post()

    @pytest.mark.parametrize("who", ["leader", "liaison", "inspector"])
    async def test_the_office_releases_nobody_else(
        self, street: Street, chats: Chats, people: People, who: str
    ) -> None:
        _, order = await self.written(street, chats, people)
        person: Person = getattr(people, who)
        for label in (says("checking.release_button"), says("checking.excerpt_button")):
            assert not await chats.answers(pressed(person, order.data(label), 1))
            assert chats.toasts[-1][1]
        assert not await chats.post()
