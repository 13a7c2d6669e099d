from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

from rules.tasks.task_lifecycle import (
    DECISIONS,
    OPEN_STATES,
    SUBMITTED_FROM,
    TRANSITIONS,
    IllegalTransitionError,
    TaskEvent,
    TaskState,
    arrows,
    next_state,
    to_mermaid,
)

DOCS = Path(__file__).parents[3] / "docs" / "lifecycles.md"

# The events, then each state with the state after each event.
EXPECTED = """
acknowledge report submit_for_completion withdraw complete return reopen cancel reassign \
    ask_extension extend refuse_extension pause resume
assigned     acknowledged in_progress submitted -      completed -        -           cancelled assigned \
    assigned assigned assigned assigned assigned
acknowledged -            in_progress submitted -      completed -        -           cancelled assigned \
    acknowledged acknowledged acknowledged acknowledged acknowledged
in_progress  -            in_progress submitted -      completed -        -           cancelled assigned \
    in_progress in_progress in_progress in_progress in_progress
submitted    -            submitted   -         before completed returned -           cancelled submitted \
    - submitted - - submitted
returned     -            in_progress submitted -      completed -        -           cancelled assigned \
    returned returned returned returned returned
completed    -            -           -         -      -         -        in_progress -         - \
    - - - - -
cancelled    -            -           -         -      -         -        -           -         - \
    - - - - -
"""

WORDS: dict[TaskState | TaskEvent, str] = {
    TaskState.ASSIGNED: "交办",
    TaskState.ACKNOWLEDGED: "签收",
    TaskState.IN_PROGRESS: "办理中",
    TaskState.SUBMITTED: "申请办结",
    TaskState.RETURNED: "退回",
    TaskState.COMPLETED: "办结",
    TaskState.CANCELLED: "取消",
    TaskEvent.ACKNOWLEDGE: "签收",
    TaskEvent.REPORT: "进展报告",
    TaskEvent.SUBMIT_FOR_COMPLETION: "申请办结",
    TaskEvent.WITHDRAW: "撤回申请",
    TaskEvent.COMPLETE: "办结",
    TaskEvent.RETURN: "退回",
    TaskEvent.REOPEN: "复开",
    TaskEvent.CANCEL: "取消",
    TaskEvent.REASSIGN: "转派",
    TaskEvent.ASK_EXTENSION: "申请延期",
    TaskEvent.EXTEND: "延期",
    TaskEvent.REFUSE_EXTENSION: "不同意延期",
    TaskEvent.PAUSE: "暂停催办",
    TaskEvent.RESUME: "恢复催办",
}


def _expected() -> dict[tuple[str, str], str]:
    head, *rows = EXPECTED.strip("\n").splitlines()
    events = head.split()
    return {
        (state, event): new
        for state, *cells in (row.split() for row in rows)
        for event, new in zip(events, cells, strict=True)
    }


TABLE = _expected()


@pytest.mark.parametrize(("state", "event"), list(product(TaskState, TaskEvent)))
def test_every_pair(state: TaskState, event: TaskEvent) -> None:
    expected = TABLE[state.value, event.value]
    if expected == "before":
        for before in TaskState:
            if (before, TaskEvent.SUBMIT_FOR_COMPLETION) in TRANSITIONS:
                assert next_state(state, event, before=before) is before
            else:
                with pytest.raises(IllegalTransitionError):
                    next_state(state, event, before=before)
        expected = "-"
    if expected != "-":
        assert next_state(state, event).value == expected
        return
    with pytest.raises(IllegalTransitionError, match=event.value) as caught:
        next_state(state, event)
    assert (caught.value.state, caught.value.event) == (state, event)


def test_the_expectation_covers_all_pairs_and_no_others() -> None:
    assert set(TABLE) == {(s.value, e.value) for s, e in product(TaskState, TaskEvent)}


def test_open_states_are_those_that_can_still_be_completed() -> None:
    assert {s for s, e in TRANSITIONS if e is TaskEvent.COMPLETE} == OPEN_STATES
    assert set(TaskState) - OPEN_STATES == {TaskState.COMPLETED, TaskState.CANCELLED}


def test_only_what_concerns_the_work_done_is_a_decision() -> None:
    """A person who looks at a card may decide on it although the deadline has moved since."""
    assert {event.value for event in DECISIONS} == {
        *("submit_for_completion", "withdraw", "complete", "return", "reopen", "cancel")
    }


def test_the_picture_in_the_docs_is_the_table() -> None:
    pictures = re.findall(r"```mermaid\n(.*?)\n```", DOCS.read_text("utf-8"), re.DOTALL)
    assert to_mermaid(WORDS) in pictures


def test_the_picture_shows_every_transition_once() -> None:
    lines = re.findall(r"^    (\w+) --> (\w+): (\S+)$", to_mermaid(WORDS), re.MULTILINE)
    assert len({(old, new) for old, new, _ in lines}) == len(lines)
    shown = [(old, new, word) for old, new, words in lines for word in words.split("、")]
    assert sorted(shown) == sorted((old, new, WORDS[event]) for old, event, new in arrows())
    assert len(set(shown)) == len(shown) == len(TRANSITIONS) + len(SUBMITTED_FROM)
