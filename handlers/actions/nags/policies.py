"""Buttons about the ladder's policy, 迎检, and a person's own quiet hours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.binding import Binding, replaces, says
from services.nags import inspections, policies, quiet_hours

ACTIONS: Final[Mapping[str, Binding]] = {
    "ladder.show": replaces(policies.show_policy),
    "ladder.export": says(policies.export),
    "ladder.release": replaces(policies.set_release),
    "ladder.want_reset": replaces(policies.ask_reset),
    "ladder.reset": replaces(policies.reset),
    "inspection.confirm": replaces(inspections.confirm),
    "inspection.cancel": replaces(inspections.cancel),
    "quiet.clear": replaces(quiet_hours.clear),
}
