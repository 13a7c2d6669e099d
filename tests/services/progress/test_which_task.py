"""Which task a report is about: the only one, the one spoken of, the one replied to, or the answer given."""

from __future__ import annotations

from datetime import date, datetime

from models.db import Session
from models.tasks import Task
from rules.people.roles import Role
from services.campaign import Campaign
from services.progress import progress_dialogue, report_card_buttons
from tests.services.conftest import World
from tests.services.progress.talk import Talk, buttons, keys, photo, refused, revision
from tests.support.people import Roster
from tests.support.turns import turn_for

SENTENCE = "今天清理违规广告牌匾12处"


async def second_task(roster: Roster, world: World, objective: str = "整治背街小巷环境") -> Task:
    return await roster.task(world.unit, objective, date(2026, 12, 25), world.responsible.contact)


async def test_several_tasks_are_asked_about(talk: Talk, world: World, roster: Roster) -> None:
    other = await second_task(roster, world)
    question = await talk.write("今天出动20人")
    assert keys(question) == ["progress.which_task"]
    assert [b.arguments["task_id"] for b in buttons(question, "report.pick")] == [world.task_id, other.id]
    card = await talk.pick(question, other.id or 0)
    await talk.confirm(card)
    assert [report.task_id for report in await talk.reports()] == [other.id]


async def test_offered_in_the_order_of_their_deadlines(talk: Talk, world: World, roster: Roster) -> None:
    """The order in which the database keeps them does not count."""
    sooner = await roster.task(world.unit, "布置宣传展板", date(2026, 12, 16), world.responsible.contact)
    later = await second_task(roster, world)
    question = await talk.write("今天出动20人")
    offered = [b.arguments["task_id"] for b in buttons(question, "report.pick")]
    assert offered == [sooner.id, world.task_id, later.id]


async def test_the_words_may_decide(talk: Talk, world: World, roster: Roster) -> None:
    await second_task(roster, world)
    card = await talk.write(SENTENCE)
    assert card is not None
    assert card.task_ids == [world.task_id]
    assert buttons(card, "report.other_task"), "and may be wrong"


async def test_pairs_of_characters_decide_nothing(talk: Talk, world: World, roster: Roster) -> None:
    """今日清理 holds 日清, which also stands in 垃圾日产日清."""
    await second_task(roster, world, "垃圾日产日清")
    assert keys(await talk.write("今日清理小广告30处")) == ["progress.which_task"]


async def test_a_metric_that_a_task_has_decides(talk: Talk, world: World, roster: Roster) -> None:
    """Whatever the words of the other task say."""
    other = await second_task(roster, world, "出动志愿者清理牌匾")
    await talk.report("今天出动志愿者20人", about=[world.task_id])
    card = await talk.write("今天组织志愿者30人")
    assert card is not None
    assert card.task_ids == [world.task_id]
    assert other.id != world.task_id


async def test_two_tasks_with_the_metric_are_told_apart_by_their_words_or_asked_about(
    talk: Talk, world: World, roster: Roster
) -> None:
    other = await second_task(roster, world, "清运渣土")
    for task_id in (world.task_id, other.id or 0):
        await talk.report("今天清运渣土3车，出动工人5人", about=[task_id])
    assert keys(await talk.write("今天出动工人6人")) == ["progress.which_task"]
    await talk.cancel()
    card = await talk.write("今天清运渣土4车")
    assert card is not None
    assert card.task_ids == [other.id]


async def test_words_without_a_number(talk: Talk, world: World, roster: Roster) -> None:
    other = await second_task(roster, world, "加强治安巡逻")
    card = await talk.write("夜间治安巡逻正常")
    assert card is not None
    assert card.task_ids == [other.id]


async def test_another_task_after_all(talk: Talk, world: World, roster: Roster) -> None:
    other = await second_task(roster, world)
    card = await talk.write(SENTENCE)
    question = await report_card_buttons.other_task(
        turn_for(talk.session, talk.actor, talk.now, chat=talk.chat_id), revision(card)
    )
    assert keys(question) == ["progress.which_task"]
    await talk.confirm(await talk.pick(question, other.id or 0))
    (report,) = await talk.reports()
    assert (report.task_id, report.text) == (other.id, SENTENCE)


