"""Use cases: a folder per subject, in one direction, over a flat kernel.

They take a ``Turn`` and never commit. The order of the folders stands in ``pyproject.toml``.
Start with ``access`` and ``outbox``, then the folder of your subject.
"""

from models.db import Session, ident

__all__ = ["Session", "ident"]
