"""The way of a promised message: it is claimed and rendered, sent part by part, and recorded."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Final, NamedTuple

import structlog
from sqlalchemy.exc import SQLAlchemyError
from telegram.error import TelegramError

from bot.clock import Clock, steady_seconds
from bot.outcomes import lose_chat, outcome_of, record, still_true
from bot.rendering import RenderedView, mark_as_repeat, render_view
from bot.telegram import Telegram
from models import importing
from models.db import Database, Session, ident
from models.delivery import live_messages, messages, pauses
from models.delivery.messages import Outbox
from rules.delivery import delivery
from rules.delivery.delivery import DeliveryState, MessageKind, Outcome
from services import calendar, live_updates, office_notices
from services import message_subjects as subjects
from services.campaign import Campaign
from services.delivery import live_views, past_messages, rendering, resending
from services.groups import group_binding
from services.turn import TickTurn

log = structlog.get_logger(__name__)
WAITING: Final = (DeliveryState.NEW, DeliveryState.RETRY)
# How long the office's list of held messages gathers more of them: a bad line loses a call here and there.
GATHER_SECONDS: Final = 60.0
# After a list the next gathers longer: a line that stays bad makes no list a minute.
TIMES_APART: Final = 10
NO_RIGHTS: Final = "not enough rights"
HELD: Final = (DeliveryState.UNKNOWN, DeliveryState.UNDELIVERABLE)


class ClaimedMessage(NamedTuple):
    """A row that was taken to be sent.

    ``rendered`` None: it was withdrawn. ``ahead``: whether somebody waits for the chat's next promised
    message; None: there is none. ``waits``: it was not taken, for its day cannot be told from the clock now,
    or it is a list that still gathers.
    """

    row: Outbox
    rendered: RenderedView | None
    ahead: bool | None
    waits: bool = False


class DeliveryResult(NamedTuple):
    """The outcome of a call, and the seconds until the row's next try."""

    outcome: Outcome
    delay: float


