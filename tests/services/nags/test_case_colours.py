"""The scan of the cases: blue, yellow and red, each told once, one level higher, at decent hours."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from models import cases
from models.cases import Case
from models.db import Database, Session
from models.delivery.messages import Outbox
from rules.cases.case_facts import Colour
from rules.cases.case_lifecycle import CaseEvent
from rules.delivery.delivery import MessageKind
from rules.people.roles import Role
from rules.working_time import TimeUnit
from services.campaign import Campaign
from services.cases import case_steps
from services.nags import nag_engine as nags
from services.nags import rehearsal
from services.nags.orders import case_scan
from services.turn import TickTurn
from tests.services.conftest import Local
from tests.services.nags.coloured import Ladder, kinds
from tests.support.cases import CaseDesk
from tests.support.people import Roster
from tests.support.turns import tick_for

pytestmark = pytest.mark.usefixtures("colours_at_once")

SECOND = timedelta(seconds=1)
NAG, HINT, NOTICE = MessageKind.NAG, MessageKind.HINT, MessageKind.NOTICE
BLUE = {"责任人甲": NAG, "科员乙": HINT, "创城办工作人员": NOTICE}
HIGHER = {"责任人甲": NAG, "分管领导丁": HINT, "创城办工作人员": NOTICE}


@pytest.fixture
async def ladder(roster: Roster, case_desk: CaseDesk) -> Ladder:
    return await Ladder.make(roster, case_desk)


async def test_it_climbs_over_a_week_with_a_working_saturday(ladder: Ladder, local: Local) -> None:
    """Three working days from Thursday 14:00 end on Monday 12:00, because the Saturday is worked."""
    case = await ladder.case(local(10, 8, 14))
    assert case.limit_at == local(10, 12, 12)
    # 7.2 working hours before: Monday morning and 3.2 hours of the Saturday.
    blue, yellow, red = local(10, 10, 14, 48), local(10, 12, 9, 36), local(10, 12, 12) + SECOND
    for at, colour, heard in (
        (blue, Colour.BLUE, BLUE),
        (yellow, Colour.YELLOW, HIGHER),
        (red, Colour.RED, HIGHER),
    ):
        assert await ladder.scan(at - SECOND) == {}
        assert kinds(await ladder.scan(at)) == heard
        assert await ladder.colour(case) is colour
        assert await ladder.scan(at) == {}
    history = [step.colour for step in await cases.steps_of(ladder.session, case.id or 0) if step.colour]
    assert history == [Colour.BLUE, Colour.YELLOW, Colour.RED]
    assert case.look_at == local(10, 13, 9)


async def test_a_red_one_is_repeated_every_working_day(ladder: Ladder, local: Local) -> None:
    """The person hears at the hour of the nags; those above hear on the third day and every three days."""
    case = await ladder.case(local(10, 8, 14))
    await ladder.scan(local(10, 12, 12) + SECOND)
    person = {"责任人甲": NAG}
    for day, told in ((13, person), (14, person), (15, HIGHER), (16, person), (19, person), (20, HIGHER)):
        at = local(10, day, 9)
        assert await ladder.scan(at - SECOND) == {}
        heard = await ladder.scan(at)
        assert kinds(heard) == told
        assert all("已超时" in text for _, text in heard.values())
        assert await ladder.scan(at + SECOND) == {}
    assert await ladder.scan(local(10, 17, 9)) == await ladder.scan(local(10, 18, 9)) == {}, "a weekend"
    await ladder.step(case, CaseEvent.FEEDBACK, ladder.responsible, local(10, 20, 10))
    assert await ladder.scan(local(10, 21, 9)) == {}


async def test_the_office_hears_of_an_extension_that_waits(ladder: Ladder, local: Local) -> None:
    """It hears after four working hours, then every eight, until it has decided."""
    case = await ladder.case(local(10, 8, 8), amount=10)
    await ladder.step(case, CaseEvent.ASK_EXTENSION, ladder.responsible, local(10, 8, 9))
    for at in (local(10, 8, 15), local(10, 9, 15), local(10, 10, 15), local(10, 12, 15)):
        assert await ladder.scan(at - SECOND) == {}
        heard = await ladder.scan(at)
        assert kinds(heard) == {"创城办工作人员": NOTICE}
        assert case.number in heard["创城办工作人员"][1]
    await ladder.step(case, CaseEvent.REFUSE_EXTENSION, ladder.office, local(10, 12, 16), reason="不延")
    assert await ladder.scan(local(10, 13, 15)) == {}


async def test_who_hears_if_nobody_has_signed(ladder: Ladder, local: Local) -> None:
    """Nobody answers for it yet: the 联络员 is nagged, and no section is told."""
    await ladder.case(local(10, 8, 14), signed=False)
    assert kinds(await ladder.scan(local(10, 10, 14, 48))) == {"联络员丙": NAG, "创城办工作人员": NOTICE}


async def test_the_section_is_that_of_the_parent_task(ladder: Ladder, roster: Roster, local: Local) -> None:
    task = await roster.task(ladder.unit, "整治占道经营", None)
    task.handling_section = "执法 大队"
    other = await roster.contact(ladder.unit, "队员庚", Role.RESPONSIBLE_PERSON)
    other.section = "执法大队"
    roster.session.add_all([task, other])
    case = await ladder.case(local(10, 8, 14))
    await ladder.session.execute(sa.update(Case).where(col(Case.id) == case.id).values(task_id=task.id))
    heard = kinds(await ladder.scan(local(10, 10, 14, 48)))
    assert heard == {"责任人甲": NAG, "队员庚": HINT, "创城办工作人员": NOTICE}


async def test_a_leader_who_answers_for_it_himself_gets_a_hint(
    ladder: Ladder, roster: Roster, local: Local
) -> None:
    chief = await roster.actor(ladder.unit, "局长辛", Role.PRINCIPAL_LEADER, Role.RESPONSIBLE_PERSON)
    ladder.responsible = chief
    await ladder.case(local(10, 8, 14))
    for at in (local(10, 10, 14, 48), local(10, 12, 9, 36), local(10, 12, 12) + SECOND):
        assert kinds(await ladder.scan(at))["局长辛"] is HINT


async def test_missed_colours_collapse_into_the_present_one(ladder: Ladder, local: Local) -> None:
    case = await ladder.case(local(10, 8, 14))
    heard = await ladder.scan(local(10, 12, 14))
    assert kinds(heard) == HIGHER
    assert "已超时不足1工作时" in heard["责任人甲"][1], "12:00 to 14:00 is no working time"
    assert await ladder.colour(case) is Colour.RED
    taken = [step.event for step in await cases.steps_of(ladder.session, case.id or 0)]
    assert taken.count(CaseEvent.COLOUR) == 1


async def test_one_message_with_the_red_ones_first(ladder: Ladder, local: Local) -> None:
    late = await ladder.case(local(10, 8, 8), amount=1, name="乱停车")
    soon = await ladder.case(local(10, 8, 14), name="占道经营")
    heard = await ladder.scan(local(10, 12, 9, 36))
    for name, mark in (
        ("责任人甲", "【督办催办】"),
        ("分管领导丁", "【督办提示】"),
        ("创城办工作人员", "【督办情况】"),
    ):
        text = heard[name][1]
        assert mark in text
        assert text.index(late.number) < text.index(soon.number)
        assert "🔴" in text
        assert "🟡" in text
    assert "乱停车" in heard["责任人甲"][1]
    assert "人民路12号" in heard["责任人甲"][1]
    # All of the Friday and the Saturday, and 1.6 hours of the Monday.
    assert "已超时2个工作日" in heard["责任人甲"][1]
    assert "还剩2工作时" in heard["责任人甲"][1]


class TestQuietHours:
    async def test_blue_and_yellow_wait_for_the_morning_of_a_working_day(
        self, ladder: Ladder, local: Local
    ) -> None:
        """Ten days from Thursday noon: blue begins on a Thursday at 12:00, yellow on a Saturday."""
        case = await ladder.case(local(10, 8, 12), amount=10, measure=TimeUnit.NATURAL_DAY)
        assert kinds(await ladder.scan(local(10, 15, 12))) == BLUE
        for at in (local(10, 17, 12), local(10, 18, 9), local(10, 18, 11)):
            assert await ladder.scan(at) == {}
            assert await ladder.colour(case) is Colour.BLUE
        # The limit passes on Sunday at noon: red does not wait, and only red is told.
        assert kinds(await ladder.scan(local(10, 18, 12) + SECOND)) == HIGHER
        assert await ladder.colour(case) is Colour.RED
        assert await ladder.scan(local(10, 19, 8)) == {}

    async def test_in_the_morning_it_is_told_once(self, ladder: Ladder, local: Local) -> None:
        case = await ladder.case(local(10, 9, 22), amount=10, measure=TimeUnit.NATURAL_DAY)
        assert await ladder.scan(local(10, 16, 22)) == {}
        await ladder.session.refresh(case)
        assert case.look_at == local(10, 18, 22), "where yellow begins, for Saturday and Sunday are free"
        assert await ladder.scan(local(10, 18, 22)) == {}
        await ladder.session.refresh(case)
        assert case.look_at == local(10, 19, 8)
        assert kinds(await ladder.scan(local(10, 19, 8))) == HIGHER
        assert await ladder.colour(case) is Colour.YELLOW

    async def test_urgent_ones_are_told_at_night(self, ladder: Ladder, local: Local) -> None:
        await ladder.case(local(10, 10, 20), amount=10, measure=TimeUnit.URGENT_HOUR)
        assert kinds(await ladder.scan(local(10, 11, 3))) == BLUE

    async def test_what_is_mended_before_the_morning_is_never_told(
        self, ladder: Ladder, local: Local
    ) -> None:
        case = await ladder.case(local(10, 9, 22), amount=10, measure=TimeUnit.NATURAL_DAY)
        assert await ladder.scan(local(10, 16, 22)) == {}
        await ladder.step(case, CaseEvent.FEEDBACK, ladder.responsible, local(10, 17, 9))
        assert await ladder.scan(local(10, 19, 8)) == {}
        assert await ladder.colour(case) is Colour.NONE


async def test_every_look_moves_on(ladder: Ladder, local: Local) -> None:
    """A case that is looked at in vain moves on too: it is not looked at again and again."""
    case = await ladder.case(local(10, 8, 14))
    await ladder.session.execute(sa.update(Case).values(look_at=local(10, 8, 15)))
    assert await ladder.scan(local(10, 8, 15)) == {}
    await ladder.session.refresh(case)
    assert case.look_at == local(10, 10, 14, 48)


async def test_a_case_that_fails_holds_up_no_other(
    ladder: Ladder, local: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, sound = await ladder.case(local(10, 8, 14)), await ladder.case(local(10, 8, 14), name="乱停车")
    take = case_steps.take

    async def failing(turn: TickTurn, case_id: int, *args: object, **options: object) -> Case:
        case = await take(turn, case_id, *args, **options)  # type: ignore[arg-type]
        if case_id == broken.id:
            raise RuntimeError("nobody knows why")
        return case

    at = local(10, 10, 14, 48)
    with monkeypatch.context() as patched:
        patched.setattr(case_steps, "take", failing)
        heard = await ladder.scan(at)
    assert kinds(heard) == BLUE
    assert broken.number not in heard["责任人甲"][1]
    assert sound.number in heard["责任人甲"][1]
    assert await ladder.colour(broken) is Colour.NONE
    assert await ladder.scan(at) == {}
    assert kinds(await ladder.scan(at + case_scan.LATER)) == BLUE


@pytest.mark.both_engines("side by side")
async def test_two_ticks_at_once_tell_nothing_twice(
    database: Database, database_url: str, local: Local, campaign: Campaign
) -> None:
    async with database.transaction() as session:
        ladder = await Ladder.make(
            Roster(session, local(10, 8, 14), campaign), CaseDesk(session, local(10, 8, 14), campaign)
        )
        ids = [(await ladder.case(local(10, 8, 14), name=f"第{number}类")).id for number in range(5)]
    other = Database(database_url)

    async def tick(which: Database, minute: int) -> int:
        async with which.transaction() as session:
            return len(await nags.tick(tick_for(session, local(10, 12, 9, minute), campaign)))

    try:
        promised = await asyncio.gather(*(tick(which, 36) for which in (database, other, database, other)))
    finally:
        await other.close()
    assert sorted(promised) == [0, 0, 0, 3]
    async with database.reading() as session:
        found = await cases.cases_by_id(session, [case_id or 0 for case_id in ids])
        assert {case.colour for case in found.values()} == {Colour.YELLOW}
        rows = (await session.exec(select(Outbox).where(Outbox.view == "nag"))).all()
        assert len(rows) == 3


async def test_a_scan_that_is_killed_takes_nothing_with_it(
    database: Database, local: Local, campaign: Campaign
) -> None:
    at = local(10, 10, 14, 48)
    async with database.transaction() as session:
        roster = Roster(session, local(10, 8, 14), campaign)
        ladder = await Ladder.make(roster, CaseDesk(session, roster.now, campaign))
        await ladder.case(roster.now)

    async def killed() -> None:
        async with database.transaction() as session:
            assert len(await nags.tick(tick_for(session, at, campaign))) == 3
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        await killed()
    async with database.transaction() as session:
        assert len(await nags.tick(tick_for(session, at + SECOND, campaign))) == 3


async def test_more_than_one_scan_takes_on(
    ladder: Ladder, local: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next scans go on where one ends; once all are looked at, everybody hears in one message."""
    monkeypatch.setattr(case_scan, "MOST", 2)
    numbers = {(await ladder.case(local(10, 8, 14), name=f"第{number}类")).number for number in range(5)}
    at = local(10, 10, 14, 48)
    for _ in range(2):
        step = await nags.step(tick_for(ladder.session, at, ladder.campaign))
        assert (step.told, step.more) == ([], True)
    heard = await ladder.scan(at)
    assert kinds(heard) == BLUE
    assert all(number in heard["责任人甲"][1] for number in numbers)
    assert await ladder.scan(at) == {}


