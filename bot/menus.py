"""Menus of commands at Telegram: common ones for each language, and an own one for each enrolled person.

Everything works without them, so a failure is only logged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from models.delivery import menus as set_menus
from models.delivery.menus import NO_MENU, UNKNOWN, MenuPlace
from rules.delivery import delivery
from services import menus
from services.campaign import Campaign
from services.menus import Menu

log = structlog.get_logger(__name__)
# Roles also change by the command line and by imports, which do not wake this loop.
LOOK_SECONDS: Final = 600.0
RETRY_SECONDS: Final = 30.0
# The pause between two people's own menus: at the first start there are hundreds, and messages go first.
PAUSE_SECONDS: Final = 0.2
_OWN: Final = "chat"
_SCOPES: Final[Mapping[str, tuple[Callable[[], BotCommandScope], tuple[str, ...]]]] = {
    "all_private_chats": (BotCommandScopeAllPrivateChats, menus.STRANGERS),
    "all_group_chats": (BotCommandScopeAllGroupChats, menus.MEMBERS),
    "all_chat_administrators": (BotCommandScopeAllChatAdministrators, menus.ADMINISTRATORS),
}
# The button that opens the menu. Its own menu is empty, and the same for ever.
_BUTTON: Final = MenuPlace("button")
_KNOWN_SCOPES: Final = frozenset({_OWN, _BUTTON.scope, *_SCOPES})


class MenuUpdater(Loop):
    """One loop that keeps the menus right.

    It reads from the database what each place's menu should be, and compares that with what is noted there as
    set, across restarts. ``anew``: nothing that is noted counts; all menus are set again.
    """

    def __init__(self, bot: Bot, database: Database, campaign: Campaign, *, anew: bool = False) -> None:
        super().__init__("menus cannot be read", retry=RETRY_SECONDS)
        self._bot = bot
        self._db = database
        self._campaign = campaign
        self._anew = anew
        self._set: dict[MenuPlace, str] | None = None

    async def _sleep(self, rest: float) -> None:
        # While Telegram, the network or the database makes us wait, no change is a reason to hurry.
        await wait_up_to(rest, self._woken if rest == LOOK_SECONDS else self._stopping)

    async def look(self) -> float:
        """Set the menus that differ from what was set, and remove those that are no longer wanted.

        Returns seconds until the next look.
        """
        if self._set is None:
            self._set = await self._recalled()
        known = self._set
        async with self._db.reading() as session:
            own = await menus.own_menus(session, self._campaign)
        # Everybody's come first.
        wanted = self._everybodys() | {MenuPlace(_OWN, chat): menu for chat, menu in own.items()}
        for place in [*wanted, *(place for place in known if place not in wanted)]:
            menu = wanted.get(place)
            if _hash(menu) == known.get(place, NO_MENU):
                continue
            rest = 0.0 if self._stopping.is_set() else await self._change(known, place, menu)
            if rest or self._stopping.is_set():
                return rest
            if place.chat_id:
                await wait_up_to(PAUSE_SECONDS, self._stopping)
        return LOOK_SECONDS

    async def _recalled(self) -> dict[MenuPlace, str]:
        """What is noted as set. Of a bot that has no notes, and anew, all that may be set is unknown."""
        async with self._db.transaction() as session:
            known = await set_menus.known(session, self._bot.id)
            if known and not self._anew:
                # Another release may have noted places that this one does not know.
                return {place: hash for place, hash in known.items() if place.scope in _KNOWN_SCOPES}
            accounts = await people.all_accounts(session)
            places = known.keys() | {MenuPlace(_OWN, account) for account in accounts}
            await set_menus.begin_anew(session, self._bot.id, places)
        return dict.fromkeys(places, UNKNOWN)

    def _everybodys(self) -> dict[MenuPlace, Menu]:
        # A person who reads none of our languages gets the campaign's.
        languages = {locale: "" if locale == self._campaign.locale else locale for locale in LOCALES}
        return {
            MenuPlace(scope, language=language): Menu(names, locale)
            for scope, (_, names) in _SCOPES.items()
            for locale, language in languages.items()
        } | {_BUTTON: Menu((), self._campaign.locale)}

    async def _change(self, known: dict[MenuPlace, str], place: MenuPlace, menu: Menu | None) -> float:
        """Set or remove a menu. Returns seconds to rest on failure; a final refusal is none.

        Only what Telegram has taken is noted as set, so what it refuses is tried again by the next start.
        """
        if known.get(place) != UNKNOWN:
            # Before the call: a program that is killed during it does not know what Telegram shows.
            await self._note(place, UNKNOWN)
            known[place] = UNKNOWN
        try:
            await self._call(place, menu)
        except TelegramError as error:
            if rest := _rest_after(error):
                return rest
        else:
            await self._note(place, _hash(menu))
        known[place] = _hash(menu)
        return 0.0

    async def _note(self, place: MenuPlace, hash: str) -> None:
        async with self._db.transaction() as session:
            await set_menus.note(session, self._bot.id, place, hash)

    async def _call(self, place: MenuPlace, menu: Menu | None) -> None:
        if place == _BUTTON:
            await self._bot.set_chat_menu_button(menu_button=MenuButtonCommands())
            return
        scope = BotCommandScopeChat(place.chat_id) if place.scope == _OWN else _SCOPES[place.scope][0]()
        if menu is None:
            await self._bot.delete_my_commands(scope, place.language or None)
        else:
            await self._bot.set_my_commands(menu.described(), scope, place.language or None)


def _hash(menu: Menu | None) -> str:
    return NO_MENU if menu is None else menu.hash


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
