"""The buttons of a report's card: few on the card, the choices of each number behind 调整."""

from __future__ import annotations

from services.progress import report_card_buttons
from services.views import View
from tests.services.progress.talk import Talk, buttons, keys, revision

FOUR = ("清理违规广告牌匾{}处", "清运垃圾{}吨", "出动志愿者{}人", "发放宣传单{}份")


def said(*numbers: int) -> str:
    return "，".join(item.format(number) for item, number in zip(FOUR, numbers, strict=True))


def actions(view: View | None) -> list[str]:
    assert view is not None
    return [button.action for row in view.rows for button in row]


async def adjusted(talk: Talk, card: View | None) -> View:
    return await report_card_buttons.adjust(talk.turn, revision(card))


async def test_a_card_of_four_numbers_has_few_buttons(talk: Talk) -> None:
    card = await talk.write("今天" + said(12, 3, 20, 300))
    assert keys(card).count("progress.card.figure") == 4
    assert actions(card) == ["report.confirm", "report.edit", "report.cancel", "report.adjust"]
    choices = await adjusted(talk, card)
    assert choices.lines == (card.lines if card else None)
    assert [len(row) for row in choices.rows] == [3, 3, 3, 3, 1]
    assert [actions(choices).count(one) for one in ("report.mode", "report.file", "report.show")] == [8, 4, 1]


async def test_a_card_of_words_only_has_nothing_to_adjust(talk: Talk) -> None:
    assert actions(await talk.write("已经部署下去了")) == ["report.confirm", "report.edit", "report.cancel"]


async def test_open_questions_stay_on_the_card(talk: Talk) -> None:
    """They are answered in one tap; what needs no answer stays behind 调整."""
    await talk.report("今天" + said(100, 30, 20, 300))
    card = await talk.write("清运垃圾3吨，清理违规广告牌匾130处")
    asked = buttons(card, "report.mode")
    assert [(one.arguments["index"], one.arguments["mode"]) for one in asked] == [
        (1, "increment"),
        (1, "cumulative"),
    ]
    assert not buttons(card, "report.file")
    card = await talk.change(card, 1, mode="increment")
    assert not buttons(card, "report.mode"), "the question is answered"


async def test_a_number_without_a_unit_may_be_filed_from_the_card(talk: Talk) -> None:
    card = await talk.write("今天清理违规广告牌匾30")
    assert "progress.card.ask_unit" in keys(card)
    assert not buttons(card, "report.mode"), "nobody knows what would count"
    assert buttons(card, "report.file")


async def test_four_choices_that_were_recalled_fit_on_the_card(talk: Talk) -> None:
    await talk.report(said(100, 30, 20, 300))
    card = await talk.write(said(130, 40, 30, 400))
    for index in range(4):
        card = await talk.change(card, index, mode="cumulative")
    await talk.confirm(card)
    card = await talk.write(said(150, 50, 40, 500))
    assert [one.arguments["mode"] for one in buttons(card, "report.mode")] == ["increment"] * 4
    assert len(actions(card)) == 8
