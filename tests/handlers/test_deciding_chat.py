"""Who decides on a part of a task: who broke it down, and the office; in the chats of three tiers."""

from __future__ import annotations

from datetime import date

import pytest
from sqlmodel import select

from models import people
from models.db import Database, ident
from models.people import Contact
from models.progress import ProgressReport
from models.progress.zero_covers import ZeroCover
from models.tasks import Task, TaskAssistingUnit
from rules.people.roles import Role, Tier
from rules.tasks.task_lifecycle import TaskState
from services.campaign import Campaign
from tests.conftest import NOW
from tests.handlers.tiers import CONFIRM, START, TierChats, broken_down, made, only, own_task
from tests.support.chat import Chats, Shown
from tests.support.chat import text_of as says
from tests.support.people import Roster
from tests.support.three_tiers import WASTE

SUBMIT, SUBMIT_NOW = says("tasks.submit_button"), says("completion.submit_button")
COMPLETE, RETURN = says("tasks.complete_button"), says("tasks.return_button")
CANCEL, REOPEN = says("tasks.cancel_button"), says("tasks.reopen_button")


@pytest.fixture
async def tiers(chats: Chats, database: Database) -> TierChats:
    return await broken_down(chats, database)


async def submitted(tiers: TierChats, name: str = "西山") -> Shown:
    """The part of that village is submitted; returns what its decider reads."""
    asked = await tiers.press(name, await tiers.card(name), SUBMIT)
    await tiers.press(name, asked, SUBMIT_NOW)
    (request,) = await tiers.chats.post()
    return request


async def child_of(tiers: TierChats, unit: str) -> Task:
    (found,) = [child for child in await tiers.children() if child.responsible_person.startswith(unit)]
    return found


async def test_a_request_goes_to_who_broke_it_down(tiers: TierChats) -> None:
    asked = await tiers.press("西山", await tiers.card("西山"), SUBMIT)
    assert says("completion.ask", who="农业张") in asked.text
    await tiers.press("西山", asked, SUBMIT_NOW)
    assert tiers.chats.toasts[-1][0] == says("completion.submitted", who="农业张")
    (request,) = await tiers.chats.post()
    assert request.chat_id == tiers.accounts["局"]
    assert not await tiers.told("创城办")
    waits = says("tasks.waits_button.submitted", count=1)
    assert waits in (await tiers.chats.say(tiers.person("局"), "/todo")).labels()
    assert waits in (await tiers.chats.say(tiers.person("局联络员"), "/todo")).labels()
    assert "办结" not in (await tiers.chats.say(tiers.person("创城办"), "/todo")).text
    await tiers.press("局", request, COMPLETE)
    assert (await child_of(tiers, "西山")).state is TaskState.COMPLETED
    (told,) = await tiers.chats.post()
    assert told.chat_id == tiers.accounts["西山"]


async def test_who_broke_it_down_hears_what_the_office_decides_on_a_part(tiers: TierChats) -> None:
    found = await tiers.chats.say(tiers.person("创城办"), "/find 完善城乡垃圾 西山村")
    cards = [await tiers.press("创城办", found, label) for label in found.labels() if label[0].isdigit()]
    (card,) = [card for card in cards if "责任单位：西山村" in card.text]
    await tiers.press("创城办", card, COMPLETE)
    told = {one.chat_id: one.text for one in await tiers.chats.post()}
    assert told.keys() == {tiers.accounts["西山"], tiers.accounts["局"]}
    assert "西山村：" in told[tiers.accounts["局"]]


async def test_sent_back_by_the_liaison_in_words(tiers: TierChats) -> None:
    await submitted(tiers)
    todo = await tiers.chats.say(tiers.person("局联络员"), "/todo")
    listed = await tiers.press("局联络员", todo, says("tasks.waits_button.submitted", count=1))
    (card,) = await tiers.chats.press(tiers.person("局联络员"), listed, "1. ")
    await tiers.press("局联络员", card, RETURN)
    await tiers.chats.say(tiers.person("局联络员"), "照片不清楚，请补拍")
    child = await child_of(tiers, "西山")
    assert (child.state, child.return_reason) == (TaskState.RETURNED, "照片不清楚，请补拍")


