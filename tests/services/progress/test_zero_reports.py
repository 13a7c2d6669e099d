"""零报告: a contact's own "无情况", which is a report and not silence."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlmodel import select

from locales import plain
from models import tasks
from models.db import Session, ident
from models.delivery.messages import Outbox
from models.drafts import Draft
from models.people import Contact, ContactState
from models.progress import ReportKind, zero_covers
from models.tasks import Task
from rules.duties.frequencies import Frequency
from rules.people.roles import Role
from rules.tasks.task_lifecycle import TaskState
from services.access import Actor, actor_of
from services.campaign import Campaign
from services.people import unit_card
from services.progress import progress_dialogue, zero_reports
from services.tasks import task_card, task_steps, word_search
from services.views import View
from tests.services.conftest import Local, World
from tests.services.groups import tallied
from tests.services.progress.talk import Talk, buttons, keys, line, photo, refused
from tests.support.people import Roster
from tests.support.turns import turn_for


@pytest.mark.parametrize(
    "text", ["今天无情况", "今日无新增", "无", "零报告。", "暂无新情况", "一切正常！", "补报12月15日：无新增"]
)
async def test_the_words_for_it(talk: Talk, world: World, text: str) -> None:
    assert keys(await talk.write(text)) == ["progress.zero_taken"]
    (report,) = await talk.reports()
    assert (report.kind, report.task_id, report.unit_id) == (ReportKind.ZERO, None, world.unit.id)
    assert report.text == text


@pytest.mark.parametrize(
    "text", ["无照经营已取缔", "昨日无证经营", "今日无新增，但整改2处", "情况正常，已巡查3次"]
)
async def test_words_that_only_begin_like_it(talk: Talk, text: str) -> None:
    assert "progress.card.title" in keys(await talk.write(text))


async def test_with_a_photo_it_is_a_report(talk: Talk) -> None:
    assert "progress.card.title" in keys(await talk.write("无", photo("a")))


async def test_once_a_day_and_unit(session: Session, talk: Talk, world: World, local: Local) -> None:
    await talk.write("无情况")
    colleague = Talk(session, world.liaison, talk.now, talk.campaign)
    for again in (talk, colleague):
        assert keys(await again.write("无情况")) == ["progress.zero_already"]
    talk.now = local(12, 15, 23, 59)
    assert keys(await talk.write("无情况")) == ["progress.zero_already"]
    talk.now = local(12, 16)
    assert keys(await talk.write("无情况")) == ["progress.zero_taken"]
    assert [report.receipt_no for report in await talk.reports()] == ["20261215-0001", "20261216-0001"]


async def test_a_receipt_is_promised_once(session: Session, talk: Talk) -> None:
    await talk.write("无情况")
    await talk.write("无情况")
    (receipt,) = (await session.exec(select(Outbox))).all()
    assert [line["$text"] for line in receipt.content["lines"]] == [
        "progress.receipt.zero",
        "progress.receipt.unit",
    ]


async def test_pressed_without_words_the_cards_say_so(talk: Talk, world: World) -> None:
    """Nothing would stand behind the colon; a photo without words says that there are none."""
    await zero_reports.of_task(talk.turn, world.task_id)
    card = await task_card.card(talk.turn, world.task_id)
    shown = line(card, "tasks.card.report").values["text"]
    assert plain(shown, "zh") == "无新增"
    unit = line(await unit_card.card(talk.turn, world.unit.id or 0), "units.report").values["text"]
    assert plain(unit, "zh") == "无新增"
    office = turn_for(talk.session, world.office, talk.now, talk.campaign)
    found = await word_search.find(office, "20261215-0001")
    assert plain(line(found, "find.report_text").values["text"], "en") == "nothing new"
    await talk.report("", photo("a"), about=[world.task_id])
    fresh = await task_card.card(talk.turn, world.task_id)
    newest = next(one.values["text"] for one in fresh.lines if one.key == "tasks.card.report")
    assert plain(newest, "zh") == "（无文字说明）"


async def test_of_one_task_beside_that_of_the_unit(talk: Talk, world: World) -> None:
    await talk.write("无情况")
    assert keys(await talk.write("无情况", about=[world.task_id])) == ["progress.zero_taken"]
    assert keys(await talk.write("无情况", about=[world.task_id])) == ["progress.zero_already"]
    assert [report.task_id for report in await talk.reports()] == [None, world.task_id]
    assert world.task.state is TaskState.IN_PROGRESS


async def test_a_reply_to_a_merged_nag_is_about_the_unit(talk: Talk, world: World, roster: Roster) -> None:
    other = await roster.task(world.unit, "整治背街小巷", date(2026, 12, 25), world.responsible.contact)
    await talk.write("无情况", about=[world.task_id, other.id or 0])
    assert [report.task_id for report in await talk.reports()] == [None]


async def test_asked_about_a_task_it_is_about_that_task(talk: Talk, world: World) -> None:
    """The person pressed 报进展; nothing is left unfinished."""
    await progress_dialogue.begin(
        turn_for(talk.session, talk.actor, talk.now, chat=talk.chat_id), world.task_id
    )
    await talk.write("无情况")
    assert [report.task_id for report in await talk.reports()] == [world.task_id]
    assert (await talk.session.exec(select(Draft))).all() == []


async def test_a_half_made_report_stays(talk: Talk) -> None:
    card = await talk.write("今天清理违规广告牌匾12处")
    await talk.write("无情况")
    await talk.confirm(card)
    assert [report.kind for report in await talk.reports()] == [ReportKind.ZERO, ReportKind.PROGRESS]


async def test_written_in_the_place_of_other_words(talk: Talk, world: World) -> None:
    """修改, then 无情况: nothing is left of the report, unless it has a photo."""
    for about in ([], [world.task_id]):
        await talk.edit(await talk.write("今天清理违规广告牌匾12处"))
        assert keys(await talk.write("无情况", about=about)) == ["progress.zero_taken"]
        assert (await talk.session.exec(select(Draft))).all() == []
    assert [report.task_id for report in await talk.reports()] == [None, world.task_id]
    await talk.edit(await talk.write("今天清理违规广告牌匾12处", photo("a")))
    await talk.write("无情况")
    assert len((await talk.session.exec(select(Draft))).all()) == 1


async def test_who_does_not_report_has_none(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    for actor, key in ((world.office, "no_task_office"), (world.leader, "no_open_task")):
        assert await refused(Talk(session, actor, now, campaign).write("无")) == f"progress.{key}"


async def test_whoever_is_responsible_may_say_it_of_their_task(
    session: Session, world: World, roster: Roster, now: datetime, campaign: Campaign
) -> None:
    leader = await roster.actor(world.other_unit, "东风街道分管领导", Role.LEADER_IN_CHARGE)
    task = await roster.task(world.other_unit, "整治背街小巷", date(2026, 12, 25), leader.contact)
    card = await task_card.card(turn_for(session, leader, now, campaign), task.id or 0)
    assert "report.zero" in [b.action for row in card.rows for b in row]
    answer = await zero_reports.of_task(turn_for(session, leader, now, campaign), ident(task))
    assert keys(answer) == ["progress.zero_taken"]


async def test_of_another_units_task(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    talk = Talk(session, world.other_liaison, now, campaign)
    assert await refused(talk.write("无", about=[world.task_id])) == "tasks.not_yours"


async def test_of_a_finished_task(talk: Talk, world: World) -> None:
    await task_steps.complete(turn_for(talk.session, world.office, talk.now), world.task_id)
    assert await refused(talk.write("无", about=[world.task_id])) == "progress.task_finished"


async def test_it_may_be_late(talk: Talk, world: World, local: Local) -> None:
    talk.now = local(12, 21, 10)
    await talk.write("无", about=[world.task_id])
    await talk.write("无")
    assert [report.late for report in await talk.reports()] == [True, False]


# -- what it stands for --------------------------------------------------------------------------------


@pytest.fixture
async def recurring(world: World, roster: Roster) -> dict[str, Task]:
    """A task of each frequency for the responsible person, and a daily one for a colleague."""
    colleague = await roster.contact(world.unit, "李四", Role.RESPONSIBLE_PERSON)
    found = {}
    for name, frequency, person in (
        ("巡查背街小巷", Frequency.DAILY, world.responsible.contact),
        ("轮班值守", Frequency.SHIFT, world.responsible.contact),
        ("市容整治", Frequency.WEEKLY, world.responsible.contact),
        ("汇总考评", Frequency.FORTNIGHTLY, world.responsible.contact),
        ("调度集贸市场", Frequency.MONTHLY, world.responsible.contact),
        ("通报考核", Frequency.QUARTERLY, world.responsible.contact),
        ("清洗公交站", Frequency.DAILY, colleague),
    ):
        task = await roster.task(world.unit, name, None, person)
        task.frequency = frequency
        found[name] = task
    await roster.session.flush()
    return found


def shown(view: View | None, key: str) -> list[str]:
    assert view is not None
    return [one.values["objective"] for one in view.lines if one.key == key]


async def roster_of(session: Session, name: str) -> Actor:
    """The contact of that name, as an actor."""
    return await actor_of(session, (await session.exec(select(Contact).where(Contact.name == name))).one())


async def covered(talk: Talk) -> set[str]:
    report = (await talk.reports())[-1]
    ids = await zero_covers.covered_by(talk.session, ident(report))
    return {task.objective for task in (await tasks.tasks_by_id(talk.session, ids)).values()}


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("今日无新增", {"巡查背街小巷", "轮班值守"}),
        ("无", {"巡查背街小巷", "轮班值守"}),
        ("本班无新增", {"轮班值守"}),
        ("本周无新增", {"市容整治"}),
        ("这两周无新增", {"汇总考评"}),
        ("本双周无新增", {"汇总考评"}),
        ("本月无新增", {"调度集贸市场"}),
        ("本季度无新增", {"通报考核"}),
        ("昨日无新增", {"巡查背街小巷"}),
        ("本期无新增", {"巡查背街小巷", "轮班值守", "市容整治", "汇总考评", "调度集贸市场", "通报考核"}),
    ],
)
async def test_it_stands_for_what_it_says_and_for_nobody_else(
    talk: Talk, world: World, recurring: dict[str, Task], words: str, names: set[str]
) -> None:
    for task in recurring.values():
        task.assigned_at -= timedelta(days=30)
    card = await talk.write(words)
    assert set(shown(card, "progress.zero.of_yours")) == names
    assert await talk.reports() == [], "nothing is filed before it is confirmed"
    await talk.zero(words)
    assert await covered(talk) == names
    (receipt,) = await talk.receipts()
    assert set(line(receipt, "progress.receipt.covers").values["tasks"]) == names


async def test_the_card_names_what_others_owe(talk: Talk, recurring: dict[str, Task]) -> None:
    card = await talk.write("今日无新增")
    assert shown(card, "progress.zero.of_other") == ["清洗公交站"]
    assert line(card, "progress.zero.of_other").values["person"] == "李四"
    week = await talk.write("本周无新增")
    assert "progress.zero.not_others" not in keys(week)


async def test_what_is_reported_already_is_not_covered_again(talk: Talk, recurring: dict[str, Task]) -> None:
    await talk.report("巡查背街小巷5条", about=[ident(recurring["巡查背街小巷"])])
    assert shown(await talk.write("今日无新增"), "progress.zero.of_yours") == ["轮班值守"]
    await talk.zero()
    answer = await talk.write("今日无新增")
    assert line(answer, "progress.zero.after_reports").values["count"] == 1
    assert [report.kind for report in await talk.reports()] == [ReportKind.PROGRESS, ReportKind.ZERO]


async def test_after_a_report_it_says_so(talk: Talk, world: World) -> None:
    await talk.report("今天清理违规广告牌匾12处", about=[world.task_id])
    for about in ([], [world.task_id]):
        answer = await talk.write("今日无新增", about=about)
        assert line(answer, "progress.zero.after_reports").values == {"count": 1, "number": "20261215-0001"}
    assert [report.kind for report in await talk.reports()] == [ReportKind.PROGRESS]


async def test_what_changes_before_the_press_is_shown_first(talk: Talk, recurring: dict[str, Task]) -> None:
    card = await talk.write("今日无新增")
    (old,) = buttons(card, "zero.confirm")
    await talk.report("值守1班", about=[ident(recurring["轮班值守"])])
    fresh = await zero_reports.confirm(talk.turn, **old.arguments)
    assert shown(fresh, "progress.zero.of_yours") == ["巡查背街小巷"]
    assert len(await talk.reports()) == 1
    (pressed,) = buttons(fresh, "zero.confirm")
    assert keys(await zero_reports.confirm(talk.turn, **pressed.arguments)) == ["progress.zero_taken"]
    again = await zero_reports.confirm(talk.turn, **pressed.arguments)
    assert keys(again) == ["progress.zero.after_reports"]
    assert len(await talk.reports()) == 2


async def test_a_daily_word_does_not_meet_a_weekly_task(talk: Talk, recurring: dict[str, Task]) -> None:
    weekly = recurring["市容整治"]
    answer = await talk.write("今日无新增", about=[ident(weekly)])
    assert keys(answer) == ["progress.zero.other_span"]
    (offered,) = buttons(answer, "report.zero")
    assert offered.label.key == "progress.zero_button.weekly"
    assert keys(await zero_reports.of_task(talk.turn, **offered.arguments)) == ["progress.zero_taken"]
    assert keys(await talk.write("本周无新增", about=[ident(weekly)])) == ["progress.zero_already"]
    (receipt,) = await talk.receipts()
    assert line(receipt, "progress.receipt.zero").values["what"].key == "progress.zero.says.weekly"


async def test_a_colleague_without_windows_files_nothing(
    session: Session, world: World, talk: Talk, recurring: dict[str, Task]
) -> None:
    """The unit would look as if it had reported."""
    answer = await Talk(session, world.liaison, talk.now, talk.campaign).write("今日无新增")
    assert keys(answer)[0] == "progress.zero.none_yours"
    assert set(shown(answer, "progress.zero.of_other")) == {"巡查背街小巷", "轮班值守", "清洗公交站"}
    assert await talk.reports() == []


async def test_a_liaison_says_it_for_a_person_who_cannot_be_reached(
    session: Session, world: World, talk: Talk, recurring: dict[str, Task]
) -> None:
    lost = world.responsible.contact
    lost.state, lost.telegram_user_id = ContactState.NOT_ENROLLED, None
    session.add(lost)
    await session.flush()
    liaison = Talk(session, world.liaison, talk.now, talk.campaign)
    assert set(shown(await liaison.write("今日无新增"), "progress.zero.of_yours")) == {
        "巡查背街小巷",
        "轮班值守",
    }


async def test_a_unit_reports_zero_only_when_nothing_is_missing(
    session: Session, world: World, talk: Talk, recurring: dict[str, Task], local: Local
) -> None:
    """The evening's tally names the missing report and its person instead."""
    for task in (recurring["轮班值守"], world.task):
        task.state = TaskState.CANCELLED
        session.add(task)
    await tallied.bind(session, world.office, local(12, 15, 8), talk.campaign)
    talk.now = local(12, 15, 9)
    await talk.zero()
    (view,) = await tallied.run(session, local(12, 15, 18), talk.campaign)
    assert "tally.zero_reported" not in keys(view)
    missed = line(view, "tally.missed_line").values
    assert (missed["objective"], missed["person"]) == ("清洗公交站", "李四")
    colleague = await roster_of(session, "李四")
    await Talk(session, colleague, local(12, 16, 9), talk.campaign).zero()
    talk.now = local(12, 16, 10)
    await talk.zero()
    (view,) = await tallied.run(session, local(12, 16, 18), talk.campaign)
    assert line(view, "tally.zero_reported").values["units"] == ["城管局"]
    assert "tally.missed_line" not in keys(view)


