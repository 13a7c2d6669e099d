"""The two errors with which the sandbox says no."""

from __future__ import annotations

from typing import Any, Final

REASONS: Final = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    413: "Request Entity Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
}


class ApiError(Exception):
    """An answer of the Bot API with ``ok: false``; `description` is Telegram's own wording."""

    def __init__(self, status: int, description: str, parameters: dict[str, Any] | None = None) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters

    def body(self) -> dict[str, Any]:
        """The JSON body as Telegram sends it."""
        body: dict[str, Any] = {"ok": False, "error_code": self.status, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


class WorldError(Exception):
    """A test asks the control API for something that cannot happen, such as a button that is not there."""


def bad_request(reason: str) -> ApiError:
    """An error 400 with Telegram's prefix."""
    return ApiError(400, f"Bad Request: {reason}")


def forbidden(reason: str) -> ApiError:
    """An error 403 with Telegram's prefix."""
    return ApiError(403, f"Forbidden: {reason}")
