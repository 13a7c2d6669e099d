"""A third kind of duty, known to nobody but ``visits``, goes all the ways of a nag."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlmodel import col, select

from models.db import Database, Session
from models.delivery import live_messages
from models.delivery.messages import Outbox
from models.importing import JobState
from models.nags import Nag, NagReason, NagState, Snooze
from models.nags import policies as kept_policies
from models.tasks import Task
from rules.delivery.delivery import MessageKind
from rules.nags.policy import DEFAULT
from rules.nags.snooze import SnoozeChoice
from rules.tasks.task_lifecycle import TaskState
from services.campaign import Campaign
from services.delivery import rendering
from services.dry_run import PlannedMessage
from services.nags import nag_engine, nag_forecast_view, nag_records, policies, rehearsal, snoozing
from services.nags.messages import live_nags
from services.nags.nag_forecast_view import ListedMessage
from services.nags.policies import sheet_of
from services.nags.snoozing import SnoozeSubject
from services.views import View
from tests.services.conftest import Local, World
from tests.services.importing.builders import saved
from tests.services.importing.importing_desk import ImportDesk
from tests.services.nags.visits import WORD, Visit, Visits, known_visits
from tests.services.progress.talk import buttons
from tests.support.people import Roster
from tests.support.pressing import argument
from tests.support.turns import tick_for, turn_for

PLACE = "东湖社区3号楼"


@dataclass
class Scene:
    """The responsible person has to visit a place until Friday the 18th, when their task is due, too."""

    session: Session
    world: World
    campaign: Campaign
    visits: Visits
    visit: Visit

    async def tick(self, at: datetime) -> list[PlannedMessage]:
        await self.session.exec(select(Task).execution_options(populate_existing=True))
        told = await nag_engine.tick(tick_for(self.session, at, self.campaign))
        return [one for one in told if not one.slot.endswith("/nag-office")]

    async def message(self) -> Outbox:
        """The newest message of the engine."""
        query = select(Outbox).where(Outbox.view == "nag").order_by(col(Outbox.id).desc())
        return next(iter(await self.session.exec(query)))

    async def shown(self, at: datetime) -> View:
        rendered = await rendering.render(tick_for(self.session, at, self.campaign), await self.message())
        assert rendered is not None
        return rendered[0]

    async def nags(self) -> list[Nag]:
        query = select(Nag).where(Nag.subject == WORD).order_by(col(Nag.id))
        return list(await self.session.exec(query.execution_options(populate_existing=True)))


@pytest.fixture
def visits() -> Iterator[Visits]:
    with known_visits() as known:
        yield known


@pytest.fixture
async def scene(session: Session, world: World, local: Local, campaign: Campaign, visits: Visits) -> Scene:
    world.task.state = TaskState.ACKNOWLEDGED
    await session.flush()
    visit = visits.add(PLACE, world.responsible.contact, date(2026, 12, 18), local(12, 14, 9))
    return Scene(session, world, campaign, visits, visit)


async def test_it_is_nagged_in_one_message_with_the_task(scene: Scene, local: Local) -> None:
    (told,) = await scene.tick(local(12, 15, 9))
    assert told.duties == [scene.world.task.objective, PLACE]
    row = await scene.message()
    assert (row.kind, set(row.content)) == (MessageKind.NAG, {"day", "duties", "visits"})
    view = await scene.shown(local(12, 15, 9))
    assert view.lines[0].values["count"] == 2
    text = view.plain("zh")
    assert f"2. 🚪 {PLACE}，应于12月18日前走访" in text
    assert f"1. 🟡 {scene.world.task.objective}，还剩3天" in text
    assert ("visit", scene.visit.id) in view.shows


async def test_the_levels_above_hear_by_its_rungs(scene: Scene, local: Local) -> None:
    days = {
        day: [one.chat for one in await scene.tick(local(12, day, 9)) if WORD in one.subjects]
        for day in (15, 16, 18, 21, 22, 23)
    }
    person, leader = (
        actor.contact.telegram_user_id for actor in (scene.world.responsible, scene.world.leader)
    )
    assert days == {15: [person], 16: [], 18: [], 21: [person], 22: [person, leader], 23: [person]}


async def test_what_is_done_is_left_out(scene: Scene, local: Local) -> None:
    await scene.tick(local(12, 15, 9))
    scene.visit.done = True
    assert PLACE not in (await scene.shown(local(12, 15, 9, 1))).plain("zh")
    assert [one.duties for one in await scene.tick(local(12, 18, 9))] == [[scene.world.task.objective]]


async def test_its_line_is_marked_in_its_place(scene: Scene, local: Local) -> None:
    await scene.tick(local(12, 15, 9))
    row, shown = await scene.message(), await scene.shown(local(12, 15, 9))
    assert shown.listed is not None
    await live_messages.keep_list(scene.session, row.id or 0, row.chat_id, shown.listed)
    turn = tick_for(scene.session, local(12, 15, 10), scene.campaign)
    assert await live_nags.render(turn, row.id or 0) is None, "nothing is done yet"
    scene.visit.done = True
    marked = await live_nags.render(turn, row.id or 0)
    assert marked is not None
    struck = [line for line in marked[0].html("zh").splitlines() if line.startswith("<s>")]
    assert struck == [f"<s>2. 🚪 {PLACE}，应于12月18日前走访</s> ✅ 已走访"]


async def test_what_did_not_go_out_waits_again(scene: Scene, local: Local) -> None:
    await scene.tick(local(12, 15, 9))
    row = await scene.message()
    await rendering.not_sent(tick_for(scene.session, local(12, 15, 9, 5), scene.campaign), row, None)
    (nag,) = await scene.nags()
    assert (nag.state, nag.outbox_id) == (NagState.WAITING, None)
    (told,) = await scene.tick(local(12, 15, 9, 6))
    assert PLACE in told.duties


async def test_it_is_snoozed_by_the_button_of_the_message(scene: Scene, local: Local) -> None:
    at = local(12, 15, 9, 1)
    await scene.tick(local(12, 15, 9))
    turn = turn_for(scene.session, scene.world.responsible, at, scene.campaign)
    (asks,) = buttons(await scene.shown(at), "snooze.choose")
    subject = argument(asks, "asked", SnoozeSubject)
    offered = buttons(await snoozing.choose(turn, subject), "snooze.until")
    snoozed = await snoozing.snooze(turn, subject, SnoozeChoice(offered[0].arguments["until"]))
    assert snoozed.lines[0].values["count"] == 2
    await scene.session.flush()
    kept = (await scene.session.exec(select(Snooze.subject).order_by(Snooze.subject))).all()
    assert kept == ["task", "visit"]
    (told,) = await scene.tick(local(12, 15, 11, 1))
    assert PLACE in told.duties


async def test_it_is_snoozed_by_itself_and_the_leader_still_hears(scene: Scene, local: Local) -> None:
    turn = turn_for(scene.session, scene.world.responsible, local(12, 21, 17), scene.campaign)
    visit = SnoozeSubject(subject=WORD, subject_id=scene.visit.id)
    offered = buttons(await snoozing.choose(turn, visit), "snooze.until")
    await snoozing.snooze(turn, visit, SnoozeChoice(offered[-1].arguments["until"]))
    await scene.session.flush()
    scene.visit.looked = local(12, 21, 9)
    told = await scene.tick(local(12, 22, 8, 59))
    assert not told
    told = [one for one in await scene.tick(local(12, 22, 9)) if WORD in one.subjects]
    assert scene.world.leader.contact.telegram_user_id in {one.chat for one in told}


async def test_nags_shows_it_ahead(scene: Scene, local: Local) -> None:
    turn = turn_for(scene.session, scene.world.office, local(12, 15, 8), scene.campaign)
    front = await nag_forecast_view.front(turn)
    assert "任务 1 项、督办单 0 件、走访 1 处" in front.plain("zh")
    first = buttons(front, "nags.day")[0]
    listed = await nag_forecast_view.day_page(turn, argument(first, "day", date), offset=0)
    (letter,) = buttons(listed, "nags.letter")
    page = nag_forecast_view.letter_page(turn, argument(letter, "listed", ListedMessage), offset=0)
    shown = (await page).plain("zh")
    assert f"2. 🚪 {PLACE}" in shown
    assert "2. 走访·限期前3个工作日" in shown


async def test_a_rehearsal_shows_it(scene: Scene, local: Local) -> None:
    turn = tick_for(scene.session, local(12, 14, 17), scene.campaign)
    planned = await rehearsal.rehearse(turn, at=local(12, 15, 9))
    assert PLACE in next(one.duties for one in planned if one.subjects)


async def test_the_records_tell_of_it(scene: Scene, local: Local) -> None:
    for day in (15, 21, 22):
        await scene.tick(local(12, day, 9))
    turn = turn_for(scene.session, scene.world.office, local(12, 22, 10), scene.campaign)
    text = (await nag_records.of_subject(turn, WORD, scene.visit.id)).plain("zh")
    assert text.startswith(f"【催办记录】{PLACE}，共 4 条")
    assert "12月22日09:00 提示 城管局分管领导：走访·限期后第2个工作日" in text
    assert "12月15日09:00 催办 城管局责任人：走访·限期前3个工作日" in text


async def test_it_goes_on_to_the_person_who_hears_now(scene: Scene, roster: Roster, local: Local) -> None:
    await scene.tick(local(12, 15, 9))
    row = await scene.message()
    await rendering.not_sent(tick_for(scene.session, local(12, 15, 9, 5), scene.campaign), row, None)
    scene.visit.person = await roster.contact(scene.world.unit, "新责任人")
    told = [one for one in await scene.tick(local(12, 15, 9, 6)) if WORD in one.subjects]
    assert [one.chat for one in told] == [scene.visit.person.telegram_user_id]
    assert [nag.reason for nag in await scene.nags()] == [NagReason.MOVED, None]


# -- its rungs -----------------------------------------------------------------------------------------


async def test_the_ladder_shows_its_rungs(scene: Scene, local: Local) -> None:
    turn = turn_for(scene.session, scene.world.office, local(12, 15, 8), scene.campaign)
    view = await policies.show_policy(turn)
    lines = view.plain("zh").splitlines()
    at = lines.index("走访")
    assert lines[at + 1 : at + 3] == [
        "· 限期前3个工作日 → 责任人",
        "· 限期后第1个工作日 → 责任人（每1个工作日重复）",
    ]
    assert not buttons(view, "ladder.want_reset"), "it is the default"


async def test_its_rungs_go_out_and_come_back_in_the_sheet(
    visits: Visits, database: Database, campaign: Campaign, now: datetime
) -> None:
    desk = await ImportDesk(database, campaign, now).set_up()
    same = await desk.send(sheet_of(DEFAULT)(), "催办规则.xlsx")
    await desk.work()
    assert (await desk.job(same)).state is JobState.DONE
    assert "没有需要写入的内容" in await desk.text(same)

    book = load_workbook(BytesIO(sheet_of(DEFAULT)()))
    page = book.worksheets[0]
    (first,) = [
        row for row in page.iter_rows() if (row[0].value, row[1].value) == ("走访", "限期前3个工作日")
    ]
    first[1].value = "限期前5个工作日"
    changed = await desk.send(saved(book), "催办规则.xlsx")
    await desk.work()
    await desk.confirm(changed)
    await desk.work()
    async with database.reading() as session:
        policy = await kept_policies.current(session)
    assert [rung.offset for rung in policy.of(WORD)] == [-5, 1, 2]
    assert policy.of("task") == DEFAULT.of("task")
