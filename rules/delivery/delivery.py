"""Honest delivery: the state of an outbox row after an attempt to send it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final, assert_never

from rules.delivery.retry import outbox_attempts_within, outbox_delay


class DeliveryState(StrEnum):
    """The state of a message. ``UNKNOWN``: perhaps it arrived. ``WITHDRAWN``: it is not wanted any more."""

    NEW = "new"
    SENDING = "sending"
    SENT = "sent"
    RETRY = "retry"
    UNKNOWN = "unknown"
    UNDELIVERABLE = "undeliverable"
    WITHDRAWN = "withdrawn"


_WAITING_MAY: Final = frozenset({DeliveryState.SENDING, DeliveryState.UNDELIVERABLE, DeliveryState.WITHDRAWN})

TRANSITIONS: Final[Mapping[DeliveryState, frozenset[DeliveryState]]] = {
    DeliveryState.NEW: _WAITING_MAY,
    DeliveryState.RETRY: _WAITING_MAY,
    # The reader's right is checked under the lease, so a row can be withdrawn while it is being sent.
    DeliveryState.SENDING: frozenset(DeliveryState) - {DeliveryState.NEW, DeliveryState.SENDING},
    # Only the office's "send again" brings these two back.
    DeliveryState.UNKNOWN: frozenset({DeliveryState.RETRY, DeliveryState.WITHDRAWN}),
    DeliveryState.UNDELIVERABLE: frozenset({DeliveryState.RETRY, DeliveryState.WITHDRAWN}),
    DeliveryState.SENT: frozenset(),
    DeliveryState.WITHDRAWN: frozenset(),
}


NOT_ARRIVED: Final = (DeliveryState.UNKNOWN, DeliveryState.UNDELIVERABLE)
"""What became of a message that was wanted, and perhaps or certainly never arrived."""


def may_become(old: DeliveryState, new: DeliveryState) -> bool:
    """Whether the program may try the guarded UPDATE from ``old`` to ``new``."""
    return new in TRANSITIONS[old]


class MessageKind(StrEnum):
    RECEIPT = "receipt"
    ORDER = "order"
    NOTICE = "notice"
    NAG = "nag"
    HINT = "hint"
    TALLY = "tally"
    BRIEF = "brief"
    PICTURE = "picture"
    DIGEST = "digest"


AWAITED: Final = frozenset({MessageKind.RECEIPT})
"""Messages for which somebody waits. All others go out as fast as these leave room."""


@dataclass(frozen=True, slots=True)
class SentOutcome:
    """Telegram has the message."""

    message_id: int


@dataclass(frozen=True, slots=True)
class PausedOutcome:
    """429: the message is not sent, and the chat rests for ``retry_after`` seconds."""

    retry_after: float


@dataclass(frozen=True, slots=True)
class UnsentOutcome:
    """Certainly not sent, and worth another try: there was no connection, or the refusal is out of date."""

    reason: str


@dataclass(frozen=True, slots=True)
class UnknownOutcome:
    """Perhaps sent: a read timeout, a reset, a 5xx, a lease that ran out."""

    reason: str


@dataclass(frozen=True, slots=True)
class ForbiddenOutcome:
    """403: the reader has blocked the bot or never started it."""


@dataclass(frozen=True, slots=True)
class MigratedOutcome:
    """The message is not sent: the group has become a supergroup with another id."""

    new_chat_id: int


@dataclass(frozen=True, slots=True)
class TopicGoneOutcome:
    """The message is not sent: its topic is closed or deleted. It is worth a try in the general topic."""


@dataclass(frozen=True, slots=True)
class RejectedOutcome:
    """A permanent 400: Telegram never takes this message."""

    reason: str


Outcome = (
    SentOutcome
    | PausedOutcome
    | UnsentOutcome
    | UnknownOutcome
    | ForbiddenOutcome
    | MigratedOutcome
    | TopicGoneOutcome
    | RejectedOutcome
)


@dataclass(frozen=True, slots=True)
class NextDelivery:
    """What a ``sending`` row becomes.

    ``delay``: seconds until the next attempt, None if there is none. ``mark_repeat``: from now on the message
    carries the mark "may be a repeat" (never take the mark back). ``counts``: add one to ``attempts``.
    """

    state: DeliveryState
    delay: float | None = None
    mark_repeat: bool = False
    counts: bool = True


MAX_REPEATS: Final = 5
"""How often a message goes out again after unknown outcomes. Then it holds: repeats must not fill a chat."""

# A message of a slot is worth less every hour, and its next slot is its retry. So it is not tried for ever:
# a nag of 09:00 and a tally of 18:00 until the quiet hours. Any other message is tried until it is sent.
SLOT_MESSAGE_LIFE: Final[Mapping[MessageKind, timedelta]] = {
    MessageKind.NAG: timedelta(hours=12),
    MessageKind.HINT: timedelta(hours=12),
    MessageKind.BRIEF: timedelta(hours=12),
    MessageKind.DIGEST: timedelta(hours=12),
    MessageKind.TALLY: timedelta(hours=3),
}

_SLOT_ATTEMPTS: Final = {kind: outbox_attempts_within(life) for kind, life in SLOT_MESSAGE_LIFE.items()}


def next_delivery(
    kind: MessageKind, outcome: Outcome, attempts: int, *, repeats: int = 0, jitter: float = 0.0
) -> NextDelivery:
    """What the row becomes after ``outcome``.

    ``attempts``: earlier attempts that counted (0 at the first). ``repeats``: earlier outcomes of this row
    that were ``UnknownOutcome``. ``jitter``: see ``outbox_delay``. ``ValueError`` for numbers out of range.
    """
    backoff = outbox_delay(attempts, jitter).total_seconds()
    match outcome:
        case SentOutcome():
            return NextDelivery(DeliveryState.SENT)
        case PausedOutcome(retry_after):
            return NextDelivery(DeliveryState.RETRY, delay=max(retry_after, 0.0), counts=False)
        case UnsentOutcome():
            return _after_unsent(kind, attempts, backoff)
        case UnknownOutcome():
            return _after_unknown(kind, repeats, backoff)
        case MigratedOutcome() | TopicGoneOutcome():
            return NextDelivery(DeliveryState.RETRY, delay=0.0)
        case ForbiddenOutcome() | RejectedOutcome():
            return NextDelivery(DeliveryState.UNDELIVERABLE)
        case _ as unreachable:
            assert_never(unreachable)


def _after_unsent(kind: MessageKind, attempts: int, backoff: float) -> NextDelivery:
    limit = _SLOT_ATTEMPTS.get(kind)
    if limit is not None and attempts >= limit:
        # Not "withdrawn": the message was wanted and did not arrive, and the office has to learn that.
        return NextDelivery(DeliveryState.UNDELIVERABLE)
    return NextDelivery(DeliveryState.RETRY, delay=backoff)


def _after_unknown(kind: MessageKind, repeats: int, backoff: float) -> NextDelivery:
    # A nag that comes twice annoys; a receipt or an order that never comes breaks a promise.
    if kind in SLOT_MESSAGE_LIFE or repeats >= MAX_REPEATS:
        return NextDelivery(DeliveryState.UNKNOWN)
    return NextDelivery(DeliveryState.RETRY, delay=backoff, mark_repeat=True)
