"""One act of a visitor: what the browser sent, read and checked, and what it may touch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from demo.page.district import District
from demo.page.errors import PageError
from demo.page.walk import Walk
from sandbox import speaking
from sandbox.model import Json

MOST_WORDS: Final = 4096
"""UTF-16 units in a text, as at Telegram."""
MOST_CAPTION: Final = 1024
MOST_TOGETHER: Final = 10
"""So many photos or files are sent at once."""
Given = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Act:
    """One act of a visitor, with all that it may touch."""

    district: District
    walk: Walk
    given: Given

    def number(self, name: str) -> int:
        """A whole number that the browser sent. PageError: it did not."""
        value = self.given.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**63:
            raise PageError("page.error.unreadable")
        return value

    def text(self, name: str) -> str:
        """A text that the browser sent, "" if it sent none. PageError: it is none, or no Unicode."""
        value = self.given.get(name, "")
        if not isinstance(value, str) or not _is_unicode(value):
            raise PageError("page.error.unreadable")
        return value

    def where(self) -> dict[str, Any]:
        """The reply and the topic of what is sent, as the sandbox takes them."""
        return {
            name: self.number(name) for name in ("reply_to", "thread") if self.given.get(name) is not None
        }

    def here(self) -> tuple[int, int]:
        """The chat, and the person whom the visitor plays there.

        PageError: that person has not opened their link, and sees nothing but a start button.
        """
        chat, user = self.number("chat"), self.number("user")
        resident = self.district.residents.get(user)
        if resident is not None and chat == user and not self.district.is_enrolled(resident):
            raise PageError("page.error.not_enrolled", name=resident.name)
        return chat, user

    def send(self, *contents: Json) -> None:
        """Send something as the person whom the visitor plays; several contents are an album."""
        if len(contents) > MOST_TOGETHER:
            raise PageError("page.error.too_many", most=MOST_TOGETHER)
        (chat, user), where, world = self.here(), self.where(), self.district.world
        album = f"14{world.next_number():015}" if contents[1:] else None
        for content in contents:
            speaking.say(world, chat, user, content, media_group_id=album, **where)
        self.district.read(world.chats[chat])


def _is_unicode(text: str) -> bool:
    """Whether the text has no half of a surrogate pair, which no message can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def check_length(words: str, most: int) -> None:
    """Raise PageError if a text is longer than Telegram takes."""
    length = len(words.encode("utf-16-le")) // 2
    if length > most:
        raise PageError("page.error.too_long", length=length, most=most)
