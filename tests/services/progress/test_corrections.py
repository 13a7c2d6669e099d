"""Filed reports: corrected by editing their messages, by /undo, 更正 and 撤销."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlmodel import col, select

from models import drafts, tasks
from models import progress as reports
from models.audit_log import Audit
from models.db import Session
from models.delivery.messages import Outbox
from models.progress import ProgressReport, ReportKind, report_revisions, report_sums
from models.progress.report_selection import ReportSelection
from rules.amounts import REPORTED_LIMIT
from rules.delivery.delivery import MessageKind
from rules.tasks.task_lifecycle import TaskState
from services.access import actor_of
from services.campaign import Campaign
from services.delivery import rendering
from services.errors import DomainError
from services.progress import corrections, my_reports
from services.tasks import reassign
from services.tasks import task_steps as office_tasks
from tests.services.conftest import Local, World
from tests.services.progress.talk import Talk, buttons, keys, line, photo, refused
from tests.support.counted_figures import counted_figures
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

pytestmark = pytest.mark.both_engines("sums")

ITEM = "清理违规广告牌匾"
Totals = dict[str, Decimal]


async def totals(talk: Talk) -> Totals:
    """What counts now, by item."""
    found = await counted_figures(talk.session, until=talk.now)
    sums: Totals = {}
    for source in found:
        sums[source.item] = sums.get(source.item, Decimal(0)) + source.added
    return sums


async def last(talk: Talk) -> ProgressReport:
    report = (await talk.reports())[-1]
    await talk.session.refresh(report)
    return report


def amounts(text_line: object) -> tuple[str, ...]:
    """The amounts before, after and in total that a receipt's line gives."""
    values = dict(getattr(text_line, "values", {}))
    values["total"] = values["total"].values["total"]
    return tuple(values[name].values["grouped"] for name in ("before", "after", "total") if name in values)


# -- an edited message ---------------------------------------------------------------------------------


async def test_another_number_corrects_the_report_at_once(talk: Talk, session: Session) -> None:
    await talk.report(f"今天{ITEM}12处，出动20人", message_id=7)
    assert await talk.correct(7, f"今天{ITEM}21处，出动20人") is None
    report = await last(talk)
    assert (report.revision, report.text) == (2, f"今天{ITEM}21处，出动20人")
    assert (await totals(talk))[ITEM] == 21
    receipt = (await talk.receipts())[-1]
    assert line(receipt, "corrections.receipt.corrected").values["times"] == 1
    assert amounts(line(receipt, "corrections.receipt.changed")) == ("12", "21", "21")
    assert line(receipt, "corrections.receipt.same").values["item"] == "出动人员"
    (old,) = await report_revisions.earlier(session, report.id or 0)
    assert (old.number, old.text) == (1, f"今天{ITEM}12处，出动20人")
    kept = [figure.stated for figure, _ in await report_revisions.figures(session, report.id or 0, 1)]
    assert kept == [12, 20]


async def test_only_the_edited_part_is_replaced(talk: Talk) -> None:
    await talk.write(f"今天{ITEM}12处", message_id=7)
    await talk.confirm(await talk.write("出动20人", message_id=8))
    await talk.correct(8, "出动25人")
    assert (await last(talk)).text == f"今天{ITEM}12处\n出动25人"
    assert await totals(talk) == {ITEM: 12, "出动人员": 25}


async def test_the_same_words_change_nothing(talk: Talk) -> None:
    await talk.report(f"今天{ITEM}12处", photo("a"), message_id=7)
    assert await talk.correct(7, f"今天{ITEM}12处", photo("a")) is None
    assert (await last(talk)).revision == 1
    assert len(await talk.receipts()) == 1


async def test_other_words_with_the_same_numbers_are_kept_as_they_are_now(talk: Talk) -> None:
    await talk.report(f"今天{ITEM}12处", message_id=7)
    await talk.correct(7, f"今天在东风路{ITEM}12处")
    report = await last(talk)
    assert (report.revision, report.text) == (2, f"今天在东风路{ITEM}12处")
    assert "corrections.receipt.same" in keys((await talk.receipts())[-1])


