"""The buttons by which the office chooses what a group is about, and when it gets its tally."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from handlers.binding import Binding, acts, replaces
from handlers.work import Work
from services.access import Actor
from services.groups import group_binding, tally_choice
from services.groups.group_binding import GroupScope


async def _bind(work: Work, actor: Actor, *, title: str, thread_id: int | None, scope: GroupScope) -> None:
    turn = replace(work.turn(actor), thread=thread_id)
    work.replace(await group_binding.bind(turn, title=title, scope=scope))


ACTIONS: Final[Mapping[str, Binding]] = {
    "group.bind": acts(_bind),
    "group.hour": replaces(tally_choice.choose),
}
