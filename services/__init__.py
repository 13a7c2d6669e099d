"""Use cases, one module per subject. They take a session, ``now`` and ids, and never commit."""

from models.db import Session

__all__ = ["Session"]
