"""Queries of nags, told, waiting or held back: which go out at a moment, and which count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from models import nags
from models.db import Session
from models.nags import DIGEST_MARK, Nag, NagReason, NagState, Snooze
from models.nags.pushes import Pushes, pushes_since
from models.people import Contact
from models.ticks import TickMark
from rules.nags.levels import Level
from rules.nags.policy import DutyKind
from tests.support.people import Roster
from tests.support.rows import Rows, id_of, ids_of

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Desk:
    """A task, and two people who hear of it. Moments are hours from ``now``."""

    rows: Rows
    one: Contact
    other: Contact
    task_id: int

    @property
    def about(self) -> dict[str, Any]:
        return {"subject": "task", "subject_id": self.task_id}

    def at(self, hours: int | None) -> datetime | None:
        return None if hours is None else self.rows.now + hours * HOUR

    async def nag(
        self,
        state: NagState = NagState.WAITING,
        hold: int | None = None,
        *,
        settled: int | None = None,
        created: int = 0,
        **values: Any,
    ) -> Nag:
        moments = {
            "hold_until": self.at(hold),
            "settled_at": self.at(settled),
            "created_at": self.at(created),
        }
        return await self.rows.nag(state, **(self.about | moments | values))

    def row(self, key: str, hold: int, **values: Any) -> dict[str, Any]:
        usual: dict[str, Any] = {"cycle": "c", "slot": "s", "rung": "r", "policy": 1}
        made = nags.waiting(
            ("task", self.task_id), DutyKind.TASK, due_at=self.rows.now, now=self.rows.now, **usual
        )
        return made | {"key": key, "hold_until": self.at(hold)} | values


@pytest.fixture
async def desk(roster: Roster, rows: Rows) -> Desk:
    unit = await roster.unit("城管局")
    one, other = [await roster.contact(unit, name) for name in ("张三", "李四")]
    return Desk(rows, one, other, id_of(await roster.task(unit, "清理广告", None)))


@pytest.mark.both_engines("outbox")
async def test_what_was_said_is_not_said_again(session: Session, desk: Desk) -> None:
    await nags.add(session, [desk.row("a", 1), desk.row("b", 2)])
    await nags.add(session, [desk.row("b", 9), desk.row("c", 3)])
    await nags.add(session, [])
    assert await desk.rows.column(Nag.key) == ["a", "b", "c"]
    assert await desk.rows.column(Nag.hold_until) == [desk.at(hours) for hours in (1, 2, 3)]


AGAIN = [
    pytest.param(NagState.MOOT, NagReason.MOVED, NagState.WAITING, True, id="had gone on to others"),
    pytest.param(NagState.MOOT, NagReason.DONE, NagState.WAITING, False, id="was done"),
    pytest.param(NagState.MOOT, None, NagState.WAITING, False, id="moot for no reason"),
    pytest.param(NagState.TOLD, NagReason.MOVED, NagState.WAITING, False, id="was told"),
    pytest.param(NagState.MOOT, NagReason.MOVED, NagState.HELD, False, id="is held back"),
]


@pytest.mark.parametrize(("state", "reason", "new", "waits"), AGAIN)
async def test_what_comes_back_from_others_waits_again(
    session: Session, desk: Desk, state: NagState, reason: NagReason | None, new: NagState, waits: bool
) -> None:
    nag = await desk.nag(state, 1, key="a", reason=reason, settled=0)
    other = await desk.nag(NagState.MOOT, 1, key="b", reason=NagReason.MOVED, settled=0)
    await nags.add_again(session, [desk.row("a", 5, state=new, reason=NagReason.QUIET)])
    await desk.rows.read(nag)
    again = (NagState.WAITING, NagReason.QUIET, desk.at(5), None)
    as_before = (state, reason, desk.at(1), desk.at(0))
    assert (nag.state, nag.reason, nag.hold_until, nag.settled_at) == (again if waits else as_before)
    assert (await desk.rows.read(other)).state is NagState.MOOT
    assert await desk.rows.count(Nag) == 2


async def test_ready_is_what_waited_for_its_hour_the_earliest_first(session: Session, desk: Desk) -> None:
    at_once, longest, tie = [await desk.nag(hold=hours) for hours in (0, -2, 0)]
    await desk.nag(hold=1)
    await desk.nag(hold=None, reason=NagReason.RELEASE)
    await desk.nag(NagState.TOLD, -1)
    assert await nags.ready(session, desk.rows.now, None) == [longest, at_once, tie]
    assert await nags.ready(session, desk.rows.now, 2) == [longest, at_once]
    assert await nags.next_ready(session) == desk.at(-2)


@pytest.mark.parametrize(
    ("state", "hold"), [(NagState.WAITING, None), *((s, 1) for s in NagState if s is not NagState.WAITING)]
)
async def test_nothing_is_next_of_what_waits_for_no_hour_or_not_at_all(
    session: Session, desk: Desk, state: NagState, hold: int | None
) -> None:
    await desk.nag(state, hold)
    assert await nags.next_ready(session) is None


async def test_what_goes_along_with_a_message_to_some_people(session: Session, desk: Desk) -> None:
    """What the budget put off, whenever it comes, and what waits within the hour for others of its kind.

    What is ready goes out anyway.
    """
    me, other = ids_of(desk.one, desk.other)
    budget, now, until = NagReason.BUDGET, desk.rows.now, desk.rows.now + HOUR
    found = [await desk.nag(hold=99, reason=budget, contact_id=who) for who in (other, me)]
    found.append(await desk.nag(hold=1, contact_id=me))
    await desk.nag(hold=0, contact_id=me)
    await desk.nag(hold=2, contact_id=me)
    await desk.nag(hold=1, reason=NagReason.QUIET, contact_id=me)
    await desk.nag(hold=1, reason=budget)
    await desk.nag(NagState.TOLD, reason=budget, contact_id=me)
    assert await nags.going_along(session, [me, other], now, until) == found
    assert await nags.going_along(session, [me], now, until) == found[1:]
    assert await nags.going_along(session, [], now, until) == []


async def test_pushes_are_messages_and_none_that_one_got_as_the_office(session: Session, desk: Desk) -> None:
    me, other = ids_of(desk.one, desk.other)
    first, second, third, exempt = [id_of(await desk.rows.message()) for _ in range(4)]
    quiet = id_of(await desk.rows.message(content={"quiet": True}))
    level = {"level": Level.RESPONSIBLE}
    told: list[dict[str, Any]] = [
        {"settled": 0, "outbox_id": first, **level},
        {"settled": 1, "outbox_id": first, **level},  # another line in the first message
        {"settled": 1, "outbox_id": second, **level},
        {"settled": -1, "outbox_id": third, **level},  # before the span
        {"settled": 1, "outbox_id": third, "level": Level.OFFICE},
        {"settled": 1, **level},  # it is in no message
        {"settled": 1, "outbox_id": quiet, **level},
        {"settled": 1, "outbox_id": exempt, "exempt": True, **level},
        {"settled": 1, "outbox_id": exempt, **level},
    ]
    for values in told:
        await desk.nag(NagState.TOLD, contact_id=me, **values)
    asked = await pushes_since(session, [me, other], desk.rows.now)
    assert asked == {me: Pushes(loud=2, quiet=1)}
    assert await pushes_since(session, [other], desk.rows.now) == {}


async def test_what_became_of_each_nag(session: Session, desk: Desk) -> None:
    told, moot, _ = [await desk.nag(hold=1, reason=NagReason.QUIET) for _ in range(3)]
    message = id_of(await desk.rows.message())
    rows: list[dict[str, Any]] = [
        {"nag_id": told.id, "state": NagState.TOLD, "reason": None, "outbox_id": message},
        {"nag_id": moot.id, "state": NagState.MOOT, "reason": NagReason.DONE, "outbox_id": None},
    ]
    await nags.settle(session, rows, desk.rows.now)
    await nags.settle(session, [], desk.rows.now + HOUR)
    assert await desk.rows.column(Nag.state) == [NagState.TOLD, NagState.MOOT, NagState.WAITING]
    assert await desk.rows.column(Nag.reason) == [None, NagReason.DONE, NagReason.QUIET]
    assert await desk.rows.column(Nag.outbox_id) == [message, None, None]
    assert await desk.rows.column(Nag.settled_at) == [desk.rows.now, desk.rows.now, None]


async def test_each_nag_is_put_off_until_its_hour(session: Session, desk: Desk) -> None:
    one, two, _ = [await desk.nag(hold=1, reason=NagReason.QUIET) for _ in range(3)]
    rows = [{"nag_id": nag.id, "until": desk.at(hours)} for nag, hours in ((one, 5), (two, 6))]
    await nags.put_off(session, rows, NagReason.BUDGET)
    await nags.put_off(session, [], None)
    assert await desk.rows.column(Nag.hold_until) == [desk.at(hours) for hours in (5, 6, 1)]
    budget = NagReason.BUDGET
    assert await desk.rows.column(Nag.reason) == [budget, budget, NagReason.QUIET]


RELEASE = [
    pytest.param({"reason": NagReason.RELEASE}, True, id="waits for it"),
    pytest.param({"reason": NagReason.RELEASE, "hold": 1}, False, id="released, waits for its hour"),
    pytest.param({"reason": NagReason.QUIET}, False, id="waits for something else"),
    pytest.param({"reason": NagReason.RELEASE, "state": NagState.HELD}, False, id="held back"),
]


@pytest.mark.parametrize(("values", "found"), RELEASE)
async def test_what_waits_for_the_office(
    session: Session, desk: Desk, values: dict[str, Any], found: bool
) -> None:
    nag = await desk.nag(**values)
    assert await nags.to_release(session) == ([nag] if found else [])


async def test_what_was_kept_of_tasks_on_a_day(
    session: Session, desk: Desk, rows: Rows, order_nag: Callable[..., Any]
) -> None:
    first, last = [await desk.nag(NagState.SKIPPED, created=hours) for hours in (0, 23)]
    for hours in (-1, 24):
        await desk.nag(created=hours)
    await order_nag()
    assert await nags.of_day(session, rows.now, rows.now + 24 * HOUR, ["task"]) == [first, last]


@pytest.fixture
def order_nag(cases: Any, rows: Rows) -> Callable[..., Any]:
    """A maker of nags about cases."""

    async def made(**values: Any) -> Nag:
        return await rows.nag(subject="case", subject_id=id_of(await cases.add()), **values)

    return made


SINCE = [
    pytest.param({}, True, id="waits"),
    pytest.param({"reason": NagReason.QUIET}, True, id="waits for the end of quiet hours"),
    pytest.param({"reason": NagReason.SNOOZED}, False, id="put off by the person"),
    pytest.param({"reason": NagReason.SNOOZED, "state": NagState.TOLD}, True, id="told after it was put off"),
    pytest.param({"created": -1}, False, id="kept before"),
]


@pytest.mark.parametrize(("values", "found"), SINCE)
async def test_whether_anything_was_kept_since(
    session: Session,
    desk: Desk,
    rows: Rows,
    order_nag: Callable[..., Any],
    values: dict[str, Any],
    found: bool,
) -> None:
    await order_nag()
    await desk.nag(**values)
    assert await nags.any_since(session, rows.now, ["task"]) is found


async def test_for_a_rehearsal_what_is_to_go_out_until_then_has_gone(session: Session, desk: Desk) -> None:
    for state, hold in (
        (NagState.WAITING, -1),
        (NagState.WAITING, 0),
        (NagState.WAITING, 1),
        (NagState.WAITING, None),
        (NagState.TOLD, -1),
    ):
        await desk.nag(state, hold)
    await nags.drop_waiting(session, desk.rows.now)
    moot, waiting = NagState.MOOT, NagState.WAITING
    assert await desk.rows.column(Nag.state) == [moot, moot, waiting, waiting, NagState.TOLD]


FORGOTTEN = [
    pytest.param(NagState.TOLD, 1, 0, (NagState.WAITING, False, None), id="told since"),
    pytest.param(NagState.MOOT, 1, 0, (NagState.WAITING, False, None), id="moot since"),
    pytest.param(NagState.TOLD, None, 0, (NagState.TOLD, False, 0), id="told since, and never waited"),
    pytest.param(NagState.HELD, 1, 0, (NagState.HELD, False, 0), id="held back since"),
    pytest.param(NagState.TOLD, 1, -1, (NagState.TOLD, True, -1), id="told before"),
    pytest.param(NagState.WAITING, 1, None, (NagState.WAITING, True, None), id="waits"),
]


@pytest.mark.parametrize(("state", "hold", "settled", "expected"), FORGOTTEN)
async def test_for_a_rehearsal_nothing_was_promised_since(
    session: Session,
    desk: Desk,
    state: NagState,
    hold: int | None,
    settled: int | None,
    expected: tuple[NagState, bool, int | None],
) -> None:
    """The nag was kept before that moment; a message promised since is forgotten, with its state."""
    message = id_of(await desk.rows.message())
    nag = await desk.nag(state, hold, settled=settled, created=-9, outbox_id=message)
    await desk.nag(created=0)
    await nags.forget_since(session, desk.rows.now)
    assert await desk.rows.count(Nag) == 1
    await desk.rows.read(nag)
    assert (nag.state, nag.outbox_id is not None, nag.settled_at) == (*expected[:2], desk.at(expected[2]))


async def test_for_a_rehearsal_the_digest_of_the_day_was_not_sent(session: Session, desk: Desk) -> None:
    made = {"digest": ("nag_office", 0), "earlier": ("nag_office", -1), "nag": ("nag", 0)}
    messages = [
        await desk.rows.message(dedupe_key=key, view=view, created_at=desk.at(hours))
        for key, (view, hours) in made.items()
    ]
    for name in (DIGEST_MARK, "nags"):
        await desk.rows.add(TickMark(name=name, slot_key="15"))
    await nags.forget_since(session, desk.rows.now)
    keys = [(await desk.rows.read(message)).dedupe_key for message in messages]
    assert keys == [f"{messages[0].id}:gone", "earlier", "nag"]
    assert await desk.rows.column(TickMark.name) == [DIGEST_MARK, "nags"]
    assert await desk.rows.column(TickMark.slot_key) == ["", "15"]


async def test_snoozes_that_have_not_ended(session: Session, desk: Desk) -> None:
    me, other = ids_of(desk.one, desk.other)
    made = []
    for who, hours in ((other, 1), (me, 1), (me, 0)):
        snooze = Snooze(
            contact_id=who, until=desk.rows.now + hours * HOUR, created_at=desk.rows.now, **desk.about
        )
        made.append(await desk.rows.add(snooze))
    assert await nags.snoozed(session, [me, other], desk.rows.now) == made[:2]
    assert await nags.snoozed(session, [me], desk.rows.now) == [made[1]]
    assert await nags.snoozed(session, [me], desk.rows.now - HOUR) == made[1:]
