"""新增 or 累计 on the card: what is asked, what is not, and what a unit's choice is good for later."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from locales import plain
from models.db import Session
from services.campaign import Campaign
from services.drafts import draft_changes
from tests.services.conftest import World
from tests.services.progress.talk import Talk, buttons, keys, line, refused
from tests.support.people import Roster

ITEM = "清理违规广告牌匾"


def how(talk_card: object) -> str:
    """The card's line about its one number."""
    return plain(line(talk_card, "progress.card.figure"), "zh")  # type: ignore[arg-type]  # a view


async def added(talk: Talk) -> list[Decimal]:
    return [amount for *_, amount in await talk.figures()]


async def test_an_open_number_below_the_last_total_is_new_without_a_question(talk: Talk) -> None:
    await talk.report(f"{ITEM}100处")
    card = await talk.write(f"{ITEM}30处")
    assert how(card) == "1. 清理违规广告牌匾 30处，本次新增，本单位累计将为 130处"
    await talk.confirm(card)
    assert await added(talk) == [Decimal(100), Decimal(30)]


async def test_a_bare_sum_is_asked_about(talk: Talk) -> None:
    await talk.report(f"今天{ITEM}100处")
    assert "progress.card.ask_mode" in keys(await talk.write(f"共计{ITEM}130处"))


async def test_the_sum_of_a_day_is_not(talk: Talk) -> None:
    await talk.report(f"今天{ITEM}100处")
    await talk.report(f"今日共计{ITEM}130处")
    assert await added(talk) == [Decimal(100), Decimal(130)]


async def test_a_total_below_the_last_one_says_why_it_is_asked(talk: Talk) -> None:
    await talk.report(f"{ITEM}576处")
    card = await talk.write(f"截至今日{ITEM}567处")
    assert how(card).endswith(
        "写的是累计，但小于本单位此前累计 576处，请核对：是本次新增请选“本次新增”，数字有误请点“修改”"
    )
    assert await refused(talk.confirm(card)) == "progress.choose_mode_first"
    assert await refused(talk.change(card, mode="cumulative")) == "progress.falling_total"


async def test_the_day_in_the_first_line_holds_for_the_list(talk: Talk) -> None:
    await talk.report("清理牌匾7处，规范单车20辆")
    card = await talk.write("今日情况\n1.清理牌匾17处\n2.规范单车260辆")
    assert "progress.card.ask_confirm" in keys(card)
    await talk.confirm(card)
    assert await added(talk) == [Decimal(7), Decimal(20), Decimal(17), Decimal(260)]


async def test_beside_its_total_an_open_number_is_new(talk: Talk) -> None:
    await talk.report(f"{ITEM}10处")
    await talk.report(f"{ITEM}12处，累计22处")
    assert await added(talk) == [Decimal(10), Decimal(12)]


async def test_a_sum_behind_the_days_number_is_asked_about(talk: Talk) -> None:
    card = await talk.write(f"今天{ITEM}12处，共计576处")
    assert "progress.card.doubt.number" in keys(card)
    await talk.confirm(await talk.change(card, 1, choice="drop"))
    assert await added(talk) == [Decimal(12)]


async def test_the_weeks_number_beside_the_days_is_asked_about(talk: Talk) -> None:
    card = await talk.write(f"今天{ITEM}12处。本周{ITEM}42处")
    assert "progress.card.ask_mode" in keys(card)


# -- what the unit chose last ---------------------------------------------------------------------------


async def test_a_choice_is_shown_the_next_time_and_one_tap_changes_it(talk: Talk) -> None:
    await talk.report(f"{ITEM}100处")
    await talk.confirm(await talk.change(await talk.write(f"{ITEM}130处"), mode="cumulative"))
    card = await talk.write(f"{ITEM}150处")
    assert how(card).endswith("按本单位累计数，本次新增 20处（按上次的选择）")
    assert "progress.card.ask_confirm" in keys(card), "one message and one tap"
    marks = [button.label.key for button in buttons(card, "report.mode")]
    assert marks == ["progress.mode_button.increment.open"]
    card = await talk.change(card, mode="increment")
    assert "上次" not in how(card)
    await talk.confirm(card)
    assert await added(talk) == [Decimal(100), Decimal(30), Decimal(150)]
    assert how(await talk.write(f"{ITEM}300处")).endswith("本次新增，本单位累计将为 580处（按上次的选择）")


async def test_what_was_not_filed_is_not_remembered(talk: Talk) -> None:
    await talk.report(f"{ITEM}100处")
    await talk.change(await talk.write(f"{ITEM}130处"), mode="cumulative")
    await talk.cancel()
    assert "progress.card.ask_mode" in keys(await talk.write(f"{ITEM}130处"))


async def test_a_total_that_was_chosen_before_does_not_fall(talk: Talk) -> None:
    await talk.report(f"{ITEM}100处")
    await talk.confirm(await talk.change(await talk.write(f"{ITEM}130处"), mode="cumulative"))
    assert how(await talk.write(f"{ITEM}20处")).endswith("本次新增，本单位累计将为 150处")


async def test_another_wording_is_asked_about(talk: Talk) -> None:
    await talk.report(f"{ITEM}100处")
    await talk.confirm(await talk.change(await talk.write(f"共{ITEM}130处"), mode="cumulative"))
    assert "progress.card.ask_mode" in keys(await talk.write(f"{ITEM}150处"))
    await talk.cancel()
    assert "progress.card.ask_confirm" in keys(await talk.write(f"共{ITEM}150处"))


async def test_another_unit_is_asked(
    session: Session, world: World, roster: Roster, now: datetime, campaign: Campaign
) -> None:
    task = await roster.task(world.unit, "清理野广告", world.task.deadline, assisting=(world.other_unit,))
    one, other = (Talk(session, actor, now, campaign) for actor in (world.liaison, world.other_liaison))
    about = [task.id or 0]
    for talk in (one, other):
        await talk.report("清理野广告100张", about=about)
    card = await one.write("清理野广告130张", about=about)
    await one.confirm(await one.change(card, mode="cumulative"))
    assert "progress.card.ask_mode" in keys(await other.write("清理野广告130张", about=about))


@pytest.mark.parametrize("text", [f"{ITEM}100处", f"今天{ITEM}100处"])
async def test_a_usual_later_report_is_one_message_and_one_tap(talk: Talk, text: str) -> None:
    """The number of the next days is below the total so far, with 今天 or without."""
    await talk.report(text)
    for amount in (30, 12, 99):
        card = await talk.write(text.replace("100", str(amount)))
        assert "progress.card.ask_confirm" in keys(card)
        await talk.confirm(card)
    assert await added(talk) == [Decimal(100), Decimal(30), Decimal(12), Decimal(99)]


async def test_a_draft_of_the_present_release_can_still_be_filed(talk: Talk) -> None:
    """Its numbers know nothing of a wording or a recalled mode."""
    card = await talk.write(f"今天{ITEM}12处")
    draft = await draft_changes.current(talk.turn)
    (figure,) = draft.content["figures"]
    old = {name: value for name, value in figure.items() if name not in {"wording", "recalled"}}
    draft.content = {**draft.content, "figures": [old]}
    await talk.session.flush()
    await talk.confirm(card)
    assert await added(talk) == [Decimal(12)]
