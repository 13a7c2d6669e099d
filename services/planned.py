"""What a tick sends, to whom and why; also what a dry run prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from locales import Text, plain
from services.views import View


@dataclass(frozen=True, slots=True)
class Planned:
    """``chat`` None: nobody can be reached."""

    recipient: Text
    chat: int | None
    slot: str
    duties: Sequence[str]
    reason: Text
    view: View

    def to_json(self, locale: str) -> dict[str, Any]:
        return {
            "recipient": plain(self.recipient, locale),
            "chat": self.chat,
            "slot": self.slot,
            "duties": list(self.duties),
            "reason": plain(self.reason, locale),
            "text": self.view.plain(locale),
        }
