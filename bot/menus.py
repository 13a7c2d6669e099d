"""Menus of commands at Telegram: common ones for each language, and an own one for each enrolled person.

Everything works without them, so a failure is only logged.
"""

from __future__ import annotations

from typing import Final

import structlog
from telegram import (
    Bot,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    MenuButtonCommands,
)
from telegram.error import TelegramError

from bot.loops import Loop
from bot.outcomes import outcome_of
from bot.waiting import wait_up_to
from locales import LOCALES
from models import people
from models.db import Database
from rules.delivery import delivery
from services import menus
from services.campaign import Campaign
from services.menus import Menu

log = structlog.get_logger(__name__)
# Roles also change by the command line and by imports, which do not wake this loop.
LOOK_SECONDS: Final = 600.0
RETRY_SECONDS: Final = 30.0
# The pause between two people's own menus: after a start there are hundreds, and messages go first.
PAUSE_SECONDS: Final = 0.2
# A menu that an earlier run of the program set and this one does not know. It equals no menu.
_FROM_BEFORE: Final = Menu((), "")
Scopes = list[tuple[BotCommandScope, tuple[str, ...]]]


class MenuUpdater(Loop):
    """One loop that keeps the menus right.

    It reads from the database what each chat's menu should be, and compares that with what it has set. After
    a start it sets all of them, and removes the own menu of people who should have none.
    """

    def __init__(self, bot: Bot, database: Database, campaign: Campaign) -> None:
        super().__init__("menus cannot be read", retry=RETRY_SECONDS)
        self._bot = bot
        self._db = database
        self._campaign = campaign
        self._set: dict[int, Menu] = {}
        self._everybodys_set = False

    async def _sleep(self, rest: float) -> None:
        # While Telegram, the network or the database makes us wait, no change is a reason to hurry.
        await wait_up_to(rest, self._woken if rest == LOOK_SECONDS else self._stopping)

    async def look(self) -> float:
        """Set the menus that differ from what was set, and remove own menus that are no longer wanted.

        Returns seconds until the next look.
        """
        if not self._everybodys_set and (rest := await self._set_everybodys()):
            return rest
        async with self._db.reading() as session:
            wanted = await menus.own_menus(session, self._campaign)
            if not self._everybodys_set:
                # A person who lost their own menu while the program was down still has it.
                self._set = dict.fromkeys(await people.all_accounts(session), _FROM_BEFORE)
        self._everybodys_set = True
        for chat in [chat for chat in wanted | self._set if wanted.get(chat) != self._set.get(chat)]:
            rest = 0.0 if self._stopping.is_set() else await self._set_own(chat, wanted.get(chat))
            if rest or self._stopping.is_set():
                return rest
            await wait_up_to(PAUSE_SECONDS, self._stopping)
        return LOOK_SECONDS

    async def _set_own(self, chat: int, menu: Menu | None) -> float:
        """Set or remove a chat's own menu. Returns seconds to rest on failure; a final refusal is none."""
        scope, rest = BotCommandScopeChat(chat), 0.0
        try:
            if menu is None:
                await self._bot.delete_my_commands(scope)
            else:
                await self._bot.set_my_commands(menu.described(), scope)
        except TelegramError as error:
            rest = _rest_after(error)
        if rest:
            return rest
        if menu is None:
            del self._set[chat]
        else:
            self._set[chat] = menu
        return 0.0

    async def _set_everybodys(self) -> float:
        scopes: Scopes = [
            (BotCommandScopeAllPrivateChats(), menus.STRANGERS),
            (BotCommandScopeAllGroupChats(), menus.MEMBERS),
            (BotCommandScopeAllChatAdministrators(), menus.ADMINISTRATORS),
        ]
        try:
            for scope, names in scopes:
                for locale in LOCALES:
                    # A person who reads none of our languages gets the campaign's.
                    language = None if locale == self._campaign.locale else locale
                    await self._bot.set_my_commands(Menu(names, locale).described(), scope, language)
            await self._bot.set_chat_menu_button(menu_button=MenuButtonCommands())
        except TelegramError as error:
            return _rest_after(error)
        return 0.0


def _rest_after(error: TelegramError) -> float:
    """Seconds until the call may be tried again. 0: never, it was refused for good."""
    outcome = outcome_of(error)
    log.warning("a menu of commands was not set", outcome=str(outcome))
    match outcome:
        case delivery.PausedOutcome(retry_after):
            return max(retry_after, 1.0)
        case delivery.RejectedOutcome() | delivery.ForbiddenOutcome():
            return 0.0
        case _:
            return RETRY_SECONDS
