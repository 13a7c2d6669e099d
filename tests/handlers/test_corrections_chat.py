"""Filed reports in the chat: edited messages, /undo, /mine, and the day in which a late report counts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from locales import Text
from models.db import Database
from models.people import ContactState, contact_by_account
from models.tasks import Task
from models.ticks import TickMark
from reports.formats import files_text
from rules.tasks.task_lifecycle import TaskState
from services.access import actor_by_account
from services.groups import evening_tallies
from services.tasks import reassign
from tests.handlers.conftest import People
from tests.support.chat import Chats, Json, Person, edit, message, photo, update
from tests.support.chat import text_of as says
from tests.support.counted_figures import counted_figures
from tests.support.turns import tick_for, turn_for

SENTENCE = "今天清理违规广告牌匾12处"
CORRECTED = "今天清理违规广告牌匾21处"
CONFIRM = says("progress.confirm_button")
WITHDRAW, CORRECT, KEEP = (says(f"corrections.{name}_button") for name in ("withdraw", "correct", "keep"))


async def counted(chats: Chats) -> list[Decimal]:
    async with chats.database.reading() as session:
        return [source.added for source in await counted_figures(session, until=chats.clock.moment)]


async def file(chats: Chats, person: Person, **content: Any) -> Json:
    """File a message as a confirmed report, and return its update."""
    sent = update("message", message(person, **(content or {"text": SENTENCE})))
    await chats.press(person, await chats.answer(sent), CONFIRM)
    await chats.post()
    return sent


async def test_an_edited_message_is_answered_by_a_new_receipt(chats: Chats, people: People) -> None:
    sent = await file(chats, people.responsible)
    assert await chats.answers(edit(sent, text=CORRECTED)) == []
    (receipt,) = await chats.post()
    assert "12处 → 21处" in receipt.text
    assert "第1次修订" in receipt.text
    assert await counted(chats) == [Decimal(21)]
    # Telegram sends the same edit again: nothing happens.
    assert await chats.answers(edit(sent, text=CORRECTED)) == []
    assert await chats.post() == []


async def test_an_edited_message_that_is_not_clear_brings_a_card(chats: Chats, people: People) -> None:
    await file(chats, people.responsible)
    sent = await file(chats, people.responsible, text="今天清运垃圾3吨")
    card = await chats.answer(edit(sent, text="今天清运垃圾3吨。本周清理违规广告牌匾99处"))
    assert says("corrections.card_title", html=True, number="20261215-0002") in card.text
    (chosen,) = await chats.press(people.responsible, card, "2 本次新增")
    (asked,) = await chats.press(people.responsible, chosen, CONFIRM)
    assert asked.text == says("corrections.confirmed", html=True, number="20261215-0002")
    assert await counted(chats) == [Decimal(12), Decimal(3), Decimal(99)]


async def test_who_left_or_whose_task_is_over_corrects_nothing(
    chats: Chats, people: People, database: Database
) -> None:
    sent = await file(chats, people.responsible)
    async with database.transaction() as session:
        task = await session.get_one(Task, people.task.id)
        task.state = TaskState.COMPLETED
    (refusal,) = await chats.answers(edit(sent, text=CORRECTED))
    office = Text("common.role.office")
    assert refusal.text == says("corrections.task_closed", who=office, objective=people.task.objective)
    async with database.transaction() as session:
        contact = await contact_by_account(session, people.responsible.id)
        assert contact is not None
        contact.state, contact.telegram_user_id = ContactState.LEFT, None
    assert await chats.answers(edit(sent, text=CORRECTED)) == []
    assert await counted(chats) == [Decimal(12)]


async def test_withdrawn_by_two_taps_and_only_once(chats: Chats, people: People) -> None:
    await file(chats, people.responsible)
    asked = await chats.say(people.responsible, "/undo")
    assert "12处" in asked.text
    (kept,) = await chats.press(people.responsible, asked, KEEP)
    assert (kept.edit, kept.text) == (True, says("corrections.kept"))
    (done,) = await chats.press(people.responsible, asked, WITHDRAW)
    assert done.text == says("corrections.withdrawn", html=True, number="20261215-0001")
    (receipt,) = await chats.post()
    assert "12处" in receipt.text
    (again,) = await chats.press(people.responsible, asked, WITHDRAW)
    assert says("corrections.is_withdrawn") in again.text
    assert await chats.post() == []
    assert await counted(chats) == []
    nothing = await chats.say(people.responsible, "/undo")
    assert nothing.text == says("corrections.nothing_to_undo")


async def test_a_receipt_number_opens_that_report(chats: Chats, people: People) -> None:
    await file(chats, people.responsible)
    await file(chats, people.responsible, text="今天清理违规广告牌匾5处")
    asked = await chats.say(people.responsible, "/undo 20261215-0001")
    assert SENTENCE in asked.text
    assert {WITHDRAW, CORRECT} <= {*asked.labels()}
    assert (await chats.say(people.responsible, "/undo 20261215-0099")).text == says(
        "corrections.no_such_report", number="20261215-0099"
    )
    refused = await chats.say(people.office, "/undo 20261215-0001")
    assert refused.text == says("corrections.not_yours")


async def test_another_persons_buttons_do_nothing(chats: Chats, people: People) -> None:
    await file(chats, people.responsible)
    asked = await chats.say(people.responsible, "/undo")
    for other in (people.liaison, people.office, people.other_liaison):
        assert await chats.press(other, asked, WITHDRAW) == []
        assert chats.toasts[-1] == (says("buttons.not_yours"), True)
        assert (await chats.say(other, "/mine")).text == says("mine.none")
    assert await counted(chats) == [Decimal(12)]


async def test_corrected_by_new_words(chats: Chats, people: People) -> None:
    await file(chats, people.responsible, photo=photo("a"), caption=SENTENCE)
    asked = await chats.say(people.responsible, "/undo")
    (card,) = await chats.press(people.responsible, asked, CORRECT)
    assert says("corrections.write_anew") in card.text
    assert SENTENCE in card.text
    again = await chats.say(people.responsible, CORRECTED)
    assert says("progress.card.files", files=files_text(["photo"])) in again.text
    assert SENTENCE not in again.text
    await chats.press(people.responsible, again, CONFIRM)
    (receipt,) = await chats.post()
    assert "12处 → 21处" in receipt.text
    (stale,) = await chats.press(people.responsible, asked, CORRECT)
    assert says("corrections.changed_since") in stale.text


async def test_my_last_reports_and_one_of_them(chats: Chats, people: People) -> None:
    sent = await file(chats, people.responsible, photo=photo("a"), caption=SENTENCE)
    await chats.answers(edit(sent, caption=CORRECTED))
    await file(chats, people.responsible, text="今天清运垃圾3吨")
    listed = await chats.say(people.responsible, "/mine")
    assert listed.text.index("20261215-0002") < listed.text.index("20261215-0001")
    assert says("mine.mark.corrected", times=1) in listed.text
    (opened,) = await chats.press(people.responsible, listed, "20261215-0001")
    assert not opened.edit
    assert opened.text.index(CORRECTED) < opened.text.index(SENTENCE)
    assert opened.labels() == [WITHDRAW, CORRECT]
    await chats.press(people.responsible, opened, WITHDRAW)
    (opened,) = await chats.press(people.responsible, listed, "20261215-0001")
    assert says("mine.mark.withdrawn") in opened.text
    assert opened.labels() == []


async def test_a_late_report_says_where_it_counts(chats: Chats, people: People, database: Database) -> None:
    async with database.transaction() as session:
        await evening_tallies.tally_tick(tick_for(session, chats.clock.moment, chats.campaign))
        assert await session.get(TickMark, "tally")
    card = await chats.say(people.responsible, "补报昨天清理违规广告牌匾12处")
    assert "计入12月14日日报（补报）" in card.text
    (today,) = await chats.press(people.responsible, card, says("progress.for_today_button"))
    assert says("progress.card.for_today") in today.text
    (back,) = await chats.press(people.responsible, today, "计入12月14日日报")
    await chats.press(people.responsible, back, CONFIRM)
    (receipt,) = await chats.post()
    assert "补报：计入12月14日日报" in receipt.text


async def test_what_was_corrected_after_a_transfer_brings_its_receipt(
    chats: Chats, people: People, database: Database
) -> None:
    """The author no longer sees the task, but still sees their report."""
    sent = await file(chats, people.responsible)
    async with database.transaction() as session:
        office = await actor_by_account(session, people.office.id)
        other = await contact_by_account(session, people.other_liaison.id)
        assert office is not None
        assert other is not None
        await reassign.move_tasks(
            turn_for(session, office, chats.clock.moment, chats.campaign),
            [people.task.id or 0],
            other.id or 0,
        )
    await chats.post()
    assert await chats.answers(edit(sent, text=CORRECTED)) == []
    (receipt,) = await chats.post()
    assert "12处 → 21处" in receipt.text


async def test_begun_twice_by_a_double_tap(chats: Chats, people: People) -> None:
    await file(chats, people.responsible)
    asked = await chats.say(people.responsible, "/undo")
    for _ in range(2):
        (card,) = await chats.press(people.responsible, asked, CORRECT)
        assert says("corrections.write_anew") in card.text