async def test_a_choice_of_mode_carries_over(talk: Talk) -> None:
    """The words leave it open; the choice for the first number holds for the second."""
    await talk.report(f"{ITEM}100处")
    card = await talk.write(f"{ITEM}130处", message_id=7)
    await talk.confirm(await talk.change(card, mode="cumulative"))
    assert await talk.correct(7, f"{ITEM}140处") is None
    assert (await totals(talk))[ITEM] == 140
    await talk.correct(7, f"本次{ITEM}30处")
    assert (await totals(talk))[ITEM] == 130, "what the words say now counts more"


async def test_what_was_not_counted_is_not_counted_now(talk: Talk) -> None:
    card = await talk.write(f"今天{ITEM}12处，出动20人", message_id=7)
    await talk.confirm(await talk.change(card, 1, choice="drop"))
    await talk.correct(7, f"今天{ITEM}21处，出动25人")
    assert await totals(talk) == {ITEM: 21}


async def test_under_the_metric_under_which_it_was_filed(talk: Talk, world: World) -> None:
    await talk.report("今天清理野广告12处")
    (metric,) = await tasks.metrics_of(talk.session, world.task_id)
    card = await talk.change(await talk.write("今天铲除小招贴3处", message_id=7), metric_id=metric.id)
    await talk.confirm(card)
    await talk.correct(7, "今天铲除小招贴5处")
    assert await totals(talk) == {"清理野广告": 17}


async def test_a_total_that_only_checks_an_increment_still_only_checks(talk: Talk) -> None:
    await talk.report(f"今天{ITEM}12处，累计12处", message_id=7)
    await talk.correct(7, f"今天{ITEM}21处，累计21处")
    assert await totals(talk) == {ITEM: 21}


async def test_a_number_that_is_gone_counts_no_more(talk: Talk) -> None:
    await talk.report(f"今天{ITEM}12处", message_id=7)
    await talk.report(f"累计{ITEM}30处")
    await talk.correct(7, "今天继续巡查")
    assert await totals(talk) == {ITEM: 30}, "the later total still stands"
    assert amounts(line((await talk.receipts())[-1], "corrections.receipt.gone")) == ("12", "30")


async def test_a_number_that_could_not_be_counted_is_when_it_is_mended(talk: Talk) -> None:
    """Zero, or a number beyond any count, is a slip, and no choice not to count it."""
    await talk.report(f"今天{ITEM}0处", message_id=7)
    assert await talk.correct(7, f"今天{ITEM}12处") is None
    await talk.report(f"今天清理垃圾{REPORTED_LIMIT}吨", message_id=8)
    assert await talk.correct(8, "今天清理垃圾3吨") is None
    assert await totals(talk) == {ITEM: 12, "清理垃圾": 3}


async def test_words_are_given_a_picture(talk: Talk, session: Session) -> None:
    await talk.report(f"今天{ITEM}12处", message_id=7)
    await talk.correct(7, f"今天{ITEM}12处", photo("a"))
    report = await last(talk)
    assert report.revision == 2
    assert [file.file_id for file in await reports.evidence_of(session, report)] == ["file-a"]


async def test_progress_does_not_become_a_zero_report(talk: Talk) -> None:
    """无情况 is refused, both as an edit and as the answer to 更正.

    The edit would leave a progress report that says 无情况. The answer would report 无情况 of the whole unit
    and leave the number.
    """
    await talk.report(f"今天{ITEM}12处", message_id=7)
    assert await refused(talk.correct(7, "无情况")) == "corrections.progress_stays"
    await talk.reopen(await talk.undo())
    assert keys(await talk.write("无情况")) == ["corrections.progress_stays"]
    assert [report.kind for report in await talk.reports()] == [ReportKind.PROGRESS]
    await talk.withdraw(await talk.undo())
    assert keys(await talk.write("无情况")) == ["progress.zero_taken"]


async def test_a_new_picture_takes_the_place_of_the_old(talk: Talk, session: Session) -> None:
    await talk.write(f"今天{ITEM}12处", photo("a"), message_id=7)
    await talk.confirm(await talk.write("", photo("b"), message_id=8))
    await talk.correct(8, "", photo("c"))
    report = await last(talk)
    assert [file.file_id for file in await reports.evidence_of(session, report)] == ["file-a", "file-c"]
    first = await report_revisions.evidence(session, report.id or 0, 1)
    assert [file.file_id for file in first] == ["file-a", "file-b"]


