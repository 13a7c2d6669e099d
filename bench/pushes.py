"""How often people hear from the program: eight weeks of the sample campaign on a simulated clock.

People are drawn, and the same in each run: some report by themselves, some when reminded, some hardly ever;
some are away; inspectors file ten cases a day. It prints the pushes a week by role and kind of message, and
the duties that nobody was reminded of, by the reckoning of ``duty_ledger.py``. ``--weeks N``: only so many.
``--broken-down``: the same weeks twice, the second time with the sample's tasks broken down to the streets
and villages that assist them; it exits with 1 if people who have no child hear more often then. Nothing goes
over the network. It takes a few minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from itertools import chain
from pathlib import Path
from typing import Final

from sqlmodel import col, select

ROOT: Final = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from bench import pushes_parts, pushes_town  # noqa: E402  # the path comes first
from bench.duty_ledger import DueDuty, DutyLedger  # noqa: E402
from bench.pushes_lives import Dice, Lives  # noqa: E402
from bench.pushes_town import CONTACTS, PersonKind  # noqa: E402
from models.db import Database, Session, ident  # noqa: E402
from models.delivery import messages  # noqa: E402
from models.delivery.messages import Outbox  # noqa: E402
from models.delivery.office_matters import OfficeMatter, OfficeNotice  # noqa: E402
from models.tasks import Task  # noqa: E402
from models.upgrade import upgrade  # noqa: E402
from rules.delivery.delivery import DeliveryState, MessageKind  # noqa: E402
from rules.delivery.notice_rhythm import HOURS  # noqa: E402
from services import office_notices  # noqa: E402
from services.calendar import current_campaign  # noqa: E402
from services.campaign import Campaign  # noqa: E402
from services.delivery import rendering  # noqa: E402
from services.nags import nag_engine  # noqa: E402
from services.tallies import brief_pushes  # noqa: E402
from services.turn import TickTurn  # noqa: E402
from tests.services.nags.golden.towns import BEGIN  # noqa: E402

WEEKS: Final = 8
SEED: Final = 20261214
_DAY: Final = timedelta(days=1)
_HOURS: Final = sorted({8, 9, *chain.from_iterable(HOURS.values())})
"""Local hours at which the ticks look even if nothing is due: brief, digest, and the office's notices."""
COLUMNS: Final = (
    MessageKind.NAG,
    MessageKind.HINT,
    MessageKind.BRIEF,
    MessageKind.NOTICE,
    MessageKind.ORDER,
    MessageKind.RECEIPT,
)


@dataclass(frozen=True, slots=True)
class Push:
    """A message that arrived. ``quiet``: without a sound."""

    contact_id: int
    kind: MessageKind
    quiet: bool = False


@dataclass(slots=True)
class Play:
    """One campaign that is played. ``pushes``: all that arrived. ``parts``: the people who have a child."""

    database: Database
    now: datetime
    lives: Lives
    campaign: Campaign = field(default_factory=Campaign)
    pushes: list[Push] = field(default_factory=list)
    parts: frozenset[int] = frozenset()

    async def day(self, day: date, *, first_of_week: bool) -> None:
        """Let that local day pass."""
        midnight, ends = self.campaign.midnight(day), self.campaign.midnight(day + _DAY)
        works = self.campaign.calendar.is_working_day(day)
        self.lives.plan_day(midnight, works=works, first_of_week=first_of_week)
        looks = [midnight + timedelta(hours=hour) for hour in _HOURS]
        while True:
            due, act = await self._next_due(), self.lives.next_at
            at = max(min([one for one in (due, act, *looks[:1]) if one is not None], default=ends), self.now)
            if at >= ends:
                return
            self.now = at
            if looks and looks[0] <= at:
                looks.pop(0)
                await self._tick()
            elif act is not None and act <= at:
                await self._act()
            else:
                await self._tick()

    async def _next_due(self) -> datetime | None:
        async with self.database.reading() as session:
            return await nag_engine.next_due(session)

    async def _turn(self, session: Session) -> TickTurn:
        self.campaign = await current_campaign(session, self.campaign)
        return TickTurn(session, self.now, self.campaign)

    async def _act(self) -> None:
        async with self.database.transaction() as session:
            turn = await self._turn(session)
            await self.lives.act(turn)
            await self._deliver(turn)

    async def _tick(self) -> None:
        async with self.database.transaction() as session:
            turn = await self._turn(session)
            await brief_pushes.brief_tick(turn)
            await nag_engine.tick(turn)
            await office_notices.tick(turn)
            await self._deliver(turn)

    async def _deliver(self, turn: TickTurn) -> None:
        """Send what is promised, as the sender does; everybody's phone is on."""
        query = select(Outbox).where(col(Outbox.state) == DeliveryState.NEW).order_by(col(Outbox.id))
        for row in list(await turn.session.exec(query.execution_options(populate_existing=True))):
            rendered = await rendering.render(turn, row)
            view = None if rendered is None else rendered[0]
            await rendering.not_sent(turn, row, view)
            state = DeliveryState.WITHDRAWN if view is None else DeliveryState.SENT
            sent_at = None if view is None else self.now
            await messages.move_delivery(turn.session, ident(row), (row.state,), state, sent_at=sent_at)
            if view is not None and row.contact_id is not None:
                # The brief of a day on which a week or a month is told of has another kind.
                kind = MessageKind.BRIEF if row.kind is MessageKind.DIGEST else row.kind
                self.pushes.append(Push(row.contact_id, kind, row.content.get("quiet", False)))
                self.lives.hear(row, self.now)