async def test_who_answers_for_both_does_not_decide(tiers: TierChats) -> None:
    """The part of 西山村 is 农业张's own, and 农业农村局 has no 联络员: then the office decides."""
    async with tiers.database.transaction() as session:
        child = await session.get_one(Task, (await child_of(tiers, "西山")).id)
        child.responsible_id = (await session.get_one(Task, tiers.waste)).responsible_id
        liaison = (await session.exec(select(Contact).where(Contact.name == "农业李"))).one()
        await people.set_roles(session, ident(liaison), set())
    found = await tiers.chats.say(tiers.person("西山"), "/find 完善城乡垃圾 西山村")
    cards = [await tiers.press("西山", found, label) for label in found.labels() if label[0].isdigit()]
    (card,) = [card for card in cards if "责任单位：西山村" in card.text]
    await tiers.press("西山", await tiers.press("西山", card, SUBMIT), SUBMIT_NOW)
    assert await tiers.told("创城办")
    waits = says("tasks.waits_button.submitted", count=1)
    assert waits in (await tiers.chats.say(tiers.person("创城办"), "/todo")).labels()
    assert waits not in (await tiers.chats.say(tiers.person("局"), "/todo")).labels()


async def test_an_extension_is_asked_of_them_and_ends_with_the_parent(tiers: TierChats) -> None:
    async with tiers.database.transaction() as session:
        (await session.get_one(Task, tiers.waste)).deadline = date(2026, 12, 20)
        child = await session.get_one(Task, (await child_of(tiers, "西山")).id)
        child.deadline, child.state = date(2026, 12, 17), TaskState.IN_PROGRESS
    asked = await tiers.press("西山", await tiers.card("西山"), says("extensions.ask_button"))
    assert not any("12月24日" in label for label in asked.labels()), "seven days would pass the parent's"
    refused = await tiers.chats.say(tiers.person("西山"), "12月22日")
    assert refused.text == says("extensions.after_parent", day="2026年12月20日")
    why = await tiers.chats.say(tiers.person("西山"), "12月19日")
    await tiers.press("西山", why, says("extensions.reason.weather"))
    (request,) = await tiers.chats.post()
    assert request.chat_id == tiers.accounts["局"]
    await tiers.press("局", request, says("extensions.grant_button"))
    assert (await child_of(tiers, "西山")).deadline == date(2026, 12, 19)


async def test_the_parent_is_not_completed_over_open_parts_unasked(tiers: TierChats) -> None:
    card = await tiers.card("创城办")
    asked = await tiers.press("创城办", card, COMPLETE)
    named = says("children.open_named", count=4, units=["西山村", "东山村", "南山村", "北山村"])
    assert named in asked.text
    assert (await tiers.task(tiers.waste)).state is not TaskState.COMPLETED
    await tiers.press("创城办", asked, says("completion.reason.goes_on"))
    assert (await tiers.task(tiers.waste)).state is TaskState.COMPLETED
    assert (await child_of(tiers, "西山")).state is TaskState.ASSIGNED


@pytest.mark.parametrize("in_words", [False, True])
async def test_a_part_that_opens_meanwhile_is_named_before_the_parent_is_completed(
    tiers: TierChats, in_words: bool
) -> None:
    names = {"西山": "西山村", "东山": "东山村", "南山": "南山村", "北山": "北山村"}
    await _set_state(tiers, "西山", TaskState.COMPLETED)
    asked = await tiers.press("创城办", await tiers.card("创城办"), COMPLETE)
    open_units = [names[name] for name in ("东山", "南山", "北山")]
    assert says("children.open_named", count=3, units=open_units) in asked.text
    if in_words:
        await tiers.press("创城办", asked, says("completion.write_reason_button"))
    await _set_state(tiers, "西山", TaskState.IN_PROGRESS)
    again = await _give_reason(tiers, asked, in_words)
    assert says("children.open_named", count=4, units=[*names.values()]) in again.text
    assert (await tiers.task(tiers.waste)).state is not TaskState.COMPLETED
    await _set_state(tiers, "东山", TaskState.COMPLETED)
    again = await _give_reason(tiers, again, in_words)
    for name in ("西山", "南山", "北山"):
        await _set_state(tiers, name, TaskState.COMPLETED)
    # Nothing is open any more, so the reason that was asked for is enough.
    await _give_reason(tiers, again, in_words)
    assert (await tiers.task(tiers.waste)).state is TaskState.COMPLETED


async def _set_state(tiers: TierChats, name: str, state: TaskState) -> None:
    async with tiers.database.transaction() as session:
        (await session.get_one(Task, (await child_of(tiers, name)).id)).state = state


