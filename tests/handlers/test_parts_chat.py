"""How the parts of a task are named, decided on and extended, and what is said of them above."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlmodel import select

from models.audit_log import Audit
from models.db import Database
from models.people import Contact, ContactState, Unit
from models.tasks import Task
from rules.duties.frequencies import Frequency
from rules.tasks.task_lifecycle import TaskState
from services.campaign import Campaign
from services.nags import nag_engine
from tests.conftest import NOW
from tests.handlers.tiers import TierChats, broken_down, files
from tests.support.chat import Chats, Shown
from tests.support.chat import text_of as says
from tests.support.people import Roster
from tests.support.three_tiers import WASTE
from tests.support.turns import tick_for

ASK, OFFER = says("completion.submit_button"), says("nags.what.below_done")


@pytest.fixture
async def tiers(chats: Chats, database: Database) -> TierChats:
    return await broken_down(chats, database)


async def test_lists_and_questions_name_the_unit_of_a_part(tiers: TierChats) -> None:
    for name in ("西山", "东山"):
        await tiers.presses(name, await tiers.card(name), says("tasks.submit_button"), ASK)
    requests = await tiers.chats.post()
    assert {
        says("children.named", unit=f"{name}村", objective=WASTE) in one.text
        for name, one in zip(("西山", "东山"), requests, strict=True)
    } == {True}
    todo = await tiers.chats.say(tiers.person("局"), "/todo")
    listed = await tiers.press("局", todo, says("tasks.waits_button.submitted", count=2))
    assert says("progress.zero_button.daily") not in listed.labels()
    for label, unit in (("1. 西山村", "西山村"), ("2. 东山村", "东山村")):
        assert f"{unit}：{WASTE}" in listed.text
        assert label in listed.labels()
    card = await tiers.press("局", listed, "1. 西山村")
    assert says("tasks.evidence_button") in card.labels(), "who decides sees what was done"
    asked = await tiers.press("局", card, says("tasks.return_button"))
    assert f"西山村：{WASTE}" in asked.text
    found = await tiers.chats.say(tiers.person("创城办"), "/find 完善城乡垃圾")
    assert {"西山村", "东山村", "南山村", "北山村"} <= {label.split(". ")[-1] for label in found.labels()}
    own = await tiers.chats.say(tiers.person("西山"), "/find 完善城乡垃圾")
    assert f"西山村：{WASTE}" in own.text, "beside the whole, which has the same name"


async def test_who_submits_the_whole_reads_what_is_open_below(tiers: TierChats) -> None:
    still_open = says("children.still_open", count=4, units=["西山村", "东山村", "南山村", "北山村"])
    asked = await tiers.press("局", await tiers.card("局"), says("tasks.submit_button"))
    assert still_open in asked.text
    await tiers.press("局", asked, says("completion.submit_button"))
    (request,) = await tiers.chats.post()
    assert still_open in request.text


async def test_who_cancels_a_part_of_which_nobody_hears_reads_who_is_to_be_told(tiers: TierChats) -> None:
    async with tiers.database.transaction() as session:
        person = (await session.exec(select(Contact).where(Contact.name == "西山钱"))).one()
        person.state = ContactState.UNREACHABLE
    listed = await tiers.press("局", await tiers.card("局"), says("children.button.all", count=4))
    steps = ("1. 西山村", says("tasks.cancel_button"), says("completion.reason.changed"))
    asked = await tiers.presses("局", listed, *steps)
    card = await tiers.press("局", asked, says("completion.confirm_cancel_button"))
    assert says("completion.owners_not_told") in card.text
    assert says("completion.nobody_told") not in card.text, "nobody has asked for anything"


async def test_who_answers_for_the_whole_hears_what_was_cancelled_with_it(tiers: TierChats) -> None:
    asked = await tiers.press("创城办", await tiers.card("创城办"), says("tasks.cancel_button"))
    first = await tiers.press("创城办", asked, says("completion.reason.changed"))
    second = await tiers.press("创城办", first, says("children.cancel_button"))
    await tiers.press("创城办", second, says("completion.confirm_cancel_button"))
    (told,) = [one for one in await tiers.chats.post() if one.chat_id == tiers.accounts["局"]]
    units = ["西山村", "东山村", "南山村", "北山村"]
    assert says("children.told_cancelled", count=4, units=units) in told.text


async def parts_until(tiers: TierChats, day: date, **others: date) -> None:
    """农业农村局's task and its parts end then, some parts earlier; all are signed for."""
    async with tiers.database.transaction() as session:
        whole = await session.get_one(Task, tiers.waste)
        whole.deadline, whole.state = day, TaskState.IN_PROGRESS
        for child in await tiers.children():
            part = await session.get_one(Task, child.id)
            part.deadline = others.get(part.responsible_person, day)
            part.state = TaskState.IN_PROGRESS


