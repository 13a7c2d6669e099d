"""A number that may be meant otherwise is asked about on the card; it never counts unasked."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlmodel import select

from locales import plain
from models.tasks import Task
from rules.progress.quantities import Aside
from services.progress import report_card_buttons
from services.progress.reading_lines import aside_lines
from services.views import View
from tests.services.progress.talk import Talk, buttons, keys, line, refused, revision


async def test_a_number_with_two_readings_is_asked_about(talk: Talk) -> None:
    card = await talk.write("今天清理小广告3万50张")
    assert "progress.card.doubt.number" in keys(card)
    assert await refused(talk.confirm(card)) == "progress.choose_mode_first"
    card = await talk.change(card, mode="increment")
    assert "progress.card.doubt.number" not in keys(card)
    await talk.confirm(card)
    assert await talk.figures() == [("清理小广告", "张", Decimal(30_050))]


async def test_the_question_stays_when_more_words_come(talk: Talk) -> None:
    await talk.write("今天清理小广告3万50张")
    card = await talk.write("在东门")
    assert "progress.card.doubt.number" in keys(card)


async def test_a_spoken_number_counts_without_a_question(talk: Talk) -> None:
    await talk.report("今天发放宣传单3万5千份")
    assert await talk.figures() == [("发放宣传单", "份", Decimal(35_000))]


async def test_the_card_says_what_does_not_count(talk: Talk) -> None:
    card = await talk.write("应整改20处，今天清理牌匾18处，比昨天多5处，明天计划清理30处")
    told = line(card, "progress.card.more_asides")
    assert plain(told, "zh") == "未计入：20处（未完成）、5处（比较），另1个"
    await talk.confirm(card)
    assert await talk.figures() == [("清理牌匾", "处", Decimal(18))]


@pytest.mark.parametrize("locale", ["zh", "en"])
@pytest.mark.parametrize("aside", Aside)
def test_the_line_is_short(aside: Aside, locale: str) -> None:
    [told] = aside_lines([("123456789012345平方米", aside.value)] * 99)
    assert len(plain(told, locale)) <= (60 if locale == "zh" else 80)


async def test_a_change_is_asked_about(talk: Talk) -> None:
    card = await talk.write("今天充电桩从20处增加到35处")
    assert "progress.card.doubt.change" in keys(card)
    await talk.confirm(await talk.change(card, mode="increment"))
    assert await talk.figures() == [("充电桩", "处", Decimal(15))]


async def test_plans_alone_make_a_report_in_words(talk: Talk) -> None:
    card = await talk.write("明天计划清理小广告50处")
    assert "progress.card.figure" not in keys(card)
    assert "progress.card.no_figures" not in keys(card)
    assert line(card, "progress.card.asides")


async def test_a_number_without_a_unit_is_asked_about_with_the_unit_that_its_metric_has(talk: Talk) -> None:
    await talk.report("今天清理小广告20处")
    card = await talk.write("今天清理小广告30，垃圾2吨")
    asked = line(card, "progress.card.unit_open")
    assert plain(asked.values["quantity"]) == "30处"
    assert await refused(talk.confirm(card)) == "progress.choose_mode_first"
    await talk.confirm(await talk.change(card, mode="increment"))
    assert (await talk.figures())[1:] == [("清理小广告", "处", Decimal(30)), ("垃圾", "吨", Decimal(2))]


async def test_a_number_without_a_unit_and_without_a_metric_is_asked_about(talk: Talk) -> None:
    await talk.report("今天清理小广告20处")
    card = await talk.write("今天条幅12")
    assert "progress.card.doubt.unit" in keys(card)
    metric_id = next(b.arguments["metric_id"] for b in buttons(await offered(talk, card), "report.metric"))
    card = await talk.change(card, metric_id=metric_id)
    assert "progress.card.ask_confirm" in keys(card)
    await talk.confirm(card)
    assert (await talk.figures())[1:] == [("清理小广告", "处", Decimal(12))]


@pytest.mark.parametrize("words", ["完成100", "100"])
async def test_a_bare_number_may_be_of_the_tasks_only_metric(talk: Talk, words: str) -> None:
    await talk.report("今天清理小广告20处")
    card = await talk.write(words)
    assert plain(line(card, "progress.card.unit_open").values["quantity"]) == "100处"
    await talk.confirm(await talk.change(card, mode="increment"))
    assert (await talk.figures())[1:] == [("清理小广告", "处", Decimal(100))]


@pytest.mark.parametrize("words", ["完成100", "100", "清理垃圾100", "垃圾 100"])
async def test_a_bare_number_may_be_what_the_task_aims_at(talk: Talk, words: str) -> None:
    task = (await talk.session.exec(select(Task))).one()
    task.objective, task.target_value, task.target_unit = "清理农村积存垃圾300吨", Decimal(120), "吨"
    card = await talk.write(words)
    assert plain(line(card, "progress.card.unit_open").values["quantity"]) == "100吨"
    assert await refused(talk.confirm(card)) == "progress.choose_mode_first"
    await talk.confirm(await talk.change(card, mode="increment"))
    ((item, unit, added),) = await talk.figures()
    assert (unit, added) == ("吨", Decimal(100))
    assert item


@pytest.mark.parametrize("words", ["完成150", "累计完成150吨", "垃圾 累计150"])
async def test_the_card_counts_on_from_what_was_filed_under_that_name(talk: Talk, words: str) -> None:
    task = (await talk.session.exec(select(Task))).one()
    task.objective, task.target_value, task.target_unit = "清理农村积存垃圾300吨", Decimal(120), "吨"
    await talk.report("已完成100吨")
    await talk.report("清理建筑垃圾3吨")
    card = await talk.write(words)
    if "progress.card.ask_mode" in keys(card):
        card = await talk.change(card, mode="cumulative")
    assert plain(line(card, "progress.card.figure").values["how"]) == "按本单位累计数，本次新增 50吨"
    await talk.confirm(card)
    assert (await talk.figures())[-1] == ("清理农村积存垃圾", "吨", Decimal(50))


async def test_words_that_name_nothing_take_the_name_of_what_the_task_aims_at(talk: Talk) -> None:
    task = (await talk.session.exec(select(Task))).one()
    task.objective, task.target_value, task.target_unit = "清理农村积存垃圾300吨", Decimal(120), "吨"
    await talk.report("已完成80吨")
    await talk.report("今天清运5吨")
    await talk.report("清理建筑垃圾3吨")
    await talk.report("完成6吨")
    named = [(item, added) for item, _, added in await talk.figures()]
    aim = "清理农村积存垃圾"
    assert named == [(aim, Decimal(80)), (aim, Decimal(5)), ("清理建筑垃圾", Decimal(3)), (aim, Decimal(6))]


@pytest.mark.parametrize("words", ["改成40吨", "刚才报错了，应为40吨", "更正：40吨"])
async def test_words_that_correct_are_told_how_to(talk: Talk, words: str) -> None:
    await talk.report("今天清理积存垃圾100吨")
    assert "progress.card.corrects" in keys(await talk.write(words))


async def test_other_words_are_not(talk: Talk) -> None:
    assert "progress.card.corrects" not in keys(await talk.write("更换垃圾桶40个，改造公厕2座"))


async def test_a_number_of_something_else_does_not_take_the_targets_unit(talk: Talk) -> None:
    task = (await talk.session.exec(select(Task))).one()
    task.objective, task.target_value, task.target_unit = "清理农村积存垃圾300吨", Decimal(120), "吨"
    assert "progress.card.doubt.unit" in keys(await talk.write("今天条幅12"))


async def test_a_doubtful_number_without_a_unit_can_be_filed_under_a_metric(talk: Talk) -> None:
    card = await talk.write("今天清理小广告3万50")
    assert "progress.card.doubt.unit" in keys(card)
    assert buttons(card, "report.file")
    assert card is not None
    assert all(card.rows), "no row is empty"


async def test_nothing_counts_without_a_unit(talk: Talk) -> None:
    card = await talk.write("完成100")
    assert "progress.card.ask_unit" in keys(card)
    assert await refused(talk.confirm(card)) == "progress.add_unit_first"
    assert await refused(talk.change(card, mode="increment")) == "progress.add_unit_first"
    choices = await offered(talk, card)
    assert [b.arguments["choice"] for b in buttons(choices, "report.choice")] == ["drop"], "no new metric"
    await talk.edit(card)
    await talk.confirm(await talk.write("今天完成100处"))
    assert [(unit, added) for _, unit, added in await talk.figures()] == [("处", Decimal(100))]


async def offered(talk: Talk, card: View | None) -> View:
    """Press 归入…."""
    return await report_card_buttons.offer_metrics(talk.turn, revision(card), 0)
