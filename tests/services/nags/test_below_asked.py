"""下级办结待审核: who decides on a part that asks for 办结 hears of it each working day until they answer."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlmodel import col, select

from locales import plain
from models.db import Session, ident
from models.delivery.messages import Outbox
from models.nags import Nag, NagState
from models.people import Contact, ContactState
from rules.duties.frequencies import Frequency
from rules.nags.policy import DutyKind
from rules.people.roles import Role
from rules.tasks.breakdown import ChildPart
from rules.tasks.task_lifecycle import AwaitedAnswer, TaskState
from services.campaign import Campaign
from services.nags.nag_forecast import forecast
from services.nags.tasks.below_standing import BelowStanding
from services.tasks import deciders, reassign, task_steps
from tests.services.conftest import Local
from tests.services.nags.families import (
    OBJECTIVE,
    Broken,
    Family,
    Village,
    last_shown,
    letters,
    make_family,
    run,
    shown,
    village,
)
from tests.services.progress.talk import buttons
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

FAR = date(2026, 12, 31)
VILLAGES = ("西山村", "东山村", "南山村", "北山村", "河口村", "石桥村")


@pytest.fixture
async def family(session: Session, roster: Roster, local: Local) -> Family:
    return await make_family(roster, Broken(deadline=FAR, since=local(12, 1)), "西山村", "东山村")


async def submit(session: Session, one: Village, at: datetime) -> None:
    assert await task_steps.submit(turn_for(session, one.person, at), ident(one.task)) is not None


async def asked(session: Session, family: Family) -> list[Nag]:
    query = select(Nag).where(Nag.kind == DutyKind.BELOW_ASKED, Nag.state == NagState.TOLD)
    query = query.where(Nag.subject_id == family.task_id).order_by(col(Nag.id))
    return list(await session.exec(query.execution_options(populate_existing=True)))


async def told_at(session: Session, family: Family) -> list[datetime | None]:
    return [row.settled_at for row in await asked(session, family)]


@pytest.mark.both_engines("sums")
async def test_it_is_said_each_working_day_until_it_is_answered(
    session: Session, family: Family, local: Local, campaign: Campaign
) -> None:
    """Asked on Thursday: Friday, Monday. Another one asks on Monday, and the first is answered then."""
    west, east = family.villages
    await submit(session, west, local(12, 17, 12))
    await run(session, local(12, 17, 12), local(12, 21, 12), campaign)
    assert await told_at(session, family) == [local(12, 18, 9), local(12, 21, 9)]
    await submit(session, east, local(12, 21, 13))
    turn = turn_for(session, family.decider, local(12, 21, 14))
    assert await task_steps.complete(turn, ident(west.task)) is not None
    await run(session, local(12, 21, 14), local(12, 22, 12), campaign)
    assert (await told_at(session, family))[-1] == local(12, 22, 9)
    turn = turn_for(session, family.decider, local(12, 22, 13))
    assert await task_steps.send_back(turn, ident(east.task), "照片不清") is not None
    await run(session, local(12, 22, 13), local(12, 24, 12), campaign)
    assert (await told_at(session, family))[-1] == local(12, 22, 9)


async def test_what_the_line_says(session: Session, family: Family, local: Local, campaign: Campaign) -> None:
    """It names whose request waits and leads to these, and asks for nothing else."""
    await submit(session, family.villages[0], local(12, 17, 12))
    await run(session, local(12, 17, 12), local(12, 18, 12), campaign)
    assert len(await letters(session, family)) == 1
    view = await last_shown(session, family, campaign)
    assert f"🟡 {OBJECTIVE}：西山村申请办结，待您审核" in view.plain("zh")
    assert f"🟡 {OBJECTIVE}: 西山村 ask for completion and wait for your answer" in view.plain("en")
    (there,) = buttons(view, "child.list")
    assert there.arguments == {"task_id": family.task_id, "part": ChildPart.SUBMITTED}
    assert not buttons(view, "report.start") + buttons(view, "task.card")
    (nag,) = await asked(session, family)
    assert nag.level is not None
    assert (nag.contact_id, nag.rung) == (family.decider.id, "working_day:1")


async def test_only_some_of_many_are_named(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    family = await make_family(roster, Broken(deadline=FAR, since=local(12, 1)), *VILLAGES)
    for one in family.villages:
        await submit(session, one, local(12, 17, 12))
    await run(session, local(12, 17, 12), local(12, 18, 12), campaign)
    assert len(await letters(session, family)) == 1
    view = await last_shown(session, family, campaign)
    assert "西山村、东山村、南山村、北山村、河口村等6个单位申请办结，待您审核" in view.plain("zh")


async def test_also_where_nothing_else_is_owed(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """A task without a deadline, for which its parts report, has no other message of the nags."""
    weekly = Broken(frequency=Frequency.WEEKLY, since=local(12, 15, 10))
    family = await make_family(roster, weekly, "西山村", "东山村")
    await submit(session, family.villages[0], local(12, 15, 12))
    await run(session, local(12, 15, 12), local(12, 16, 12), campaign)
    assert [row.created_at for row in await letters(session, family)] == [local(12, 16, 9)]


@pytest.mark.parametrize("how", ["withdrawn", "cancelled", "answered"])
async def test_it_is_no_longer_said(
    session: Session, family: Family, local: Local, campaign: Campaign, how: str
) -> None:
    """Before the morning it is taken back or answered, or the task above is cancelled."""
    west = family.villages[0]
    await submit(session, west, local(12, 17, 12))
    await run(session, local(12, 17, 12), local(12, 17, 13), campaign)
    decides, office = (turn_for(session, who, local(12, 17, 14)) for who in (family.decider, family.office))
    match how:
        case "withdrawn":
            turn = turn_for(session, west.person, local(12, 17, 14))
            assert await task_steps.withdraw(turn, ident(west.task)) is not None
        case "answered":
            assert await task_steps.complete(decides, ident(west.task)) is not None
        case "cancelled":
            assert await task_steps.cancel(office, family.task_id, "不再需要") is not None
    await run(session, local(12, 17, 14), local(12, 18, 12), campaign)
    assert await told_at(session, family) == []


@pytest.mark.both_engines("sums")
@pytest.mark.parametrize("how", ["submitted", "closed"])
@pytest.mark.parametrize("first", ["part", "whole"])
async def test_it_is_said_also_where_the_task_above_is_no_longer_nagged_about(
    session: Session, family: Family, local: Local, campaign: Campaign, how: str, first: str
) -> None:
    """The task above is submitted, or the office has closed it over an open part. No other would answer."""
    west = family.villages[0]
    if first == "part":
        await submit(session, west, local(12, 17, 12))
    decides, office = (turn_for(session, who, local(12, 17, 13)) for who in (family.decider, family.office))
    if how == "submitted":
        assert await task_steps.submit(decides, family.task_id) is not None
    else:
        assert await task_steps.complete(office, family.task_id, reason="先行办结") is not None
    if first == "whole":
        await submit(session, west, local(12, 17, 14))
    await run(session, local(12, 17, 14), local(12, 21, 12), campaign)
    assert await told_at(session, family) == [local(12, 18, 9), local(12, 21, 9)]
    view = await last_shown(session, family, campaign)
    assert "西山村申请办结，待您审核" in view.plain("zh")
    turn = turn_for(session, family.decider, local(12, 21, 13))
    assert await task_steps.complete(turn, ident(west.task)) is not None
    await run(session, local(12, 21, 13), local(12, 23, 12), campaign)
    assert len(await told_at(session, family)) == 2


async def told_to(session: Session, campaign: Campaign) -> dict[str, list[str]]:
    """The lines of requests by who read them; each has the button to the list of these."""
    found: dict[str, list[str]] = {}
    rows = await session.exec(select(Outbox).where(Outbox.view == "nag").order_by(col(Outbox.id)))
    for row in list(rows):
        reader = await session.get_one(Contact, row.contact_id)
        view = await shown(session, row, campaign)
        lines = [] if view is None else [one for one in view.plain("zh").splitlines() if "申请办结" in one]
        assert not lines or buttons(view, "child.list")
        found.setdefault(reader.name, []).extend(lines)
    return {name: lines for name, lines in found.items() if lines}


async def test_nobody_is_asked_for_an_answer_to_themselves(
    session: Session, family: Family, local: Local, campaign: Campaign
) -> None:
    """Who answers for the task above answers for the part, too: their unit's 联络员 decides on that one."""
    west, east = family.villages
    west.task.responsible_id = family.decider.id
    await session.flush()
    turn = turn_for(session, family.decider, local(12, 17, 12))
    assert await task_steps.submit(turn, ident(west.task)) is not None
    await submit(session, east, local(12, 17, 13))
    await run(session, local(12, 17, 13), local(12, 18, 12), campaign)
    line = f"1. 🟡 {OBJECTIVE}：%s申请办结，待您审核"
    assert await told_to(session, campaign) == {
        "农业农村局责任人": [line % "东山村"],
        "农业农村局联络员": [line % "西山村"],
    }


