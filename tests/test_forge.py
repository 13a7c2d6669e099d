"""The fork server outlives those who are killed while they wait for its answer."""

from __future__ import annotations

import json
import os
import socket

from tests.support.forking import PROGRAM
from tests.support.processes import Forge, plain_environment


async def test_who_is_killed_ends_no_other(forge: Forge) -> None:
    job = {"module": PROGRAM, "argv": ["--help"], "env": plain_environment(), "cwd": "/", "patches": {}}
    nothing = os.open(os.devnull, os.O_RDWR)
    for _ in range(20):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(forge.path)
        socket.send_fds(connection, [json.dumps(job).encode()], [nothing, nothing, nothing])
        connection.close()
    os.close(nothing)
    done = await forge.run("--help", env={})
    assert done.code == 0
    assert "work-report" in done.out
