"""``/find``, ``/unit`` and ``/who``: what is found, in which order, and by whom."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, datetime

import pytest
from sqlmodel import select

from models.db import Session
from models.people import Contact, ContactState, JoinRequest
from models.progress import ProgressReport
from models.tasks import Task, TaskAssistingUnit
from rules.people.roles import Role, Tier
from services.access import Actor, actor_of
from services.campaign import Campaign
from services.office import who_overview
from services.office.who_overview import OverviewGap
from services.people import unit_card
from services.tasks import task_steps, word_search
from services.views import View
from tests.services.conftest import Local, World
from tests.services.progress.talk import Talk, buttons, keys, line, refused
from tests.support.people import Roster
from tests.support.turns import turn_for

Find = Callable[..., Awaitable[View]]


@pytest.fixture
def find(session: Session, now: datetime, campaign: Campaign) -> Find:
    """``await find(actor, words)``."""

    async def run(actor: Actor, words: str, offset: int = 0) -> View:
        return await word_search.find(turn_for(session, actor, now, campaign), words, offset=offset)

    return run


def objectives(view: View) -> list[str]:
    return [line.values["objective"] for line in view.lines if line.key == "tasks.line"]


async def more_tasks(roster: Roster, world: World) -> dict[str, Task]:
    """Three tasks by objective: 东风街道 leads two, one with 城管局's help; the third is long-term."""
    helped = await roster.task(
        world.other_unit, "整治背街小巷50%路段", date(2026, 12, 17), assisting=(world.unit,)
    )
    own = await roster.task(world.other_unit, "GDP_2026 宣传", date(2026, 12, 20))
    long = await roster.task(world.unit, "每日清扫保洁", None, world.liaison.contact)
    return {task.objective: task for task in (helped, own, long)}


async def test_words_are_looked_for_everywhere(find: Find, world: World, roster: Roster) -> None:
    await more_tasks(roster, world)
    world.task.action, world.task.standard = "市容环境攻坚", "达到AAA级标准"
    roster.session.add(world.task)
    own, helped, long = "清理违规广告牌匾", "整治背街小巷50%路段", "每日清扫保洁"
    for words, expected in {
        "广告牌匾": [own],
        "市容环境攻坚": [own],
        "aaa级": [own],
        "城管局责任人": [own],
        "城管局": [helped, own, long],  # by due date, the long-term one last; assisting counts
        "城管局 广告": [own],
        "广告 城管局": [own],
        "东风街道 城管局": [helped],
        "gdp": ["GDP_2026 宣传"],
        "ＧＤＰ": ["GDP_2026 宣传"],  # as a phone's keyboard may write it
        "没有这样的词": [],
    }.items():
        assert objectives(await find(world.office, words)) == expected, words


async def test_percent_and_underscore_mean_themselves(find: Find, world: World, roster: Roster) -> None:
    await more_tasks(roster, world)
    for words, hits in {"50%": 1, "5%0": 0, "%": 1, "GDP_2026": 1, "G_P": 0, "_": 1}.items():
        assert len(objectives(await find(world.office, words))) == hits, words


STRANGE = (
    "' OR 1=1 --",
    '"; DROP TABLE task; --',
    "\\",
    "/",
    "😀👨‍👩‍👧",
    "清理\0违规不存在",
    "<b>x</b>",
    "¨",
)


async def test_strange_words(find: Find, world: World) -> None:
    for words in STRANGE:
        view = await find(world.office, words)
        assert (keys(view), list(view.rows)) == (["find.nothing"], []), words
    for words in ("", "  ", "\0", "\u200b\ufeff", "　", "\ud83d"):
        assert await refused(find(world.office, words)) == "find.example", words
    for words in ("清" * 4_000, "%" * 101, " ".join("一二三四五六七八九")):
        assert await refused(find(world.office, words)) == "find.too_long"


async def test_a_word_that_is_repeated_is_one_word(find: Find, world: World) -> None:
    assert objectives(await find(world.office, "清 理 " * 2_000)) == ["清理违规广告牌匾"]


async def test_everybody_finds_what_is_in_their_view(find: Find, world: World, roster: Roster) -> None:
    there = await more_tasks(roster, world)
    helped, own = there["整治背街小巷50%路段"], there["GDP_2026 宣传"]
    for actor in (world.liaison, world.responsible, world.leader):
        assert objectives(await find(actor, "东风街道")) == [helped.objective]
        assert objectives(await find(actor, own.objective)) == []
    assert objectives(await find(world.other_liaison, "城管局")) == [helped.objective]
    view = await find(world.liaison, "城管局")
    assert keys(view).count("tasks.line") == 3
    assert not buttons(view, "person.card"), "people and units are for the office"
    assert not buttons(view, "unit.card")