@pytest.mark.parametrize("which", ["part", "whole"])
async def test_who_decides_since_a_transfer_hears_of_it(
    session: Session, roster: Roster, family: Family, local: Local, campaign: Campaign, which: str
) -> None:
    """The person of the whole asked for the part, too. Then one of the two tasks goes to somebody else."""
    west, other = (
        family.villages[0],
        await roster.actor(family.unit, "农业农村局另一人", Role.RESPONSIBLE_PERSON),
    )
    west.task.responsible_id = family.decider.id
    await session.flush()
    turn = turn_for(session, family.decider, local(12, 17, 12))
    assert await task_steps.submit(turn, ident(west.task)) is not None
    office = turn_for(session, family.office, local(12, 17, 13))
    moves = (ident(west.task), west.person.id) if which == "part" else (family.task_id, other.id)
    assert (await reassign.move_tasks(office, [moves[0]], moves[1])).tasks
    await run(session, local(12, 17, 13), local(12, 18, 12), campaign)
    who = "农业农村局责任人" if which == "part" else "农业农村局另一人"
    assert list(await told_to(session, campaign)) == [who]


@pytest.mark.parametrize("how", ["deputy", "liaison_there", "not_joined"])
async def test_who_may_not_decide_is_not_asked(
    session: Session, roster: Roster, family: Family, local: Local, campaign: Campaign, how: str
) -> None:
    """The deputy answers for the part, or the 责任人 is 联络员 of its unit, or they have not joined.

    Then the 联络员 of the lead unit decides. They are asked themselves, and have nothing to pass on.
    """
    west = family.villages[0]
    match how:
        case "deputy":
            await roster.leave(family.decider.contact, west.person.contact, date(2026, 12, 18))
        case "liaison_there":
            there = await roster.actor(west.unit, "西山村联络员", Role.LIAISON)
            family.task.responsible_id = there.id
        case "not_joined":
            family.decider.contact.state = ContactState.NOT_ENROLLED
            family.decider.contact.telegram_user_id = None
    await session.flush()
    await submit(session, west, local(12, 17, 12))
    await run(session, local(12, 17, 12), local(12, 18, 12), campaign)
    assert list(await told_to(session, campaign)) == ["农业农村局联络员"]


