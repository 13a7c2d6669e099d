"""Whether the clock of this machine can be trusted, judged by the clock of Telegram."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Final

TOLD_FROM: Final = timedelta(minutes=10)
"""From so much on the office is told; below it a clock that was wrong is right again."""
WRONG_FROM: Final = timedelta(hours=1)
"""From so much on nothing is done by the clock."""
JUMP_FROM: Final = timedelta(minutes=1)
"""A clock that is moved by so much at once is not followed unasked. A correction is smaller."""


class ClockTrust(StrEnum):
    """``OFF``: the clock goes wrong, but the right slots still come. ``WRONG``: nothing is done by it."""

    RIGHT = "right"
    OFF = "off"
    WRONG = "wrong"


def trust(off: timedelta, before: ClockTrust) -> ClockTrust:
    """The trust in a clock that is ``off`` by so much. One that was wrong is so until it is nearly right."""
    size = abs(off)
    if size > WRONG_FROM or (before is ClockTrust.WRONG and size >= TOLD_FROM):
        return ClockTrust.WRONG
    return ClockTrust.OFF if size > TOLD_FROM else ClockTrust.RIGHT


def has_jumped(ahead: float, before: float) -> bool:
    """Whether the wall clock was moved: by how much it is ahead of the monotonic one has changed."""
    return abs(ahead - before) >= JUMP_FROM.total_seconds()
