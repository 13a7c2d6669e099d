"""The line of the papers: each is made by a process of its own, beside the one that imports.

What makes sheets, Word files and pictures takes 20 MB or more and a good part of a second to load, so the
running program never loads it. A paper is made from data that was read before: the process needs no database.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

import structlog

from bot.downloads import GoneError, TooLargeError, UnreachedError
from bot.rendering import RenderedView
from bot.workers.worker_process import answer_of
from locales import Text, html_text
from reports.papers import Paper
from services.views import FileSpec

log = structlog.get_logger(__name__)
TRIES: Final = 3
# Even the sheet of the largest campaign takes a tenth of that.
SECONDS: Final = 60.0
Made = Callable[[], bytes]
# All files of one paper: it does not wait for ever for a photo.
FETCH_SECONDS: Final = 30.0
Fetch = Callable[[str], Awaitable[bytes]]
Worker = Callable[[bytes], Awaitable[bytes]]


class PaperError(Exception):
    """No process could make the paper."""


class PaperLine:
    """Has papers made, one after the other: whoever waits for one waits for papers alone.

    ``work``: makes a paper of what is said about it. ``fetch``: the bytes of a file that Telegram keeps.
    """

    def __init__(self, work: Worker | None = None, fetch: Fetch | None = None) -> None:
        self._work = work or in_a_process
        self._fetch = fetch
        self._line = asyncio.Lock()

    async def with_files(self, rendered: RenderedView, chat_id: int) -> RenderedView:
        """The view with its files made.

        One that cannot be made is left out; the words stand without it. Where it was all, words say so.
        """
        albums: list[list[FileSpec]] = []
        for album in rendered.albums:
            make = album[0].make
            if make is None:
                albums.append(album)
                continue
            try:
                content = await self.made(make)
            except Exception:
                log.exception("a file cannot be made", chat_id=chat_id)
                continue
            albums.append([replace(album[0], make=partial(bytes, content))])
        parts = rendered.parts
        if not parts and not albums:
            parts = [html_text(Text("outbox.not_made"), rendered.locale)]
        return replace(rendered, parts=parts, albums=albums)

    async def made(self, make: Made) -> bytes:
        """A file's bytes. What is no paper is made by a thread.

        A worker that dies is replaced. ``PaperError``: it died again and again. ``TimeoutError``: it takes
        too long, as the next one would.
        """
        if not isinstance(make, Paper):
            return await asyncio.to_thread(make)
        if make.file_ids:
            make = make.with_files(await self._fetched(make.file_ids))
        # Thousands of rows are written down in a thread, while other chats are answered.
        said = await asyncio.to_thread(_written, make)
        async with self._line:
            for _ in range(TRIES - 1):
                try:
                    return await self._worked(said)
                except PaperError as error:
                    log.warning("a worker ended badly", reason=str(error))
            return await self._worked(said)

    async def _fetched(self, file_ids: Sequence[str]) -> dict[str, bytes]:
        """The files that can be had in time. The paper goes out without the others, and says so."""
        if self._fetch is None:
            return {}
        files: dict[str, bytes] = {}
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                for file_id in dict.fromkeys(file_ids):
                    try:
                        files[file_id] = await self._fetch(file_id)
                    except (GoneError, TooLargeError, UnreachedError) as error:
                        log.warning("a photo of a paper cannot be had", reason=type(error).__name__)
        except TimeoutError:
            log.warning("the photos of a paper take too long", had=len(files), of=len(file_ids))
        return files

    async def _worked(self, said: bytes) -> bytes:
        async with asyncio.timeout(SECONDS):
            return await self._work(said)


def _written(paper: Paper) -> bytes:
    return json.dumps(paper.said(), ensure_ascii=False).encode()


async def in_a_process(said: bytes) -> bytes:
    """Make a paper in a process. It reads what the paper says, and writes the file whole or not at all."""
    code, content = await answer_of("make-paper", said)
    if code != 0 or not content:
        raise PaperError(f"exit code {code}")
    return content