async def test_where_nobody_decides_it_waits_for_the_office(
    session: Session, family: Family, local: Local, campaign: Campaign
) -> None:
    """The office reads of it in its digest and its /todo, not as something to pass on."""
    for who in (family.decider, family.liaison):
        who.contact.state, who.contact.telegram_user_id = ContactState.NOT_ENROLLED, None
    await session.flush()
    await submit(session, family.villages[0], local(12, 17, 12))
    await run(session, local(12, 17, 12), local(12, 18, 12), campaign)
    assert await told_to(session, campaign) == {}
    counts = await deciders.count_for_office(tick_for(session, local(12, 18, 12), campaign))
    assert counts[AwaitedAnswer.SUBMITTED] == 1


@pytest.mark.parametrize("how", ["answered", "withdrawn"])
async def test_what_became_of_it(
    session: Session, family: Family, local: Local, campaign: Campaign, how: str
) -> None:
    west = family.villages[0]
    await submit(session, west, local(12, 17, 12))
    await run(session, local(12, 17, 12), local(12, 18, 12), campaign)
    (row,) = await letters(session, family)
    who = family.decider if how == "answered" else west.person
    step = task_steps.complete if how == "answered" else task_steps.withdraw
    assert await step(turn_for(session, who, local(12, 18, 13)), ident(west.task)) is not None
    standing = await BelowStanding.of(tick_for(session, local(12, 18, 14), campaign), [family.task_id])
    marks = await standing.done(row, family.decider.contact)
    assert [plain(text, "zh") for text in marks.values()] == ["下级申请已处理"]


async def test_late_and_asking_parts_share_a_line(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    family = await make_family(
        roster, Broken(deadline=date(2026, 12, 17), since=local(12, 1)), "西山村", "东山村"
    )
    family.task.deadline = FAR
    await submit(session, family.villages[0], local(12, 17, 12))
    await run(session, local(12, 17, 12), local(12, 18, 12), campaign)
    assert len(await letters(session, family)) == 1
    view = await last_shown(session, family, campaign)
    assert f"🔴 {OBJECTIVE}：西山村申请办结，待您审核；下级1个单位逾期：东山村" in view.plain("zh")
    assert len(buttons(view, "child.list") + buttons(view, "task.card")) == 2


async def test_of_a_request_two_levels_below_only_who_decides_on_it_hears(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """西山村 is late, and a part of its part asks for 办结. The lead above reads only that it is late."""
    since = Broken(deadline=date(2026, 12, 17), since=local(12, 1))
    family = await make_family(roster, since, "西山村")
    family.task.deadline = FAR
    below = await village(roster, family.parts[0], since, "西山一组")
    await submit(session, below, local(12, 17, 12))
    await run(session, local(12, 17, 12), local(12, 18, 12), campaign)
    assert list(await told_to(session, campaign)) == ["西山村责任人"]
    assert len(await letters(session, family)) == 1
    view = await last_shown(session, family, campaign)
    assert f"🔴 {OBJECTIVE}：下级1个单位逾期：西山村\n" in view.plain("zh") + "\n"


async def test_it_is_foreseen(session: Session, family: Family, local: Local, campaign: Campaign) -> None:
    await submit(session, family.villages[0], local(12, 17, 12))
    told = await forecast(tick_for(session, local(12, 17, 13), campaign))
    theirs = [letter.at for letter in told.letters if letter.contact.id == family.decider.id]
    assert theirs[:2] == [local(12, 18, 9), local(12, 21, 9)]
    assert family.parts[0].state is TaskState.SUBMITTED