async def _give_reason(tiers: TierChats, asked: Shown, in_words: bool) -> Shown:
    if in_words:
        return await tiers.chats.say(tiers.person("创城办"), "区里的目标已完成")
    return await tiers.press("创城办", asked, says("completion.reason.goes_on"))


async def test_a_reopened_part_flags_its_completed_parent(tiers: TierChats) -> None:
    child = await child_of(tiers, "西山")
    async with tiers.database.transaction() as session:
        for one in await tiers.children():
            row = await session.get_one(Task, one.id)
            row.state, row.completed_at = TaskState.COMPLETED, tiers.chats.clock.moment
        parent = await session.get_one(Task, tiers.waste)
        parent.state, parent.completed_at = TaskState.COMPLETED, tiers.chats.clock.moment
    tiers.chats.clock.moment = tiers.chats.clock.moment.replace(minute=59)
    found = await tiers.chats.say(tiers.person("创城办"), "/find 完善城乡垃圾 西山村")
    card = next(shown for shown in await tiers.chats.press(tiers.person("创城办"), found, "1. "))
    if "责任单位：西山村" not in card.text:
        (card,) = await tiers.chats.press(tiers.person("创城办"), found, "2. ")
    asked = await tiers.press("创城办", card, REOPEN)
    await tiers.press("创城办", asked, says("completion.reopen_now_button"))
    assert (await tiers.task(child.id or 0)).reopened_at is not None
    for name in ("创城办", "局"):
        todo = await tiers.chats.say(tiers.person(name), "/todo")
        assert says("children.reopened_line", count=1) in todo.text
    shown = await tiers.press("局", todo, "下级复开：完善城乡垃圾集中清运长效机制")
    assert says("children.reopened", count=1) in shown.text
    verified = says("children.verified_button")
    todo = await tiers.chats.say(tiers.person("创城办"), "/todo")
    assert verified in (await tiers.press("创城办", todo, "下级复开：完善城乡垃圾")).labels()
    assert says("children.reopen_by", who="创城办") in shown.text
    again = await tiers.press("局", shown, verified)
    assert verified not in again.labels()
    assert "下级复开" not in (await tiers.chats.say(tiers.person("局"), "/todo")).text
    todo = await tiers.chats.say(tiers.person("创城办"), "/todo")
    office = await tiers.press("创城办", todo, "下级复开：完善城乡垃圾")
    assert "农业农村局 农业张已于" in office.text
    done = await tiers.press("创城办", office, verified)
    assert says("children.reopened", count=1) not in done.text
    assert (await tiers.task(tiers.waste)).state is TaskState.COMPLETED
    assert "下级复开" not in (await tiers.chats.say(tiers.person("创城办"), "/todo")).text
    await tiers.press("创城办", office, verified)
    assert tiers.chats.toasts[-1][0] == says("children.not_reopened")


async def test_a_cancelled_parent_takes_its_open_parts_along(tiers: TierChats) -> None:
    async with tiers.database.transaction() as session:
        done = await session.get_one(Task, (await child_of(tiers, "东山")).id)
        done.state = TaskState.COMPLETED
    asked = await tiers.press("创城办", await tiers.card("创城办"), CANCEL)
    first = await tiers.press("创城办", asked, says("completion.reason.changed"))
    assert says("children.cancelled_too", count=3) in first.text
    assert says("children.cancelled_line", unit="西山村", person="西山钱", reports=0) in first.text
    second = await tiers.press("创城办", first, says("children.cancel_button"))
    assert says("children.cancel_again", count=3) in second.text
    assert (await tiers.task(tiers.waste)).state is not TaskState.CANCELLED
    await tiers.press("创城办", second, says("completion.confirm_cancel_button"))
    assert (await tiers.task(tiers.waste)).state is TaskState.CANCELLED
    states = {child.responsible_person: child.state for child in await tiers.children()}
    assert states.pop("东山吴") is TaskState.COMPLETED
    assert set(states.values()) == {TaskState.CANCELLED}
    told = {shown.chat_id for shown in await tiers.chats.post()}
    assert {tiers.accounts[name] for name in ("局", "西山", "南山甲", "北山")} <= told


