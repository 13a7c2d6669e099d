"""The client's connection to the control API."""

from __future__ import annotations

import json
import ssl
from types import TracebackType
from typing import Any, Self

import httpx

# A wait on the server must end before the connection's own time-out.
_GRACE = 10.0


class ControlError(Exception):
    """The control API said no. The text says why."""


class NothingCameError(ControlError):
    """A wait ran out. The text tells what was there instead."""


class Connection:
    """One keep-alive connection pool to a sandbox's ``control_url``."""

    def __init__(self, control_url: str) -> None:
        # Loopback is plain HTTP, so no certificates are loaded, which would take longer than most tests.
        no_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        base = control_url.rstrip("/") + "/"
        self._http = httpx.AsyncClient(base_url=base, timeout=_GRACE, trust_env=False, verify=no_tls)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._http.aclose()

    async def act(self, action: str, **arguments: Any) -> Any:
        """Call any action of the control API by name. Arguments that are None are left out."""
        body = {name: value for name, value in arguments.items() if value is not None}
        timeout = float(body.get("timeout", 0)) + _GRACE
        # ASCII, so that a test can send half a surrogate pair, which UTF-8 does not take.
        headers = {"content-type": "application/json"}
        response = await self._http.post(action, content=json.dumps(body), headers=headers, timeout=timeout)
        answer = response.json()
        if response.status_code == httpx.codes.REQUEST_TIMEOUT:
            lines = [str(one.get("text") or one) for one in answer["seen"]]
            raise NothingCameError("\n".join([answer["error"], "instead there was:", *lines]))
        if response.is_error:
            raise ControlError(answer["error"])
        return answer
