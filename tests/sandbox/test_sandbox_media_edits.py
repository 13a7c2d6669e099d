"""A photo, document or video in place of another one or of a text."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMedia,
    InputMediaAnimation,
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    Message,
    MessageEntity,
    ReplyKeyboardMarkup,
)
from telegram.error import BadRequest, NetworkError, RetryAfter

from sandbox.client import SandboxClient
from sandbox.keeping import load, save
from sandbox.media import MAX_PHOTO, generate_png
from sandbox.shapes import UserRecord
from sandbox.testing import RunningSandbox, running
from tests.sandbox.conftest import START, Api, make_bot

BEFORE, AFTER = generate_png("昨天", width=900, height=600), generate_png("今天", width=800, height=800)
BOARD = InlineKeyboardMarkup([[InlineKeyboardButton("明细", callback_data="rows:1")]])


async def _edit(bot: Bot, old: Message, media: InputMedia, **more: Any) -> Message:
    edited = await bot.edit_message_media(media, old.chat.id, old.message_id, **more)
    assert isinstance(edited, Message)
    return edited


async def test_a_picture_takes_the_place_of_another(
    people: SandboxClient, bot: Bot, user: UserRecord
) -> None:
    sent = await bot.send_photo(user.id, BEFORE, caption="昨天", reply_markup=BOARD)
    seen = await people.wait_for(user.id, kind="photo")
    await people.advance_clock(60)
    new = InputMediaPhoto(AFTER, caption="<b>今天</b>", parse_mode="HTML", filename="图.png")
    edited = await _edit(bot, sent, new, reply_markup=BOARD)
    now = await people.wait_for_edit(seen, contains="今天")
    assert (edited.message_id, edited.date) == (sent.message_id, START)
    assert edited.edit_date == START + timedelta(minutes=1)
    assert [entity.type for entity in edited.caption_entities] == ["bold"]
    assert (now.kind, now.html, now.edited, now.labels) == ("photo", "<b>今天</b>", True, ["明细"])
    assert now.revision > seen.revision
    assert (edited.photo[-1].width, edited.photo[-1].file_id) == (800, now.file_id)
    assert now.file_id != seen.file_id
    file = await edited.photo[-1].get_file()
    assert bytes(await file.download_as_bytearray()) == AFTER
    old = await sent.photo[-1].get_file()  # as at Telegram, the old file is still there
    assert bytes(await old.download_as_bytearray()) == BEFORE


async def test_what_is_not_given_is_gone(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    sent = await bot.send_photo(user.id, BEFORE, caption="昨天", reply_markup=BOARD)
    edited = await _edit(bot, sent, InputMediaPhoto(sent.photo[0].file_id))
    assert (edited.caption, edited.caption_entities, edited.reply_markup) == (None, (), None)
    assert edited.photo == sent.photo
    seen = (await people.messages(user.id))[-1]
    assert (seen.text, seen.html, seen.buttons) == ("", "", [])
    with pytest.raises(BadRequest, match="Message is not modified: specified new message content"):
        await _edit(bot, sent, InputMediaPhoto(sent.photo[-1].file_id))  # another size of the same photo
    await _edit(bot, sent, InputMediaPhoto(sent.photo[-1].file_id), reply_markup=BOARD)
    with pytest.raises(BadRequest, match="Message is not modified"):
        await _edit(bot, sent, InputMediaPhoto(sent.photo[-1].file_id), reply_markup=BOARD)
    bold = [MessageEntity(MessageEntity.BOLD, 0, 2)]
    captioned = InputMediaPhoto(sent.photo[-1].file_id, caption="今天", caption_entities=bold)
    assert (await _edit(bot, sent, captioned)).caption_entities == tuple(bold)
    with pytest.raises(BadRequest, match="Message is not modified"):
        await _edit(bot, sent, captioned)


async def test_each_kind_takes_the_place_of_each_other(
    people: SandboxClient, bot: Bot, user: UserRecord
) -> None:
    """A text becomes media, too, and no media becomes text again."""
    sent = await bot.send_message(user.id, "<b>生成中…</b>", parse_mode="HTML")
    photo = await _edit(bot, sent, InputMediaPhoto(BEFORE))
    assert (photo.text, photo.entities, len(photo.photo)) == (None, (), 4)
    paper = await _edit(bot, sent, InputMediaDocument(b"a;b", filename="台账.csv", caption="台账"))
    assert paper.document is not None
    assert (paper.document.file_name, paper.document.mime_type) == ("台账.csv", "text/csv")
    assert paper.photo == ()
    film = InputMediaVideo(b"film", width=640, height=99_999, duration=7, filename="整改.mp4")
    video = (await _edit(bot, sent, film)).video
    assert video is not None
    assert (video.width, video.height, video.file_name) == (640, 10_000, "整改.mp4")
    assert video.duration == timedelta(seconds=7)
    assert [m.kind for m in await people.messages(user.id, sender="bot")] == ["video"]
    with pytest.raises(BadRequest, match="There is no text in the message to edit"):
        await bot.edit_message_text("在", user.id, sent.message_id)


async def test_an_album_keeps_its_kind(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    video = str((await people.send_other(user.id, user.id, "video")).file_id)
    photos = await bot.send_media_group(user.id, [InputMediaPhoto(BEFORE), InputMediaPhoto(AFTER)])
    edited = await _edit(bot, photos[0], InputMediaVideo(video, caption="整改后"))
    assert (edited.media_group_id, edited.caption) == (photos[0].media_group_id, "整改后")
    assert (await _edit(bot, photos[0], InputMediaPhoto(AFTER))).photo
    with pytest.raises(BadRequest, match="Can't change media type in the album"):
        await _edit(bot, photos[1], InputMediaDocument(b"x"))
    papers = await bot.send_media_group(user.id, [InputMediaDocument(b"1"), InputMediaDocument(b"2")])
    with pytest.raises(BadRequest, match="Can't change media type in the album"):
        await _edit(bot, papers[0], InputMediaPhoto(AFTER))
    assert (await _edit(bot, papers[0], InputMediaDocument(b"3"))).document
    alone = await bot.copy_message(user.id, user.id, papers[1].message_id)
    await bot.edit_message_media(InputMediaPhoto(AFTER), user.id, alone.message_id)


async def test_messages_that_take_no_media(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    theirs = await people.send_photo(user.id, user.id)
    forwarded = await bot.forward_message(user.id, user.id, theirs.message_id)
    voice = await bot.send_voice(user.id, b"ogg")
    place = await bot.send_location(user.id, 31.2, 121.4)
    asked = await bot.send_message(user.id, "选", reply_markup=ReplyKeyboardMarkup([["任务"]]))
    group = await people.create_group("工作群", members=[user.id], bot="administrator")
    pinned = await bot.send_message(group.id, "在")
    await bot.pin_chat_message(group.id, pinned.message_id)
    refused = [
        (user.id, theirs.message_id),
        *((user.id, one.message_id) for one in (forwarded, voice, place, asked)),
        (group.id, pinned.message_id + 1),
    ]
    for chat, message in refused:
        with pytest.raises(BadRequest, match="Message media can't be edited"):
            await bot.edit_message_media(InputMediaPhoto(AFTER), chat, message)
    await bot.delete_message(user.id, voice.message_id)
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await _edit(bot, voice, InputMediaPhoto(AFTER))
    assert not any(m.edited for m in await people.messages(user.id))


async def test_files_are_refused_as_when_they_are_sent(
    people: SandboxClient, bot: Bot, user: UserRecord
) -> None:
    sent = await bot.send_photo(user.id, BEFORE, caption="昨天", reply_markup=BOARD)
    paper = str((await people.send_document(user.id, user.id)).file_id)
    cases: list[tuple[InputMedia, str]] = [
        (InputMediaPhoto(b""), "File must be non-empty"),
        (InputMediaPhoto(b"no picture"), "Image_process_failed"),
        (InputMediaPhoto(BEFORE[:16] + bytes(8)), "Image_process_failed"),
        (InputMediaPhoto(generate_png(width=2100, height=100)), "Photo_invalid_dimensions"),
        (InputMediaPhoto(generate_png(width=9000, height=1001)), "Photo_invalid_dimensions"),
        (InputMediaPhoto(b"\xff\xd8\xff" + b"x" * MAX_PHOTO), "is too big for a photo"),
        (InputMediaPhoto("photo"), "Wrong file identifier/http url specified"),
        (InputMediaPhoto(paper), "Can't use file of type document as photo"),
        (InputMediaPhoto("https://example.org/a.png"), "Failed to get http url content"),
        (InputMediaPhoto(AFTER, caption="长" * 1025), "Media_caption_too_long"),
        (InputMediaAnimation(b"gif"), 'Can\'t parse inputmedia: type "animation" is unsupported'),
    ]
    for media, reason in cases:
        with pytest.raises(BadRequest, match=f"(?i){reason}"):
            await _edit(bot, sent, media)
    await people.set_max_upload(1000)
    with pytest.raises(NetworkError, match="Request Entity Too Large"):
        await _edit(bot, sent, InputMediaDocument(b"x" * 2000))
    (seen,) = await people.messages(user.id, sender="bot")
    assert (seen.text, seen.labels, seen.edited) == ("昨天", ["明细"], False)
    assert seen.file_id == sent.photo[-1].file_id


def _media(**fields: Any) -> str:
    return json.dumps({"type": "photo", "media": "x"} | fields)


UNREADABLE = "can't parse InputMedia: "
ENTITY = f"{UNREADABLE}Can't parse MessageEntity: "
HOSTILE = [
    ("", 'parameter "media" is required'),
    ("{", "can't parse input media JSON object"),
    ("[" * 100_000, "can't parse input media JSON object"),
    ("[]", f"{UNREADABLE}expected an Object"),
    ("null", f"{UNREADABLE}expected an Object"),
    ('"photo"', f"{UNREADABLE}expected an Object"),
    ("{}", f'{UNREADABLE}Can\'t find field "type"'),
    (_media(type=7), f'{UNREADABLE}Field "type" must be of type String'),
    (_media(type="voice"), f'{UNREADABLE}type "voice" is unsupported'),
    (_media(type="../photo"), f'{UNREADABLE}type "../photo" is unsupported'),
    (_media(media=None), f"{UNREADABLE}media not found"),
    (_media(media=["x"]), f'{UNREADABLE}Field "media" must be of type String'),
    (_media(media="attach://"), f"{UNREADABLE}media not found"),
    (_media(media="attach://nothing"), f"{UNREADABLE}media not found"),
    (_media(caption={"a": 1}), f'{UNREADABLE}Field "caption" must be of type String'),
    (_media(caption="<b>", parse_mode="HTML"), f"{UNREADABLE}Can't parse entities: "),
    (_media(caption="*", parse_mode="Wiki"), f"{UNREADABLE}Unsupported parse_mode"),
    (_media(caption="x", caption_entities=[7]), f"{ENTITY}expected an Object"),
    (_media(caption="x", caption_entities=[{}]), f'{ENTITY}Can\'t find field "offset"'),
    (_media(caption="x", caption_entities="all"), "wrong file identifier/HTTP URL specified"),
    (_media(media="../../etc/passwd"), "wrong file identifier/HTTP URL specified"),
    (_media(media="\ud83d"), "wrong file identifier/HTTP URL specified"),
]


@pytest.mark.parametrize(("media", "reason"), HOSTILE, ids=range(len(HOSTILE)))
async def test_media_that_cannot_be_read(api: Api, user: UserRecord, media: str, reason: str) -> None:
    own = (await api("sendMessage", chat_id=user.id, text="在")).json()["result"]
    answer = await api("editMessageMedia", chat_id=user.id, message_id=own["message_id"], media=media)
    assert answer.status_code == 400
    assert answer.json()["description"].startswith(f"Bad Request: {reason}")


async def test_the_media_is_read_before_the_message_is_looked_for(api: Api, user: UserRecord) -> None:
    for given, reason in (
        ({"media": "{", "reply_markup": "{"}, "can't parse reply keyboard markup JSON object"),
        ({"media": "{", "message_id": 99}, "can't parse input media JSON object"),
        ({"media": _media(), "message_id": 99}, "message to edit not found"),
        ({"media": _media(), "message_id": ""}, "message identifier is not specified"),
        ({"media": _media(), "chat_id": 42}, "chat not found"),
    ):
        answer = await api("editMessageMedia", **({"chat_id": user.id, "message_id": 1} | given))
        assert answer.json()["description"] == f"Bad Request: {reason}"


async def test_numbers_without_end(people: SandboxClient, bot: Bot, user: UserRecord, api: Api) -> None:
    video = (await people.send_other(user.id, user.id, "video")).file_id
    sent = await bot.send_message(user.id, "在")
    media = f'{{"type": "video", "media": "{video}", "duration": 1e999, "width": NaN, "height": -5}}'
    answer = await api("editMessageMedia", chat_id=user.id, message_id=sent.message_id, media=media)
    assert answer.json()["result"]["video"]["file_id"] == video


async def test_edits_of_media_count_when_told(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    await people.set_limits(enabled=True, chat_burst=1)
    sent = await bot.send_photo(user.id, BEFORE)
    await _edit(bot, sent, InputMediaPhoto(AFTER))
    await people.set_limits(edits=True)
    with pytest.raises(RetryAfter):
        await _edit(bot, sent, InputMediaPhoto(BEFORE))
    assert await people.file(str((await people.messages(user.id))[-1].file_id)) == AFTER


async def test_a_picture_is_uploaded_with_its_caption_and_without_a_sound(
    people: SandboxClient, bot: Bot, user: UserRecord
) -> None:
    """As the program sends a picture into a topic. A test sees in the log of calls that it made no sound."""
    forum = await people.create_group("创城群", members=[user.id], topics=["日报"])
    thread = forum.topics["日报"]
    sent = await bot.send_photo(
        forum.id,
        AFTER,
        caption="今日排行",
        filename="排行.png",
        message_thread_id=thread,
        disable_notification=True,
    )
    assert (sent.caption, sent.message_thread_id, sent.photo[-1].width) == ("今日排行", thread, 800)
    seen = (await people.messages(forum.id, sender="bot"))[-1]
    assert (seen.kind, seen.text, seen.thread_id) == ("photo", "今日排行", thread)
    assert await people.file(str(seen.file_id)) == AFTER
    (call,) = await people.calls("sendPhoto")
    assert call.params["disable_notification"] == "true"
    edited = await _edit(bot, sent, InputMediaPhoto(BEFORE))
    assert edited.message_thread_id == thread


async def test_the_transcript_says_that_a_picture_was_replaced(
    people: SandboxClient, bot: Bot, user: UserRecord
) -> None:
    sent = await bot.send_photo(user.id, BEFORE, caption="昨天")
    await people.advance_clock(60)
    await _edit(bot, sent, InputMediaPhoto(AFTER, caption="今天"))
    await bot.edit_message_caption(user.id, sent.message_id, caption="今天18时")
    words = await bot.send_message(user.id, "生成中")
    await _edit(bot, words, InputMediaDocument(b"x", filename="台账.csv"))
    shown = (await people.transcript()).split("> /start  \n\n")[1]
    assert shown.replace("  \n", "\n") == (
        "**09:00 创城通**\n\n> [照片]\n> 昨天\n\n"
        "*09:01 创城通 更换了 09:00 消息的图片或文件*\n\n> [照片]\n> 今天\n\n"
        "*09:01 创城通 修改了 09:00 的消息*\n\n> [照片]\n> 今天18时\n\n"
        "**09:01 创城通**\n\n> 生成中\n\n"
        "*09:01 创城通 修改了 09:01 的消息*\n\n> [文件 台账.csv]\n"
    )
    english = await people.transcript(language="en")
    assert "*09:01 创城通 replaced the picture or file of the message of 09:00*\n\n> [photo]" in english


async def test_a_kept_world_has_the_new_picture(
    telegram: RunningSandbox, people: SandboxClient, bot: Bot, user: UserRecord, tmp_path: Path
) -> None:
    sent = await bot.send_photo(user.id, BEFORE, caption="昨天")
    edited = await _edit(bot, sent, InputMediaPhoto(AFTER, caption="今天"))
    before = await people.transcript()
    save(telegram.world, tmp_path)
    async with running(load(tmp_path)) as again, make_bot(again) as later:
        (seen,) = await again.client.messages(user.id, sender="bot")
        assert (seen.text, seen.edited, seen.file_id) == ("今天", True, edited.photo[-1].file_id)
        assert await again.client.file(str(seen.file_id)) == AFTER
        assert await again.client.transcript() == before
        with pytest.raises(BadRequest, match="Message is not modified"):
            await _edit(later, sent, InputMediaPhoto(edited.photo[0].file_id, caption="今天"))
        assert (await _edit(later, sent, InputMediaPhoto(sent.photo[-1].file_id))).photo == sent.photo
