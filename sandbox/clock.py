"""The clock that stamps messages: the system's, or a simulated one that moves only when told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sandbox.errors import WorldError


class SandboxClock:
    """A clock in UTC; its ``now()`` is always aware. Once set, it is simulated and stands until moved."""

    def __init__(self, start_at: datetime | None = None) -> None:
        self._frozen: datetime | None = None
        if start_at is not None:
            self.set(start_at)

    @property
    def simulated(self) -> bool:
        return self._frozen is not None

    def now(self) -> datetime:
        return self._frozen if self._frozen is not None else datetime.now(UTC)

    def set(self, moment: datetime, *, force: bool = False) -> datetime:
        """Stop the clock at `moment`. Raises WorldError for a naive time, and backwards without `force`."""
        if moment.tzinfo is None:
            raise WorldError(f"the time needs an offset from UTC: {moment.isoformat()}")
        moment = moment.astimezone(UTC)
        if self._frozen is not None and moment < self._frozen and not force:
            raise WorldError(f"the clock is at {self._frozen.isoformat()} and does not go back without force")
        self._frozen = moment
        return moment

    def advance(self, seconds: float) -> datetime:
        """Move a simulated clock forward. The system's clock stops at now plus `seconds`."""
        if seconds < 0:
            raise WorldError("the clock advances by zero or more seconds")
        return self.set(self.now() + timedelta(seconds=seconds))