async def test_a_deputy_of_another_unit_says_it_for_both(
    session: Session, world: World, roster: Roster, talk: Talk, recurring: dict[str, Task], local: Local
) -> None:
    """Each unit has its own zero report, so neither stands in the tally as one that said nothing."""
    for name in ("轮班值守", "清洗公交站"):
        recurring[name].state = TaskState.CANCELLED
    own = await roster.task(world.other_unit, "巡查小区", None, world.other_liaison.contact)
    own.frequency = Frequency.DAILY
    away, deputy = world.responsible.contact, world.other_liaison.contact
    day = date(2026, 12, 16)
    await roster.leave(away, deputy, day)
    await tallied.bind(session, world.office, local(12, 15, 8), talk.campaign)
    await tallied.run(session, local(12, 15, 18), talk.campaign)
    standing_in = await actor_of(session, deputy, today=day)
    deputys = Talk(session, standing_in, local(12, 16, 9), talk.campaign)
    assert keys(await deputys.zero()) == ["progress.zero_taken"]
    found = [(r.unit_id, await zero_covers.covered_by(session, ident(r))) for r in await talk.reports()]
    assert found == [
        (world.unit.id, [recurring["巡查背街小巷"].id]),
        (world.other_unit.id, [own.id]),
    ]
    (receipt,) = await deputys.receipts()
    assert keys(receipt).count("progress.receipt.zero") == 2
    (view,) = await tallied.run(session, local(12, 16, 18), talk.campaign)
    assert set(line(view, "tally.zero_reported").values["units"]) == {"东风街道", "城管局"}
    assert "tally.not_reported" not in keys(view)


async def test_taken_back_it_stands_for_nothing(talk: Talk, recurring: dict[str, Task]) -> None:
    await talk.zero()
    await talk.withdraw(await talk.undo())
    assert set(shown(await talk.write("今日无新增"), "progress.zero.of_yours")) == {
        "巡查背街小巷",
        "轮班值守",
    }
