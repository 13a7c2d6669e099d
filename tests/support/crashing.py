"""Faults inside the program, set from outside: it is killed at a named stage, sped up, or made to fail.

``python -m tests.support.crashing STAGE N ARGUMENTS…`` runs ``chuangcheng ARGUMENTS…`` and sends it SIGKILL
when it passes STAGE for the N-th time. The program itself has no hook for this.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import types
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

import bot.alarms.alarms
import bot.app
import bot.cli
import bot.delivery
import bot.prompts
import bot.receiving.polling
import bot.single_instance
import handlers.actions
import handlers.buttons
import handlers.commands
import models.upgrade
import rules.delivery.delivery
import rules.delivery.retry
import scheduler.runner
import scheduler.ticks
import services.drafts.draft_changes
import services.nags.nag_engine
import services.nags.tasks.task_scan
from bot.delivery import Delivery
from bot.pace import PaceIntervals
from bot.pictures import PictureLine
from bot.prompts import Prompts
from bot.receiving.intake import Intake
from bot.sender import Sender
from bot.telegram import Telegram
from bot.waiting import wait_up_to
from handlers.binding import Run
from models import drafts
from models.delivery import inbox
from models.delivery.inbox import Inbox, InboxState
from models.delivery.messages import Outbox
from models.drafts import Draft
from models.written import WrittenRows
from rules.delivery.delivery import MessageKind
from services.dry_run import TickStep
from services.turn import TickTurn

HURRY: Final = 50.0
BOOM: Final = "/help boom"


class Counter:
    """Counts how often a stage is passed, and kills this process at the n-th time, as ``kill -9`` does."""

    def __init__(self, n: int) -> None:
        self._left = n

    def passed(self, times: int = 1) -> None:
        self._left -= times
        if self._left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)


def _replace(owner: object, name: str, value: object) -> None:
    """Replace an attribute. Raises ``AttributeError`` if there is none: the fault would never come."""
    getattr(owner, name)
    setattr(owner, name, value)


def _is_press(payload: str) -> bool:
    return '"callback_query"' in payload


# Presses and receipts are counted, words and cards are not: tests/e2e/test_lost_prompts.py kills at cards.
def _before_inbox_commit(counter: Counter) -> None:
    inner = inbox.store

    async def store(session: Any, rows: Any) -> list[Inbox]:
        stored = await inner(session, rows)
        counter.passed(sum(_is_press(row["payload"]) for row in rows))
        return stored

    _replace(inbox, "store", store)


def _after_inbox_commit(counter: Counter) -> None:
    inner = Intake.store

    async def store(self: Intake, updates: list[dict[str, Any]]) -> None:
        await inner(self, updates)
        counter.passed(sum("callback_query" in update for update in updates))

    _replace(Intake, "store", store)


def _inside_handler(counter: Counter) -> None:
    def counted(inner: Run) -> Run:
        async def confirm(*context: Any, **arguments: Any) -> None:
            counter.passed()
            await inner(*context, **arguments)

        return confirm

    confirm = handlers.actions.ACTIONS["report.confirm"].around(counted)
    _replace(handlers.buttons, "ACTIONS", {**handlers.actions.ACTIONS, "report.confirm": confirm})


def _after_effects(counter: Counter) -> None:
    inner = inbox.finish_inbox

    async def finish_inbox(session: Any, inbox_id: int, state: InboxState, *more: Any) -> bool:
        done = await inner(session, inbox_id, state, *more)
        row = await session.get(Inbox, inbox_id)
        counter.passed(_is_press(row.payload))
        return done

    _replace(inbox, "finish_inbox", finish_inbox)


def _after_commit(counter: Counter) -> None:
    inner = Sender.submit

    def submit(self: Sender, prompts: list[Any]) -> None:
        # An album's card (``shown``) may replace an earlier card that other words brought. That is no press.
        counter.passed(sum(prompt.edit is not None and prompt.shown is None for prompt in prompts))
        inner(self, prompts)

    _replace(Sender, "submit", submit)


def _between_claim_and_send(counter: Counter) -> None:
    inner = Delivery._transmit

    async def transmit(self: Delivery, row: Any, rendered: Any) -> Any:
        counter.passed(row.kind is MessageKind.RECEIPT)
        return await inner(self, row, rendered)

    _replace(Delivery, "_transmit", transmit)


def _between_send_and_mark(counter: Counter) -> None:
    inner = Delivery._transmit

    async def transmit(self: Delivery, row: Any, rendered: Any) -> Any:
        outcome = await inner(self, row, rendered)
        counter.passed(row.kind is MessageKind.RECEIPT)
        return outcome

    _replace(Delivery, "_transmit", transmit)


def _between_claim_and_send_of_an_order(counter: Counter) -> None:
    inner = Delivery._transmit

    async def transmit(self: Delivery, row: Any, rendered: Any) -> Any:
        counter.passed(row.kind is MessageKind.ORDER)
        return await inner(self, row, rendered)

    _replace(Delivery, "_transmit", transmit)


def _between_send_and_mark_of_an_order(counter: Counter) -> None:
    inner = Delivery._transmit

    async def transmit(self: Delivery, row: Any, rendered: Any) -> Any:
        outcome = await inner(self, row, rendered)
        counter.passed(row.kind is MessageKind.ORDER)
        return outcome

    _replace(Delivery, "_transmit", transmit)


def _before_a_part(counter: Counter) -> None:
    inner = Telegram.send

    async def send(self: Telegram, *arguments: Any, **options: Any) -> int:
        counter.passed()
        return await inner(self, *arguments, **options)

    _replace(Telegram, "send", send)


# For albums, these count the parts, and the card that is shown in the end.


def _is_part(payload: str) -> bool:
    return '"media_group_id"' in payload


def _before_parts_are_stored(counter: Counter) -> None:
    inner = inbox.store

    async def store(session: Any, rows: Any) -> list[Inbox]:
        stored = await inner(session, rows)
        counter.passed(sum(_is_part(row["payload"]) for row in rows))
        return stored

    _replace(inbox, "store", store)


def _before_a_part_is_committed(counter: Counter) -> None:
    inner = inbox.finish_inbox

    async def finish_inbox(session: Any, inbox_id: int, state: InboxState, *more: Any) -> bool:
        done = await inner(session, inbox_id, state, *more)
        row = await session.get(Inbox, inbox_id)
        counter.passed(_is_part(row.payload))
        return done

    _replace(inbox, "finish_inbox", finish_inbox)


def _after_a_part_is_committed(counter: Counter) -> None:
    def committed(_albums: Prompts, written: WrittenRows) -> None:
        counter.passed(written.has(Draft))

    _replace(Prompts, "committed", committed)


def _before_a_card_is_noted(counter: Counter) -> None:
    inner = drafts.note_card

    async def note_card(*arguments: Any) -> None:
        counter.passed()
        await inner(*arguments)

    _replace(drafts, "note_card", note_card)


# For nags, these count what was kept by the scan, promised, committed and claimed.


def _between_scan_and_promise(counter: Counter) -> None:
    inner = services.nags.tasks.task_scan.scan

    async def scan(*arguments: Any, **options: Any) -> Any:
        found = await inner(*arguments, **options)
        if found.due:
            counter.passed()
        return found

    _replace(services.nags.tasks.task_scan, "scan", scan)


def _after_the_tick_of_nags(note: Callable[[object], None]) -> None:
    """Let ``note`` see what a step of the nags has promised, before it is committed."""
    inner = services.nags.nag_engine.step

    async def step(turn: TickTurn) -> TickStep:
        done = await inner(turn)
        note(done.told)
        return done

    ticks = [replace(one, run=step) if one.run is inner else one for one in scheduler.ticks.TICKS]
    for module in (scheduler.ticks, scheduler.runner):
        _replace(module, "TICKS", ticks)


def _before_the_nags_are_committed(counter: Counter) -> None:
    _after_the_tick_of_nags(lambda told: counter.passed() if told else None)


def _after_the_nags_are_committed(counter: Counter) -> None:
    """Count the commits of nags, each before the sender is told."""
    inner = Sender.committed
    promised: list[object] = []

    def committed(self: Sender, written: WrittenRows) -> None:
        counter.passed(any(promised) and written.has(Outbox))
        inner(self, written)

    _after_the_tick_of_nags(promised.append)
    _replace(Sender, "committed", committed)


def _between_claim_and_send_of_a_nag(counter: Counter) -> None:
    inner = Delivery._transmit

    async def transmit(self: Delivery, row: Any, rendered: Any) -> Any:
        counter.passed(row.kind is MessageKind.NAG)
        return await inner(self, row, rendered)

    _replace(Delivery, "_transmit", transmit)


def _before_a_picture_is_kept(counter: Counter) -> None:
    _around_keeping(before=counter.passed)


def _after_a_picture_is_kept(counter: Counter) -> None:
    _around_keeping(after=counter.passed)


def _around_keeping(
    before: Callable[[], None] = lambda: None, after: Callable[[], None] = lambda: None
) -> None:
    inner = PictureLine._keep

    async def keep(self: PictureLine, *drawn: Any) -> None:
        before()
        await inner(self, *drawn)
        after()

    _replace(PictureLine, "_keep", keep)


def _between_claim_and_send_of_a_picture(counter: Counter) -> None:
    inner = Delivery.send

    async def send(self: Delivery, row: Outbox, rendered: Any) -> Any:
        if row.kind is MessageKind.PICTURE:
            counter.passed()
        return await inner(self, row, rendered)

    _replace(Delivery, "send", send)


def _between_send_and_mark_of_a_picture(counter: Counter) -> None:
    inner = Delivery._transmit

    async def transmit(self: Delivery, row: Outbox, rendered: Any) -> Any:
        sent = await inner(self, row, rendered)
        if row.kind is MessageKind.PICTURE:
            counter.passed()
        return sent

    _replace(Delivery, "_transmit", transmit)


def _inside_a_migration(counter: Counter) -> None:
    """Count the statements of a migration, those of alembic included."""
    inner = models.upgrade.upgrade_to_head

    def upgrade_to_head(connection: sa.Connection) -> None:
        sa.event.listen(connection, "before_cursor_execute", lambda *_: counter.passed())
        inner(connection)

    _replace(models.upgrade, "upgrade_to_head", upgrade_to_head)


STAGES: Final[Mapping[str, Callable[[Counter], None]]] = {
    "before the inbox commit": _before_inbox_commit,
    "after the inbox commit": _after_inbox_commit,
    "inside the handler": _inside_handler,
    "after its effects": _after_effects,
    "after the commit": _after_commit,
    "between claim and send": _between_claim_and_send,
    "between send and mark": _between_send_and_mark,
    "between claim and send of an order": _between_claim_and_send_of_an_order,
    "between send and mark of an order": _between_send_and_mark_of_an_order,
    "between scan and promise": _between_scan_and_promise,
    "before the nags are committed": _before_the_nags_are_committed,
    "after the nags are committed": _after_the_nags_are_committed,
    "between claim and send of a nag": _between_claim_and_send_of_a_nag,
    "before a part": _before_a_part,
    "before parts of an album are stored": _before_parts_are_stored,
    "before a part of an album is committed": _before_a_part_is_committed,
    "after a part of an album is committed": _after_a_part_is_committed,
    "before a card is noted": _before_a_card_is_noted,
    "before a picture is kept": _before_a_picture_is_kept,
    "after a picture is kept": _after_a_picture_is_kept,
    "between claim and send of a picture": _between_claim_and_send_of_a_picture,
    "between send and mark of a picture": _between_send_and_mark_of_a_picture,
    "inside a migration": _inside_a_migration,
}


class _Hurried(types.ModuleType):
    """``asyncio`` whose ``sleep`` takes a fiftieth of the time, so that back-offs of seconds are short."""

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    async def sleep(self, delay: float) -> None:
        await asyncio.sleep(delay / HURRY)


def _hurry() -> None:
    """Shorten the program's back-offs, and lift its own pacing."""
    for module in (bot.app, bot.single_instance):
        _replace(module, "asyncio", _Hurried("asyncio"))
    _replace(bot.receiving.polling, "wait_up_to", lambda seconds, event: wait_up_to(seconds / HURRY, event))
    at_once = PaceIntervals(overall=1e-4, private=1e-4, group=1e-4)
    _replace(PaceIntervals, "of", lambda _settings: at_once)
    _replace(
        rules.delivery.retry, "INBOX_DELAYS", [delay / HURRY for delay in rules.delivery.retry.INBOX_DELAYS]
    )
    inner = rules.delivery.retry.outbox_delay
    _replace(rules.delivery.delivery, "outbox_delay", lambda *more: inner(*more) / HURRY)


