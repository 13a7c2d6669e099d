"""A campaign over simulated weeks: the real ticks run at their moments, and each is rehearsed before.

The lines are those of ``chuangcheng tick --dry-run`` at each moment with something due, what was promised and
sent then, ``/nags`` each Monday, and 催办记录 every other Sunday.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from sqlmodel import col, select

from bot.commands import ticking
from bot.commands.command_context import CommandContext
from bot.settings import Settings
from locales import plain
from models.cases import Case
from models.db import Database, Session, ident
from models.delivery import messages
from models.delivery.messages import Outbox
from models.people import Contact
from models.tasks import Task
from rules.delivery.delivery import DeliveryState
from rules.people.roles import Role
from services.access import Actor, actor_of
from services.calendar import current_campaign
from services.campaign import Campaign
from services.delivery import rendering
from services.nags import nag_engine, nag_forecast_view, nag_records
from services.people import enrolment
from services.turn import TickTurn, turn_of
from services.views import View
from tests.services.nags.golden.lives import Life
from tests.services.nags.golden.towns import BEGIN, Town, enrol, everybody
from tests.support.pressing import argument

DAY = timedelta(days=1)
RECORDS = 6


@dataclass(frozen=True, slots=True)
class _SetClock:
    moment: datetime

    async def now(self) -> datetime:
        return self.moment

    async def close(self) -> None:
        pass


@dataclass(frozen=True, slots=True)
class _Printed(CommandContext):
    """The context of a command whose output is kept."""

    documents: list[Any] = field(default_factory=list)

    def print_json(self, document: Any) -> None:
        self.documents.append(document)


@dataclass(slots=True)
class Chronicle:
    """One campaign on one database.

    ``down_until``: when the program runs again after an outage. ``unsent_until``: when Telegram can be
    reached again.
    """

    database: Database
    dice: Random
    now: datetime
    down_until: datetime
    unsent_until: datetime
    campaign: Campaign = field(default_factory=Campaign)
    lines: list[str] = field(default_factory=list)

    def local(self, day: date, hour: int, minute: int = 0) -> datetime:
        return self.campaign.midnight(day) + timedelta(hours=hour, minutes=minute)

    # -- a day -----------------------------------------------------------------------------------------

    async def day(self, day: date) -> None:
        """Let that local day pass."""
        self._troubles(day)
        lives = self._moments(day)
        nine, ends = self.local(day, 9), self.local(day + DAY, 0)
        while True:
            due = await self._next_due()
            moments = [at for at in (due, lives[0] if lives else None, nine) if at is not None]
            at = max(min(moments, default=ends), self.now)
            if at >= ends:
                break
            self.now = at
            nine = ends if nine <= at else nine
            if at < self.down_until:
                self.now = self.down_until
            elif lives and lives[0] <= at:
                lives.pop(0)
                await self._live()
            else:
                await self._tick()

    def _troubles(self, day: date) -> None:
        """Draw an outage of the program or of Telegram, now and then."""
        if self.dice.random() < 0.03:
            self.down_until = self.local(day, 7) + timedelta(hours=self.dice.randint(3, 60))
            self._say(f"停机至 {self.down_until.astimezone(self.campaign.zone):%m-%d %H:%M}")
        if self.dice.random() < 0.05:
            self.unsent_until = self.local(day, 8) + timedelta(hours=self.dice.randint(2, 30))
            self._say(f"Telegram 不通至 {self.unsent_until.astimezone(self.campaign.zone):%m-%d %H:%M}")

    def _moments(self, day: date) -> list[datetime]:
        works = self.campaign.calendar.is_working_day(day)
        many = self.dice.randint(4, 9) if works else self.dice.randint(0, 2)
        return sorted(
            self.local(day, 7, self.dice.randint(30, 14 * 60)) + timedelta(seconds=self.dice.randint(0, 59))
            for _ in range(many)
        )

    async def _next_due(self) -> datetime | None:
        async with self.database.reading() as session:
            return await nag_engine.next_due(session)

    async def _turn(self, session: Session) -> TickTurn:
        self.campaign = await current_campaign(session, self.campaign)
        return TickTurn(session, self.now, self.campaign)

    async def _live(self) -> None:
        async with self.database.transaction() as session:
            life = Life(await self._turn(session), self.dice)
            for _ in range(self.dice.randint(1, 2)):
                self._say(f"{self.now.astimezone(self.campaign.zone):%H:%M:%S} {await life.step()}")
            await self._deliver(session)

    async def _tick(self) -> None:
        async with self.database.reading() as session:
            await self._turn(session)
        context = _Printed(
            Settings.model_construct(locale="zh"), _SetClock(self.now), self.database, self.campaign
        )
        options = ticking.TickOptions(self.now.isoformat(), following=False, dry_run=True, as_json=True)
        await ticking.tick(context, options)
        planned = [one for one in context.documents[0] if not one["slot"].endswith("/brief")]
        if planned:
            self._say(f"== {self.now.astimezone(self.campaign.zone):%Y-%m-%d %H:%M:%S}")
        for one in planned:
            self._say(" | ".join((one["recipient"], str(one["chat"]), one["slot"], *one["duties"])))
            self._say(f"  {one['reason']}")
            self.lines += [f"    {line}" for line in one["text"].splitlines()]
        async with self.database.transaction() as session:
            await nag_engine.tick(await self._turn(session))
            await self._deliver(session)

    # -- what is sent ----------------------------------------------------------------------------------

    async def _deliver(self, session: Session) -> None:
        """Send what is promised, as the sender does. Now and then a reader has blocked the bot."""
        if self.now < self.unsent_until:
            return
        waiting = col(Outbox.state).in_((DeliveryState.NEW, DeliveryState.RETRY))
        query = select(Outbox).where(waiting).order_by(col(Outbox.id))
        for row in list(await session.exec(query.execution_options(populate_existing=True))):
            if row.view not in {"nag", "nag_office"}:
                await self._settle(session, row, DeliveryState.SENT)
                continue
            await self._send(session, row)

    async def _send(self, session: Session, row: Outbox) -> None:
        turn = TickTurn(session, self.now, self.campaign)
        contact = await session.get_one(Contact, row.contact_id, populate_existing=True)
        if row.view == "nag" and self.dice.random() < 0.01:
            self._say(f"  × {contact.name} {row.kind.value}")
            await self._settle(session, row, DeliveryState.UNDELIVERABLE)
            await enrolment.lose_contact(session, row.chat_id, now=self.now, today=self.now.date())
            await rendering.not_sent(turn, row, None)
            return
        rendered = await rendering.render(turn, row)
        if rendered is None:
            self._say(f"  – {contact.name} {row.kind.value}")
            await self._settle(session, row, DeliveryState.WITHDRAWN)
            await rendering.not_sent(turn, row, None)
            return
        view, _ = rendered
        await rendering.not_sent(turn, row, view)
        await self._settle(session, row, DeliveryState.SENT)
        self._say(f"  → {contact.name} {row.kind.value} {' '.join(_labels(view))}")
        if row.created_at != self.now:
            self.lines += [f"    {line}" for line in view.plain("zh").splitlines()]

    async def _settle(self, session: Session, row: Outbox, state: DeliveryState) -> None:
        sent_at = self.now if state is DeliveryState.SENT else None
        there = (DeliveryState.NEW, DeliveryState.RETRY)
        await messages.move_delivery(session, ident(row), there, state, sent_at=sent_at)
        await session.refresh(row)

    # -- what is shown ---------------------------------------------------------------------------------

    async def forecast(self, day: date) -> None:
        """``/nags`` as the office sees it that morning: the days and their lists."""
        self.now = max(self.now, self.local(day, 7, 20))
        async with self.database.reading() as session:
            turn = turn_of(await self._turn(session), await _office(session))
            front = await nag_forecast_view.front(turn)
            self._show("/nags", front)
            days = [button for row in front.rows for button in row if button.action == "nags.day"]
            for shown in days[:2]:
                day_view = await nag_forecast_view.day_page(turn, argument(shown, "day", date), offset=0)
                self._show(f"/nags {shown.arguments['day']}", day_view)

    async def records(self) -> None:
        """催办记录 of the newest tasks and cases."""
        async with self.database.reading() as session:
            turn = turn_of(await self._turn(session), await _office(session))
            newest = (await session.exec(select(Task).order_by(col(Task.id).desc()).limit(RECORDS))).all()
            for task in newest:
                self._show("催办记录", await nag_records.of_subject(turn, "task", ident(task)))
            found = (await session.exec(select(Case).order_by(col(Case.id).desc()).limit(RECORDS))).all()
            for case in found:
                self._show("催办记录", await nag_records.of_subject(turn, "case", ident(case)))

    def _show(self, title: str, view: View) -> None:
        self._say(f"-- {title}")
        self.lines += [f"    {line}" for line in view.plain("zh").splitlines()]
        self._say(f"    {' '.join(_labels(view))}")

    def _say(self, line: str) -> None:
        self.lines.append(line)


def _labels(view: View) -> list[str]:
    return [f"[{plain(button.label, 'zh')}]" for row in view.rows for button in row]


async def _office(session: Session) -> Actor:
    there = [one for one in await everybody(session) if "创城办" in one.name]
    found = [await actor_of(session, one) for one in there]
    return next(actor for actor in found if Role.OFFICE in actor.roles)


async def chronicle(database: Database, town: Town, weeks: int) -> AsyncIterator[list[str]]:
    """The lines of each day, from ``BEGIN`` on. The database is empty."""
    dice = Random(town.seed)  # noqa: S311  # the same lives in each run
    start = Campaign().midnight(BEGIN) + timedelta(hours=8)
    told = Chronicle(database, dice, start, start, start)
    async with database.transaction() as session:
        turn = TickTurn(session, start, told.campaign)
        await town.build(turn, dice)
        await enrol(session, start, dice)
    for number in range(7 * weeks):
        day = BEGIN + number * DAY
        told.lines.append(f"#### {day.isoformat()}")
        if number % 7 == 0:
            await told.forecast(day)
        await told.day(day)
        if number % 14 == 13:
            await told.records()
        yield told.lines
        told.lines = []