async def test_a_person_hears_once_of_all_their_tasks_that_are_cancelled(tiers: TierChats) -> None:
    """西山钱 answers for two villages; 农业张 for 东山村 and the whole, and hears of all."""
    owners = {"北山": await child_of(tiers, "西山"), "东山": await tiers.task(tiers.waste)}
    async with tiers.database.transaction() as session:
        for name, owner in owners.items():
            part = await session.get_one(Task, (await child_of(tiers, name)).id)
            part.responsible_id = owner.responsible_id
    asked = await tiers.press("创城办", await tiers.card("创城办"), CANCEL)
    first = await tiers.press("创城办", asked, says("completion.reason.changed"))
    second = await tiers.press("创城办", first, says("children.cancel_button"))
    await tiers.press("创城办", second, says("completion.confirm_cancel_button"))
    told: dict[int, list[str]] = {}
    for shown in await tiers.chats.post():
        told.setdefault(shown.chat_id, []).append(shown.text)
    (whole,), (two,), (one,) = (told[tiers.accounts[name]] for name in ("局", "西山", "南山甲"))
    villages = ["西山村", "东山村", "南山村", "北山村"]
    assert says("children.told_cancelled", count=4, units=villages) in whole
    assert says("children.told_cancelled", count=1, units=["北山村"]) in two
    assert "同时取消" not in one
    assert all(says("completion.reason.changed") in text for text in (whole, two, one))


async def test_what_is_reported_meanwhile_is_shown_before_it_is_cancelled(tiers: TierChats) -> None:
    asked = await tiers.press("创城办", await tiers.card("创城办"), CANCEL)
    first = await tiers.press("创城办", asked, says("completion.reason.changed"))
    second = await tiers.press("创城办", first, says("children.cancel_button"))
    zero = says("progress.zero_button.daily")
    await tiers.chats.press(tiers.person("西山"), await tiers.card("西山"), zero)
    again = await tiers.press("创城办", second, says("completion.confirm_cancel_button"))
    assert says("children.cancelled_line", unit="西山村", person="西山钱", reports=1) in again.text
    assert (await tiers.task(tiers.waste)).state is not TaskState.CANCELLED


async def test_a_village_cannot_close_its_own(tiers: TierChats) -> None:
    labels = (await tiers.card("西山")).labels()
    assert not {COMPLETE, CANCEL, says("reassign.button"), says("pauses.start_button"), START} & set(labels)


async def test_a_third_level_by_the_street_and_no_fourth(chats: Chats, database: Database) -> None:
    """Department, street, village. Below the village lies a unit, but its part is not broken down again."""
    tiers = await made(chats, database)
    async with tiers.database.transaction() as session:
        roster, units = (
            Roster(session, NOW, Campaign()),
            {one.name: one for one in await people.all_units(session)},
        )
        below = await roster.unit("西山一组", Tier.VILLAGE, units["西山村"])
        await roster.contact(below, "西山组长", Role.RESPONSIBLE_PERSON)
        street = TaskAssistingUnit(task_id=tiers.waste, unit_id=ident(units["东城街道"]))
        session.add(street)
    own = "整治村内堆放"
    await own_task(tiers, objective=own)
    await tiers.press("局", await only(tiers, "局", WASTE, "东城街道"), CONFIRM)
    await tiers.press("街道", await only(tiers, "街道", WASTE, "西山村"), CONFIRM)
    (second,) = [one for one in await tiers.children() if one.responsible_person == "东城王"]
    (third,) = await tiers.children(ident(second))
    assert third.responsible_person == "西山钱"
    assert START in (await tiers.card("西山", own)).labels(), "it has a unit below"
    assert START not in (await tiers.card("西山")).labels()


SENTENCE = "今天清运垃圾12车"


async def test_a_report_is_about_the_part_with_one_message_and_one_tap(tiers: TierChats) -> None:
    """西山村 assists with the task above, too: one tap lets the report count there, and one takes it back."""
    card = await tiers.chats.say(tiers.person("西山"), SENTENCE)
    assert "清运垃圾" in card.text
    assert says("progress.which_task") not in card.text
    above = await tiers.press("西山", card, says("progress.to_parent_button"))
    back = await tiers.press("西山", above, says("progress.to_part_button"))
    assert says("progress.to_parent_button") in back.labels()
    await tiers.press("西山", back, says("progress.confirm_button"))
    async with tiers.database.reading() as session:
        (report,) = await session.exec(select(ProgressReport))
    assert report.task_id == (await child_of(tiers, "西山")).id


