"""Logs to stderr: one line for each event, with every secret taken out at the last step.

No level shows what people write or what they are called: lines hold ids, kinds and lengths.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable
from typing import Any, Final

import structlog

from bot.tracebacks import without_words, wordless_traceback

HIDDEN: Final = "[hidden]"
# Our own rooms. Libraries log what they send and get, with all words in it, so they speak from WARNING on.
_ROOMS: Final = ("bot", "handlers", "scheduler", "services", "reports", "models", "rules", "locales", "demo")
_TOKEN: Final = re.compile(r"\d{3,20}:[A-Za-z0-9_-]{20,}")


class Redactor(logging.Formatter):
    """Hides secrets in the finished line, so that exceptions and libraries' records are covered, too."""

    def __init__(self, inner: logging.Formatter, secrets: Iterable[str]) -> None:
        super().__init__()
        self._inner = inner
        self._secrets = list(secrets)

    def format(self, record: logging.LogRecord) -> str:
        return redact(self._inner.format(record), self._secrets)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """``text`` without the given secrets and without anything that looks like a bot token."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return _TOKEN.sub(HIDDEN, text)


def _forms(secret: str) -> set[str]:
    """A secret as it is and as ``repr`` shows it within a list or an exception."""
    escaped = secret.replace("\\", "\\\\")
    return {secret, escaped, escaped.replace("'", "\\'")} if secret else set()


def _hide_in_values(secrets: Iterable[str]) -> Any:
    """A structlog processor that hides secrets before the line's format escapes them beyond recognition."""

    def hide(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
        return {
            key: value if value is None or isinstance(value, bool) else redact(str(value), secrets)
            for key, value in event.items()
        }

    return hide


def _without_words_of_libraries(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """A structlog processor for the lines of libraries, such as asyncio's about a task that failed."""
    return event | {"event": without_words(str(event["event"]))}


def configure(level: str, secrets: Iterable[str]) -> None:
    """Send structlog and the standard library's logging to stderr, redacted."""
    hidden = sorted({form for secret in secrets for form in _forms(secret)}, key=len, reverse=True)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    foreign = [*shared, _without_words_of_libraries]
    inner = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=foreign,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.ExceptionRenderer(wordless_traceback),
            _hide_in_values(hidden),
            structlog.processors.LogfmtRenderer(
                key_order=["timestamp", "level", "event"], bool_as_flag=False
            ),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Redactor(inner, hidden))
    logging.basicConfig(
        level=max(logging.WARNING, logging.getLevelName(level)), handlers=[handler], force=True
    )
    for room in _ROOMS:
        logging.getLogger(room).setLevel(level)
    # A tick that is still at work when its next look comes is meant to be left alone: no warning is needed.
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
    # PTB logs an answer that is not JSON with a traceback, and also raises an error that we handle.
    logging.getLogger("telegram.request").setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
