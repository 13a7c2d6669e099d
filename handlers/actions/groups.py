"""The office's buttons about groups: what each is about, when it gets its tally, and what goes out today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from handlers.binding import Binding, acts, answers, flashes, replaces, says
from handlers.work import Work
from services.access import Actor
from services.groups import group_binding, push_notes, push_previews, tally_choice
from services.groups.group_binding import GroupScope


async def _bind(work: Work, actor: Actor, *, title: str, thread_id: int | None, scope: GroupScope) -> None:
    turn = replace(work.turn(actor), thread=thread_id)
    work.replace(await group_binding.bind(turn, title=title, scope=scope))


ACTIONS: Final[Mapping[str, Binding]] = {
    "group.bind": acts(_bind),
    "group.hour": replaces(tally_choice.choose),
    "preview.open": flashes(push_previews.open_now),
    "preview.remark": says(push_notes.ask_remark),
    "preview.clear": flashes(push_notes.clear_remark),
    "preview.stop": flashes(push_notes.stop),
    "preview.resume": flashes(push_notes.resume),
}
ANSWERS: Final[Mapping[str, Binding]] = {push_notes.ASKED: answers(push_notes.set_remark)}
