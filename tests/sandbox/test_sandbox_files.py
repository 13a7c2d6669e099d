"""Files: uploaded, fetched, sent again, refused."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from telegram import Bot, InputMediaDocument, InputMediaPhoto, InputMediaVideo
from telegram.error import BadRequest, NetworkError

from sandbox.client import SandboxClient
from sandbox.media import generate_png, image_size
from sandbox.shapes import UserRecord
from sandbox.testing import RunningSandbox
from tests.sandbox.conftest import Api

JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
    b"\xff\xc0\x00\x11\x08\x01\xe0\x02\x80\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01\xff\xd9"
)


async def test_a_persons_photo_reaches_the_bot(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    picture = generate_png("清理后", width=1600, height=1200)
    sent = await people.send_photo(user.id, user.id, picture, caption="清理违规广告牌匾576处")
    message = (await bot.get_updates())[-1].message
    assert message is not None
    assert message.caption == "清理违规广告牌匾576处"
    assert [(p.width, p.height) for p in message.photo] == [(90, 67), (320, 240), (800, 600), (1280, 960)]
    assert len({p.file_unique_id for p in message.photo}) == 4
    file = await message.photo[-1].get_file()
    assert bytes(await file.download_as_bytearray()) == picture
    assert message.photo[-1].file_id == sent.file_id
    assert file.file_size == len(picture)


async def test_a_document_by_file_id_again(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    await people.send_document(user.id, user.id, b"a;b", name="台账.csv", caption="佐证")
    message = (await bot.get_updates())[-1].message
    assert message is not None
    document = message.document
    assert document is not None
    assert (document.file_name, document.mime_type, document.file_size) == ("台账.csv", "text/csv", 3)
    again = await bot.send_document(user.id, document.file_id, caption="转发佐证")
    assert again.document is not None
    assert again.document.to_dict() == document.to_dict()
    assert await people.file(document.file_id) == b"a;b"
    with pytest.raises(BadRequest, match="Can't use file of type document as photo"):
        await bot.send_photo(user.id, document.file_id)


async def test_the_bot_uploads(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    chart = generate_png("日报", width=900, height=600)
    photo = await bot.send_photo(user.id, chart, caption="<b>日报</b>", parse_mode="HTML")
    assert [(e.type, e.offset, e.length) for e in photo.caption_entities] == [("bold", 0, 2)]
    assert photo.photo[-1].width == 900
    report = io.BytesIO(b"PK\x03\x04 docx")
    sent = await bot.send_document(user.id, report, filename="工作情况汇报.docx", caption="报告")
    assert sent.document is not None
    assert sent.document.file_name == "工作情况汇报.docx"
    assert sent.document.mime_type is not None
    assert sent.document.mime_type.endswith("wordprocessingml.document")
    seen = await people.messages(user.id, sender="bot")
    assert [(m.kind, m.text) for m in seen] == [("photo", "日报"), ("document", "报告")]
    assert await people.file(str(seen[0].file_id)) == chart
    assert await people.file(str(seen[1].file_id)) == b"PK\x03\x04 docx"


async def test_albums(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    theirs = await people.send_media_group(user.id, user.id, count=3, caption="整治前后")
    got = [u.message for u in await bot.get_updates() if u.message and u.message.photo]
    assert len({m.media_group_id for m in got}) == 1
    assert [m.caption for m in got] == ["整治前后", None, None]
    known = InputMediaPhoto(str(theirs[0].file_id), caption="<i>前</i>", parse_mode="HTML")
    mine = await bot.send_media_group(user.id, [known, InputMediaPhoto(generate_png("后"))])
    assert [m.media_group_id == mine[0].media_group_id for m in mine] == [True, True]
    assert mine[0].caption_entities[0].type == "italic"
    assert mine[1].photo[-1].file_size == len(generate_png("后"))
    papers = [InputMediaDocument(b"1", filename="1.txt"), InputMediaDocument(b"2", filename="2.txt")]
    sent = await bot.send_media_group(user.id, papers, caption="附件")
    assert [m.document.file_name for m in sent if m.document] == ["1.txt", "2.txt"]


async def test_refused_files(people: SandboxClient, bot: Bot, user: UserRecord, api: Api) -> None:
    small = "https://example.org/a.png"
    here: dict[str, Any] = {"chat_id": user.id}
    mixed = json.dumps([{"type": "photo", "media": "x"}, {"type": "document", "media": "y"}])
    cases = [
        ("sendPhoto", here | {"photo": "no such file"}, "wrong file identifier/HTTP URL specified"),
        ("sendPhoto", here, "there is no photo in the request"),
        ("sendDocument", here, "there is no document in the request"),
        ("sendPhoto", here | {"photo": small}, "failed to get HTTP URL content"),
        ("sendMediaGroup", here, "there are no messages to send"),
        ("sendMediaGroup", here | {"media": json.dumps([{}] * 11)}, "too many messages to send as an album"),
        ("sendMediaGroup", here | {"media": mixed}, "document can't be mixed with other media types"),
        ("getFile", {"file_id": "nothing"}, "invalid file_id"),
        ("sendPhoto", here | {"photo": "x", "caption": "长" * 1025}, "message caption is too long"),
    ]
    answers = [(await api(method, **parameters)).json().get("description") for method, parameters, _ in cases]
    assert answers == [f"Bad Request: {description}" for _, _, description in cases]
    with pytest.raises(BadRequest, match="Image_process_failed"):
        await bot.send_photo(user.id, b"no picture")
    with pytest.raises(BadRequest, match="Photo_invalid_dimensions"):
        await bot.send_photo(user.id, generate_png(width=2100, height=100))
    with pytest.raises(BadRequest, match="File must be non-empty"):
        await bot.send_document(user.id, b"")


async def test_a_caption_of_1024_units_passes(bot: Bot, user: UserRecord) -> None:
    assert (await bot.send_photo(user.id, generate_png(), caption="长" * 1024)).caption == "长" * 1024


async def test_files_that_are_too_big(
    telegram: RunningSandbox, people: SandboxClient, bot: Bot, user: UserRecord
) -> None:
    big = await people.send_document(user.id, user.id, name="视频.zip", size=20 * 1024 * 1024 + 1)
    with pytest.raises(BadRequest, match="File is too big"):
        await bot.get_file(str(big.file_id))
    edge = await people.send_document(user.id, user.id, name="视频.zip", size=20 * 1024 * 1024)
    assert (await bot.get_file(str(edge.file_id))).file_size == 20 * 1024 * 1024
    await people.set_max_upload(10_000)
    with pytest.raises(NetworkError, match="Request Entity Too Large") as caught:
        await bot.send_document(user.id, b"x" * 20_000)
    assert type(caught.value) is NetworkError
    assert [c.status for c in await people.calls("sendDocument")] == [413]


async def test_other_kinds(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    with_file = ("video", "voice", "audio", "animation", "video_note", "sticker")
    kinds = (*with_file, "contact", "poll", "venue", "dice")
    for kind in kinds:
        await people.send_other(user.id, user.id, kind)
    await people.send_location(user.id, user.id, 31.2, 121.4)
    got = [u.message for u in await bot.get_updates()][1:]
    assert len(got) == len(kinds) + 1
    assert all(getattr(message, kind) is not None for message, kind in zip(got, kinds, strict=False))
    assert got[-1] is not None
    assert got[-1].location is not None
    assert (got[-1].location.latitude, got[-1].location.longitude) == (31.2, 121.4)
    assert [m.kind for m in await people.messages(user.id)][1:] == [*kinds[:8], "venue", "dice", "location"]


async def test_a_video_is_sent_again(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    """A video goes out by its id, alone and among an album's photos; a document is refused there."""
    video = (await people.send_other(user.id, user.id, "video", {"duration": 7})).file_id or ""
    photo = (await people.send_photo(user.id, user.id)).file_id or ""
    alone = await bot.send_video(user.id, video, caption="整改后")
    assert alone.video is not None
    assert (alone.video.file_id, alone.caption) == (video, "整改后")
    sent = await bot.send_media_group(user.id, [InputMediaPhoto(photo), InputMediaVideo(video)])
    assert len({message.media_group_id for message in sent} - {None}) == 1
    assert sent[1].video == alone.video
    assert [m.kind for m in await people.messages(user.id, sender="bot")][-3:] == ["video", "photo", "video"]
    with pytest.raises(BadRequest, match=r"(?i)can't use file of type photo as video"):
        await bot.send_video(user.id, photo)


async def test_a_forwarded_photo(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    other = await people.create_user("环卫处联络员")
    await people.start(other.id)
    original = await people.send_photo(other.id, other.id, caption="清运垃圾")
    await people.forward(user.id, user.id, other.id, original.message_id)
    message = (await bot.get_updates())[-1].message
    assert message is not None
    assert message.forward_origin is not None
    assert message.forward_origin.to_dict()["sender_user"]["id"] == other.id
    assert message.photo[-1].file_id == original.file_id


def test_picture_sizes_are_read() -> None:
    assert image_size(JPEG) == (640, 480)
    assert image_size(generate_png(width=33, height=44)) == (33, 44)
    assert image_size(b"") == (1280, 960)
