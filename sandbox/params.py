"""Parameters of a Bot API call: query, JSON, form or multipart. Objects may come as JSON inside a field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request

from sandbox.errors import ApiError, bad_request

_TRUE = frozenset({"true", "1", "yes", "y", "t"})


@dataclass(slots=True)
class Upload:
    """An uploaded file, read to its end."""

    name: str
    data: bytes
    mime: str | None


@dataclass(slots=True)
class Params:
    values: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        value = self.values.get(name)
        if value is None:
            return None
        return value if isinstance(value, str) else json.dumps(value)

    def integer(self, name: str) -> int | None:
        """A whole number; None if it is missing or no whole number, which Telegram treats alike."""
        try:
            return int(self.values[name])
        except (KeyError, TypeError, ValueError, OverflowError):
            return None

    def number(self, name: str) -> float | None:
        try:
            return float(self.values[name])
        except (KeyError, TypeError, ValueError):
            return None

    def flag(self, name: str) -> bool:
        return str(self.values.get(name, "")).strip().lower() in _TRUE

    def json(self, name: str, label: str) -> Any:
        """A decoded object or list; None if it is missing. Raises ApiError 400 that names `label`."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except (ValueError, RecursionError) as error:
            raise bad_request(f"can't parse {label} JSON object") from error

    def object(self, name: str, label: str) -> dict[str, Any] | None:
        value = self.json(name, label)
        if value is not None and not isinstance(value, dict):
            raise bad_request(f"object expected as {label}")
        return value

    def array(self, name: str, label: str) -> list[Any] | None:
        value = self.json(name, label)
        if value is not None and not isinstance(value, list):
            raise bad_request(f"array expected as {label}")
        return value

    def upload(self, reference: str) -> Upload | None:
        """The file behind ``attach://name``, or behind a field's own name."""
        return self.files.get(reference.removeprefix("attach://"))


async def read_params(request: Request, *, max_bytes: int) -> Params:
    """All parameters of `request`. A body over `max_bytes` gets 413, as at Telegram."""
    if int(request.headers.get("content-length", "0") or 0) > max_bytes:
        raise ApiError(413, "Request Entity Too Large")
    values: dict[str, Any] = dict(request.query_params)
    files: dict[str, Upload] = {}
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if request.method == "POST" and kind == "application/json":
        values |= await _json_body(request)
    elif request.method == "POST":
        async with request.form(max_part_size=max_bytes) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    files[name] = Upload(value.filename or name, await value.read(), value.content_type)
                else:
                    values[name] = value
    return Params(values, files)


async def _json_body(request: Request) -> dict[str, Any]:
    body = await request.body()
    if not body.strip():
        return {}
    try:
        decoded = json.loads(body)
    except ValueError as error:
        raise bad_request("can't parse JSON object") from error
    if not isinstance(decoded, dict):
        raise bad_request("can't parse JSON object")
    return decoded