async def test_progress_and_place_stay_and_follow_the_words(talk: Talk, world: World) -> None:
    await talk.write("", location=(31.23, 121.47, "人民广场"), message_id=6)
    await talk.report(f"今天{ITEM}12处，完成进度40%", message_id=7)
    await talk.correct(7, f"今天{ITEM}12处，完成进度60%")
    report = await last(talk)
    assert (report.percent, report.place, report.latitude) == (60, "人民广场", 31.23)


# -- what is not clear is asked ------------------------------------------------------------------------


async def test_a_new_number_in_doubt_is_asked_about_on_a_card(talk: Talk, session: Session) -> None:
    await talk.report(f"今天{ITEM}100处")
    await talk.report("今天清理垃圾3吨", message_id=7)
    card = await talk.correct(7, f"今天清理垃圾3吨。本周{ITEM}130处")
    assert keys(card)[0] == "corrections.card_title"
    assert (await last(talk)).revision == 1, "nothing changed so far"
    await talk.confirm(await talk.change(card, 1, mode="increment"))
    report = await last(talk)
    assert (report.revision, len(await talk.reports())) == (2, 2)
    assert await totals(talk) == {ITEM: 230, "清理垃圾": 3}
    assert await drafts.draft_of(session, talk.actor.id, talk.chat_id) is None


async def test_a_number_that_does_not_count_is_shown_once(talk: Talk) -> None:
    await talk.report("今天清理违规广告牌匾12处", message_id=7)
    card = await talk.correct(7, "今天清理违规广告牌匾12处，明天计划清理5处")
    assert "progress.card.asides" in keys(card)
    await talk.confirm(card)
    assert await talk.correct(7, "今天清理违规广告牌匾15处，明天计划清理5处") is None
    assert [added for *_, added in await talk.figures()][-1] == 15


async def test_a_falling_total_is_asked_about(talk: Talk) -> None:
    await talk.report(f"今天{ITEM}100处")
    await talk.report(f"累计{ITEM}130处", message_id=7)
    card = await talk.correct(7, f"累计{ITEM}99处")
    assert "progress.card.ask_mode" in keys(card)
    assert await refused(talk.change(card, mode="cumulative")) == "progress.falling_total"
    assert await totals(talk) == {ITEM: 130}


async def test_an_unusual_number_is_asked_about(talk: Talk) -> None:
    for _ in range(3):
        await talk.report(f"今天{ITEM}12处")
    await talk.report(f"今天{ITEM}13处", message_id=7)
    card = await talk.correct(7, f"今天{ITEM}1300处")
    assert "progress.card.unusual" in keys(card)
    assert (await totals(talk))[ITEM] == 49


async def test_an_unfinished_report_is_not_thrown_away_for_it(talk: Talk) -> None:
    await talk.report(f"今天{ITEM}100处", message_id=7)
    await talk.report("今天清理垃圾3吨", message_id=8)
    begun = await talk.write("今天出动20人")
    assert await refused(talk.correct(8, f"今天清理垃圾3吨。本周{ITEM}500处")) == "corrections.finish_first"
    assert await talk.correct(7, f"今天{ITEM}90处") is None, "what is clear needs no card"
    await talk.confirm(begun)
    assert await totals(talk) == {ITEM: 90, "清理垃圾": 3, "出动人员": 20}


async def test_a_correction_of_what_was_corrected_meanwhile_is_refused(talk: Talk) -> None:
    await talk.report(f"今天{ITEM}100处")
    await talk.report("今天清理垃圾3吨", message_id=7)
    card = await talk.correct(7, f"今天清理垃圾3吨。本周{ITEM}500处")
    card = await talk.change(card, 1, mode="increment")
    await talk.withdraw(await talk.undo())
    assert await refused(talk.confirm(card)) == "corrections.withdrawn_already"


# -- who may, and until when ---------------------------------------------------------------------------


async def test_nobody_elses_message(talk: Talk, world: World, campaign: Campaign) -> None:
    report = await talk.report(f"今天{ITEM}12处", message_id=7)
    for other in (world.liaison, world.office, world.other_liaison):
        assert not await corrections.is_part(turn_for(talk.session, other, chat=talk.chat_id), 7)
        pressed = corrections.withdraw(turn_for(talk.session, other, talk.now, campaign), report.id or 0, 1)
        assert await refused(pressed) == "corrections.not_yours"
        assert await refused(
            my_reports.open_one(turn_for(talk.session, other, campaign=campaign), report.id or 0)
        ) == ("corrections.not_yours")


