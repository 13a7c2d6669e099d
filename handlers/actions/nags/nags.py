"""Buttons of the nags: pages, putting off, the office's releases, the ladder, 迎检, and own quiet hours."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from handlers.binding import Binding, acts, opens, replaces, says
from handlers.work import Work
from services.access import Actor
from services.nags import (
    inspections,
    nag_delivery,
    nag_forecast_view,
    nag_records,
    nag_releases,
    policies,
    quiet_hours,
    signing,
    snoozing,
)


def _decides(*, send: bool) -> Binding:
    async def decide(work: Work, actor: Actor, *, contact_id: int, ids: Collection[int]) -> None:
        work.flash(await nag_releases.decide(work.turn(actor), contact_id, ids, send=send))
        work.replace(await nag_releases.view(work.turn(actor)))

    return acts(decide)


ACTIONS: Final[Mapping[str, Binding]] = {
    "nag.page": replaces(nag_delivery.turn_page),
    "nags.front": opens(nag_forecast_view.front, again="back"),
    "nags.day": replaces(nag_forecast_view.day_page),
    "nags.letter": replaces(nag_forecast_view.letter_page),
    "nags.records": opens(nag_records.of_subject),
    "sign.some": replaces(signing.sign),
    "snooze.choose": says(snoozing.choose),
    "snooze.until": replaces(snoozing.snooze),
    "release.list": says(nag_releases.view),
    "release.send": _decides(send=True),
    "release.drop": _decides(send=False),
    "ladder.show": replaces(policies.show_policy),
    "ladder.export": says(policies.export),
    "ladder.release": replaces(policies.set_release),
    "ladder.want_reset": replaces(policies.ask_reset),
    "ladder.reset": replaces(policies.reset),
    "inspection.confirm": replaces(inspections.confirm),
    "inspection.cancel": replaces(inspections.cancel),
    "quiet.clear": replaces(quiet_hours.clear),
}
