"""The control API: name → function. Bodies and answers are JSON, and every function says what it takes.

Send `POST /control/<name>` with a JSON object of the keyword arguments. Functions that only read also answer
GET with a query. Errors: 400 ``{"error": …}`` for what cannot happen, 404 for an unknown name, 408 if a wait
ran out. All ids are numbers; times are ISO 8601 with an offset.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Final

from sandbox import control_acts, control_reads, control_rules
from sandbox.errors import WorldError
from sandbox.world import World

Action = Callable[..., Any]

ACTIONS: Final[dict[str, Action]] = control_acts.TABLE | control_reads.TABLE | control_rules.TABLE
READS: Final = frozenset(control_reads.TABLE)


def call_action(world: World, name: str, arguments: dict[str, Any]) -> Any:
    """Run one action; the result is JSON or an awaitable of it. Raises WorldError for wrong arguments."""
    action = ACTIONS[name]
    try:
        bound = inspect.signature(action).bind(world, **arguments)
    except TypeError as error:
        raise WorldError(f"{name}: {error}") from error
    try:
        return action(*bound.args, **bound.kwargs)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise WorldError(f"{name}: {type(error).__name__}: {error}") from error
