"""A process that has everything imported and forks once per command: starting one takes milliseconds.

``python -m tests.support.forking SOCKET`` prints a line when it listens. It imports nothing before the first
connection, for many a run starts no process. Each connection is one command.
The server receives a JSON object {"module", "argv", "env", "cwd", "patches"} with three file descriptors
(stdin, stdout, stderr). It answers {"pid"}, and at the command's end {"code"}, one line each. If a connection
closes, its command is killed with SIGKILL; if the server's own stdin ends, all commands are killed. The
child is an ordinary process that runs the module's ``main``, which is mostly that of ``bot.cli``.
"""

from __future__ import annotations

import gc
import importlib
import io
import json
import os
import select
import selectors
import signal
import socket
import sys
import tempfile
import threading
import traceback
from contextlib import redirect_stdout, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from locales import CATALOGUE, LOCALES

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

# The modules that the commands import when they run.
PRELOADED: Final = (
    "alembic.command",
    "aiosqlite",
    "anyio._backends._asyncio",
    "bot.app",
    "bot.cli",
    "bot.commands.imports",
    "bot.commands.invitations",
    "bot.commands.quantities",
    "bot.commands.command_context",
    "bot.commands.serving",
    "bot.commands.job_worker",
    "bot.commands.paper_worker",
    "bot.commands.picture_worker",
    "bot.commands.template_worker",
    "bot.commands.ticking",
    "docx",
    "httpcore",
    "openpyxl",
    "psycopg",
    "reports.order_docx",
    "reports.pictures.png",
    "reports.sheets",
    "reports.tally_docx",
    "reports.work_report_docx",
    "reports.work_report_template",
    "rules.progress.quantities.reader",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite.aiosqlite",
    "tests.support.crashing",
    "tests.support.demonstrating",
    "tests.support.committing",
    "tests.support.ticking",
)
PROGRAM: Final = "bot.cli"
FORGED: Final = Path(__file__).with_name("forged.py")
Job = dict[str, Any]


class Server:
    """Waits for new commands and for running commands to end; it never starts a thread."""

    def __init__(self, listener: socket.socket) -> None:
        self._selector = selectors.DefaultSelector()
        self._listener = listener
        self._ended, ring = socket.socketpair()
        for end in (self._ended, ring):
            end.setblocking(False)
        self._ring = ring
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(ring.fileno(), warn_on_full_buffer=False)
        self._children: dict[int, socket.socket] = {}
        for source in (self._listener, self._ended, sys.stdin):
            self._selector.register(source, selectors.EVENT_READ)

    def serve(self) -> Job | None:
        """Serve until stdin ends, then return None; in a forked child, return the job to do."""
        while True:
            for key, _ in self._selector.select():
                source = key.fileobj
                if source is sys.stdin:
                    self._kill_all()
                    return None
                if source is self._ended:
                    self._ended.recv(4096)
                    self._reap()
                elif source is self._listener:
                    self._selector.register(self._listener.accept()[0], selectors.EVENT_READ)
                elif isinstance(source, socket.socket) and (job := self._talk(source)) is not None:
                    return job

    def _talk(self, connection: socket.socket) -> Job | None:
        """Read one connection: start its command, or forget the connection if it has ended."""
        try:
            body, descriptors, _, _ = socket.recv_fds(connection, 1 << 20, 3)
        except ConnectionError:  # who asked for it has been killed
            body = b""
        if not body:
            self._forget(connection)
            return None
        pid = os.fork()
        if pid == 0:
            self._become_child(descriptors)
            job: Job = json.loads(body)
            return job
        for descriptor in descriptors:
            os.close(descriptor)
        self._children[pid] = connection
        try:
            connection.sendall(json.dumps({"pid": pid}).encode() + b"\n")
        except OSError:  # who asked for it has been killed meanwhile
            self._forget(connection)
        return None

    def _become_child(self, descriptors: list[int]) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for number, descriptor in enumerate(descriptors):
            os.dup2(descriptor, number)
            os.close(descriptor)
        # The child opens its own streams: the server's streams belong to the old descriptors.
        sys.stdin = os.fdopen(0, closefd=False)
        sys.stdout = os.fdopen(1, "w", closefd=False)
        sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace", closefd=False)
        self._selector.close()
        for end in (self._listener, self._ended, self._ring, *self._children.values()):
            end.close()

    def _forget(self, connection: socket.socket) -> None:
        self._selector.unregister(connection)
        for pid, owner in list(self._children.items()):
            if owner is connection:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                del self._children[pid]
        connection.close()

    def _reap(self) -> None:
        for pid, connection in list(self._children.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                del self._children[pid]
                code = os.waitstatus_to_exitcode(status)
                with suppress(OSError):  # as above; its connection is forgotten when it is read
                    connection.sendall(json.dumps({"code": code}).encode() + b"\n")

    def _kill_all(self) -> None:
        for pid in self._children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def command_at(path: str, module: str = PROGRAM, **patches: Any) -> tuple[str, ...]:
    """The command of a process that comes from the server at ``path``; what follows are its arguments.

    It runs ``main`` of the module, with its own environment and folder. ``patches``: see
    ``tests.support.crashing.apply``.
    """
    job = json.dumps({"module": module, "patches": patches})
    return (sys.executable, "-I", "-S", str(FORGED), path, job)


def perform(job: Job, path: str) -> None:
    """Run the program in this forked process, as its console script does, and end the process."""
    # Its own workers come from here, too.
    vars(importlib.import_module("bot.workers.worker_process"))["PROGRAM"] = command_at(path)
    os.chdir(job["cwd"])
    os.environ.clear()
    os.environ.update(job["env"])
    sys.argv = ["chuangcheng", *job["argv"]]
    importlib.import_module("tests.support.crashing").apply(job["patches"])
    code = 0
    try:
        importlib.import_module(job["module"]).main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
        code = 1
    # A thread that does not end keeps an ordinary process alive, and so it does here. Taking all modules
    # apart would only cost time.
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and not thread.daemon:
            thread.join()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def share_statements() -> None:
    """Let all engines on SQLite use what the first one has compiled, in forked processes, too."""
    db = importlib.import_module("models.db")
    make, made = db._sqlite_engine, []

    def engine(url: str) -> AsyncEngine:
        one: AsyncEngine = make(url)
        made.append(one.sync_engine)
        one.sync_engine.dialect = made[0].dialect
        one.sync_engine._compiled_cache = made[0]._compiled_cache
        return one

    vars(db)["_sqlite_engine"] = engine


def warm_up() -> None:
    """Make what a first command has to make, mostly by running one: mappers, texts, parsers, certificates."""
    with tempfile.TemporaryDirectory(prefix="chuangcheng-warm-") as folder, redirect_stdout(io.StringIO()):
        os.environ["CHUANGCHENG_BOT_TOKEN"] = "1:a"
        os.environ["CHUANGCHENG_DATABASE_URL"] = f"sqlite+aiosqlite:///{folder}/warm.db"
        sys.argv = ["chuangcheng", "tick", "--dry-run"]
        with suppress(SystemExit):
            importlib.import_module("bot.cli").main()
    importlib.import_module("bot.certificates").trusted()
    for locale in LOCALES:
        CATALOGUE.own(locale)


def main(path: str) -> None:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    ready, _, _ = select.select([listener, sys.stdin], [], [])
    if listener not in ready:
        return
    for name in PRELOADED:
        importlib.import_module(name)
    share_statements()
    warm_up()
    gc.collect()
    gc.freeze()
    job = Server(listener).serve()
    if job is not None:
        perform(job, path)


if __name__ == "__main__":
    main(sys.argv[1])
