"""A task and its parts where people choose among tasks, report and say 无新增: nothing is counted twice."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlmodel import col, select

from models.db import Database
from models.people import Contact
from models.progress import ProgressReport
from models.tasks import Task
from rules.tasks.task_lifecycle import TaskState
from services import access
from services.campaign import Campaign
from services.errors import DomainError
from services.progress import filing
from tests.conftest import NOW
from tests.handlers.tiers import CONFIRM, START, TierChats, broken_down, files, made
from tests.support.chat import Chats
from tests.support.chat import text_of as says
from tests.support.people import Roster
from tests.support.three_tiers import STREETS_OWN, WASTE

ZERO = says("progress.zero_button.daily")


@pytest.fixture
async def tiers(chats: Chats, database: Database) -> TierChats:
    return await broken_down(chats, database)


async def _street(chats: Chats, database: Database) -> TierChats:
    """东城街道 has broken its own task down among its villages."""
    tiers = await made(chats, database)
    who = says("breakdowns.who_button", unit="南山村")
    card = await tiers.card("街道", STREETS_OWN)
    await tiers.presses("街道", card, START, who, "南山甲", CONFIRM)
    await tiers.chats.post()
    return tiers


@pytest.mark.parametrize("command", ["/history", "/remind"])
async def test_buttons_tell_a_task_from_its_parts(tiers: TierChats, command: str) -> None:
    labels = (await tiers.chats.say(tiers.person("创城办"), f"{command} 完善城乡垃圾")).labels()
    assert len(set(labels)) == len(labels)
    for unit in ("西山村", "东山村", "南山村", "北山村"):
        assert sum(unit in label for label in labels) == 1


async def test_the_lines_of_a_reminder_name_the_unit_of_a_part(tiers: TierChats) -> None:
    listed = await tiers.chats.say(tiers.person("创城办"), "/remind 完善城乡垃圾")
    (label,) = [one for one in listed.labels() if "西山村" in one]
    assert f"西山村：{WASTE}" in (await tiers.press("创城办", listed, label)).text


async def test_who_reports_through_the_parts_has_no_button_for_a_zero_report(tiers: TierChats) -> None:
    card = await tiers.card("局")
    assert ZERO not in card.labels()
    said = await tiers.chats.say(tiers.person("局"), "今日无新增")
    assert said.text == says("progress.zero.below_reports", objective=WASTE)
    async with tiers.database.reading() as session:
        assert not (await session.exec(select(ProgressReport))).all()
    assert ZERO in (await tiers.card("西山")).labels()


async def test_with_own_reports_a_zero_report_is_the_units_own(tiers: TierChats) -> None:
    card = await tiers.press("局", await tiers.card("局"), says("breakdowns.own_on_button"))
    await tiers.chats.press(tiers.person("局"), card, ZERO)
    assert tiers.chats.toasts[-1][0] == says("progress.zero_taken")


async def test_who_reports_beside_the_parts_is_warned_not_to_count_twice(tiers: TierChats) -> None:
    warning = says("progress.card.broken_down")
    await tiers.press("局", await tiers.card("局"), says("breakdowns.own_on_button"))
    assert warning in (await tiers.chats.say(tiers.person("局"), "各村共清运垃圾36车")).text
    assert warning not in (await tiers.chats.say(tiers.person("西山"), "今天清运垃圾12车")).text


async def test_so_is_who_reports_on_a_task_that_is_due_once(chats: Chats, database: Database) -> None:
    tiers = await _street(chats, database)
    card = await tiers.chats.say(tiers.person("街道"), "整治背街小巷5条")
    assert says("progress.card.broken_down") in card.text


async def test_a_village_can_count_a_report_for_its_streets_task(chats: Chats, database: Database) -> None:
    tiers = await _street(chats, database)
    async with tiers.database.transaction() as session:  # of this task alone it is to be asked
        task = await session.get_one(Task, tiers.waste)
        task.state = TaskState.CANCELLED
    card = await tiers.chats.say(tiers.person("西山"), "整治背街小巷5条")
    card = await tiers.press("西山", card, says("progress.to_parent_button"))
    assert says("progress.card.to_parent", unit="东城街道") in card.text
    await tiers.press("西山", card, says("progress.confirm_button"))
    async with tiers.database.reading() as session:
        report = (await session.exec(select(ProgressReport).order_by(col(ProgressReport.id)))).one()
    assert report.task_id == tiers.streets
    (receipt,) = await tiers.chats.post()
    assert receipt.chat_id == tiers.accounts["西山"]
    assert "本次 5条" in receipt.text
    assert "各单位" not in receipt.text, "they do not see what others have reported"
    assert "5条" in (await tiers.card("街道", STREETS_OWN)).text
    listed = await tiers.chats.say(tiers.person("西山"), "/tasks")
    assert "1 项" in listed.text or "1项" in listed.text, "it sees its part alone"


async def test_nobody_else_reports_on_the_task_of_a_street(chats: Chats, database: Database) -> None:
    tiers = await _street(chats, database)
    async with tiers.database.transaction() as session:
        by_name = {one.name: one for one in (await session.exec(select(Contact))).all()}
        for name, error in (("外村陈", "tasks.not_yours"), ("农业张", "tasks.not_yours"), ("西山钱", None)):
            actor = await access.actor_of(session, by_name[name])
            if error is None:
                assert (await filing.open_task(session, actor, tiers.streets)).id == tiers.streets
                with pytest.raises(
                    DomainError, match=r"tasks\.not_yours"
                ):  # of 无新增 and 签收 there is none
                    await access.reportable_task(session, actor, tiers.streets)
            else:
                with pytest.raises(DomainError, match=error):
                    await filing.open_task(session, actor, tiers.streets)


async def test_a_deputys_report_above_counts_for_the_unit_for_which_they_stand_in(
    chats: Chats, database: Database
) -> None:
    tiers = await _street(chats, database)
    async with tiers.database.transaction() as session:
        by_name = {one.name: one for one in (await session.exec(select(Contact))).all()}
        away, roster = by_name["西山钱"], Roster(session, NOW, Campaign())
        await roster.leave(away, by_name["外村陈"], date(2026, 12, 15))
        (await session.get_one(Task, tiers.waste)).state = TaskState.CANCELLED
    card = await tiers.chats.say(tiers.person("外村"), "整治背街小巷5条")
    card = await tiers.press("外村", card, says("progress.to_parent_button"))
    assert "西山钱" in card.text
    await tiers.press("外村", card, says("progress.confirm_button"))
    async with tiers.database.reading() as session:
        report = (await session.exec(select(ProgressReport))).one()
        assert (report.task_id, report.unit_id) == (tiers.streets, away.unit_id)


async def test_a_report_above_meets_no_window_of_the_lead(tiers: TierChats) -> None:
    """With 本级另报 the lead owes one of its own."""
    await tiers.press("局", await tiers.card("局"), says("breakdowns.own_on_button"))
    card = await tiers.chats.say(tiers.person("西山"), "今天清运垃圾12车")
    card = await tiers.press("西山", card, says("progress.to_parent_button"))
    await tiers.press("西山", card, says("progress.confirm_button"))
    assert "12月15日已报告" not in (await tiers.card("局")).text
    await files(tiers, "局", "今天清运垃圾3车")
    assert "12月15日已报告" in (await tiers.card("局")).text


async def test_corrections_count_the_parts_as_the_receipt_does(tiers: TierChats) -> None:
    await files(tiers, "西山", "今天清运垃圾12车")
    await files(tiers, "局", "今天清运垃圾9车")
    assert "各单位累计 21车" in (await tiers.chats.post())[-1].text
    asked = await tiers.chats.say(tiers.person("局"), "/undo")
    await tiers.press("局", asked, says("corrections.withdraw_button"))
    assert "12车" in (await tiers.chats.post())[-1].text


async def test_what_a_part_was_broken_down_to_is_offered_no_more(tiers: TierChats) -> None:
    """A department gave its task to a street, and that to a village with which the department has to do."""
    async with tiers.database.transaction() as session:
        parts = (await session.exec(select(Task).where(Task.parent_id == tiers.waste))).all()
        street = await session.get_one(Task, tiers.streets)
        west, south = (one for one in parts if one.responsible_person in {"西山钱", "南山甲"})
        street.parent_id, west.parent_id = tiers.waste, tiers.streets
        south.state = TaskState.CANCELLED
    shown = await tiers.press("局", await tiers.card("局"), START)
    assert "南山村" in shown.text
    assert "西山村" not in shown.text
    async with tiers.database.transaction() as session:
        (await session.get_one(Task, south.id)).state = TaskState.IN_PROGRESS
    assert START not in (await tiers.card("局")).labels(), "nobody is left"


async def test_a_list_counts_what_is_late_below(tiers: TierChats) -> None:
    async with tiers.database.transaction() as session:
        parts = (await session.exec(select(Task).where(Task.parent_id == tiers.waste))).all()
        for part in parts[:2]:
            part.deadline = date(2026, 12, 14)
        (await session.get_one(Task, tiers.streets)).parent_id = parts[2].id
        (await session.get_one(Task, tiers.streets)).deadline = date(2026, 12, 14)
    for name in ("局", "创城办"):
        listed = await tiers.chats.say(tiers.person(name), "/tasks")
        assert says("tasks.mark.late_below", count=2) in listed.text, "as its card counts them"
    tiers.chats.clock.moment -= timedelta(days=3)
    assert "下级逾期" not in (await tiers.chats.say(tiers.person("局"), "/tasks")).text


async def test_the_decider_sees_who_has_not_reported_and_urges_them_all(tiers: TierChats) -> None:
    await files(tiers, "西山", "今天清运垃圾12车")
    await tiers.chats.post()
    card = await tiers.card("局")
    listed = await tiers.press("局", card, says("children.missing_button", window="12月15日", count=3))
    assert "12月15日未报 3 项" in listed.text
    assert "西山村" not in listed.text
    assert {"1. 东山村", "2. 南山村", "3. 北山村"} <= {*listed.labels()}
    preview = await tiers.press("局", listed, says("children.remind_all_button"))
    assert says("remind.people", count=3) in preview.text
    await tiers.press("局", preview, says("remind.send_button", count=3))
    told = {one.chat_id: one.text for one in await tiers.chats.post()}
    assert told.keys() == {tiers.accounts[name] for name in ("东山", "南山甲", "北山")}
    assert all("农业农村局 农业张提醒" in text and WASTE in text for text in told.values())
    again = await tiers.press("局", preview, says("remind.send_button", count=3))
    assert again.text == says("remind.sent_before", who="农业农村局 农业张", at="12月15日08:45")
    assert not await tiers.chats.post(), "nobody is urged twice"


async def test_others_neither_see_nor_urge_them(tiers: TierChats) -> None:
    """A village that assists sees the card of the whole, and nothing of the other villages."""
    found = await tiers.chats.say(tiers.person("西山"), f"/find {WASTE}")
    card = await tiers.press("西山", found, "1. ")
    if "责任单位：农业农村局" not in card.text:
        card = await tiers.press("西山", found, "2. ")
    assert not [label for label in card.labels() if "未报" in label]
    leader = await tiers.card("局长")
    listed = await tiers.press("局长", leader, says("children.missing_button", window="12月15日", count=4))
    assert says("children.remind_all_button") not in listed.labels(), "a leader looks"


async def test_with_own_reports_the_card_counts_the_parts_too(tiers: TierChats) -> None:
    card = await tiers.press("局", await tiers.card("局"), says("breakdowns.own_on_button"))
    assert "下级 0/4 已报" in card.text
    assert "12月15日尚未报告" in card.text


async def test_the_list_of_completed_tasks_counts_as_the_tally_does(chats: Chats, database: Database) -> None:
    tiers = await _street(chats, database)
    async with tiers.database.transaction() as session:
        for part in (await session.exec(select(Task).where(Task.parent_id == tiers.streets))).all():
            part.state, part.completed_at = TaskState.COMPLETED, NOW
    assert says("done.none") in (await tiers.chats.say(tiers.person("创城办"), "/done")).text
    own = await tiers.chats.say(tiers.person("西山"), "/done")
    assert "共 1 项" in own.text
    async with tiers.database.transaction() as session:
        whole = await session.get_one(Task, tiers.streets)
        whole.state, whole.completed_at = TaskState.COMPLETED, NOW
    assert "共 1 项" in (await tiers.chats.say(tiers.person("创城办"), "/done")).text


async def test_who_broke_the_whole_down_sees_what_parts_of_parts_rest_on(
    chats: Chats, database: Database
) -> None:
    tiers = await _street(chats, database)
    async with tiers.database.transaction() as session:
        (await session.get_one(Task, tiers.streets)).parent_id = tiers.waste
        for part in (await session.exec(select(Task).where(Task.parent_id == tiers.streets))).all()[:1]:
            part.deadline = date(2026, 12, 14)
    listed = await tiers.press("局", await tiers.card("局"), says("children.button.all", count=1))
    assert says("tasks.mark.late_below", count=1) in listed.text
    street = await tiers.press("局", listed, "1. 东城街道")
    lower = await tiers.press("局", street, says("children.button.all", count=4))
    card = await tiers.press("局", lower, "西山村")
    assert {says("tasks.sources_button"), says("tasks.evidence_button")} <= {*card.labels()}


async def test_the_card_of_a_unit_counts_what_was_reported_for_it_below(
    chats: Chats, database: Database
) -> None:
    tiers = await _street(chats, database)
    await files(tiers, "西山", "整治背街小巷3条")
    await files(tiers, "东山", "整治背街小巷5条")
    card = await tiers.chats.say(tiers.person("创城办"), "/unit 东城街道")
    assert says("units.no_report") in card.text
    assert says("units.reports_below", count=2) in card.text
    assert "未报告" not in card.text.replace(says("units.no_report"), "")
    card = await tiers.chats.say(tiers.person("创城办"), "/unit 西山村")
    assert "下级另报" not in card.text
