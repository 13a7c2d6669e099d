"""Reports, corrections and withdrawals in any order: the sums are those of the standing reports."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import pytest

from models import tasks
from models.db import Database, Session
from models.progress import ProgressReport, report_sums
from services.campaign import Campaign
from services.drafts import draft_changes
from services.drafts.draft_parts import Addition
from services.errors import DomainError
from services.progress import corrections, progress_dialogue, recounting
from services.views import View
from tests.services.conftest import Local, World, make_world
from tests.services.groups import tallied
from tests.services.progress.talk import Talk, buttons, revision
from tests.support.counted_figures import counted_figures
from tests.support.people import Roster
from tests.support.turns import turn_for

pytestmark = pytest.mark.both_engines("sums")

ITEM = "清理野广告"


@dataclass(frozen=True, slots=True)
class Stated:
    """A standing report, as it was last stated."""

    unit: int
    cumulative: bool
    value: int
    counted_at: datetime

    @property
    def words(self) -> str:
        return f"{'累计' if self.cumulative else '今天'}{ITEM}{self.value}张"


def replayed(stated: Sequence[Stated]) -> list[int] | None:
    """What each report adds, counted by hand; None if a total would fall."""
    totals: dict[int, int] = {}
    added = []
    for one in stated:
        before = totals.get(one.unit, 0)
        after = one.value if one.cumulative else before + one.value
        if after < before:
            return None
        totals[one.unit] = after
        added.append(after - before)
    return added


class Campaigners:
    """Two units that report on one task, and what they have said so far (None: withdrawn)."""

    def __init__(self, talks: Sequence[Talk], task_id: int, dice: random.Random) -> None:
        self.talks, self.task_id, self.dice = talks, task_id, dice
        self.stated: list[Stated | None] = []
        self.refused = 0

    def standing(self, instead: tuple[int, Stated] | None = None) -> list[Stated]:
        found = list(self.stated)
        if instead is not None:
            found[instead[0]] = instead[1]
        return [one for one in found if one is not None]

    def say(self, unit: int, at: datetime) -> Stated:
        """A random statement: mostly possible, sometimes not."""
        cumulative = self.dice.random() < 0.4
        total = sum(replayed([one for one in self.standing() if one.unit == unit]) or [0])
        value = max(1, total + self.dice.randint(-8, 25)) if cumulative else self.dice.randint(1, 30)
        return Stated(unit, cumulative, value, at)

    async def report(self, now: datetime) -> None:
        unit = self.dice.randrange(2)
        talk = replace(self.talks[unit], now=now)
        stated = self.say(unit, now)
        card = await talk.write(stated.words, message_id=len(self.stated) + 1, about=[self.task_id])
        if buttons(card, "report.count_again"):  # the same words were filed a moment ago
            card = await progress_dialogue.count_again(talk.turn, revision(card))
        if await self._asks(talk) or replayed([*self.standing(), stated]) is None:
            await talk.cancel()
            return
        await talk.confirm(await self._checked(talk, card))
        report = (await talk.reports())[-1]
        self.stated.append(replace(stated, counted_at=report.counted_at))

    async def correct(self, now: datetime) -> None:
        place = self._one_of_them()
        before = self.stated[place]
        assert before is not None
        talk = replace(self.talks[before.unit], now=now)
        stated = replace(self.say(before.unit, now), counted_at=before.counted_at)
        possible = replayed(self.standing((place, stated))) is not None
        try:
            card = await talk.correct(place + 1, stated.words)
            if card is not None and not await self._asks(talk):
                async with talk.session.begin_nested():
                    await talk.confirm(await self._checked(talk, card))
        except DomainError:
            assert not possible, "it may only be refused when a total would fall"
            self.refused += 1
        if possible:
            self.stated[place] = stated
        await talk.cancel()

    async def withdraw(self, now: datetime) -> None:
        place = self._one_of_them()
        one = self.stated[place]
        assert one is not None
        talk = replace(self.talks[one.unit], now=now)
        report = (await talk.reports())[place]
        await talk.session.refresh(report)
        await corrections.withdraw(
            turn_for(talk.session, talk.actor, now, talk.campaign), report.id or 0, report.revision
        )
        self.stated[place] = None

    def _one_of_them(self) -> int:
        return self.dice.choice([place for place, one in enumerate(self.stated) if one is not None])

    async def _asks(self, talk: Talk) -> bool:
        """Whether the card asks about a falling total."""
        draft = await draft_changes.current(turn_for(talk.session, talk.actor, chat=talk.chat_id))
        return any(figure.mode is None for figure in draft_changes.figures_of(draft))

    async def _checked(self, talk: Talk, card: View | None) -> View | None:
        """The card to confirm; an unusual number is confirmed twice."""
        if card is not None and "progress.card.unusual" in [line.key for line in card.lines]:
            return await talk.confirm(card)
        return card


@pytest.mark.repeated("seed")
@pytest.mark.parametrize("seed", [1, 2])
async def test_sums_are_those_of_what_stands(
    session: Session, world: World, roster: Roster, local: Local, campaign: Campaign, seed: int
) -> None:
    dice = random.Random(seed)  # noqa: S311  # the same steps each time
    task = await roster.task(world.unit, ITEM, date(2026, 12, 31), assisting=(world.other_unit,))
    await tallied.bind(session, world.office, local(12, 14, 20), campaign)
    talks = [Talk(session, actor, local(12, 15), campaign) for actor in (world.liaison, world.other_liaison)]
    people = Campaigners(talks, task.id or 0, dice)
    for day in (15, 16, 17):
        for moment in (local(12, day, 10), local(12, day, 19)):
            if moment.hour > 18:
                await tallied.run(session, local(12, day, 18), campaign)
            for step in range(4):
                now = moment + timedelta(minutes=step)
                await people.report(now)
                if any(people.stated) and dice.random() < 0.6:
                    await people.correct(now)
                if sum(one is not None for one in people.stated) > 3 and dice.random() < 0.3:
                    await people.withdraw(now)
    await check(people, task.id or 0, local(12, 17, 20))
    assert people.refused, "a refusal is met"
    assert None in people.stated, "a withdrawal is met"


async def check(people: Campaigners, task_id: int, now: datetime) -> None:
    session, standing = people.talks[0].session, people.standing()
    added = replayed(standing)
    assert added is not None
    metric_ids = [metric.id or 0 for metric in await tasks.metrics_of(session, task_id)]
    assert not [one for one in metric_ids if await recounting.differs(session, one)]
    for unit, talk in enumerate(people.talks):
        totals = await report_sums.metric_totals(session, metric_ids, talk.actor.contact.unit_id)
        mine = sum(adds for one, adds in zip(standing, added, strict=True) if one.unit == unit)
        assert sum(totals.values()) == mine
    sources = await counted_figures(session, until=now, task_ids=[task_id])
    assert [source.added for source in sources] == added
    for view in await tallied.reread(session, people.talks[0].campaign, now):
        until = datetime.fromisoformat(buttons(view, "figures.sources")[0].arguments["until"])
        since = until - timedelta(days=1)
        found = [(one.counted_at, adds) for one, adds in zip(standing, added, strict=True)]
        in_period = sum(adds for at, adds in found if since < at <= until)
        so_far = sum(adds for at, adds in found if at <= until)
        assert tallied.quantity_in(view) == (str(in_period), str(so_far))
        assert tallied.reports_in(view) == sum(since < at <= until for at, _ in found)


# -- side by side --------------------------------------------------------------------------------------

Step = Callable[[Talk], Awaitable[object]]


class AtOnce:
    """One person at several devices, each step in a separate transaction."""

    def __init__(self, database: Database, talk: Talk) -> None:
        self.database, self.talk = database, talk

    async def do(self, *steps: Step) -> list[str]:
        """The result of each step: done, a refusal's key, or the key of the first line shown."""
        return await asyncio.gather(*(self._one(step) for step in steps))

    async def _one(self, step: Step) -> str:
        try:
            async with self.database.transaction() as session:
                shown = await step(replace(self.talk, session=session))
        except DomainError as refusal:
            return refusal.text.key
        return shown.lines[0].key if isinstance(shown, View) else "done"

    async def report(self) -> ProgressReport:
        async with self.database.reading() as session:
            return (await replace(self.talk, session=session).reports())[-1]

    async def total(self) -> int:
        async with self.database.reading() as session:
            for metric_id in await recounting.metrics(session):
                assert not await recounting.differs(session, metric_id)
            return int(sum(s.added for s in await counted_figures(session, until=self.talk.now)))


