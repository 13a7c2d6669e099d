"""One message about two tasks makes two reports, on one card; a further message about another is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest

from locales import plain
from models.db import Session, ident
from models.progress import ProgressReport, report_revisions
from models.tasks import Task
from rules.people.roles import Role
from rules.tasks.task_lifecycle import TaskState
from services.absences import RepresentedPerson
from services.campaign import Campaign
from services.drafts import draft_changes
from services.progress import progress_dialogue, report_card_buttons
from services.progress.another_report import Answer
from services.tasks import task_steps
from services.views import View
from tests.services.conftest import World
from tests.services.progress.talk import Talk, buttons, keys, line, photo, refused, revision
from tests.support.people import Roster
from tests.support.turns import turn_for

BOTH = "今天清理违规广告牌匾12处，清运垃圾3车"


@pytest.fixture
async def rubbish(roster: Roster, world: World) -> Task:
    """A second task of the same person."""
    return await roster.task(world.unit, "垃圾日产日清", date(2026, 12, 25), world.responsible.contact)


def text_of(view: View | None) -> str:
    assert view is not None
    return "\n".join(plain(one, "zh") for one in view.lines)


async def filed(talk: Talk) -> list[tuple[int | None, str, list[tuple[str, Decimal]], int]]:
    """Of each report: its task, words, figures and number of files."""
    found = []
    for report in await talk.reports():
        figures = await report_revisions.figures(talk.session, ident(report), report.revision)
        files = await report_revisions.evidence(talk.session, ident(report), report.revision)
        stated = [(metric.item, figure.added) for figure, metric in figures]
        found.append((report.task_id, report.text, stated, len(files)))
    return found


# -- one message ----------------------------------------------------------------------------------------


async def test_two_tasks_are_split_on_one_card(talk: Talk, world: World, rubbish: Task) -> None:
    card = await talk.write(BOTH)
    assert text_of(card) == (
        "将分成 2 份报告，请核对后一并提交\n"
        f"内容：{BOTH}\n"
        "【1】清理违规广告牌匾\n"
        "1. 清理违规广告牌匾 12处，本次新增，本单位累计将为 12处\n"
        "【2】垃圾日产日清\n"
        "2. 清运垃圾 3车，本次新增，本单位累计将为 3车\n"
        "无误请点“确认提交”。"
    )
    assert card is not None
    assert card.task_ids == [world.task_id, rubbish.id]


async def test_one_confirmation_files_two_reports_with_one_receipt(
    talk: Talk, world: World, rubbish: Task
) -> None:
    answer = await talk.confirm(await talk.write(BOTH))
    one, other = await talk.reports()
    assert text_of(answer) == f"✅ 已提交 2 份报告，回执号 {one.receipt_no}、{other.receipt_no}。"
    assert await filed(talk) == [
        (world.task_id, BOTH, [("清理违规广告牌匾", Decimal(12))], 0),
        (rubbish.id, BOTH, [("清运垃圾", Decimal(3))], 0),
    ]
    (receipt,) = await talk.receipts()
    assert one.receipt_no in text_of(receipt)
    assert other.receipt_no in text_of(receipt)
    assert receipt.task_ids == [world.task_id, rubbish.id]
    await talk.session.refresh(rubbish)
    assert rubbish.state is TaskState.IN_PROGRESS


async def test_a_number_that_names_no_task_goes_with_the_one_before(talk: Talk, rubbish: Task) -> None:
    await talk.confirm(await talk.write("今天出动20人，清理违规广告牌匾12处，清运垃圾3车，用车2台次"))
    assert [[item for item, _ in figures] for _, _, figures, _ in await filed(talk)] == [
        ["出动人员", "清理违规广告牌匾"],
        ["清运垃圾", "用车"],
    ]


async def test_a_thing_that_names_no_task_is_asked_about(talk: Talk, world: World, rubbish: Task) -> None:
    card = await talk.write(f"{BOTH}，修路灯6盏")
    assert "progress.card.task_open" in keys(card)
    assert await refused(talk.confirm(card)) == "progress.choose_mode_first"
    (to_first,) = buttons(card, "report.move")
    card = await report_card_buttons.move(talk.turn, **to_first.arguments)
    assert "progress.card.task_open" not in keys(card)
    await talk.confirm(await talk.write("", photo("a")))
    assert [[item for item, _ in figures] for _, _, figures, _ in await filed(talk)] == [
        ["清理违规广告牌匾", "修路灯"],
        ["清运垃圾"],
    ]


async def test_it_need_not_be_split(talk: Talk, world: World, rubbish: Task) -> None:
    card = await talk.write(BOTH)
    whole = buttons(card, "report.unsplit")[1]
    card = await report_card_buttons.unsplit(talk.turn, **whole.arguments)
    assert card.task_ids == [rubbish.id]
    await talk.confirm(card)
    ((task_id, _, figures, _),) = await filed(talk)
    assert (task_id, len(figures)) == (rubbish.id, 2)


async def test_a_photo_goes_to_both_unless_it_is_moved(talk: Talk, world: World, rubbish: Task) -> None:
    await talk.confirm(await talk.write(BOTH, photo("a")))
    card = await talk.write(BOTH, photo("b"))
    assert plain(line(card, "progress.card.files_for_all"), "zh") == "佐证：1 张图片，每份报告都附"
    only_second = buttons(card, "report.files")[1]
    card = await report_card_buttons.give_files(talk.turn, **only_second.arguments)
    assert plain(line(card, "progress.card.files_for"), "zh") == "佐证：1 张图片，只附【2】"
    await talk.confirm(card)
    assert [files for *_, files in await filed(talk)] == [1, 1, 0, 1]


async def test_the_late_photo_of_an_album_goes_where_the_others_went(talk: Talk, rubbish: Task) -> None:
    await talk.write(BOTH, photo("a"), album="9", message_id=1, arrived_at=talk.now)
    await talk.confirm((await talk.due()).view)
    joined = await talk.write("", photo("b"), album="9", message_id=2)
    assert keys(joined) == ["progress.joined_late"]
    assert [files for *_, files in await filed(talk)] == [2, 2]


async def test_the_percentage_of_one_of_two_tasks_is_asked_about(talk: Talk, rubbish: Task) -> None:
    assert keys(await talk.write(f"{BOTH}，任务完成40%")) == ["progress.which_task"]


async def test_who_stands_in_for_somebody_is_asked(
    session: Session, world: World, roster: Roster, now: datetime, campaign: Campaign
) -> None:
    """Their reports may count under several units."""
    rubbish = await roster.task(world.unit, "垃圾日产日清", date(2026, 12, 25), world.responsible.contact)
    other = world.other_liaison.contact
    away = RepresentedPerson(ident(other), other.name, other.unit_id, frozenset({Role.LIAISON}), frozenset())
    deputy = Talk(session, replace(world.responsible, represented=(away,)), now, campaign)
    assert keys(await deputy.write(BOTH)) == ["progress.which_task"]
    await deputy.cancel()
    await deputy.write("今天清理违规广告牌匾12处", message_id=1)
    assert await refused(deputy.write("今天清运垃圾3车")) == "progress.finish_first"
    assert await refused(deputy.write(BOTH)) == "progress.finish_first"
    await deputy.rewrite(1, BOTH)
    assert (await deputy.due()).view.task_ids == [world.task_id]
    await deputy.rewrite(1, "今天清运垃圾3车")
    card = (await deputy.due()).view
    assert card.task_ids == [rubbish.id]
    await deputy.confirm(card)
    assert await filed(deputy) == [(rubbish.id, "今天清运垃圾3车", [("清运垃圾", Decimal(3))], 0)]


async def test_words_that_are_written_anew_may_name_one_task(talk: Talk, world: World, rubbish: Task) -> None:
    await talk.edit(await talk.write(BOTH))
    card = await talk.write("今天清运垃圾5车")
    assert card is not None
    assert card.task_ids == [rubbish.id]
    await talk.confirm(card)
    assert [figures for _, _, figures, _ in await filed(talk)] == [[("清运垃圾", Decimal(5))]]


async def test_words_that_are_written_anew_may_name_another_task(
    talk: Talk, world: World, rubbish: Task
) -> None:
    await talk.edit(await talk.write("今天清运垃圾3车"))
    card = await talk.write("今天清理违规广告牌匾1处")
    assert card is not None
    assert card.task_ids == [world.task_id]
    await talk.edit(card)
    card = await talk.write(BOTH)
    assert card is not None
    assert card.task_ids == [world.task_id, rubbish.id]


async def test_words_written_anew_after_the_task_was_picked(talk: Talk, world: World, rubbish: Task) -> None:
    photo_first = await talk.pick(await talk.write("", photo("a")), world.task_id)
    assert photo_first.task_ids == [world.task_id]
    card = await talk.write("今天清运垃圾3车")
    assert card is not None
    assert card.task_ids == [world.task_id], "the first words belong to the task that was just picked"
    await talk.edit(card)
    card = await talk.write("今天清运垃圾4车")
    assert card is not None
    assert card.task_ids == [rubbish.id]


async def test_an_edited_message_keeps_the_task_that_was_picked(
    talk: Talk, world: World, rubbish: Task
) -> None:
    card = await talk.write(BOTH, message_id=1)
    await report_card_buttons.unsplit(talk.turn, revision(card), world.task_id)
    assert await talk.rewrite(1, "今天清理违规广告牌匾13处，清运垃圾3车")
    card = (await talk.due()).view
    assert card.task_ids == [world.task_id]
    await talk.pick(await report_card_buttons.other_task(talk.turn, revision(card)), ident(rubbish))
    assert await talk.rewrite(1, "今天清理违规广告牌匾14处，清运垃圾3车")
    assert (await talk.due()).view.task_ids == [rubbish.id]


async def test_an_edited_message_is_split_anew(talk: Talk, world: World, rubbish: Task) -> None:
    await talk.write(BOTH, message_id=1)
    assert await talk.rewrite(1, "今天清理违规广告牌匾15处")
    card = (await talk.due()).view
    assert card.task_ids == [world.task_id]


async def test_an_edited_message_may_name_another_task(talk: Talk, world: World, rubbish: Task) -> None:
    await talk.write("今天清理违规广告牌匾12处", message_id=1)
    assert await talk.rewrite(1, BOTH)
    assert (await talk.due()).view.task_ids == [world.task_id, rubbish.id]
    assert await talk.rewrite(1, "今天清运垃圾3车")
    assert (await talk.due()).view.task_ids == [rubbish.id]


async def test_choices_of_a_split_card_stay(talk: Talk, rubbish: Task) -> None:
    await talk.write(BOTH)
    card = await talk.change(await talk.write("", photo("a")), 1, choice="drop")
    await talk.confirm(card)
    assert [figures for _, _, figures, _ in await filed(talk)] == [[("清理违规广告牌匾", Decimal(12))], []]


async def test_neither_is_filed_where_one_task_is_over(talk: Talk, world: World, rubbish: Task) -> None:
    card = await talk.write(BOTH)
    await task_steps.complete(turn_for(talk.session, world.office, talk.now), ident(rubbish))

    async def confirm() -> None:
        async with talk.session.begin_nested():  # as a handler runs
            await talk.confirm(card)

    assert await refused(confirm()) == "progress.task_finished"
    assert await talk.reports() == []


# -- corrected and undone one by one -----------------------------------------------------------------------


async def last_standing(talk: Talk) -> list[ProgressReport]:
    return [report for report in await talk.reports() if not report.withdrawn]


async def test_each_is_undone_by_itself(talk: Talk, world: World, rubbish: Task) -> None:
    await talk.confirm(await talk.write(BOTH))
    await talk.withdraw(await talk.undo())
    (left,) = await last_standing(talk)
    assert left.task_id == world.task_id
    first, _ = await filed(talk)
    assert first[2] == [("清理违规广告牌匾", Decimal(12))]


async def test_each_is_corrected_by_itself(talk: Talk, world: World, rubbish: Task) -> None:
    """The numbers of the other one stay out of it."""
    await talk.confirm(await talk.write(BOTH, photo("a")))
    card = await talk.reopen(await talk.undo())
    assert [plain(one.values["how"], "zh") for one in card.lines if one.key == "progress.card.figure"] == [
        "不计入统计",
        "本次新增，本单位累计将为 3车",
    ]
    await talk.confirm(await talk.write("今天清运垃圾4车"))
    assert await filed(talk) == [
        (world.task_id, BOTH, [("清理违规广告牌匾", Decimal(12))], 1),
        (rubbish.id, "今天清运垃圾4车", [("清运垃圾", Decimal(4))], 1),
    ]


@pytest.mark.parametrize("withdrawn", [False, True])
async def test_the_whole_message_as_a_correction_of_one_counts_nothing_twice(
    talk: Talk, world: World, rubbish: Task, withdrawn: bool
) -> None:
    """People write the whole sentence again; what belongs to the other report is shown, but not counted."""
    await talk.confirm(await talk.write(BOTH))
    first, _ = await talk.reports()
    first.withdrawn = withdrawn
    await talk.reopen(await talk.undo())
    card = await talk.write("今天清理违规广告牌匾13处，清运垃圾4车")
    assert card is not None
    assert [plain(one.values["how"], "zh") for one in card.lines if one.key == "progress.card.figure"] == [
        "不计入统计",
        "本次新增，本单位累计将为 4车",
    ]
    await talk.confirm(card)
    assert [figures for _, _, figures, _ in await filed(talk)] == [
        [("清理违规广告牌匾", Decimal(12))],
        [("清运垃圾", Decimal(4))],
    ]


async def test_editing_the_message_of_two_reports_corrects_neither_unseen(talk: Talk, rubbish: Task) -> None:
    await talk.confirm(await talk.write(BOTH, message_id=7))
    before = await filed(talk)
    answer = await talk.correct(7, "今天清理违规广告牌匾15处，清运垃圾4车")
    assert keys(answer) == ["corrections.split_message"]
    assert await filed(talk) == before
    await talk.withdraw(await talk.undo())
    assert await talk.correct(7, "今天清理违规广告牌匾15处") is None, "only one is left, so it is clear"


# -- a further message --------------------------------------------------------------------------------------


async def answer(talk: Talk, question: View | None, wanted: str) -> View:
    (button,) = [one for one in buttons(question, "report.another") if one.arguments["answer"] == wanted]
    arguments = {**button.arguments, "answer": Answer(wanted)}
    return await progress_dialogue.answer_another(talk.turn, **arguments)


async def test_a_message_that_fits_another_task_is_asked_about(
    talk: Talk, world: World, rubbish: Task
) -> None:
    await talk.write("今天清理违规广告牌匾12处")
    question = await talk.write("今天清运垃圾3车")
    assert text_of(question) == (
        "另一份报告？\n“今天清运垃圾3车”像是另一项任务的进展：垃圾日产日清\n正在填写的报告：清理违规广告牌匾"
    )
    await talk.confirm(await answer(talk, question, "another"))
    assert await filed(talk) == [
        (world.task_id, "今天清理违规广告牌匾12处", [("清理违规广告牌匾", Decimal(12))], 0),
        (rubbish.id, "今天清运垃圾3车", [("清运垃圾", Decimal(3))], 0),
    ]


async def test_the_message_that_is_asked_about_may_be_edited(
    talk: Talk, world: World, rubbish: Task, roster: Roster
) -> None:
    """Its new words are asked about, and filed."""
    trees = await roster.task(world.unit, "补种行道树", date(2026, 12, 25), world.responsible.contact)
    await talk.write("今天清理违规广告牌匾12处", message_id=1)
    await talk.write("今天清运垃圾3车", message_id=2)
    assert await talk.rewrite(2, "今天清运垃圾4车")
    question = (await talk.due()).view
    assert "今天清运垃圾4车" in text_of(question)
    assert await talk.rewrite(2, "今天补种行道树5棵")
    question = (await talk.due()).view
    card = await progress_dialogue.answer_another(talk.turn, revision(question), Answer.ANOTHER)
    await talk.confirm(card)
    assert [(task_id, figures) for task_id, _, figures, _ in await filed(talk)] == [
        (world.task_id, [("清理违规广告牌匾", Decimal(12))]),
        (trees.id, [("补种行道树", Decimal(5))]),
    ]


async def test_it_may_belong_to_the_open_report_after_all(talk: Talk, world: World, rubbish: Task) -> None:
    await talk.write("今天清理违规广告牌匾12处")
    question = await talk.write("今天清运垃圾3车")
    await talk.confirm(await answer(talk, question, "same"))
    ((task_id, text, figures, _),) = await filed(talk)
    assert (task_id, text) == (world.task_id, "今天清理违规广告牌匾12处\n今天清运垃圾3车")
    assert len(figures) == 2


async def test_or_it_is_dropped(talk: Talk, world: World, rubbish: Task) -> None:
    await talk.write("今天清理违规广告牌匾12处")
    question = await talk.write("今天清运垃圾3车")
    await talk.confirm(await answer(talk, question, "nothing"))
    ((_, text, _, _),) = await filed(talk)
    assert text == "今天清理违规广告牌匾12处"


async def test_nothing_is_filed_or_added_before_the_answer(talk: Talk, rubbish: Task) -> None:
    card = await talk.write("今天清理违规广告牌匾12处")
    question = await talk.write("今天清运垃圾3车")
    assert await refused(talk.confirm(card)) == "progress.old_card"
    assert await refused(talk.write("在东门")) == "progress.another.first"
    again = await progress_dialogue.begin_without_task(talk.turn)
    assert keys(again) == keys(question)
    assert not buttons(again, "report.confirm")
    await talk.cancel()
    assert await talk.reports() == []


async def test_a_message_that_fits_both_splits_the_report(talk: Talk, world: World, rubbish: Task) -> None:
    await talk.write("今天清理违规广告牌匾12处")
    card = await talk.write("下午又清理违规广告牌匾2处，清运垃圾3车")
    assert card is not None
    assert card.task_ids == [world.task_id, rubbish.id]
    await talk.confirm(card)
    assert [[added for _, added in figures] for _, _, figures, _ in await filed(talk)] == [[14], [3]]


async def test_an_album_about_another_task_splits_the_report(talk: Talk, world: World, rubbish: Task) -> None:
    """Its parts come one by one, so they cannot wait for an answer."""
    await talk.write("今天清理违规广告牌匾12处")
    await talk.write("今天清运垃圾3车", photo("a"), album="9", message_id=2, arrived_at=talk.now)
    await talk.write("", photo("b"), album="9", message_id=3, arrived_at=talk.now)
    card = (await talk.due()).view
    assert card.task_ids == [world.task_id, rubbish.id]


async def test_more_words_of_the_same_report_are_added_as_ever(
    talk: Talk, world: World, rubbish: Task
) -> None:
    await talk.write("今天清理违规广告牌匾12处")
    for text in ("在东门", "出动20人", "违规广告牌匾又清理3处"):
        card = await talk.write(text)
    assert "progress.another.ask" not in keys(card)
    await talk.confirm(card)
    assert len(await talk.reports()) == 1


async def test_a_third_message_joins_the_report_that_it_fits(talk: Talk, world: World, rubbish: Task) -> None:
    card = await talk.write(BOTH)
    card = await talk.write("下午又清运垃圾2车")
    await talk.confirm(card)
    assert [figures for _, _, figures, _ in await filed(talk)] == [
        [("清理违规广告牌匾", Decimal(12))],
        [("清运垃圾", Decimal(5))],
    ]


async def test_an_older_draft_of_one_task_is_still_read(talk: Talk, rubbish: Task) -> None:
    """The parts and numbers of the present release name no task."""
    card = await talk.write("今天清理违规广告牌匾12处")
    draft = await draft_changes.current(talk.turn)
    content = {name: value for name, value in draft.content.items() if name not in {"split", "files_for"}}
    for name in ("figures", "parts"):
        content[name] = [{k: v for k, v in one.items() if k != "task_id"} for one in content[name]]
    draft.content = content
    await talk.session.flush()
    assert revision(card) == draft.revision
    await talk.confirm(await talk.write("", photo("a")))
    assert [(len(figures), files) for _, _, figures, files in await filed(talk)] == [(1, 1)]
