"""getUpdates: an offset acknowledges updates, one poller at a time, and a new update wakes it at once."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest
from telegram import Bot
from telegram.error import Conflict

from sandbox.client import SandboxClient
from sandbox.shapes import UserRecord
from sandbox.testing import RunningSandbox
from tests.sandbox.conftest import NO_TLS, Api, make_bot


async def test_get_me(bot: Bot) -> None:
    me = await bot.get_me()
    assert (me.id, me.username, me.is_bot) == (123456, "chuangcheng_bot", True)
    assert me.can_read_all_group_messages is False


async def test_updates_come_again_until_a_higher_offset(
    people: SandboxClient, bot: Bot, user: UserRecord
) -> None:
    await people.send_text(user.id, user.id, "一")
    await people.send_text(user.id, user.id, "二")
    first = await bot.get_updates()
    again = await bot.get_updates()
    assert [u.message.text for u in first if u.message] == ["/start", "一", "二"]
    assert [u.update_id for u in again] == [u.update_id for u in first]

    rest = await bot.get_updates(offset=first[1].update_id)
    assert [u.update_id for u in rest] == [u.update_id for u in first[1:]]
    assert await people.pending() == 2
    assert await bot.get_updates(offset=first[-1].update_id + 1) == ()
    assert await bot.get_updates() == ()
    await people.wait_until_polled()


async def test_limit_and_negative_offset(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    for number in range(4):
        await people.send_text(user.id, user.id, str(number))
    assert len(await bot.get_updates(limit=2)) == 2
    last = await bot.get_updates(offset=-2)
    assert [u.message.text for u in last if u.message] == ["2", "3"]
    assert await people.pending() == 2


async def test_a_long_poll_wakes_with_the_update(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    offset = (await bot.get_updates())[-1].update_id + 1
    poll = asyncio.create_task(bot.get_updates(offset=offset, timeout=50, read_timeout=60))
    await people.wait_for_call("getUpdates", count=2, answered=False)
    await people.send_text(user.id, user.id, "来了")
    async with asyncio.timeout(5):
        updates = await poll
    assert [u.message.text for u in updates if u.message] == ["来了"]


async def test_a_second_poller_ends_the_first(
    telegram: RunningSandbox, people: SandboxClient, bot: Bot, user: UserRecord
) -> None:
    offset = (await bot.get_updates())[-1].update_id + 1
    older = asyncio.create_task(bot.get_updates(offset=offset, timeout=50, read_timeout=60))
    await people.wait_for_call("getUpdates", count=2, answered=False)
    async with make_bot(telegram) as other:
        newer = asyncio.create_task(other.get_updates(offset=offset, timeout=50, read_timeout=60))
        with pytest.raises(Conflict, match="other getUpdates request; make sure that only one bot"):
            await older
        await people.send_text(user.id, user.id, "给新的")
        assert [u.message.text for u in await newer if u.message] == ["给新的"]


async def test_a_poller_that_hung_up_leaves_no_trace(
    telegram: RunningSandbox, people: SandboxClient, user: UserRecord
) -> None:
    url = f"{telegram.base_url}{telegram.token}/getUpdates"
    async with httpx.AsyncClient(trust_env=False, verify=NO_TLS) as http:
        poll = asyncio.create_task(http.get(url, params={"offset": 999_999_999_999, "timeout": 50}))
        await people.wait_for_call("getUpdates", answered=False)
        poll.cancel()
        with pytest.raises(asyncio.CancelledError):
            await poll
        gone = await people.wait_for_call("getUpdates")
        assert gone.status == 0
        await people.send_text(user.id, user.id, "还在")
        answer = (await http.get(url, params={"timeout": 50})).json()
    assert [u["message"]["text"] for u in answer["result"]] == ["还在"]


async def test_allowed_updates_are_remembered(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    offset = (await bot.get_updates(allowed_updates=["callback_query"]))[-1].update_id + 1
    await people.send_text(user.id, user.id, "不要")
    assert await bot.get_updates(offset=offset) == ()
    await bot.get_updates(offset=offset, allowed_updates=[])
    await people.send_text(user.id, user.id, "要")
    assert [u.message.text for u in await bot.get_updates(offset=offset) if u.message] == ["要"]


async def test_reactions_come_only_when_asked_for(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    sent = await bot.send_message(user.id, "好不好")
    await people.react(user.id, user.id, sent.message_id, "👍")
    updates = await bot.get_updates(allowed_updates=["message_reaction"])
    await people.react(user.id, user.id, sent.message_id, None)
    last = (await bot.get_updates(offset=updates[-1].update_id + 1))[0].message_reaction
    assert [u.message_reaction for u in updates] == [None]
    assert last is not None
    assert [r.to_dict() for r in last.old_reaction] == [{"type": "emoji", "emoji": "👍"}]
    assert last.new_reaction == ()


async def test_a_webhook_stops_polling(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    poll = asyncio.create_task(bot.get_updates(offset=10**12, timeout=50, read_timeout=60))
    await people.wait_for_call("getUpdates", answered=False)
    await bot.set_webhook("https://example.org/hook", secret_token="geheim", allowed_updates=["message"])
    with pytest.raises(Conflict, match="terminated by setWebhook request"):
        await poll
    with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
        await bot.get_updates()
    await people.send_text(user.id, user.id, "存着")
    info = await bot.get_webhook_info()
    assert (info.url, info.pending_update_count) == ("https://example.org/hook", 1)
    assert info.allowed_updates == ("message",)
    await bot.delete_webhook(drop_pending_updates=True)
    assert await bot.get_updates() == ()
    assert (await bot.get_webhook_info()).url == ""


async def test_raw_updates_go_out_as_they_are(people: SandboxClient, api: Api) -> None:
    poison = {"message": {"message_id": "no number", "chat": None, "text": "\ud83d"}}
    first = await people.push_raw_update(poison)
    await people.set_next_update_id(17)
    second = await people.push_raw_update({"message": {}})
    await people.push_raw_update({"update_id": 5, "odd": True})
    result = (await api("getUpdates")).json()["result"]
    assert result[0] == {"update_id": first, **poison}
    assert second == 17
    assert result[1:] == [{"update_id": 17, "message": {}}, {"update_id": 5, "odd": True}]


async def test_wrong_token_and_unknown_method(telegram: RunningSandbox, api: Api) -> None:
    unknown = await api("sendNothing")
    assert (unknown.status_code, unknown.json()) == (
        404,
        {"ok": False, "error_code": 404, "description": "Not Found"},
    )
    async with httpx.AsyncClient(trust_env=False, verify=NO_TLS) as http:
        refused = await http.get(f"{telegram.base_url}1:no/getMe")
        file = await http.get(f"{telegram.base_file_url}1:no/photos/file_0.jpg")
    assert refused.json() == {"ok": False, "error_code": 401, "description": "Unauthorized"}
    assert (refused.status_code, file.status_code) == (401, 401)


@pytest.mark.parametrize("way", ["query", "json", "form", "multipart"])
async def test_parameters_come_in_four_ways(
    telegram: RunningSandbox, people: SandboxClient, user: UserRecord, way: str
) -> None:
    values = {"chat_id": user.id, "text": f"经 {way}"}
    markup = {"inline_keyboard": [[{"text": "签收", "callback_data": "a"}]]}
    as_text = {name: str(value) for name, value in values.items()} | {"reply_markup": json.dumps(markup)}
    url = f"{telegram.base_url}{telegram.token}/SENDMESSAGE"
    async with httpx.AsyncClient(trust_env=False, verify=NO_TLS) as http:
        if way == "query":
            answer = await http.get(url, params=as_text)
        elif way == "json":
            answer = await http.post(url, json={**values, "reply_markup": markup})
        elif way == "form":
            answer = await http.post(url, data=as_text)
        else:
            answer = await http.post(url, files={name: (None, value) for name, value in as_text.items()})
    assert answer.json()["result"]["reply_markup"] == markup
    assert (await people.wait_for(user.id, contains=way)).labels == ["签收"]
