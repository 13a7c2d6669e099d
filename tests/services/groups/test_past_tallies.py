"""Late reports and sent tallies: reports are taken and marked, tallies are corrected where they stand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import select

from models.db import Session
from models.delivery.live_messages import LiveKind, LiveMessage
from models.delivery.messages import Outbox
from models.groups import GroupTally
from reports.tally import TallyStanding
from rules.delivery.delivery import MessageKind
from rules.people.roles import Tier
from services import live_updates
from services.campaign import Campaign
from services.delivery import live_views
from services.groups import group_binding
from services.groups.group_binding import GroupScope
from services.nags import rehearsal
from services.progress import report_card_buttons
from services.tallies import briefs, tally_counting
from services.tasks import task_steps as office_tasks
from services.views import View
from tests.services.conftest import Local, World
from tests.services.groups import tallied
from tests.services.groups.tallied import GROUP, dirty, quantity_in, reports_in
from tests.services.progress.talk import Talk, buttons, keys, line, photo, revision
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

pytestmark = pytest.mark.both_engines("sums")

ITEM = "清理违规广告牌匾"


@pytest.fixture(autouse=True)
def _with_a_target(world: World) -> None:
    """So each tally has the metric, whether or not anything came in its period."""
    world.task.target_value, world.task.target_unit = Decimal(100), "处"


@pytest.fixture
async def at_six(talk: Talk, world: World, local: Local, campaign: Campaign) -> View:
    """The tally of Tuesday that a group got, with one report of 12; it is now after seven."""
    await tallied.bind(talk.session, world.office, local(12, 14, 20), campaign)
    talk.now = local(12, 15, 10)
    await talk.report(f"今天{ITEM}12处", message_id=7)
    (view,) = await tallied.run(talk.session, local(12, 15, 18), campaign)
    talk.now = local(12, 15, 19, 5)
    return view


async def reread(talk: Talk) -> list[View]:
    return await tallied.reread(talk.session, talk.campaign, talk.now)


async def test_what_changes_nothing_in_it_leaves_no_mark_of_a_correction(
    talk: Talk, at_six: View, session: Session, campaign: Campaign
) -> None:
    """A tally that was touched reads as it did: it is not stamped 更正."""
    (live,) = await session.exec(select(LiveMessage).where(LiveMessage.kind == LiveKind.TALLY))
    (row,) = await session.exec(select(GroupTally))
    live.content_hash, row.corrected_at = live_updates.hash_of(at_six, campaign.locale), talk.now
    await session.flush()
    (same,) = await reread(talk)
    assert same.lines[-1].key != "tally.corrected"
    await talk.report(f"昨天{ITEM}3处")
    (other,) = await reread(talk)
    assert (other.lines[-1].key == "tally.corrected") == (other.lines[:-1] != at_six.lines)


async def said_to_be_corrected(talk: Talk) -> bool:
    """Whether the last receipt says that a sent tally is corrected."""
    said = {"corrections.receipt.tallies", "progress.receipt.corrects_tally"}
    return bool(said & set(keys((await talk.receipts())[-1])))


# -- the day is over -----------------------------------------------------------------------------------


async def test_a_report_after_the_tally_corrects_it(talk: Talk, at_six: View, local: Local) -> None:
    report = await talk.report(f"今天{ITEM}9处")
    assert (report.counted_at, report.reported_at) == (local(12, 15, 18), local(12, 15, 19, 5))
    (view,) = await reread(talk)
    assert (reports_in(view), quantity_in(view)) == (2, ("21", "21"))
    assert line(view, "tally.made_up").values["count"] == 1
    assert view.lines[-1].key == "tally.corrected"
    assert view.lines[-1].values["at"].values["time"] == "19:05"
    assert keys((await talk.receipts())[-1])[-1] == "progress.receipt.corrects_tally"
    (next_day,) = await tallied.run(talk.session, local(12, 16, 18), talk.campaign)
    assert (reports_in(next_day), quantity_in(next_day)) == (0, ("0", "21"))


async def test_what_came_in_time_is_no_late_report(talk: Talk, at_six: View, local: Local) -> None:
    talk.now = local(12, 16, 9)
    report = await talk.report(f"今天{ITEM}9处")
    assert report.counted_at == talk.now
    assert await dirty(talk.session) == [False]
    assert not {"progress.receipt.corrects_tally", "progress.receipt.counts_for_day"} & set(
        keys((await talk.receipts())[-1])
    )


async def test_a_group_that_is_bound_later_hears_of_the_evening_before_its_first_tally(
    talk: Talk, world: World, local: Local, campaign: Campaign
) -> None:
    """Reports count from the hour of a tally that it never got: a unit that reported since is not silent."""
    await tallied.run(talk.session, local(12, 15, 18), campaign)
    await tallied.bind(talk.session, world.office, local(12, 15, 19), campaign)
    talk.now = local(12, 15, 20)
    await talk.report(f"今天{ITEM}12处", message_id=7)
    (view,) = await tallied.run(talk.session, local(12, 16, 18), campaign)
    assert (reports_in(view), quantity_in(view)) == (1, ("12", "12"))
    assert "tally.not_reported" not in keys(view)
    assert line(view, "tally.period").values["since"].values["time"] == "18:00"
    talk.now = local(12, 16, 19)
    await talk.correct(7, f"今天{ITEM}21处")
    (next_day,) = await tallied.run(talk.session, local(12, 17, 18), campaign)
    assert [quantity_in(one) for one in (*(await reread(talk))[:1], next_day)] == [("21", "21"), ("0", "21")]


async def test_on_a_day_without_a_tally_it_counts_in_the_next(talk: Talk, at_six: View, local: Local) -> None:
    await tallied.run(talk.session, local(12, 18, 18), talk.campaign)
    for moment in (local(12, 18, 20), local(12, 19, 20)):
        talk.now = moment
        await talk.report(f"今天{ITEM}1处")
    friday, saturday = (await talk.reports())[1:]
    assert (friday.counted_at, saturday.counted_at) == (local(12, 18, 18), local(12, 19, 20))


# -- about an earlier day ------------------------------------------------------------------------------


async def morning_after(talk: Talk, local: Local, text: str) -> View | None:
    talk.now = local(12, 16, 9)
    return await talk.write(text)


async def test_the_card_says_in_which_tally_it_counts(talk: Talk, at_six: View, local: Local) -> None:
    card = await morning_after(talk, local, f"补报昨天{ITEM}9处")
    assert line(card, "progress.card.for_day").values["day"].values["day"] == 15
    await talk.confirm(card)
    assert (await talk.reports())[-1].about_day == date(2026, 12, 15)
    (view,) = await reread(talk)
    assert (reports_in(view), quantity_in(view)) == (2, ("21", "21"))
    receipt = (await talk.receipts())[-1]
    assert line(receipt, "progress.receipt.corrects_tally").values["day"].values["day"] == 15


async def test_a_card_of_yesterday_says_so_before_it_is_filed(talk: Talk, at_six: View, local: Local) -> None:
    talk.now = local(12, 15, 17)
    card = await talk.write(f"今天{ITEM}9处")
    assert "progress.card.for_day" not in keys(card)
    talk.now = local(12, 16, 9)
    again = await talk.confirm(card)
    assert line(again, "progress.card.for_day").values["day"].values["day"] == 15
    assert len(await talk.reports()) == 1
    await talk.confirm(again)
    report = (await talk.reports())[-1]
    assert (report.counted_at, report.about_day) == (local(12, 15, 18), date(2026, 12, 15))
    (view,) = await reread(talk)
    assert (reports_in(view), quantity_in(view)) == (2, ("21", "21"))


async def test_words_of_today_make_it_a_card_of_today_and_a_photo_does_not(
    talk: Talk, at_six: View, local: Local
) -> None:
    talk.now = local(12, 15, 17)
    await talk.write(f"昨天{ITEM}9处")
    talk.now = local(12, 16, 9)
    card = await talk.write("", photo("p1"))
    assert line(card, "progress.card.for_day").values["day"].values["day"] == 14
    card = await talk.write("今天出动20人")
    assert "progress.card.for_day" not in keys(card)
    await talk.confirm(card)
    assert (await talk.reports())[-1].counted_at == talk.now


async def test_they_may_have_it_counted_today_and_change_their_mind(
    talk: Talk, at_six: View, local: Local
) -> None:
    async def switch(card: View | None) -> View:
        (button,) = buttons(card, "report.day")
        return await report_card_buttons.choose_day(
            turn_for(talk.session, talk.actor, talk.now, chat=talk.chat_id),
            revision(card),
            button.arguments["late"],
        )

    card = await switch(await morning_after(talk, local, f"昨日{ITEM}9处"))
    assert "progress.card.for_today" in keys(card)
    back = await switch(card)
    assert "progress.card.for_day" in keys(back)
    await talk.confirm(await switch(back))
    report = (await talk.reports())[-1]
    assert (report.counted_at, report.about_day) == (talk.now, None)
    assert await dirty(talk.session) == [False]


async def test_further_words_keep_the_choice_unless_they_name_another_day(
    talk: Talk, at_six: View, local: Local
) -> None:
    await morning_after(talk, local, f"昨日{ITEM}9处")
    assert "progress.card.for_day" in keys(await talk.write("出动20人"))
    assert "progress.card.for_day" not in keys(await talk.write("今天出动车辆2台"))


async def test_a_day_off_counts_in_the_first_tally_after_it(talk: Talk, at_six: View, local: Local) -> None:
    await tallied.run(talk.session, local(12, 21, 18), talk.campaign)
    talk.now = local(12, 22, 9)
    await talk.report(f"12月19日新增{ITEM}9处")
    assert (await talk.reports())[-1].counted_at == local(12, 21, 18)
    card = await talk.write("12月22日出动20人")
    assert "progress.card.for_day" not in keys(card)


async def test_a_tally_that_has_not_run_is_no_past_one(talk: Talk, world: World, local: Local) -> None:
    card = await morning_after(talk, local, f"昨天{ITEM}9处")
    assert "progress.card.for_day" not in keys(card)
    await talk.confirm(card)
    assert (await talk.reports())[-1].counted_at == talk.now


async def test_the_next_brief_tells_what_came_in_late(
    talk: Talk, at_six: View, world: World, local: Local, campaign: Campaign
) -> None:
    """No brief is corrected, so the next brief has every late report, whatever day it is about."""
    await talk.confirm(await morning_after(talk, local, f"昨天{ITEM}9处"))
    counts = []
    for day in (16, 17, 18):
        brief = await briefs.brief(turn_for(talk.session, world.leader, local(12, day, 8), campaign))
        counts.append(reports_in(brief))
    assert counts == [1, 1, 0]


# -- corrections and withdrawals -----------------------------------------------------------------------


async def test_a_correction_and_a_withdrawal_correct_it(talk: Talk, at_six: View) -> None:
    await talk.correct(7, f"今天{ITEM}21处")
    assert "corrections.receipt.tallies" in keys((await talk.receipts())[-1])
    (view,) = await reread(talk)
    assert (reports_in(view), quantity_in(view)) == (1, ("21", "21"))
    assert "tally.made_up" not in keys(view)
    await talk.withdraw(await talk.undo())
    (view,) = await reread(talk)
    assert reports_in(view) == 0
    assert line(view, "tally.not_reported").values["units"] == ["城管局"]
    assert "tally.quantities_title" not in keys(view)


async def test_a_correction_of_words_alone_leaves_it(talk: Talk, at_six: View) -> None:
    await talk.correct(7, f"今天在东风路{ITEM}12处")
    assert await dirty(talk.session) == [False]
    assert "corrections.receipt.tallies" not in keys((await talk.receipts())[-1])


async def test_all_later_tallies_follow_for_their_totals(talk: Talk, at_six: View, local: Local) -> None:
    for day in (16, 17):
        await tallied.run(talk.session, local(12, day, 18), talk.campaign)
    talk.now = local(12, 17, 19)
    await talk.correct(7, f"今天{ITEM}21处")
    views = await reread(talk)
    assert [quantity_in(view) for view in views] == [("21", "21"), ("0", "21"), ("0", "21")]
    assert await dirty(talk.session) == [True, True, True]


async def test_a_total_that_was_recounted_corrects_its_own_tally(
    talk: Talk, at_six: View, local: Local
) -> None:
    """The later 累计, which is of another day, adds less now."""
    talk.now = local(12, 16, 10)
    await talk.report(f"累计{ITEM}30处")
    await tallied.run(talk.session, local(12, 16, 18), talk.campaign)
    talk.now = local(12, 16, 19)
    await talk.correct(7, f"今天{ITEM}20处")
    assert [quantity_in(view) for view in await reread(talk)] == [("20", "20"), ("10", "30")]


async def test_older_than_ten_days_is_history(talk: Talk, at_six: View, local: Local) -> None:
    await tallied.run(talk.session, local(12, 18, 18), talk.campaign)
    talk.now = local(12, 27, 10)
    await talk.correct(7, f"今天{ITEM}21处")
    assert await dirty(talk.session) == [False, True]
    assert await said_to_be_corrected(talk)
    talk.now = local(12, 30, 10)
    await talk.correct(7, f"今天{ITEM}22处")
    assert not await said_to_be_corrected(talk)


async def test_a_group_that_was_let_go_is_left_alone(
    talk: Talk, at_six: View, world: World, local: Local
) -> None:
    await group_binding.unbind(turn_for(talk.session, world.office, talk.now, chat=GROUP))
    await talk.correct(7, f"今天{ITEM}21处")
    assert await reread(talk) == []
    assert await dirty(talk.session) == [False]
    assert not await said_to_be_corrected(talk)


async def test_only_what_stands_in_a_chat_is_said_to_be_corrected(
    talk: Talk, world: World, local: Local, campaign: Campaign
) -> None:
    """A tally that is promised but not out is corrected once it is out, and no receipt says so."""
    await tallied.bind(talk.session, world.office, local(12, 14, 20), campaign)
    talk.now = local(12, 15, 10)
    await talk.report(f"今天{ITEM}12处", message_id=7)
    await tallied.run(talk.session, local(12, 15, 18), campaign, sent=False)
    talk.now = local(12, 15, 19)
    await talk.correct(7, f"今天{ITEM}21处")
    assert not await said_to_be_corrected(talk)
    await talk.report(f"今天{ITEM}9处")
    assert not await said_to_be_corrected(talk)
    assert await dirty(talk.session) == [True]
    row = (await talk.session.exec(select(LiveMessage).where(LiveMessage.kind == LiveKind.TALLY))).one()
    await live_views.note_sent(tick_for(talk.session, talk.now, campaign), row.id or 0, 0, [501], "hash")
    await talk.correct(7, f"今天{ITEM}22处")
    assert await said_to_be_corrected(talk)


async def test_one_that_was_deleted_is_not_said_to_be_corrected(talk: Talk, at_six: View) -> None:
    row = (await talk.session.exec(select(LiveMessage).where(LiveMessage.kind == LiveKind.TALLY))).one()
    row.message_ids, row.content_hash = [], None
    await talk.session.flush()
    await talk.correct(7, f"今天{ITEM}21处")
    assert not await said_to_be_corrected(talk)


async def test_a_group_hears_of_its_own_units_only(
    talk: Talk, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    await roster.task(world.other_unit, "整治背街小巷", date(2026, 12, 31))
    scopes: dict[int, GroupScope] = {
        GROUP: GroupScope(),
        GROUP - 1: GroupScope(tier=Tier.STREET),
        GROUP - 2: GroupScope(unit_id=world.unit.id),
    }
    for chat_id, scope in scopes.items():
        await tallied.bind(talk.session, world.office, local(12, 14, 20), campaign, chat_id, scope)
    talk.now = local(12, 15, 10)
    await talk.report(f"今天{ITEM}12处", message_id=7)
    views = await tallied.run(talk.session, local(12, 15, 18), campaign)
    assert [reports_in(view) for view in views] == [1, 0, 1]
    assert ["tally.scope" in keys(view) for view in views] == [False, True, True]
    talk.now = local(12, 15, 19)
    await talk.correct(7, f"今天{ITEM}21处")
    assert await dirty(talk.session) == [True, False, True]
    # A tally stays about what it was about when it went out.
    await tallied.bind(
        talk.session, world.office, talk.now, campaign, GROUP - 2, GroupScope(tier=Tier.STREET)
    )
    corrected = (await reread(talk))[2]
    assert line(corrected, "tally.scope").values["scope"].values["text"] == "城管局"
    assert quantity_in(corrected) == ("21", "21")


# -- what is kept --------------------------------------------------------------------------------------


async def test_where_the_tasks_stood_then_is_what_is_shown(
    talk: Talk, at_six: View, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """Only the reports are counted anew: the other lines stay, whatever became of the tasks."""
    (unchanged,) = await reread(talk)
    assert unchanged == at_six
    await office_tasks.complete(turn_for(talk.session, world.office, talk.now), world.task_id)
    await roster.task(world.other_unit, "整治背街小巷", date(2026, 12, 1))
    (later,) = await reread(talk)
    assert later == at_six


async def test_it_survives_the_database(talk: Talk, at_six: View, session: Session) -> None:
    await session.flush()
    session.expunge_all()
    (row,) = (await session.exec(select(GroupTally))).all()
    standing = TallyStanding.from_json(row.frozen)
    assert TallyStanding.from_json(standing.to_json()) == standing
    assert standing.owing


async def test_promised_clean_and_edited_only_when_it_is_out(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    await tallied.bind(session, world.office, local(12, 14, 20), campaign)
    await tallied.run(session, local(12, 15, 18), campaign, sent=False)
    (promise,) = (await session.exec(select(Outbox).where(Outbox.kind == MessageKind.TALLY))).all()
    live = await session.get_one(LiveMessage, promise.live_id)
    assert (live.kind, live.dirty, live.content_hash) == (LiveKind.TALLY, False, None)
    await live_updates.note_sent(session, live.id or 0, 0, [501])
    assert (live.message_ids, live.content_hash) == ([501], None), "its second part is still to come"
    await live_updates.note_sent(session, live.id or 0, 1, [502], "hash")
    await session.refresh(live)
    assert (live.message_ids, live.content_hash, live.dirty) == ([501, 502], "hash", False)


async def test_a_rehearsal_of_what_was_sent_changes_nothing(
    talk: Talk, at_six: View, local: Local, session: Session, campaign: Campaign
) -> None:
    planned = await rehearsal.rehearse_slots(session, at=local(12, 15, 18), campaign=campaign)
    assert [one.slot for one in planned if one.chat == GROUP] == ["2026-12-15/tally"]
    assert len((await session.exec(select(GroupTally))).all()) == 1


async def test_counting_again_is_counting(talk: Talk, at_six: View, local: Local, campaign: Campaign) -> None:
    whole: dict[str, Any] = {"since": local(12, 14, 18), "as_of": local(12, 15, 18)}
    standing = await tally_counting.stand(talk.session, **whole, campaign=campaign, scope=None)
    again = await tally_counting.count_with(talk.session, standing, **whole, scope=None)
    assert again == await tally_counting.count(talk.session, **whole, campaign=campaign)