class Delivery:
    """Takes rows of the outbox to Telegram. The sender says which chat is next, and when.

    ``clock_is_settled``: whether something may be done by the clock as it stands.
    """

    def __init__(
        self,
        database: Database,
        telegram: Telegram,
        clock: Clock,
        campaign: Campaign,
        clock_is_settled: Callable[[], bool],
    ) -> None:
        self._db = database
        self._telegram = telegram
        self._clock = clock
        self._clock_is_settled = clock_is_settled
        self._campaign = campaign
        # Messages to many people are recorded one row at a time: a person who waits for an answer then
        # waits for one such transaction, not for thirty.
        self._bulk_books = asyncio.Lock()
        # In seconds of a clock that nobody sets: since when a list gathers, by its row, and when the last
        # one went out, by its chat.
        self._gathering: dict[int, float] = {}
        self._listed: dict[int, float] = {}

    async def recover(self) -> dict[int, float]:
        """Settle rows in ``sending``: their sender is gone, and nobody knows whether they arrived.

        Returns, by chat, the seconds for which it must still be left alone.
        """
        async with self._db.transaction() as session:
            for row in await messages.orphaned(session):
                await self._settle(session, row, delivery.UnknownOutcome("the sender was ended"))
            return await pauses.cut_pauses(session, datetime.now(UTC))

    async def claim(self, chat_id: int, *, bulk: bool) -> ClaimedMessage | None:
        """Take the chat's next row and render it, in one transaction. None: there is none."""
        async with self._books(bulk=bulk), self._db.transaction() as session:
            found = await messages.next_to_send(session, chat_id, 3)
            rows = [row for row in found if not self._gathers(row)]
            if not rows:
                return ClaimedMessage(found[0], None, None, waits=True) if found else None
            ahead = rows[1].awaited if len(rows) > 1 else None
            # By a wrong clock its day may seem to be over, and it would wait for a slot of weeks to come.
            if rows[0].kind in past_messages.DAY_BOUND and not self._clock_is_settled():
                return ClaimedMessage(rows[0], None, ahead, waits=True)
            return ClaimedMessage(rows[0], await self._take(session, rows[0]), ahead)

    def _gathers(self, row: Outbox) -> bool:
        """Whether a list goes out later, so that one tells of all that a bad line holds."""
        if row.view != resending.HELD_LIST or row.state is not DeliveryState.NEW:
            return False
        now = steady_seconds()
        ready_at = self._gathering.setdefault(ident(row), now) + GATHER_SECONDS
        if (listed_at := self._listed.get(row.chat_id)) is not None:
            ready_at = max(ready_at, listed_at + TIMES_APART * GATHER_SECONDS)
        return now < ready_at

    async def _take(self, session: Session, row: Outbox) -> RenderedView | None:
        if row.id is None or not await messages.move_delivery(
            session, row.id, WAITING, DeliveryState.SENDING
        ):
            return None
        self._gathering.pop(row.id, None)
        now = await self._clock.now()
        try:
            async with session.begin_nested():
                rendered = await self._render(session, row, now)
        except Exception:
            # A message that cannot be rendered must not stop the chat's later ones, nor loop.
            log.exception("outbox row cannot be rendered", outbox_id=row.id)
            await self._settle(session, row, delivery.RejectedOutcome("rendering failed"))
            return None
        if rendered is None and not await self._follow_account(session, row):
            await messages.move_delivery(session, row.id, [DeliveryState.SENDING], DeliveryState.WITHDRAWN)
            await self._not_sent(session, row, now)
        return rendered

    async def _follow_account(self, session: Session, row: Outbox) -> bool:
        """Let a claimed row start anew in its reader's new account. False: they have the same account."""
        account = await rendering.new_account(session, row)
        if account is None or row.id is None:
            return False
        sending, retry = [DeliveryState.SENDING], DeliveryState.RETRY
        return await messages.move_delivery(session, row.id, sending, retry, chat_id=account, parts_sent=0)

    async def _render(self, session: Session, row: Outbox, now: datetime) -> RenderedView | None:
        campaign = await calendar.current_campaign(session, self._campaign)
        turn = TickTurn(session, now, campaign)
        rendered = await rendering.render(turn, row)
        if rendered is None:
            return None
        view, locale = rendered
        await rendering.not_sent(turn, row, view)
        shown = render_view(session, view, locale, now, stored=True)
        if row.live_id is not None:
            shown = replace(shown, content_hash=live_updates.hash_of(view, locale))
        if shown.listed is not None:
            await live_messages.keep_list(
                session, ident(row), row.chat_id, shown.listed, kind=office_notices.live_kind(row)
            )
        if row.repeats:
            mark_as_repeat(shown, row.parts_sent)
        return shown

    async def send(self, row: Outbox, rendered: RenderedView) -> DeliveryResult:
        """Send a claimed row and record the outcome."""
        first, began = row.parts_sent, datetime.now(UTC)
        outcome, message_ids = await self._transmit(row, rendered)
        now = await self._clock.now()

        async def settle(session: Session) -> DeliveryResult:
            true = await still_true(session, row.chat_id, outcome, began)
            for message_id in message_ids:
                await subjects.remember(session, row.chat_id, message_id, rendered.about)
            if isinstance(true, delivery.SentOutcome):
                if row.view == resending.HELD_LIST:
                    self._listed[row.chat_id] = steady_seconds()
                if row.live_id is not None:
                    turn, shown = TickTurn(session, now, self._campaign), rendered.content_hash
                    await live_views.note_sent(turn, row.live_id, first, message_ids, shown)
                if rendered.listed is not None and not first:
                    await office_notices.place(session, row, message_ids)
            return DeliveryResult(true, await self._settle(session, row, true))

        async with self._books(bulk=not row.awaited):
            return await record(self._db, settle)

    def _books(self, *, bulk: bool) -> AbstractAsyncContextManager[None]:
        """A guard that is held during a transaction about a row."""
        return self._bulk_books if bulk else nullcontext()

    async def _transmit(self, row: Outbox, rendered: RenderedView) -> tuple[Outcome, list[int]]:
        """Send the parts that have not gone out. Returns the last call's outcome and the messages' ids."""
        sent: list[int] = []
        first = row.parts_sent
        for index in range(first, len(rendered)):
            if sent:
                await self._telegram.next_part(row.chat_id)
            try:
                quiet = row.content.get("quiet", False)
                sent += await self.send_part(row.chat_id, row.thread_id, rendered, index, silent=quiet)
            except TelegramError as error:
                return outcome_of(error, row.thread_id), sent
            except SQLAlchemyError:
                # A file of ours could not be read, before any call. Raised, this would leave the row claimed.
                log.exception("a file cannot be read", outbox_id=row.id)
                return delivery.UnsentOutcome("the file cannot be read"), sent
            row.parts_sent = index + 1
            if row.parts_sent < len(rendered):
                await record(self._db, partial(self._note_part, row=row, first=first, sent=sent))
        return delivery.SentOutcome(sent[-1] if sent else 0), sent

    async def _note_part(self, session: Session, row: Outbox, first: int, sent: list[int]) -> None:
        await messages.note_part(session, row)
        if row.live_id is not None:
            await live_updates.note_sent(session, row.live_id, first, sent)

    async def send_part(
        self,
        chat_id: int,
        thread_id: int | None,
        rendered: RenderedView,
        index: int,
        reply_to: int | None = None,
        *,
        silent: bool = False,
    ) -> list[int]:
        """Send one part of the words or one album. Returns the ids of its messages."""
        if index < len(rendered.parts):
            part, keyboard = rendered.parts[index], rendered.keyboard_of(index)
            answers = reply_to if index == 0 else None
            send = self._telegram.send(chat_id, thread_id, part, keyboard, reply_to=answers, silent=silent)
            return [await send]
        album = rendered.albums[index - len(rendered.parts)]
        content = None if album[0].make is None else album[0].make()
        if (stored_id := album[0].stored_id) is not None:
            async with self._db.reading() as session:
                content = await importing.content_of(session, stored_id)
            if content is None:
                return []  # it was kept long enough for those who wanted it; the words stand without it
        return await self._telegram.send_files(
            chat_id, thread_id, album, content, locale=rendered.locale, silent=silent
        )

    async def _settle(self, session: Session, row: Outbox, outcome: Outcome) -> float:
        """Record the outcome of a row that was being sent. Returns seconds until the next try."""
        if row.id is None:
            raise ValueError("an outbox row without an id cannot have been sent")
        step = delivery.next_delivery(
            row.kind,
            outcome,
            row.attempts,
            repeats=row.repeats,
            jitter=random.random(),  # noqa: S311  # spreads retries; no secret depends on it
        )
        now, sending = await self._clock.now(), [DeliveryState.SENDING]
        settled = await messages.move_delivery(
            session,
            row.id,
            sending,
            step.state,
            there=None if row.contact_id is None else row.chat_id,
            attempts=row.attempts + step.counts,
            repeats=row.repeats + step.mark_repeat,
            parts_sent=row.parts_sent,
            sent_at=now if step.state is DeliveryState.SENT else None,
            error=None if isinstance(outcome, delivery.SentOutcome) else type(outcome).__name__,
        )
        if not settled:
            # The outcome in the reader's old chat says nothing about their present account.
            await messages.move_delivery(session, row.id, sending, DeliveryState.RETRY, parts_sent=0)
            return 0.0
        await self._consequences(session, row, step.state, outcome, now)
        return step.delay or 0.0

    async def _consequences(
        self, session: Session, row: Outbox, state: DeliveryState, outcome: Outcome, now: datetime
    ) -> None:
        if not isinstance(outcome, delivery.SentOutcome):
            log.warning("not delivered", outbox_id=row.id, kind=row.kind.value, outcome=str(outcome))
        else:
            log.debug("delivered", outbox_id=row.id, kind=row.kind.value, chat_id=row.chat_id)
        match outcome:
            case delivery.PausedOutcome(retry_after):
                await self.pause(session, row.chat_id, retry_after)
            case delivery.MigratedOutcome(new_chat_id):
                await group_binding.follow(session, row.chat_id, new_chat_id, now=now)
            case delivery.TopicGoneOutcome() if row.thread_id is not None:
                await group_binding.lose_thread(session, row.chat_id, row.thread_id, now=now)
            case delivery.ForbiddenOutcome():
                await lose_chat(session, row.chat_id, now, self._campaign.today(now))
                await self._not_sent(session, row, now)
            case delivery.UnknownOutcome() if state in HELD and await self._repeats(session, row, now):
                pass
            case delivery.RejectedOutcome(reason) if row.kind is MessageKind.PICTURE:
                # The words went out. A list of what is held would name the picture every day.
                if NO_RIGHTS in reason.lower():
                    await group_binding.note_no_photos(session, row.chat_id, now=now)
            case _ if state in HELD and row.kind is not MessageKind.NOTICE:
                # Notices about notices that do not arrive would never end.
                await resending.report_held(session, now=now)

    async def _repeats(self, session: Session, row: Outbox, now: datetime) -> bool:
        """Whether the whole message is told once more by itself, so that the office has nothing to do."""
        campaign = await calendar.current_campaign(session, self._campaign)
        again = await rendering.unconfirmed(TickTurn(session, now, campaign), row)
        if again and row.id is not None:
            await messages.note_told_again(session, row.id)
        return again

    async def _not_sent(self, session: Session, row: Outbox, now: datetime) -> None:
        campaign = await calendar.current_campaign(session, self._campaign)
        await rendering.not_sent(TickTurn(session, now, campaign), row, None)

    async def pause(self, session: Session, chat_id: int, seconds: float) -> None:
        await pauses.pause_chat(session, chat_id, seconds, datetime.now(UTC))
