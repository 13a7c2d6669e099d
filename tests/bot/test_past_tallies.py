"""A sent tally follows later corrections, over HTTP: the message itself is edited."""

from __future__ import annotations

from datetime import date

from models.people import Contact
from rules.delivery.delivery import DeliveryState
from services import access
from services.drafts.draft_parts import Addition
from services.groups import evening_tallies
from services.progress import corrections
from tests.bot.desk import account
from tests.bot.evening import SIX, Evening
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for


async def test_a_corrected_report_edits_the_tally_that_was_sent(evening: Evening) -> None:
    await evening.tally()
    sent = await evening.desk.people.wait_for(evening.chat, contains="今日 12处，累计 12处")
    await evening.desk.until_settled()
    calls = len(await evening.desk.people.calls())
    await evening.program.look()
    assert len(await evening.desk.people.calls()) == calls, "what was sent needs no edit"
    await evening.edit("今天清理违规广告牌匾21处")
    receipt = await evening.desk.people.wait_for(account(evening.responsible), contains="更正回执")
    assert "12处 → 21处" in receipt.text
    await evening.program.look()
    (shown,) = await evening.tallies()
    assert shown.message_id == sent.message_id
    assert "今日 21处，累计 21处" in shown.text
    assert shown.text.endswith("更正：12月15日19:05")
    assert shown.labels == sent.labels
    await evening.program.look()
    row = await evening.row()
    assert (row.dirty, row.message_ids) == (False, [sent.message_id])


async def test_corrected_before_it_went_out_it_is_edited_once_it_is_there(evening: Evening) -> None:
    desk = evening.desk
    # The sender looks by itself from time to time.
    await desk.stop()
    async with desk.database.transaction() as session:
        await evening_tallies.tally_tick(tick_for(session, SIX, desk.campaign))
        contact = await session.get_one(Contact, evening.responsible.id)
        await corrections.correct_by_edit(
            turn_for(session, await access.actor_of(session, contact), SIX, chat=account(contact)),
            evening.said.message_id,
            Addition("今天清理违规广告牌匾21处"),
        )
    await evening.program.look()
    assert not (await evening.row()).dirty, (
        "nothing stands there that could be edited, or ever will for certain"
    )
    desk.new_sender()
    desk.start()
    sent = await desk.people.wait_for(evening.chat, contains="今日 12处")
    await desk.until_settled()
    await evening.program.look()
    (shown,) = await evening.tallies()
    assert shown.message_id == sent.message_id
    assert "今日 21处" in shown.text


async def test_all_parts_of_a_long_one_are_edited_whatever_delayed_them(evening: Evening) -> None:
    """Telegram asks for a pause between the first part and the second."""
    desk = evening.desk
    async with desk.database.transaction() as session:
        roster = Roster(session, desk.clock.moment, desk.campaign)
        for number in range(45):
            unit = await roster.unit(f"{number}号{'单位' * 45}")
            await roster.task(unit, f"任务{number}", date(2026, 12, 31))
    await evening.tally()
    await desk.people.wait_for_call("sendMessage", chat=evening.chat, answered=False)
    await desk.people.fail("sendMessage", chat=evening.chat, status=429, parameters={"retry_after": 1})
    await desk.until(lambda rows: any(r.live_id and r.state is DeliveryState.SENT for r in rows.values()))
    sent = await evening.tallies()
    assert len(sent) > 1
    await evening.edit("今天清理违规广告牌匾21处")
    await evening.program.look()
    shown = await evening.tallies()
    assert [one.message_id for one in shown] == [one.message_id for one in sent]
    assert "今日 21处" in shown[-1].text


async def test_a_tally_that_was_deleted_is_not_said_to_be_corrected_again(evening: Evening) -> None:
    """The first edit finds out that the tally is gone; later answers no longer promise that it follows."""
    await evening.tally()
    sent = await evening.desk.people.wait_for(evening.chat, contains="今日 12处，累计 12处")
    await evening.desk.until_settled()
    await evening.desk.people.fail(
        "editMessageText", chat=evening.chat, status=400, description="Bad Request: message to edit not found"
    )
    await evening.edit("今天清理违规广告牌匾21处")
    me = account(evening.responsible)
    assert "日报同步更正" in (await evening.desk.people.wait_for(me, contains="12处 → 21处")).text
    await evening.program.look()
    row = await evening.row()
    assert (row.dirty, row.message_ids, row.content_hash) == (False, [], None)
    await evening.edit("今天清理违规广告牌匾22处")
    assert "日报同步更正" not in (await evening.desk.people.wait_for(me, contains="21处 → 22处")).text
    await evening.program.look()
    assert [one.message_id for one in await evening.tallies()] == [sent.message_id]
