"""The lifecycle of a task. The picture is in docs/lifecycles.md; a test compares the two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final


class TaskState(StrEnum):
    ASSIGNED = "assigned"
    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class TaskEvent(StrEnum):
    ACKNOWLEDGE = "acknowledge"
    REPORT = "report"
    SUBMIT_FOR_COMPLETION = "submit_for_completion"
    WITHDRAW = "withdraw"
    COMPLETE = "complete"
    RETURN = "return"
    REOPEN = "reopen"
    CANCEL = "cancel"
    REASSIGN = "reassign"
    ASK_EXTENSION = "ask_extension"
    EXTEND = "extend"
    REFUSE_EXTENSION = "refuse_extension"
    PAUSE = "pause"
    RESUME = "resume"


class AwaitedAnswer(StrEnum):
    """What a task waits for from the office: the check of 申请办结, or the answer to 申请延期."""

    SUBMITTED = "submitted"
    EXTENSION = "extension"


class IllegalTransitionError(Exception):
    """The event cannot happen to a task in this state."""

    def __init__(self, state: TaskState, event: TaskEvent) -> None:
        super().__init__(f"{event.value} is not possible in state {state.value}")
        self.state = state
        self.event = event


OPEN_STATES: Final = frozenset(TaskState) - {TaskState.COMPLETED, TaskState.CANCELLED}
# A person who has asked for completion waits for the office. They are not nagged meanwhile.
NAGGED_STATES: Final = OPEN_STATES - {TaskState.SUBMITTED}
# 延期: the request, and both answers. The office also extends without a request.
EXTENDING: Final = frozenset({TaskEvent.ASK_EXTENSION, TaskEvent.EXTEND, TaskEvent.REFUSE_EXTENSION})
# 暂停催办: its begin or renewal, and the office's end of it.
PAUSING: Final = frozenset({TaskEvent.PAUSE, TaskEvent.RESUME})
# What people decide about a task. If a later decision has come in between, the person is asked again.
# A change of the responsible person, of the deadline or of the nags is no decision about what was done.
DECISIONS: Final = (
    frozenset(TaskEvent) - {TaskEvent.ACKNOWLEDGE, TaskEvent.REPORT, TaskEvent.REASSIGN} - EXTENDING - PAUSING
)
_IN_ORDER: Final = tuple(state for state in TaskState if state in OPEN_STATES)

TRANSITIONS: Final[dict[tuple[TaskState, TaskEvent], TaskState]] = {
    (TaskState.ASSIGNED, TaskEvent.ACKNOWLEDGE): TaskState.ACKNOWLEDGED,
    # A person who reports has seen the task: a report implies the acknowledgement.
    (TaskState.ASSIGNED, TaskEvent.REPORT): TaskState.IN_PROGRESS,
    (TaskState.ACKNOWLEDGED, TaskEvent.REPORT): TaskState.IN_PROGRESS,
    (TaskState.IN_PROGRESS, TaskEvent.REPORT): TaskState.IN_PROGRESS,
    # A number that comes in late must not take the submission back.
    (TaskState.SUBMITTED, TaskEvent.REPORT): TaskState.SUBMITTED,
    (TaskState.ASSIGNED, TaskEvent.SUBMIT_FOR_COMPLETION): TaskState.SUBMITTED,
    (TaskState.ACKNOWLEDGED, TaskEvent.SUBMIT_FOR_COMPLETION): TaskState.SUBMITTED,
    (TaskState.IN_PROGRESS, TaskEvent.SUBMIT_FOR_COMPLETION): TaskState.SUBMITTED,
    (TaskState.RETURNED, TaskEvent.SUBMIT_FOR_COMPLETION): TaskState.SUBMITTED,
    (TaskState.SUBMITTED, TaskEvent.RETURN): TaskState.RETURNED,
    (TaskState.RETURNED, TaskEvent.REPORT): TaskState.IN_PROGRESS,
    (TaskState.COMPLETED, TaskEvent.REOPEN): TaskState.IN_PROGRESS,
    # The office may close a task directly, whatever its contact did or did not press.
    **{(state, TaskEvent.COMPLETE): TaskState.COMPLETED for state in _IN_ORDER},
    **{(state, TaskEvent.CANCEL): TaskState.CANCELLED for state in _IN_ORDER},
    # A person who takes a task over signs for it. A task that waits for the office goes on waiting.
    **{(state, TaskEvent.REASSIGN): TaskState.ASSIGNED for state in _IN_ORDER},
    (TaskState.SUBMITTED, TaskEvent.REASSIGN): TaskState.SUBMITTED,
    # A submitted task needs no more time, and nobody is nagged about it; a part gets it with the whole.
    (TaskState.SUBMITTED, TaskEvent.EXTEND): TaskState.SUBMITTED,
    **{
        (state, event): state
        for event in (TaskEvent.ASK_EXTENSION, TaskEvent.EXTEND, TaskEvent.REFUSE_EXTENSION, TaskEvent.PAUSE)
        for state in _IN_ORDER
        if state in NAGGED_STATES
    },
    # A pause lasts while the task waits for the office, so it can be ended then.
    **{(state, TaskEvent.RESUME): state for state in _IN_ORDER},
}

# 撤回申请 goes back to the state before the submission, so the table cannot name it.
SUBMITTED_FROM: Final = tuple(old for old, event in TRANSITIONS if event is TaskEvent.SUBMIT_FOR_COMPLETION)


def next_state(state: TaskState, event: TaskEvent, *, before: TaskState | None = None) -> TaskState:
    """The state after ``event``; ``IllegalTransitionError`` if it cannot happen now.

    ``before``: the state that the task would have without its submission. Only 撤回申请 needs it.
    """
    if (state, event) == (TaskState.SUBMITTED, TaskEvent.WITHDRAW) and before in SUBMITTED_FROM:
        return before
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise IllegalTransitionError(state, event) from None


def arrows() -> Iterator[tuple[TaskState, TaskEvent, TaskState]]:
    """Each possible change once: the state before, the event, the state after."""
    yield from ((old, event, new) for (old, event), new in TRANSITIONS.items())
    yield from ((TaskState.SUBMITTED, TaskEvent.WITHDRAW, old) for old in SUBMITTED_FROM)


def to_mermaid(words: Mapping[TaskState | TaskEvent, str]) -> str:
    """The lifecycle as a mermaid diagram (no fence, no final newline), labelled with people's ``words``.

    What leads from one state to the same other one is one arrow.
    """
    lines = ["stateDiagram-v2"]
    lines += [f'    state "{words[state]} {state}" as {state}' for state in TaskState]
    lines.append(f"    [*] --> {TaskState.ASSIGNED}")
    labels: dict[tuple[TaskState, TaskState], list[str]] = {}
    for old, event, new in arrows():
        labels.setdefault((old, new), []).append(words[event])
    lines += [f"    {old} --> {new}: {'、'.join(label)}" for (old, new), label in labels.items()]
    lines += [f"    {state} --> [*]" for state in TaskState if state not in OPEN_STATES]
    return "\n".join(lines)