async def play(database: Database, days: int, *, broken_down: bool = False) -> Play:
    """Play so many days from ``BEGIN`` on, in empty tables."""
    dice = Dice(SEED)
    campaign = Campaign()
    now = campaign.midnight(BEGIN) + timedelta(hours=7, minutes=30)
    ledger = DutyLedger(campaign.zone, campaign.calendar, campaign.shifts)
    async with database.transaction() as session:
        turn = TickTurn(session, now, campaign)
        lives = Lives(dice, await pushes_town.build(turn, dice.of("town")), ledger)
        parts = await pushes_parts.break_down(turn) if broken_down else frozenset()
        for task in await session.exec(select(Task).order_by(col(Task.id))):
            lives.note_task(task)
    found = Play(database, now, lives, parts=parts)
    for number in range(days):
        await found.day(BEGIN + number * _DAY, first_of_week=number % 7 == 0)
    return found


# -- what is printed -----------------------------------------------------------------------------------


def show_pushes(
    pushes: Iterable[Push], kinds: Mapping[int, PersonKind], weeks: int, *, everybody: bool = False
) -> list[str]:
    """A table: pushes with a sound of a person and week by what they are, and those without one.

    The last column is who hears most. Pushes of others count nowhere. ``everybody``: with a row of all.
    """
    by_person: dict[int, Counter[MessageKind]] = {contact_id: Counter() for contact_id in kinds}
    quiet: Counter[int] = Counter()
    for push in (one for one in pushes if one.contact_id in kinds):
        if push.quiet:
            quiet[push.contact_id] += 1
        else:
            by_person[push.contact_id][push.kind] += 1
    heads = " | ".join(f"{kind.value}s" for kind in COLUMNS)
    lines = [
        f"| pushes of a person a week | people | {heads} | quiet | without briefs and receipts | most |",
        f"|---|{'--:|' * (len(COLUMNS) + 4)}",
    ]
    rows = {kind.value: frozenset({kind}) for kind in PersonKind} | {"all contacts": CONTACTS}
    rows |= {"all": frozenset(PersonKind)} if everybody else {}
    for name, wanted in rows.items():
        ids = [contact_id for contact_id, is_ in kinds.items() if is_ in wanted]
        mine = [by_person[contact_id] for contact_id in ids]
        if mine:
            figures = [_mean([one[column] for one in mine], weeks) for column in COLUMNS]
            figures.append(_mean([quiet[contact_id] for contact_id in ids], weeks))
            totals = [_loud(one) for one in mine]
            figures += [_mean(totals, weeks), f"{max(totals) / weeks:.1f}"]
            lines.append(f"| {name} | {len(mine)} | {' | '.join(figures)} |")
    return lines


def _loud(one: Counter[MessageKind]) -> int:
    return sum(times for kind, times in one.items() if kind not in {MessageKind.BRIEF, MessageKind.RECEIPT})


def _mean(numbers: Sequence[int], weeks: int) -> str:
    return f"{sum(numbers) / len(numbers) / weeks:.1f}"


