"""What each hot path costs the database. A number that grows is felt by everybody, at every message.

An update is counted from its storing to the commit of its handler, with the looks at its lane. What is shown
to Telegram is counted where it is promised: a nag's sending, a board's edit.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import pytest

from bot.delivery import Delivery
from bot.live_editor import LiveEditor
from bot.telegram import Telegram
from models.db import Database
from rules.people.roles import Role
from services.nags import nag_engine
from tests.conftest import NOW
from tests.handlers.conftest import People
from tests.handlers.street import Street
from tests.support.chat import Chats, Json, Shown, group, own_button, pressed, said
from tests.support.chat import text_of as says
from tests.support.costs import Cost, costs_of
from tests.support.people import Roster
from tests.support.turns import tick_for

COSTS: Final[Mapping[str, Cost]] = {
    "report → card": Cost(18, 4, 2),
    "确认": Cost(38, 4, 2),
    "签收": Cost(28, 4, 2),
    "已阅": Cost(26, 4, 2),
    "a nag's button": Cost(25, 4, 2),
    "a step of a case": Cost(38, 4, 2),
    "a board's edit": Cost(24, 5, 2),
    "a tick with two nags": Cost(35, 1, 1),
    "a tick with six nags": Cost(35, 1, 1),
    "one nag, sent": Cost(14, 2, 2),
}
"""Statements, transactions and commits. Who makes a path cheaper writes the lower number here; who makes one
dearer says why in the commit. Both engines cost the same."""

NINE: Final = NOW + timedelta(minutes=15)
REPORT: Final = "今天清理违规广告牌匾12处"
GROUP: Final = -1_004_012_345_678


class SilentTelegram(Telegram):
    """Takes everything at once."""

    def __init__(self) -> None:
        self._sent = 0

    @asynccontextmanager
    async def turn(self, *_: object, **__: object) -> AsyncIterator[bool]:
        yield True

    async def send(self, *_: object, **__: object) -> int:
        self._sent += 1
        return self._sent

    async def edit(self, *_: object) -> None: ...

    async def pin(self, *_: object) -> None: ...


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a path is walked."""

    chats: Chats
    people: People
    database: Database

    async def handle(self, raw: Json) -> Cost:
        """What one update costs."""
        with costs_of(self.database) as cost:
            assert await self.chats.handle(raw) == []
        return cost

    async def press(self, shown: Shown, label: str) -> Cost:
        """What a press of the responsible person costs."""
        return await self.handle(pressed(self.people.responsible, shown.data(label), shown.message_id))

    async def nags(self, count: int) -> Cost:
        """What the tick of nine o'clock costs, which promises so many letters."""
        self.chats.clock.moment = NINE
        with costs_of(self.database) as cost:
            async with self.database.transaction() as session:
                told = await nag_engine.tick(tick_for(session, NINE, self.chats.campaign))
        assert len(told) == count
        return cost

    async def nag(self) -> Shown:
        """The nag of the responsible person."""
        await self.nags(2)
        return next(one for one in await self.chats.post() if one.chat_id == self.people.responsible.id)


async def _card(scene: Scene) -> Cost:
    return await scene.handle(said(scene.people.responsible, REPORT))


async def _confirm(scene: Scene) -> Cost:
    card = await scene.chats.say(scene.people.responsible, REPORT)
    return await scene.press(card, says("progress.confirm_button"))


async def _sign(scene: Scene) -> Cost:
    key = await own_button(scene.chats, "task.card", task_id=scene.people.task.id)
    card = await scene.chats.answer(pressed(scene.people.responsible, key, 1))
    return await scene.press(card, "签收")


async def _read(scene: Scene) -> Cost:
    """The answer of a unit to a notice; it must cost no more than 签收."""
    chats, office = scene.chats, scene.people.office
    card = await chats.say(office, "/notice 召开创城推进会")
    for label in ("whom_button", "scope_all", "", "back_button", "send_button"):
        named = says(f"notices.{label}") if label else says("common.role.responsible_person")
        card = (await chats.press(office, card, named))[0]
    copy = next(one for one in await chats.post() if one.chat_id == scene.people.responsible.id)
    return await scene.press(copy, says("notices.answer_button.read"))


async def _nag_button(scene: Scene) -> Cost:
    return await scene.press(await scene.nag(), "1 签收")


async def _case_step(scene: Scene) -> Cost:
    street = Street(scene.database, scene.chats, scene.people)
    card = await street.card(scene.people.liaison, await street.dispatched())
    return await scene.handle(pressed(scene.people.liaison, card.data("签收"), card.message_id))


async def _board(scene: Scene) -> Cost:
    """A look after the board that a report has changed."""
    chats, clock = scene.chats, scene.chats.clock
    await chats.handle(said(scene.people.office, "/bind 全部", chat=group(GROUP)))
    editor = LiveEditor(scene.database, SilentTelegram(), clock, chats.campaign)
    await editor.look()
    await _confirm(scene)
    editor._rests.clear()
    with costs_of(scene.database) as cost:
        await editor.look()
    return cost


async def _few_nags(scene: Scene) -> Cost:
    return await scene.nags(2)


async def _more_nags(scene: Scene) -> Cost:
    async with scene.database.transaction() as session:
        roster = Roster(session, NOW, scene.chats.campaign)
        for number in range(4):
            unit = await roster.unit(f"第{number}街道")
            person = await roster.contact(unit, f"第{number}人", Role.RESPONSIBLE_PERSON, Role.LIAISON)
            await roster.task(unit, "清理小广告", date(2026, 12, 18), person)
    return await scene.nags(6)


async def _nag_sent(scene: Scene) -> Cost:
    await scene.nags(2)
    chats = scene.chats
    sending = Delivery(scene.database, SilentTelegram(), chats.clock, chats.campaign, lambda: True)
    with costs_of(scene.database) as cost:
        claimed = await sending.claim(scene.people.responsible.id, bulk=True)
        assert claimed is not None
        assert claimed.rendered is not None
        await sending.send(claimed.row, claimed.rendered)
    return cost


PATHS: Final[Mapping[str, Callable[[Scene], Awaitable[Cost]]]] = {
    "report → card": _card,
    "确认": _confirm,
    "签收": _sign,
    "已阅": _read,
    "a nag's button": _nag_button,
    "a step of a case": _case_step,
    "a board's edit": _board,
    "a tick with two nags": _few_nags,
    "a tick with six nags": _more_nags,
    "one nag, sent": _nag_sent,
}


@pytest.mark.parametrize("path", COSTS)
async def test_what_a_hot_path_costs(path: str, chats: Chats, people: People, database: Database) -> None:
    differs = COSTS[path].beside(await PATHS[path](Scene(chats, people, database)))
    if differs:
        pytest.fail(f"{path}: {differs}. The numbers are in COSTS, which says when they may change.")


def test_more_nags_cost_no_more_statements() -> None:
    assert COSTS["a tick with six nags"] == COSTS["a tick with two nags"]
