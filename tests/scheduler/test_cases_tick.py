"""The scheduler looks at cases: one alone, two together, after an outage, and after a failure."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select
from structlog.testing import capture_logs

from models import cases
from models.cases import Case
from models.db import Database
from models.delivery.messages import Outbox
from rules.cases.case_facts import Colour
from rules.cases.case_lifecycle import CaseEvent, CaseState
from scheduler.runner import TickRunner
from scheduler.ticks import TICKS
from services.campaign import Campaign
from services.cases.case_steps import StepDetails
from services.nags import nag_sending
from tests.services.nags.coloured import Ladder
from tests.support.cases import CaseDesk
from tests.support.chat import FixedClock
from tests.support.patience import PATIENCE
from tests.support.people import Roster

pytestmark = pytest.mark.usefixtures("colours_at_once")

SECOND = timedelta(seconds=1)


def local(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo("Asia/Shanghai"))


# Three working days from Thursday 14:00 end on Monday 12:00, because that Saturday is a working day.
BEGIN, BLUE, YELLOW, RED = (
    local(10, 8, 14),
    local(10, 10, 14, 48),
    local(10, 12, 9, 36),
    local(10, 12, 12) + SECOND,
)


@pytest.fixture(autouse=True)
def _quiet_log() -> Iterator[None]:
    with capture_logs():
        yield


@pytest.fixture(autouse=True)
def _cases_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run only the tick that looks at the cases, so that each commit belongs to it, and run it often."""
    alone = [replace(tick, every=0.1) for tick in TICKS if tick.name == "nags"]
    monkeypatch.setattr("scheduler.runner.TICKS", alone)


@dataclass(slots=True)
class Commits:
    """Counts the commits of a runner."""

    count: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self) -> None:
        self.count += 1
        self.changed.set()

    async def more(self) -> None:
        """Wait for looks that begin from now on; the first to end may have begun before."""
        wanted = self.count + 3
        async with asyncio.timeout(PATIENCE):
            while self.count < wanted:
                self.changed.clear()
                await self.changed.wait()


@dataclass(frozen=True, slots=True)
class Office:
    """A case of 城管局 with 签收 on Thursday at 14:00, and the people who hear of it."""

    database: Database
    campaign: Campaign
    clock: FixedClock
    case_id: int
    ladder: Ladder

    @asynccontextmanager
    async def running(self, database: Database | None = None) -> AsyncIterator[Commits]:
        commits = Commits()
        transaction = (database or self.database).transaction
        runner = TickRunner(transaction, self.clock.now, self.campaign, commits.note)
        runner.start()
        try:
            yield commits
        finally:
            await runner.stop()

    async def case(self) -> Case:
        async with self.database.reading() as session:
            return await session.get_one(Case, self.case_id)

    async def events(self) -> list[CaseEvent]:
        async with self.database.reading() as session:
            return [step.event for step in await cases.steps_of(session, self.case_id)]

    async def told(self) -> Counter[tuple[str, str]]:
        """How often each person was promised news of each colour."""
        names = {
            actor.id: actor.contact.name
            for actor in (
                self.ladder.responsible,
                self.ladder.colleague,
                self.ladder.leader,
                self.ladder.office,
            )
        }
        async with self.database.reading() as session:
            rows = (await session.exec(select(Outbox).where(Outbox.view == "nag"))).all()
        return Counter(
            (names[row.contact_id or 0], entry["news"]) for row in rows for entry in row.content["entries"]
        )

    async def suspend(self, at: datetime, until: datetime) -> None:
        async with self.database.transaction() as session:
            desk = CaseDesk(session, at, self.campaign)
            case = await session.get_one(Case, self.case_id)
            change = StepDetails(reason="等天晴", until=until)
            await desk.step(case, CaseEvent.SUSPEND, self.ladder.office, change=change)


@pytest.fixture
async def office(database: Database, campaign: Campaign) -> Office:
    async with database.transaction() as session:
        ladder = await Ladder.make(Roster(session, BEGIN, campaign), CaseDesk(session, BEGIN, campaign))
        case = await ladder.case(BEGIN)
    return Office(database, campaign, FixedClock(BEGIN), case.id or 0, ladder)


