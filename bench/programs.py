"""Programs that are measured: the stand-in for Telegram beside them, and the processor time that they use."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from demo.stage.processes import environment, running  # noqa: E402  # the path comes first


def worked(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def sandbox(folder: Path) -> AsyncIterator[dict[str, Any]]:
    """Run the stand-in for Telegram in a process of its own. Yields its addresses and its token."""
    command = (sys.executable, "-m", "sandbox", "--port", "0")
    log = folder / "sandbox.log"
    async with running(command, log=log, folder=ROOT, env=environment({}), pipe=True) as process:
        if process.stdout is None:
            raise RuntimeError("the sandbox has no stdout")
        yield json.loads(await process.stdout.readline())