async def test_pages_and_closed_ones_last(find: Find, world: World, roster: Roster, now: datetime) -> None:
    done = await roster.task(world.unit, "任务已结", date(2026, 12, 1))
    await task_steps.complete(turn_for(roster.session, world.office, now), done.id or 0)
    for number in range(24):
        await roster.task(world.unit, f"任务{number:02}", date(2026, 12, 31))
    first = await find(world.office, "任务")
    assert objectives(first) == [f"任务{number:02}" for number in range(20)]
    (following,) = buttons(first, "find.page")
    second = await find(world.office, following.arguments["words"], following.arguments["offset"])
    assert objectives(second) == [*(f"任务{number:02}" for number in range(20, 24)), "任务已结"]
    assert line(second, "find.tasks").values["count"] == 25


async def test_the_office_finds_people_and_units(find: Find, world: World, roster: Roster) -> None:
    gone = await roster.contact(world.unit, "城管局离任者", Role.LIAISON)
    gone.state = ContactState.LEFT
    roster.session.add(gone)
    view = await find(world.office, "城管局 联络员")
    assert [b.arguments["contact_id"] for b in buttons(view, "person.card")] == [world.liaison.id]
    assert not buttons(view, "unit.card")
    view = await find(world.office, "城管局")
    assert [b.arguments["unit_id"] for b in buttons(view, "unit.card")] == [world.unit.id]
    assert gone.id not in [b.arguments["contact_id"] for b in buttons(view, "person.card")]
    for number in range(12):
        await roster.contact(await roster.unit(f"第{number}社区", Tier.VILLAGE), f"王小明{number}")
    view = await find(world.office, "王小明")
    assert line(view, "find.people").values == {"count": 12}
    assert line(view, "find.only_first").values == {"shown": 8}
    assert len(buttons(view, "person.card")) == 8


async def test_a_report_by_its_number(find: Find, world: World, talk: Talk) -> None:
    report = await talk.report("今天清理违规广告牌匾12处")
    for actor in (world.office, world.leader, world.responsible):
        view = await find(actor, f" {report.receipt_no} ")
        assert keys(view) == ["find.report", "find.report_task", "find.report_text", "find.report_figure"]
        assert [b.arguments["task_id"] for b in buttons(view, "task.card")] == [world.task_id]
    assert keys(await find(world.office, report.receipt_no.replace("-", "－"))) != ["find.nothing"]
    other = await refused(find(world.other_liaison, report.receipt_no))
    none = await refused(find(world.other_liaison, "20261215-9999"))
    assert other == none == "find.no_report"


async def test_a_withdrawn_report_says_so(find: Find, world: World, talk: Talk, session: Session) -> None:
    report = await talk.report("今天清理违规广告牌匾12处")
    report.withdrawn, report.revision = True, 2
    session.add(report)
    await session.flush()
    view = await find(world.office, report.receipt_no)
    assert "find.report_withdrawn" in keys(view)
    assert "find.report_figure" not in keys(view)


# -- /unit ---------------------------------------------------------------------------------------------


@pytest.fixture
def unit(session: Session, now: datetime, campaign: Campaign) -> Find:
    """``await unit(actor, words)``."""

    async def run(actor: Actor, words: str, at: datetime = now) -> View:
        return await unit_card.find(turn_for(session, actor, at, campaign), words)

    return run


