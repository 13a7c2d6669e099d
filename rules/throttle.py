"""How much a person may write who is not enrolled: ten messages at once, then five a minute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

BURST: Final = 10
A_MINUTE: Final = 5
FULL_AFTER: Final = 60.0 * BURST / A_MINUTE
"""Seconds after which an allowance is whole again, however much was written before."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many more messages were ``left`` at the moment ``at``, in seconds of any steady clock."""

    left: float
    at: float


def allowance_after(before: Allowance | None, now: float) -> Allowance | None:
    """What is left after one more message; None: the message is beyond the limit.

    ``before``: the allowance after the last message within the limit; None: there was none.
    """
    left = BURST if before is None else min(BURST, before.left + (now - before.at) * A_MINUTE / 60)
    return None if left < 1 else Allowance(left - 1, now)
