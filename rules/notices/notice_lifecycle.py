"""The lifecycle of a notice (通知). The picture is in docs/lifecycles.md; a test compares the two."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class NoticeState(StrEnum):
    """``OPEN``: it is sent, and its readers may answer. ``WITHDRAWN``: it was taken back (撤回)."""

    OPEN = "open"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"


class NoticeEvent(StrEnum):
    """``CORRECT``: 更正, the text changes, the answers stay. ``RENEW``: 重新阅知, all are asked anew."""

    SEND = "send"
    ANSWER = "answer"
    CORRECT = "correct"
    RENEW = "renew"
    END = "end"
    WITHDRAW = "withdraw"


class IllegalNoticeEventError(Exception):
    """The event cannot happen to a notice in this state."""

    def __init__(self, state: NoticeState | None, event: NoticeEvent) -> None:
        super().__init__(f"{event.value} is not possible in state {state.value if state else 'none'}")
        self.state = state
        self.event = event


# What a notice becomes. None: it does not exist yet.
TRANSITIONS: Final[Mapping[tuple[NoticeState | None, NoticeEvent], NoticeState]] = {
    (None, NoticeEvent.SEND): NoticeState.OPEN,
    (NoticeState.OPEN, NoticeEvent.ANSWER): NoticeState.OPEN,
    (NoticeState.OPEN, NoticeEvent.CORRECT): NoticeState.OPEN,
    (NoticeState.OPEN, NoticeEvent.RENEW): NoticeState.OPEN,
    (NoticeState.OPEN, NoticeEvent.END): NoticeState.ENDED,
    (NoticeState.OPEN, NoticeEvent.WITHDRAW): NoticeState.WITHDRAWN,
    # Who ended it too soon may still take it back.
    (NoticeState.ENDED, NoticeEvent.WITHDRAW): NoticeState.WITHDRAWN,
}


def next_state(state: NoticeState | None, event: NoticeEvent) -> NoticeState:
    """The state after ``event``; ``IllegalNoticeEventError`` if it cannot happen now."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise IllegalNoticeEventError(state, event) from None


def to_mermaid(words: Mapping[NoticeState | NoticeEvent, str]) -> str:
    """The lifecycle as a mermaid diagram (no fence, no final newline), labelled with people's ``words``."""
    lines = ["stateDiagram-v2"]
    lines += [f'    state "{words[state]} {state}" as {state}' for state in NoticeState]
    lines += [f"    {old or '[*]'} --> {new}: {words[event]}" for (old, event), new in TRANSITIONS.items()]
    lines.append(f"    {NoticeState.WITHDRAWN} --> [*]")
    return "\n".join(lines)