class Statements:
    """The statements that go to the database while the context is open."""

    def __init__(self, session: Session) -> None:
        self._engine = session.get_bind()
        self.seen: list[tuple[str, Any]] = []

    def _note(self, _connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        self.seen.append((statement, parameters))

    def __enter__(self) -> list[tuple[str, Any]]:
        sa.event.listen(self._engine, "before_cursor_execute", self._note)
        return self.seen

    def __exit__(self, *_: object) -> None:
        sa.event.remove(self._engine, "before_cursor_execute", self._note)


async def test_the_scan_costs_what_is_due(ladder: Ladder, local: Local) -> None:
    """However many cases there are, the scan reads only the due ones. ``test_case_plans`` sees its index."""
    before = local(10, 9, 9)
    await ladder.scan(before)
    with Statements(ladder.session) as empty:
        await ladder.scan(before)
    for number in range(10):
        await ladder.case(local(10, 8, 14), name=f"第{number}类")
    await ladder.session.flush()
    with Statements(ladder.session) as seen:
        await ladder.scan(before)
    assert [statement for statement, _ in seen] == [statement for statement, _ in empty]


class TestRehearsal:
    async def test_it_tells_what_the_scan_then_does(
        self, database: Database, local: Local, campaign: Campaign
    ) -> None:
        async with database.transaction() as session:
            roster = Roster(session, local(10, 8, 14), campaign)
            ladder = await Ladder.make(roster, CaseDesk(session, roster.now, campaign))
            case = await ladder.case(roster.now)
        since = roster.now
        for at, told in (
            *((local(10, 10, 14, 48), 3), (local(10, 12, 9, 36), 3), (local(10, 12, 12, 1), 3)),
            *((local(10, 12, 12, 2), 0), (local(10, 13, 9), 1)),
        ):
            async with database.rehearsal() as session:
                foreseen = await rehearsal.rehearse(tick_for(session, since, campaign), at=at)
            async with database.transaction() as session:
                done = [await one.made() for one in await nags.tick(tick_for(session, at, campaign))]
            assert [one.to_json("zh") for one in foreseen] == [one.to_json("zh") for one in done]
            assert [list(one.duties) for one in done] == [[case.number]] * told
            since = at

    async def test_of_a_moment_far_ahead_only_its_own_news(
        self, database: Database, local: Local, campaign: Campaign
    ) -> None:
        async with database.transaction() as session:
            roster = Roster(session, local(10, 8, 14), campaign)
            ladder = await Ladder.make(roster, CaseDesk(session, roster.now, campaign))
            await ladder.case(roster.now)
        async with database.rehearsal() as session:
            (mine,) = [
                planned
                for planned in await rehearsal.rehearse(
                    tick_for(session, roster.now, campaign), at=local(10, 12, 9, 36)
                )
                if planned.chat == ladder.responsible.contact.telegram_user_id
            ]
        shown = mine.to_json("zh")
        assert shown["recipient"] == "城管局 责任人甲"
        assert shown["slot"] == "2026-10-12/yellow"
        assert shown["reason"] == "督办单·二次变色"
        async with database.rehearsal() as session:
            at = local(10, 13, 10)
            assert await rehearsal.rehearse(tick_for(session, roster.now, campaign), at=at) == []


async def test_hours_that_are_over_are_told_in_working_days(ladder: Ladder, local: Local) -> None:
    """An order of four urgent hours is over for a week: nobody reckons with 186 hours."""
    await ladder.case(local(10, 12, 8), amount=4, measure=TimeUnit.URGENT_HOUR)
    heard = await ladder.scan(local(10, 20, 9))
    assert "已超时5个工作日" in heard["责任人甲"][1]
