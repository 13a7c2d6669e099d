"""The menus of commands that Telegram shows for a bot, as far as the program has set them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col, select

from models.db import Session

NO_MENU: Final = ""
"""The hash of a place that has no menu of its own."""

UNKNOWN: Final = "?"
"""The hash of a place of which nobody knows what it shows: a call is under way, or was never answered."""


class MenuPlace(NamedTuple):
    """Where Telegram shows a menu.

    ``scope``: Telegram's name of the kind of chats. ``chat_id``: the one chat that has the menu, else 0.
    ``language``: for readers of this language; empty: for those of all others.
    """

    scope: str
    chat_id: int = 0
    language: str = ""


class MenuSet(SQLModel, table=True):
    """What a bot's menu is in one place. ``hash``: of the commands and their texts."""

    __tablename__ = "menu_set"

    bot_id: int = Field(sa_type=sa.BigInteger, primary_key=True)
    scope: str = Field(max_length=40, primary_key=True)
    chat_id: int = Field(sa_type=sa.BigInteger, primary_key=True)
    language: str = Field(max_length=2, primary_key=True)
    hash: str = Field(max_length=64)


async def known(session: Session, bot_id: int) -> dict[MenuPlace, str]:
    """The hash of each place of which something was noted."""
    found = await session.exec(select(MenuSet).where(MenuSet.bot_id == bot_id))
    return {MenuPlace(row.scope, row.chat_id, row.language): row.hash for row in found}


async def note(session: Session, bot_id: int, place: MenuPlace, hash: str) -> None:
    await session.merge(MenuSet(bot_id=bot_id, **place._asdict(), hash=hash))


async def begin_anew(session: Session, bot_id: int, places: Iterable[MenuPlace]) -> None:
    """Note of these places, and of no others, that nobody knows what they show."""
    await session.execute(sa.delete(MenuSet).where(col(MenuSet.bot_id) == bot_id))
    session.add_all(MenuSet(bot_id=bot_id, **place._asdict(), hash=UNKNOWN) for place in places)
    await session.flush()


async def forget_all(session: Session) -> None:
    """Forget what was set: this database is older than what Telegram shows."""
    await session.execute(sa.delete(MenuSet))
