"""Back-off of an inbox row whose handler fails, and of an outbox row that could not be sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

# 30 s in all: an update may hold up the later ones of its chat so long while the database is away.
INBOX_DELAYS: Final = tuple(timedelta(seconds=s) for s in (1, 2, 4, 8, 15))
# Of an error that is no passing one: its chat does not wait for what hardly ever heals.
BROKEN_TRIES: Final = 2
OUTBOX_CAP: Final = timedelta(minutes=15)
_DOUBLINGS: Final = 10


def next_attempt(attempts: int, *, passing: bool) -> timedelta | None:
    """How long an inbox row waits that has just failed; None: the row is dead.

    ``attempts``: how often it failed before (0 at first). ``ValueError`` for a negative number. ``passing``:
    the error may be gone in a moment, as when the database is locked.
    """
    _refuse_negative(attempts)
    delays = INBOX_DELAYS if passing else INBOX_DELAYS[:BROKEN_TRIES]
    return delays[attempts] if attempts < len(delays) else None


def outbox_delay(attempts: int, jitter: float = 0.0) -> timedelta:
    """How long an outbox row waits after ``attempts`` earlier failures: 1, 2, 4 … s, at most 15 minutes.

    ``jitter`` from 0 to 1 (the caller's random number, else ``ValueError``) shortens it by up to a quarter,
    so that rows that failed together do not come back together.
    """
    _refuse_negative(attempts)
    if not 0 <= jitter <= 1:
        raise ValueError(f"jitter must be from 0 to 1, not {jitter}")
    delay = min(timedelta(seconds=2 ** min(attempts, _DOUBLINGS)), OUTBOX_CAP)
    return delay * (1 - jitter / 4)


def outbox_attempts_within(span: timedelta) -> int:
    """How many retries, without jitter, begin within ``span`` of the first failure."""
    waited = timedelta(0)
    attempts = 0
    while (waited := waited + outbox_delay(attempts)) <= span:
        attempts += 1
    return attempts


def _refuse_negative(attempts: int) -> None:
    if attempts < 0:
        raise ValueError(f"attempts must be 0 or more, not {attempts}")
