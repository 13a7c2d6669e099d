"""The buttons by which the office chooses what a group is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from handlers.work import Action, Arguments, Work
from rules.people.roles import Tier
from services.access import Actor
from services.groups import group_binding
from services.groups.group_binding import GroupScope


async def _bind(work: Work, actor: Actor, arguments: Arguments) -> None:
    tier = arguments["tier"]
    view = await group_binding.bind(
        replace(work.turn(actor), thread=arguments["thread_id"]),
        title=arguments["title"],
        scope=GroupScope(Tier(tier) if tier else None, arguments["unit_id"]),
    )
    work.replace(view)


ACTIONS: Final[Mapping[str, Action]] = {
    "group.bind": _bind,
}
