"""Makes a PDF of a Word file with LibreOffice, where it is installed."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from locales import Text
from reports.official_page import FALLBACKS
from reports.pdf_copy import pdf_copy

log = structlog.get_logger(__name__)
_OFFICE: Final = ("soffice", "libreoffice")
_SECONDS: Final = 120.0
# Seconds of processor time, KiB of memory (a report needs less than a quarter of them), and blocks of 512
# bytes in a file. LibreOffice is a script; the programs that it starts inherit the limits.
_LIMITED: Final = ("/bin/sh", "-c", 'ulimit -t 100; ulimit -v 4194304; ulimit -f 204800; exec "$@"', "sh")


@dataclass(frozen=True, slots=True)
class PdfPaper:
    """A PDF, and what there is to say about it. ``content`` None: there is none, and the notes say why."""

    content: bytes | None
    notes: Sequence[Text]


async def converted(content: bytes) -> PdfPaper:
    """The PDF of a Word file. It says if there is no LibreOffice, and which fonts are not installed."""
    office = next((found for name in _OFFICE if (found := shutil.which(name))), None)
    if office is None:
        return PdfPaper(None, [Text("work_report.no_libreoffice")])
    made = await _convert(office, await asyncio.to_thread(pdf_copy, content))
    if made is None:
        return PdfPaper(None, [Text("work_report.no_pdf")])
    missing = await _missing_fonts()
    return PdfPaper(made, [Text("work_report.other_fonts", fonts=missing)] if missing else [])


async def _convert(office: str, content: bytes) -> bytes | None:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "report.docx"
        await asyncio.to_thread(source.write_bytes, content)
        # A profile of its own: another LibreOffice may be running.
        profile = f"-env:UserInstallation=file://{folder}/profile"
        command = (office, profile, "--headless", "--norestore", "--convert-to", "pdf", "--outdir", folder)
        process = await asyncio.create_subprocess_exec(
            *_LIMITED,
            *command,
            str(source),
            stdin=DEVNULL,
            stdout=DEVNULL,
            stderr=DEVNULL,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(_SECONDS):
                await process.wait()
        except TimeoutError:
            log.warning("a PDF takes too long")
            return None
        finally:
            # Not the script alone: what it has started works on, and would write into a folder that is gone.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        made = source.with_suffix(".pdf")
        return await asyncio.to_thread(made.read_bytes) if made.exists() else None


async def _missing_fonts() -> list[str]:
    """The official fonts that are not installed; all of them, where that cannot be known."""
    listing = shutil.which("fc-list")
    if listing is None:
        return list(FALLBACKS)
    process = await asyncio.create_subprocess_exec(listing, ":", "family", stdin=DEVNULL, stdout=PIPE)
    families, _ = await process.communicate()
    there = {name.strip() for line in families.decode().splitlines() for name in line.split(",")}
    return [font for font in FALLBACKS if font not in there]
