"""The faults that a visitor may order: each is what Telegram or the network really does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from demo.page.errors import PageError
from sandbox.faults import Fault
from sandbox.world import World

NETWORK: Final = "network"
FAULTS: Final[Mapping[str, Fault]] = {
    "too_many": Fault("send*", status=429, parameters={"retry_after": 5}),
    "blocked": Fault("send*", status=403, private=True),
    "timeout": Fault("send*", mode="hang_after", seconds=30.0),
    NETWORK: Fault("*", count=None, mode="drop_before"),
}
"""The first three strike the next message; the network is down until it is told to come back."""
_LATELY: Final = 200


def order(world: World, name: str) -> None:
    """Order a fault; one that is ordered already is taken back."""
    if name not in FAULTS:
        raise PageError("page.error.unreadable")
    if name in ordered(world):
        world.faults.rules[:] = [rule for rule in world.faults.rules if not _is(rule, name)]
    else:
        world.faults.rules.append(replace(FAULTS[name]))
    world.signal.fire()


def ordered(world: World) -> set[str]:
    """The names of the faults that are still to come, or that last."""
    return {
        name
        for name in FAULTS
        if any(_is(rule, name) and rule.fits(rule.method, 1) for rule in world.faults.rules)
    }


def struck(world: World) -> tuple[str, int] | None:
    """The fault that struck a message last, and the chat of that message; None: none has lately."""
    for call in reversed(world.calls.entries[-_LATELY:]):
        for name, fault in FAULTS.items():
            told = fault.mode != "error" or call.status == fault.status
            if call.chat_id and call.fault == fault.mode and told:
                return name, call.chat_id
    return None


def _is(rule: Fault, name: str) -> bool:
    fault = FAULTS[name]
    return (rule.method, rule.mode, rule.status) == (fault.method, fault.mode, fault.status)
