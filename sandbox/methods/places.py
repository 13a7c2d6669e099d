"""The methods sendLocation, sendVenue and sendContact."""

from __future__ import annotations

import math
import re
from typing import Final

from sandbox.errors import bad_request
from sandbox.methods.context import CallContext, Handler, find_open_chat
from sandbox.methods.sending import post, seal
from sandbox.model import Json
from sandbox.text import clean_text

MAX_ACCURACY: Final = 1500
LIVE_SECONDS: Final = (60, 86_400)
FOR_EVER: Final = 0x7FFFFFFF
MAX_HEADING: Final = 360
MAX_ALERT_METERS: Final = 100_000
_NUMBER: Final = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")


def _leading_number(text: str) -> float:
    """The number with which the text begins, else 0: so Telegram reads numbers."""
    found = _NUMBER.match(text.strip())
    return float(found.group()) if found else 0.0


def _point(context: CallContext, off_the_map: str) -> Json:
    """Latitude and longitude in degrees. Raises ApiError 400 for none, and for what is off the map."""
    values = {}
    for name, most in (("latitude", 90), ("longitude", 180)):
        text = (context.params.text(name) or "").strip()
        if not text:
            raise bad_request(f"{name} is empty")
        values[name] = (_leading_number(text), most)
    find_open_chat(context)  # Telegram looks at the map only after the chat
    if any(abs(value) > most or not math.isfinite(value) for value, most in values.values()):
        raise bad_request(off_the_map)
    return {name: value for name, (value, _) in values.items()}


def _live(context: CallContext) -> Json:
    """The fields of a live location; none if it has no period. Raises ApiError 400."""
    params = context.params
    period, heading = params.integer("live_period") or 0, params.integer("heading") or 0
    radius = params.integer("proximity_alert_radius") or 0
    if not period:
        return {}
    if period != FOR_EVER and not LIVE_SECONDS[0] <= period <= LIVE_SECONDS[1]:
        raise bad_request("wrong live location period specified")
    if not 0 <= heading <= MAX_HEADING:
        raise bad_request("wrong live location heading specified")
    if not 0 <= radius <= MAX_ALERT_METERS:
        raise bad_request("wrong live location proximity alert radius specified")
    fields = {"live_period": period, "heading": heading, "proximity_alert_radius": radius}
    return {name: value for name, value in fields.items() if value}


def send_location(context: CallContext) -> Json:
    """A place. The accuracy is held to 0-1500 meters and rounded up to whole ones; 0 is left out."""
    live = context.params.integer("live_period") or 0
    place = _point(context, "invalid live location specified" if live else "invalid location specified")
    accuracy = min(max(context.params.number("horizontal_accuracy") or 0, 0), MAX_ACCURACY)
    if accuracy:
        place["horizontal_accuracy"] = math.ceil(accuracy)
    content = {"location": place | _live(context)}
    return post(context, seal(context, "location"), content, None)


def send_venue(context: CallContext) -> Json:
    place = _point(context, "wrong venue location specified")
    optional = ("foursquare_id", "foursquare_type", "google_place_id", "google_place_type")
    given = {name: _cleaned(context, name) for name in optional}
    venue = {"location": place, "title": _cleaned(context, "title"), "address": _cleaned(context, "address")}
    venue |= {name: value for name, value in given.items() if value}
    return post(context, seal(context, "venue"), {"venue": venue, "location": place}, None)


def send_contact(context: CallContext) -> Json:
    for name in ("phone_number", "first_name"):
        if not context.params.text(name):
            raise bad_request(f'parameter "{name}" is required')
    names = ("phone_number", "first_name", "last_name", "vcard")
    given = {name: _cleaned(context, name) for name in names}
    contact = {name: value for name, value in given.items() if value}
    return post(context, seal(context, "contact"), {"contact": contact}, None)


def _cleaned(context: CallContext, name: str) -> str:
    return clean_text(context.params.text(name) or "")


TABLE: Final[dict[str, Handler]] = {
    "sendLocation": send_location,
    "sendVenue": send_venue,
    "sendContact": send_contact,
}