@pytest.mark.parametrize("state", [TaskState.COMPLETED, TaskState.CANCELLED])
async def test_not_once_the_task_is_over(talk: Talk, world: World, state: TaskState) -> None:
    await talk.report(f"今天{ITEM}12处", message_id=7)
    asked = await talk.undo()
    world.task.state = state
    await talk.session.flush()
    assert await refused(talk.correct(7, f"今天{ITEM}21处")) == "corrections.task_closed"
    assert await talk.correct(7, f"今天{ITEM}12处") is None
    assert await refused(talk.withdraw(asked)) == "corrections.task_closed"
    asked = await talk.undo()
    assert "corrections.task_closed" in keys(asked)
    assert asked.rows == []
    assert await totals(talk) == {ITEM: 12}


async def test_reopened_it_may_be_corrected_again(talk: Talk, world: World, campaign: Campaign) -> None:
    await talk.report(f"今天{ITEM}12处", message_id=7)
    await office_tasks.complete(turn_for(talk.session, world.office, talk.now), world.task_id)
    await office_tasks.reopen(turn_for(talk.session, world.office, talk.now, campaign), world.task_id)
    await talk.correct(7, f"今天{ITEM}21处")
    assert await totals(talk) == {ITEM: 21}


async def test_after_a_handover_it_is_still_their_report(talk: Talk, world: World, roster: Roster) -> None:
    await talk.report(f"今天{ITEM}12处", message_id=7)
    successor = await roster.contact(world.unit, "接任者")
    world.task.responsible_id = successor.id
    await talk.session.flush()
    await talk.correct(7, f"今天{ITEM}21处")
    assert await totals(talk) == {ITEM: 21}


async def test_after_a_transfer_it_is_still_their_units_report(
    talk: Talk, world: World, campaign: Campaign
) -> None:
    """The figures stay with the person's unit, so the unit corrects them.

    The receipt comes though the task is out of the person's sight.
    """
    await talk.report(f"今天{ITEM}12处", message_id=7)
    to_id = world.other_liaison.id
    await reassign.move_tasks(
        turn_for(talk.session, world.office, talk.now, campaign), [world.task_id], to_id
    )
    await talk.session.refresh(world.task)
    assert await talk.correct(7, f"今天{ITEM}21处") is None
    assert await totals(talk) == {ITEM: 21}
    query = select(Outbox).where(Outbox.kind == MessageKind.RECEIPT).order_by(col(Outbox.id).desc())
    receipt = (await talk.session.exec(query)).first()
    assert receipt is not None
    assert await rendering.render(tick_for(talk.session, talk.now, campaign), receipt) is not None
    assert buttons(await talk.undo(), "correction.withdraw")


async def test_who_reports_for_the_unit_no_more_corrects_nothing(
    talk: Talk, world: World, roster: Roster
) -> None:
    await talk.report(f"今天{ITEM}12处", message_id=7)
    asked = await talk.undo()
    world.task.responsible_id = None
    talk.actor.contact.unit_id = world.other_unit.id or 0
    elsewhere = replace(talk, actor=await actor_of(talk.session, talk.actor.contact))
    refusal = "corrections.not_on_duty"
    assert await refused(elsewhere.correct(7, f"今天{ITEM}21处")) == refusal
    assert await refused(elsewhere.withdraw(asked)) == refusal
    assert await refused(elsewhere.reopen(asked)) == refusal
    shown = await elsewhere.undo()
    assert (keys(shown)[-1], shown.rows) == (refusal, [])
    assert await totals(talk) == {ITEM: 12}


# -- later totals --------------------------------------------------------------------------------------


async def test_a_later_total_stands_and_adds_what_is_left(talk: Talk, session: Session) -> None:
    await talk.report(f"今天{ITEM}100处", message_id=7)
    later = await talk.report(f"累计{ITEM}576处")
    await talk.correct(7, f"今天{ITEM}120处")
    figures = await report_revisions.figures(session, later.id or 0, 1)
    assert [figure.stated for figure, _ in figures] == [576]
    assert [figure.added for figure, _ in figures] == [456]
    assert await totals(talk) == {ITEM: 576}
    (row,) = (await session.exec(select(Audit).where(Audit.event == "revise"))).all()
    assert row.after is not None
    assert row.after["recounted"] == [later.receipt_no]


