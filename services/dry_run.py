"""What a tick sends, to whom and why; a dry run prints the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from locales import Text, plain
from services.views import View


@dataclass(frozen=True, slots=True)
class PlannedMessage:
    """A message that is sent or would be sent.

    ``chat`` None: nobody can be reached. ``make``: makes its view, only if somebody wants to read it.
    ``subjects``: the words of what a nag is about.
    """

    recipient: Text
    chat: int | None
    slot: str
    duties: Sequence[str]
    reason: Text
    make: Callable[[], View]
    subjects: Sequence[str] = ()

    @property
    def view(self) -> View:
        return self.make()

    def made(self) -> PlannedMessage:
        """The same with its view made now, because its data may change or go with its transaction."""
        view = self.make()
        return replace(self, make=lambda: view)

    def to_json(self, locale: str) -> dict[str, object]:
        return {
            "recipient": plain(self.recipient, locale),
            "chat": self.chat,
            "slot": self.slot,
            "duties": list(self.duties),
            "reason": plain(self.reason, locale),
            "text": self.view.plain(locale),
        }
