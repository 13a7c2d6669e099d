"""Control actions that change the rules: the clock, faults, limits, raw updates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from sandbox.faults import Fault
from sandbox.model import Json
from sandbox.world import World


def set_clock(world: World, now: str, force: bool = False) -> Json:
    """Stop the clock at `now` (ISO 8601 with offset); to go back needs `force` → {"now"}."""
    world.clock.set(datetime.fromisoformat(now), force=force)
    return _tick(world)


def advance_clock(world: World, seconds: float) -> Json:
    """Move the clock forward → {"now"}."""
    world.clock.advance(seconds)
    return _tick(world)


def _tick(world: World) -> Json:
    world.signal.fire()
    return {"now": world.clock.now().isoformat(), "simulated": world.clock.simulated}


def fail(world: World, method: str, **fault: Any) -> Json:
    """Order a fault for the next calls: see `sandbox.faults.Fault`. "download" stands for files."""
    world.faults.rules.append(Fault(method, **fault))
    return {"rules": len(world.faults.rules)}


def clear_faults(world: World) -> Json:
    """Forget all faults and release the calls that hang."""
    world.faults.rules.clear()
    world.signal.fire()
    return {}


def set_limits(world: World, **settings: Any) -> Json:
    """Change settings of the sending limits (enabled, per_second, chat_burst, …) → settings and counts."""
    world.limits.settings.change(settings)
    return world.limits.report()


def set_max_upload(world: World, size: int) -> Json:
    """Set the size in bytes above which a call gets 413."""
    world.max_upload = size
    return {"size": world.max_upload}


def set_date(world: World, ahead: float | None) -> Json:
    """Let answers carry a `Date` so many seconds ahead of the real time; without one by default."""
    world.date_ahead = ahead
    return {"ahead": ahead}


def push_raw_update(world: World, update: Json) -> Json:
    """Queue a body as it is, even malformed; a missing update_id is filled in → {"update_id"}."""
    return {"update_id": world.updates.add_raw(update)}


def set_next_update_id(world: World, update_id: int) -> Json:
    """Let ids go on from here: after a quiet week Telegram may start again lower."""
    world.updates.next_id = update_id
    return {"update_id": update_id}


TABLE: Final[dict[str, Callable[..., Any]]] = {
    action.__name__: action
    for action in (
        set_clock,
        advance_clock,
        fail,
        clear_faults,
        set_limits,
        set_max_upload,
        set_date,
        push_raw_update,
        set_next_update_id,
    )
}