async def test_a_correction_that_makes_a_later_total_fall_names_it(talk: Talk) -> None:
    await talk.report(f"今天{ITEM}100处", message_id=7)
    later = await talk.report(f"累计{ITEM}576处")
    with pytest.raises(DomainError) as refusal:
        await talk.correct(7, f"今天{ITEM}600处")
    assert refusal.value.text.key == "corrections.later_total"
    assert refusal.value.text.values["number"] == later.receipt_no
    await talk.session.refresh((await talk.reports())[0])
    assert await totals(talk) == {ITEM: 576}
    assert (await talk.reports())[0].revision == 1


# -- /undo ---------------------------------------------------------------------------------------------


async def test_undo_withdraws_the_last_report_once(talk: Talk, world: World, session: Session) -> None:
    await talk.report(f"今天{ITEM}12处")
    report = await talk.report(f"今天{ITEM}30处", photo("a"))
    asked = await talk.undo()
    assert line(asked, "mine.number").values["number"] == report.receipt_no
    assert line(asked, "mine.figure").values["quantity"].values["grouped"] == "30"
    assert keys(await talk.withdraw(asked)) == ["corrections.withdrawn"]
    assert await totals(talk) == {ITEM: 12}
    assert keys((await talk.receipts())[-1])[0] == "corrections.receipt.withdrawn"
    again = await talk.withdraw(asked)
    assert "corrections.is_withdrawn" in keys(again)
    assert again.rows == []
    assert len(await talk.receipts()) == 3
    assert report.id not in [one.id for one in await reports.last_reports(session, world.task_id)]
    assert world.task.state is TaskState.IN_PROGRESS


async def test_undo_after_a_withdrawal_is_about_the_one_before(talk: Talk) -> None:
    first = await talk.report(f"今天{ITEM}12处")
    await talk.report(f"今天{ITEM}30处")
    await talk.withdraw(await talk.undo())
    asked = await talk.undo()
    assert line(asked, "mine.number").values["number"] == first.receipt_no
    await talk.withdraw(asked)
    assert keys(await talk.undo()) == ["corrections.nothing_to_undo"]


async def test_a_withdrawn_report_comes_from_nowhere(talk: Talk, world: World) -> None:
    """It counts neither in the task's totals nor as evidence, and its metric starts anew."""
    await talk.report(f"累计{ITEM}30处", photo("a"))
    await talk.withdraw(await talk.undo())
    assert await reports.evidence_of_task(talk.session, world.task_id) == []
    card = await talk.write(f"累计{ITEM}12处")
    assert "progress.card.ask_confirm" in keys(card), "no total that it would fall below"
    await talk.confirm(card)
    assert await totals(talk) == {ITEM: 12}


async def test_an_old_card_shows_how_the_report_stands(talk: Talk) -> None:
    await talk.report(f"今天{ITEM}12处", message_id=7)
    asked = await talk.undo()
    await talk.correct(7, f"今天{ITEM}21处")
    shown = await talk.withdraw(asked)
    assert keys(shown)[0] == "corrections.changed_since"
    assert line(shown, "mine.figure").values["quantity"].values["grouped"] == "21"
    assert await totals(talk) == {ITEM: 21}
    await talk.withdraw(shown)
    assert await totals(talk) == {}


async def test_a_zero_report_can_be_taken_back_and_given_again(talk: Talk, world: World) -> None:
    await talk.write("无情况", message_id=7)
    assert await talk.correct(7, "无新增") is None
    assert await refused(talk.correct(7, f"今天{ITEM}12处")) == "corrections.zero_stays"
    asked = await talk.undo()
    assert buttons(asked, "correction.begin") == []
    await talk.withdraw(asked)
    assert keys(await talk.write("无情况")) == ["progress.zero_taken"]


