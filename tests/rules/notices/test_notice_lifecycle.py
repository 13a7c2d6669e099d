from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

from rules.notices.notice_lifecycle import (
    TRANSITIONS,
    IllegalNoticeEventError,
    NoticeEvent,
    NoticeState,
    next_state,
    to_mermaid,
)

DOCS = Path(__file__).parents[3] / "docs" / "lifecycles.md"
OPEN, ENDED, WITHDRAWN = NoticeState
WORDS: dict[NoticeState | NoticeEvent, str] = {
    OPEN: "进行中",
    ENDED: "结束",
    WITHDRAWN: "撤回",
    NoticeEvent.SEND: "发送",
    NoticeEvent.ANSWER: "答复",
    NoticeEvent.CORRECT: "更正",
    NoticeEvent.RENEW: "重新阅知",
    NoticeEvent.END: "结束",
    NoticeEvent.WITHDRAW: "撤回",
}
# By state: what it becomes after send, answer, correct, renew, end, withdraw; None: that cannot happen.
EXPECTED: dict[NoticeState | None, tuple[NoticeState | None, ...]] = {
    None: (OPEN, None, None, None, None, None),
    OPEN: (None, OPEN, OPEN, OPEN, ENDED, WITHDRAWN),
    ENDED: (None, None, None, None, None, WITHDRAWN),
    WITHDRAWN: (None, None, None, None, None, None),
}


@pytest.mark.parametrize(("state", "event"), list(product(EXPECTED, NoticeEvent)))
def test_every_pair(state: NoticeState | None, event: NoticeEvent) -> None:
    expected = EXPECTED[state][list(NoticeEvent).index(event)]
    if expected is not None:
        assert next_state(state, event) is expected
        return
    with pytest.raises(IllegalNoticeEventError, match=event.value) as caught:
        next_state(state, event)
    assert (caught.value.state, caught.value.event) == (state, event)


def test_the_picture_is_the_one_of_the_page() -> None:
    pictures = re.findall(r"```mermaid\n(.*?)\n```", DOCS.read_text("utf-8"), re.DOTALL)
    assert to_mermaid(WORDS) in pictures


def test_the_picture_shows_every_transition_once() -> None:
    shown = re.findall(r"^    (\S+) --> (\w+): (\S+)$", to_mermaid(WORDS), re.MULTILINE)
    wanted = [(old or "[*]", new, WORDS[event]) for (old, event), new in TRANSITIONS.items()]
    assert sorted(shown) == sorted(wanted)