async def test_a_reply_is_about_the_message(talk: Talk, world: World, roster: Roster) -> None:
    other = await second_task(roster, world)
    card = await talk.write("出动20人", about=[other.id or 0])
    assert card is not None
    assert card.task_ids == [other.id]


async def test_a_reply_to_a_message_about_several_tasks(talk: Talk, world: World, roster: Roster) -> None:
    """Only those tasks are offered."""
    second, third = await second_task(roster, world), await second_task(roster, world, "布置宣传展板")
    about = [second.id or 0, third.id or 0]
    question = await talk.write("出动20人", about=about)
    assert [b.arguments["task_id"] for b in buttons(question, "report.pick")] == about


async def test_a_reply_places_the_photo_that_came_before(talk: Talk, world: World, roster: Roster) -> None:
    other = await second_task(roster, world)
    assert keys(await talk.write("", photo("a"))) == ["progress.which_task"]
    card = await talk.write("出动20人", about=[other.id or 0])
    assert card is not None
    assert card.task_ids == [other.id]
    await talk.confirm(card)
    assert await talk.evidence() == ["file-a"]


async def test_a_reply_about_another_units_task(talk: Talk, world: World, roster: Roster) -> None:
    foreign = await roster.task(world.other_unit, "整治背街小巷", date(2026, 12, 25))
    assert await refused(talk.write("出动20人", about=[foreign.id or 0])) == "tasks.not_yours_to_report"


async def test_nothing_to_report_on(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    for actor in (world.office, world.leader, world.other_liaison):
        talk = Talk(session, actor, now, campaign)
        key = "progress.no_task_office" if actor.is_office else "progress.no_open_task"
        assert await refused(talk.write(SENTENCE)) == key


async def test_report_command_takes_the_only_task_and_asks_for_words(talk: Talk, world: World) -> None:
    asked = await progress_dialogue.begin_without_task(
        turn_for(talk.session, talk.actor, talk.now, chat=talk.chat_id)
    )
    assert keys(asked) == ["progress.ask_text"]
    assert (await talk.report("出动20人")).task_id == world.task_id


async def test_report_command_offers_several(talk: Talk, world: World, roster: Roster) -> None:
    other = await second_task(roster, world)
    question = await progress_dialogue.begin_without_task(
        turn_for(talk.session, talk.actor, talk.now, chat=talk.chat_id)
    )
    assert keys(await talk.pick(question, other.id or 0)) == ["progress.ask_text"]
    assert (await talk.report("出动20人")).task_id == other.id


async def test_a_liaison_reports_on_what_their_unit_assists(
    session: Session, world: World, roster: Roster, now: datetime, campaign: Campaign
) -> None:
    """The number counts for the unit that reports."""
    task = await roster.task(world.unit, "整治背街小巷", date(2026, 12, 25), assisting=(world.other_unit,))
    report = await Talk(session, world.other_liaison, now, campaign).report("出动20人")
    assert (report.task_id, report.unit_id) == (task.id, world.other_unit.id)


async def test_any_role_may_be_named_responsible(
    session: Session, world: World, roster: Roster, now: datetime, campaign: Campaign
) -> None:
    leader = await roster.actor(world.other_unit, "东风街道分管领导", Role.LEADER_IN_CHARGE)
    task = await roster.task(world.other_unit, "整治背街小巷", date(2026, 12, 25), leader.contact)
    assert (await Talk(session, leader, now, campaign).report("出动20人")).task_id == task.id


async def test_the_same_words_about_another_task_are_no_repetition(
    talk: Talk, world: World, roster: Roster
) -> None:
    """Who answers for two tasks writes the same to both; about the first once more they are asked."""
    other = await second_task(roster, world)
    for number, task_id in enumerate((world.task_id, other.id or 0), 1):
        await talk.report("今天出动20人，已完成", about=[task_id], message_id=number)
    assert [report.task_id for report in await talk.reports()] == [world.task_id, other.id]
    again = await talk.write("今天出动20人，已完成", about=[world.task_id])
    assert keys(again) == ["progress.repeated.filed"]
