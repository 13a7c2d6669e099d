"""Figures by unit and of the district against a recount from steps, after random histories of several cases.

The recount shares nothing with the program: it cuts the steps of each case at 派遣, 改派, 退单 and 复开, and
looks at what is between. Only the moment to sign by is noted while the cases are played, for no step says it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlmodel import col, select

from models.cases import Case, CaseStep
from models.cases.counted import CountedCases, FigureSpan, Key
from models.db import Session
from rules.cases.case_figures import CaseCount, CaseSums, FigureBreakdown
from rules.cases.case_lifecycle import CaseEvent
from rules.people.roles import Role
from services.access import Actor
from services.campaign import Campaign
from services.cases.lists import case_figures
from tests.support.case_play import CasePlay
from tests.support.cases import CaseDesk
from tests.support.people import Roster

pytestmark = pytest.mark.both_engines("sums")

E = CaseEvent
MADE = (E.DISPATCH, E.REASSIGN)
CUTS = (*MADE, E.SEND_BACK, E.REOPEN)
# 恢复计时 ends a suspension, and so does 反馈.
STANDS = (E.SUSPEND, E.RESUME, E.FEEDBACK)
SIGNS = (E.ACKNOWLEDGE, E.HANDLE, E.FEEDBACK)
ALL = 10_000


@dataclass(frozen=True, slots=True)
class Stretch:
    """The steps of a case from 派遣 or 改派 up to the next cut. ``cut``: that step, if there was one."""

    case: Case
    number: int
    registered: datetime
    steps: Sequence[CaseStep]
    cut: CaseStep | None
    sign_by: datetime | None

    def of(self, *events: CaseEvent) -> list[CaseStep]:
        return [step for step in self.steps if step.event in events]

    @property
    def unit_id(self) -> int:
        return self.steps[0].unit_id or 0

    @property
    def limit(self) -> datetime:
        return [step.limit_at for step in self.steps if step.limit_at is not None][-1]

    @property
    def stays(self) -> bool:
        """Whether it counts for its unit: 退单 leaves nothing, 改派 only what was late."""
        if self.cut is None or self.cut.event is E.REOPEN:
            return True
        return self.cut.event is E.REASSIGN and self.cut.at > self.limit

    def counts(self, span: FigureSpan) -> set[CaseCount]:
        closed, reworked = self.of(E.CLOSE), self.of(E.REWORK)
        found = {CaseCount.REGISTERED} if _within(self.registered, span) else set()
        if closed and _within(closed[-1].at, span):
            found.add(CaseCount.CLOSED)
        if not _within(self.limit, span):
            return found
        fed_back = self.of(E.FEEDBACK)
        mended = len(fed_back) > len(reworked) and (self.cut is None or self.cut.event is E.REOPEN)
        in_time = bool(fed_back) and (fed_back[-1].at <= self.limit or bool(self.of(E.GRANT_APPEAL)))
        signed = self.of(*SIGNS)
        holds = {
            CaseCount.DUE: True,
            CaseCount.SUSPENDED: [step.event for step in self.of(*STANDS)][-1:] == [E.SUSPEND],
            CaseCount.DUE_CLOSED: bool(closed),
            CaseCount.IN_TIME: bool(closed) and in_time,
            CaseCount.FED_BACK: bool(fed_back),
            CaseCount.REWORKED: bool(reworked),
            CaseCount.EXTENDED: bool(self.of(E.EXTEND)),
            CaseCount.SIGNED_IN_TIME: bool(signed)
            and self.sign_by is not None
            and signed[0].at <= self.sign_by,
            CaseCount.MENDED: mended,
        }
        return found | {count for count, so in holds.items() if so}

    def worked(self, span: FigureSpan) -> int:
        mended = CaseCount.MENDED in self.counts(span)
        return sum(step.worked for step in self.steps) if mended else 0


def _within(moment: datetime, span: FigureSpan) -> bool:
    return (span.since is None or moment >= span.since) and moment < span.until


@dataclass(frozen=True, slots=True)
class Recount:
    """All stretches, and the registered cases that no unit has."""

    stretches: list[Stretch]
    waiting: list[tuple[Case, datetime]]

    @property
    def of_units(self) -> list[Stretch]:
        return [one for one in self.stretches if one.stays]

    @property
    def of_cases(self) -> list[Stretch]:
        """The last order of each case that a unit has, or under which it is closed."""
        return [one for one in self.stretches if one.cut is None]


async def recount(session: Session, play: CasePlay) -> Recount:
    found = Recount([], [])
    for case in play.cases:
        query = select(CaseStep).where(CaseStep.case_id == case.id).order_by(col(CaseStep.number))
        steps = list(await session.exec(query))
        registered = next((step.at for step in steps if step.event is E.REGISTER), None)
        if registered is None:
            continue
        cuts = [place for place, step in enumerate(steps) if step.event in CUTS]
        number = 0
        for place, end in zip(cuts, [*cuts[1:], None], strict=True):
            if steps[place].event not in MADE:
                continue
            number += 1
            sign_by = play.sign_by[case.id or 0, steps[place].at]
            cut = None if end is None else steps[end]
            found.stretches.append(Stretch(case, number, registered, steps[place:end], cut, sign_by))
        if not cuts or steps[cuts[-1]].event not in MADE:
            found.waiting.append((case, registered))
    return found


def added(
    stretches: Iterable[Stretch], waiting: Iterable[tuple[Case, datetime]], span: FigureSpan
) -> CaseSums:
    counts = dict.fromkeys(CaseCount, 0)
    worked = 0
    for one in stretches:
        worked += one.worked(span)
        for count in one.counts(span):
            counts[count] += 1
    counts[CaseCount.REGISTERED] += sum(_within(registered, span) for _, registered in waiting)
    return CaseSums(counts, worked)


def by_unit(found: Recount, span: FigureSpan) -> dict[Key, CaseSums]:
    parts: dict[Key, list[Stretch]] = defaultdict(list)
    for one in found.of_units:
        parts[one.unit_id].append(one)
    sums = {key: added(part, [], span) for key, part in parts.items()}
    return _shown(sums | {None: added([], found.waiting, span)})


def by_category(found: Recount, span: FigureSpan) -> dict[Key, CaseSums]:
    names = {one.case.category for one in found.stretches} | {case.category for case, _ in found.waiting}
    return _shown(
        {
            name: added(
                [one for one in found.of_cases if one.case.category == name],
                [one for one in found.waiting if one[0].category == name],
                span,
            )
            for name in names
        }
    )


def _shown(sums: dict[Key, CaseSums]) -> dict[Key, CaseSums]:
    """Without the rows in which nothing counts, and with a number for each count."""
    whole = {key: CaseSums({}) + one for key, one in sums.items()}
    return {key: one for key, one in whole.items() if any(one.counts.values())}


async def leader_of(roster: Roster, play: CasePlay) -> Actor:
    return await roster.actor(play.units[0][0], "分管领导", Role.LEADER_IN_CHARGE)


async def played(session: Session, roster: Roster, desk: CaseDesk, now: datetime, seed: int) -> CasePlay:
    office = await roster.actor(await roster.unit("创城办"), "创城办工作人员", Role.OFFICE)
    units = []
    for name in ("城管局", "环卫局", "住建局"):
        unit = await roster.unit(name)
        units.append((unit, await roster.actor(unit, f"{name}联络员", Role.LIAISON)))
    play = CasePlay(desk, office, units, now, Random(seed))  # noqa: S311  # the same play each time
    await play.report(9)
    await play.play(300)
    for case in play.cases:
        await session.refresh(case)
    return play


@pytest.mark.repeated("seed")
@pytest.mark.parametrize("seed", [3, 6])
async def test_figures_are_those_of_the_steps(
    session: Session, roster: Roster, case_desk: CaseDesk, now: datetime, campaign: Campaign, seed: int
) -> None:
    play = await played(session, roster, case_desk, now, seed)
    leader = await leader_of(roster, play)
    found = await recount(session, play)
    reassigned = [one.stays for one in found.stretches if one.cut is not None and one.cut.event is E.REASSIGN]
    assert set(reassigned) == {True, False}, "改派 came before the limit and after it"
    seen = (E.SEND_BACK, E.REOPEN, E.REWORK, E.EXTEND, E.RESUME, E.GRANT_APPEAL, E.REFUSE_APPEAL)
    assert all(play.taken[event] for event in seen), play.taken
    length = (play.at - now) / 3
    for since, until in ((None, play.at), (now + length, now + 2 * length), (now, now + length)):
        span = FigureSpan(since, until)
        await figures_agree(session, play.office, found, span)
        await those_of_a_leader_agree(session, leader, play.units[0][0].id or 0, found, span)
    everything = FigureSpan(None, play.at + timedelta(days=99))
    await figures_agree(session, play.office, found, everything)
    of_units = added(found.of_units, found.waiting, everything)
    district = added(found.of_cases, found.waiting, everything)
    assert of_units.count(CaseCount.DUE) > district.count(CaseCount.DUE), "they do not add up"


async def figures_agree(session: Session, office: Actor, found: Recount, span: FigureSpan) -> None:
    units = await case_figures.table(session, office, span, FigureBreakdown.UNIT)
    assert _shown(dict(units)) == by_unit(found, span)
    categories = await case_figures.table(session, office, span, FigureBreakdown.CATEGORY)
    assert _shown(dict(categories)) == by_category(found, span)
    total = await case_figures.total(session, office, span)
    assert total == added(found.of_cases, found.waiting, span)
    for count in CaseCount:
        listed = await case_figures.behind(session, office, count, span, offset=0, limit=ALL)
        assert len(listed) == total.count(count) == len({one.case.id for one in listed})
    for key, sums in units:
        part = CountedCases(by=FigureBreakdown.UNIT, key=key)
        assert await case_figures.total(session, office, span, part) == CaseSums({}) + sums
        for count in CaseCount:
            await the_list_agrees(session, office, found, span, count, part)


async def the_list_agrees(
    session: Session, reader: Actor, found: Recount, span: FigureSpan, count: CaseCount, part: CountedCases
) -> None:
    listed = await case_figures.behind(session, reader, count, span, part, offset=0, limit=ALL)
    number = await case_figures.count_behind(session, reader, count, span, part)
    assert len(listed) == number
    if part.key is None:
        return
    wanted = [one for one in found.of_units if one.unit_id == part.key and count in one.counts(span)]
    orders = [(one.case.id, one.order.number) for one in listed if one.order is not None]
    assert sorted(orders) == sorted((one.case.id, one.number) for one in wanted)
    assert len(orders) == number


async def those_of_a_leader_agree(
    session: Session, leader: Actor, unit_id: int, found: Recount, span: FigureSpan
) -> None:
    own = [one for one in found.of_units if one.unit_id == unit_id]
    assert await case_figures.total(session, leader, span) == added(own, [], span)
    categories = await case_figures.table(session, leader, span, FigureBreakdown.CATEGORY)
    for name, sums in categories:
        assert CaseSums({}) + sums == added([one for one in own if one.case.category == name], [], span)
        part = CountedCases(by=FigureBreakdown.CATEGORY, key=name)
        for count in CaseCount:
            listed = await case_figures.behind(session, leader, count, span, part, offset=0, limit=ALL)
            assert len(listed) == sums.count(count)
