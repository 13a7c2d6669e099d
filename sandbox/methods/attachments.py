"""Files in calls, uploaded or by file_id, and getFile."""

from __future__ import annotations

import mimetypes
from typing import Any, Final

from sandbox.errors import bad_request
from sandbox.media import MAX_DOWNLOAD, MAX_PHOTO, file_fields, image_size, image_type, photo_sizes
from sandbox.methods.context import CallContext
from sandbox.model import Json
from sandbox.params import Upload

_MAX_SIDES: Final = 10_000
_MAX_RATIO: Final = 20
_DAY: Final = 86_400
_MAX_LENGTH: Final = 10_000


def media_content(context: CallContext, kind: str, reference: str) -> Json:
    """The content ``{kind: …}``. `reference`: attach://, a field's name or a file_id. Raises ApiError 400."""
    upload = context.params.upload(reference)
    if upload is not None:
        return {kind: new_media(context, kind, upload)}
    if reference == kind:
        raise bad_request(f"there is no {kind} in the request")
    return {kind: known_media(context, kind, reference)}


def known_media(context: CallContext, kind: str, file_id: str) -> Any:
    """What a message shows for a file that is there already. Raises ApiError 400."""
    if file_id.startswith(("http://", "https://")):
        raise bad_request("failed to get HTTP URL content")
    files = context.world.files
    stored = files.get(file_id)
    if stored is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if stored.kind != kind:
        raise bad_request(f"can't use file of type {_type_name(stored.kind)} as {_type_name(kind)}")
    return files.media_of(stored)


def _type_name(kind: str) -> str:
    """Telegram's own library calls the kinds Photo, Video, VoiceNote, …"""
    return {"voice": "VoiceNote", "video_note": "VideoNote"}.get(kind, kind.capitalize())


def new_media(context: CallContext, kind: str, upload: Upload) -> Any:
    """What a message shows for an uploaded file, which is stored. Raises ApiError 400."""
    if not upload.data:
        raise bad_request("file must be non-empty")
    if kind == "photo":
        return _new_photo(context, upload)
    if kind in ("voice", "video"):
        return _new_recording(context, kind, upload)
    return document(context.world.files, upload.data, upload.name, upload.mime)


def _new_recording(context: CallContext, kind: str, upload: Upload) -> Json:
    """A Voice or a Video. What the bot does not say is a stand-in: one second, 1280 by 720."""
    params, files = context.params, context.world.files
    mime = "audio/ogg" if kind == "voice" else "video/mp4"
    fields: Json = {"duration": min(max(params.integer("duration") or 1, 0), _DAY)}
    fields["mime_type"] = mimetypes.guess_type(upload.name)[0] or mime
    if kind == "video":
        sides = {"width": 1280, "height": 720}
        fields |= {
            side: min(max(params.integer(side) or usual, 0), _MAX_LENGTH) for side, usual in sides.items()
        }
        fields["file_name"] = upload.name
    stored = files.add(kind, upload.data, name=upload.name if "." in upload.name else f"{upload.name}.oga")
    fields |= file_fields(stored)
    files.remember(stored.file_id, fields)
    return fields


def _new_photo(context: CallContext, upload: Upload) -> list[Json]:
    size = len(upload.data)
    if size > MAX_PHOTO:
        raise bad_request(
            f"file of size {size} bytes is too big for a photo; the maximum size is {MAX_PHOTO} bytes"
        )
    width, height = image_size(upload.data)
    if image_type(upload.data)[0] is None or min(width, height) < 1:
        raise bad_request("IMAGE_PROCESS_FAILED")
    if width + height > _MAX_SIDES or max(width, height) > _MAX_RATIO * min(width, height):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return photo_sizes(context.world.files, upload.data)


def document(store: Any, data: bytes, name: str, mime: str | None = None, *, size: int | None = None) -> Json:
    """A new Document. Its media type comes from the file's name, else from the sender."""
    stored = store.add("document", data, name=name, size=size, label=name)
    guessed = mimetypes.guess_type(name)[0] or mime or "application/octet-stream"
    fields = {"file_name": name, "mime_type": guessed} | file_fields(stored)
    store.remember(fields["file_id"], fields)
    return fields


def get_file(context: CallContext) -> Json:
    file_id = context.params.text("file_id")
    stored = context.world.files.get(file_id or "")
    if not file_id:
        raise bad_request("file_id not specified")
    if stored is None:
        raise bad_request("invalid file_id")
    if stored.size > MAX_DOWNLOAD:
        raise bad_request("file is too big")
    return file_fields(stored) | {"file_path": stored.path}
