"""PgBouncer before PostgreSQL: refused at once where it shares connections, good where it keeps sessions."""

from __future__ import annotations

import pytest
from sqlalchemy.engine import make_url

from locales import Text, plain
from sandbox.client import SandboxClient
from tests.support.pgbouncer import pgbouncer
from tests.support.postgres import PostgresServer
from tests.support.processes import Forge

pytestmark = [
    pytest.mark.both_engines("locks"),
    pytest.mark.parametrize("engine", ["postgres"], indirect=True),
]
STRANGER = 6_100_000_004


def through(bouncer: str, env: dict[str, str]) -> dict[str, str]:
    """The environment of a program that reaches its database through a pooler."""
    url = make_url(env["CHUANGCHENG_DATABASE_URL"])
    return env | {"CHUANGCHENG_DATABASE_URL": f"{url.drivername}://test@{bouncer}/{url.database}"}


@pytest.mark.parametrize("mode", ["transaction", "statement"])
async def test_a_pooler_that_shares_connections_is_refused(
    forge: Forge, env: dict[str, str], people: SandboxClient, postgres: PostgresServer, mode: str
) -> None:
    with pgbouncer(postgres, mode) as bouncer:
        done = await forge.run("run", env=through(bouncer, env), hurry=True)
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines()[-1] == plain(Text("run.pooled_database"))
    assert "Traceback" not in done.err
    assert await people.calls("getUpdates") == []


async def test_a_pooler_that_keeps_sessions_is_good(
    forge: Forge, env: dict[str, str], people: SandboxClient, postgres: PostgresServer
) -> None:
    await people.create_user("过路人", id=STRANGER)
    with pgbouncer(postgres, "session", default_pool_size="50") as bouncer:
        async with forge.program("run", env=through(bouncer, env), hurry=True) as bot:
            await people.send_text(STRANGER, STRANGER, "您好")
            await people.wait_for(STRANGER, contains="您还没有入册")
            second = await forge.run("run", env=through(bouncer, env), hurry=True)
            assert second.err.splitlines()[-1] == plain(Text("run.already_running"))
            assert await bot.stop() == 0, bot.err.text
