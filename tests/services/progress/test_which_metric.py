"""Under which metric a number is filed: the same one, a probable one that the card shows, or a new one."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from locales import plain
from models import tasks
from models.db import Session, ident
from services.campaign import Campaign
from services.drafts import draft_changes
from services.tallies import tally_counting
from services.tasks import task_card
from services.views import View
from tests.services.conftest import World
from tests.services.progress.talk import Talk, buttons, keys, line
from tests.support.people import Roster


async def counted(talk: Talk) -> list[tuple[str, str, str]]:
    return [(item, unit, f"{amount.normalize():f}") for item, unit, amount in await talk.figures()]


def figure_line(card: View | None) -> str:
    return plain(line(card, "progress.card.figure"), "zh")


# -- the same metric ------------------------------------------------------------------------------------


async def test_another_verb_of_holding_is_the_same_metric(talk: Talk) -> None:
    for text in ("今天组织志愿活动2次", "今天开展志愿活动3次", "今天志愿活动1次"):
        await talk.report(text)
    assert await counted(talk) == [("组织志愿活动", "次", amount) for amount in "231"]


async def test_equal_units_are_one_metric(talk: Talk) -> None:
    await talk.report("今天举办健康讲座2场次")
    await talk.report("今天举办健康讲座3场")
    assert await counted(talk) == [("举办健康讲座", "场次", "2"), ("举办健康讲座", "场次", "3")]


async def test_a_smaller_unit_is_converted_and_the_stated_digits_stay_beside_it(talk: Talk) -> None:
    await talk.report("今天清运垃圾3吨")
    card = await talk.write("今天清运垃圾500公斤")
    assert figure_line(card) == "1. 清运垃圾 0.5吨（500公斤），本次新增，本单位累计将为 3.5吨"
    await talk.confirm(card)
    assert await counted(talk) == [("清运垃圾", "吨", "3"), ("清运垃圾", "吨", "0.5")]
    added = [line(receipt, "progress.receipt.figure").values["added"] for receipt in await talk.receipts()]
    assert [plain(one, "zh") for one in added] == ["3吨", "0.5吨（500公斤）"]


async def test_two_numbers_in_one_line_of_the_receipt_are_their_sum(talk: Talk) -> None:
    await talk.report("今天清运垃圾3吨")
    await talk.report("今天上午清运垃圾500公斤，下午清运垃圾200公斤")
    added = line((await talk.receipts())[-1], "progress.receipt.figure").values["added"]
    assert plain(added, "zh") == "0.7吨"


async def test_what_the_tally_cannot_hold_exactly_is_a_metric_of_its_own(talk: Talk) -> None:
    await talk.report("今天清运垃圾3吨")
    await talk.report("今天清运垃圾0.05公斤")
    assert [unit for _, unit, _ in await talk.figures()] == ["吨", "公斤"]


@pytest.mark.parametrize(("one", "other"), [("人", "人次"), ("户", "户次"), ("处", "个")])
async def test_unlike_units_are_two_metrics(talk: Talk, one: str, other: str) -> None:
    await talk.report(f"今天走访商户5{one}")
    await talk.report(f"今天走访商户7{other}")
    assert [unit for _, unit, _ in await talk.figures()] == [one, other]


async def test_a_converted_number_gets_its_own_unit_back(talk: Talk) -> None:
    await talk.report("今天清运垃圾3吨")
    card = await talk.change(await talk.write("今天清运垃圾500公斤"), choice="new")
    await talk.confirm(card)
    assert (await counted(talk))[1:] == [("清运垃圾", "公斤", "500")]


# -- a shorter, a longer and a crossing wording ---------------------------------------------------------


async def test_a_shorter_wording_is_filed_under_the_one_that_it_may_mean_and_shown(talk: Talk) -> None:
    await talk.report("今天清理违规广告牌匾12处")
    card = await talk.write("今天清理牌匾3处")
    assert figure_line(card).startswith("1. 清理违规广告牌匾（原文“清理牌匾”） 3处，本次新增")
    await talk.confirm(card)
    assert {item for item, *_ in await counted(talk)} == {"清理违规广告牌匾"}


async def test_an_edit_to_a_shorter_wording_is_not_filed_unseen(talk: Talk) -> None:
    await talk.report("今天清理违规广告牌匾12处")
    await talk.report("今天清运垃圾3吨", message_id=7)
    card = await talk.correct(7, "今天清运垃圾3吨，清理牌匾2处")
    assert "corrections.card_title" in keys(card)


async def test_a_shorter_wording_of_two_is_filed_under_neither(talk: Talk) -> None:
    await talk.report("今天清理违规广告牌匾12处，清理破损店招牌匾5处")
    card = await talk.write("今天清理牌匾3处")
    assert figure_line(card).startswith("1. 清理牌匾 3处")


@pytest.mark.parametrize("text", ["今天清运建筑垃圾5吨", "今天清理生活垃圾5吨"])
async def test_a_longer_or_crossing_wording_is_a_metric_of_its_own(talk: Talk, text: str) -> None:
    """The likely one stands on the card, with a button."""
    await talk.report("今天清运垃圾3吨")
    card = await talk.write(text)
    assert line(card, "progress.card.likely").values["item"] == "清运垃圾"
    await talk.confirm(card)
    assert len({item for item, *_ in await counted(talk)}) == 2


async def test_the_likely_one_is_one_tap_away(talk: Talk) -> None:
    await talk.report("今天清运垃圾3吨")
    card = await talk.write("今天清运建筑垃圾5吨")
    (likely,) = buttons(card, "report.metric")
    assert plain(likely.label, "zh") == "1 归入：清运垃圾（吨）"
    card = await talk.change(card, metric_id=likely.arguments["metric_id"])
    assert "progress.card.likely" not in keys(card)
    await talk.confirm(card)
    assert await counted(talk) == [("清运垃圾", "吨", "3"), ("清运垃圾", "吨", "5")]


async def test_nothing_is_likely_for_another_thing(talk: Talk) -> None:
    await talk.report("今天清运垃圾3吨")
    assert "progress.card.likely" not in keys(await talk.write("今天洒水5吨"))


# -- 归入 is remembered ----------------------------------------------------------------------------------


async def test_a_wording_that_was_filed_by_hand_goes_there_the_next_time(talk: Talk) -> None:
    await talk.report("今天清运垃圾3吨")
    card = await talk.write("今天清运建筑垃圾5吨")
    (likely,) = buttons(card, "report.metric")
    await talk.confirm(await talk.change(card, metric_id=likely.arguments["metric_id"]))
    card = await talk.write("今天清运建筑垃圾7吨")
    assert figure_line(card).startswith("1. 清运垃圾（原文“清运建筑垃圾”） 7吨")
    await talk.confirm(card)
    assert {item for item, *_ in await counted(talk)} == {"清运垃圾"}


async def test_a_metric_of_its_own_is_remembered_too(talk: Talk) -> None:
    await talk.report("今天清理违规广告牌匾12处")
    await talk.confirm(await talk.change(await talk.write("今天清理牌匾3处"), choice="new"))
    assert figure_line(await talk.write("今天清理牌匾4处")).startswith("1. 清理牌匾 4处")


async def test_another_unit_of_the_campaign_is_not_bound_by_it(
    session: Session, world: World, roster: Roster, now: datetime, campaign: Campaign
) -> None:
    task = await roster.task(world.unit, "清运垃圾", world.task.deadline, assisting=(world.other_unit,))
    one, other = (Talk(session, actor, now, campaign) for actor in (world.liaison, world.other_liaison))
    about = [ident(task)]
    await one.report("今天清运垃圾3吨", about=about)
    card = await one.write("今天清运建筑垃圾5吨", about=about)
    (likely,) = buttons(card, "report.metric")
    await one.confirm(await one.change(card, metric_id=likely.arguments["metric_id"]))
    card = await other.write("今天清运建筑垃圾5吨", about=about)
    assert figure_line(card).startswith("1. 清运建筑垃圾 5吨")


# -- names that the rules of today would shorten ----------------------------------------------------------


async def test_an_old_longer_name_is_the_same_metric_and_all_sums_go_on(
    talk: Talk, world: World, now: datetime, campaign: Campaign
) -> None:
    """One report is filed before the rules shortened the name, one after."""
    world.task.target_value, world.task.target_unit = Decimal(100), "人"
    old = await tasks.metric_named(talk.session, world.task_id, "日出动志愿者", "人")
    card = await talk.write("今天出动志愿者20人")
    draft = await draft_changes.current(talk.turn)
    (figure,) = draft.content["figures"]
    as_before = {**figure, "item": old.item, "metric_id": old.id}
    draft.content = {**draft.content, "figures": [as_before]}
    await talk.session.flush()
    await talk.confirm(card)

    await talk.report("今天出动志愿者30人")
    card = await talk.write("累计出动志愿者60人")
    assert figure_line(card).endswith("按本单位累计数，本次新增 10人")
    await talk.confirm(card)
    assert await talk.figures() == [("日出动志愿者", "人", Decimal(n)) for n in (20, 30, 10)]
    tally = await tally_counting.count(
        talk.session, since=now - timedelta(days=1), as_of=now, campaign=campaign
    )
    assert [(one.item, one.total) for one in tally.quantities] == [("日出动志愿者", Decimal(60))]
    (total,) = (await task_card.measure(talk.session, world.task)).lines
    assert (total.key, total.values["percent"]) == ("tasks.card.figure_of_target", 60)
