"""Acts that send more than words: photos, files, places, contacts."""

from __future__ import annotations

from collections.abc import Sequence

from demo.page import samples
from demo.page.act import MOST_CAPTION, Act, check_length
from demo.page.errors import PageError
from demo.sample import data
from sandbox import speaking
from sandbox.model import Json


async def send_samples(act: Act) -> Json:
    """Send one of the sample photos, or several as an album."""
    names = act.given.get("names")
    if not isinstance(names, list) or not names or not all(name in samples.NAMES for name in names):
        raise PageError("page.error.unreadable")
    send_photos(act, [samples.photo(name) for name in names])
    return {}


def send_photos(act: Act, bodies: Sequence[bytes]) -> None:
    """Send photos with the act's words under the first."""
    world, captions = act.district.world, _captions(act, len(bodies))
    act.send(
        *(
            speaking.photo_content(world, body, caption)
            for body, caption in zip(bodies, captions, strict=True)
        )
    )


def send_documents(act: Act, files: Sequence[tuple[str, bytes]]) -> None:
    """Send files (name, bytes) with the act's words under the first."""
    world, captions = act.district.world, _captions(act, len(files))
    act.send(
        *(
            speaking.document_content(world, name, body, caption)
            for (name, body), caption in zip(files, captions, strict=True)
        )
    )


def _captions(act: Act, number: int) -> list[str | None]:
    """The act's words for the first of so many files. PageError: they are too long."""
    words = act.text("text")
    check_length(words, MOST_CAPTION)
    return [words, *[None] * (number - 1)]


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
