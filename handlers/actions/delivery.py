"""The office's buttons: what may not have arrived, and what could not be handled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.binding import Binding, replaces, says
from services.delivery import dead_letters, resending

ACTIONS: Final[Mapping[str, Binding]] = {
    "outbox.resend": replaces(resending.resend),
    "outbox.resend_all": replaces(resending.resend_all),
    "dead.list": says(dead_letters.listed),
    "dead.seen": replaces(dead_letters.see),
    "dead.again": replaces(dead_letters.handle_again),
}
