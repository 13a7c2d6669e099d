"""What a visitor does on the page: as a person in a chat, with the clock, or with a fault.

Each act takes what the browser sent, and returns what it shows at once. ``PageError``: it cannot be done.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

import structlog

from demo.page import faults
from demo.page.act import MOST_WORDS, Act, Given, check_length
from demo.page.district import BOT_WITHIN, District
from demo.page.errors import PageError
from demo.page.program import ProgramState
from demo.page.sending import send_contact, send_documents, send_photos, send_place, send_samples
from demo.page.setting_up import add_to_group, open_link
from demo.page.walk import Walk
from demo.page.words import ZONE
from sandbox import people, speaking
from sandbox.errors import WorldError
from sandbox.model import Json

log = structlog.get_logger(__name__)


# -- in a chat ---------------------------------------------------------------------------------------------


async def send_text(act: Act) -> Json:
    words = act.text("text")
    check_length(words, MOST_WORDS)
    if not words.strip():
        raise PageError("page.error.empty")
    act.send(speaking.text_content(words))
    return {}


async def edit(act: Act) -> Json:
    check_length(act.text("text"), MOST_WORDS)
    chat, user = act.here()
    speaking.edit(act.district.world, chat, user, act.number("message"), act.text("text"))
    return {}


async def join(act: Act) -> Json:
    """Open the link of the person's invitation; then they are added to the group, too."""
    user = act.number("user")
    if user not in act.district.residents:
        raise PageError("page.error.unreadable")
    open_link(act.district, user)
    add_to_group(act.district, user)
    return {}


async def follow(act: Act) -> Json:
    """Follow a deep link to the bot."""
    user, payload = act.number("user"), act.text("payload")
    content = speaking.text_content(f"/start {payload}".strip())
    speaking.say(act.district.world, user, user, content)
    return {"chat": user}


async def press(act: Act) -> Json:
    """Press an inline button and wait for the bot's answer → {"flash", "alert", "copied", "url"}.

    PageError: another button stands at that place by now.
    """
    world, (chat, user) = act.district.world, act.here()
    message, place = act.number("message"), act.number("place")
    labels = [one["text"] for row in world.message(chat, message).buttons() for one in row]
    if not 0 <= place < len(labels) or labels[place] != act.text("label"):
        raise PageError("page.error.button_gone")
    button, query = speaking.press(world, chat, user, message, place)
    if query is None:
        return {"copied": button.get("copy_text", {}).get("text"), "url": button.get("url")}
    await world.signal.until(lambda: query.answers or None, BOT_WITHIN)
    if not query.answers:
        raise PageError("page.chat.no_answer")
    answer = query.answers[0]
    return {"flash": answer["text"], "alert": answer["show_alert"], "url": answer["url"]}


async def block(act: Act) -> Json:
    """Let the person stop the bot, or start it again."""
    world, user = act.district.world, act.number("user")
    people.set_blocked(world, user, not world.chat(user).blocked)
    return {}


# -- the clock, faults, the program ------------------------------------------------------------------------


async def clock_next(act: Act) -> Json:
    await act.district.clock.to_next()
    return {}


async def clock_hour(act: Act) -> Json:
    await act.district.clock.by(1)
    return {}


async def clock_to(act: Act) -> Json:
    """Move to a local time, such as 2026-12-18T18:00."""
    try:
        moment = datetime.fromisoformat(act.text("moment"))
    except ValueError:
        raise PageError("page.clock.unreadable") from None
    await act.district.clock.to(moment if moment.tzinfo else moment.replace(tzinfo=ZONE))
    return {}


async def clock_ask(act: Act) -> Json:
    await act.district.clock.ask()
    return {}


async def fault(act: Act) -> Json:
    faults.order(act.district.world, act.text("name"))
    act.district.changed()
    return {}


async def kill(act: Act) -> Json:
    act.walk.killed()
    await act.district.program.kill()
    return {}


async def start(act: Act) -> Json:
    await act.district.program.start()
    if not await act.district.program.until_polling():
        state = act.district.program.state
        raise PageError(
            "page.error.still_starting" if state is ProgramState.STARTING else "page.error.not_started"
        )
    await act.district.clock.ask()
    return {}


ACTS: Final[Mapping[str, Callable[[Act], Awaitable[Json]]]] = {
    act.__name__: act
    for act in (
        send_text,
        edit,
        join,
        follow,
        press,
        send_samples,
        send_place,
        send_contact,
        block,
        clock_next,
        clock_hour,
        clock_to,
        clock_ask,
        fault,
        kill,
        start,
    )
}


async def perform(district: District, walk: Walk, given: Given) -> Json:
    """Do the act that the browser names. PageError: it cannot be done, and nothing has changed."""
    found = ACTS.get(str(given.get("act")))
    if found is None:
        raise PageError("page.error.unreadable")
    return await _do(found, Act(district, walk, given))


async def upload(
    district: District, walk: Walk, given: Given, files: Sequence[tuple[str, bytes]], *, photos: bool
) -> Json:
    """Send files of the visitor's own (name, bytes), as photos or as documents. PageError as in `perform`."""

    async def send_files(act: Act) -> Json:
        if photos:
            send_photos(act, [body for _, body in files])
        else:
            send_documents(act, files)
        return {}

    return await _do(send_files, Act(district, walk, given))


async def _do(found: Callable[[Act], Awaitable[Json]], act: Act) -> Json:
    if act.district.failed is not None and found not in (start, kill):
        raise PageError("page.error.not_prepared")
    if act.district.preparing is not None and act.district.failed is None:
        raise PageError("page.error.preparing")
    try:
        return await found(act)
    except WorldError as error:
        log.info("an act of the page cannot be done", act=found.__name__, reason=str(error))
        raise PageError("page.error.cannot") from error
