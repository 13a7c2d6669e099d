"""How the numbers of reports add up: 本次新增 and 累计, metrics, and what is refused."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from locales import plain
from models import drafts, tasks
from models.db import Database, Session
from models.drafts import Draft
from models.progress import report_sums
from rules.amounts import REPORTED_LIMIT
from services.access import Actor
from services.campaign import Campaign
from services.errors import DomainError
from services.progress import report_card_buttons
from services.tallies import tally_counting
from services.views import View
from tests.services.conftest import World, make_world
from tests.services.progress.talk import Talk, buttons, keys, line, photo, refused, revision
from tests.support.counted_figures import counted_figures
from tests.support.people import Roster
from tests.support.turns import turn_for

pytestmark = pytest.mark.both_engines("sums")

ITEM = "清理违规广告牌匾"
Figures = list[tuple[str, str, Decimal]]


def added(figures: Figures) -> list[Decimal]:
    return [amount for *_, amount in figures]


async def total(talk: Talk, task_id: int) -> Decimal:
    metrics = await tasks.metrics_of(talk.session, task_id)
    totals = await report_sums.metric_totals(talk.session, [metric.id or 0 for metric in metrics])
    return sum(totals.values(), Decimal(0))


async def test_increments_add_up(talk: Talk, world: World) -> None:
    for text in (f"今天{ITEM}12处", f"今天{ITEM}30处", f"今日又{ITEM}1.5处"):
        await talk.report(text)
    assert added(await talk.figures()) == [Decimal(12), Decimal(30), Decimal("1.5")]
    assert await total(talk, world.task_id) == Decimal("43.5")


async def test_a_cumulative_number_adds_the_difference(talk: Talk) -> None:
    await talk.report(f"今天{ITEM}100处")
    card = await talk.write(f"累计{ITEM}576处")
    assert line(card, "progress.card.figure").values["how"].key == "progress.card.cumulative"
    await talk.confirm(card)
    assert added(await talk.figures()) == [Decimal(100), Decimal(476)]


async def test_the_same_total_again_adds_nothing(talk: Talk) -> None:
    await talk.report(f"累计{ITEM}576处")
    await talk.report(f"累计{ITEM}576处")
    assert added(await talk.figures()) == [Decimal(576), Decimal(0)]


async def test_an_open_mode_must_be_answered(talk: Talk) -> None:
    await talk.report(f"{ITEM}100处")
    card = await talk.write(f"{ITEM}130处")
    assert "progress.card.ask_mode" in keys(card)
    assert await refused(talk.confirm(card)) == "progress.choose_mode_first"
    card = await talk.change(card, mode="cumulative")
    assert "progress.card.ask_confirm" in keys(card)
    await talk.confirm(card)
    assert added(await talk.figures()) == [Decimal(100), Decimal(30)]


async def test_an_answer_may_be_changed(talk: Talk) -> None:
    await talk.report(f"{ITEM}100处")
    card = await talk.change(await talk.write(f"{ITEM}130处"), mode="cumulative")
    await talk.confirm(await talk.change(card, mode="increment"))
    assert added(await talk.figures()) == [Decimal(100), Decimal(130)]


async def test_a_further_photo_keeps_the_answers(talk: Talk) -> None:
    await talk.report(f"{ITEM}100处")
    card = await talk.write(f"{ITEM}130处，出动20人")
    card = await talk.change(await talk.change(card, 0, mode="cumulative"), 1, choice="drop")
    await talk.confirm(await talk.write("", photo("a")))
    assert added(await talk.figures()) == [Decimal(100), Decimal(30)]


async def test_a_falling_total_is_asked_about(talk: Talk) -> None:
    await talk.report(f"{ITEM}576处")
    card = await talk.write(f"累计{ITEM}567处")
    assert "progress.card.ask_mode" in keys(card)
    with pytest.raises(DomainError) as refusal:
        await talk.change(card, mode="cumulative")
    assert refusal.value.text.key == "progress.falling_total"
    assert refusal.value.text.values["total"].values["grouped"] == "576"
    await talk.confirm(await talk.change(card, mode="increment"))
    assert added(await talk.figures()) == [Decimal(576), Decimal(567)]


async def test_each_unit_has_its_own_cumulative_total(
    session: Session, world: World, roster: Roster, now: datetime, campaign: Campaign
) -> None:
    task = await roster.task(world.unit, "清理野广告", date(2026, 12, 20), assisting=(world.other_unit,))
    lead, helper = (Talk(session, actor, now, campaign) for actor in (world.liaison, world.other_liaison))
    await lead.report("清理野广告300张", about=[task.id or 0])
    await helper.report("累计清理野广告50张", about=[task.id or 0])
    await lead.report("累计清理野广告310张", about=[task.id or 0])
    assert added(await lead.figures()) == [Decimal(300), Decimal(50), Decimal(10)]


async def test_increment_and_total_in_one_sentence_count_once(talk: Talk) -> None:
    await talk.report(f"今天{ITEM}12处，累计576处")
    assert await talk.figures() == [(ITEM, "处", Decimal(12))]


async def test_one_metric_twice_is_one_figure(talk: Talk) -> None:
    await talk.report(f"上午{ITEM}5处，下午{ITEM}7处")
    assert await talk.figures() == [(ITEM, "处", Decimal(12))]


async def test_each_number_of_one_metric_is_added_to_those_before_it(talk: Talk) -> None:
    await talk.report(f"今天{ITEM}10处")
    card = await talk.write(f"今天上午{ITEM}5处，清运垃圾2吨，下午{ITEM}6处，清运垃圾1吨")
    assert card is not None
    shown = [plain(one.values["how"], "zh") for one in card.lines if one.key == "progress.card.figure"]
    assert shown == [
        "本次新增，本单位累计将为 15处",
        "本次新增，本单位累计将为 2吨",
        "本次新增，本单位累计将为 21处",
        "本次新增，本单位累计将为 3吨",
    ]


async def test_approximate_and_exact_in_one_figure_stay_approximate(talk: Talk, session: Session) -> None:
    report = await talk.report(f"上午{ITEM}50余处，下午{ITEM}7处")
    (source,) = await counted_figures(session, until=talk.now)
    assert (source.approx, source.added, source.receipt_no) == (True, Decimal(57), report.receipt_no)


# -- under which metric --------------------------------------------------------------------------------


async def offered(talk: Talk, card: View | None, index: int = 0) -> View:
    return await report_card_buttons.offer_metrics(
        turn_for(talk.session, talk.actor, chat=talk.chat_id), revision(card), index
    )


async def metric_names(talk: Talk, task_id: int) -> list[str]:
    return [metric.item for metric in await tasks.metrics_of(talk.session, task_id)]


async def test_the_same_name_is_the_same_metric(talk: Talk, world: World) -> None:
    await talk.report(f"今天{ITEM}12处")
    await talk.report(f"今天{ITEM}3处")
    assert await metric_names(talk, world.task_id) == [ITEM]


async def test_another_unit_of_measure_is_another_metric(talk: Talk, world: World) -> None:
    await talk.report("今天清理垃圾3吨")
    await talk.report("今天清理垃圾5车")
    assert await metric_names(talk, world.task_id) == ["清理垃圾", "清理垃圾"]


async def test_existing_metrics_are_offered(talk: Talk, world: World) -> None:
    await talk.report("今天清理野广告12处")
    menu = await offered(talk, await talk.write("今天铲除小招贴3处"))
    (metric,) = buttons(menu, "report.metric")
    assert metric.label.values["item"] == "清理野广告"
    card = await talk.change(menu, metric_id=metric.arguments["metric_id"])
    await talk.confirm(await talk.change(card, mode="increment"))
    assert await talk.figures() == [("清理野广告", "处", Decimal(12)), ("清理野广告", "处", Decimal(3))]


async def test_a_metric_of_its_own_after_all(talk: Talk, world: World) -> None:
    """A number filed under another metric, by the program or by hand, can still get its own name back."""
    await talk.report("今天清理垃圾3吨")
    card = await talk.write("今天清理建筑垃圾5吨")
    (metric,) = buttons(await offered(talk, card), "report.metric")
    card = await talk.change(card, metric_id=metric.arguments["metric_id"])
    menu = await offered(talk, card)
    (new,) = [b for b in buttons(menu, "report.choice") if b.arguments["choice"] == "new"]
    assert new.label.values == {"item": "清理建筑垃圾", "unit": "吨"}
    await talk.confirm(await talk.change(menu, choice="new"))
    assert await metric_names(talk, world.task_id) == ["清理垃圾", "清理建筑垃圾"]


async def test_a_name_that_a_metric_has_is_not_offered_as_a_new_one(talk: Talk, world: World) -> None:
    """Nor one that was merged: the number would count elsewhere than the card says."""
    for n in range(13):
        await tasks.metric_named(talk.session, world.task_id, f"整治{n}", "处")
    await talk.report("今天清理野广告12处，铲除小招贴3处")
    menu = await offered(talk, await talk.write("今天清理野广告5处"))
    assert buttons(menu, "report.metric")[0].label.values["item"] == "清理野广告"
    assert "new" not in [button.arguments["choice"] for button in buttons(menu, "report.choice")]
    posters = await tasks.metric_named(talk.session, world.task_id, "铲除小招贴", "处")
    adverts = await tasks.metric_named(talk.session, world.task_id, "清理野广告", "处")
    posters.merged_into = adverts.id
    await talk.session.flush()
    menu = await offered(talk, await talk.write("今天铲除小招贴5处"))
    assert "new" not in [button.arguments["choice"] for button in buttons(menu, "report.choice")]


async def test_a_number_may_be_left_out_and_taken_back(talk: Talk) -> None:
    card = await talk.change(await talk.write(f"今天{ITEM}12处，出动20人"), 1, choice="drop")
    await talk.confirm(card)
    assert await talk.figures() == [(ITEM, "处", Decimal(12))]
    card = await talk.change(await talk.write("今天出动20人"), choice="drop")
    await talk.confirm(await talk.change(card, choice="keep"))
    assert len(await talk.figures()) == 2


async def test_a_metric_of_another_task_is_refused(talk: Talk, world: World, roster: Roster) -> None:
    foreign = await roster.task(world.other_unit, "整治背街小巷", date(2026, 12, 25))
    metric = await tasks.metric_named(talk.session, foreign.id or 0, "清扫", "条")
    card = await talk.write(f"今天{ITEM}12处")
    assert await refused(talk.change(card, metric_id=metric.id)) == "progress.old_card"


async def test_a_number_without_a_noun_goes_under_the_task(talk: Talk, world: World) -> None:
    await talk.report("12处")
    assert await talk.figures() == [(world.task.objective, "处", Decimal(12))]


# -- out of range --------------------------------------------------------------------------------------


async def test_numbers_beyond_any_count_are_not_taken(talk: Talk) -> None:
    card = await talk.write(f"今天{ITEM}{REPORTED_LIMIT}处，出动20人")
    await talk.confirm(card)
    assert [unit for _, unit, _ in await talk.figures()] == ["人"]


async def test_a_total_beyond_any_count_is_refused(talk: Talk, world: World) -> None:
    """Otherwise the database could no longer sum it."""
    most = REPORTED_LIMIT - 1
    await talk.report(f"今天{ITEM}{most}处")
    card = await talk.write(f"今天{ITEM}{most}处")

    async def confirm() -> None:
        async with talk.session.begin_nested():  # as a handler runs
            await talk.confirm(card)

    assert await refused(confirm()) == "progress.too_large"
    assert await total(talk, world.task_id) == most


async def test_two_numbers_beyond_any_count_together(talk: Talk) -> None:
    most = REPORTED_LIMIT - 1
    card = await talk.write(f"上午{ITEM}{most}处，下午{ITEM}{most}处")
    assert await refused(talk.confirm(card)) == "progress.too_large"


async def test_the_largest_totals_of_many_tasks_can_still_be_summed(
    talk: Talk, world: World, roster: Roster, now: datetime, campaign: Campaign
) -> None:
    """64 bits hold them: no report, however large, stops the tally of all."""
    most, tasks_reported = REPORTED_LIMIT - 1, 30
    for number in range(tasks_reported):
        task = await roster.task(world.unit, f"任务{number}", date(2026, 12, 25), world.responsible.contact)
        await talk.report(f"今天{ITEM}{most}处", about=[task.id or 0])
    counted = await tally_counting.count(
        talk.session, since=now - timedelta(days=1), as_of=now, campaign=campaign
    )
    assert [line.total for line in counted.quantities] == [most * tasks_reported]


async def test_a_very_long_item_and_unit_fit(talk: Talk) -> None:
    """Names come from the reader of quantities today; the columns hold any name that it may read."""
    card = await talk.write(f"今天{ITEM}12处")
    (draft,) = await _drafts(talk)
    (figure,) = draft.content["figures"]
    draft.content = {**draft.content, "figures": [{**figure, "item": "长" * 900, "unit": "位" * 90}]}
    await talk.session.flush()
    await talk.confirm(card)
    ((item, unit, _),) = await talk.figures()
    assert (len(item), len(unit)) == (200, 40)


async def _drafts(talk: Talk) -> list[Draft]:
    draft = await drafts.draft_of(talk.session, talk.actor.id, talk.chat_id)
    return [draft] if draft else []


async def test_small_fractions_are_kept_to_four_decimals(talk: Talk, world: World) -> None:
    await talk.report("今天清理垃圾0.00016吨")
    talk.session.expunge_all()
    assert added(await talk.figures()) == [Decimal("0.0002")]


# -- side by side --------------------------------------------------------------------------------------


async def test_a_total_that_rose_meanwhile_is_asked_about_again(
    talk: Talk, session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    """A colleague of the unit reports between the card and its confirmation."""
    card = await talk.write(f"累计{ITEM}50处")
    await Talk(session, world.liaison, now, campaign).report(f"今天{ITEM}80处")
    assert await refused(talk.confirm(card)) == "progress.falling_total"


async def test_two_totals_confirmed_together_add_up_to_the_larger(
    database: Database, now: datetime, campaign: Campaign
) -> None:
    """Each adds its difference to the total that is there when its turn comes."""
    async with database.transaction() as session:
        world = await make_world(Roster(session, now, campaign))
        await Talk(session, world.liaison, now, campaign).report(f"今天{ITEM}100处")
        cards = [
            (actor, await Talk(session, actor, now, campaign).write(f"累计{ITEM}576处"))
            for actor in (world.liaison, world.responsible)
        ]

    async def confirm(actor: Actor, card: View | None) -> None:
        async with database.transaction() as session:
            await Talk(session, actor, now, campaign).confirm(card)

    await asyncio.gather(*(confirm(actor, card) for actor, card in cards))
    async with database.reading() as session:
        figures = await Talk(session, world.liaison, now, campaign).figures()
    assert sorted(added(figures)) == [Decimal(0), Decimal(100), Decimal(476)]


@pytest.mark.parametrize(
    ("text", "offers"),
    [
        ("今天更换广告牌30个，全部完成", True),
        ("今天更换广告牌30个", False),
        ("预计月底前全部完成，今天更换30个", False),
    ],
)
async def test_a_receipt_of_work_that_is_all_done_offers_to_hand_it_in(
    talk: Talk, text: str, offers: bool
) -> None:
    await talk.report(text)
    (receipt,) = await talk.receipts()
    assert bool(buttons(receipt, "nag.submit")) == offers