async def test_parts_with_the_parents_deadline_go_along_when_it_moves(tiers: TierChats) -> None:
    await parts_until(tiers, date(2026, 12, 20), 东山吴=date(2026, 12, 18))
    shown = await tiers.press("创城办", await tiers.card("创城办"), says("extensions.move_button"))
    why = await tiers.press("创城办", shown, "延7天")
    await tiers.press("创城办", why, says("extensions.reason.weather"))
    assert {one.responsible_person: one.deadline for one in await tiers.children()} == {
        "西山钱": date(2026, 12, 27),
        "东山吴": date(2026, 12, 18),
        "南山甲": date(2026, 12, 27),
        "北山冯": date(2026, 12, 27),
    }
    told = {one.chat_id: one.text for one in await tiers.chats.post()}
    units = ["西山村", "南山村", "北山村"]
    assert says("children.told_extended", count=3, units=units) in told[tiers.accounts["局"]]
    assert "西山村：" in told[tiers.accounts["西山"]]
    assert tiers.accounts["东山"] not in told
    async with tiers.database.reading() as session:
        moved = (await session.exec(select(Audit).where(Audit.event == "extend"))).all()
    assert len(moved) == 4


async def test_a_part_with_the_parents_deadline_has_no_room(tiers: TierChats) -> None:
    await parts_until(tiers, date(2026, 12, 17))
    await tiers.chats.press(tiers.person("西山"), await tiers.card("西山"), says("extensions.ask_button"))
    assert tiers.chats.toasts[-1][0] == says("extensions.no_room", day="2026年12月17日", name="农业张")


async def test_a_part_can_be_extended_to_the_parents_deadline_by_one_press(tiers: TierChats) -> None:
    await parts_until(tiers, date(2026, 12, 20), 西山钱=date(2026, 12, 17))
    shown = await tiers.press("西山", await tiers.card("西山"), says("extensions.ask_button"))
    assert [label for label in shown.labels() if label.startswith("延")] == [
        says("extensions.day_button", days=3, day="2026年12月20日")
    ]


async def test_a_report_for_the_whole_says_so(tiers: TierChats) -> None:
    card = await tiers.chats.say(tiers.person("西山"), "今天清运垃圾12车")
    assert "归入" not in card.text
    card = await tiers.press("西山", card, says("progress.to_parent_button"))
    assert says("progress.card.to_parent", unit="农业农村局") in card.text
    card = await tiers.press("西山", card, says("progress.to_part_button"))
    assert says("progress.card.to_parent", unit="农业农村局") not in card.text
    card = await tiers.chats.say(tiers.person("局"), "各村共清运垃圾12车")
    assert says("progress.card.broken_down") in card.text


async def test_a_receipt_of_a_part_gives_the_total_of_the_part(tiers: TierChats) -> None:
    for name, count in (("西山", 12), ("东山", 9)):
        card = await tiers.chats.say(tiers.person(name), f"今天清运垃圾{count}车")
        await tiers.press(name, card, says("progress.confirm_button"))
        (receipt,) = await tiers.chats.post()
        assert f"本次 {count}车，本单位任务累计 {count}车" in receipt.text


async def test_a_receipt_of_the_whole_adds_the_parts_to_its_total(tiers: TierChats) -> None:
    await files(tiers, "西山", "今天清运垃圾12车")
    await files(tiers, "局", "今天清运垃圾9车")
    receipt = (await tiers.chats.post())[-1]
    assert "本次 9车，各单位累计 21车" in receipt.text
    number = receipt.text.partition("</b>")[2].split()[0]
    found = await tiers.chats.say(tiers.person("局"), f"/find {number}")
    assert "21车" in found.text


async def test_who_has_not_joined_is_marked_in_the_list(tiers: TierChats) -> None:
    async with tiers.database.transaction() as session:
        person = (await session.exec(select(Contact).where(Contact.name == "东山吴"))).one()
        person.state, person.telegram_user_id = ContactState.NOT_ENROLLED, None
    listed = await tiers.press("局", await tiers.card("局"), says("children.button.all", count=4))
    assert "东山村 东山吴（未加入）（" in listed.text
    assert "西山村 西山钱（" in listed.text
    assert listed.text.count("未加入") == 1


