"""The office's button under a message that may not have arrived."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.binding import Binding, replaces
from services.delivery import resending

ACTIONS: Final[Mapping[str, Binding]] = {
    "outbox.resend": replaces(resending.resend),
}