async def test_a_units_card(
    unit: Find, world: World, roster: Roster, talk: Talk, now: datetime, local: Local
) -> None:
    await talk.report("今天清理违规广告牌匾12处")
    late = await roster.task(world.unit, "整治占道经营", date(2026, 12, 10), world.responsible.contact)
    done = await roster.task(world.unit, "规范停车秩序", date(2026, 12, 31))
    await task_steps.complete(turn_for(roster.session, world.office, now), done.id or 0)
    await roster.contact(world.unit, "赵五", Role.RESPONSIBLE_PERSON, enrolled=False)
    gone = await roster.contact(world.unit, "钱六")
    gone.state = ContactState.LEFT
    roster.session.add(gone)
    view = await unit(world.office, "城管")
    assert line(view, "units.people").values["count"] == 4
    people = {one.values["name"]: one.values["state"].key for one in view.lines if one.key == "units.person"}
    assert people["赵五"] == "units.state.not_enrolled"
    assert "钱六" not in people
    expected = {"open": 2, "done": 1, "red": 1, "yellow": 1, "green": 0, "none": 0}
    assert line(view, "units.tasks").values == expected
    assert line(view, "units.unsigned").values == {"count": 1}
    assert line(view, "units.late").values["objective"] == late.objective
    assert line(view, "units.report").values["number"] == "20261215-0001"
    assert "units.silent" not in keys(view)
    quantity = line(view, "units.quantity")
    assert "违规广告牌匾" in quantity.values["item"]
    (remind,) = buttons(view, "remind.preview")
    assert (remind.arguments["kind"], remind.arguments["subject"]) == ("unit", world.unit.id)
    assert [b.arguments["contact_id"] for b in buttons(view, "person.card")] == [world.liaison.id]
    # A week later nothing has come, and the numbers are last week's.
    view = await unit(world.office, "城管", local(12, 22, 10))
    assert line(view, "units.silent").values["days"] == 4, "today is not over yet"
    assert "units.week" not in keys(view)


async def test_what_a_unit_assists_is_counted_apart(
    unit: Find, session: Session, world: World, roster: Roster, now: datetime, campaign: Campaign
) -> None:
    """东风街道 leads nothing; it helps with three tasks, of which one is over and one was cancelled."""
    over, cancelled = [
        await roster.task(world.unit, name, date(2026, 12, 10)) for name in ("规范停车秩序", "整治占道经营")
    ]
    for task in (world.task, over, cancelled):
        session.add(TaskAssistingUnit(task_id=task.id or 0, unit_id=world.other_unit.id or 0))
    await task_steps.complete(turn_for(session, world.office, now), over.id or 0)
    await task_steps.cancel(turn_for(session, world.office, now), cancelled.id or 0, "重复交办")
    view = await unit(world.office, "东风")
    none = {"open": 0, "done": 0, "red": 0, "yellow": 0, "green": 0, "none": 0}
    assert line(view, "units.tasks").values == none
    assert line(view, "units.assisting").values == {**none, "open": 1, "done": 1, "yellow": 1}
    assert "units.assisting" not in keys(await unit(world.office, "城管"))
    (button,) = buttons(view, "unit.tasks")
    listed = await unit_card.task_list(
        turn_for(session, world.other_liaison, now, campaign), **button.arguments
    )
    assert line(listed, "units.assisting_list").values["count"] == 1
    assert list(listed.task_ids) == [world.task_id]


async def test_leaders_and_contacts_see_their_own_unit_only(
    unit: Find, session: Session, world: World, roster: Roster, now: datetime, campaign: Campaign
) -> None:
    village = await roster.unit("城管局直属社区", Tier.VILLAGE, parent=world.unit)
    leader = await actor_of(session, world.leader.contact)
    assert len(buttons(await unit(leader, "城管"), "unit.card")) == 2
    assert line(await unit(leader, "直属"), "units.title_below").values["parent"] == "城管局"
    assert line(await unit(world.liaison, ""), "units.title").values["unit"] == "城管局"
    for actor in (world.leader, world.liaison):
        assert await refused(unit(actor, "东风")) == "units.none"
        assert await refused(unit(actor, "没有")) == "units.none"
        view = await unit(actor, "城管局")
        assert not buttons(view, "remind.preview")
        assert not buttons(view, "person.card")
        show = unit_card.task_list(turn_for(session, actor, now, campaign), world.other_unit.id or 0)
        assert await refused(show) == "units.not_yours"
    assert await refused(unit(world.liaison, "直属")) == "units.none"
    assert village.id not in (world.liaison.scope or ())
    assert await refused(unit(world.office, "")) == "units.example"
    assert await refused(unit(world.office, "单 位 名 称 很 多 个 词 呢 啊")) == "find.too_long"


# -- /who ----------------------------------------------------------------------------------------------


@pytest.fixture
def who(session: Session, now: datetime, campaign: Campaign) -> Find:
    """``await who(actor, gap)``; without a gap the four counts."""

    async def run(actor: Actor, gap: OverviewGap | None = None, at: datetime = now, offset: int = 0) -> View:
        if gap is None:
            return await who_overview.front(turn_for(session, actor, at, campaign))
        return await who_overview.page(turn_for(session, actor, at, campaign), gap, offset=offset)

    return run


def counts(view: View) -> list[int]:
    return [line.values["count"] for line in view.lines if "count" in line.values]


