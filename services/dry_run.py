"""What a tick sends, to whom and why; a dry run prints the same."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from locales import Text, plain
from services.views import View


@dataclass(frozen=True, slots=True)
class TickStep:
    """What a part of a tick has promised. ``more``: something was done, and more is due at once."""

    told: list[PlannedMessage]
    more: bool


@dataclass(frozen=True, slots=True)
class PlannedMessage:
    """A message that is sent or would be sent.

    ``chat`` None: nobody can be reached. ``words``: its view, or what makes it, for only a dry run reads it.
    ``subjects``: the words of what a nag is about.
    """

    recipient: Text
    chat: int | None
    slot: str
    duties: Sequence[str]
    reason: Text
    words: View | Callable[[], Awaitable[View]]
    subjects: Sequence[str] = ()

    @property
    def view(self) -> View:
        """What its reader sees; ``LookupError``: it has not been made yet."""
        if isinstance(self.words, View):
            return self.words
        raise LookupError("the view of a planned message has not been made")

    async def made(self) -> PlannedMessage:
        """The same with its view made now, while its transaction is open and nothing has changed."""
        return self if isinstance(self.words, View) else replace(self, words=await self.words())

    def to_json(self, locale: str) -> dict[str, object]:
        return {
            "recipient": plain(self.recipient, locale),
            "chat": self.chat,
            "slot": self.slot,
            "duties": list(self.duties),
            "reason": plain(self.reason, locale),
            "text": self.view.plain(locale),
        }
