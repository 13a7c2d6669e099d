"""The HTTP server of one world: the Bot API, the files, and the control API."""

from __future__ import annotations

import asyncio
import inspect
import ipaddress
import json
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, TypeVar

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.control import ACTIONS, READS, call_action
from sandbox.control_reads import WaitTimeoutError
from sandbox.errors import ApiError, WorldError
from sandbox.faults import Fault, LoggedCall
from sandbox.methods import METHODS, CallContext
from sandbox.params import Params, read_params
from sandbox.world import World

T = TypeVar("T")


class ClientGoneError(Exception):
    """The client closed its connection while its call waited."""


class CutResponse(Response):
    """Closes the connection without a byte of an answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        transport = scope["state"].get("transport")
        if transport is None:
            raise RuntimeError("cutting connections needs the sandbox's own HTTP server")
        transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass


def reply(body: Any, status: int = 200) -> Response:
    """An answer of JSON in ASCII, so that it can hold even half a surrogate pair on purpose."""
    return Response(json.dumps(body), status, media_type="application/json")


async def while_connected(request: Request, work: Awaitable[T]) -> T:
    """The result of `work`. Raises ClientGoneError, and stops the work, if the client hangs up first."""

    async def gone() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    job, watch = asyncio.ensure_future(work), asyncio.ensure_future(gone())
    try:
        await asyncio.wait((job, watch), return_when=asyncio.FIRST_COMPLETED)
        if not job.done():
            raise ClientGoneError
        return job.result()
    finally:
        for task in (job, watch):
            task.cancel()
        await asyncio.gather(job, watch, return_exceptions=True)


def create_app(world: World) -> Starlette:
    """The ASGI application of `world`. It answers loopback clients only."""
    server = _Server(world)
    routes = [
        Route("/file/bot{token}/{path:path}", server.download),
        Route("/bot{token}/{method}", server.bot_api, methods=["GET", "POST"]),
        Route("/control/{action}", server.control, methods=["GET", "POST"]),
    ]
    return Starlette(routes=routes, middleware=[Middleware(DatedAnswers, world=world)])


class DatedAnswers:
    """Gives each answer the `Date` of a server whose clock differs from ours, once a test has set that."""

    def __init__(self, app: ASGIApp, world: World) -> None:
        self.app, self.world = app, world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def dated(message: Message) -> None:
            ahead = self.world.date_ahead
            if message["type"] == "http.response.start" and ahead is not None:
                date = format_datetime(datetime.now(UTC) + timedelta(seconds=ahead), usegmt=True)
                message["headers"] = [*message["headers"], (b"date", date.encode())]
            await send(message)

        await self.app(scope, receive, dated)


class _Server:
    def __init__(self, world: World) -> None:
        self.world = world

    # -- Bot API -----------------------------------------------------------------------------------

    async def bot_api(self, request: Request) -> Response:
        name = request.path_params["method"]
        if request.path_params["token"] != self.world.token:
            return reply(ApiError(401, "Unauthorized").body(), 401)
        if name.lower() not in METHODS:
            self._log(name, Params()).status = 404
            return reply(ApiError(404, "Not Found").body(), 404)
        try:
            params = await read_params(request, max_bytes=self.world.max_upload)
        except ApiError as error:
            self._finish(self._log(name, Params()), error.status, error.description)
            return reply(error.body(), error.status)
        call = self._log(name, params)
        try:
            return await self._answer(request, name, params, call)
        except ClientGoneError:
            return self._cut(call)

    async def _answer(self, request: Request, name: str, params: Params, call: LoggedCall) -> Response:
        fault = self.world.faults.take(name, call.chat_id)
        if fault is not None:
            call.fault = fault.mode
            early = await self._before(request, fault, call)
            if early is not None:
                return early
        try:
            result = METHODS[name.lower()](CallContext(self.world, params, name))
            if inspect.isawaitable(result):
                result = await while_connected(request, result)
        except ApiError as error:
            response = reply(error.body(), error.status)
            status, description = error.status, error.description
        else:
            response, status, description = reply({"ok": True, "result": result}), 200, ""
        if fault is not None and fault.mode in ("drop_after", "hang_after"):
            if fault.mode == "hang_after":
                await self._hang(request, fault)
            return self._cut(call)
        self._finish(call, status, description)
        return response

    async def _before(self, request: Request, fault: Fault, call: LoggedCall) -> Response | None:
        """The answer that a fault gives before the method runs; None lets the method run."""
        if fault.mode == "error":
            error = fault.error()
            self._finish(call, error.status, error.description)
            return reply(error.body(), error.status)
        if fault.mode == "garbage":
            self._finish(call, fault.status, "garbage")
            body = fault.description or "<html>Bad Gateway</html>"
            return Response(body, fault.status, media_type="text/html")
        if fault.mode == "drop_before":
            return self._cut(call)
        if fault.mode == "hang":
            await self._hang(request, fault)
            return self._cut(call)
        if fault.mode == "delay":
            await self._hang(request, fault)
        return None

    async def _hang(self, request: Request, fault: Fault) -> None:
        """Wait out the fault's seconds, or until the faults are cleared or the client gives up."""
        rules = self.world.faults.rules

        def cleared() -> bool | None:
            return None if any(rule is fault for rule in rules) else True

        seconds = 3600.0 if fault.seconds is None else fault.seconds
        await while_connected(request, self.world.signal.until(cleared, seconds))

    def _log(self, name: str, params: Params) -> LoggedCall:
        world = self.world
        call = world.calls.open(
            name,
            monotonic=world.monotonic(),
            at=world.clock.now().isoformat(),
            chat_id=params.integer("chat_id"),
            params=dict(params.values),
        )
        world.signal.fire()
        return call

    def _finish(self, call: LoggedCall, status: int, description: str | None = None) -> None:
        call.status, call.description = status, description or None
        self.world.signal.fire()

    def _cut(self, call: LoggedCall) -> Response:
        self._finish(call, 0, "connection cut")
        return CutResponse()

    async def download(self, request: Request) -> Response:
        """A file's bytes. A test orders faults for it under the name "download"."""
        if request.path_params["token"] != self.world.token:
            return reply(ApiError(401, "Unauthorized").body(), 401)
        call = self._log("download", Params({"path": request.path_params["path"]}))
        fault = self.world.faults.take("download", None)
        stored = self.world.files.at(request.path_params["path"])
        try:
            early = await self._before(request, fault, call) if fault else None
        except ClientGoneError:
            early = self._cut(call)
        if early is not None:
            return early
        self._finish(call, 200 if stored else 404)
        if stored is None:
            return reply(ApiError(404, "Not Found").body(), 404)
        return Response(stored.data, media_type="application/octet-stream")

    # -- control -----------------------------------------------------------------------------------

    async def control(self, request: Request) -> Response:
        name = request.path_params["action"]
        if not _is_loopback(request.client.host if request.client else ""):
            return reply({"error": "the control API answers loopback only"}, 403)
        if "origin" in request.headers:
            # A browser sends it for a script of some site, which must not act as people here.
            return reply({"error": "the control API answers no pages of a browser"}, 403)
        if name not in ACTIONS or (request.method == "GET" and name not in READS):
            return reply({"error": f"no action {name!r}", "actions": sorted(ACTIONS)}, 404)
        try:
            result = call_action(self.world, name, await _arguments(request))
            if inspect.isawaitable(result):
                result = await while_connected(request, result)
        except WaitTimeoutError as error:
            return reply({"error": str(error), "seen": error.seen}, 408)
        except WorldError as error:
            return reply({"error": str(error)}, 400)
        except (ClientGoneError, ClientDisconnect):
            return CutResponse()
        return reply(result)


async def _arguments(request: Request) -> dict[str, Any]:
    if request.method == "GET":
        return {name: _literal(value) for name, value in request.query_params.items()}
    body = await request.body()
    try:
        decoded = json.loads(body) if body.strip() else {}
    except ValueError as error:
        raise WorldError("the body must be JSON") from error
    if not isinstance(decoded, dict):
        raise WorldError("the body must be a JSON object")
    return decoded


def _literal(value: str) -> Any:
    """The value of a query: a number, a list, true or false as such, anything else as text."""
    try:
        return json.loads(value)
    except ValueError:
        return value


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
