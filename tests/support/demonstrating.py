"""The demo in a process of the fork server, and the program's processes that it starts from there, too.

Its first argument is ``{"program": the command that starts the program, "whole": whether all of the sample
is imported, or people alone}``; the arguments of ``chuangcheng`` follow.
"""

from __future__ import annotations

import json
import sys

import bot.cli
import demo.stage.processes
import demo.start
from demo.stage.processes import Stage


async def _nothing(_stage: Stage) -> list[str]:
    return []


def main() -> None:
    said = json.loads(sys.argv.pop(1))
    vars(demo.stage.processes)["_PROGRAM"] = tuple(said["program"])
    if not said["whole"]:
        # What follows the imports comes sooner.
        vars(demo.start).update(import_tasks=_nothing, import_registers=_nothing)
    bot.cli.main()
