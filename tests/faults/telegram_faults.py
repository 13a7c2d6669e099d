"""Telegram fails, refuses, hangs, talks nonsense and says things twice while people work."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from sqlmodel import select

from locales import Text, plain
from models.delivery.pauses import ChatPause
from sandbox.model import Json
from tests.faults.district import CONFIRM, District
from tests.faults.ledger import RECEIPT

SENDING: Final[tuple[Json, ...]] = (
    {"status": 500},
    {"status": 502},
    {"status": 200, "mode": "garbage"},
    {"mode": "drop_before"},
    {"mode": "drop_after"},
    {"mode": "hang_after", "seconds": 0.5},
    {"mode": "delay", "seconds": 1.0},
)
POLLING: Final[tuple[Json, ...]] = (
    {"status": 409},
    {"status": 500},
    {"status": 502, "mode": "garbage"},
    {"status": 403},
    {"status": 429, "parameters": {"retry_after": 10**9}},
    {"mode": "drop_before"},
    {"mode": "drop_after"},
    {"mode": "hang", "seconds": 0.5},
    *(
        {"status": 200, "mode": "garbage", "description": body}
        for body in (
            "no JSON",
            "null",
            '{"ok": true}',
            '{"ok": true, "result": null}',
            '{"ok": true, "result": ' + "[" * 100_000,
            '{"ok": true, "result": [{"update_id": 10000000000000000000}, 7]}',
        )
    ),
)
REFUSED: Final = (401, 404)


async def polls_fail(place: District, tries: int) -> None:
    """Half of the faults are such that pass, and the program goes on. A refused token ends it."""
    refused = plain(Text("run.token_refused"))
    async with place.at_work():
        for _ in range(tries):
            fatal = place.chance.random() < 0.2
            fault = {"status": place.chance.choice(REFUSED)} if fatal else place.chance.choice(POLLING)
            async with place.running() as bot:
                await place.people.fail("getUpdates", **fault)
                if fatal:
                    place.expect(await bot.ended() == 1, f"{fault} does not end it")
                    place.expect(refused in bot.err.text, f"{fault}: it says {bot.err.text}")
                else:
                    await place.pause(0.3, 1.0)
                    place.expect(await bot.stop() == 0, f"{fault}: {bot.err.text}")
    await place.people.clear_faults()
    await place.finish()


async def sends_fail(place: District, tries: int) -> None:
    """The same chat may fail many times in a row, so a card may be given up for a while; then it comes."""
    async with place.running(again=2.0) as bot:
        async with place.at_work():
            for _ in range(tries):
                chat, times = place.chance.choice(place.cast.accounts), place.chance.randint(1, 2)
                await place.people.fail("send*", times, chat=chat, **place.chance.choice(SENDING))
                await place.pause(0.1, 0.5)
        await place.people.clear_faults()
        await place.settle()
        place.expect(await bot.stop() == 0, f"SIGTERM: {bot.err.text}")
    await place.finish()


async def chats_are_paused(place: District, tries: int) -> None:
    """A chat rests as long as Telegram said, over a kill and a restart; the others go on."""
    for _ in range(tries):
        chat, seconds = place.chance.choice(place.cast.accounts), place.chance.randint(2, 4)
        calls = await place.people.calls()
        after = calls[-1].number if calls else 0
        async with place.running() as bot, place.at_work():
            await place.people.fail("send*", chat=chat, status=429, parameters={"retry_after": seconds})
            await place.until(partial(_is_paused, place, chat), "the pause is stored")
            await place.until(partial(_goes_elsewhere, place, chat, after), "others get something")
            bot.kill()
            await bot.ended()
        async with place.running() as bot:
            await place.settle()
            place.expect(await bot.stop() == 0, f"SIGTERM: {bot.err.text}")
        begun = await _refused_at(place, chat, after)
        early = [
            call
            for call in await place.people.calls("send*", after=after, chat=chat)
            if begun < call.monotonic < begun + seconds
        ]
        place.expect(not early, f"{len(early)} calls to {chat} while it should rest")
    await place.finish()


async def _is_paused(place: District, chat: int) -> bool:
    async with place.database.reading() as session:
        until = (await session.exec(select(ChatPause.until).where(ChatPause.chat_id == chat))).first()
        return until is not None and until > datetime.now(UTC)


async def _refused_at(place: District, chat: int, after: int) -> float:
    """When Telegram said 429, in monotonic seconds."""
    calls = await place.people.calls("send*", after=after, chat=chat)
    return next(call.monotonic for call in calls if call.status == 429)


async def _goes_elsewhere(place: District, chat: int, after: int) -> bool:
    begun = await _refused_at(place, chat, after)
    calls = await place.people.calls("send*", after=after)
    return any(call.chat_id != chat and call.monotonic > begun for call in calls)


async def updates_come_again(place: District, tries: int) -> None:
    """A try gives some of the last updates again, with their keys in another order and people renamed."""
    queue = place.ledger.queue
    async with place.running() as bot:
        async with place.at_work():
            for _ in range(tries):
                await place.pause(0.1, 0.4)
                for body in place.chance.sample(queue.bodies[-20:], 5):
                    queue.deliver_again(_varied(body))
        await place.settle()
        place.expect(await bot.stop() == 0, f"SIGTERM: {bot.err.text}")
    await place.finish()


def _varied(body: Any) -> Any:
    """The same, with its keys in the other order and other names and titles."""
    if isinstance(body, dict):
        renamed = {"first_name": "改了名的人", "title": "改了名的群"}
        return {key: renamed.get(key) or _varied(value) for key, value in reversed(body.items())}
    return [_varied(part) for part in body] if isinstance(body, list) else body


async def update_ids_jump(place: District, tries: int) -> None:
    """Before each round of reports the ids fall, jump ahead, or are given a second time."""
    queue = place.ledger.queue
    async with place.running() as bot:
        for _ in range(tries):
            await place.settle()
            polls = await place.people.calls("getUpdates")
            if polls[-1].status is not None:
                await place.people.wait_for_call("getUpdates", after=polls[-1].number, answered=False)
            used = place.chance.choice(queue.bodies)["update_id"]
            far = place.chance.randint(1, 2**31)
            await place.people.set_next_update_id(place.chance.choice((used, far, far + 2**40)))
            await place.round()
        place.expect(await bot.stop() == 0, f"SIGTERM: {bot.err.text}")
    await place.finish()


async def people_block_and_return(place: District, tries: int) -> None:
    """Somebody blocks the bot before their receipt can come, and returns: then it is there."""
    async with place.running() as bot:
        for _ in range(tries):
            who = place.chance.choice(place.cast.accounts)
            _, card = await place.card(who)
            await place.people.fail("send*", chat=who, status=403)
            await place.people.press(who, who, card, CONFIRM)
            await place.people.block(who)
            await place.pause(0.0, 0.5)
            await place.people.unblock(who)
            await place.people.send_text(who, who, "/help")
            await place.people.wait_for(who, card, contains=RECEIPT)
            await place.people.clear_faults()
        await place.settle()
        place.expect(await bot.stop() == 0, f"SIGTERM: {bot.err.text}")
    await place.finish()