def of(news: str, *names: str) -> Counter[tuple[str, str]]:
    return Counter((name, news) for name in names)


ALL_BLUE = of("blue", "责任人甲", "科员乙", "创城办工作人员")
ALL_YELLOW = of("yellow", "责任人甲", "分管领导丁", "创城办工作人员")
ALL_RED = of("red", "责任人甲", "分管领导丁", "创城办工作人员")


@pytest.mark.both_engines("side by side")
async def test_two_schedulers_together_tell_each_colour_once(office: Office, database_url: str) -> None:
    other = Database(database_url)
    try:
        async with office.running() as first, office.running(other) as second:
            told: Counter[tuple[str, str]] = Counter()
            for at, colour, news in (
                (BEGIN, Colour.NONE, Counter[tuple[str, str]]()),
                (BLUE, Colour.BLUE, ALL_BLUE),
                (YELLOW, Colour.YELLOW, ALL_YELLOW),
                (RED, Colour.RED, ALL_RED),
                (RED + timedelta(days=2), Colour.RED, of("overdue", "责任人甲")),
            ):
                office.clock.moment = at
                await asyncio.gather(first.more(), second.more())
                told += news
                assert (await office.case()).colour is colour
                assert await office.told() == told
    finally:
        await other.close()
    assert (await office.events()).count(CaseEvent.COLOUR) == 3


async def test_after_three_days_of_standing_still_one_push(office: Office) -> None:
    """Blue, yellow, red and three mornings pass while it stands still: people hear only of the red."""
    async with office.running() as commits:
        await commits.more()
    assert await office.told() == Counter()
    office.clock.moment = RED + timedelta(days=3)
    async with office.running() as commits:
        await commits.more()
    assert await office.told() == ALL_RED
    assert (await office.events()).count(CaseEvent.COLOUR) == 1


async def test_a_suspension_ends_by_itself(office: Office) -> None:
    """No colour comes while the clock is stopped; afterwards the case has the same time left."""
    until = local(10, 14, 18)
    await office.suspend(local(10, 9, 12), until)
    async with office.running() as commits:
        office.clock.moment = until - SECOND
        await commits.more()
        case = await office.case()
        assert (case.state, case.colour) == (CaseState.SUSPENDED, Colour.NONE), "its first limit is long past"
        assert await office.told() == Counter()
        office.clock.moment = until
        await commits.more()
    case = await office.case()
    assert (case.state, case.suspended_until, case.clock_from) == (CaseState.HANDLING, None, until)
    # 16 of 24 working hours were left.
    assert case.limit_at == local(10, 16, 18)
    assert (await office.events())[-1] is CaseEvent.RESUME
    async with office.database.reading() as session:
        keys = [row.dedupe_key for row in (await session.exec(select(Outbox))).all()]
    resumed = f"case:{office.case_id}:{case.steps}:"
    told = [key for key in keys if key.startswith(resumed)]
    unit = {office.ladder.responsible.id, office.ladder.liaison.id}
    assert {int(key.rpartition(":")[2]) for key in told} >= unit
    assert len(told) == len(set(told))


async def test_one_that_ended_during_an_outage_goes_on_from_its_end(office: Office) -> None:
    await office.suspend(local(10, 9, 12), local(10, 13, 18))
    office.clock.moment = local(10, 16, 9)
    async with office.running() as commits:
        await commits.more()
    case = await office.case()
    assert case.limit_at == local(10, 15, 18)
    assert case.colour is Colour.RED
    assert await office.told() == ALL_RED
    assert (await office.events())[-2:] == [CaseEvent.RESUME, CaseEvent.COLOUR]


async def test_what_fails_is_rolled_back_and_done_by_a_later_tick(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = asyncio.Event()

    async def failing(*_args: object, **_options: object) -> None:
        failures.set()
        raise RuntimeError("nobody knows why")

    office.clock.moment = BLUE
    async with office.running() as commits:
        with monkeypatch.context() as patched:
            patched.setattr(nag_sending, "send", failing)
            async with asyncio.timeout(PATIENCE):
                await failures.wait()
            assert (await office.case()).colour is Colour.NONE
            assert await office.told() == Counter()
        await commits.more()
    assert (await office.case()).colour is Colour.BLUE
    assert await office.told() == ALL_BLUE
