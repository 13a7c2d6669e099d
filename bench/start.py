"""From the start of ``run`` to its first poll, against the sandbox on SQLite, and its memory then.

``start.py [RUNS] [TREE]…`` measures this tree, and other trees of the program in the same run, in turns; it
prints medians. A first start of each, which is not counted, writes what Python compiles and the database.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from programs import memory, sandbox, worked  # noqa: E402  # the path comes first

from demo.stage.processes import environment, running  # noqa: E402
from sandbox.client import SandboxClient  # noqa: E402

RUNS: Final = 5
PROGRAM: Final = "import sys; sys.path.insert(0, {tree!r}); from bot.cli import main; main()"


@dataclass(slots=True)
class Starts:
    """What the starts of a tree have cost: seconds, seconds of processor time, megabytes."""

    seconds: list[float] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)
    resident: list[float] = field(default_factory=list)


async def start(tree: Path, folder: Path, ready: dict[str, Any], starts: Starts) -> None:
    url = f"sqlite+aiosqlite:///{folder}/chuangcheng.db"
    settings = {"DATABASE_URL": url, "LOG_LEVEL": "WARNING", "DATA_DIR": str(folder)}
    api = {"BOT_TOKEN": ready["token"], "API_BASE_URL": ready["base_url"]}
    env = environment(settings | api | {"API_FILE_URL": ready["base_file_url"]})
    command = (sys.executable, "-c", PROGRAM.format(tree=str(tree)), "run")
    async with SandboxClient(ready["control_url"]) as people:
        before = len(await people.calls("getUpdates"))
        began = time.perf_counter()
        async with running(command, log=folder / "bot.log", folder=folder, env=env) as program:
            await people.wait_for_call("getUpdates", count=before + 1, answered=False)
            starts.seconds.append(time.perf_counter() - began)
            starts.worked.append(worked(program.pid))
            starts.resident.append(memory(program.pid))


async def measure(runs: int, trees: list[Path], folder: Path) -> dict[Path, Starts]:
    found = {tree: Starts() for tree in trees}
    for run in range(runs + 1):
        for number, tree in enumerate(trees):
            here = folder / str(number)
            here.mkdir(exist_ok=True)
            async with sandbox(here) as ready:
                await start(tree, here, ready, found[tree] if run else Starts())
    return found


def show(found: dict[Path, Starts]) -> None:
    lines = ["| tree | start to first poll, s | processor time, s | memory, MB |", "|---|--:|--:|--:|"]
    for tree, one in found.items():
        middles = [statistics.median(part) for part in (one.seconds, one.worked, one.resident)]
        lines.append("| {} | {:.2f} | {:.2f} | {:.0f} |".format(tree.name, *middles))
    sys.stdout.write("\n".join(lines) + "\n")


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    trees = [ROOT, *(Path(name).resolve() for name in sys.argv[2:])]
    with tempfile.TemporaryDirectory(prefix="chuangcheng-bench-") as name:
        show(asyncio.run(measure(runs, trees, Path(name))))


if __name__ == "__main__":
    main()
