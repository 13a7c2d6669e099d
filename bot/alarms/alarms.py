"""Alarms: the office is told directly what keeps the program from working, without a row of the outbox.

The database may be what fails. So nothing here needs it, and nothing here stops another part.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from telegram.error import TelegramError

from bot.alarms.alarm_notes import AlarmNotes
from bot.clock import steady_seconds
from bot.loops import Loop
from bot.outcomes import outcome_of
from bot.sender import Sender
from bot.telegram import Telegram
from bot.waiting import wait_up_to
from locales import Text, html_text
from models import people
from models.db import Database, disk_refuses
from reports.formats import moment_text
from rules.delivery import delivery
from rules.delivery.delivery import Outcome
from rules.people.roles import Role
from services.campaign import Campaign

log = structlog.get_logger(__name__)
SILENCE: Final = timedelta(minutes=5)
# Telegram keeps an update no longer than this.
KEPT_BY_TELEGRAM: Final = timedelta(hours=24)
# One cause makes several parts fail: what comes within these seconds is one message.
COLLECT_SECONDS: Final = 2.0
LOOK_SECONDS: Final = 60.0
AGAIN_SECONDS: Final = 30.0
DATABASE_SECONDS: Final = 5.0
MOST_DOUBTS: Final = 3
_PASSING: Final = (OperationalError, InterfaceError, ConnectionError, TimeoutError)
# These wake the office. In the quiet hours all others, such as a backup that fails, come without a sound.
URGENT: Final = frozenset({"disk", "database", "clock.wrong"})
# There is nothing to look after: it is over when it is told, or will be by itself.
ENDING: Final = frozenset({"silence", "backlog"})
SLOTS: Final = frozenset(
    {"brief", "nags", "notices", "tally", "digest", "papers", "countdown", "calendar", "foresight"}
)


class Alarms(Loop):
    """Tells each member of the office once a day of each kind of fault.

    Who they are is read while the database can be read, and kept in memory and in the notes. ``database``
    None: it is not to be touched. ``now``: the moment, as well as it is known.
    """

    def __init__(
        self,
        database: Database | None,
        telegram: Telegram,
        sender: Sender,
        campaign: Campaign,
        notes: AlarmNotes,
        now: Callable[[], datetime],
    ) -> None:
        super().__init__("the office cannot be told", retry=AGAIN_SECONDS, survives=Exception)
        self._db = database
        self._telegram = telegram
        self._sender = sender
        self._campaign = campaign
        self._notes = notes
        self._now = now
        self._raised: dict[str, Text] = {}
        self._again_at: dict[int, float] = {}
        self._doubts: dict[int, int] = {}
        self._polled: float | None = None

    # -- what may happen ---------------------------------------------------------------------------

    def database_failed(self, error: BaseException) -> None:
        """Raise the alarm if the database's disk takes nothing more. Other errors make a tick fail."""
        if disk_refuses(error):
            self.tell("disk", Text("alarms.disk"))

    def tick_failed(self, name: str, error: Exception, times: int) -> None:
        """Raise the alarm for a tick that failed so many times in a row.

        A busy database may be free again at the next look, so the first such failure is not told.
        """
        if disk_refuses(error) or (times < 2 and isinstance(error, _PASSING)):
            return
        group = name if name in SLOTS else "housekeeping"
        self.tell(f"tick.{group}", Text(f"alarms.tick.{group}"))

    def polled(self) -> None:
        """Note that Telegram gave an answer and that it is stored; tell of a silence that ends by it."""
        now, before = self._now(), self._notes.polled_at
        silence = timedelta(0) if before is None else now - before
        if self._polled is not None:
            silence = timedelta(seconds=self._steady_time() - self._polled)
        self._polled, self._notes.polled_at = self._steady_time(), now
        if silence > SILENCE:
            key = "alarms.silence" if silence < KEPT_BY_TELEGRAM else "alarms.silence_too_long"
            since, until = (moment_text(one, self._campaign.zone) for one in (now - silence, now))
            self.tell("silence", Text(key, since=since, until=until))

    def tell(self, kind: str, text: Text) -> None:
        """Let the office be told of a kind of fault, unless it was told today."""
        day, office = self._today(), self._notes.office
        if kind in self._raised or (office and all(self._notes.was_told(kind, chat, day) for chat in office)):
            return
        log.error("alarm", kind=kind)
        self._raised[kind] = text
        self.wake()

    def withdraw(self, kind: str) -> None:
        """Tell nobody else of a fault that is over."""
        self._raised.pop(kind, None)

    async def stop(self) -> None:
        """Look no more, and keep the notes, so that the next start knows how long nobody polled."""
        self.stop_looking()
        await self._keep()

    # -- telling -----------------------------------------------------------------------------------

    async def look(self) -> float:
        """Tell what is raised, and keep the notes. Returns seconds until a chat may be tried again."""
        if self._raised:
            await wait_up_to(COLLECT_SECONDS, self._stopping)
        await self._read_office()
        raised, day = dict(self._raised), self._today()
        await asyncio.gather(*(self._tell(chat, raised, day) for chat in self._notes.office))
        for kind in raised:
            if all(self._notes.was_told(kind, chat, day) for chat in self._notes.office):
                self._raised.pop(kind, None)
        await self._keep()
        self._again_at = {chat: at for chat, at in self._again_at.items() if at > self._loop_time()}
        waits = [at - self._loop_time() for at in self._again_at.values()] if self._raised else []
        return min([LOOK_SECONDS, *waits])

    async def _read_office(self) -> None:
        if self._db is None:
            return
        try:
            async with asyncio.timeout(DATABASE_SECONDS), self._db.reading() as session:
                office = await people.enrolled_with_role(session, Role.OFFICE)
        except Exception as error:
            log.warning("the office is known from earlier", error=type(error).__name__)
            return
        self._notes.office = {
            one.telegram_user_id: one.locale or self._campaign.locale
            for one in office
            if one.telegram_user_id
        }

    async def _keep(self) -> None:
        """Save the notes. A disk that hangs holds up a thread, not the loop."""
        try:
            async with asyncio.timeout(DATABASE_SECONDS):
                await asyncio.to_thread(self._notes.save)
        except TimeoutError:
            log.warning("the notes of the alarms are not written yet")

    async def _tell(self, chat_id: int, raised: dict[str, Text], day: str) -> None:
        """Tell a chat all that it does not know yet, in one message."""
        due = [kind for kind in raised if not self._notes.was_told(kind, chat_id, day)]
        rest = max(self._again_at.get(chat_id, 0.0) - self._loop_time(), self._sender.rest_of(chat_id))
        if not due or rest > 0:
            return
        lines = [raised[kind] for kind in due]
        if not ENDING.issuperset(due):
            lines.append(Text("alarms.ask"))
        outcome = await self._send(chat_id, lines, silent=self._may_wait(due))
        match outcome:
            case delivery.SentOutcome():
                self._doubts.pop(chat_id, None)
            case delivery.PausedOutcome(retry_after):
                self._sender.rest(chat_id, retry_after)
                self._again_at[chat_id] = self._loop_time() + retry_after
                return
            case delivery.UnknownOutcome() if self._doubts.get(chat_id, 0) < MOST_DOUBTS:
                self._doubts[chat_id] = self._doubts.get(chat_id, 0) + 1
                self._again_at[chat_id] = self._loop_time() + AGAIN_SECONDS
                return
            case delivery.UnsentOutcome():
                self._again_at[chat_id] = self._loop_time() + AGAIN_SECONDS
                return
            case _:
                # Nobody blocked the bot for a day only: tomorrow's alarm is the next try.
                log.warning("a member of the office cannot be told", chat_id=chat_id, outcome=str(outcome))
        for kind in due:
            self._notes.note_told(kind, chat_id, day)

    def _may_wait(self, kinds: list[str]) -> bool:
        quiet, zone = self._campaign.quiet, self._campaign.zone
        return not URGENT & set(kinds) and not quiet.allows(self._now(), zone, self._campaign.calendar)

    async def _send(self, chat_id: int, lines: list[Text], *, silent: bool) -> Outcome:
        repeated = [Text("outbox.repeat_mark")] if chat_id in self._doubts else []
        shown = [*repeated, Text("alarms.title"), *lines]
        locale = self._notes.office[chat_id]
        try:
            async with self._telegram.turn(chat_id):
                html = "\n".join(html_text(line, locale) for line in shown)
                sent = await self._telegram.send(chat_id, None, html, None, silent=silent)
                return delivery.SentOutcome(sent)
        except TelegramError as error:
            return outcome_of(error)

    def _today(self) -> str:
        return self._campaign.today(self._now()).isoformat()

    def _loop_time(self) -> float:
        return asyncio.get_running_loop().time()

    def _steady_time(self) -> float:
        """As the loop's time, but a machine that sleeps hears nothing, either."""
        return steady_seconds()
