"""What sums, pages and filing cost with 1,000,000 reports, and how much more than with 10,000, on SQLite.

Each act goes through the services, in a transaction of its own that is rolled back. It is measured by the
processor time of this process, its threads included. The two databases take turns.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from models.db import Database, Session
from services import calendar
from services.access import Actor, actor_by_account
from services.campaign import Campaign
from services.drafts.draft_changes import Addition
from services.groups import boards
from services.progress import filing, progress_dialogue
from services.tallies import briefs, tally_counting, tally_sources
from services.tasks import task_card
from services.turn import TickTurn, Turn
from services.views import View
from speed import history_rows
from speed.bare_echo import bare, beside_echo, echo, echo_since
from speed.figures import Figure, Place
from speed.history_base import History, history

try:
    from rules.periods import FigurePeriod
    from services.tallies import period_tally_views
    from services.tallies.period_tallies import TallySelection
except ImportError:  # an older checkout has no tallies of periods
    HAS_PERIODS = False
else:
    HAS_PERIODS = True

FEW, MANY = 10_000, 1_000_000
RUNS, LONG_RUNS, LONG = 5, 3, 2_000.0
"""How often an act is measured, and how often one that takes ``LONG`` milliseconds or more."""
SUM_MS, FILING_MS, RATIO = 150, 25, 1.5
"""Milliseconds where an echo is quiet; with many reports, so many times as long as with few."""
TASK: Final = 1_201
"""An open task with figures under both its metrics."""


@dataclass
class Watch:
    """Adds up the processor time of what runs under it, in milliseconds."""

    spent: float = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        before = time.process_time()
        yield
        self.spent += 1000 * (time.process_time() - before)


Act = Callable[["Town", Watch], Awaitable[None]]


@dataclass
class Town:
    """One database, who asks there, and what was measured, by the name of the act."""

    database: Database
    migrated: float | None
    office: Actor
    reporter: Actor
    campaign: Campaign
    found: dict[str, list[float]] = field(default_factory=dict)

    def turn(self, session: Session, actor: Actor) -> Turn:
        chat = actor.contact.telegram_user_id or 0
        return Turn(session, history_rows.NOW, self.campaign, actor, chat)

    @asynccontextmanager
    async def asked(self) -> AsyncIterator[Turn]:
        """The office's turn in a transaction that reads."""
        async with self.database.reading() as session:
            yield self.turn(session, self.office)


async def open_town(made: History) -> Town:
    database = Database(made.url)
    async with database.reading() as session:
        campaign = await calendar.current_campaign(session, Campaign())
        people = []
        for number in (history_rows.OFFICE, history_rows.responsible_of(TASK)):
            account = history_rows.FIRST_ACCOUNT + number
            people.append(await actor_by_account(session, account, today=campaign.today(history_rows.NOW)))
    office, reporter = people
    if office is None or reporter is None:
        raise LookupError("the database lacks the people who ask")
    return Town(database, made.migrated, office, reporter, campaign)


async def _tally(town: Town, watch: Watch, scope: frozenset[int] | None) -> None:
    with watch.running():
        async with town.asked() as turn:
            since = town.campaign.midnight(turn.today)
            await tally_counting.count(
                turn.session, since=since, as_of=turn.now, campaign=town.campaign, scope=scope
            )


async def district_tally(town: Town, watch: Watch) -> None:
    await _tally(town, watch, None)


async def unit_tally(town: Town, watch: Watch) -> None:
    await _tally(town, watch, frozenset({history_rows.unit_of(town.reporter.id)}))


async def year_tally(town: Town, watch: Watch) -> None:
    with watch.running():
        async with town.asked() as turn:
            await period_tally_views.overview(turn, TallySelection(FigurePeriod.YEAR))


async def brief(town: Town, watch: Watch) -> None:
    with watch.running():
        async with town.asked() as turn:
            await briefs.brief(turn)


async def board(town: Town, watch: Watch) -> None:
    with watch.running():
        async with town.database.reading() as session:
            await boards.render(TickTurn(session, history_rows.NOW, town.campaign), history_rows.GROUP)


