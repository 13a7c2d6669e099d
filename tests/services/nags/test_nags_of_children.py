"""Tasks that are broken down: a late child climbs its own levels, and above it only who decides hears."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from sqlmodel import col, select

from locales import plain
from models.audit_log import Audit
from models.db import Session, ident
from models.delivery import live_messages
from models.delivery.live_messages import LiveKind
from models.delivery.messages import Outbox
from models.nags import BELOW, Nag, NagReason, NagState
from models.people import Contact, ContactState
from models.people.absences import Absence
from models.tasks import Task, child_duties
from rules.duties.frequencies import Frequency
from rules.nags.ladder import Obligation
from rules.nags.levels import Level
from rules.nags.policy import DEFAULT, DutyKind, Rung, RungMeasure
from rules.people.roles import Role
from rules.tasks.task_lifecycle import TaskState
from services.access import Actor
from services.campaign import Campaign
from services.duties import task_duties
from services.nags import nag_digest, nag_records, noting
from services.nags.messages import live_nags, nag_delivery
from services.nags.subject import TurnDirectory
from services.nags.subjects import SUBJECTS
from services.nags.tasks import task_pauses
from services.nags.tasks.below_standing import BelowStanding, LateBelowLine
from services.nags.tasks.task_pauses import PauseMatter
from services.progress import zero_reports
from services.tasks import pause_card
from services.turn import TickTurn
from services.views import View
from tests.services.conftest import Local
from tests.services.nags.families import OBJECTIVE, Broken, Family, make_family, run, village
from tests.services.progress.talk import buttons, refused
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

TODAY = date(2026, 12, 15)
Told = dict[str, list[str]]


async def told(session: Session, campaign: Campaign, *, only: tuple[str, ...] = ()) -> Told:
    """Who was told what on which level, by moment. ``only``: of these kinds."""
    query = select(Nag, Contact).join(Contact, col(Contact.id) == col(Nag.contact_id))
    rows = await session.exec(
        query.where(Nag.state == NagState.TOLD).execution_options(populate_existing=True)
    )
    found: dict[str, set[str]] = {}
    for nag, contact in rows:
        if nag.settled_at is not None and nag.level is not None and (not only or nag.kind in only):
            at = f"{nag.settled_at.astimezone(campaign.zone):%d %H:%M}"
            found.setdefault(at, set()).add(f"{contact.name} {nag.kind} {nag.level.value}")
    return {at: sorted(many) for at, many in sorted(found.items())}


async def letters(session: Session, reader: Actor) -> list[Outbox]:
    query = select(Outbox).where(Outbox.contact_id == reader.id, Outbox.view == "nag")
    return list(await session.exec(query.order_by(col(Outbox.id))))


async def shown(session: Session, row: Outbox, campaign: Campaign) -> View:
    found = await nag_delivery.render(tick_for(session, row.created_at, campaign), row)
    assert found is not None
    return found


async def words(session: Session, reader: Actor, campaign: Campaign) -> list[str]:
    """The texts of all messages of the nags to that person."""
    return [(await shown(session, row, campaign)).plain("zh") for row in await letters(session, reader)]


async def family_of(
    roster: Roster, local: Local, *names: str, deadline: date | None = TODAY, more: Broken | None = None
) -> Family:
    broken = more or Broken(deadline=deadline, since=local(12, 1))
    return await make_family(roster, broken, *(names or ("西山村", "东山村")))


# -- who hears what ------------------------------------------------------------------------------------


async def test_who_hears_that_a_child_is_overdue(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """Due on the 15th: the village climbs its own levels; above it only 农业农村局's person hears."""
    family = await family_of(roster, local, "西山村")
    family.task.deadline = date(2026, 12, 31)
    await run(session, local(12, 15, 9), local(12, 25, 20), campaign)
    mine = {"西山村责任人 task responsible_person"}
    leader, above = "西山村分管领导 task leader_in_charge", "农业农村局责任人 task decider"
    assert await told(session, campaign, only=("task",)) == {
        "15 09:00": sorted(mine),
        "16 09:00": sorted(mine | {leader, above}),
        "17 09:00": sorted(mine),
        "18 09:00": sorted(mine | {leader, above}),
        "21 09:00": sorted(mine),
        # The village has no 主要领导, who would hear then.
        "22 09:00": sorted(mine | {above}),
        "23 09:00": sorted(mine),
        "24 09:00": sorted(mine),
        "25 09:00": sorted(mine | {leader, above}),
    }


