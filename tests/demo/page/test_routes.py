"""The page's addresses: own page only, files that cannot act, uploads, and errors that are said."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import structlog
from fastapi import FastAPI

from demo.page import acts, samples
from demo.page.chat_views import MessageView, ViewMaker
from demo.page.district import District
from demo.page.rendering import Rendering
from demo.page.routes import add_routes
from demo.page.walk import Walk
from demo.page.words import PageWords
from sandbox import speaking
from sandbox.media import MAX_DOWNLOAD, generate_png
from sandbox.testing import running
from tests.demo.page.small_district import NAMES, small_district

HOST = "http://127.0.0.1:8765"


@pytest.fixture
def district(tmp_path: Path) -> District:
    return small_district(tmp_path)


@pytest.fixture
def contact(district: District) -> int:
    return district.resident(NAMES[0]).id


@pytest.fixture
async def client(district: District) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    add_routes(app, district, Walk(district))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HOST) as opened:
        yield opened


def files(*bodies: tuple[str, bytes]) -> list[tuple[str, tuple[str, bytes]]]:
    return [("files", body) for body in bodies]


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example.org"},
        {"Host": "127.0.0.1.evil.example.org:8765"},
        {"Origin": "https://evil.example.org"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "null"},
    ],
)
async def test_other_sites_may_do_nothing(
    client: httpx.AsyncClient, district: District, contact: int, headers: dict[str, str]
) -> None:
    before = len(district.world.chats[contact].messages)
    given = {"act": "send_text", "chat": contact, "user": contact, "text": "x"}
    answer = await client.post("/act", json=given, headers=headers)
    assert answer.status_code == 403
    assert len(district.world.chats[contact].messages) == before


@pytest.mark.parametrize("origin", [HOST, None])
async def test_the_own_page_acts(
    client: httpx.AsyncClient, district: District, contact: int, origin: str | None
) -> None:
    given = {"act": "send_text", "chat": contact, "user": contact, "text": "你好"}
    headers = {"Origin": origin} if origin else {}
    assert (await client.post("/act", json=given, headers=headers)).json() == {}
    assert list(district.world.chats[contact].messages.values())[-1].words == "你好"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7"])
async def test_an_unreadable_act_is_one_sentence(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post("/act", content=body)
    assert (answer.status_code, answer.json()) == (
        200,
        {"error": "无法识别该操作，请刷新页面后再试。"},
    )


async def test_an_internal_error_is_logged_and_not_shown(
    client: httpx.AsyncClient, contact: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(acts, "check_length", fail)
    with structlog.testing.capture_logs() as logs:
        given = {"act": "send_text", "chat": contact, "user": contact, "text": "x"}
        answer = await client.post("/act", json=given)
    assert (answer.status_code, "secret" in answer.text) == (500, False)
    assert [line["event"] for line in logs] == ["an act of the page failed"]


async def test_photos_and_documents_are_sent(
    client: httpx.AsyncClient, district: District, contact: int
) -> None:
    where = {"chat": str(contact), "user": str(contact), "text": "两张"}
    both = files(("a.jpg", samples.photo("stall")), ("b.jpg", samples.photo("clean")))
    assert (await client.post("/upload", data={**where, "kind": "photo"}, files=both)).json() == {}
    first, second = list(district.world.chats[contact].messages.values())[-2:]
    assert (first.kind, first.words, first.media_group_id) == ("photo", "两张", second.media_group_id)
    one = files(("表.xlsx", b"PK"))
    assert (await client.post("/upload", data={**where, "kind": "document"}, files=one)).json() == {}
    sent = list(district.world.chats[contact].messages.values())[-1]
    assert (sent.content["document"]["file_name"], sent.media_group_id) == ("表.xlsx", None)


async def test_a_bots_picture_is_shown_and_replaced(
    client: httpx.AsyncClient, district: District, contact: int
) -> None:
    """A new picture has a new address, so no browser shows the old one from its cache."""
    before, after = generate_png("昨天"), generate_png("今天")
    addresses = []
    async with running(district.world) as telegram, httpx.AsyncClient(trust_env=False) as http:
        base = f"{telegram.base_url}{telegram.token}"
        where = {"chat_id": str(contact)}
        answer = await http.post(f"{base}/sendPhoto", data=where, files={"photo": before})
        where["message_id"] = str(answer.json()["result"]["message_id"])
        addresses.append(await _picture(client, district, contact, before, edited=False))
        media = '{"type": "photo", "media": "attach://new", "caption": "今日排行"}'
        await http.post(f"{base}/editMessageMedia", data=where | {"media": media}, files={"new": after})
        addresses.append(await _picture(client, district, contact, after, edited=True))
    assert addresses[0] != addresses[1]
    assert (await client.get(addresses[0])).content == before


async def _picture(
    client: httpx.AsyncClient, district: District, contact: int, body: bytes, *, edited: bool
) -> str:
    """The address of the one picture in the last message, at which are these bytes."""
    view = ViewMaker(district, PageWords("zh"), contact).messages(district.world.chats[contact])[-1]
    assert isinstance(view, MessageView)
    assert (view.edited, [file.kind for file in view.files]) == (edited, ["photo"])
    address = view.files[0].url
    assert f'<img src="{address}" alt="照片"' in Rendering(PageWords("zh"))("message", m=view)
    shown = await client.get(address)
    assert (shown.content, shown.headers["content-type"]) == (body, "image/png")
    return address


@pytest.mark.parametrize(
    ("kind", "bodies", "sentence"),
    [
        ("photo", [("a.txt", b"words")], "不是图片"),
        ("document", [("a.txt", b"")], "空文件"),
        ("document", [], "请先写几个字，或选择一个文件。"),
        ("document", [("a.bin", b"x" * (MAX_DOWNLOAD + 1))], "超过20MB"),
    ],
)
async def test_bad_files_are_one_sentence(
    client: httpx.AsyncClient,
    district: District,
    contact: int,
    kind: str,
    bodies: list[tuple[str, bytes]],
    sentence: str,
) -> None:
    before = len(district.world.chats[contact].messages)
    where = {"chat": str(contact), "user": str(contact), "kind": kind}
    answer = await client.post("/upload", data=where, files=files(*bodies) or None)
    assert sentence in answer.json()["error"]
    assert len(district.world.chats[contact].messages) == before


async def test_only_pictures_are_shown(client: httpx.AsyncClient, district: District, contact: int) -> None:
    photo = speaking.photo_content(district.world, samples.photo("stall"), None)["photo"][-1]
    page = speaking.document_content(district.world, "页.html", b"<script>alert(1)</script>", None)[
        "document"
    ]
    shown = await client.get(f"/files/{photo['file_id']}")
    assert (shown.headers["content-type"], shown.content) == ("image/jpeg", samples.photo("stall"))
    assert "content-disposition" not in shown.headers
    kept = await client.get(f"/files/{page['file_id']}")
    assert kept.headers["content-type"] == "application/octet-stream"
    assert kept.headers["content-disposition"] == "attachment; filename*=UTF-8''%E9%A1%B5.html"
    assert kept.headers["x-content-type-options"] == "nosniff"
    assert (await client.get("/files/none")).status_code == 404


async def test_samples(client: httpx.AsyncClient) -> None:
    for name in samples.NAMES:
        answer = await client.get(f"/samples/{name}.jpg")
        assert answer.content.startswith(b"\xff\xd8\xff")
    assert (await client.get("/samples/other.jpg")).status_code == 404
