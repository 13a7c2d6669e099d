"""Reasons in people's own words: their limit, and the check that they can be read."""

from __future__ import annotations

from typing import Final

from rules.people.typed_names import normalise
from services.errors import DomainError

REASON_LIMIT: Final = 300


def written_reason(words: str) -> str:
    """The reason on one line; ``DomainError`` if nothing of it is visible, or it is too long."""
    reason = " ".join(words.split())
    if not normalise(reason):
        raise DomainError("completion.reason_invisible")
    if len(reason) > REASON_LIMIT:
        raise DomainError("completion.reason_too_long", limit=REASON_LIMIT)
    return reason
