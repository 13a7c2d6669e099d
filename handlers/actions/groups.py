"""The buttons by which the office chooses what a group is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from handlers.binding import Binding, acts
from handlers.work import Work
from services.access import Actor
from services.groups import group_binding
from services.groups.group_binding import GroupScope


async def _bind(work: Work, actor: Actor, *, title: str, thread_id: int | None, scope: GroupScope) -> None:
    turn = replace(work.turn(actor), thread=thread_id)
    work.replace(await group_binding.bind(turn, title=title, scope=scope))


ACTIONS: Final[Mapping[str, Binding]] = {
    "group.bind": acts(_bind),
}