@pytest.mark.parametrize(("minutes", "glued"), [(10, True), (60, False)])
async def test_later_words_are_not_added_to_those_about_a_task_that_is_over(
    tiers: TierChats, minutes: int, glued: bool
) -> None:
    """At once they belong together, and another task is asked for; later they are a report of their own."""
    await tiers.chats.say(tiers.person("西山"), "今天清运垃圾12车")
    async with tiers.database.transaction() as session:
        for child in await tiers.children():
            (await session.get_one(Task, child.id)).state = TaskState.CANCELLED
        roster = Roster(session, NOW, Campaign())
        person = (await session.exec(select(Contact).where(Contact.name == "西山钱"))).one()
        await roster.task(
            await session.get_one(Unit, person.unit_id), "清理卫生死角", date(2026, 12, 31), person
        )
    tiers.chats.clock.moment += timedelta(minutes=minutes)
    card = await tiers.chats.say(tiers.person("西山"), "清理卫生死角4处")
    assert "清理卫生死角" in card.text
    assert ("12车" in card.text) is glued


async def test_who_takes_a_part_over_reads_what_it_is_a_part_of(tiers: TierChats) -> None:
    listed = await tiers.press("局", await tiers.card("局"), says("children.button.all", count=4))
    card = await tiers.press("局", listed, "3. 南山村")
    choice = await tiers.press("局", card, says("reassign.button"))
    preview = await tiers.press("局", choice, "南山乙")
    await tiers.press("局", preview, says("reassign.confirm_button"))
    told = {one.chat_id: one.text for one in await tiers.chats.post()}
    above = says("children.above", objective=WASTE, unit="农业农村局", person="农业张")
    assert above in told[tiers.accounts["南山乙"]]


async def test_a_unit_that_has_the_part_already_is_refused_at_once(tiers: TierChats) -> None:
    listed = await tiers.press("局", await tiers.card("局"), says("children.button.all", count=4))
    card = await tiers.press("局", listed, "1. 西山村")
    await tiers.press("局", card, says("reassign.button"))
    named = await tiers.chats.say(tiers.person("局"), "东山吴")
    await tiers.chats.press(tiers.person("局"), named, "东山吴")
    assert tiers.chats.toasts[-1][0] == says("reassign.kept_namesake", unit="东山村")


async def test_who_takes_the_whole_over_reads_of_its_parts(tiers: TierChats) -> None:
    said = says("reassign.with_parts", objective=WASTE, count=4)
    await tiers.press("创城办", await tiers.card("创城办"), says("reassign.button"))
    named = await tiers.chats.say(tiers.person("创城办"), "农业李")
    preview = await tiers.press("创城办", named, "农业李")
    assert said in preview.text
    await tiers.press("创城办", preview, says("reassign.confirm_button"))
    told = {one.chat_id: one.text for one in await tiers.chats.post()}
    assert said in told[tiers.accounts["局联络员"]]
    assert said not in told[tiers.accounts["局"]]


async def test_a_part_about_which_nobody_is_nagged_has_no_button_to_urge(tiers: TierChats) -> None:
    listed = await tiers.press("局", await tiers.card("局"), says("children.button.all", count=4))
    assert says("children.remind_button") in (await tiers.press("局", listed, "1. 西山村")).labels()
    async with tiers.database.transaction() as session:
        part = await session.get_one(Task, (await tiers.children())[0].id)
        part.paused_until = NOW + timedelta(days=3)
    assert says("children.remind_button") not in (await tiers.press("局", listed, "1. 西山村")).labels()


async def test_who_has_asked_for_completion_is_not_told_to_ask(tiers: TierChats) -> None:
    async with tiers.database.transaction() as session:
        for one in await tiers.children():
            (await session.get_one(Task, one.id)).state = TaskState.COMPLETED
    card = await tiers.card("局")
    assert says("children.nobody_reports") in card.text
    asked = await tiers.press("局", card, says("tasks.submit_button"))
    await tiers.press("局", asked, says("completion.submit_button"))
    assert says("children.nobody_reports") not in (await tiers.card("局")).text


async def test_a_submitted_part_goes_along_and_still_waits_for_its_answer(tiers: TierChats) -> None:
    await parts_until(tiers, date(2026, 12, 20))
    asked = await tiers.press("西山", await tiers.card("西山"), says("tasks.submit_button"))
    await tiers.press("西山", asked, says("completion.submit_button"))
    (request,) = await tiers.chats.post()
    shown = await tiers.press("创城办", await tiers.card("创城办"), says("extensions.move_button"))
    why = await tiers.press("创城办", shown, "延7天")
    await tiers.press("创城办", why, says("extensions.reason.weather"))
    assert {one.deadline for one in await tiers.children()} == {date(2026, 12, 27)}
    asked = await tiers.press("局", request, says("tasks.return_button"))
    await tiers.press("局", asked, says("completion.reason.below_standard"))
    part = next(one for one in await tiers.children() if one.responsible_person == "西山钱")
    assert (part.state, part.deadline) == (TaskState.RETURNED, date(2026, 12, 27))