def show_duties(found: Iterable[DueDuty], zone: tzinfo) -> list[str]:
    """A table: how many duties stayed open through their time, and of how many nobody was reminded."""
    due, forgotten = Counter[str](), Counter[str]()
    named: list[str] = []
    for one in found:
        due[one.kind] += 1
        if not one.reminded:
            forgotten[one.kind] += 1
            since, until = (at.astimezone(zone) for at in (one.since, one.until))
            named.append(f"  {one.kind}: {one.subject}, {since:%m-%d %H:%M} to {until:%m-%d %H:%M}")
    lines = ["| duties open through their whole time | due | nobody reminded |", "|---|--:|--:|"]
    lines += [f"| {kind} | {times} | {forgotten[kind]} |" for kind, times in sorted(due.items())]
    return lines + named


async def show_matters(database: Database) -> list[str]:
    """A table: the matters that the office was told of, and those open ones of which nobody was told yet."""
    async with database.reading() as session:
        matters = list(await session.exec(select(OfficeMatter)))
        told = select(OfficeNotice.matter_id).where(col(OfficeNotice.outbox_id).is_not(None))
        known = set(await session.exec(told))
    still = [one for one in matters if one.settled_at is None]
    untold = [one for one in still if one.id not in known]
    lines = [
        "| matters of the office | opened | settled | open | open and told to nobody |",
        "|---|--:|--:|--:|--:|",
    ]
    counts = (len(matters), len(matters) - len(still), len(still), len(untold))
    return [*lines, f"| all | {' | '.join(map(str, counts))} |"]


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench/pushes.py")
    parser.add_argument("--weeks", type=int, default=WEEKS)
    parser.add_argument("--broken-down", action="store_true")
    said = parser.parse_args()
    weeks: int = said.weeks
    good = True
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="chuangcheng-bench-") as folder:
        url = f"sqlite+aiosqlite:///{folder}/pushes.db"
        if said.broken_down:
            lines, good = asyncio.run(_beside(url, weeks))
        else:
            lines = asyncio.run(_figures(url, weeks))
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.write(f"\n{weeks} weeks in {time.monotonic() - started:.0f} s\n")
    return 0 if good else 1


async def _played(url: str, weeks: int, *, broken_down: bool) -> Play:
    database = Database(url)
    try:
        await upgrade(database)
        return await play(database, 7 * weeks, broken_down=broken_down)
    finally:
        await database.close()


async def _beside(url: str, weeks: int) -> tuple[list[str], bool]:
    """The weeks as they are, and with tasks that are broken down: who has no child hears no more often."""
    plain = await _played(url, weeks, broken_down=False)
    broken = await _played(url.replace("pushes.db", "parts.db"), weeks, broken_down=True)
    others = {one: kind for one, kind in plain.lives.kinds.items() if one not in broken.parts}
    theirs = {one: kind for one, kind in plain.lives.kinds.items() if one in broken.parts}
    lines = []
    for who, kinds in (("who have no child", others), ("who have one", theirs)):
        for played, how in ((plain, "not broken down"), (broken, "broken down")):
            table = show_pushes(played.pushes, kinds, weeks, everybody=True)
            lines += [f"those {who}, {how}:", "", *table, ""]
    heard = [
        sum(_is_loud(push) and push.contact_id in others for push in one.pushes) for one in (plain, broken)
    ]
    lines.append(f"pushes of those who have no child: {heard[0]} → {heard[1]}")
    return lines, heard[1] <= heard[0]


def _is_loud(push: Push) -> bool:
    return not push.quiet and push.kind not in {MessageKind.BRIEF, MessageKind.RECEIPT}


async def _figures(url: str, weeks: int) -> list[str]:
    database = Database(url)
    try:
        await upgrade(database)
        played = await play(database, 7 * weeks)
        matters = await show_matters(database)
    finally:
        await database.close()
    lives, begin = played.lives, played.campaign.midnight(BEGIN)
    due = lives.ledger.due(begin, played.campaign.midnight(BEGIN + 7 * weeks * _DAY))
    people = show_pushes(played.pushes, lives.kinds, weeks)
    return [*people, "", *show_duties(due, played.campaign.zone), "", *matters]


if __name__ == "__main__":
    sys.exit(main())
