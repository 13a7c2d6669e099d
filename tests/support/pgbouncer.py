"""Debian's PgBouncer in front of the tests' PostgreSQL, on a free loopback port."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.support.postgres import PostgresServer, free_port

_USUAL_PLACE: Final = "/usr/sbin"
_SETTINGS: Final = """[databases]
* = host=127.0.0.1 port={server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {users}
pool_mode = {mode}
{more}
"""


@contextmanager
def pgbouncer(server: PostgresServer, mode: str, **settings: str) -> Iterator[str]:
    """Run PgBouncer in ``mode``; yields ``host:port``. Skips the test where there is no such program."""
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', os.defpath)}:{_USUAL_PLACE}")
    if program is None:
        pytest.skip("there is no pgbouncer: apt-get install pgbouncer")
    with tempfile.TemporaryDirectory(prefix="chuangcheng-pgbouncer-") as folder:
        place, port = Path(folder), free_port()
        place.chmod(0o755)
        users, ini = place / "users.txt", place / "pgbouncer.ini"
        users.write_text('"test" ""\n')
        more = "\n".join(f"{name} = {value}" for name, value in settings.items())
        ini.write_text(
            _SETTINGS.format(server=server.port, port=port, users=users, mode=mode, more=more), "utf-8"
        )
        # It refuses to run as root.
        command = [program, *(("-u", "nobody") if os.geteuid() == 0 else ()), str(ini)]
        with subprocess.Popen(command, stderr=subprocess.PIPE) as running:  # noqa: S603  # our own arguments
            try:
                assert running.stderr is not None
                if not any(b"process up" in line for line in running.stderr):
                    raise RuntimeError("pgbouncer did not start")
                yield f"127.0.0.1:{port}"
            finally:
                running.terminate()