@pytest.mark.parametrize("own", [False, True])
async def test_who_hears_that_a_report_is_missing(
    session: Session, roster: Roster, local: Local, campaign: Campaign, own: bool
) -> None:
    """The person above owes a report of their own only with 本级另报, and hears one line of the children."""
    daily = Broken(frequency=Frequency.DAILY, since=local(12, 14, 20), own=own)
    family = await family_of(roster, local, more=daily)
    await zero_reports.of_task(
        turn_for(session, family.villages[1].person, local(12, 15, 10), campaign), ident(family.parts[1])
    )
    await run(session, local(12, 15, 10, 1), local(12, 16, 12), campaign)
    mine = ["农业农村局责任人 report responsible_person"] if own else []
    assert await told(session, campaign) == {
        "15 16:24": sorted([*mine, "西山村责任人 report responsible_person"]),
        "16 09:00": ["农业农村局责任人 report decider"],
    }
    text = (await words(session, family.decider, campaign))[-1]
    assert f"1. 🔴 {OBJECTIVE}：下级1个单位未报：西山村" in text
    assert "东山村" not in text


async def test_who_hears_that_a_week_is_missing(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    weekly = Broken(frequency=Frequency.WEEKLY, since=local(12, 14, 1))
    family = await family_of(roster, local, "西山村", more=weekly)
    await run(session, local(12, 17, 18), local(12, 23, 12), campaign)
    mine, above = "西山村责任人 report responsible_person", "农业农村局责任人 report decider"
    assert await told(session, campaign) == {
        "17 18:00": [mine],
        "21 09:00": sorted([mine, above]),
        "22 09:00": sorted([mine, above, "西山村分管领导 report leader_in_charge"]),
        "23 09:00": sorted([mine, above]),
    }
    assert (
        "下级1个单位未报：西山村（12月14日至12月20日当周）"
        in (await words(session, family.decider, campaign))[-1]
    )


async def test_who_decides_hears_each_working_day_of_a_part_that_does_not_report(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    daily = Broken(frequency=Frequency.DAILY, since=local(12, 14, 1))
    family = await family_of(roster, local, "西山村", more=daily)
    await run(session, local(12, 15, 8), local(12, 23, 12), campaign)
    heard = await told(session, campaign, only=("report",))
    days = [at for at, lines in heard.items() if any(line.startswith("农业农村局责任人") for line in lines)]
    assert days == [f"{day} 09:00" for day in (16, 17, 18, 21, 22, 23)]
    assert "下级1个单位未报：西山村（12月15日起）" in (await words(session, family.decider, campaign))[-1]


async def test_units_that_are_missing_since_different_days_have_the_earliest_one(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    daily = Broken(frequency=Frequency.DAILY, since=local(12, 14, 1))
    family = await family_of(roster, local, "西山村", "东山村", more=daily)
    first = family.villages[0]
    await zero_reports.of_task(
        turn_for(session, first.person, local(12, 16, 10), campaign), ident(first.task)
    )
    await run(session, local(12, 17, 8), local(12, 18, 12), campaign)
    said = (await words(session, family.decider, campaign))[-1]
    assert "下级2个单位未报：西山村、东山村（最早12月15日起）" in said


async def test_who_hears_that_a_child_is_unsigned(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """Not with the first slot, but together with the leaders."""
    new = Broken(deadline=date(2026, 12, 31), since=local(12, 15, 10), state=TaskState.ASSIGNED)
    family = await family_of(roster, local, "西山村", more=new)
    family.task.state = TaskState.ACKNOWLEDGED
    await run(session, local(12, 15, 10), local(12, 21, 12), campaign)
    mine = "西山村责任人 unsigned responsible_person"
    assert await told(session, campaign) == {
        "17 09:00": [mine],
        "18 09:00": sorted(
            [mine, "农业农村局责任人 unsigned decider", "西山村分管领导 unsigned leader_in_charge"]
        ),
        "21 09:00": [mine],
    }
    (text,) = await words(session, family.decider, campaign)
    assert f"1. 🟡 {OBJECTIVE}：下级1个单位未签收：西山村" in text


async def test_who_is_asked_for_an_extension(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """It waits for who decides as another waits for the office, with the button to the answer."""
    family = await family_of(roster, local, deadline=date(2026, 12, 18))
    part = family.parts[0]
    part.extension_asked_at, part.extension_until = local(12, 15, 9, 30), date(2026, 12, 25)
    await session.flush()
    await run(session, local(12, 15, 9, 31), local(12, 17, 8), campaign)
    asked = await told(session, campaign, only=("extension",))
    assert asked == {at: ["农业农村局责任人 extension decider"] for at in ("15 15:30", "16 15:30")}
    view = await shown(session, (await letters(session, family.decider))[-1], campaign)
    assert "以下任务申请延期，请批复（1项）" in view.plain("zh")
    (review,) = buttons(view, "extension.review")
    assert review.arguments["task_id"] == part.id
    assert not await letters(session, family.office)


async def test_the_office_where_nobody_decides(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """Above, neither the person nor the 联络员 can be reached: the office answers, and nobody else hears."""
    family = await family_of(roster, local)
    for one in (family.decider, family.liaison):
        one.contact.state = ContactState.UNREACHABLE
    part = family.parts[0]
    part.extension_asked_at, part.extension_until = local(12, 15, 9, 30), date(2026, 12, 25)
    await session.flush()
    await run(session, local(12, 15, 9, 31), local(12, 18, 12), campaign)
    assert {
        one for many in (await told(session, campaign, only=("extension",))).values() for one in many
    } == {"创城办工作人员 extension office"}
    rows = await session.exec(select(Nag).where(Nag.level == Level.DECIDER))
    assert not list(rows)


async def test_nobody_decides_on_a_task_of_their_own(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """The person above answers for one of the children, too: of that one their 联络员 hears."""
    family = await family_of(roster, local)
    own, other = family.parts
    own.responsible_id, own.responsible_person = family.decider.id, family.decider.contact.name
    await session.flush()
    await run(session, local(12, 16, 8), local(12, 16, 12), campaign)
    above = (await told(session, campaign))["16 09:00"]
    assert [one for one in above if one.endswith("decider")] == [
        "农业农村局联络员 task decider",
        "农业农村局责任人 task decider",
    ]
    assert f"{OBJECTIVE}：下级1个单位逾期：东山村" in (await words(session, family.decider, campaign))[-1]
    assert f"{OBJECTIVE}：下级1个单位逾期：西山村" in (await words(session, family.liaison, campaign))[-1]
    assert other.responsible_id != family.decider.id


async def test_the_deputy_of_who_decides(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    family = await family_of(roster, local)
    deputy = await roster.actor(family.unit, "代理人")
    who = family.decider.id
    first, last = date(2026, 12, 16), date(2026, 12, 17)
    session.add(
        Absence(
            contact_id=who, deputy_id=deputy.id, first=first, last=last, made_by=who, made_at=local(12, 14)
        )
    )
    await session.flush()
    await run(session, local(12, 16, 8), local(12, 18, 12), campaign)
    found = await told(session, campaign)
    assert "代理人 task decider" in found["16 09:00"]
    assert "农业农村局责任人 task decider" in found["18 09:00"]
    (text,) = [one for one in await words(session, deputy, campaign) if "下级" in one]
    assert f"{OBJECTIVE}：下级2个单位逾期：西山村、东山村（代农业农村局责任人）" in text


async def test_what_waits_for_a_deputy_goes_on_when_their_days_are_over(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """The deputy sleeps until noon. The leave ends before, so who decides hears."""
    family = await family_of(roster, local)
    deputy = await roster.actor(family.unit, "代理人")
    who = family.decider.id
    session.add(
        leave := Absence(
            contact_id=who,
            deputy_id=deputy.id,
            first=date(2026, 12, 16),
            last=date(2026, 12, 17),
            made_by=who,
            made_at=local(12, 14),
        )
    )
    deputy.contact.quiet_from, deputy.contact.quiet_until = local(12, 1, 21).time(), local(12, 1, 12).time()
    await session.flush()
    await run(session, local(12, 16, 8), local(12, 16, 11), campaign)
    assert not await letters(session, deputy)
    leave.last = date(2026, 12, 15)
    leave.first = date(2026, 12, 15)
    await session.flush()
    await run(session, local(12, 16, 11, 1), local(12, 16, 13), campaign)
    assert not [one for one in await words(session, deputy, campaign) if "下级" in one]
    assert [one for one in await words(session, family.decider, campaign) if "下级2个单位逾期" in one]


async def test_a_rung_of_the_office_is_not_for_children(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """By its policy the office hears on the day after; of a child only if nobody else decides."""
    family = await family_of(roster, local, "西山村")
    alone = await make_family(
        roster, Broken(deadline=TODAY, since=local(12, 1)), "南山村", office=family.office, where="水利局"
    )
    for one in (alone.decider, alone.liaison):
        one.contact.state = ContactState.UNREACHABLE
    await session.flush()
    office = Rung(DutyKind.TASK, 1, RungMeasure.WORKING_DAY, (Level.OFFICE,))
    campaign = replace(campaign, policy=replace(DEFAULT, rungs=(*DEFAULT.rungs, office)))
    await run(session, local(12, 16, 8), local(12, 16, 12), campaign)
    query = select(Nag.subject_id).where(Nag.level == Level.OFFICE)
    assert set(await session.exec(query)) == {
        family.task_id,
        alone.task_id,
        *(ident(one) for one in alone.parts),
    }


async def test_three_levels(session: Session, roster: Roster, local: Local, campaign: Campaign) -> None:
    """区、街、村居: of a late village the street's person hears, not the one above the street."""
    family = await family_of(roster, local, "城东街道", deadline=date(2026, 12, 31))
    street = family.villages[0]
    below = await village(roster, street.task, Broken(deadline=TODAY, since=local(12, 1)), "西山村")
    await run(session, local(12, 16, 8), local(12, 16, 12), campaign)
    assert await told(session, campaign) == {
        "16 09:00": sorted(
            [
                "城东街道责任人 task decider",
                "西山村分管领导 task leader_in_charge",
                "西山村责任人 task responsible_person",
            ]
        )
    }
    assert below.task.parent_id == street.task.id


# -- how it reads --------------------------------------------------------------------------------------


async def test_one_line_for_each_task_with_a_few_names(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """Beside what is the reader's own. The button opens the card of the task above."""
    names = [f"第{n}村" for n in range(1, 8)]
    daily = Broken(deadline=TODAY, frequency=Frequency.DAILY, since=local(12, 1))
    family = await family_of(roster, local, *names, more=daily)
    other = await make_family(
        roster, Broken(deadline=TODAY, since=local(12, 1)), "南山村", office=family.office, where="水利局"
    )
    other.task.responsible_id = family.decider.id
    await session.flush()
    await run(session, local(12, 16, 8), local(12, 16, 9), campaign)
    (row,) = await letters(session, family.decider)
    view = await shown(session, row, campaign)
    few = "、".join(names[:5])
    assert view.plain("zh").splitlines() == [
        "【任务提醒】12月16日，共 4 项",
        "请您办理（2项）",
        f"1. 🔴 {OBJECTIVE}，已逾期1天",
        f"2. 🔴 {OBJECTIVE}，已逾期1天",
        "您分解的任务，下级情况（2项）",
        f"3. 🔴 {OBJECTIVE}：下级7个单位未报：{few}等（12月2日起）；下级7个单位逾期：{few}等",
        f"4. 🔴 {OBJECTIVE}：下级1个单位逾期：南山村",
    ]
    cards = buttons(view, "task.card")
    assert [one.arguments["task_id"] for one in cards] == [family.task_id, other.task_id]
    assert plain(cards[0].label, "zh").startswith("3 查看：")
    assert {family.task_id, other.task_id} == set(view.task_ids)
    assert not buttons(view, "nag.relayed")


async def test_the_line_follows_what_is_done(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """Of two silent villages one reports, then the other: the message above them says so."""
    daily = Broken(frequency=Frequency.DAILY, since=local(12, 14, 20))
    family = await family_of(roster, local, more=daily)
    await run(session, local(12, 15, 9), local(12, 16, 9), campaign)
    (row,) = await letters(session, family.decider)
    view = await shown(session, row, campaign)
    assert view.listed is not None
    await live_messages.keep_list(session, ident(row), row.chat_id, view.listed)
    texts = []
    for at, one in zip((local(12, 16, 10), local(12, 16, 11)), family.villages, strict=True):
        turn = turn_for(session, one.person, at, campaign)
        await zero_reports.of_task(turn, ident(one.task))
        await session.flush()
        await live_nags.touch(tick_for(session, at, campaign), await _audited(session, one.person))
        marked = await live_nags.render(tick_for(session, at, campaign), ident(row))
        assert marked is not None
        texts.append(marked[0].html("zh"))
        live = await live_messages.live_message(session, LiveKind.NAG, ident(row))
        assert live is not None
        await session.refresh(live)
        assert live.dirty
        live.dirty = False
    assert f"🔴 {OBJECTIVE}：下级1个单位未报：东山村（12月15日起） ✅ 已有1个办理" in texts[0]
    assert (
        f"<s>1. 🔴 {OBJECTIVE}：下级2个单位未报：西山村、东山村（12月15日起）</s> ✅ 下级已办理" in texts[1]
    )


async def test_a_part_that_is_broken_down_has_not_reported(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """Two villages are silent; one breaks its part down. The message above does not say that it was done."""
    daily = Broken(frequency=Frequency.DAILY, since=local(12, 14, 20))
    family = await family_of(roster, local, more=daily)
    await run(session, local(12, 15, 9), local(12, 16, 9), campaign)
    (row,) = await letters(session, family.decider)
    west, east = family.villages
    turn = tick_for(session, local(12, 16, 11), campaign)
    child_duties.set_own_reports(west.task, own=False, now=local(12, 16, 10))
    await session.flush()
    standing = await BelowStanding.of(turn, [family.task_id])
    assert await standing.done(row, family.decider.contact) == {}
    await zero_reports.of_task(turn_for(session, east.person, local(12, 16, 11), campaign), ident(east.task))
    standing = await BelowStanding.of(turn, [family.task_id])
    marks = await standing.done(row, family.decider.contact)
    assert [plain(one, "zh") for one in marks.values()] == ["已再分解，由其下级报送"]


async def _audited(session: Session, actor: Actor) -> list[int]:
    query = select(Audit.id).where(Audit.actor_id == actor.id)
    return [one for one in await session.exec(query) if one is not None]


async def test_that_time_has_passed_is_no_deed(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """The week after, nobody is told of the missed week any more; its line is not marked as done."""
    weekly = Broken(frequency=Frequency.WEEKLY, since=local(12, 14, 1))
    family = await family_of(roster, local, more=weekly)
    await run(session, local(12, 18, 19), local(12, 21, 9), campaign)
    (row,) = await letters(session, family.decider)
    for day, still in ((22, True), (28, False)):
        turn = tick_for(session, local(12, day, 9), campaign)
        (line,) = [LateBelowLine.from_json(one) for one in row.content[BELOW]]
        standing = await BelowStanding.of(turn, [family.task_id])
        assert (standing.still(line, family.decider.contact) is not None) is still
        assert await standing.done(row, family.decider.contact) == {}


# -- side cases ----------------------------------------------------------------------------------------


async def test_a_child_that_waits_for_its_answer_is_not_late(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """Of three one was submitted, one is done; the task above was cancelled, and who decided decides on."""
    family = await family_of(roster, local, "西山村", "东山村", "南山村")
    family.parts[0].state, family.parts[1].state = TaskState.SUBMITTED, TaskState.COMPLETED
    for task in (*family.parts[:2], family.task):
        task.next_nag_at = None
    family.task.state = TaskState.CANCELLED
    await session.flush()
    await run(session, local(12, 16, 8), local(12, 16, 12), campaign)
    (text,) = await words(session, family.decider, campaign)
    assert f"{OBJECTIVE}：下级1个单位逾期：南山村" in text


async def test_paused_children_are_not_told_of(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """One of two is paused: the line has the other. Both are: it waits until the first pause is over."""
    family = await family_of(roster, local)
    family.task.deadline = date(2026, 12, 31)
    family.parts[0].paused_until = local(12, 20)
    await session.flush()
    await run(session, local(12, 16, 8), local(12, 16, 12), campaign)
    (text,) = await words(session, family.decider, campaign)
    assert "下级1个单位逾期：东山村" in text
    family.parts[1].paused_until = local(12, 19)
    await session.flush()
    await run(session, local(12, 16, 12, 1), local(12, 18, 12), campaign)
    assert len(await letters(session, family.decider)) == 1
    query = select(Nag).where(Nag.subject == BELOW, Nag.state == NagState.WAITING)
    (waits,) = await session.exec(query.execution_options(populate_existing=True))
    assert (waits.reason, waits.hold_until) == (NagReason.PAUSED, local(12, 21, 9))
    await run(session, local(12, 18, 12, 1), local(12, 21, 9), campaign)
    view = await shown(session, (await letters(session, family.decider))[-1], campaign)
    assert "下级2个单位逾期：西山村、东山村" in view.plain("zh")


async def test_what_waits_for_a_pause_comes_when_it_is_ended(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """Who decides pauses the child and ends it; meanwhile neither they nor the village hear of it."""
    family = await family_of(roster, local, "西山村")
    family.task.deadline = date(2026, 12, 31)
    await session.flush()
    part = ident(family.parts[0])
    turn = turn_for(session, family.decider, local(12, 16, 8), campaign)
    assert (await task_pauses.decide(turn, PauseMatter(part, 0, date(2026, 12, 24)), "待审批")).done
    await run(session, local(12, 16, 8, 1), local(12, 16, 12), campaign)
    assert await told(session, campaign) == {}
    seen = await pause_card.last_step(session, part)
    turn = turn_for(session, family.decider, local(12, 16, 14), campaign)
    assert (await task_pauses.resume(turn, part, seen)).done
    await run(session, local(12, 16, 14), local(12, 16, 15), campaign)
    assert await told(session, campaign) == {
        "16 14:00": sorted(
            [
                "农业农村局责任人 task decider",
                "西山村分管领导 task leader_in_charge",
                "西山村责任人 task responsible_person",
            ]
        )
    }


async def test_who_is_asked_for_an_extension_of_a_paused_child(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """The office would hear all the same; who decides has paused it and is left alone."""
    family = await family_of(roster, local, deadline=date(2026, 12, 31))
    part = family.parts[0]
    part.extension_asked_at, part.paused_until = local(12, 15, 9, 30), local(12, 18)
    await session.flush()
    await run(session, local(12, 15, 9, 31), local(12, 17, 20), campaign)
    assert await told(session, campaign) == {}
    await run(session, local(12, 17, 20, 1), local(12, 18, 9), campaign)
    assert (await told(session, campaign))["18 09:00"] == ["农业农村局责任人 extension decider"]


# -- the office, and who cannot be reached ------------------------------------------------------------


async def test_the_office_hears_nothing_of_children(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """No digest goes out for them, and the one of another task does not count them."""
    family = await family_of(roster, local)
    family.task.deadline = date(2026, 12, 31)
    await run(session, local(12, 16, 8), local(12, 16, 12), campaign)
    office = select(Outbox).where(Outbox.contact_id == family.office.id)
    assert not list(await session.exec(office))
    day, person = date(2026, 12, 18), family.decider.contact
    await roster.task(family.unit, "清理河道", day, person, state=TaskState.ACKNOWLEDGED)
    await run(session, local(12, 17, 8), local(12, 18, 12), campaign)
    view = await nag_digest.digest_view(tick_for(session, local(12, 18, 12), campaign), day, None)
    assert "已催办责任人 1 人、1 项" in view.plain("zh")
    assert "提示" not in view.plain("zh")


@pytest.mark.parametrize("decides", [True, False])
async def test_somebody_below_cannot_be_reached(
    session: Session, roster: Roster, local: Local, campaign: Campaign, decides: bool
) -> None:
    """Their unit hears of it and who decides, not the office; where nobody decides the office does."""
    family = await family_of(roster, local)
    for one in () if decides else (family.decider, family.liaison):
        one.contact.state = ContactState.UNREACHABLE
    family.task.deadline = date(2026, 12, 31)
    liaison = await roster.actor(family.villages[0].unit, "西山村联络员", Role.LIAISON)
    family.villages[0].person.contact.state = ContactState.UNREACHABLE
    await session.flush()
    await run(session, local(12, 16, 9), local(12, 16, 12), campaign)
    rows = await session.exec(select(Outbox).where(col(Outbox.dedupe_key).contains("missed:")))
    readers = {row.contact_id for row in rows}
    leader, above = family.villages[0].leader.id, family.decider.id if decides else family.office.id
    assert readers == {leader, above}, "the 联络员 has it in their own list"
    (mine,) = await letters(session, liaison)
    assert "责任人暂时联系不上，请代为转告（1项）" in (await shown(session, mine, campaign)).plain("zh")


async def test_a_village_without_anybody_else(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """Who decides hears in the place of the person below, and passes it on."""
    family = await family_of(roster, local, "西山村")
    family.task.deadline = date(2026, 12, 31)
    family.villages[0].person.contact.state = ContactState.UNREACHABLE
    await session.flush()
    await run(session, local(12, 16, 8), local(12, 16, 12), campaign)
    (row,) = await letters(session, family.decider)
    view = await shown(session, row, campaign)
    assert "责任人暂时联系不上，请代为转告（1项）" in view.plain("zh")
    assert "下级1个单位逾期：西山村" in view.plain("zh")
    (passed_on,) = buttons(view, "nag.relayed")
    assert passed_on.arguments["wanted"]["task_ids"] == [family.parts[0].id]


# -- what is kept --------------------------------------------------------------------------------------


async def test_the_records_of_both(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """The card above says what was told of the children; who decides reads all of the child's."""
    family = await family_of(roster, local)
    family.task.deadline = date(2026, 12, 31)
    await run(session, local(12, 16, 8), local(12, 16, 12), campaign)

    async def read(actor: Actor, task: Task) -> str:
        turn = turn_for(session, actor, local(12, 16, 12), campaign)
        return (await nag_records.of_subject(turn, "task", ident(task))).plain("zh")

    above = await read(family.office, family.task)
    assert "提示 农业农村局责任人：任务时限·限期后第1个工作日，提示分解任务的责任人" in above
    assert "下次提醒：12月18日09:00 → 农业农村局责任人" in above
    assert await read(family.decider, family.task) == above
    below = await read(family.decider, family.parts[0])
    assert below == await read(family.office, family.parts[0])
    assert "西山村分管领导" in below
    assert "农业农村局" not in below
    mine = await read(family.villages[0].person, family.parts[0])
    assert "西山村分管领导" not in mine


async def test_a_hint_above_is_noted_in_the_history_of_the_task(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    family = await family_of(roster, local)
    family.task.deadline = date(2026, 12, 31)
    await run(session, local(12, 16, 8), local(12, 16, 12), campaign)
    (row,) = await letters(session, family.decider)
    (pressed,) = buttons(await shown(session, row, campaign), "nag.noted")
    await noting.note(
        turn_for(session, family.decider, local(12, 16, 12), campaign), pressed.arguments["outbox_id"]
    )
    query = select(Audit).where(Audit.event == noting.EVENT)
    (noted,) = await session.exec(query)
    assert (noted.subject_type, noted.subject_id) == ("task", family.task_id)


async def test_nobody_puts_off_what_lies_below(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """Who only reads of it has nothing to do themselves; its records are those of the task."""
    family = await family_of(roster, local)
    await run(session, local(12, 16, 8), local(12, 16, 12), campaign)
    turn = turn_for(session, family.decider, local(12, 16, 12), campaign)
    subject = SUBJECTS[BELOW]
    assert await subject.own(turn, family.task_id) == []
    assert (await subject.file(turn, family.task_id)).title == OBJECTIVE
    (line,) = (await letters(session, family.decider))[0].content[BELOW]
    assert subject.put_off(LateBelowLine.from_json(line)) == []
    stranger = turn_for(session, family.villages[0].person, local(12, 16, 12), campaign)
    assert await refused(subject.file(stranger, family.task_id)) == "tasks.not_yours"


async def test_what_tasks_owe_is_asked_once_in_a_tick_and_anew_in_the_next(
    session: Session, roster: Roster, local: Local, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    family = await family_of(roster, local)
    ids, asked, owed = [ident(one) for one in family.parts], list[int](), task_duties.owed

    async def counted(turn: TickTurn, found: Sequence[Task], **more: bool) -> dict[int, list[Obligation]]:
        asked.extend(ident(one) for one in found)
        return await owed(turn, found, **more)

    monkeypatch.setattr(task_duties, "owed", counted)
    turn = tick_for(session, local(12, 16, 9), campaign)
    everybody = TurnDirectory(turn)
    await SUBJECTS["task"].standing(turn, ids, everybody)
    below = await BelowStanding.of(turn, [family.task_id], everybody)
    assert asked == ids
    assert all(below.owed[one] for one in ids)
    family.parts[0].state = TaskState.COMPLETED
    await session.flush()
    again = await BelowStanding.of(turn, [family.task_id], TurnDirectory(turn))
    assert ids[0] not in again.owed