async def test_correcting_by_new_words_keeps_the_pictures(talk: Talk, session: Session) -> None:
    report = await talk.report(f"今天{ITEM}12处，完成进度40%", photo("a"), message_id=7)
    card = await talk.reopen(await talk.undo())
    assert line(card, "corrections.card_title").values["number"] == report.receipt_no
    assert line(card, "progress.card.text").values["text"] == report.text
    assert line(card, "progress.card.figure").values["how"].key == "progress.card.increment"
    await talk.confirm(await talk.write(f"今天{ITEM}21处", message_id=9))
    report = await last(talk)
    assert (report.revision, report.text, report.percent) == (2, f"今天{ITEM}21处", None)
    assert await totals(talk) == {ITEM: 21}
    assert [file.file_id for file in await reports.evidence_of(session, report)] == ["file-a"]
    await talk.correct(9, f"今天{ITEM}22处")
    assert await totals(talk) == {ITEM: 22}


async def test_correcting_by_the_buttons_alone(talk: Talk) -> None:
    await talk.report(f"{ITEM}100处")
    card = await talk.change(await talk.write(f"{ITEM}130处"), mode="increment")
    await talk.confirm(card)
    card = await talk.reopen(await talk.undo())
    how = line(card, "progress.card.figure").values["how"]
    assert (how.key, how.values["total"].values["grouped"]) == ("progress.card.increment", "230")
    await talk.confirm(await talk.change(card, mode="cumulative"))
    assert await totals(talk) == {ITEM: 130}


async def test_correcting_begun_twice_and_of_another_report_instead(talk: Talk) -> None:
    """Only words that were written for a correction have to be finished first."""
    first = await talk.report(f"今天{ITEM}12处")
    other = await talk.undo()
    second = await talk.report("今天清理垃圾3吨")
    asked = await talk.undo()
    for shown, report in ((asked, second), (asked, second), (other, first)):
        card = await talk.reopen(shown)
        assert line(card, "corrections.card_title").values["number"] == report.receipt_no
    await talk.write(f"今天{ITEM}21处")
    assert await refused(talk.reopen(asked)) == "corrections.finish_first"


async def test_a_correction_that_is_cancelled_changes_nothing(talk: Talk) -> None:
    await talk.report(f"今天{ITEM}12处")
    await talk.reopen(await talk.undo())
    await talk.cancel()
    assert (await last(talk)).revision == 1
    assert await totals(talk) == {ITEM: 12}


async def test_words_that_replaced_others_are_no_part_any_more(talk: Talk) -> None:
    await talk.report(f"今天{ITEM}12处", message_id=7)
    await talk.reopen(await talk.undo())
    await talk.confirm(await talk.write(f"今天{ITEM}21处", message_id=9))
    assert not await corrections.is_part(turn_for(talk.session, talk.actor, chat=talk.chat_id), 7)


# -- assisting units -----------------------------------------------------------------------------------


async def test_an_assisting_units_figures_count_once_under_its_own_unit(
    session: Session, world: World, roster: Roster, talk: Talk, campaign: Campaign, local: Local
) -> None:
    """In the task's total, in each unit's tally and in each unit's own 累计, also after corrections."""
    task = await roster.task(world.unit, "清理野广告", date(2026, 12, 20), assisting=(world.other_unit,))
    about = [task.id or 0]
    lead, helper = talk, replace(talk, actor=world.other_liaison)
    await lead.report("今天清理野广告300张", about=about, message_id=7)
    await helper.report("累计清理野广告50张", about=about, message_id=7)
    await helper.report("累计清理野广告80张", about=about)
    await lead.report("累计清理野广告310张", about=about)

    async def by_unit() -> list[Decimal]:
        metric_ids = [metric.id or 0 for metric in await tasks.metrics_of(session, about[0])]
        found: list[Decimal] = []
        for unit_id in (world.unit.id, world.other_unit.id, None):
            found += (await report_sums.metric_totals(session, metric_ids, unit_id)).values()
        return found

    assert await by_unit() == [310, 80, 390]
    await helper.correct(7, "累计清理野广告60张")
    await lead.correct(7, "今天清理野广告305张")
    assert await by_unit() == [310, 80, 390]
    await helper.withdraw(await helper.undo())
    assert await by_unit() == [310, 60, 370]
    for unit, total in ((world.unit, 310), (world.other_unit, 60)):
        (sums,) = await report_sums.quantity_sums(
            session, ReportSelection(talk.now, local(12, 14), [unit.id or 0])
        )
        assert sums.added == sums.total == total
    (both,) = await report_sums.quantity_sums(session, ReportSelection(talk.now, local(12, 14)))
    assert both.total == 370
