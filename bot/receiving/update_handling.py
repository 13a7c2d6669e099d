"""How an update is handled: in one transaction, with everything shown after its commit."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from telegram import Update
from telegram.ext import Application

from bot.clock import Clock
from bot.receiving.raw_updates import clean_update, with_visible_start
from bot.rendering import render_view
from bot.sender import Sender
from bot.sending.prompt_showing import Prompt
from bot.telegram import Telegram
from handlers.work import Reply, Work, current
from locales import plain, spoken
from models.db import Database, Session, ident
from models.delivery import inbox
from models.delivery.inbox import Inbox, InboxState
from models.unit_of_work import alone
from rules.hidden_characters import visible
from rules.text_parts import CALLBACK_ANSWER_LIMIT, clip_plain
from services import access, calendar
from services.campaign import Campaign
from services.delivery import prompts
from services.delivery.prompts import DuePrompt, PromptKey
from services.errors import DomainError

log = structlog.get_logger(__name__)


class DoneElsewhereError(Exception):
    """Another instance, which has just lost the lock, handled the update, too: nothing of ours is kept."""


@dataclass(frozen=True, slots=True)
class _HandledUpdate:
    """An update that is committed, and what is to be shown. ``over``: the message of a card that is over."""

    work: Work
    answers: list[Prompt]
    over: int | None


class UpdateHandling:
    """Handles stored updates. It shows what they lead to through the sender.

    ``menus_changed`` is called when somebody's menu is another one now, ``on_its_way`` with each card that
    is promised and when.
    """

    def __init__(
        self,
        database: Database,
        application: Application[Any, Any, Any, Any, Any, Any],
        telegram: Telegram,
        sender: Sender,
        clock: Clock,
        campaign: Campaign,
        menus_changed: Callable[[], None] = lambda: None,
        on_its_way: Callable[[PromptKey, datetime], None] = lambda _key, _moment: None,
    ) -> None:
        self._db = database
        self._application = application
        self._telegram = telegram
        self._sender = sender
        self._clock = clock
        self._campaign = campaign
        self._menus_changed = menus_changed
        self._on_its_way = on_its_way

    async def handle(self, row: Inbox) -> None:
        """Handle one update in one transaction; everything shown follows the commit.

        Of a request that is refused nothing is kept: the transaction is rolled back, and another one says so.
        ``DoneElsewhereError``: nothing was done.
        """
        raw = with_visible_start(clean_update(json.loads(row.payload)))
        update = Update.de_json(raw, self._application.bot)
        if update is None:
            raise ValueError("not an update")
        try:
            done = await self._work_on(row, update)
        except DomainError as refusal:
            # Its traceback would keep what was at hand where it was raised: the first session, and its rows.
            done = await self._work_on(row, update, refusal.with_traceback(None))
        who = {"chat_id": row.lane, "user_id": done.work.user_id}
        about = {"kind": row.subject.partition(":")[0], "length": len(row.payload)}
        log.debug("update handled", update_id=row.update_id, **who, **about, answers=len(done.answers))
        await self._show(update, done)

    async def _work_on(
        self, row: Inbox, update: Update, refusal: DomainError | None = None
    ) -> _HandledUpdate:
        """Do what an update asks for, or answer that it is refused, in a transaction."""
        async with self._db.transaction() as session:
            work = await self._work_for(session, row, update)
            work.refusal = refusal
            card = await _card_out(work)
            token = current.set(work)
            try:
                await alone(session, self._application.process_update(update))
            finally:
                current.reset(token)
            if not await inbox.finish_inbox(session, ident(row), InboxState.DONE, datetime.now(UTC)):
                raise DoneElsewhereError
            over = card[1] if card is not None and await prompts.is_over(session, *card) else None
            return _HandledUpdate(work, [await self._answer_of(work, reply) for reply in work.replies], over)

    async def _show(self, update: Update, done: _HandledUpdate) -> None:
        work, over = done.work, done.over
        self._sender.submit(done.answers)
        # An answer in the card's place has its own buttons.
        if over is not None and all(answer.edit != over for answer in done.answers):
            self._sender.end_card(work.chat_id, over)
        if work.menus_changed:
            self._menus_changed()
        if update.callback_query is not None:
            await self._answer(update.callback_query.id, work)
        if work.reaction is not None and work.message_id is not None:
            await self._telegram.react(work.chat_id, work.message_id, work.reaction)

    async def _answer_of(self, work: Work, reply: Reply) -> Prompt:
        """The reply, rendered. A card or a question is promised, so that it comes again if it is lost."""
        # In a group people must see whom we answer.
        reply_to = None if work.private else work.message_id
        locale = _locale(work)
        answer = DuePrompt(reply.view, locale, work.chat_id, work.thread_id, reply.edit, reply_to)
        promised = await prompts.promise(work.session, answer, work.user_id, at=datetime.now(UTC))
        if promised is not None:
            self._on_its_way(*promised)
        rendered = render_view(work.session, reply.view, locale, work.now)
        shown, key = (None, None) if promised is None else (prompts.shown(*promised), promised[0])
        place = work.chat_id, work.thread_id
        stranger = work.actor is None
        return Prompt(*place, rendered, reply.edit, shown, reply_to=reply_to, key=key, stranger=stranger)

    async def _work_for(self, session: Session, row: Inbox, update: Update) -> Work:
        user, chat, message = update.effective_user, update.effective_chat, update.effective_message
        user_id = user.id if user else 0
        now, campaign = await self._clock.now(), await calendar.current_campaign(session, self._campaign)
        return Work(
            session=session,
            now=now,
            campaign=campaign,
            chat_id=chat.id if chat else row.lane,
            user_id=user_id,
            locale=spoken(user.language_code if user else None) or self._campaign.locale,
            private=chat is None or chat.type == chat.PRIVATE,
            thread_id=message.message_thread_id if message and message.is_topic_message else None,
            actor=await access.actor_by_account(session, user_id, today=campaign.today(now)),
            pressed=message.message_id if message and update.callback_query else None,
            message_id=message.message_id if message and not update.callback_query else None,
            bot_name=self._application.bot.username,
        )

    async def _answer(self, query_id: str, work: Work) -> None:
        """Stop the button's spinner, and show the line that the handler gave, if any."""
        text, alert = work.toast if work.toast else (None, False)
        shown = clip_plain(visible(plain(text, _locale(work))), CALLBACK_ANSWER_LIMIT) if text else None
        await self._telegram.answer(query_id, shown, alert=alert)


async def _card_out(work: Work) -> tuple[int, int] | None:
    """(id of the draft, its card) that the person has in this chat."""
    if work.actor is None:
        return None
    return await prompts.card_out(work.session, work.actor.id, work.chat_id)


def _locale(work: Work) -> str:
    return (work.actor.contact.locale if work.actor else None) or (
        work.campaign.locale if work.actor else work.locale
    )