@pytest.fixture
async def at_once(database: Database, now: datetime, campaign: Campaign) -> AtOnce:
    async with database.transaction() as session:
        world = await make_world(Roster(session, now, campaign))
        talk = Talk(session, world.responsible, now, campaign)
        await talk.report("今天清理违规广告牌匾100处")
        await talk.report("今天清理违规广告牌匾12处", message_id=7)
    return AtOnce(database, talk)


async def test_withdrawn_twice_at_once(at_once: AtOnce) -> None:
    async with at_once.database.reading() as session:
        asked = await replace(at_once.talk, session=session).undo()
    answers = await at_once.do(*[lambda talk: talk.withdraw(asked)] * 3)
    assert sorted(answers) == ["corrections.withdrawn", "mine.number", "mine.number"]
    assert ((await at_once.report()).revision, await at_once.total()) == (2, 100)


async def test_two_edits_at_once_are_one_after_the_other(at_once: AtOnce) -> None:
    edits = [lambda talk, n=n: talk.correct(7, f"今天清理违规广告牌匾{n}处") for n in (20, 30)]
    assert await at_once.do(*edits) == ["done", "done"]
    report = await at_once.report()
    assert report.revision == 3
    assert await at_once.total() == 100 + (20 if "20" in report.text else 30)


async def test_an_edit_and_a_confirmed_correction_at_once(at_once: AtOnce) -> None:
    """Whichever comes first, the card of the other knows that the report has changed."""
    async with at_once.database.transaction() as session:
        talk = replace(at_once.talk, session=session)
        await talk.reopen(await talk.undo())
        card = await talk.write("今天清理违规广告牌匾50处", message_id=8)

    async def edit(talk: Talk) -> View | None:
        return await corrections.correct_by_edit(talk.turn, 7, Addition("今天清理违规广告牌匾30处"))

    answers = await at_once.do(lambda talk: talk.confirm(card), edit)
    first_was_card = answers[0] == "corrections.confirmed"
    assert answers[0] in {"corrections.confirmed", "corrections.changed_meanwhile"}
    report = await at_once.report()
    assert report.revision == 2
    assert await at_once.total() == (150 if first_was_card else 130)