def _boom(words: str) -> None:
    """Make ``/help boom`` fail with an error of these words."""
    inner = handlers.commands.show_help

    async def show_help(update: Any, context: Any) -> None:
        if update.effective_message.text == BOOM:
            raise RuntimeError(words)
        await inner(update, context)

    _replace(handlers.commands, "show_help", show_help)


def _apply_periods(patches: Mapping[str, Any]) -> None:
    """Shorten what otherwise takes minutes."""
    _replace(bot.delivery, "GATHER_SECONDS", 0.0)
    if "silence" in patches:
        _replace(bot.alarms.alarms, "SILENCE", timedelta(seconds=patches["silence"]))
    if "again" in patches:
        for name in ("AGAIN_AFTER", "IDLE_SECONDS"):
            _replace(bot.prompts, name, patches["again"])
    if "card_delay" in patches:
        _replace(services.drafts.draft_changes, "CARD_DELAY", timedelta(seconds=patches["card_delay"]))


def apply(patches: Mapping[str, Any]) -> None:
    """Apply the patches that are named, in this process.

    Possible names and values: ``{"crash": [stage, n], "hurry": true, "ticks": seconds between them,
    "boom": words, "far_api": true, "silence": seconds, "card_delay": seconds,
    "again": seconds until a card that was given up comes, "release": [its revision, its migrations],
    "in_background": true}``. What a shell starts in the background ignores Ctrl-C.
    """
    if "release" in patches:
        revision, folder = patches["release"]
        _replace(models.upgrade, "HEAD", revision)
        _replace(models.upgrade, "MIGRATIONS", Path(folder))
    if "crash" in patches:
        stage, n = patches["crash"]
        STAGES[stage](Counter(n))
    if patches.get("in_background"):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    if patches.get("hurry"):
        _hurry()
    if "ticks" in patches:
        rare = [replace(tick, every=patches["ticks"]) for tick in scheduler.ticks.TICKS]
        _replace(scheduler.runner, "TICKS", rare)
        _replace(scheduler.runner, "FAST", patches["ticks"])
        _replace(scheduler.runner, "HASTE", 1)
    if patches.get("far_api"):
        # As if the sandbox were on another machine, which has a clock of its own.
        _replace(bot.app, "is_loopback", lambda _url: False)
    _apply_periods(patches)
    if "boom" in patches:
        _boom(patches["boom"])


def main() -> None:
    stage, n = sys.argv[1:3]
    apply({"crash": [stage, int(n)]})
    sys.argv = ["chuangcheng", *sys.argv[3:]]
    bot.cli.main()


if __name__ == "__main__":
    main()