async def test_received_means_the_part(tiers: TierChats) -> None:
    """收到 is about the own part of the unit, although its person sees the unsigned task above, too."""
    async with tiers.database.transaction() as session:
        (await session.get_one(Task, tiers.waste)).state = TaskState.ASSIGNED
        person = (await session.exec(select(Contact).where(Contact.name == "西山钱"))).one()
        await people.set_roles(session, ident(person), {Role.RESPONSIBLE_PERSON, Role.LIAISON})
    answer = await tiers.chats.say(tiers.person("西山"), "收到")
    assert says("signing.waiting", html=True, count=1) in answer.text
    (label,) = [one for one in answer.labels() if one.startswith("签收")]
    await tiers.press("西山", answer, label)
    assert (await child_of(tiers, "西山")).state is TaskState.ACKNOWLEDGED
    assert (await tiers.task(tiers.waste)).state is TaskState.ASSIGNED


async def test_a_report_for_the_task_above(tiers: TierChats) -> None:
    card = await tiers.chats.say(tiers.person("西山"), SENTENCE)
    above = await tiers.press("西山", card, says("progress.to_parent_button"))
    await tiers.press("西山", above, says("progress.confirm_button"))
    async with tiers.database.reading() as session:
        (report,) = await session.exec(select(ProgressReport))
    assert report.task_id == tiers.waste


async def test_the_list_shows_the_part_and_not_the_task_above(tiers: TierChats) -> None:
    async with tiers.database.transaction() as session:
        person = (await session.exec(select(Contact).where(Contact.name == "西山钱"))).one()
        await people.set_roles(session, ident(person), {Role.RESPONSIBLE_PERSON, Role.LIAISON})
    listed = await tiers.chats.say(tiers.person("西山"), "/tasks")
    assert says("tasks.list_title", html=True, count=1) in listed.text


async def test_the_office_counts_the_task_and_not_its_parts(tiers: TierChats) -> None:
    listed = await tiers.chats.say(tiers.person("创城办"), "/tasks")
    assert says("tasks.list_title", html=True, count=2) in listed.text


async def test_nothing_new_is_said_for_the_part(tiers: TierChats) -> None:
    card = await tiers.chats.say(tiers.person("西山"), "今日无新增")
    await tiers.press("西山", card, says("progress.confirm_button"))
    async with tiers.database.reading() as session:
        covered = list(await session.exec(select(ZeroCover.task_id)))
    assert covered == [(await child_of(tiers, "西山")).id]


async def test_a_part_goes_only_to_units_that_could_be_chosen(tiers: TierChats) -> None:
    listed = await tiers.press("局", await tiers.card("局"), "下级4项")
    (label,) = [label for label in listed.labels() if "西山村" in label]
    card = await tiers.press("局", listed, label)
    await tiers.press("局", card, says("reassign.button"))
    refused = await tiers.chats.say(tiers.person("局"), "外村陈")
    assert refused.text == says("reassign.none_below", words="外村陈")
    found = await tiers.chats.say(tiers.person("局"), "南山乙")
    await tiers.chats.press(tiers.person("局"), found, "南山村")
    assert says("reassign.kept_namesake", unit="南山村") == tiers.chats.toasts[-1][0]


async def test_who_has_the_parent_has_the_right(tiers: TierChats) -> None:
    """转派 of the parent moves the right to decide along."""
    card = await tiers.press("创城办", await tiers.card("创城办"), says("reassign.button"))
    found = await tiers.chats.say(tiers.person("创城办"), "东城王")
    preview = await tiers.press("创城办", found, "东城街道")
    await tiers.press("创城办", preview, says("reassign.confirm_button"))
    await tiers.chats.post()
    assert card.text
    request = await submitted(tiers)
    assert request.chat_id == tiers.accounts["街道"]
    await tiers.chats.press(tiers.person("局"), request, COMPLETE)
    assert (await child_of(tiers, "西山")).state is TaskState.SUBMITTED
    await tiers.press("街道", request, COMPLETE)
    assert (await child_of(tiers, "西山")).state is TaskState.COMPLETED


async def test_who_broke_it_down_urges_one_village(tiers: TierChats) -> None:
    listed = await tiers.press("局", await tiers.card("局"), "下级4项")
    (label,) = [label for label in listed.labels() if "西山村" in label]
    card = await tiers.press("局", listed, label)
    preview = await tiers.press("局", card, says("children.remind_button"))
    await tiers.press("局", preview, says("remind.send_button", count=1))
    (told,) = await tiers.chats.post()
    assert told.chat_id == tiers.accounts["西山"]
    assert "农业张" in told.text
    assert says("children.remind_button") not in (await tiers.card("西山")).labels()
