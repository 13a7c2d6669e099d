"""Locations, venues, contacts and voice messages of the bot; channels; accounts that are deleted."""

from __future__ import annotations

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, Forbidden, RetryAfter

from sandbox.client import ControlError, SandboxClient
from sandbox.shapes import UserRecord
from tests.sandbox.conftest import Api

BUTTONS = InlineKeyboardMarkup([[InlineKeyboardButton("签收", callback_data="ack:1")]])


async def test_a_location(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    start = (await people.messages(user.id))[0].message_id
    sent = await bot.send_location(
        user.id, 31.2, 121.4, horizontal_accuracy=12.2, reply_to_message_id=start, reply_markup=BUTTONS
    )
    assert sent.location is not None
    assert sent.location.to_dict() == {"latitude": 31.2, "longitude": 121.4, "horizontal_accuracy": 13}
    assert sent.reply_to_message is not None
    seen = (await people.messages(user.id))[-1]
    assert (seen.kind, seen.labels, seen.reply_to) == ("location", ["签收"], start)
    edited = await bot.edit_message_reply_markup(user.id, sent.message_id)
    assert not isinstance(edited, bool)
    assert edited.reply_markup is None


async def test_numbers_are_read_as_telegram_reads_them(api: Api, user: UserRecord) -> None:
    async def placed(**given: str) -> object:
        answer = (await api("sendLocation", chat_id=user.id, **given)).json()
        return answer.get("result", {}).get("location", answer.get("description"))

    assert await placed(latitude=" 12abc ", longitude="none") == {"latitude": 12.0, "longitude": 0.0}
    precise = {"latitude": "90", "longitude": "-180", "horizontal_accuracy": "9000"}
    assert await placed(**precise) == {"latitude": 90.0, "longitude": -180.0, "horizontal_accuracy": 1500}
    assert await placed(latitude="1", longitude="") == "Bad Request: longitude is empty"
    live = {"latitude": "1", "longitude": "1", "live_period": "60", "heading": "90"}
    assert await placed(**live) == {"latitude": 1.0, "longitude": 1.0, "live_period": 60, "heading": 90}
    answer = await api("sendLocation", chat_id=42, latitude="91", longitude="0")
    assert answer.json()["description"] == "Bad Request: chat not found"


async def test_a_venue_and_a_contact(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    venue = await bot.send_venue(user.id, 31.2, 121.4, "人民广场", "人民大道", foursquare_id="4")
    assert venue.venue is not None
    assert (venue.venue.title, venue.venue.foursquare_id) == ("人民广场", "4")
    contact = await bot.send_contact(user.id, "+8613800000000", "小王", last_name="同志")
    assert contact.contact is not None
    assert (contact.contact.first_name, contact.contact.last_name) == ("小王", "同志")
    assert [m.kind for m in await people.messages(user.id, sender="bot")] == ["venue", "contact"]
    copied = await bot.copy_message(user.id, user.id, contact.message_id)
    assert (await people.messages(user.id))[-1].message_id == copied.message_id


async def test_a_voice_message(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    sent = await bot.send_voice(user.id, b"OggS...", duration=4, caption="<b>口述</b>", parse_mode="HTML")
    assert sent.voice is not None
    assert (sent.voice.to_dict()["duration"], sent.voice.mime_type, sent.voice.file_size) == (
        4,
        "audio/ogg",
        7,
    )
    assert (sent.caption, sent.caption_entities[0].type) == ("口述", "bold")
    assert await people.file(sent.voice.file_id) == b"OggS..."
    again = await bot.send_voice(user.id, sent.voice.file_id)
    assert again.voice == sent.voice
    video = await bot.send_video(user.id, b"mp4", width=640, height=360)
    assert video.video is not None
    assert (video.video.width, video.video.height) == (640, 360)
    with pytest.raises(BadRequest, match="Can't use file of type video as voicenote"):
        await bot.send_voice(user.id, video.video.file_id)


async def test_limits_count_them_too(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    await people.set_limits(enabled=True, chat_burst=2)
    await bot.send_location(user.id, 31.2, 121.4)
    await bot.send_contact(user.id, "1", "小王")
    with pytest.raises(RetryAfter):
        await bot.send_voice(user.id, b"OggS")


async def test_a_channel(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    channel = await people.create_group("创城频道", members=[user.id], kind="channel")
    post = await bot.send_message(channel.id, "今日通报")
    assert (post.from_user, post.sender_chat and post.sender_chat.id) == (None, channel.id)
    theirs = await people.send_text(channel.id, user.id, "补充")
    await people.edit_text(channel.id, user.id, theirs.message_id, "补充一点")
    updates = (await bot.get_updates())[-2:]
    assert updates[0].channel_post is not None
    assert updates[0].channel_post.from_user is None
    assert updates[1].edited_channel_post is not None
    assert updates[1].edited_channel_post.text == "补充一点"
    reader = await people.create_user("居民")
    await people.set_member(channel.id, reader.id, by=user.id)
    with pytest.raises(ControlError, match="is no administrator of channel"):
        await people.send_text(channel.id, reader.id, "留言")
    await people.remove_bot(channel.id, user.id)
    with pytest.raises(Forbidden, match="bot was kicked from the channel chat"):
        await bot.send_message(channel.id, "?")


async def test_a_deleted_account(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    sent = await people.send_text(user.id, user.id, "再见")
    await people.deactivate(user.id)
    await people.deactivate(user.id)
    with pytest.raises(Forbidden, match="user is deactivated"):
        await bot.send_message(user.id, "在吗")
    assert (await bot.get_chat(user.id)).first_name in ("", None)
    for act in (people.start(user.id), people.react(user.id, user.id, sent.message_id, "👍")):
        with pytest.raises(ControlError, match="has deleted their account"):
            await act
    assert [u["deactivated"] for u in await people.act("users")] == [False, False, True]
    with pytest.raises(ControlError, match="only a person's account"):
        await people.deactivate(bot.id)
    assert "注销了账号" in await people.transcript()
