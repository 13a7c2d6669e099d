"""A process that stands for a command of the fork server, for those who start processes themselves.

``python tests/support/forged.py SOCKET JOB ARGUMENTS…``: see ``Forge.command``. It passes its own streams,
environment and folder on, and each signal that ends a process in order, and ends as the command ends.
It imports nothing of ours, and so it starts at once.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys

PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    path, job, *arguments = sys.argv[1:]
    # A signal that comes before the command has begun waits until it has.
    signal.pthread_sigmask(signal.SIG_BLOCK, PASSED_ON)
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)
    body = json.loads(job) | {"argv": arguments, "env": dict(os.environ), "cwd": os.getcwd()}  # noqa: PTH109
    socket.send_fds(connection, [json.dumps(body).encode()], [0, 1, 2])
    answers = connection.makefile("r")
    pid = int(json.loads(answers.readline())["pid"])
    for number in PASSED_ON:
        signal.signal(number, lambda number, _frame: os.kill(pid, number))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, PASSED_ON)
    code = int(json.loads(answers.readline())["code"])
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    return code


if __name__ == "__main__":
    sys.exit(main())
