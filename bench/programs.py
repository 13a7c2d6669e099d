"""Programs that are measured: the stand-in for Telegram beside them, and the processor time that they use."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from product import ROOT

from demo.stage.processes import environment, running

TEN: Final = 10
"""The local hour of a benchmark at any time of day: nags go out in working hours, and no tally does."""


def worked(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> float:
    """Megabytes of memory that a process has now."""
    (line,) = (one for one in Path(f"/proc/{pid}/status").read_text().splitlines() if one.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def zone_at_ten() -> str:
    """A time zone in which it is now between ten and eleven."""
    ahead = (TEN - datetime.now(UTC).hour + 12) % 24 - 12
    return f"Etc/GMT{'-' if ahead >= 0 else '+'}{abs(ahead)}"


@asynccontextmanager
async def sandbox(folder: Path) -> AsyncIterator[dict[str, Any]]:
    """Run the stand-in for Telegram in a process of its own. Yields its addresses and its token."""
    command = (sys.executable, "-m", "sandbox", "--port", "0")
    log = folder / "sandbox.log"
    async with running(command, log=log, folder=ROOT, env=environment({}), pipe=True) as process:
        if process.stdout is None:
            raise RuntimeError("the sandbox has no stdout")
        yield json.loads(await process.stdout.readline())