async def sources(town: Town, watch: Watch) -> None:
    with watch.running():
        async with town.asked() as turn:
            if selection := getattr(tally_sources, "SourceSelection", None):
                await tally_sources.sources(turn, selection(turn.now))
            else:  # of an older checkout
                await tally_sources.sources(turn, until=turn.now)


async def task_sources(town: Town, watch: Watch) -> None:
    with watch.running():
        async with town.asked() as turn:
            await tally_sources.task_sources(turn, TASK)


async def card_of_task(town: Town, watch: Watch) -> None:
    with watch.running():
        async with town.database.reading() as session:
            await task_card.card(town.turn(session, town.reporter), TASK)


async def card_of_report(town: Town, watch: Watch) -> None:
    async with town.database.rehearsal() as session:
        with watch.running():
            await _write(town.turn(session, town.reporter))


async def file_report(town: Town, watch: Watch) -> None:
    """确认 of a card that was made before: what comes after the press, and without the commit."""
    async with town.database.rehearsal() as session:
        turn = town.turn(session, town.reporter)
        card = await _write(turn)
        (revision,) = {button.arguments["revision"] for row in card.rows for button in row}
        with watch.running():
            await filing.confirm(turn, int(revision))


async def _write(turn: Turn) -> View:
    item, measure = history_rows.ITEMS[TASK % len(history_rows.ITEMS)]
    words = f"今天{item}12{measure}，出动志愿者8人次"
    card = await progress_dialogue.receive(turn, Addition(words, message_id=10**9), about=[TASK])
    if card is None:
        raise LookupError("a report has no card")
    return card


SUMS: Final[Mapping[str, Act]] = {
    "tally of the district": district_tally,
    "tally of one unit": unit_tally,
    "brief": brief,
    "board": board,
    "数据来源 of all": sources,
    "数据来源 of one task": task_sources,
}
OTHERS: Final[Mapping[str, tuple[Act, float | None]]] = {
    "确认 of a report": (file_report, FILING_MS),
    "card of a report": (card_of_report, None),
    "card of a task": (card_of_task, None),
} | ({"tally of this year": (year_tally, SUM_MS)} if HAS_PERIODS else {})


def measure(place: Place) -> list[Figure]:
    made = [history(place.kept, reports) for reports in (FEW, MANY)]
    return asyncio.run(_measure(place.folder, made))


async def _measure(folder: Path, made: list[History]) -> list[Figure]:
    beside = await echo(folder)
    towns = [await open_town(one) for one in made]
    for name, act in {**SUMS, **{name: act for name, (act, _) in OTHERS.items()}}.items():
        await _in_turns(name, act, towns)
    few, many = towns
    for town in towns:
        await town.database.close()
    beside = await echo_since(beside, folder)
    return [bare(beside), *_figures(few, many, beside), _migration(many)]


async def _in_turns(name: str, act: Act, towns: list[Town]) -> None:
    first = [await _once(act, town) for town in towns]  # fills the caches
    for _ in range(LONG_RUNS if max(first) >= LONG else RUNS):
        for town in towns:
            town.found.setdefault(name, []).append(await _once(act, town))


async def _once(act: Act, town: Town) -> float:
    gc.collect()
    watch = Watch()
    await act(town, watch)
    return watch.spent


def _figures(few: Town, many: Town, beside: float) -> Iterator[Figure]:
    for name, most, ratio in (
        *((name, SUM_MS, RATIO) for name in SUMS),
        *((name, most, None) for name, (_, most) in OTHERS.items()),
    ):
        little, much = (statistics.median(town.found[name]) for town in (few, many))
        note = f"{little:.1f} ms with {FEW:,}"
        what = f"{name}, {MANY:,} reports"
        yield Figure(what, much, "ms", note=note)
        if most is not None:
            yield beside_echo(what, much, beside, most)
        yield Figure(f"{name}, {MANY:,} : {FEW:,}", much / little, "×", most=ratio)


def _migration(many: Town) -> Figure:
    what = f"migrations after {history_rows.REVISION}, {MANY:,} reports"
    if many.migrated is None:
        return Figure(what, None, "s", note="the code under test has none")
    return Figure(what, many.migrated, "s", note="once, when the database was built")
