"""An InputMedia of a call: it is read before the message is looked for, and its file is stored only after.

Order and words are those of the Bot API's server (tdlib/telegram-bot-api, Client.cpp, get_input_media).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sandbox.errors import ApiError, bad_request
from sandbox.methods.attachments import known_media, new_media
from sandbox.methods.context import CallContext
from sandbox.methods.sending import check_caption, parse_caption
from sandbox.model import Json
from sandbox.params import Params

KINDS: Final = frozenset({"photo", "video", "document"})
_ATTACHED: Final = "attach://"


@dataclass(frozen=True, slots=True)
class InputMedia:
    """What the bot gives. `context` has the fields of the InputMedia as if they were those of a call."""

    context: CallContext
    kind: str
    reference: str
    caption: Json
    source: str | None

    def content(self) -> Json:
        """A message's content. Raises ApiError 400 for the file as sendPhoto and its kin do."""
        check_caption(self.caption, "MEDIA_CAPTION_TOO_LONG")
        upload = self.context.params.upload(self.reference) if self.reference.startswith(_ATTACHED) else None
        if upload is not None:
            return {self.kind: new_media(self.context, self.kind, upload)} | self.caption
        return {self.kind: known_media(self.context, self.kind, self.reference)} | self.caption


def read_input_media(context: CallContext) -> InputMedia:
    """The parameter `media` of the call. Raises ApiError 400 if it cannot be read."""
    if context.params.values.get("media") in (None, ""):
        raise bad_request('parameter "media" is required')
    given = context.params.json("media", "input media")
    if not isinstance(given, dict):
        raise _unreadable("expected an Object")
    texts = {name: _text(given, name) for name in ("caption", "parse_mode", "media", "type")}
    try:
        caption, source = parse_caption(context, given)
    except ApiError as error:
        why = error.description.removeprefix("Bad Request: ")
        raise _unreadable(why[:1].upper() + why[1:]) from error
    if not texts["type"]:
        raise _unreadable('Can\'t find field "type"')
    reference, files = texts["media"], context.params.files
    if not reference or (reference.startswith(_ATTACHED) and reference.removeprefix(_ATTACHED) not in files):
        raise _unreadable("media not found")
    if texts["type"] not in KINDS:
        raise _unreadable(f'type "{texts["type"]}" is unsupported')
    own = CallContext(context.world, Params(given, files), context.method)
    return InputMedia(own, texts["type"], reference, caption, source)


def _text(given: Json, name: str) -> str:
    """A field's text; "" if it is not there."""
    value: Any = given.get(name)
    if value is not None and not isinstance(value, str):
        raise _unreadable(f'Field "{name}" must be of type String')
    return value or ""


def _unreadable(why: str) -> ApiError:
    return bad_request(f"can't parse InputMedia: {why}")
