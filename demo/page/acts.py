"""What a visitor does on the page: as a person in a chat, with the clock, or with a fault.

Each act takes what the browser sent, and returns what it shows at once. ``PageError``: it cannot be done.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from demo.page import faults, samples
from demo.page.district import BOT_WITHIN, District
from demo.page.errors import PageError
from demo.page.setting_up import add_to_group, open_link
from demo.page.walk import Walk
from demo.page.words import ZONE
from demo.sample import data
from sandbox import people, speaking
from sandbox.errors import WorldError
from sandbox.model import Json

MOST_WORDS: Final = 4096
"""UTF-16 units in a text, as at Telegram."""
MOST_CAPTION: Final = 1024
Given = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Act:
    """One act of a visitor, with all that it may touch."""

    district: District
    walk: Walk
    given: Given

    def number(self, name: str) -> int:
        """A whole number that the browser sent. PageError: it did not."""
        value = self.given.get(name)
        if isinstance(value, bool) or not isinstance(value, int):
            raise PageError("page.error.unreadable")
        return value

    def text(self, name: str) -> str:
        value = self.given.get(name, "")
        if not isinstance(value, str):
            raise PageError("page.error.unreadable")
        return value

    def where(self) -> dict[str, Any]:
        """The reply and the topic of what is sent, as the sandbox takes them."""
        given = {"reply_to": self.given.get("reply_to"), "thread": self.given.get("thread")}
        return {name: value for name, value in given.items() if isinstance(value, int)}

    def send(self, content: Json, **more: Any) -> None:
        """Send something as the person whom the visitor plays."""
        chat, user = self.number("chat"), self.number("user")
        _check_enrolled(self.district, chat, user)
        speaking.say(self.district.world, chat, user, content, **self.where(), **more)
        self.district.read(self.district.world.chats[chat])


def _check_enrolled(district: District, chat: int, user: int) -> None:
    """A person who has never opened their link writes nothing: Telegram shows them a start button first."""
    resident = district.residents.get(user)
    if resident is not None and chat == user and not district.is_enrolled(resident):
        raise PageError("page.error.not_enrolled", name=resident.name)


def check_length(words: str, most: int) -> None:
    """Raise PageError if a text is longer than Telegram takes."""
    length = len(words.encode("utf-16-le")) // 2
    if length > most:
        raise PageError("page.error.too_long", length=length, most=most)


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
    chat, user, message = act.number("chat"), act.number("user"), act.number("message")
    speaking.edit(act.district.world, chat, user, message, act.text("text"))
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
    """Press an inline button and wait for the bot's answer → {"flash", "alert", "copied", "url"}."""
    world = act.district.world
    chat, user, message, place = (act.number(name) for name in ("chat", "user", "message", "place"))
    button, query = speaking.press(world, chat, user, message, place)
    if query is None:
        return {"copied": button.get("copy_text", {}).get("text"), "url": button.get("url")}
    await world.signal.until(lambda: query.answers or None, BOT_WITHIN)
    if not query.answers:
        return {"flash": act.district.words("page.chat.no_answer"), "alert": False}
    answer = query.answers[0]
    return {"flash": answer["text"], "alert": answer["show_alert"], "url": answer["url"]}


async def send_samples(act: Act) -> Json:
    """Send one of the sample photos, or several as an album."""
    names = act.given.get("names")
    if not isinstance(names, Sequence) or not names or not set(names) <= set(samples.NAMES):
        raise PageError("page.error.unreadable")
    send_photos(act, [samples.photo(name) for name in names], act.text("text"))
    return {}


def send_photos(act: Act, bodies: Sequence[bytes], caption: str) -> None:
    """Send photos with the words under the first; several are an album."""
    check_length(caption, MOST_CAPTION)
    world = act.district.world
    album = {"media_group_id": str(14_000_000_000_000_000 + world.next_number())} if bodies[1:] else {}
    for number, body in enumerate(bodies):
        act.send(speaking.photo_content(world, body, caption if number == 0 else None), **album)


async def send_place(act: Act) -> Json:
    """Send one of the sample's known places as a location."""
    name = act.text("name")
    found = next((point for point in data.points().lines if point.name == name), None)
    if found is None:
        raise PageError("page.error.unreadable")
    latitude, longitude = samples.degrees(found.coordinates)
    place = {"latitude": latitude, "longitude": longitude}
    act.send(speaking.other_content(act.district.world, "location", place, None))
    return {}


async def send_contact(act: Act) -> Json:
    """Send the person's own contact card; the number belongs to nobody."""
    user = act.number("user")
    card = {"first_name": act.district.world.user(user).first_name, "user_id": user}
    act.send(speaking.other_content(act.district.world, "contact", card, None))
    return {}


async def react(act: Act) -> Json:
    emoji = act.text("emoji") or None
    speaking.react(act.district.world, act.number("chat"), act.number("user"), act.number("message"), emoji)
    return {}


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
        raise PageError("page.error.not_started")
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
        react,
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
    if found is None or district.preparing is not None:
        raise PageError("page.error.preparing" if district.preparing is not None else "page.error.unreadable")
    try:
        return await found(Act(district, walk, given))
    except WorldError as error:
        raise PageError("page.error.cannot", reason=str(error)) from error