async def test_a_deadline_that_moved_is_no_beginning(tiers: TierChats) -> None:
    async with tiers.database.transaction() as session:
        for one in (await tiers.task(tiers.waste), *await tiers.children()):
            (await session.get_one(Task, one.id)).deadline = date(2026, 12, 20)
    shown = await tiers.press("创城办", await tiers.card("创城办"), says("extensions.move_button"))
    why = await tiers.press("创城办", shown, "延7天")
    await tiers.press("创城办", why, says("extensions.reason.weather"))
    asked = await tiers.press("局", await tiers.card("局"), says("breakdowns.undo_button"))
    await tiers.press("局", asked, says("breakdowns.undo_now_button"))
    assert {one.state for one in await tiers.children()} == {TaskState.CANCELLED}


async def test_where_no_part_reports_as_often_the_lead_goes_on(tiers: TierChats) -> None:
    async with tiers.database.transaction() as session:
        (await session.get_one(Task, tiers.waste)).own_reports = True
        for one in await tiers.children():
            (await session.get_one(Task, one.id)).frequency = Frequency.WEEKLY
    card = await tiers.card("局")
    await tiers.chats.press(tiers.person("局"), card, says("breakdowns.own_off_button"))
    assert tiers.chats.toasts[-1][0] == says("breakdowns.no_parts")
    assert (await tiers.task(tiers.waste)).own_reports


async def _offered(tiers: TierChats) -> Shown:
    """All parts were asked for and completed; 局 is offered 申请办结 on the next morning."""
    for name, unit in (("西山", "西山村"), ("东山", "东山村"), ("南山甲", "南山村"), ("北山", "北山村")):
        await tiers.presses(name, await tiers.card(name), says("tasks.submit_button"), ASK)
        await tiers.chats.post()
        listed = await tiers.press("局", await tiers.card("局"), says("children.button.submitted", count=1))
        card = await tiers.press("局", listed, f"1. {unit}")
        await tiers.press("局", card, says("tasks.complete_button"))
    assert not [shown for shown in await tiers.chats.post() if OFFER in shown.text]
    tomorrow = tiers.chats.clock.moment = NOW + timedelta(days=1, minutes=15)
    async with tiers.database.transaction() as session:
        await nag_engine.tick(tick_for(session, tomorrow, tiers.chats.campaign))
    (letter,) = [one for one in await tiers.chats.post() if OFFER in one.text]
    assert letter.chat_id == tiers.accounts["局"]
    return letter


async def test_after_the_last_part_the_lead_asks_for_completion_by_one_tap(tiers: TierChats) -> None:
    letter = await _offered(tiers)
    card = await tiers.press("局", letter, "申请办结")
    assert says("completion.withdraw_button") in card.labels(), "it can be taken back"
    assert says("completion.no_evidence") in card.text
    assert (await tiers.task(tiers.waste)).state is TaskState.SUBMITTED
    (asked,) = [one for one in await tiers.chats.post() if WASTE in one.text]
    assert asked.chat_id == tiers.accounts["创城办"]
    await tiers.press("局", letter, "申请办结")
    assert not [one for one in await tiers.chats.post() if one.chat_id == tiers.accounts["创城办"]]


@pytest.mark.parametrize("amiss", ["target", "returned", "open again", "unconfirmed"])
async def test_the_tap_asks_where_something_is_to_be_read_first(tiers: TierChats, amiss: str) -> None:
    letter = await _offered(tiers)
    if amiss == "target":
        async with tiers.database.transaction() as session:
            task = await session.get_one(Task, tiers.waste)
            task.target_value, task.target_unit = Decimal(100), "车"
    elif amiss == "returned":
        await tiers.press("局", letter, "申请办结")
        (asked,) = [one for one in await tiers.chats.post() if WASTE in one.text]
        reason = says("completion.reason.no_evidence")
        await tiers.presses("创城办", asked, says("tasks.return_button"), reason)
    elif amiss == "open again":
        listed = await tiers.press("局", await tiers.card("局"), says("children.button.completed", count=4))
        card = await tiers.press("局", listed, "1. 西山村")
        await tiers.presses("局", card, says("tasks.reopen_button"), says("completion.reopen_now_button"))
    else:
        await tiers.chats.say(tiers.person("局"), "本级清运垃圾3车")
    before = (await tiers.task(tiers.waste)).state
    asked = await tiers.press("局", letter, "申请办结")
    assert ASK in asked.labels()
    assert (await tiers.task(tiers.waste)).state is before
