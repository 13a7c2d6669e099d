"""The demo in a process of the fork server, and the program's processes that it starts from there, too.

Its first argument is the command that starts the program, as JSON; the arguments of ``chuangcheng`` follow.
"""

from __future__ import annotations

import json
import sys

import bot.cli
import demo.stage.processes


def main() -> None:
    vars(demo.stage.processes)["_PROGRAM"] = tuple(json.loads(sys.argv.pop(1)))
    bot.cli.main()