async def test_the_lists(
    who: Find, session: Session, world: World, roster: Roster, talk: Talk, now: datetime, local: Local
) -> None:
    zhao = await roster.contact(world.other_unit, "赵五", Role.RESPONSIBLE_PERSON, enrolled=False)
    gone = await roster.contact(world.unit, "钱六", enrolled=False)
    gone.state = ContactState.LEFT
    lost = world.other_liaison.contact
    lost.state = ContactState.UNREACHABLE
    request = JoinRequest(telegram_user_id=99, unit_id=zhao.unit_id, name="孙七", asked_at=now)
    session.add_all([gone, lost, request])
    await roster.task(world.other_unit, "整治背街小巷", date(2026, 12, 25))
    await talk.report("今天清理违规广告牌匾12处")
    assert counts(await who(world.office)) == [1, 1, 1, 1, 0, 1], "nobody is silent before the day has begun"
    noon = local(12, 15, 12)
    assert counts(await who(world.office, at=noon)) == [1, 1, 1, 1, 1, 1]
    assert counts(await who(world.leader, at=noon)) == [0, 0, 0, 0, 0], "within their scope"
    (asks,) = buttons(await who(world.office, OverviewGap.APPLICANTS), "join.show")
    assert asks.arguments == {"request_id": request.id}
    assert not buttons(await who(world.leader, OverviewGap.APPLICANTS), "join.show"), "the office decides"
    (invite,) = buttons(await who(world.office, OverviewGap.NOT_ENROLLED), "person.invite")
    assert invite.arguments == {"contact_id": zhao.id}
    (open_,) = buttons(await who(world.office, OverviewGap.UNREACHABLE), "person.card")
    assert open_.arguments == {"contact_id": lost.id}
    view = await who(world.office, OverviewGap.SILENT, noon)
    assert line(view, "who.never_today").values["count"] == 1
    view = await who(world.office, OverviewGap.SILENT, local(12, 15, 18))
    assert line(view, "who.never").values["days"] == 1
    assert [b.arguments["unit_id"] for b in buttons(view, "unit.card")] == [world.other_unit.id]
    # Two working days after the hand-over the unsigned task is overdue.
    thursday = local(12, 17, 10)
    assert line(await who(world.office, at=thursday), "who.count_overdue").values["overdue"] == 1
    assert "who.unsigned_overdue" in keys(await who(world.office, OverviewGap.UNSIGNED, thursday))
    silent = await who(world.office, OverviewGap.SILENT, thursday)
    assert [one.values["days"] for one in silent.lines if one.key in {"who.never", "who.silent"}] == [2, 1]
    wednesday = await who(world.office, OverviewGap.SILENT, local(12, 16, 10))
    assert [key for key in keys(wednesday) if key in {"who.never", "who.silent_today"}] == [
        "who.never",
        "who.silent_today",
    ]


async def test_who_is_for_those_who_oversee(who: Find, world: World, roster: Roster) -> None:
    inspector = await roster.actor(world.office.unit, "督导员甲", Role.INSPECTOR)
    for actor in (world.liaison, world.responsible, world.other_liaison, inspector):
        for gap in (None, *OverviewGap):
            assert await refused(who(actor, gap)) == "who.not_yours"
    roles = await roster.contact(world.unit, "赵五", Role.RESPONSIBLE_PERSON, enrolled=False)
    view = await who(world.leader, OverviewGap.NOT_ENROLLED)
    assert roles.name in view.plain("zh")
    assert not buttons(view, "person.invite"), "links are the office's"
    assert not buttons(await who(world.leader, OverviewGap.UNSIGNED), "remind.preview")


async def test_who_in_pages(who: Find, session: Session, world: World, roster: Roster) -> None:
    for number in range(23):
        await roster.contact(world.unit, f"待加入{number:02}", enrolled=False)
    first = await who(world.office, OverviewGap.NOT_ENROLLED)
    assert len(buttons(first, "person.invite")) == 20
    (following,) = buttons(first, "who.list")
    second = await who(
        world.office, OverviewGap(following.arguments["gap"]), offset=following.arguments["offset"]
    )
    assert len(buttons(second, "person.invite")) == 3
    everybody = set(await session.exec(select(Contact.id).where(Contact.state == ContactState.NOT_ENROLLED)))
    invited = {b.arguments["contact_id"] for v in (first, second) for b in buttons(v, "person.invite")}
    assert invited == everybody
    assert not list(await session.exec(select(ProgressReport)))
