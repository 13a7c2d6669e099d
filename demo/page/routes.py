"""The page's addresses: the page itself, acts, uploads, and files of the chats. Loopback only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from importlib import resources
from typing import Any, Final
from urllib.parse import quote, urlsplit

import structlog
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from nicegui import ui
from nicegui.language import Language
from starlette.datastructures import UploadFile

from demo.page import samples
from demo.page.act import MOST_TOGETHER
from demo.page.acts import perform, upload
from demo.page.desk import Desk
from demo.page.district import District
from demo.page.errors import PageError
from demo.page.rendering import Rendering
from demo.page.walk import Walk
from demo.page.words import PageWords
from locales import COMPLETE
from sandbox.media import MAX_DOWNLOAD, image_type

log = structlog.get_logger(__name__)
_MOST_DIGITS: Final = 18
HOSTS: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
_LANGUAGES: Final[Mapping[str, Language]] = {"zh": "zh-CN", "en": "en-US"}


class OwnPageOnly:
    """Answers requests of this very page alone: other sites may not act here by their visitors' browsers."""

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self.app = app

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope.get("headers", [])}
        host, origin = headers.get("host", ""), headers.get("origin")
        known = host.rpartition(":")[0] in HOSTS or host in HOSTS
        if scope["type"] == "lifespan" or (known and (origin is None or urlsplit(origin).netloc == host)):
            await self._answer(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await Response("403", 403)(scope, receive, send)

    async def _answer(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        gone = False

        async def received() -> Any:
            nonlocal gone
            message = await receive()
            gone = gone or message["type"] == "http.disconnect"
            return message

        try:
            await self.app(scope, received, send)
        except RuntimeError:
            # Starlette complains of an answer that is missing, because nobody waits for it any more.
            if not gone:
                raise


def add_routes(app: FastAPI, district: District, walk: Walk) -> None:
    """Give the application everything that the page asks for."""

    @app.post("/act")
    async def act(request: Request) -> JSONResponse:
        return await _answered(request, lambda: _act(request, district, walk))

    @app.post("/upload")
    async def upload(request: Request) -> JSONResponse:
        return await _answered(request, lambda: _upload(request, district, walk))

    @app.get("/files/{file_id}")
    async def file(file_id: str, download: bool = False) -> Response:
        return _file(district, file_id, download=download)

    @app.get("/samples/{name}.jpg")
    async def sample(name: str) -> Response:
        if name not in samples.NAMES:
            return Response(status_code=404)
        return Response(samples.photo(name), media_type="image/jpeg")

    for language in COMPLETE:
        _add_page(district, walk, language)
    app.add_middleware(OwnPageOnly)


def _add_page(district: District, walk: Walk, language: str) -> None:
    """One page a language: a browser has to be told the language before it reads."""
    static = resources.files("demo.page") / "static"
    words = PageWords(language)
    more = {"bot": district.world.bot.username, "most_bytes": MAX_DOWNLOAD}
    dialogs = Rendering(words)("dialogs", words={**words.of_browser(), **more})
    style = (static / "style.css").read_text("utf-8")
    script = (static / "acting.js").read_text("utf-8")

    @ui.page(f"/{language}", title=words("page.title"), language=_LANGUAGES[language])
    def page(chat: str = "") -> None:
        ui.add_head_html(f"<style>{style}</style>")
        ui.add_body_html(f"{dialogs}<script>{script}</script>")
        desk = Desk(district, walk, words)
        desk.build(int(chat) if _is_number(chat) else 0)
        _follow(district, desk)


def _follow(district: District, desk: Desk) -> None:
    """Let a window follow the changes while it is open: one that is closed has nothing on its screen."""
    client = ui.context.client

    def opened() -> None:
        district.watchers.add(desk.look)
        district.changed()

    def closed() -> None:
        if not client.has_socket_connection:
            district.watchers.discard(desk.look)

    client.on_connect(opened)
    client.on_disconnect(closed)


async def _answered(request: Request, work: Callable[[], Awaitable[dict[str, Any]]]) -> JSONResponse:
    """What an act says; what cannot be done is one sentence, and what should not happen is logged."""
    language = request.query_params.get("lang", "")
    words = PageWords(language if language in COMPLETE else COMPLETE[-1])
    try:
        return JSONResponse(await work())
    except PageError as error:
        return JSONResponse({"error": words.say(error.text)})
    except Exception:
        log.exception("an act of the page failed")
        return JSONResponse({"error": words("page.error.internal")}, 500)


async def _act(request: Request, district: District, walk: Walk) -> dict[str, Any]:
    try:
        given = await request.json()
    except ValueError:
        raise PageError("page.error.unreadable") from None
    if not isinstance(given, dict):
        raise PageError("page.error.unreadable")
    return await perform(district, walk, given)


async def _upload(request: Request, district: District, walk: Walk) -> dict[str, Any]:
    """Send the files that the browser uploads: photos as photos, or anything as documents."""
    try:
        form = await request.form(max_files=MOST_TOGETHER + 1)
    except HTTPException:
        raise PageError("page.error.unreadable") from None
    try:
        given: dict[str, Any] = {
            name: int(value) for name, value in form.items() if isinstance(value, str) and _is_number(value)
        }
        sent = [one for one in form.getlist("files") if isinstance(one, UploadFile)]
        bodies = [(one.filename or "file", await _body(one)) for one in sent]
        photos = form.get("kind") == "photo"
        given["text"] = form.get("text", "")
    finally:
        await form.close()
    if not bodies:
        raise PageError("page.error.empty")
    if photos:
        _check_pictures(bodies)
    return await upload(district, walk, given, bodies, photos=photos)


def _is_number(value: str) -> bool:
    digits = value.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS


async def _body(sent: UploadFile) -> bytes:
    """A file's bytes. PageError: Telegram's bots cannot fetch files of that size, or it is empty."""
    name = sent.filename or ""
    if (sent.size or 0) > MAX_DOWNLOAD:
        raise PageError("page.error.too_big", name=name)
    body = await sent.read()
    if not body:
        raise PageError("page.error.empty_file", name=name)
    return body


def _check_pictures(bodies: list[tuple[str, bytes]]) -> None:
    for name, body in bodies:
        if image_type(body)[0] is None:
            raise PageError("page.error.no_picture", name=name)


def _file(district: District, file_id: str, *, download: bool) -> Response:
    """A file of a chat. Only pictures are shown; anything else is downloaded, so that it cannot act here."""
    stored = district.world.files.get(file_id)
    if stored is None:
        return Response(status_code=404)
    mime = image_type(stored.data)[0]
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=3600"}
    if download or mime is None:
        media = district.world.files.media_of(stored)
        name = media.get("file_name", "file") if isinstance(media, dict) else "photo.jpg"
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return Response(stored.data, media_type=mime or "application/octet-stream", headers=headers)
