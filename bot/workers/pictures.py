"""Draws pictures in a process of its own: the running program never loads what draws."""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode
from collections.abc import Sequence
from typing import Final

from bot.workers.worker_process import answer_of
from reports.pictures.picture import Picture

# The first picture takes a second or two, and each further one a small part of that.
SECONDS: Final = 120.0


class DrawingError(Exception):
    """The process ended without the pictures."""


async def drawn(pictures: Sequence[Picture]) -> list[bytes | None]:
    """The PNGs of these pictures; None for one that cannot be drawn.

    ``DrawingError``: the process ended badly, perhaps for one of them. ``TimeoutError``: it took too long.
    """
    asked = json.dumps([one.to_json() for one in pictures], ensure_ascii=False).encode()
    async with asyncio.timeout(SECONDS):
        code, content = await answer_of("draw-pictures", asked)
    if code != 0:
        raise DrawingError(f"exit code {code}")
    pngs = [None if one is None else b64decode(one) for one in json.loads(content)]
    if len(pngs) != len(pictures):
        raise DrawingError(f"{len(pngs)} pictures of {len(pictures)}")
    return pngs
